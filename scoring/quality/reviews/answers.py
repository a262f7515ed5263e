"""One answer at a time: ratings, their comments and root causes, and the passages they rest on."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from scoring.quality.arithmetic import TOPS, Scale
from scoring.quality.models import (
    Category,
    Evidence,
    Rating,
    RatingCause,
    Review,
    RootCause,
)
from scoring.quality.reviews.quoting import passage_in
from scoring.quality.reviews.words import LONGEST, sealed
from scoring.quality.sealing import Sealer, new_id
from tickets.conversations import Conversation
from tickets.models import Message

LONGEST_QUOTE = 1_000


class NotADraft(Conflict):
    def __init__(self) -> None:
        super().__init__(_("This review has been submitted. Reopen it to change an answer."))


class EditedMeanwhile(Conflict):
    """The answer was changed after the caller last saw it. Nothing was written."""

    def __init__(self, rating: Rating) -> None:
        self.rating = rating
        super().__init__(_("This answer was changed somewhere else meanwhile."))


@dataclass(frozen=True, slots=True)
class _Given:
    value: int | None
    is_na: bool
    comment: str
    causes: frozenset[UUID]


@transaction.atomic
def rate(
    *,
    review: Review,
    category_key: UUID,
    value: int | None = None,
    is_na: bool = False,
    comment: str = "",
    causes: Iterable[UUID] = (),
    revision: int,
) -> Rating:
    """Store the whole answer to one category of a draft.

    `revision` is the review's revision at which the caller last saw this answer: whoever has not
    seen a later one gets EditedMeanwhile, and nothing is written. The same answer once more writes
    nothing. Locks the review; raises NotADraft, DomainError for what the scale does not have.
    """
    locked = _lock(review)
    if locked.state != Review.State.DRAFT:
        raise NotADraft
    category = _category(locked, category_key)
    given = _Given(value, is_na, comment.strip(), frozenset(causes))
    _require_possible(category, given)
    rating = _rating(locked, category)
    review.revision = locked.revision
    if _same(locked, rating, given):
        return rating
    if rating.pk and rating.revision > revision:
        raise EditedMeanwhile(rating)
    _next_revision(locked)
    review.revision = locked.revision
    return _write(locked, rating, given)


@transaction.atomic
def correct_rating(
    *, review: Review, category_key: UUID, value: int | None, is_na: bool = False
) -> Rating:
    """Put another rating in the place of a submitted review's, as a decided dispute asks. Comment
    and causes stay. Call `rescore` afterwards; the caller records why."""
    locked = _lock(review)
    category = _category(locked, category_key)
    _require_possible(category, _Given(value, is_na, "", frozenset()))
    rating = _rating(locked, category)
    _next_revision(locked)
    review.revision = locked.revision
    rating.value, rating.is_na = value, is_na
    rating.revision, rating.updated_at = locked.revision, clock.now()
    if rating.pk:
        rating.save(update_fields=["value", "is_na", "revision", "updated_at"])
    else:
        rating.save(force_insert=True)
    return rating


@transaction.atomic
def quote(
    *,
    review: Review,
    conversation: Conversation,
    message: Message,
    text: str,
    category_key: UUID | None = None,
) -> Evidence:
    """Keep a passage of a message, as it was shown to the reviewer, for a category or for the
    review as a whole. No text means the whole message.

    Raises DomainError for a passage that the redacted message does not hold, NotADraft.
    """
    locked = _lock(review)
    if locked.state != Review.State.DRAFT:
        raise NotADraft
    passage = _passage(conversation, message, text)
    category = _category(locked, category_key) if category_key else None
    subject_id = conversation.ticket["subject_id"]
    row = Evidence(
        pk=new_id(Evidence),
        organisation_id=locked.organisation_id,
        review=locked,
        category=category,
        message=message,
        subject_id=subject_id,
    )
    sealer = Sealer(locked.organisation_id, [subject_id])
    row.quote = sealer.seal(row, "quote", subject_id, passage)
    row.save(force_insert=True)
    return row


@transaction.atomic
def unquote(*, review: Review, evidence: Evidence) -> None:
    """Take a passage out of a draft."""
    if _lock(review).state != Review.State.DRAFT:
        raise NotADraft
    evidence.delete()


def _passage(conversation: Conversation, message: Message, text: str) -> str:
    """The words of `text` as the message has them, whatever a selection did to the spaces."""
    turn = next((turn for turn in conversation.turns if turn.id == message.pk), None)
    if turn is None or turn.text is None:
        raise DomainError(_("This message was permanently erased."))
    if not turn.is_checked:
        raise DomainError(_("This message has not been checked for personal data yet."))
    found = passage_in(turn.text, text if text.strip() else turn.text[:LONGEST_QUOTE])
    if found is None:
        raise DomainError(_("These words do not stand in that message. Copy them from it."))
    if len(found) > LONGEST_QUOTE:
        raise DomainError(_("Quote at most %(n)s characters.") % {"n": LONGEST_QUOTE})
    return found


def _lock(review: Review) -> Review:
    found: Review = Review.objects.select_for_update().get(pk=review.pk)
    return found


def _next_revision(review: Review) -> None:
    review.revision += 1
    review.save(update_fields=["revision"])


def _category(review: Review, key: UUID) -> Category:
    found: Category | None = Category.objects.filter(
        group__version_id=review.version_id, key=key
    ).first()
    if found is None:
        raise DomainError(_("The scorecard of this review has no such category."))
    return found


def _rating(review: Review, category: Category) -> Rating:
    """The stored answer, or a new one without an id."""
    found: Rating | None = Rating.objects.filter(review=review, category=category).first()
    return found or Rating(organisation_id=review.organisation_id, review=review, category=category)


def _require_possible(category: Category, given: _Given) -> None:
    if given.value is not None and not 0 <= given.value <= TOPS[Scale(category.scale)]:
        raise DomainError(_("The scale has no such value."))
    if given.value is not None and (given.is_na or category.kind == Category.Kind.TEXT):
        raise DomainError(_("This cannot be answered by a value as well."))
    if given.is_na and not category.allows_na:
        raise DomainError(_("This category always applies."))
    if len(given.comment) > LONGEST:
        raise DomainError(_("Write at most %(n)s characters.") % {"n": LONGEST})


def _same(review: Review, rating: Rating, given: _Given) -> bool:
    if not rating.pk:
        return given == _Given(None, False, "", frozenset())  # noqa: FBT003 - nothing answered
    if (rating.value, rating.is_na) != (given.value, given.is_na):
        return False
    sealer = Sealer(review.organisation_id, [review.subject_id])
    if (sealer.open(rating, "comment", review.subject_id) or "") != given.comment:
        return False
    return set(rating.causes.values_list("cause__key", flat=True)) == given.causes


def _write(review: Review, rating: Rating, given: _Given) -> Rating:
    is_new = not rating.pk
    if is_new:
        rating.pk = new_id(Rating)
    rating.value, rating.is_na = given.value, given.is_na
    rating.comment = sealed(review, rating, "comment", given.comment)
    rating.revision, rating.updated_at = review.revision, clock.now()
    if is_new:
        rating.save(force_insert=True)
    else:
        rating.save(update_fields=["value", "is_na", "comment", "revision", "updated_at"])
    _write_causes(rating, given.causes)
    return rating


def _write_causes(rating: Rating, keys: frozenset[UUID]) -> None:
    wanted = set(
        RootCause.objects.filter(category_id=rating.category_id, key__in=keys).values_list(
            "pk", flat=True
        )
        if keys
        else ()
    )
    held = dict(RatingCause.objects.filter(rating=rating).values_list("cause_id", "pk"))
    RatingCause.objects.filter(pk__in=[held[key] for key in held.keys() - wanted]).delete()
    RatingCause.objects.bulk_create(
        RatingCause(organisation_id=rating.organisation_id, rating=rating, cause_id=key)
        for key in sorted(wanted - held.keys())
    )
