"""When a calibration score may still change. Asked by reviews, so it knows models only."""

from __future__ import annotations

from django.utils.translation import gettext as _

from kaizo.core.errors import Conflict
from scoring.quality.models import CalibrationSession, Review

_WHEN = {
    Review.Kind.CALIBRATION: CalibrationSession.State.SCORING,
    Review.Kind.AGREED: CalibrationSession.State.DISCUSSING,
}


def require_time_to_score(review: Review) -> None:
    """Raise Conflict for a score of a session that has moved on: blind scores are given before
    anybody sees another's, agreed ones while they are discussed. Other reviews pass."""
    expected = _WHEN.get(Review.Kind(review.kind))
    item = review.calibration_item
    if expected is not None and item is not None and item.session.state != expected:
        raise Conflict(_("The calibration has moved on, so its scores no longer change."))
