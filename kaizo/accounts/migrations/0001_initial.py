import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields
import django.contrib.postgres.fields.ranges
import django.core.validators
import django.db.models.deletion
import django.db.models.functions.text
import django.db.models.manager
import django.utils.timezone
import kaizo.accounts.models
import kaizo.core.tenancy
from django.conf import settings
from django.contrib.postgres.operations import BtreeGistExtension
from django.db import migrations, models

from kaizo.core.migrations import CreateTables, EnableTenancy


class Migration(migrations.Migration):

    initial = True

    dependencies = [
    ]

    operations = [
        BtreeGistExtension(),
        CreateTables(
            [
                migrations.CreateModel(
                    name='User',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('password', models.CharField(max_length=128, verbose_name='password')),
                        ('last_login', models.DateTimeField(blank=True, null=True, verbose_name='last login')),
                        ('email', models.EmailField(max_length=254, unique=True, verbose_name='e-mail address')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('public_number', models.CharField(default=kaizo.accounts.models.new_public_number, editable=False, max_length=16)),
                        ('theme', models.CharField(choices=[('auto', 'Like my device'), ('light', 'Light'), ('dark', 'Dark')], default='auto', max_length=5, verbose_name='theme')),
                        ('is_active', models.BooleanField(default=True)),
                        ('password_reset_required', models.BooleanField(default=False)),
                        ('date_joined', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ],
                    options={
                        'constraints': [models.UniqueConstraint(fields=('public_number',), name='user_public_number_unique'), models.CheckConstraint(condition=models.Q(('public_number__regex', '^[0-9]{16}$')), name='user_public_number_is_16_digits'), models.UniqueConstraint(django.db.models.functions.text.Lower('email'), name='user_email_unique_any_case')],
                    },
                ),
                migrations.CreateModel(
                    name='Organisation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('slug', models.SlugField(unique=True, validators=[django.core.validators.MinLengthValidator(2), django.core.validators.RegexValidator('^[a-z0-9][a-z0-9-]*$')], verbose_name='short name')),
                        ('time_zone', models.CharField(default='Europe/Amsterdam', max_length=64, validators=[kaizo.accounts.models.validate_time_zone], verbose_name='time zone')),
                        ('country', models.CharField(default='NL', max_length=2, verbose_name='country')),
                        ('kept_fields', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=120), blank=True, default=list, size=None)),
                        ('order_number_forms', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=40), blank=True, db_default=[], default=list, size=None)),
                        ('brand_names', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=80), blank=True, db_default=[], default=list, size=None)),
                        ('is_demo', models.BooleanField(default=False)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                    ],
                    options={
                        'constraints': [models.CheckConstraint(condition=models.Q(('slug__regex', '^[a-z0-9][a-z0-9-]+$')), name='organisation_slug_form'), models.CheckConstraint(condition=models.Q(('country__regex', '^[A-Z]{2}$')), name='organisation_country_form')],
                    },
                ),
                migrations.CreateModel(
                    name='Membership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('privacy_officer', 'Privacy officer'), ('team_lead', 'Team lead'), ('reviewer', 'Reviewer'), ('agent', 'Agent'), ('auditor', 'Auditor')], max_length=20, verbose_name='role')),
                        ('is_active', models.BooleanField(default=True)),
                        ('joined_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('deactivated_at', models.DateTimeField(blank=True, null=True)),
                        ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='memberships', to=settings.AUTH_USER_MODEL)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'user'), name='membership_unique'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'admin', 'privacy_officer', 'team_lead', 'reviewer', 'agent', 'auditor'])), name='membership_role_known'), models.CheckConstraint(condition=models.Q(models.Q(('deactivated_at__isnull', True), ('is_active', True)), models.Q(('deactivated_at__isnull', False), ('is_active', False)), _connector='OR'), name='membership_deactivation_dated')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Invitation',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('email', models.EmailField(max_length=254, verbose_name='e-mail address')),
                        ('role', models.CharField(choices=[('owner', 'Owner'), ('admin', 'Admin'), ('privacy_officer', 'Privacy officer'), ('team_lead', 'Team lead'), ('reviewer', 'Reviewer'), ('agent', 'Agent'), ('auditor', 'Auditor')], max_length=20, verbose_name='role')),
                        ('token_digest', models.CharField(max_length=64)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('expires_at', models.DateTimeField()),
                        ('accepted_at', models.DateTimeField(blank=True, null=True)),
                        ('revoked_at', models.DateTimeField(blank=True, null=True)),
                        ('invited_by', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'token_digest'), name='invitation_token_unique'), models.UniqueConstraint(models.F('organisation'), django.db.models.functions.text.Lower('email'), condition=models.Q(('accepted_at__isnull', True), ('revoked_at__isnull', True)), name='invitation_one_open'), models.CheckConstraint(condition=models.Q(('role__in', ['owner', 'admin', 'privacy_officer', 'team_lead', 'reviewer', 'agent', 'auditor'])), name='invitation_role_known')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Holiday',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('day', models.DateField()),
                        ('name', models.CharField(max_length=120)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'ordering': ['day'],
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'day'), name='holiday_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='ApiToken',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('digest', models.CharField(max_length=64)),
                        ('ending', models.CharField(max_length=4)),
                        ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=20), size=None)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('expires_at', models.DateTimeField()),
                        ('last_used_at', models.DateTimeField(null=True)),
                        ('revoked_at', models.DateTimeField(null=True)),
                        ('membership', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='api_tokens', to='accounts.membership')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'membership'], name='api_token_holder')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'digest'), name='api_token_digest_unique'), models.CheckConstraint(condition=models.Q(('expires_at__gte', models.F('created_at'))), name='api_token_expires')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='ApiRequest',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('key', models.CharField(max_length=64)),
                        ('fingerprint', models.CharField(max_length=64)),
                        ('status', models.PositiveSmallIntegerField(default=0)),
                        ('made', models.BigIntegerField(default=0)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('token', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='requests', to='accounts.apitoken')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'created_at'], name='api_request_age')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'token', 'key'), name='api_request_key_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='SavedFilter',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('page', models.CharField(max_length=20)),
                        ('name', models.CharField(max_length=60, verbose_name='name')),
                        ('query', models.CharField(max_length=1000)),
                        ('is_shared', models.BooleanField(default=False, verbose_name='for everybody who sees this list')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('owner', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='saved_filters', to='accounts.membership')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('is_shared', True)), fields=['organisation', 'page'], name='saved_filter_shared')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'owner', 'page', 'name'), name='saved_filter_name_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Team',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120, verbose_name='name')),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now, editable=False)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'ordering': ['name'],
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='team_name_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='TeamLead',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('valid_from', models.DateField(default=datetime.date(1, 1, 1))),
                        ('valid_to', models.DateField(blank=True, null=True)),
                        ('membership', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='led_teams', to='accounts.membership')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('team', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='leads', to='accounts.team')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='team_lead_span'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('organisation', '='), ('team', '='), ('membership', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='team_lead_no_overlap')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='OpeningHours',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('weekday', models.PositiveSmallIntegerField(validators=[django.core.validators.MaxValueValidator(6)])),
                        ('opens', models.PositiveSmallIntegerField()),
                        ('closes', models.PositiveSmallIntegerField()),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'ordering': ['weekday', 'opens'],
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.CheckConstraint(condition=models.Q(('weekday__lte', 6)), name='opening_hours_weekday'), models.CheckConstraint(condition=models.Q(('opens__lt', models.F('closes')), ('closes__lte', 1440)), name='opening_hours_span'), models.UniqueConstraint(fields=('organisation', 'weekday', 'opens'), name='opening_hours_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='NoticePreference',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('review_shared', 'A review of your work was shared with you'), ('dispute_opened', 'A review was disputed'), ('dispute_decided', 'A dispute was decided'), ('due_soon', 'Something of yours is due soon'), ('calibration_invitation', 'You are invited to a calibration'), ('scorecard_announced', 'A scorecard is about to change'), ('mention', 'Somebody mentioned you'), ('spot_check', 'A review that you gave was checked'), ('spot_check_asked', 'You are asked for a spot check'), ('mass_reading', 'Somebody has read the data of very many people'), ('broken_chain', 'The audit log is not what was sealed'), ('copy_to_review', 'A copy of personal data waits to be looked through'), ('privacy_request', 'A privacy request waits for you')], max_length=24)),
                        ('frequency', models.CharField(choices=[('at_once', 'At once'), ('daily', 'Once a day'), ('weekly', 'Once a week'), ('never', 'Never')], max_length=8)),
                        ('membership', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notice_preferences', to='accounts.membership')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'membership', 'kind'), name='notice_preference_unique'), models.CheckConstraint(condition=models.Q(('kind__in', ['review_shared', 'dispute_opened', 'dispute_decided', 'due_soon', 'calibration_invitation', 'scorecard_announced', 'mention', 'spot_check', 'spot_check_asked', 'mass_reading', 'broken_chain', 'copy_to_review', 'privacy_request'])), name='notice_preference_kind')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Notice',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('kind', models.CharField(choices=[('review_shared', 'A review of your work was shared with you'), ('dispute_opened', 'A review was disputed'), ('dispute_decided', 'A dispute was decided'), ('due_soon', 'Something of yours is due soon'), ('calibration_invitation', 'You are invited to a calibration'), ('scorecard_announced', 'A scorecard is about to change'), ('mention', 'Somebody mentioned you'), ('spot_check', 'A review that you gave was checked'), ('spot_check_asked', 'You are asked for a spot check'), ('mass_reading', 'Somebody has read the data of very many people'), ('broken_chain', 'The audit log is not what was sealed'), ('copy_to_review', 'A copy of personal data waits to be looked through'), ('privacy_request', 'A privacy request waits for you')], max_length=24)),
                        ('object_label', models.CharField(max_length=80)),
                        ('object_id', models.BigIntegerField()),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('read_at', models.DateTimeField(blank=True, null=True)),
                        ('mailed_at', models.DateTimeField(blank=True, null=True)),
                        ('recipient', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='notices', to='accounts.membership')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'recipient', '-id'], name='notice_recipient'), models.Index(fields=['organisation', 'object_label', 'object_id'], name='notice_about')],
                        'constraints': [models.UniqueConstraint(condition=models.Q(('read_at__isnull', True)), fields=('organisation', 'recipient', 'kind', 'object_label', 'object_id'), name='notice_one_unread'), models.CheckConstraint(condition=models.Q(('kind__in', ['review_shared', 'dispute_opened', 'dispute_decided', 'due_soon', 'calibration_invitation', 'scorecard_announced', 'mention', 'spot_check', 'spot_check_asked', 'mass_reading', 'broken_chain', 'copy_to_review', 'privacy_request'])), name='notice_kind')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
            ],
        ),
        EnableTenancy("OpeningHours"),
        EnableTenancy("Holiday"),
        EnableTenancy("Membership", own_rows=True),
        EnableTenancy("Team"),
        EnableTenancy("TeamLead"),
        EnableTenancy("Invitation"),
        EnableTenancy("Notice"),
        EnableTenancy("NoticePreference"),
        EnableTenancy("SavedFilter"),
        EnableTenancy("ApiToken"),
        EnableTenancy("ApiRequest"),
    ]
