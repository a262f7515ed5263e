"""Scores that somebody contests by a request: they become disputes, which others than the scorer
decide."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core import ui
from kaizo.core.errors import DomainError
from privacy.api import let_contest
from scoring.quality.disputes.services import Claim, open_dispute
from scoring.quality.models import Dispute, Review
from tickets.models import Agent

_MOST = 50


class Reviews:
    """Submitted reviews of an agent's work."""

    name = "scoring.review"
    label = gettext_lazy("review")

    def rows(
        self,
        organisation_id: int,  # noqa: ARG002 - the protocol's signature
        subject_ids: Collection[UUID],
    ) -> Sequence[tuple[int, str]]:
        """The newest, by day and score; without the reviewer's name."""
        found = Review.objects.filter(
            reviewee__subject__in=list(subject_ids),
            state=Review.State.SUBMITTED,
            kind__in=Review.COUNTED,
            annulled_at__isnull=True,
        ).order_by("-day", "-pk")
        return [
            (row.pk, f"{ui.long_day(row.day)}: {ui.exact_percent(row.score, 1)}")
            for row in found[:_MOST]
            if row.day
        ]

    def contest(self, organisation_id: int, row_id: int, words: str) -> None:  # noqa: ARG002 - as above
        review = Review.objects.get(pk=row_id)
        agent = Agent.objects.select_related("membership").get(pk=review.reviewee_id)
        if agent.membership is None:
            raise DomainError(_("The agent has no account here: have the review annulled by hand."))
        claim = Claim(about=Dispute.About.REVIEW)
        open_dispute(review=review, actor=agent.membership, claim=claim, reason=words)

    def verdict(self, organisation_id: int, row_id: int) -> str:  # noqa: ARG002 - as above
        """What the last dispute about the review came to; empty while one is open."""
        last = Dispute.objects.filter(review=row_id).order_by("-opened_at", "-pk").first()
        if last is None or last.state == Dispute.State.OPEN:
            return ""
        return str(last.get_state_display())


def register() -> None:
    let_contest(Reviews())
