"""What pages show of disputes: lists with their deadlines, and one with both sides of it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core import clock
from scoring.quality.disputes import rules
from scoring.quality.disputes.access import visible_disputes
from scoring.quality.disputes.people import objection_of, parties_of, settings_in_force
from scoring.quality.disputes.sentences import STATUSES, Status, sentence
from scoring.quality.models import Category, Dispute, Rating, Review, ReviewChange
from scoring.quality.reviews.scales import NOT_APPLICABLE, with_top
from scoring.quality.reviews.scores import result_of
from scoring.quality.scorecards.selectors import rubric
from scoring.quality.sealing import Sealer
from tickets.models import Agent, Message
from tickets.people import NamedAgent, agent_names, named_agents

PER_PAGE = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeRow:
    id: int
    review_id: int
    what: str
    subject_id: UUID | None  # the agent's
    agent: str
    reviewer: str
    opened_at: datetime
    due_at: datetime
    decided_at: datetime | None
    status: Status


@dataclass(frozen=True, slots=True)
class DisputePage:
    """`after`: the id to go on from, for settled ones; open ones stand on one page, the first due
    on top."""

    rows: list[DisputeRow]
    after: int | None = None


_COLUMNS = {
    "category_name": F("category__name"),
    "reviewee_id": F("review__reviewee_id"),
    "reviewer": F("review__reviewer__user__name"),
}
_OPEN_SHOWN = 200


def open_disputes(actor: Membership) -> DisputePage:
    """What waits for a decision, the first due on top; at most 200."""
    found = visible_disputes(actor).filter(state=Dispute.State.OPEN).order_by("due_at", "pk")
    return DisputePage(_rows(actor, found[:_OPEN_SHOWN]))


def settled_disputes(actor: Membership, *, before: int | None = None) -> DisputePage:
    """What was decided or withdrawn, the latest opened first, from before an id on."""
    found = visible_disputes(actor).exclude(state=Dispute.State.OPEN).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = _rows(actor, found[: PER_PAGE + 1])
    more = rows[PER_PAGE - 1].id if len(rows) > PER_PAGE else None
    return DisputePage(rows[:PER_PAGE], more)


def disputes_of(review: Review, actor: Membership) -> list[DisputeRow]:
    """The disputes about one review that the actor may see, the latest first."""
    return _rows(actor, visible_disputes(actor).filter(review=review).order_by("-pk"))


def _rows(actor: Membership, found: QuerySet[Dispute]) -> list[DisputeRow]:
    rows = list(
        found.annotate(**_COLUMNS).values(
            "id", "review_id", "about", "state", "opened_at", "due_at", "decided_at", *_COLUMNS
        )
    )
    agents = named_agents(actor.organisation_id, {row["reviewee_id"] for row in rows} - {None})
    now = clock.now()
    return [_row(row, agents.get(row["reviewee_id"]), now) for row in rows]


def _row(row: Mapping[str, Any], agent: NamedAgent | None, now: datetime) -> DisputeRow:
    return DisputeRow(
        id=row["id"],
        review_id=row["review_id"],
        what=str(row["category_name"] or Dispute.About(row["about"]).label),
        subject_id=agent.subject_id if agent else None,
        agent=agent.name if agent else "",
        reviewer=row["reviewer"] or "",
        opened_at=row["opened_at"],
        due_at=row["due_at"],
        decided_at=row["decided_at"],
        status=STATUSES[rules.standing(row["state"], row["due_at"], now)],
    )


@dataclass(frozen=True, slots=True)
class Window:
    """Until when a review may be disputed, or why the reader may not."""

    until: datetime | None
    refusal: str


def window_of(review: Review, actor: Membership) -> Window:
    days = settings_in_force().dispute_days
    objection = objection_of(review, actor)
    refusal = rules.may_open(objection, now=clock.now(), days=days)
    if refusal is not None or objection.clock_from is None:
        return Window(None, sentence(refusal, days=days) if refusal else "")
    return Window(rules.until(objection.clock_from, days), "")


@dataclass(frozen=True, slots=True, kw_only=True)
class RatedCategory:
    """A line of the review: as it was when the dispute was opened, as it is, and what the agent
    proposes. `comment` is the reviewer's."""

    category: Category
    group: str
    before: str
    now: str
    proposed: str
    comment: str | None
    is_disputed: bool
    choice: str  # the form's value of the rating as it is


@dataclass(frozen=True, slots=True, kw_only=True)
class DisputeDetail:
    """`reason` and `decision` are None when there are none or they were permanently erased."""

    dispute: Dispute
    status: Status
    reason: str | None
    decision: str | None
    is_erased: bool
    lines: list[RatedCategory]
    reviewee: str
    proposed_reviewee: str
    score_before: float | None
    passed_before: bool | None
    auto_failed_before: bool
    refusal: str  # why the reader may not decide it; empty when they may


