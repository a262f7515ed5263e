import datetime
import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
import django.db.models.manager
import django.utils.timezone
import kaizo.core.tenancy
import privacy.api
from django.db import migrations, models

from kaizo.core.migrations import CreateTables, EnableRestriction, EnableTenancy

# Not in a base backup, left out of dumps, empty after a crash: nothing readable outlives the
# person's key. A tsvector needs no migration of its own type in the ORM.
SEARCH = [
    "ALTER TABLE tickets_ticketsearch SET UNLOGGED",
    "ALTER TABLE tickets_ticketsearch ALTER COLUMN words TYPE tsvector USING words::tsvector",
]


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('accounts', '0001_initial'),
        ('privacy', '0001_initial'),
    ]

    operations = [
        CreateTables(
            [
                migrations.CreateModel(
                    name='Agent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('source', models.CharField(max_length=40)),
                        ('external_index', models.BinaryField()),
                        ('profile', privacy.api.EncryptedField()),
                        ('source_team', models.CharField(blank=True, max_length=120)),
                        ('source_team_at', models.DateTimeField(null=True)),
                        ('first_seen_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('is_left_out', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('membership', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='agents', to='accounts.membership')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('subject', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.subject')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'subject'], name='agent_subject'), models.Index(condition=models.Q(('is_left_out', True)), fields=['organisation', 'id'], name='agent_left_out')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'source', 'external_index'), name='agent_external_unique'), models.UniqueConstraint(fields=('organisation', 'membership', 'source'), name='agent_membership_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Customer',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('source', models.CharField(max_length=40)),
                        ('external_index', models.BinaryField()),
                        ('email_index', models.BinaryField(null=True)),
                        ('phone_index', models.BinaryField(null=True)),
                        ('profile', privacy.api.EncryptedField()),
                        ('profile_digest', models.BinaryField()),
                        ('language', models.CharField(blank=True, max_length=35)),
                        ('created_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('subject', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.subject')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'subject'], name='customer_subject'), models.Index(fields=['organisation', 'email_index'], name='customer_email'), models.Index(fields=['organisation', 'phone_index'], name='customer_phone')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'source', 'external_index'), name='customer_external_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Tag',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('name', models.CharField(max_length=120)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'name'), name='tag_name_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='TeamMembership',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('valid_from', models.DateField(default=datetime.date(1, 1, 1))),
                        ('valid_to', models.DateField(blank=True, null=True)),
                        ('agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='team_memberships', to='tickets.agent')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('team', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='agent_memberships', to='accounts.team')),
                    ],
                    options={
                        'ordering': ['valid_from'],
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'team'], name='team_membership_team')],
                        'constraints': [models.CheckConstraint(condition=models.Q(('valid_to__isnull', True), ('valid_to__gt', models.F('valid_from')), _connector='OR'), name='team_membership_span'), django.contrib.postgres.constraints.ExclusionConstraint(expressions=[('organisation', '='), ('agent', '='), (models.Func(models.F('valid_from'), models.F('valid_to'), function='daterange', output_field=django.contrib.postgres.fields.ranges.DateRangeField()), '&&')], name='team_membership_no_overlap')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Ticket',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('source', models.CharField(max_length=40)),
                        ('external_id', models.CharField(max_length=120)),
                        ('title', privacy.api.EncryptedField()),
                        ('channel', models.CharField(choices=[('email', 'E-mail'), ('chat', 'Chat'), ('messaging', 'Messaging'), ('phone', 'Phone'), ('web', 'Web form'), ('social', 'Social media')], max_length=10)),
                        ('status', models.CharField(choices=[('new', 'New'), ('open', 'Open'), ('pending', 'Pending'), ('hold', 'On hold'), ('solved', 'Solved'), ('closed', 'Closed')], max_length=10)),
                        ('priority', models.CharField(blank=True, choices=[('low', 'Low'), ('normal', 'Normal'), ('high', 'High'), ('urgent', 'Urgent')], max_length=10)),
                        ('language', models.CharField(blank=True, max_length=35)),
                        ('message_count', models.PositiveIntegerField(default=0)),
                        ('fields', privacy.api.EncryptedField(null=True)),
                        ('is_merged', models.BooleanField(db_default=False, default=False)),
                        ('complete_since', models.DateTimeField(null=True)),
                        ('digest', models.BinaryField()),
                        ('created_at', models.DateTimeField()),
                        ('updated_at', models.DateTimeField()),
                        ('solved_at', models.DateTimeField(null=True)),
                        ('assignee', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='assigned_tickets', to='tickets.agent')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('requester', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='tickets', to='tickets.customer')),
                        ('subject', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.subject')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', '-created_at', '-id'], name='ticket_newest'), models.Index(fields=['organisation', 'requester'], name='ticket_requester'), models.Index(fields=['organisation', 'subject', 'created_at'], name='ticket_subject'), models.Index(condition=models.Q(('assignee__isnull', False)), fields=['organisation', 'assignee', '-created_at'], name='ticket_assignee')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'source', 'external_id'), name='ticket_external_unique'), models.CheckConstraint(condition=models.Q(('channel__in', ['email', 'chat', 'messaging', 'phone', 'web', 'social'])), name='ticket_channel'), models.CheckConstraint(condition=models.Q(('status__in', ['new', 'open', 'pending', 'hold', 'solved', 'closed'])), name='ticket_status'), models.CheckConstraint(condition=models.Q(('priority__in', ['', 'low', 'normal', 'high', 'urgent'])), name='ticket_priority')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='TextScan',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('findings', models.BinaryField(default=b'\x80')),
                        ('version', models.PositiveSmallIntegerField(default=0)),
                        ('settings', models.PositiveIntegerField(default=0)),
                        ('edition', models.PositiveIntegerField(default=0)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='text_scans', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('version__lt', 2)), fields=['organisation', '-ticket'], name='text_scan_pending'), models.Index(fields=['organisation', 'settings'], name='text_scan_settings')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'ticket'), name='text_scan_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Message',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('external_id', models.CharField(max_length=120)),
                        ('author_type', models.CharField(choices=[('customer', 'Customer'), ('agent', 'Agent'), ('bot', 'Bot'), ('system', 'System')], max_length=10)),
                        ('is_public', models.BooleanField()),
                        ('body', privacy.api.EncryptedField()),
                        ('sent_at', models.DateTimeField()),
                        ('agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages', to='tickets.agent')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('other_customer', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='messages_elsewhere', to='tickets.customer')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='messages', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('agent__isnull', False)), fields=['organisation', 'agent'], name='message_agent'), models.Index(condition=models.Q(('other_customer__isnull', False)), fields=['organisation', 'other_customer'], name='message_other_customer')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'ticket', 'external_id'), name='message_external_unique'), models.CheckConstraint(condition=models.Q(('author_type__in', ['customer', 'agent', 'bot', 'system'])), name='message_author_type')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='Mention',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('trait_index', models.BinaryField()),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='mentions', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'ticket'], name='mention_ticket')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'trait_index', 'ticket'), name='mention_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='CsatResponse',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('position', models.PositiveIntegerField()),
                        ('scale', models.CharField(max_length=10)),
                        ('score', models.CharField(max_length=10)),
                        ('is_good', models.BooleanField()),
                        ('comment', privacy.api.EncryptedField(null=True)),
                        ('at', models.DateTimeField()),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='csat_responses', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'ticket', 'position'), name='csat_response_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='CorrectedValue',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('field', models.CharField(choices=[('name', 'Name'), ('email', 'E-mail address'), ('phone', 'Telephone number'), ('assignee', 'Who handled it'), ('author', 'Who wrote it')], max_length=10)),
                        ('value', privacy.api.EncryptedField(null=True)),
                        ('corrected_at', models.DateTimeField(default=django.utils.timezone.now)),
                        ('agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='corrected_values', to='tickets.agent')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('subject', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='privacy.subject')),
                        ('to_agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.agent')),
                        ('customer', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='corrected_values', to='tickets.customer')),
                        ('message', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='corrected_values', to='tickets.message')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.CASCADE, related_name='corrected_values', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'subject'], name='corrected_value_subject'), models.Index(condition=models.Q(('customer__isnull', False)), fields=['organisation', 'customer'], name='corrected_value_customer'), models.Index(condition=models.Q(('agent__isnull', False)), fields=['organisation', 'agent'], name='corrected_value_agent'), models.Index(condition=models.Q(('ticket__isnull', False)), fields=['organisation', 'ticket'], name='corrected_value_ticket'), models.Index(condition=models.Q(('message__isnull', False)), fields=['organisation', 'message'], name='corrected_value_message'), models.Index(condition=models.Q(('to_agent__isnull', False)), fields=['organisation', 'to_agent'], name='corrected_value_to_agent')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'field', 'customer', 'agent', 'ticket', 'message'), name='corrected_value_unique', nulls_distinct=False), models.CheckConstraint(condition=models.Q(models.Q(('agent', None), ('customer__isnull', False), ('message', None), ('ticket', None)), models.Q(('agent__isnull', False), ('customer', None), ('message', None), ('ticket', None)), models.Q(('agent', None), ('customer', None), ('message', None), ('ticket__isnull', False)), models.Q(('agent', None), ('customer', None), ('message__isnull', False), ('ticket', None)), _connector='OR'), name='corrected_value_of_one_row')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='TicketEvent',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('position', models.PositiveIntegerField()),
                        ('event_type', models.CharField(choices=[('status', 'Status'), ('assignment', 'Assignment'), ('priority', 'Priority')], max_length=10)),
                        ('from_value', models.CharField(blank=True, max_length=20)),
                        ('to_value', models.CharField(blank=True, max_length=20)),
                        ('at', models.DateTimeField()),
                        ('actor_agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.agent')),
                        ('from_agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.agent')),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='events', to='tickets.ticket')),
                        ('to_agent', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='tickets.agent')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(condition=models.Q(('actor_agent__isnull', False)), fields=['organisation', 'actor_agent'], name='ticket_event_actor_agent'), models.Index(condition=models.Q(('from_agent__isnull', False)), fields=['organisation', 'from_agent'], name='ticket_event_from_agent'), models.Index(condition=models.Q(('to_agent__isnull', False)), fields=['organisation', 'to_agent'], name='ticket_event_to_agent')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'ticket', 'position'), name='ticket_event_unique'), models.CheckConstraint(condition=models.Q(('event_type__in', ['status', 'assignment', 'priority'])), name='ticket_event_type')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='TicketSearch',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('words', models.TextField()),
                        ('active_at', models.DateTimeField()),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='search_rows', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', '-active_at'], name='ticket_search_recent')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'ticket'), name='ticket_search_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
                migrations.CreateModel(
                    name='TicketTag',
                    fields=[
                        ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                        ('restricted', models.BooleanField(db_default=False, default=False, editable=False)),
                        ('organisation', models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='+', to='accounts.organisation')),
                        ('tag', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ticket_tags', to='tickets.tag')),
                        ('ticket', kaizo.core.tenancy.TenantForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name='ticket_tags', to='tickets.ticket')),
                    ],
                    options={
                        'abstract': False,
                        'base_manager_name': 'all_objects',
                        'indexes': [models.Index(fields=['organisation', 'tag', 'ticket'], name='ticket_tag_tag')],
                        'constraints': [models.UniqueConstraint(fields=('organisation', 'ticket', 'tag'), name='ticket_tag_unique')],
                    },
                    managers=[
                        ('objects', django.db.models.manager.Manager()),
                        ('all_objects', django.db.models.manager.Manager()),
                    ],
                ),
            ],
        ),
        EnableTenancy("Agent"),
        EnableTenancy("TeamMembership"),
        EnableTenancy("Customer"),
        EnableTenancy("Ticket"),
        EnableTenancy("Message"),
        EnableTenancy("TicketEvent"),
        EnableTenancy("CsatResponse"),
        EnableTenancy("Tag"),
        EnableTenancy("TicketTag"),
        EnableTenancy("TicketSearch"),
        EnableTenancy("Mention"),
        EnableTenancy("TextScan"),
        EnableRestriction("CsatResponse"),
        EnableRestriction("Customer"),
        EnableRestriction("Mention"),
        EnableRestriction("Message"),
        EnableRestriction("TextScan"),
        EnableRestriction("Ticket"),
        EnableRestriction("TicketEvent"),
        EnableRestriction("TicketSearch"),
        EnableRestriction("TicketTag"),
        EnableTenancy("CorrectedValue"),
        EnableRestriction("CorrectedValue"),
        migrations.RunSQL(SEARCH, migrations.RunSQL.noop),
    ]
