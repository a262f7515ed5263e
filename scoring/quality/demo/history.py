"""Writes reviews that were given in the past, many at once, as the services write one now."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

from scoring.quality.changes import changed
from scoring.quality.demo.judging import Judgement
from scoring.quality.models import (
    Pick,
    Rating,
    RatingCause,
    Review,
    ReviewChange,
    RootCause,
    ScorecardVersion,
)
from scoring.quality.reviews.facts import last_day, team_of
from scoring.quality.reviews.scores import result_of
from scoring.quality.scorecards.rubrics import Rubric
from scoring.quality.sealing import Sealer
from tickets.ingest.copying import new_ids


@dataclass(frozen=True, slots=True)
class Given:
    """A pick, what its reviewer answered, when, and how long it took. `pick` comes with ticket,
    reviewee and reviewer."""

    pick: Pick
    answers: Sequence[Judgement]
    at: datetime
    took: timedelta


def write(
    given: Sequence[Given], *, version: ScorecardVersion, rubric: Rubric, zone: ZoneInfo
) -> list[Review]:
    """Submitted reviews with ratings, root causes and history; their picks are done and the
    rollups follow. A few statements, however many there are, and two look-ups a review."""
    reviews = [_review(each, version, rubric, zone) for each in given]
    Review.objects.bulk_create(reviews)
    _write_ratings(given, reviews)
    ReviewChange.objects.bulk_create(map(_change, given, reviews))
    for each, review in zip(given, reviews, strict=True):
        each.pick.review, each.pick.state = review, Pick.State.DONE
        each.pick.closed_by, each.pick.closed_at = each.pick.reviewer, each.at
    Pick.objects.bulk_update(
        [each.pick for each in given], ["review", "state", "closed_by", "closed_at"]
    )
    changed(review.pk for review in reviews)
    return reviews


def _review(given: Given, version: ScorecardVersion, rubric: Rubric, zone: ZoneInfo) -> Review:
    pick, ticket, reviewee = given.pick, given.pick.ticket, given.pick.reviewee
    if ticket is None or reviewee is None:
        msg = "A pick of the demo lost its conversation."
        raise ValueError(msg)
    result = result_of(rubric, {a.category.key: a.value for a in given.answers})
    return Review(
        organisation_id=pick.organisation_id,
        kind=Review.Kind.QUALITY,
        sample=Review.Sample.RANDOM,
        state=Review.State.SUBMITTED,
        version=version,
        ticket=ticket,
        reviewee=reviewee,
        subject_id=reviewee.subject_id,
        reviewer=pick.reviewer,
        team_id=team_of(reviewee, last_day(ticket, zone)),
        channel=ticket.channel,
        started_at=given.at - given.took,
        submitted_at=given.at,
        day=given.at.astimezone(zone).date(),
        seconds_spent=int(given.took.total_seconds()),
        score=result.score,
        passed=result.passed,
        auto_failed=result.auto_failed,
        revision=len(given.answers) + 1,
    )


def _write_ratings(given: Sequence[Given], reviews: Sequence[Review]) -> None:
    pairs = [
        (review, each, answer)
        for review, each in zip(reviews, given, strict=True)
        for answer in each.answers
    ]
    ids = new_ids("scoring_rating", len(pairs))
    sealer = Sealer(reviews[0].organisation_id, {review.subject_id for review in reviews})
    ratings = [
        _rating(key, review, each, answer, sealer)
        for key, (review, each, answer) in zip(ids, pairs, strict=True)
    ]
    Rating.objects.bulk_create(ratings)
    causes = _causes(reviews[0].version)
    RatingCause.objects.bulk_create(
        RatingCause(
            organisation_id=review.organisation_id, rating_id=key, cause_id=causes[answer.cause]
        )
        for key, (review, _each, answer) in zip(ids, pairs, strict=True)
        if answer.cause is not None
    )


def _causes(version: ScorecardVersion) -> dict[UUID, int]:
    found = RootCause.objects.filter(category__group__version=version)
    return dict(found.values_list("key", "pk"))


def _rating(key: int, review: Review, given: Given, answer: Judgement, sealer: Sealer) -> Rating:
    rating = Rating(
        pk=key,
        organisation_id=review.organisation_id,
        review=review,
        category_id=answer.category.id,
        value=answer.value,
        is_na=answer.is_na,
        updated_at=given.at,
    )
    if answer.comment and review.subject_id is not None:
        rating.comment = sealer.seal(rating, "comment", review.subject_id, answer.comment)
    return rating


def _change(given: Given, review: Review) -> ReviewChange:
    return ReviewChange(
        organisation_id=review.organisation_id,
        review=review,
        event=ReviewChange.Event.SUBMITTED,
        actor=review.reviewer,
        at=given.at,
        score=review.score,
        passed=review.passed,
        reviewee=review.reviewee,
        ratings=[
            {"category": str(a.category.key), "value": a.value, "is_na": a.is_na}
            for a in given.answers
        ],
    )
