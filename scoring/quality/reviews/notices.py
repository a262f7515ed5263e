"""Whom a review's turning points are told to. Notices carry no words: what they are about does."""

from __future__ import annotations

from collections.abc import Iterable

from kaizo.accounts.models import Membership
from kaizo.accounts.notices import NoticeKind, notify
from scoring.quality.access import SHARED_KINDS
from scoring.quality.models import Review


def tell_shared(review: Review) -> None:
    """The reviewed agent of their review, the first reviewer of a spot check of theirs."""
    reviewee = review.reviewee
    if review.kind in SHARED_KINDS and reviewee is not None and reviewee.membership_id:
        if reviewee.membership_id != review.reviewer_id:
            _tell(review, [reviewee.membership_id], NoticeKind.REVIEW_SHARED)
    elif review.spot_check_of is not None and review.spot_check_of.reviewer_id:
        _tell(review.spot_check_of, [review.spot_check_of.reviewer_id], NoticeKind.SPOT_CHECK)


def tell_asked_to_check(check: Review) -> None:
    """Whoever is to do a spot check, of the check: the first review is hidden from them."""
    if check.reviewer_id:
        _tell(check, [check.reviewer_id], NoticeKind.SPOT_CHECK_ASKED)


def tell_mentioned(review: Review, people: Iterable[Membership]) -> None:
    _tell(review, [member.pk for member in people], NoticeKind.MENTION)


def _tell(review: Review, recipients: list[int], kind: NoticeKind) -> None:
    notify(
        organisation=review.organisation_id,
        recipients=recipients,
        kind=kind,
        about=("scoring.review", review.pk),
    )
