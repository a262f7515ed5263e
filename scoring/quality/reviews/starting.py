"""Beginning a review by hand, of a conversation that no assignment picked."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core.errors import DomainError
from scoring.quality.models import Review, Scorecard
from scoring.quality.reviews.facts import versions_for
from scoring.quality.reviews.services import start_review
from tickets.models import Agent, Message, Ticket


def start_by_hand(
    *,
    actor: Membership,
    ticket: Ticket,
    scorecard: Scorecard | None = None,
    message: Message | None = None,
    reviewee: Agent | None = None,
    kind: str = Review.Kind.QUALITY,
) -> Review:
    """The actor's draft by a scorecard that fits the conversation and the team of whom it judges;
    by the first that does, by name, when none is asked for. Idempotent, as `start_review`.

    Raises DomainError for a scorecard that is archived, not in force, or meant for other
    conversations.
    """
    whom = reviewee or (message.agent if message is not None else None)
    fitting = versions_for(ticket, ZoneInfo(actor.organisation.time_zone), reviewee=whom)
    if scorecard is not None:
        fitting = [version for version in fitting if version.scorecard_id == scorecard.pk]
    if not fitting:
        raise DomainError(
            _("No scorecard in force fits this conversation.")
            if scorecard is None
            else _("“%(name)s” is not in force, or not meant for a conversation like this one.")
            % {"name": scorecard.name}
        )
    return start_review(
        actor=actor,
        ticket=ticket,
        version=fitting[0],
        kind=kind,
        reviewee=reviewee,
        message=message,
    )
