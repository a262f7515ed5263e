"""Who has a part in a dispute, and from when its periods run."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from django.db.models import Max, Q
from django.utils import timezone

from kaizo.accounts.models import Membership, TeamLead
from kaizo.core import clock
from kaizo.core.permissions import ROLE_ACTIONS, Action, Role
from scoring.quality.disputes import rules
from scoring.quality.models import Dispute, QualitySettings, Review, ReviewChange
from scoring.quality.scorecards.selectors import quality_settings
from tickets.access import own_agent_ids

_DECIDING = [role for role, actions in ROLE_ACTIONS.items() if Action.DECIDE_DISPUTES in actions]


def settings_in_force() -> QualitySettings:
    return quality_settings()


def clock_from(review: Review) -> datetime | None:
    """When the review was shared with whom it is about or, if that is later, a dispute about it was
    last decided: after a rejection there is as much time again. Two queries."""
    if review.submitted_at is None:
        return None
    return _last_turns({review.pk: review.submitted_at})[review.pk]


def disputable_until(shared_at: Mapping[int, datetime]) -> dict[int, datetime]:
    """Until when each of these reviews may be disputed, by id, from when they were submitted. Those
    whose time is over are left out. Three queries."""
    days, now = settings_in_force().dispute_days, clock.now()
    ends = {key: rules.until(at, days) for key, at in _last_turns(shared_at).items()}
    return {key: end for key, end in ends.items() if end >= now}


def _last_turns(submitted_at: Mapping[int, datetime]) -> dict[int, datetime]:
    """When each review was submitted, came to another agent, or was last decided about."""
    keys = list(submitted_at)
    decided = (
        Dispute.objects.filter(review__in=keys, state__in=list(rules.VERDICTS))
        .order_by()
        .values_list("review_id")
        .annotate(at=Max("decided_at"))
        .exclude(at=None)
    )
    moved = (
        ReviewChange.objects.filter(review__in=keys, event=ReviewChange.Event.REVIEWEE_CHANGED)
        .order_by()
        .values_list("review_id")
        .annotate(at=Max("at"))
    )
    found = dict(submitted_at)
    for key, at in (*decided, *moved):
        found[key] = max(found[key], at)
    return found


def objection_of(review: Review, actor: Membership) -> rules.Objection:
    return rules.Objection(
        is_submitted=review.state == Review.State.SUBMITTED,
        is_shared_kind=review.kind in Review.COUNTED,
        is_annulled=review.annulled_at is not None,
        is_by_reviewee=review.reviewee_id in own_agent_ids(actor),
        clock_from=clock_from(review),
    )


def parties_of(dispute: Dispute) -> rules.Parties:
    review = dispute.review
    before = Dispute.objects.filter(
        review=review,
        about=dispute.about,
        category=dispute.category,
        state__in=list(rules.VERDICTS),
        decided_by__isnull=False,
    )
    return rules.Parties(
        reviewer=review.reviewer_id,
        disputer=dispute.opened_by_id,
        reviewee=review.reviewee.membership_id if review.reviewee else None,
        decided_before=frozenset(before.values_list("decided_by_id", flat=True)),
    )


def deciders_of(dispute: Dispute) -> list[int]:
    """Whom an open dispute waits for: who led the reviewee's team on the review's day and leads it
    still, or when none of them may decide it, the owners and admins."""
    parties = parties_of(dispute)
    leads = _members(Q(role=Role.TEAM_LEAD) & Q(pk__in=_leads(dispute.review)), parties)
    return leads or _members(Q(role__in=[Role.OWNER, Role.ADMIN]), parties)


def _leads(review: Review) -> list[int]:
    today = timezone.localdate()
    led = TeamLead.objects.filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today),
        team=review.team_id,
        valid_from__lte=review.day or today,
    )
    return list(led.values_list("membership_id", flat=True))


def _members(who: Q, parties: rules.Parties) -> list[int]:
    found = Membership.objects.filter(who, is_active=True, role__in=_DECIDING).order_by("pk")
    return [
        member
        for member in found.values_list("pk", flat=True)
        if rules.may_decide(rules.State.OPEN, parties, actor=member) is None
    ]
