"""What the list of reviews can be narrowed by, and what there is to choose from."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Role
from kaizo.core.tenancy import current_organisation_id
from scoring.access import NO_TEAM, teams_to_choose
from scoring.quality.access import SHARED_KINDS, led, visible_reviews
from scoring.quality.arithmetic import TOPS
from scoring.quality.models import (
    Category,
    Dispute,
    Rating,
    RatingCause,
    Review,
    RootCause,
    Scorecard,
)
from tickets.access import own_agent_ids
from tickets.people import agent_names

SUBMITTED = Q(state=Review.State.SUBMITTED)
UNREAD = SUBMITTED & Q(acknowledged_at__isnull=True, kind__in=SHARED_KINDS)
# What the figures of the dashboard are made of.
COUNTED = SUBMITTED & Q(kind__in=Review.COUNTED, is_suspended=False, score__isnull=False)
_RESULTS: dict[str, Q] = {
    "passed": Q(passed=True),
    "failed": Q(passed=False),
    "auto_failed": Q(auto_failed=True),
    "none": Q(score__isnull=True),
}


def _disputed() -> Q:
    objections = Dispute.objects.exclude(state=Dispute.State.WITHDRAWN)
    return SUBMITTED & Q(Exists(objections.filter(review=OuterRef("pk"))))


def _low_in(category: UUID) -> Q:
    """Below the middle of its scale."""
    is_low = Q()
    for scale, top in TOPS.items():
        is_low |= Q(category__scale=scale.value, value__lt=(top + 1) // 2)
    return _answered(category, is_low)


def _rated_in(category: UUID) -> Q:
    return _answered(category, Q(value__isnull=False))


def _left_out_in(category: UUID) -> Q:
    return _answered(category, Q(is_na=True))


def _answered(category: UUID, how: Q) -> Q:
    answers = Rating.objects.filter(how, review=OuterRef("pk"), category__key=category)
    return Q(Exists(answers))


def _because_of(cause: UUID) -> Q:
    named = RatingCause.objects.filter(rating__review=OuterRef("pk"), cause__key=cause)
    return Q(Exists(named))


_STATES: dict[str, Callable[[], Q]] = {
    "": lambda: SUBMITTED,
    "counted": lambda: COUNTED,
    "draft": lambda: Q(state=Review.State.DRAFT),
    "unread": lambda: UNREAD,
    "suspended": lambda: SUBMITTED & Q(is_suspended=True),
    "disputed": _disputed,
}
_OF_FIGURES = ("counted", "disputed")
_NARROWED: dict[str, Callable[[Any], Q]] = {
    "result": lambda wanted: _RESULTS[wanted],
    "reviewee": lambda wanted: Q(reviewee=wanted),
    "reviewer": lambda wanted: Q(reviewer=wanted),
    "team": lambda wanted: Q(team=wanted or None),
    "scorecard": lambda wanted: Q(version__scorecard=wanted),
    "channel": lambda wanted: Q(channel=wanted),
    "sample": lambda wanted: Q(sample=wanted),
    "kind": lambda wanted: Q(kind=wanted),
    "since": lambda wanted: Q(day__gte=wanted),
    "until": lambda wanted: Q(day__lte=wanted),
    "low": _low_in,
    "rated": _rated_in,
    "left_out": _left_out_in,
    "cause": _because_of,
}


def received(actor: Membership) -> QuerySet[Review]:
    """What was given on the actor's own work, whatever their role."""
    return Review.objects.filter(
        SUBMITTED, reviewee__in=own_agent_ids(actor), kind__in=SHARED_KINDS
    )


def filtered(actor: Membership, filters: Mapping[str, Any]) -> QuerySet[Review]:
    """The reviews that the actor may see, by `filters` as `ReviewFilters` cleaned them. What a
    figure counts is of the teams that a lead led, not what they gave elsewhere; `mine` is what was
    given on the actor's own work, not by them."""
    reviews = visible_reviews(actor)
    if filters.get("mine"):
        reviews = received(actor)
    elif filters.get("state") in _OF_FIGURES and actor.role == Role.TEAM_LEAD:
        reviews = reviews.filter(Exists(led(actor)))
    reviews = reviews.filter(_STATES[filters.get("state") or ""]())
    for name, narrowed in _NARROWED.items():
        wanted = filters.get(name)
        if wanted not in (None, ""):
            reviews = reviews.filter(narrowed(wanted))
    return reviews


def offered(actor: Membership, asked: Mapping[str, Any]) -> dict[str, dict[Any, str]]:
    """What there is to choose from, by field and name. Categories and root causes only where one
    is asked for: a figure leads to them."""
    seen = visible_reviews(actor)
    given = seen.filter(reviewer__isnull=False)
    found: dict[str, dict[Any, str]] = {
        "reviewee": _agents(seen),
        "reviewer": dict(given.values_list("reviewer_id", "reviewer__user__name").distinct()),
        "team": {NO_TEAM: _("No team")} | teams_to_choose(actor),
        "scorecard": dict(Scorecard.objects.values_list("pk", "name")),
    }
    for name in ("low", "rated", "left_out"):
        if asked.get(name):
            found[name] = _newest_names(Category)
    if asked.get("cause"):
        found["cause"] = _newest_names(RootCause)
    return found


def _agents(seen: QuerySet[Review]) -> dict[int, str]:
    """Everybody about whom there is a review."""
    ids = set(seen.values_list("reviewee_id", flat=True).distinct()) - {None}
    return agent_names(current_organisation_id(), ids) if ids else {}


def _newest_names(model: type[Category | RootCause]) -> dict[UUID, str]:
    """By key, which is the same in all versions, what it is called in the latest."""
    return dict(model.objects.order_by("key", "-pk").distinct("key").values_list("key", "name"))
