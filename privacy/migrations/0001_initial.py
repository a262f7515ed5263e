import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
import django.utils.timezone
import kaizo.core.tenancy
import uuid
from django.db import migrations, models

from kaizo.core.migrations import CreateTables, EnableTenancy, RefuseChanges


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name='AuditEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('occurred_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('actor_user_id', models.BigIntegerField(null=True)),
                        ('action', models.CharField(max_length=80)),
                        ('object_type', models.CharField(blank=True, default='', max_length=80)),
                        ('object_id', models.CharField(blank=True, default='', max_length=64)),
                        ('affected_user_id', models.BigIntegerField(null=True)),
                        ('subject_id', models.UUIDField(null=True)),
                        ('purpose', models.CharField(max_length=32)),
                        ('outcome', models.CharField(choices=[('done', 'Done'), ('refused', 'Refused'), ('failed', 'Failed')], default='done', max_length=16)),
                        ('detail', models.JSONField(default=dict)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', '-occurred_at'], name='auditevent_recent'), models.Index(condition=models.Q(('affected_user_id__isnull', False)), fields=['organisation', 'affected_user_id', '-occurred_at'], name='auditevent_affected'), models.Index(fields=['organisation', 'action', 'id'], name='auditevent_action'), models.Index(condition=models.Q(('actor_user_id__isnull', False)), fields=['organisation', 'actor_user_id', 'id'], name='auditevent_actor'), models.Index(condition=models.Q(('subject_id__isnull', False)), fields=['organisation', 'subject_id', 'id'], name='auditevent_subject'), models.Index(fields=['organisation', 'object_type', 'object_id'], name='auditevent_object')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='AuditSeal',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('number', models.PositiveIntegerField()),
                        ('after_id', models.BigIntegerField()),
                        ('up_to_id', models.BigIntegerField()),
                        ('count', models.PositiveIntegerField()),
                        ('previous_root', models.BinaryField()),
                        ('root', models.BinaryField()),
                        ('public_key', models.BinaryField()),
                        ('signature', models.BinaryField()),
                        ('sealed_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'number'), name='audit_seal_unique'), models.CheckConstraint(condition=models.Q(('up_to_id__gte', models.F('after_id'))), name='audit_seal_range')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='EventSubject',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('subject_id', models.UUIDField()),
                        ('event', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='event_subjects', to='privacy.auditevent')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'subject_id', 'event'], name='event_subject_found')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'event', 'subject_id'), name='event_subject_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Processor',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120)),
                        ('service', models.CharField(max_length=200)),
                        ('hosts', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=253), size=None)),
                        ('country', models.CharField(max_length=2)),
                        ('tool', models.CharField(blank=True, choices=[('scc', 'Standard contractual clauses (Decision 2021/914)'), ('dpf', 'EU-US Data Privacy Framework (Decision 2023/1795)'), ('bcr', 'Binding corporate rules (Art. 47)')], default='', max_length=8)),
                        ('tool_reference', models.CharField(blank=True, default='', max_length=200)),
                        ('tool_valid_from', models.DateField(blank=True, null=True)),
                        ('tool_valid_to', models.DateField(blank=True, null=True)),
                        ('allows_private_address', models.BooleanField(default=False)),
                        ('added_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('ended_at', models.DateTimeField(blank=True, null=True)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('ended_at__isnull', True)), fields=['organisation', 'name'], name='processor_active')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Subject',
                    fields=[
                        ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                        ('kind', models.CharField(choices=[('customer', 'Customer'), ('agent', 'Agent')], max_length=16)),
                        ('state', models.CharField(choices=[('active', 'Active'), ('restricted', 'Restricted'), ('erasing', 'Being erased'), ('erased', 'Permanently erased')], default='active', max_length=16)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Alert',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('public_id', models.UUIDField(default=uuid.uuid4, editable=False)),
                        ('kind', models.CharField(choices=[('opened', 'Data of many people was opened one by one'), ('seen', 'Data of many people was seen in lists')], max_length=8)),
                        ('actor_user_id', models.BigIntegerField()),
                        ('people', models.PositiveIntegerField()),
                        ('allowed', models.PositiveIntegerField()),
                        ('started_at', models.DateTimeField()),
                        ('last_at', models.DateTimeField()),
                        ('raised_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('conclusion', models.CharField(blank=True, choices=[('expected', 'It was part of their work'), ('clarified', 'It was more than needed, and has been talked about'), ('incident', 'It is treated as an incident')], default='', max_length=12)),
                        ('acknowledged_at', models.DateTimeField(null=True)),
                        ('acknowledged_by_id', models.BigIntegerField(null=True)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('acknowledged_at__isnull', True)), fields=['organisation', '-raised_at'], name='alert_open')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'public_id'), name='alert_public'), models.UniqueConstraint(fields=('organisation', 'kind', 'actor_user_id', 'started_at'), name='alert_once_for_a_burst'), models.CheckConstraint(condition=models.Q(models.Q(('acknowledged_at__isnull', True), ('acknowledged_by_id__isnull', True), ('conclusion', '')), models.Q(('acknowledged_at__isnull', False), ('acknowledged_by_id__isnull', False), models.Q(('conclusion', ''), _negated=True)), _connector='OR'), name='alert_acknowledged_by_somebody'), models.CheckConstraint(condition=models.Q(('acknowledged_by_id__isnull', True), models.Q(('acknowledged_by_id', models.F('actor_user_id')), _negated=True), _connector='OR'), name='alert_acknowledged_by_another'), models.CheckConstraint(condition=models.Q(('last_at__gte', models.F('started_at'))), name='alert_ends_after_its_start')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='AlertLimit',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('opened', 'Data of many people was opened one by one'), ('seen', 'Data of many people was seen in lists')], max_length=8)),
                        ('people', models.PositiveIntegerField()),
                        ('set_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('set_by_id', models.BigIntegerField()),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'kind'), name='alert_limit_once'), models.CheckConstraint(condition=models.Q(('people__gt', 0)), name='alert_limit_positive')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
            ],
        ),
        EnableTenancy("Subject"),
        EnableTenancy("AuditEvent", append_only=True),
        EnableTenancy("Processor"),
        EnableTenancy("AuditSeal", append_only=True),
        EnableTenancy("Alert"),
        EnableTenancy("EventSubject", append_only=True),
        RefuseChanges("AuditEvent"),
        RefuseChanges("AuditSeal"),
        RefuseChanges("EventSubject"),
        EnableTenancy("AlertLimit"),
    ]
