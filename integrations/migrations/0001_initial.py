import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import kaizo.core.tenancy
import privacy.api
import uuid
from django.conf import settings
from django.db import migrations, models

from kaizo.core.migrations import CreateTables, EnableTenancy


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name='Connection',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                        ('kind', models.CharField(max_length=24)),
                        ('name', models.CharField(max_length=100)),
                        ('source', models.CharField(max_length=40)),
                        ('host', models.CharField(max_length=253)),
                        ('processor_id', models.BigIntegerField()),
                        ('credentials', privacy.api.EncryptedField(null=True)),
                        ('hook_secret', privacy.api.EncryptedField(null=True)),
                        ('token_expires_at', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('state', models.CharField(choices=[('setting_up', 'Setting up'), ('backfilling', 'Backfilling'), ('live', 'Live'), ('paused', 'Paused'), ('needs_auth', 'Needs to be authorised again'), ('disconnected', 'Disconnected')], default='setting_up', max_length=12)),
                        ('erase_instruction', models.CharField(choices=[('never', 'Never erase in the helpdesk'), ('ask', 'Ask an admin each time'), ('always', 'Always erase in the helpdesk, too')], default='ask', max_length=6)),
                        ('since', models.DateTimeField()),
                        ('cursor', models.TextField(blank=True, default='')),
                        ('reached_at', models.DateTimeField(null=True)),
                        ('backfilled_at', models.DateTimeField(null=True)),
                        ('synced_at', models.DateTimeField(null=True)),
                        ('due_at', models.DateTimeField(null=True)),
                        ('claimed_by', models.UUIDField(null=True)),
                        ('claimed_until', models.DateTimeField(null=True)),
                        ('failures', models.PositiveSmallIntegerField(default=0)),
                        ('problem', models.CharField(blank=True, default='', max_length=24)),
                        ('problem_since', models.DateTimeField(null=True)),
                        ('told_at', models.DateTimeField(null=True)),
                        ('clock_skew', models.IntegerField(default=0)),
                        ('reconciled_at', models.DateTimeField(null=True)),
                        ('people_cursor', models.TextField(blank=True, db_default='', default='')),
                        ('people_read_at', models.DateTimeField(null=True)),
                        ('disconnected_at', models.DateTimeField(null=True)),
                        ('created_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'public_id'), name='connection_public_id_unique'), models.UniqueConstraint(condition=models.Q(('state', 'disconnected'), _negated=True), fields=('organisation', 'source'), name='connection_source_unique'), models.CheckConstraint(condition=models.Q(('state__in', ('setting_up', 'backfilling', 'live', 'paused', 'needs_auth', 'disconnected'))), name='connection_state_known'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'disconnected'), _negated=True), ('credentials__isnull', True), _connector='OR'), name='connection_no_token_left')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='ConnectionAddress',
                    fields=[
                        ('id', models.UUIDField(primary_key=True, serialize=False)),
                        ('owner', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                ),
                migrations.CreateModel(
                    name='HookDelivery',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('delivery_id', models.CharField(max_length=200)),
                        ('ticket_ids', models.JSONField(default=list)),
                        ('received_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('done_at', models.DateTimeField(null=True)),
                        ('connection', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='deliveries', to='integrations.connection')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('done_at__isnull', True)), fields=['organisation', 'received_at'], name='hook_delivery_waiting')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'connection', 'delivery_id'), name='hook_delivery_once')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='ImportRun',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                        ('stored_name', models.CharField(blank=True, max_length=32)),
                        ('size', models.PositiveBigIntegerField()),
                        ('position', models.PositiveBigIntegerField(default=0)),
                        ('done_line', models.PositiveBigIntegerField(default=0)),
                        ('state', models.CharField(choices=[('waiting', 'Waiting'), ('running', 'Running'), ('done', 'Done'), ('failed', 'Failed'), ('cancelled', 'Cancelled')], default='waiting', max_length=10)),
                        ('attempt', models.PositiveSmallIntegerField(default=0)),
                        ('tickets_created', models.PositiveIntegerField(default=0)),
                        ('tickets_updated', models.PositiveIntegerField(default=0)),
                        ('tickets_unchanged', models.PositiveIntegerField(default=0)),
                        ('tickets_erased', models.PositiveIntegerField(default=0)),
                        ('messages_created', models.PositiveIntegerField(default=0)),
                        ('suppressed', models.PositiveIntegerField(default=0)),
                        ('set_aside', models.PositiveIntegerField(default=0)),
                        ('dropped_fields', models.JSONField(default=dict)),
                        ('error', models.CharField(blank=True, max_length=300)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('started_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', '-created_at', '-id'], name='import_run_newest')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'public_id'), name='import_run_public_id_unique'), models.CheckConstraint(condition=models.Q(('state__in', ('waiting', 'running', 'done', 'failed', 'cancelled'))), name='import_run_state_known')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='ImportFault',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('line_number', models.PositiveBigIntegerField()),
                        ('reason', models.CharField(max_length=300)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('run', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='faults', to='integrations.importrun')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'run', 'line_number'], name='import_fault_line')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='SetAsideRecord',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('external_id', models.CharField(max_length=128)),
                        ('reason', models.CharField(max_length=300)),
                        ('attempts', models.PositiveIntegerField(default=1)),
                        ('first_seen_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('last_seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('connection', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='set_aside', to='integrations.connection')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'connection', 'external_id'), name='set_aside_once')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='SyncRun',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('backfill', 'Backfill'), ('poll', 'New and changed tickets'), ('hook', 'Tickets the helpdesk called about'), ('reconcile', 'Search for silent deletions'), ('people', 'People deleted in the helpdesk')], max_length=10)),
                        ('started_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('finished_at', models.DateTimeField(null=True)),
                        ('pages', models.PositiveIntegerField(default=0)),
                        ('tickets_created', models.PositiveIntegerField(default=0)),
                        ('tickets_updated', models.PositiveIntegerField(default=0)),
                        ('tickets_unchanged', models.PositiveIntegerField(default=0)),
                        ('tickets_erased', models.PositiveIntegerField(default=0)),
                        ('messages_created', models.PositiveIntegerField(default=0)),
                        ('people_erased', models.PositiveIntegerField(db_default=0, default=0)),
                        ('suppressed', models.PositiveIntegerField(default=0)),
                        ('set_aside', models.PositiveIntegerField(default=0)),
                        ('unknown_fields', models.JSONField(default=dict)),
                        ('problem', models.CharField(blank=True, default='', max_length=24)),
                        ('connection', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='runs', to='integrations.connection')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'connection', '-started_at', '-id'], name='sync_run_newest')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
            ],
        ),
        EnableTenancy("ImportRun"),
        EnableTenancy("ImportFault"),
        EnableTenancy("Connection"),
        EnableTenancy("SyncRun"),
        EnableTenancy("SetAsideRecord"),
        EnableTenancy("HookDelivery"),
    ]
