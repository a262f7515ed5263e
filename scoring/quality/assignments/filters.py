"""Which conversations an assignment picks from: conditions on stored fields, all optional.

An assignment keeps them as JSON; what is not known here is not kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields
from datetime import timedelta
from typing import Any, Literal, get_args

from django.db.models import (
    DateField,
    DurationField,
    Exists,
    ExpressionWrapper,
    F,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    Sum,
)  # fmt: skip
from django.db.models.functions import Cast, Coalesce

from scoring.metrics.models import TicketActs
from tickets.models import CsatResponse, TeamMembership, Ticket, TicketTag

Rating = Literal["", "good", "bad", "rated", "none"]
RATINGS = get_args(Rating)


@dataclass(frozen=True, slots=True, kw_only=True)
class Filters:
    """An empty list and None ask for nothing; of what is listed, one is enough.

    `days`: how far back a cycle looks, from its first day. `languages`: codes; `de` takes `de-AT`
    in. `teams`: the assignee's on the conversation's first day. Times in hours by the calendar.
    """

    days: int | None = None
    channels: tuple[str, ...] = ()
    statuses: tuple[str, ...] = ()
    priorities: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    teams: tuple[int, ...] = ()
    rating: str = ""
    is_reopened: bool = False
    replies_min: int | None = None
    replies_max: int | None = None
    hours_min: int | None = None
    hours_max: int | None = None
    wait_hours_min: int | None = None
    wait_hours_max: int | None = None

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Filters:
        names = {field.name for field in fields(cls)}
        known: dict[str, Any] = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in stored.items()
            if name in names
        }
        return cls(**known)

    def as_json(self) -> dict[str, Any]:
        """Without what asks for nothing."""
        return {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in asdict(self).items()
            if value or (value == 0 and value is not False)
        }


def filtered(tickets: QuerySet[Ticket], wanted: Filters) -> QuerySet[Ticket]:
    """The tickets that meet every condition, in the database. `days` and the number of replies
    are the caller's: they depend on the cycle and on who replied."""
    exact = {
        "channel__in": wanted.channels,
        "status__in": wanted.statuses,
        "priority__in": wanted.priorities,
    }
    tickets = tickets.filter(**{name: value for name, value in exact.items() if value})
    tickets = _tagged(_in_language(tickets, wanted.languages), wanted.tags)
    tickets = _rated(_in_team(tickets, wanted.teams), wanted.rating)
    return _timed(tickets, wanted)


def _in_language(tickets: QuerySet[Ticket], languages: Iterable[str]) -> QuerySet[Ticket]:
    found = Q()
    for code in languages:
        found |= Q(language__iexact=code) | Q(language__istartswith=f"{code}-")
    return tickets.filter(found)


def _tagged(tickets: QuerySet[Ticket], tags: Iterable[str]) -> QuerySet[Ticket]:
    names = list(tags)
    if not names:
        return tickets
    return tickets.filter(
        Exists(TicketTag.objects.filter(ticket=OuterRef("pk"), tag__name__in=names))
    )


def _in_team(tickets: QuerySet[Ticket], teams: Iterable[int]) -> QuerySet[Ticket]:
    wanted = list(teams)
    if not wanted:
        return tickets
    member = TeamMembership.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=OuterRef("day")),
        agent=OuterRef("assignee"),
        valid_from__lte=OuterRef("day"),
        team__in=wanted,
    )
    return tickets.annotate(day=Cast("created_at", DateField())).filter(Exists(member))


def _rated(tickets: QuerySet[Any], rating: str) -> QuerySet[Any]:
    if rating == "rated":
        return tickets.filter(is_good__isnull=False)
    if rating == "none":
        return tickets.filter(is_good__isnull=True)
    return tickets.filter(is_good=rating == "good") if rating else tickets


def _timed(tickets: QuerySet[Any], wanted: Filters) -> QuerySet[Any]:
    if wanted.is_reopened:
        tickets = tickets.filter(reopens__gt=0)
    limits = {
        "took__gte": wanted.hours_min, "took__lte": wanted.hours_max,
        "waited__gte": wanted.wait_hours_min, "waited__lte": wanted.wait_hours_max,
    }  # fmt: skip
    return tickets.filter(
        **{
            name: timedelta(hours=hours) if name.startswith("took") else hours * 3600
            for name, hours in limits.items()
            if hours is not None
        }
    )


def measured(tickets: QuerySet[Ticket]) -> QuerySet[Ticket]:
    """With `is_good` (the last rating's verdict, None without one), `reopens`, `waited` (seconds
    the requester waited for replies) and `took` (from beginning to solution)."""
    last_rating = CsatResponse.objects.filter(ticket=OuterRef("pk")).order_by("-at", "-position")
    acts = TicketActs.objects.filter(ticket=OuterRef("pk")).order_by().values("ticket")
    took = ExpressionWrapper(F("solved_at") - F("created_at"), output_field=DurationField())
    return tickets.annotate(
        is_good=Subquery(last_rating.values("is_good")[:1]),
        reopens=Coalesce(Subquery(acts.annotate(n=Sum("reopens")).values("n")), 0),
        waited=Coalesce(Subquery(acts.annotate(n=Sum("requester_wait_seconds")).values("n")), 0),
        took=took,
    )
