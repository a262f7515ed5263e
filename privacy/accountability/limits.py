"""How many people's data somebody may read within an hour before others are told.

The policy ships a number with a floor and a ceiling; an organisation chooses its own between them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, current_organisation_id
from privacy.accountability.models import AlertKind, AlertLimit
from privacy.audit import record_event, register_actions
from privacy.policy import Limit, limits

LIMITS = {
    AlertKind.OPENED: "people_opened_per_hour",
    AlertKind.SEEN: "people_seen_per_hour",
}

register_actions(
    {"privacy.alert.limit_set": {"kind": frozenset(AlertKind.values), "before": int, "people": int}}
)


class OutsidePolicy(DomainError):  # noqa: N818 - reads as what happened
    """Not between the policy's floor and ceiling."""

    def __init__(self, shipped: Limit) -> None:
        told = _("Choose a number from %(floor)d to %(ceiling)d.")
        super().__init__(told % {"floor": shipped.floor, "ceiling": shipped.ceiling})


@dataclass(frozen=True, slots=True)
class AlertLimitLine:
    """What is ordinary here, and between which numbers it can be chosen."""

    kind: AlertKind
    people: int
    shipped: Limit


def limit_lines() -> list[AlertLimitLine]:
    """In the scope of an organisation."""
    chosen = _chosen()
    shipped = {kind: limits()[name] for kind, name in LIMITS.items()}
    return [
        AlertLimitLine(kind, chosen.get(kind, each.value), each) for kind, each in shipped.items()
    ]


def people_allowed() -> dict[AlertKind, int]:
    """How many people an hour are ordinary in the organisation in scope."""
    return {line.kind: line.people for line in limit_lines()}


@transaction.atomic
def set_limits(wanted: Mapping[AlertKind, int], *, actor_user_id: int) -> None:
    """Choose what is ordinary in the organisation in scope. Each change is an event.

    Raises OutsidePolicy, and then changes nothing.
    """
    for line in limit_lines():
        people = wanted.get(line.kind, line.people)
        if not line.shipped.floor <= people <= line.shipped.ceiling:
            raise OutsidePolicy(line.shipped)
        if people != line.people:
            _set(line, people, actor_user_id)


def _set(line: AlertLimitLine, people: int, actor_user_id: int) -> None:
    organisation_id = current_organisation_id()
    AlertLimit.objects.update_or_create(
        organisation_id=organisation_id,
        kind=line.kind,
        defaults={"people": people, "set_at": clock.now(), "set_by_id": actor_user_id},
    )
    record_event(
        organisation_id=organisation_id,
        action="privacy.alert.limit_set",
        actor_user_id=actor_user_id,
        purpose=Purpose.SECURITY,
        detail={"kind": line.kind.value, "before": line.people, "people": people},
    )


def _chosen() -> dict[str, int]:
    return dict(AlertLimit.objects.values_list("kind", "people"))
