"""Disputes: opened by whom the review judges, decided by somebody who had no part in it.

While one is open its review counts nowhere. A decision that changes the review changes the figures
of the day on which it was given, and leaves what was and what is in the review's history.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from privacy import api as privacy
from scoring.quality.arithmetic import TOPS, Scale
from scoring.quality.changes import changed
from scoring.quality.disputes import rules
from scoring.quality.disputes.deciding import Remedy, apply_remedy, settle
from scoring.quality.disputes.events import Event, record
from scoring.quality.disputes.people import (
    deciders_of,
    objection_of,
    parties_of,
    settings_in_force,
)
from scoring.quality.disputes.sentences import refuse
from scoring.quality.models import Category, Dispute, Review, ReviewChange
from scoring.quality.reviews.services import record_change
from scoring.quality.reviews.words import LONGEST, sealed
from scoring.quality.sealing import new_id
from tickets.models import Agent

__all__ = ["Claim", "Remedy", "decide_dispute", "open_dispute", "withdraw_dispute"]

LABEL = "scoring.dispute"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """What is disputed and what would be right. A category's proposal is a value of its scale or
    not applicable; proposing nothing is allowed."""

    about: str
    category_key: UUID | None = None
    value: int | None = None
    is_na: bool = False
    reviewee: Agent | None = None


@transaction.atomic
def open_dispute(*, review: Review, actor: Membership, claim: Claim, reason: str) -> Dispute:
    """Object to a review of one's own work; it is suspended from now on.

    Nobody is told of one by an agent who is left out: nobody could open it. Raises DomainError when
    the rules refuse it or without a reason, Conflict while a dispute about the same thing is open.
    Locks the review.
    """
    locked = _lock(review)
    _require_disputable(locked, actor)
    words = _words(reason, _("Say what is wrong, in a sentence or two."))
    category = _category(locked, claim)
    if Dispute.objects.filter(
        review=locked, about=claim.about, category=category, state=Dispute.State.OPEN
    ).exists():
        raise Conflict(_("A dispute about this is open already."))
    dispute = _write(locked, actor, claim, category, words)
    locked.is_suspended, locked.revision = True, locked.revision + 1
    locked.save(update_fields=["is_suspended", "revision"])
    record_change(locked, ReviewChange.Event.DISPUTED, actor)
    record(Event.OPENED, dispute=dispute, actor=actor, about=claim.about)
    changed([locked.pk])
    if locked.reviewee is None or not locked.reviewee.is_left_out:
        _tell(dispute, NoticeKind.DISPUTE_OPENED, [*deciders_of(dispute), locked.reviewer_id])
    return dispute


def _require_disputable(review: Review, actor: Membership) -> None:
    days = settings_in_force().dispute_days
    refusal = rules.may_open(objection_of(review, actor), now=clock.now(), days=days)
    refuse(refusal, days=days)


def _category(review: Review, claim: Claim) -> Category | None:
    if claim.about != Dispute.About.CATEGORY:
        return None
    found: Category | None = Category.objects.filter(
        group__version_id=review.version_id, key=claim.category_key
    ).first()
    if found is None or found.kind == Category.Kind.TEXT:
        raise DomainError(_("The scorecard of this review has no such rating."))
    if claim.is_na and not found.allows_na:
        raise DomainError(_("This category always applies."))
    if claim.value is not None and not 0 <= claim.value <= TOPS[Scale(found.scale)]:
        raise DomainError(_("The scale has no such value."))
    return found


def _write(
    review: Review, actor: Membership, claim: Claim, category: Category | None, words: str
) -> Dispute:
    now = clock.now()
    if claim.reviewee is not None and claim.reviewee.pk == review.reviewee_id:
        raise DomainError(_("The review is about this agent already."))
    row = Dispute(
        pk=new_id(Dispute),
        organisation_id=review.organisation_id,
        review=review,
        about=claim.about,
        category=category,
        opened_by=actor,
        opened_at=now,
        due_at=now + timedelta(days=settings_in_force().decision_days),
        proposed_value=claim.value if category else None,
        proposes_na=claim.is_na and category is not None,
        proposed_reviewee=claim.reviewee if claim.about == Dispute.About.REVIEWEE else None,
    )
    row.reason = sealed(review, row, "reason", words)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError as error:
        raise Conflict(_("A dispute about this is open already.")) from error
    return row


@transaction.atomic
def withdraw_dispute(*, dispute: Dispute, actor: Membership) -> Dispute:
    """Take a dispute back. Only who opened it may, unless its words were erased for good: then
    nobody can decide it any more, and who decides may close it."""
    review = _lock(dispute.review)
    locked = _lock_dispute(dispute, review)
    if locked.state != Dispute.State.OPEN:
        refuse(rules.Refusal.SETTLED)
    if locked.opened_by_id != actor.pk and not is_erased(review):
        raise DomainError(_("Only who opened a dispute withdraws it."))
    settle(locked, Dispute.State.WITHDRAWN, actor=actor)
    _lift_suspension(review)
    record(Event.WITHDRAWN, dispute=locked, actor=actor)
    changed([review.pk])
    return locked


def is_erased(review: Review) -> bool:
    """Whether the words of the review's disputes are gone with their person's key."""
    if review.subject_id is None:
        return True
    ciphers = privacy.ciphers_for(review.organisation_id, [review.subject_id], create=False)
    cipher = ciphers.get(review.subject_id)
    return cipher is None or cipher.erased


@transaction.atomic
def decide_dispute(
    *, dispute: Dispute, actor: Membership, verdict: str, reasons: str, remedy: Remedy
) -> Dispute:
    """Accept, partly accept or reject, with reasons in writing; accepting changes the review.

    Raises DomainError when the actor has a part in the matter, when reasons are missing or the
    remedy does not fit the verdict, Conflict when it was settled or the review reopened meanwhile.
    """
    review = _lock(dispute.review)
    locked = _lock_dispute(dispute, review)
    refuse(rules.may_decide(locked.state, parties_of(locked), actor=actor.pk))
    if review.state != Review.State.SUBMITTED:
        raise Conflict(_("The review was reopened. It must be submitted again first."))
    if is_erased(review):
        raise DomainError(_("The person was permanently erased. Close the dispute instead."))
    words = _words(reasons, _("Write your reasons: the agent and the reviewer read them."))
    if not rules.fits(locked.about, verdict, remedy.kind):
        raise DomainError(_("Choose what changes in the review to match your decision."))
    agent_id = locked.opened_by_id
    review = apply_remedy(review, locked, remedy, actor=actor, reason=words)
    settle(locked, verdict, actor=actor, decision=sealed(review, locked, "decision", words))
    _lift_suspension(review)
    record_change(review, ReviewChange.Event.DECIDED, actor, words)
    record(
        Event.DECIDED, dispute=locked, actor=actor, verdict=verdict, remedy=remedy.kind.value
    )  # fmt: skip
    changed([review.pk])
    _tell(locked, NoticeKind.DISPUTE_DECIDED, [agent_id, review.reviewer_id])
    return locked


def _lift_suspension(review: Review) -> None:
    open_ones = Dispute.objects.filter(review=review, state=Dispute.State.OPEN)
    review.is_suspended = review.annulled_at is not None or open_ones.exists()
    review.revision += 1
    review.save(update_fields=["is_suspended", "revision"])


def _words(text: str, missing: str) -> str:
    words = text.strip()
    if not words:
        raise DomainError(missing)
    if len(words) > LONGEST:
        raise DomainError(_("Write at most %(n)s characters.") % {"n": LONGEST})
    return words


def _tell(dispute: Dispute, kind: NoticeKind, members: list[int | None]) -> None:
    notify(
        organisation=dispute.organisation_id,
        recipients=[member for member in members if member is not None],
        kind=kind,
        about=(LABEL, dispute.pk),
    )


def _lock(review: Review) -> Review:
    found: Review = Review.objects.select_for_update().get(pk=review.pk)
    return found


def _lock_dispute(dispute: Dispute, review: Review) -> Dispute:
    found: Dispute = Dispute.objects.select_for_update().get(pk=dispute.pk)
    found.review = review
    return found
