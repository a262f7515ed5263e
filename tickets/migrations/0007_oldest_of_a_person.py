from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0006_corrections'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='ticket',
            name='ticket_subject',
        ),
        migrations.AddIndex(
            model_name='ticket',
            index=models.Index(fields=['organisation', 'subject', 'created_at'], name='ticket_subject'),
        ),
    ]
