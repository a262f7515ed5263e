"""What people say about a review, and whom they mention."""

from __future__ import annotations

import re
from collections.abc import Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action, can
from scoring.quality.access import visible_reviews
from scoring.quality.models import CommentMention, Review, ReviewComment
from scoring.quality.reviews import events
from scoring.quality.reviews.notices import tell_mentioned
from scoring.quality.reviews.words import LONGEST, sealed
from scoring.quality.sealing import new_id

_AT = re.compile(r"(?<!\w)@(?=\w)")


@transaction.atomic
def comment_on(*, review: Review, actor: Membership, text: str) -> ReviewComment:
    """Add a word to the talk about a review. `@Name` mentions a member who may read it; a name
    that nobody bears stays plain text. Raises DomainError for no text or too much of it."""
    words = text.strip()
    if not words:
        raise DomainError(_("Write something first."))
    if len(words) > LONGEST:
        raise DomainError(_("Write at most %(n)s characters.") % {"n": LONGEST})
    row = ReviewComment(
        pk=new_id(ReviewComment),
        organisation_id=review.organisation_id,
        review=review,
        author=actor,
        written_at=clock.now(),
    )
    row.body = sealed(review, row, "body", words)
    row.save(force_insert=True)
    people = mentioned(review, words)
    CommentMention.objects.bulk_create(
        CommentMention(organisation_id=review.organisation_id, comment=row, membership=member)
        for member in people
    )
    tell_mentioned(review, people)
    events.record(events.Event.COMMENTED, review=review, actor=actor)
    return row


def mentioned(review: Review, text: str) -> list[Membership]:
    """Members named after an @ in `text` who may read the review. The longest name wins, so that
    @Ann Lee is not taken for @Ann."""
    if not _AT.search(text):
        return []
    people = sorted(possible_mentions(), key=lambda member: -len(member.user.name))
    found: dict[int, Membership] = {}
    for match in _AT.finditer(text):
        rest = text[match.end() :].casefold()
        named = next((m for m in people if _begins_with(rest, m.user.name.casefold())), None)
        if named is not None:
            found[named.pk] = named
    return [member for member in found.values() if may_read(member, review)]


def possible_mentions() -> Sequence[Membership]:
    members = Membership.objects.filter(is_active=True).select_related("user")
    return [member for member in members if can(member, Action.VIEW_REVIEWS)]


def may_read(member: Membership, review: Review) -> bool:
    return visible_reviews(member).filter(pk=review.pk).exists()


def _begins_with(text: str, name: str) -> bool:
    return bool(name) and text.startswith(name) and not text[len(name) : len(name) + 1].isalnum()
