"""The words of a review, under the key of the person it judges."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db import models

from privacy import api as privacy
from scoring.quality.models import Dispute, Rating, Review, ReviewComment
from scoring.quality.sealing import Sealer
from tickets.models import Agent

LONGEST = 4_000


def sealed(review: Review, row: models.Model, field: str, text: str) -> bytes | None:
    """`text` for a field of a row that belongs to `review`; None for nothing. `row` has its id.

    Raises `privacy.api.Erased` when the person's key was destroyed.
    """
    words = text.strip()
    if not words:
        return None
    if review.subject_id is None:
        raise privacy.Erased
    sealer = Sealer(review.organisation_id, [review.subject_id])
    return sealer.seal(row, field, review.subject_id, words)


def reseal(review: Review, *, to: Agent) -> None:
    """Put what was written in a review under the key of the agent it is moved to.

    Words that can no longer be read stay as they are. What the review's history said stays with
    the person whom it was said about.
    """
    before, after = review.subject_id, to.subject_id
    sealer = Sealer(review.organisation_id, [before, after])
    ratings = Rating.objects.filter(review=review, comment__isnull=False)
    _reseal(sealer, ratings, ("comment",), before, after)
    _reseal(sealer, ReviewComment.objects.filter(review=review), ("body",), before, after)
    disputes = Dispute.objects.filter(review=review)
    _reseal(sealer, disputes, ("reason", "decision"), before, after)


def _reseal(
    sealer: Sealer,
    rows: models.QuerySet[Any],
    fields: tuple[str, ...],
    before: UUID | None,
    after: UUID,
) -> None:
    for row in rows:
        changed = []
        for field in fields:
            text = sealer.open(row, field, before)
            if text is not None:
                setattr(row, field, sealer.seal(row, field, after, text))
                changed.append(field)
        if changed:
            row.save(update_fields=changed)