def dispute_detail(dispute: Dispute, actor: Membership) -> DisputeDetail:
    review = dispute.review
    sealer = Sealer(dispute.organisation_id, [review.subject_id])
    reason = sealer.open(dispute, "reason", review.subject_id)
    people = {review.reviewee_id, dispute.proposed_reviewee_id} - {None}
    names = agent_names(dispute.organisation_id, people, reader=actor) if people else {}
    before = _before(dispute)
    refusal = rules.may_decide(dispute.state, parties_of(dispute), actor=actor.pk)
    return DisputeDetail(
        dispute=dispute,
        status=STATUSES[rules.standing(dispute.state, dispute.due_at, clock.now())],
        reason=reason,
        decision=sealer.open(dispute, "decision", review.subject_id),
        is_erased=reason is None,
        lines=rated_categories(review, dispute, sealer, before),
        reviewee=names.get(review.reviewee_id or 0, _("Nobody any more")),
        proposed_reviewee=names.get(dispute.proposed_reviewee_id or 0, ""),
        score_before=float(before.score) if before and before.score is not None else None,
        passed_before=before.passed if before else None,
        auto_failed_before=_auto_failed(review, before),
        refusal=sentence(refusal) if refusal else "",
    )


def _before(dispute: Dispute) -> ReviewChange | None:
    """What the review said when the dispute was opened."""
    changes = ReviewChange.objects.filter(
        review=dispute.review, event=ReviewChange.Event.DISPUTED, at__gte=dispute.opened_at
    )
    return changes.order_by("at", "pk").first()


def _auto_failed(review: Review, before: ReviewChange | None) -> bool:
    if before is None:
        return review.auto_failed
    values = {UUID(line["category"]): line["value"] for line in before.ratings}
    return result_of(rubric(review.version), values).auto_failed


def rated_categories(
    review: Review,
    dispute: Dispute | None = None,
    sealer: Sealer | None = None,
    before: ReviewChange | None = None,
) -> list[RatedCategory]:
    """The review's ratings in the rubric's order, without what is answered in words."""
    opener = sealer or Sealer(review.organisation_id, [review.subject_id])
    ratings = Rating.objects.filter(review=review, category__kind__in=_RATED)
    rows = ratings.select_related("category__group").order_by(
        "category__group__position", "category__group_id", "category__position", "category_id"
    )
    then = {UUID(line["category"]): line for line in before.ratings} if before else {}
    return [_line(row, review, dispute, opener, then.get(row.category.key)) for row in rows]


_RATED = (Category.Kind.SCORED, Category.Kind.UNSCORED)


def _line(
    row: Rating,
    review: Review,
    dispute: Dispute | None,
    sealer: Sealer,
    then: Mapping[str, Any] | None,
) -> RatedCategory:
    scale = row.category.scale
    is_disputed = dispute is not None and dispute.category_id == row.category_id
    current = with_top(row.value, scale, is_na=row.is_na)
    return RatedCategory(
        category=row.category,
        group=row.category.group.name,
        before=with_top(then["value"], scale, is_na=then["is_na"]) if then else current,
        now=current,
        proposed=_proposal(dispute, scale) if dispute is not None and is_disputed else "",
        comment=sealer.open(row, "comment", review.subject_id),
        is_disputed=is_disputed,
        choice=NOT_APPLICABLE if row.is_na else "" if row.value is None else str(row.value),
    )


def _proposal(dispute: Dispute, scale: str) -> str:
    if dispute.proposed_value is None and not dispute.proposes_na:
        return ""
    return with_top(dispute.proposed_value, scale, is_na=dispute.proposes_na)


def possible_reviewees(review: Review, actor: Membership) -> dict[int, str]:
    """Agents who took part in the conversation, without whom the review is about, by name; when
    it is gone or nobody else took part, every agent. Nobody who is left out."""
    wrote = Message.objects.filter(ticket=review.ticket_id, agent__isnull=False)
    ids = set(wrote.values_list("agent_id", flat=True))
    if review.ticket is not None and review.ticket.assignee_id:
        ids.add(review.ticket.assignee_id)
    ids.discard(review.reviewee_id)
    others = ids or set(_everybody(review.reviewee_id))
    names = agent_names(review.organisation_id, others, reader=actor)
    return dict(sorted(names.items(), key=lambda item: item[1].casefold()))


def _everybody(without: int | None) -> Iterable[int]:
    return Agent.objects.exclude(pk=without).values_list("pk", flat=True)
