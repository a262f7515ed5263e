import uuid

import django.db.models.deletion
import django.db.models.functions.datetime
import django.db.models.manager
from django.db import migrations, models

from kaizo.core.migrations import EnableTenancy


class Migration(migrations.Migration):
    initial = True

    dependencies = [("accounts", "0001_initial")]

    operations = [
        migrations.CreateModel(
            name="Subject",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("customer", "Customer"), ("agent", "Agent")], max_length=16)),
                ("state", models.CharField(choices=[("active", "Active"), ("restricted", "Restricted"), ("erasing", "Being erased"), ("erased", "Permanently erased")], default="active", max_length=16)),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("organisation", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation")),
            ],
            options={"abstract": False, "base_manager_name": "all_objects"},
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("all_objects", django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name="AuditEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("occurred_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("actor_user_id", models.BigIntegerField(null=True)),
                ("action", models.CharField(max_length=80)),
                ("object_type", models.CharField(blank=True, default="", max_length=80)),
                ("object_id", models.CharField(blank=True, default="", max_length=64)),
                ("affected_user_id", models.BigIntegerField(null=True)),
                ("subject_id", models.UUIDField(null=True)),
                ("purpose", models.CharField(max_length=32)),
                ("outcome", models.CharField(choices=[("done", "Done"), ("refused", "Refused"), ("failed", "Failed")], default="done", max_length=16)),
                ("detail", models.JSONField(default=dict)),
                ("organisation", models.ForeignKey(db_constraint=False, db_index=False, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.organisation")),
            ],
            options={
                "abstract": False,
                "base_manager_name": "all_objects",
                "indexes": [
                    models.Index(fields=["organisation", "-occurred_at"], name="auditevent_recent"),
                    models.Index(condition=models.Q(("affected_user_id__isnull", False)), fields=["organisation", "affected_user_id", "-occurred_at"], name="auditevent_affected"),
                    models.Index(fields=["organisation", "object_type", "object_id"], name="auditevent_object"),
                ],
            },
            managers=[
                ("objects", django.db.models.manager.Manager()),
                ("all_objects", django.db.models.manager.Manager()),
            ],
        ),
        EnableTenancy("Subject"),
        EnableTenancy("AuditEvent", append_only=True),
    ]
