"""The register of KPIs: what is measured, why, from what, and who may see it.

A KPI that is not declared here cannot be computed, and none can be computed for a role that is not
among its viewers. Works agreements, notices and the definitions page are printed from this list,
so every text is written for the people who are measured.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from scoring.metrics.arithmetic import SUMS

Sums = Mapping[str, int]


class Unit(StrEnum):
    SECONDS = "seconds"
    PERCENT = "percent"
    COUNT = "count"


class Better(StrEnum):
    HIGHER = "higher"
    LOWER = "lower"


class UnknownKpi(LookupError):  # noqa: N818 - what it is, not that it is an error
    """No KPI of this code is declared, so nothing may be computed under it."""


class NotAViewer(PermissionError):  # noqa: N818 - what it is, not that it is an error
    """The KPI's declaration does not name this role among its viewers."""


MANAGERS: Final = ("owner", "admin", "team_lead")
EVERYONE_MEASURED: Final = (*MANAGERS, "agent")

# Below these samples a mean or a share says more about luck than about work
# (4 good of 5 is 80 %, with a 95 % interval from 38 % to 96 %).
ENOUGH_TIMINGS: Final = 5
ENOUGH_SHARES: Final = 10


@dataclass(frozen=True, kw_only=True, slots=True)
class Kpi:
    """One declared figure: `scale * numerator / denominator`, or the numerator alone.

    `minimum_n` is the smallest sample that may be shown for one person; below it a page says
    "not enough data". `better` is None where neither direction is praise. `clock` says which time
    is counted and continues `formula`. A KPI that is not `is_personal` has no agent: it is shown
    for the organisation as a whole. Texts are English and marked for translation.
    """

    code: str
    name: str
    unit: Unit
    formula: str
    source_fields: tuple[str, ...]
    purpose: str
    numerator: tuple[str, ...]
    denominator: tuple[str, ...] = ()
    viewers: tuple[str, ...] = EVERYONE_MEASURED
    better: Better | None = None
    minimum_n: int = 0
    clock: str = ""
    is_personal: bool = True

    def __post_init__(self) -> None:
        unknown = {*self.numerator, *self.denominator} - {*SUMS}
        if unknown:
            raise ValueError(f"{self.code} is made of undeclared sums: {sorted(unknown)}")

    def value(self, sums: Sums) -> float | None:
        """The figure, or None while there is nothing to divide by."""
        total = _add(sums, self.numerator)
        if not self.denominator:
            return total
        count = _add(sums, self.denominator)
        scale = 100 if self.unit is Unit.PERCENT else 1
        return scale * total / count if count else None

    def sample(self, sums: Sums) -> int:
        """How many things the figure rests on."""
        return _add(sums, self.denominator or self.numerator)

    def has_enough(self, sums: Sums) -> bool:
        """Whether the sample says anything about one person."""
        return self.sample(sums) >= self.minimum_n


def _add(sums: Sums, names: tuple[str, ...]) -> int:
    total = 0
    for name in names:
        total += sums.get(name) or 0
    return total


def gettext_noop(text: str) -> str:
    """Mark a text for translation without translating it: this module knows no framework."""
    return text


def all_kpis() -> tuple[Kpi, ...]:
    """Every declared KPI, in the order in which pages show them."""
    return _REGISTER


def kpi(code: str) -> Kpi:
    """The declaration of one KPI. Raises `UnknownKpi`."""
    try:
        return _BY_CODE[code]
    except KeyError:
        raise UnknownKpi(f"No KPI '{code}' is declared.") from None


def visible_to(role: str) -> tuple[Kpi, ...]:
    return tuple(declared for declared in _REGISTER if role in declared.viewers)


def visible(code: str, *, role: str) -> Kpi:
    """The declaration of a KPI for a viewer. Raises `UnknownKpi` and `NotAViewer`."""
    declared = kpi(code)
    if role not in declared.viewers:
        raise NotAViewer(f"The KPI '{code}' is not declared for the role '{role}'.")
    return declared


def compute(code: str, sums: Sums, *, role: str) -> float | None:
    """The value of a KPI for a viewer. Raises `UnknownKpi` and `NotAViewer`."""
    return visible(code, role=role).value(sums)


