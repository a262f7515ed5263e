import django.db.models.functions.datetime
import uuid
from django.db import migrations, models

from kaizo.core.migrations import EnableTenancy

# A key may not lose the one that wraps it.
WRAPPED_BY = """
ALTER TABLE vault_{table} ADD CONSTRAINT vault_{table}_wrapped_by_fk
FOREIGN KEY (organisation_id, organisation_key_version)
REFERENCES vault_organisationkey (organisation_id, version) ON DELETE RESTRICT
"""


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
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
                ('kind', models.CharField(choices=[('ticket', 'Ticket'), ('customer', 'Customer')], max_length=16)),
                ('index_hash', models.BinaryField()),
                ('mode', models.CharField(choices=[('forget_past', 'Forget Past'), ('block', 'Block')], max_length=16)),
                ('cutoff', models.DateTimeField(null=True)),
                ('created_at', models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ('expires_at', models.DateTimeField(null=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('organisation_id', 'kind', 'index_hash'), name='suppression_unique'), models.CheckConstraint(condition=models.Q(models.Q(('mode', 'forget_past'), _negated=True), ('cutoff__isnull', False), _connector='OR'), name='suppression_forget_past_has_cutoff')],
            },
        ),
        EnableTenancy("OrganisationKey"),
        EnableTenancy("IndexKey"),
        EnableTenancy("SubjectKey"),
        EnableTenancy("Suppression"),
        migrations.RunSQL(WRAPPED_BY.format(table="subjectkey"), migrations.RunSQL.noop),
        migrations.RunSQL(WRAPPED_BY.format(table="indexkey"), migrations.RunSQL.noop),
    ]
