"""Who looked at somebody's data, as far as they are to know it: when, for what, in which role.
Names of staff are their own data (CJEU C-579/21)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.utils.translation import gettext as _

from privacy.accountability.access_log import line_of, readings_of
from privacy.models import AuditEvent
from privacy.rights.export.reading import render
from privacy.rights.hooks import Asker


class AccessLog:
    """Every look at the person's data by somebody else."""

    name = "access_log"
    columns = ("at", "what", "why", "role")
    given_under = ""

    @property
    def title(self) -> str:
        return _("who looked at your data, and why")

    def count(self, asker: Asker) -> int:
        rows = readings_of(asker.subject_ids, user_id=asker.user_id)
        return rows.values("pk").distinct().count()

    def ids(self, asker: Asker) -> Iterable[int]:
        rows = readings_of(asker.subject_ids, user_id=asker.user_id)
        return rows.order_by("pk").values_list("pk", flat=True).iterator(2_000)

    def records(
        self,
        asker: Asker,  # noqa: ARG002 - the protocol's signature
        ids: Sequence[int],
    ) -> Mapping[int, tuple[dict[str, Any], Mapping[str, int]]]:
        return {event.pk: (_record(event), {}) for event in AuditEvent.objects.filter(pk__in=ids)}


def _record(event: AuditEvent) -> dict[str, Any]:
    line = line_of(event)
    return {
        "at": render(line.occurred_at),
        "what": str(line.what),
        "why": str(line.why),
        "role": str(line.by),
    }