_BY_CALENDAR = gettext_noop("Counted by the calendar, day and night.")
_IN_OPENING_HOURS = gettext_noop("Counted in the organisation's opening hours, without holidays.")
_STATUS_CHANGES = ("ticket.created_at", "ticket.status", "ticket.solved_at", "event.status")
_PUBLIC_MESSAGES = ("ticket.created_at", "message.sent_at", "message.author", "message.public")


def _on_both_clocks(*, code: str, name_in_business_hours: str, **texts: Any) -> tuple[Kpi, Kpi]:
    calendar = Kpi(
        code=f"{code}_time",
        unit=Unit.SECONDS,
        clock=_BY_CALENDAR,
        numerator=(f"{code}_seconds",),
        better=Better.LOWER,
        minimum_n=ENOUGH_TIMINGS,
        **texts,
    )
    business = replace(
        calendar,
        code=f"{code}_time_business",
        name=name_in_business_hours,
        clock=_IN_OPENING_HOURS,
        numerator=(f"{code}_business_seconds",),
        source_fields=(*calendar.source_fields, "organisation.calendar"),
    )
    return calendar, business


_REGISTER: Final = (
    *_on_both_clocks(
        code="first_reply",
        name=gettext_noop("First reply time"),
        name_in_business_hours=gettext_noop("First reply time in business hours"),
        formula=gettext_noop(
            "Mean time from the creation of a ticket, or from its reopening, to the first public "
            "message of a human agent while the ticket is open. Bots and internal notes do not "
            "count. If an agent opened the ticket, the agents' second public message counts. "
            "Credited to the author of the reply, on the day of the reply."
        ),
        source_fields=(*_PUBLIC_MESSAGES, "event.status"),
        purpose=gettext_noop("See how long customers wait for a person to answer."),
        denominator=("first_replies",),
    ),
    *_on_both_clocks(
        code="next_reply",
        name=gettext_noop("Next reply time"),
        name_in_business_hours=gettext_noop("Next reply time in business hours"),
        formula=gettext_noop(
            "Mean time from the oldest unanswered public message of the customer to the next "
            "public message of a human agent. First replies are left out. Credited to the author "
            "of the reply, on the day of the reply."
        ),
        source_fields=_PUBLIC_MESSAGES,
        purpose=gettext_noop("See how long customers wait during a conversation."),
        denominator=("next_replies",),
    ),
    *_on_both_clocks(
        code="requester_wait",
        name=gettext_noop("Requester wait time"),
        name_in_business_hours=gettext_noop("Requester wait time in business hours"),
        formula=gettext_noop(
            "Mean of the total time that solved tickets spent as new, open or on hold until they "
            "were solved for the last time. Time as pending, when the customer is asked, is left "
            "out. Tickets whose changes of status are unknown are left out. Credited to who "
            "solved the ticket, on the day of the solve."
        ),
        source_fields=_STATUS_CHANGES,
        purpose=gettext_noop("See how long customers wait for us in all."),
        denominator=("requester_waits",),
    ),
    *_on_both_clocks(
        code="resolution",
        name=gettext_noop("Full resolution time"),
        name_in_business_hours=gettext_noop("Full resolution time in business hours"),
        formula=gettext_noop(
            "Mean time from the creation of a ticket to its most recent solve. Credited to who "
            "solved the ticket, on the day of the solve."
        ),
        source_fields=_STATUS_CHANGES,
        purpose=gettext_noop("See how long it takes until a matter is settled."),
        denominator=("resolutions",),
    ),
    Kpi(
        code="tickets_solved",
        name=gettext_noop("Tickets solved"),
        unit=Unit.COUNT,
        formula=gettext_noop(
            "Tickets that are solved or closed, counted once on the day of the most recent solve. "
            "Credited to the agent who solved it; if an automation did, to the assignee of that "
            "moment. A ticket that is reopened counts no longer until it is solved again."
        ),
        source_fields=(*_STATUS_CHANGES, "event.actor", "ticket.assignee"),
        purpose=gettext_noop("Plan staffing and see the work done."),
        numerator=("solved",),
        better=Better.HIGHER,
    ),
    Kpi(
        code="public_replies",
        name=gettext_noop("Public replies"),
        unit=Unit.COUNT,
        formula=gettext_noop(
            "Public messages of human agents, each credited to its author on the day it was sent."
        ),
        source_fields=_PUBLIC_MESSAGES,
        purpose=gettext_noop("Plan staffing and see the work done."),
        numerator=("public_replies",),
    ),
    Kpi(
        code="one_touch",
        name=gettext_noop("One-touch"),
        unit=Unit.PERCENT,
        formula=gettext_noop(
            "Solved tickets with exactly one public message of a human agent in all, divided by "
            "tickets solved. A ticket solved without any reply is not one-touch."
        ),
        source_fields=(*_PUBLIC_MESSAGES, *_STATUS_CHANGES),
        purpose=gettext_noop("See how often one answer is enough."),
        numerator=("one_touch",),
        denominator=("solved",),
        better=Better.HIGHER,
        minimum_n=ENOUGH_SHARES,
    ),
    Kpi(
        code="reopens",
        name=gettext_noop("Reopens"),
        unit=Unit.COUNT,
        formula=gettext_noop(
            "Changes of status from solved or closed back to an unsolved one, on the day of the "
            "reopening, credited to the agent whose solve was undone. A customer's thank-you that "
            "reopens a ticket counts, and can be contested."
        ),
        source_fields=(*_STATUS_CHANGES, "event.actor"),
        purpose=gettext_noop("Find matters that were not settled when we thought they were."),
        numerator=("reopens",),
        better=Better.LOWER,
    ),
    Kpi(
        code="reassignments",
        name=gettext_noop("Reassignments"),
        unit=Unit.COUNT,
        formula=gettext_noop(
            "Changes of the assignee from one agent to another, credited to the agent who made "
            "the change. A first assignment is none."
        ),
        source_fields=("event.assignment", "event.actor"),
        purpose=gettext_noop("Find tickets that are passed around and route them better."),
        numerator=("reassignments",),
    ),
    Kpi(
        code="csat",
        name=gettext_noop("CSAT"),
        unit=Unit.PERCENT,
        formula=gettext_noop(
            "Good ratings divided by good and bad ratings, on the day of the rating. On a scale "
            "of five, 4 and 5 are good. Only a customer's last rating of a ticket counts. Credited "
            "to the agent with most public replies before the rating; a tie goes to the assignee."
        ),
        source_fields=("csat.score", "csat.at", *_PUBLIC_MESSAGES, "ticket.assignee"),
        purpose=gettext_noop("Hear from customers whether they were helped."),
        numerator=("csat_good",),
        denominator=("csat_good", "csat_bad"),
        better=Better.HIGHER,
        minimum_n=ENOUGH_SHARES,
    ),
    Kpi(
        code="csat_response_rate",
        name=gettext_noop("CSAT response rate"),
        unit=Unit.PERCENT,
        formula=gettext_noop(
            "Solved tickets that the customer rated, whenever that was, divided by tickets solved."
        ),
        source_fields=("csat.at", *_STATUS_CHANGES),
        purpose=gettext_noop("Judge how much the CSAT figure can be relied on."),
        numerator=("rated_solves",),
        denominator=("solved",),
        minimum_n=ENOUGH_SHARES,
    ),
    Kpi(
        code="tickets_opened",
        name=gettext_noop("Tickets opened"),
        unit=Unit.COUNT,
        formula=gettext_noop("Tickets created on the day. Credited to nobody."),
        source_fields=("ticket.created_at",),
        purpose=gettext_noop("Plan staffing."),
        numerator=("opened",),
        viewers=MANAGERS,
        is_personal=False,
    ),
    Kpi(
        code="backlog",
        name=gettext_noop("Backlog"),
        unit=Unit.COUNT,
        formula=gettext_noop(
            "Tickets that were created or reopened and not solved by the end of the period. "
            "Credited to nobody."
        ),
        source_fields=_STATUS_CHANGES,
        purpose=gettext_noop("Plan staffing."),
        numerator=("backlog_change",),
        viewers=MANAGERS,
        better=Better.LOWER,
        is_personal=False,
    ),
)
_BY_CODE: Final = {declared.code: declared for declared in _REGISTER}
