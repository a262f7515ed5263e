"""What pages about reviews show of disputes."""

from __future__ import annotations

from typing import Any

from django import template

from kaizo.accounts.models import Membership
from scoring.quality.disputes.selectors import disputes_of
from scoring.quality.models import Review

register = template.Library()


@register.inclusion_tag("quality/disputes/_of_review.html")
def review_disputes(review: Review, actor: Membership) -> dict[str, Any]:
    """A panel with the disputes about a review that the reader may see; nothing when there are
    none."""
    return {"rows": disputes_of(review, actor), "organisation": actor.organisation}
