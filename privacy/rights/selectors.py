"""What the pages of privacy officers show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import F
from django.db.models.functions import Coalesce

from kaizo.core import clock
from privacy.registry import registry
from privacy.rights import deadlines, states
from privacy.rights.certificate import Certificate, certificate_of
from privacy.rights.holds import matter_of
from privacy.rights.models import (
    HeldRow,
    LegalHold,
    Plan,
    PlanStep,
    RecipientNotice,
    RequestEvent,
    RightsRequest,
)
from privacy.rights.refusal.models import Refusal
from privacy.rights.refusal.services import may_propose

MOST = 200


def board() -> tuple[Sequence[RightsRequest], Sequence[RightsRequest]]:
    """Open requests by deadline, and the latest that have ended."""
    rows = RightsRequest.objects.annotate(until=Coalesce("extended_to", "due_at"))
    is_open = rows.filter(status__in=states.OPEN).order_by(F("until").asc(nulls_last=True), "pk")
    ended = rows.exclude(status__in=states.OPEN).order_by("-received_at", "-pk")
    now = clock.now()
    shown = list(is_open[:MOST])
    proposed = set(
        Refusal.objects.filter(request__in=shown, decided_at__isnull=True).values_list(
            "request_id", flat=True
        )
    )
    for found in shown:
        found.urgency = urgency_of(found.until, now)
        found.has_refusal = found.pk in proposed and may_propose(found)
    return shown, list(ended[:50])


def urgency_of(until: datetime | None, now: datetime) -> str:
    """The colour of a deadline: "overdue", "due_soon", or none."""
    if until is None or until - now > deadlines.DUE_SOON:
        return ""
    return "overdue" if until < now else "due_soon"


@dataclass(frozen=True, slots=True)
class StepLine:
    """A step, with its table's name in words."""

    step: PlanStep
    what: str


@dataclass(frozen=True, slots=True)
class StayLine:
    """Rows that stay, in words."""

    what: str
    reason: str
    rows: int


@dataclass(frozen=True, slots=True)
class RequestPage:
    plan: Plan | None
    steps: Sequence[StepLine]
    stays: Sequence[StayLine]
    notices: Sequence[RecipientNotice]
    events: Sequence[RequestEvent]
    certificate: Certificate | None = None


def request_page(request: RightsRequest) -> RequestPage:
    plan = Plan.objects.filter(request=request, superseded_at__isnull=True).first()
    events = RequestEvent.objects.filter(request=request).order_by("at", "pk")
    if plan is None:
        return RequestPage(None, [], [], [], list(events))
    steps = PlanStep.objects.filter(plan=plan).order_by("position")
    notices = RecipientNotice.objects.filter(plan=plan).order_by("pk")
    return RequestPage(
        plan=plan,
        steps=[StepLine(step, registry.name_of(step.label)) for step in steps],
        stays=_stays(plan),
        notices=list(notices),
        events=list(events),
        certificate=certificate_of(plan),
    )


def _stays(plan: Plan) -> list[StayLine]:
    """What is called the same and stays for the same reason is one line."""
    rows: dict[tuple[str, str], int] = {}
    for line in plan.data["stays"]:
        key = registry.name_of(line["label"]), line["reason"]
        rows[key] = rows.get(key, 0) + line["rows"]
    return [StayLine(what, reason, count) for (what, reason), count in rows.items()]


@dataclass(frozen=True, slots=True)
class HoldLine:
    hold: LegalHold
    matter: str
    rows: int


def hold_lines() -> list[HoldLine]:
    """Holds, those in force and to approve first."""
    holds = LegalHold.objects.order_by(F("released_at").desc(nulls_first=True), "expires_at", "pk")
    counts: dict[int, int] = {}
    for hold_id in HeldRow.objects.values_list("hold_id", flat=True):
        counts[hold_id] = counts.get(hold_id, 0) + 1
    return [HoldLine(hold, matter_of(hold), counts.get(hold.pk, 0)) for hold in holds[:MOST]]
