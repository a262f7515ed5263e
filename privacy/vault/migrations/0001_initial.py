import django.contrib.postgres.fields
import django.db.models.functions.datetime
import uuid
from django.db import migrations, models

from kaizo.core.migrations import CreateTables, EnableTenancy


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name='IndexKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('organisation_id', models.BigIntegerField()),
                        ('version', models.PositiveIntegerField()),
                        ('wrapped_key', models.BinaryField()),
                        ('organisation_key_version', models.PositiveIntegerField()),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('organisation_id', 'version'), name='indexkey_version_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='LedgerEntry',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('organisation_id', models.BigIntegerField()),
                        ('entry_id', models.UUIDField(default=uuid.uuid4)),
                        ('action', models.CharField(choices=[('erase', 'Erase'), ('restrict', 'Restrict'), ('lift_restriction', 'Lift Restriction'), ('object', 'Object'), ('withdraw', 'Withdraw')], max_length=20)),
                        ('request_id', models.UUIDField(null=True)),
                        ('subject_ids', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), size=None)),
                        ('hashes', django.contrib.postgres.fields.ArrayField(base_field=models.BinaryField(), default=list, size=None)),
                        ('scope', models.CharField(blank=True, default='', max_length=32)),
                        ('plan_digest', models.CharField(blank=True, default='', max_length=64)),
                        ('written_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['organisation_id', 'written_at'], name='ledgerentry_written')],
                        'constraints': [models.UniqueConstraint(fields=('organisation_id', 'entry_id'), name='ledgerentry_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='LedgerEpoch',
                    fields=[
                        ('id', models.PositiveSmallIntegerField(default=1, primary_key=True, serialize=False)),
                        ('entries', models.BigIntegerField(default=0)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('id', 1)), name='ledgerepoch_one_row')],
                    },
                ),
                migrations.CreateModel(
                    name='LedgerStep',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('organisation_id', models.BigIntegerField()),
                        ('entry_id', models.UUIDField()),
                        ('step', models.CharField(max_length=120)),
                        ('changed', models.BigIntegerField(default=0)),
                        ('at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'indexes': [models.Index(fields=['organisation_id', 'entry_id'], name='ledgerstep_entry')],
                    },
                ),
                migrations.CreateModel(
                    name='OrganisationKey',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('organisation_id', models.BigIntegerField()),
                        ('version', models.PositiveIntegerField()),
                        ('wrapped_key', models.BinaryField()),
                        ('root_key_version', models.CharField(max_length=16)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('organisation_id', 'version'), name='organisationkey_version_unique')],
                    },
                ),
                migrations.CreateModel(
                    name='SubjectKey',
                    fields=[
                        ('subject_id', models.UUIDField(default=uuid.uuid4, primary_key=True, serialize=False)),
                        ('organisation_id', models.BigIntegerField()),
                        ('wrapped_key', models.BinaryField(null=True)),
                        ('organisation_key_version', models.PositiveIntegerField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('destroyed_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'indexes': [models.Index(fields=['organisation_id', 'organisation_key_version'], name='subjectkey_version')],
                        'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('destroyed_at__isnull', True), ('organisation_key_version__isnull', False), ('wrapped_key__isnull', False)), models.Q(('destroyed_at__isnull', False), ('organisation_key_version__isnull', True), ('wrapped_key__isnull', True)), _connector='OR'), name='subjectkey_lives_or_is_destroyed')],
                    },
                ),
                migrations.CreateModel(
                    name='Suppression',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('organisation_id', models.BigIntegerField()),
                        ('kind', models.CharField(choices=[('ticket', 'Ticket'), ('customer', 'Customer'), ('email', 'Email'), ('agent', 'Agent')], max_length=16)),
                        ('index_hash', models.BinaryField()),
                        ('mode', models.CharField(choices=[('forget_past', 'Forget Past'), ('block', 'Block'), ('no_llm', 'No Llm'), ('no_marketing', 'No Marketing')], max_length=16)),
                        ('cutoff', models.DateTimeField(null=True)),
                        ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                        ('expires_at', models.DateTimeField(null=True)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('organisation_id', 'kind', 'index_hash', 'mode'), name='suppression_unique'), models.CheckConstraint(condition=models.Q(models.Q(('mode', 'forget_past'), _negated=True), ('cutoff__isnull', False), _connector='OR'), name='suppression_forget_past_has_cutoff')],
                    },
                ),
            ],
        ),
        EnableTenancy("OrganisationKey"),
        EnableTenancy("IndexKey"),
        EnableTenancy("SubjectKey"),
        EnableTenancy("Suppression"),
        EnableTenancy("LedgerEntry", append_only=True),
        EnableTenancy("LedgerStep", append_only=True),
    ]
