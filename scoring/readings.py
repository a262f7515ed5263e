"""Who looked at whose scores. See `tickets.readings`, which writes the events."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from privacy.api import ReadingChannel, register_readings
from scoring.quality.models import Dispute, Review
from tickets.readings import saw


class Reading(models.TextChoices):
    """An event's name in the log, and what the people concerned are told was looked at."""

    FIGURES = "scoring.figures.viewed", _("A team's figures with those of each agent")
    TICKETS = "scoring.tickets.viewed", _("The conversations behind a figure")
    QUALITY = "scoring.quality.viewed", _("A team's quality scores with those of each agent")
    REVIEW = "scoring.review.viewed", _("A review")
    REVIEWS = "scoring.reviews.viewed", _("A list of reviews with their scores")
    DISPUTE = "scoring.dispute.viewed", _("A disputed review")
    DISPUTES = "scoring.disputes.viewed", _("A list of disputed reviews")
    PICKS = "scoring.picks.viewed", _("Conversations picked for review")
    CALIBRATION = "scoring.calibration.viewed", _("The scores of a calibration")
    DISTANCES = "scoring.distances.viewed", _("How far reviewers are from agreed scores")
    PINS = "scoring.pin.viewed", _("Notes for coaching")


register_readings(
    {reading.value: reading.label for reading in Reading},
    {Reading.REVIEW.value: {"kind": frozenset(Review.Kind.values)}},
)


def saw_review(
    review: Review, *, reader: Membership, channel: ReadingChannel = ReadingChannel.PAGE
) -> None:
    """Somebody opened a review of another person's work."""
    saw(
        Reading.REVIEW,
        reader=reader,
        tickets=[review.ticket_id],
        agents=[review.reviewee_id],
        subject_id=review.subject_id,
        affected_user_id=_user_of(review),
        channel=channel,
        about=review,
        detail={"kind": review.kind},
    )


def saw_dispute(
    dispute: Dispute, *, reader: Membership, channel: ReadingChannel = ReadingChannel.PAGE
) -> None:
    """Somebody opened a dispute, and with it the review and its conversation."""
    review = dispute.review
    saw(
        Reading.DISPUTE,
        reader=reader,
        tickets=[review.ticket_id],
        agents=[review.reviewee_id],
        subject_id=review.subject_id,
        affected_user_id=_user_of(review),
        channel=channel,
        about=dispute,
    )


def _user_of(review: Review) -> int | None:
    reviewee = review.reviewee
    member = reviewee.membership if reviewee and reviewee.membership_id else None
    return member.user_id if member else None
