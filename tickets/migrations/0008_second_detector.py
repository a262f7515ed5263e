from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('tickets', '0007_oldest_of_a_person'),
    ]

    operations = [
        migrations.RemoveIndex(
            model_name='textscan',
            name='text_scan_pending',
        ),
        migrations.AddIndex(
            model_name='textscan',
            index=models.Index(condition=models.Q(('version__lt', 2)), fields=['organisation', '-ticket'], name='text_scan_pending'),
        ),
    ]
