"""What review pages read."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import F, Q, QuerySet

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import current_organisation_id
from scoring.quality.disputes.people import disputable_until
from scoring.quality.models import Review, ReviewChange, ReviewComment
from scoring.quality.reviews.filters import UNREAD, filtered, received
from scoring.quality.sealing import Sealer
from tickets import conversations
from tickets.access import frozen_among, not_left_out, own_agent_ids, visible_tickets
from tickets.models import Agent
from tickets.people import agent_names

PER_PAGE = 50
_COLUMNS = (
    "id", "ticket_id", "reviewee_id", "reviewer__user__name", "version__scorecard__name",
    "version__pass_mark", "kind", "sample", "state", "day", "started_at", "score", "passed",
    "auto_failed", "is_suspended", "annulled_at", "acknowledged_at", "channel",
    "submitted_at",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ReviewRow:
    """A line of the list. `title` is redacted; None when the conversation was erased, or is not
    the reader's to see. `external_id` is empty then."""

    id: int
    ticket_id: int | None
    title: str | None
    external_id: str
    reviewee_id: int | None
    reviewee: str | None
    reviewer: str | None
    scorecard: str
    kind: str
    state: str
    day: date | None
    started_at: datetime
    score: Decimal | None
    passed: bool | None
    auto_failed: bool
    is_suspended: bool
    is_annulled: bool
    is_read: bool
    sample: str
    submitted_at: datetime | None
    disputable_until: datetime | None = None  # told to whom the review judges
    is_frozen: bool = False


@dataclass(frozen=True, slots=True)
class ReviewPage:
    """A page by key: `after` is the cursor of the next one, or None."""

    rows: list[ReviewRow]
    after: str | None


def review_page(*, actor: Membership, filters: dict[str, Any], cursor: str = "") -> ReviewPage:
    """Reviews the actor may see, the latest given first, 50 at a time."""
    return _page(actor, filtered(actor, filters), cursor)


def received_page(*, actor: Membership, cursor: str = "") -> ReviewPage:
    """What was given on the actor's own work, whatever their role."""
    page = _page(actor, received(actor), cursor)
    until = disputable_until(_shared(page.rows))
    rows = [replace(row, disputable_until=until.get(row.id)) for row in page.rows]
    return replace(page, rows=rows)


def _shared(rows: list[ReviewRow]) -> dict[int, datetime]:
    """When those were shared that can be disputed at all."""
    return {
        row.id: row.submitted_at
        for row in rows
        if row.submitted_at and row.kind in Review.COUNTED and not row.is_annulled
    }


def unread_count(actor: Membership) -> int:
    """How many reviews of the actor's own work they have not confirmed having read."""
    mine = Review.objects.filter(reviewee__in=own_agent_ids(actor))
    return mine.filter(UNREAD, annulled_at__isnull=True).count()


def _page(actor: Membership, reviews: QuerySet[Review], cursor: str) -> ReviewPage:
    day, key = _read_cursor(cursor)
    if key is not None:
        # Drafts that were never submitted have no day and come first.
        older = Q(day__lt=day) if day else Q(day__isnull=False)
        reviews = reviews.filter(Q(day=day, id__lt=key) | older)
    ordered = reviews.order_by(F("day").desc(nulls_first=True), "-id")
    found = [dict(row) for row in ordered.values(*_COLUMNS)[: PER_PAGE + 1]]
    rows = found[:PER_PAGE]
    after = f"{rows[-1]['day'] or ''},{rows[-1]['id']}" if len(found) > PER_PAGE else None
    return ReviewPage(_with_names(actor, rows), after)


def _read_cursor(cursor: str) -> tuple[date | None, int | None]:
    day, _comma, key = cursor.partition(",")
    try:
        return (date.fromisoformat(day) if day else None), int(key)
    except ValueError:
        return None, None


def _with_names(actor: Membership, rows: list[dict[str, Any]]) -> list[ReviewRow]:
    organisation_id = current_organisation_id()
    wanted = [row["ticket_id"] for row in rows if row["ticket_id"]]
    tickets = dict(
        visible_tickets(actor).filter(pk__in=wanted).values_list("id", "external_id")
        if wanted
        else ()
    )
    titles = conversations.titles(organisation_id, list(tickets)) if tickets else {}
    frozen = frozen_among(set(wanted) - tickets.keys())
    agents = {row["reviewee_id"] for row in rows if row["reviewee_id"]}
    names = agent_names(organisation_id, agents) if agents else {}
    return [
        ReviewRow(
            **{
                name: row[name]
                for name in (
                    "id", "ticket_id", "reviewee_id", "kind", "state", "day", "started_at",
                    "score", "passed", "auto_failed", "is_suspended", "sample",
                    "submitted_at",
                )
            },
            title=titles.get(row["ticket_id"]),
            external_id=tickets.get(row["ticket_id"], ""),
            reviewee=names.get(row["reviewee_id"]),
            reviewer=row["reviewer__user__name"],
            scorecard=row["version__scorecard__name"],
            is_annulled=row["annulled_at"] is not None,
            is_read=row["acknowledged_at"] is not None,
            is_frozen=row["ticket_id"] in frozen,
        )
        for row in rows
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Said:
    """A word of the talk. `text` is None when it was permanently erased."""

    id: int
    author: str | None
    at: datetime
    text: str | None


@dataclass(frozen=True, slots=True)
class Turned:
    """A turning point of the review, with what it said then."""

    event: str
    label: str
    actor: str | None
    at: datetime
    score: Decimal | None
    passed: bool | None
    reviewee: str | None
    reason: str | None


def talk_about(review: Review) -> list[Said]:
    comments = list(
        ReviewComment.objects.filter(review=review)
        .select_related("author__user")
        .order_by("written_at", "pk")
    )
    sealer = Sealer(review.organisation_id, [review.subject_id] if comments else [])
    return [
        Said(
            row.pk,
            row.author.user.name if row.author else None,
            row.written_at,
            sealer.open(row, "body", review.subject_id),
        )
        for row in comments
    ]


def history_of(review: Review, actor: Membership) -> list[Turned]:
    """Every turning point, the first one first, but those from when it was about somebody who is
    left out. Reasons are under the key of whom it was about."""
    found = ReviewChange.objects.filter(review=review)
    changes = list(
        not_left_out(found, agent="reviewee", actor=actor)
        .select_related("actor__user", "reviewee")
        .order_by("at", "pk")
    )
    people = {row.reviewee for row in changes if row.reviewee}
    sealer = Sealer(review.organisation_id, [agent.subject_id for agent in people])
    names = _agent_names({agent.pk for agent in people}) if len(people) > 1 else {}
    return [_turned(row, sealer, names) for row in changes]


def _turned(row: ReviewChange, sealer: Sealer, names: dict[int, str]) -> Turned:
    subject_id = row.reviewee.subject_id if row.reviewee else None
    return Turned(
        event=row.event,
        label=row.get_event_display(),
        actor=row.actor.user.name if row.actor else None,
        at=row.at,
        score=row.score,
        passed=row.passed,
        reviewee=names.get(row.reviewee_id or 0),
        reason=sealer.open(row, "reason", subject_id),
    )


def agent_name(agent: Agent | None) -> str | None:
    """None when the agent was erased or unlinked."""
    return _agent_names({agent.pk}).get(agent.pk) if agent else None


def _agent_names(ids: set[int]) -> dict[int, str]:
    return agent_names(current_organisation_id(), ids)
