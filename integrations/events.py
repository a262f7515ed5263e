"""What this app writes into the audit log."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from integrations.models import Connection, ImportRun
from privacy.api import record_event, register_actions


class Event(models.TextChoices):
    IMPORT_STARTED = "integrations.import.started", _("An import was started")
    IMPORT_CANCELLED = "integrations.import.cancelled", _("An import was cancelled")
    IMPORT_FINISHED = "integrations.import.finished", _("An import finished")
    CONNECTED = "integrations.connection.connected", _("A helpdesk was connected")
    PAUSED = "integrations.connection.paused", _("A connection was paused")
    RESUMED = "integrations.connection.resumed", _("A connection was resumed")
    RESTARTED = "integrations.connection.restarted", _("A connection was started again")
    AUTHORISED = "integrations.connection.authorised", _("A connection was authorised again")
    INSTRUCTED = "integrations.connection.instructed", _("The erasing instruction was changed")
    DISCONNECTED = "integrations.connection.disconnected", _("A helpdesk was disconnected")
    ERASED_AT_SOURCE = "integrations.connection.erased_at_source", _("Erased in the helpdesk")
    DELETIONS_CONFIRMED = (
        "integrations.connection.deletions_confirmed", _("Missing tickets were taken for deleted")
    )  # fmt: skip
    REDACTED_AT_SOURCE = (
        "integrations.connection.redacted_at_source", _("Redacted in the helpdesk")
    )  # fmt: skip


register_actions(
    {
        Event.IMPORT_STARTED.value: {},
        Event.IMPORT_CANCELLED.value: {},
        Event.IMPORT_FINISHED.value: {
            "created": int,
            "updated": int,
            "erased": int,
            "set_aside": int,
            "state": frozenset(ImportRun.State.values),
        },
        Event.CONNECTED.value: {},
        Event.PAUSED.value: {},
        Event.RESUMED.value: {},
        Event.RESTARTED.value: {},
        Event.AUTHORISED.value: {},
        Event.INSTRUCTED.value: {"instruction": frozenset(Connection.Erase.values)},
        Event.DISCONNECTED.value: {},
        Event.ERASED_AT_SOURCE.value: {"tickets": int, "people": int},
        Event.DELETIONS_CONFIRMED.value: {},
        Event.REDACTED_AT_SOURCE.value: {"passages": int},
    }
)


def record(event: Event, *, run: ImportRun, actor_user_id: int | None, **detail: int | str) -> None:
    """Write one event about a run, inside the caller's transaction."""
    record_event(
        organisation_id=run.organisation_id,
        action=event.value,
        actor_user_id=actor_user_id,
        object_type="integrations.importrun",
        object_id=run.pk,
        detail=detail,
    )


def record_connection(
    event: Event, *, connection: Connection, actor_user_id: int | None, **detail: int | str
) -> None:
    """Write one event about a connection, inside the caller's transaction."""
    record_event(
        organisation_id=connection.organisation_id,
        action=event.value,
        actor_user_id=actor_user_id,
        object_type="integrations.connection",
        object_id=connection.pk,
        detail=detail,
    )
