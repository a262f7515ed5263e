"""What ticket pages read."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.db.models import Exists, OuterRef, Q, QuerySet, Subquery

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose, current_organisation_id, purpose_scope
from privacy.api import DETECTION_VERSION, anybody_is_frozen
from tickets import conversations, search
from tickets.access import own_agent_ids, visible_tickets
from tickets.conversations import Heading
from tickets.models import CsatResponse, TextScan, Ticket, TicketTag
from tickets.people import agent_names

PER_PAGE = 50
_COLUMNS = (
    "id", "external_id", "status", "channel", "priority", "assignee_id", "subject_id",
    "message_count", "created_at", "restricted",
)  # fmt: skip
_NOT_SHOWN = ("assignee_id", "any_frozen")
# What these say of a ticket may not be learnt from a frozen one's being in the list.
_TELLING = ("status", "channel", "agent", "tag", "csat")


@dataclass(frozen=True, slots=True)
class TicketRow:
    """A line of the list. `title` is redacted, None when it was permanently erased. `subject_id` is
    whom it is about. Of a frozen one nothing is known but its number and day."""

    id: int
    external_id: str
    title: str | None
    status: str
    channel: str
    priority: str
    assignee: str | None
    subject_id: UUID | None
    message_count: int
    is_good: bool | None
    created_at: datetime
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class TicketPage:
    """A page by key: `after` and `before` are the cursors of its neighbours, or None."""

    rows: list[TicketRow]
    after: str | None
    before: str | None
    is_capped: bool


def ticket_page(
    *, actor: Membership, filters: dict[str, Any], zone: ZoneInfo, cursor: str = ""
) -> TicketPage:
    """The newest tickets the actor may see, filtered, 50 at a time, in ten queries or fewer.

    `cursor` is `after:<time>,<id>` or `before:<time>,<id>`; an unreadable one is ignored.
    """
    found = _filtered(visible_tickets(actor), filters, zone)
    direction, position = _read_cursor(cursor)
    rows = _slice(found, direction, position)
    if not any(filters.get(name) for name in _TELLING) and _may_miss_frozen(rows):
        with purpose_scope(Purpose.STORAGE):  # to say that they are there
            rows = [_bare(row) for row in _slice(found, direction, position)]
    has_more = len(rows) > PER_PAGE
    rows = rows[:PER_PAGE]
    if direction == "before":
        rows.reverse()
    backwards = direction == "before"
    return TicketPage(
        rows=_with_names(rows, own_agent_ids(actor)),
        after=_cursor("after", rows[-1]) if rows and (has_more or backwards) else None,
        before=_cursor("before", rows[0])
        if rows and position and (has_more or not backwards)
        else None,
        is_capped=bool(filters.get("q")),
    )


def _may_miss_frozen(rows: list[dict[str, Any]]) -> bool:
    return not rows or bool(rows[0]["any_frozen"])


def _bare(row: dict[str, Any]) -> dict[str, Any]:
    """A frozen row without anything that says something about anybody."""
    if not row["restricted"]:
        return row
    nothing = {"status": "", "channel": "", "priority": "", "assignee_id": None}
    return row | nothing | {"message_count": 0, "subject_id": None}


def _slice(
    found: QuerySet[Ticket], direction: str, position: tuple[datetime, int] | None
) -> list[dict[str, Any]]:
    order = ("-created_at", "-id")
    if position and direction == "after":
        at, key = position
        found = found.filter(Q(created_at__lt=at) | Q(created_at=at, id__lt=key))
    elif position:
        at, key = position
        found = found.filter(Q(created_at__gt=at) | Q(created_at=at, id__gt=key))
        order = ("created_at", "id")
    asked = found.annotate(any_frozen=anybody_is_frozen())
    rows = asked.order_by(*order).values(*_COLUMNS, "any_frozen")[: PER_PAGE + 1]
    return [dict(row) for row in rows]


def _cursor(direction: str, row: dict[str, Any]) -> str:
    at = row["created_at"].astimezone(UTC).strftime("%Y%m%dT%H%M%S%f")
    return f"{direction}:{at},{row['id']}"


def _read_cursor(cursor: str) -> tuple[str, tuple[datetime, int] | None]:
    direction, _, rest = cursor.partition(":")
    at, _, key = rest.partition(",")
    try:
        position = (datetime.strptime(at, "%Y%m%dT%H%M%S%f").replace(tzinfo=UTC), int(key))
    except ValueError:
        return "after", None
    return ("before", position) if direction == "before" else ("after", position)


def _with_names(rows: list[dict[str, Any]], own_agents: list[int]) -> list[TicketRow]:
    ids = [row["id"] for row in rows]
    headings = conversations.headings(current_organisation_id(), ids, own_agents=own_agents)
    verdicts = _verdicts(ids)
    return [_row(row, headings.get(row["id"]), verdicts.get(row["id"])) for row in rows]


def _row(row: dict[str, Any], heading: Heading | None, verdict: bool | None) -> TicketRow:  # noqa: FBT001 - None, too, is a verdict
    return TicketRow(
        **{key: value for key, value in row.items() if key not in _NOT_SHOWN},
        title=heading.title if heading else None,
        assignee=heading.assignee if heading else None,
        is_good=verdict,
    )


def _verdicts(ticket_ids: list[int]) -> dict[int, bool]:
    """Of each rated ticket, the last rating's. In a query of its own: within that of the list, it
    would be one under its own policies for every row."""
    ratings = CsatResponse.objects.filter(ticket__in=ticket_ids)
    last = ratings.order_by("ticket_id", "-at", "-position").distinct("ticket_id")
    return dict(last.values_list("ticket_id", "is_good"))


def _filtered(
    tickets: QuerySet[Ticket], filters: dict[str, Any], zone: ZoneInfo
) -> QuerySet[Ticket]:
    exact = {
        column: filters[name]
        for name, column in (("status", "status"), ("channel", "channel"), ("agent", "assignee"))
        if filters.get(name)
    }
    tickets = tickets.filter(**exact)
    if filters.get("since"):
        tickets = tickets.filter(created_at__gte=_midnight(filters["since"], zone))
    if filters.get("until"):
        end = _midnight(filters["until"] + timedelta(days=1), zone)
        tickets = tickets.filter(created_at__lt=end)
    if filters.get("tag"):
        tagged = TicketTag.objects.filter(ticket=OuterRef("pk"), tag__name=filters["tag"].strip())
        tickets = tickets.filter(Exists(tagged))
    if filters.get("ids") is not None:
        tickets = tickets.filter(pk__in=filters["ids"])
    return _searched(_rated(tickets, filters.get("csat", "")), filters.get("q", "").strip())


def _rated(tickets: QuerySet[Ticket], verdict: str) -> QuerySet[Ticket]:
    if not verdict:
        return tickets
    ratings = CsatResponse.objects.filter(ticket=OuterRef("pk"))
    if verdict == "none":
        return tickets.filter(~Exists(ratings))
    last = ratings.order_by("-at", "-position").values("is_good")[:1]
    return tickets.annotate(verdict=Subquery(last)).filter(verdict=verdict == "good")


def _searched(tickets: QuerySet[Ticket], query: str) -> QuerySet[Ticket]:
    if not query:
        return tickets
    ids = search.matching_tickets(organisation_id=current_organisation_id(), query=query)
    return tickets.filter(Q(pk__in=ids) | Q(external_id=query))


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time.min, zone)


def agent_choices(actor: Membership, ids: Iterable[int] | None = None) -> dict[int, str]:
    """Names of agents to choose from, without whoever is left out."""
    return agent_names(current_organisation_id(), ids, reader=actor)


def unchecked_count() -> int:
    """Tickets of which at least one text waits for the model: not in search, and nobody knows yet
    whom it mentions."""
    return int(TextScan.objects.filter(version__lt=DETECTION_VERSION).count())
