from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("scoring", "0002_quality")]

    operations = [
        migrations.AddField(
            model_name="rating",
            name="revision",
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
    ]
