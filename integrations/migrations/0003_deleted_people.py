from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('integrations', '0002_connections'),
    ]

    operations = [
        migrations.AddField(
            model_name='connection',
            name='people_cursor',
            field=models.TextField(blank=True, db_default='', default=''),
        ),
        migrations.AddField(
            model_name='connection',
            name='people_read_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.AddField(
            model_name='syncrun',
            name='people_erased',
            field=models.PositiveIntegerField(db_default=0, default=0),
        ),
        migrations.AlterField(
            model_name='syncrun',
            name='kind',
            field=models.CharField(choices=[('backfill', 'Backfill'), ('poll', 'New and changed tickets'), ('hook', 'Tickets the helpdesk called about'), ('reconcile', 'Search for silent deletions'), ('people', 'People deleted in the helpdesk')], max_length=10),
        ),
    ]
