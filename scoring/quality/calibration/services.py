"""Calibration: several people score the same conversations blind, then compare.

Nobody sees another's score before the session is discussed; from then on blind scores are fixed.
None of these scores counts in IQS.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from itertools import product
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership
from kaizo.accounts.notices import NoticeKind, notify
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Action, can
from privacy import api as privacy
from scoring.quality.calibration.access import leads
from scoring.quality.calibration.events import Event, record
from scoring.quality.models import (
    CalibrationItem,
    CalibrationParticipant,
    CalibrationSession,
    FollowUp,
    Review,
    ScorecardVersion,
)
from scoring.quality.models.scorecards import RevieweeRule
from scoring.quality.reviews.facts import require_judged, reviewee_of
from scoring.quality.reviews.services import start_review
from scoring.quality.sealing import new_id
from tickets.access import not_left_out
from tickets.models import Agent, Ticket

LABEL = "scoring.calibrationsession"
FEWEST_PARTICIPANTS = 2
MOST_CONVERSATIONS = 20
LONGEST_FOLLOW_UP = 1_000
_State = CalibrationSession.State


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What a session compares. `spread_limit`: percent of a scale beyond which a spread of ratings
    is marked."""

    name: str
    version: ScorecardVersion
    due_on: date
    tickets: Sequence[Ticket]
    participants: Sequence[Membership]
    spread_limit: int = 25


@transaction.atomic
def create_session(*, actor: Membership, plan: Plan) -> CalibrationSession:
    """Start a session and invite its participants; the actor leads it.

    Raises DomainError with fewer than two participants, no or too many conversations, a day that
    is over, an unpublished scorecard, for somebody who would judge their own work, or for work of
    an agent who is left out.
    """
    _require_sense(plan)
    judged = [(ticket, _reviewee(ticket, plan.version)) for ticket in plan.tickets]
    _require_fair(plan.participants, [agent for _ticket, agent in judged])
    organisation_id = actor.organisation_id
    session: CalibrationSession = CalibrationSession.objects.create(
        organisation_id=organisation_id,
        name=plan.name.strip(),
        version=plan.version,
        facilitator=actor,
        due_on=plan.due_on,
        spread_limit=plan.spread_limit,
        created_at=clock.now(),
    )
    CalibrationParticipant.objects.bulk_create(
        CalibrationParticipant(organisation_id=organisation_id, session=session, membership=member)
        for member in plan.participants
    )
    CalibrationItem.objects.bulk_create(
        CalibrationItem(
            organisation_id=organisation_id, session=session, position=position,
            ticket=ticket, reviewee=agent,
        )
        for position, (ticket, agent) in enumerate(judged)
    )  # fmt: skip
    record(
        Event.CREATED, session=session, actor=actor,
        conversations=len(judged), participants=len(plan.participants),
    )  # fmt: skip
    notify(
        organisation=organisation_id,
        recipients=[member for member in plan.participants if member.pk != actor.pk],
        kind=NoticeKind.CALIBRATION_INVITATION,
        about=(LABEL, session.pk),
    )
    return session


def _require_sense(plan: Plan) -> None:
    if not plan.name.strip():
        raise DomainError(_("Give the session a name."))
    if len({member.pk for member in plan.participants}) < FEWEST_PARTICIPANTS:
        raise DomainError(_("Invite at least two people: there is nothing to compare otherwise."))
    if not all(member.is_active and can(member, Action.CALIBRATE) for member in plan.participants):
        raise DomainError(_("Somebody you chose may not review."))
    if not 1 <= len(plan.tickets) <= MOST_CONVERSATIONS:
        raise DomainError(_("Choose 1 to %(n)s conversations.") % {"n": MOST_CONVERSATIONS})
    if plan.due_on < timezone.localdate():
        raise DomainError(_("The last day to score is over already."))
    if plan.version.state != ScorecardVersion.State.PUBLISHED:
        raise DomainError(_("Only a published scorecard can be calibrated."))


def _reviewee(ticket: Ticket, version: ScorecardVersion) -> Agent:
    """By the scorecard's rule; a session compares whole conversations, so where the rule asks for
    a message's author it is who wrote most."""
    rule = version.reviewee_rule
    if rule == RevieweeRule.MESSAGE_AUTHOR:
        rule = RevieweeRule.MOST_ACTIVE
    return reviewee_of(ticket, rule=rule)


def _require_fair(participants: Sequence[Membership], judged: Sequence[Agent]) -> None:
    for agent in judged:
        require_judged(agent)
    own = {agent.membership_id for agent in judged} & {member.pk for member in participants}
    if own:
        raise DomainError(
            _("Somebody you invited would judge their own work. Choose another conversation.")
        )


@transaction.atomic
def start_scoring(*, actor: Membership, item: CalibrationItem) -> Review:
    """The actor's blind score of a conversation, as a review: a draft, or what they submitted.

    Raises DomainError for somebody who was not invited or when the conversation is gone, Conflict
    when the session has moved on.
    """
    session = _lock(item.session)
    if not CalibrationParticipant.objects.filter(session=session, membership=actor).exists():
        raise DomainError(_("You were not invited to this session."))
    _require_state(session, _State.SCORING)
    return _scored(actor, item, session, Review.Kind.CALIBRATION)


@transaction.atomic
def start_agreeing(*, actor: Membership, item: CalibrationItem) -> Review:
    """The score that the discussion agreed on, written by who leads the session."""
    session = _lock(item.session)
    _require_lead(actor, session)
    _require_state(session, _State.DISCUSSING)
    given = Review.objects.filter(calibration_item=item, kind=Review.Kind.AGREED).first()
    return given or _scored(actor, item, session, Review.Kind.AGREED)


def _scored(
    actor: Membership, item: CalibrationItem, session: CalibrationSession, kind: str
) -> Review:
    submitted: Review | None = Review.objects.filter(
        calibration_item=item, reviewer=actor, kind=kind
    ).first()
    if submitted is not None:
        return submitted
    if item.ticket is None:
        raise DomainError(_("The conversation is frozen or was permanently erased."))
    return start_review(
        actor=actor,
        ticket=item.ticket,
        version=session.version,
        kind=kind,
        reviewee=item.reviewee,
        calibration_item=item,
    )


@transaction.atomic
def open_discussion(*, session: CalibrationSession, actor: Membership) -> CalibrationSession:
    """Show everybody's scores before all are in. Drafts fall away: who has seen the others' scores
    no longer scores blind. Raises DomainError when fewer than two people have scored."""
    locked = _lock(session)
    _require_lead(actor, locked)
    _require_state(locked, _State.SCORING)
    blind = Review.objects.filter(calibration_item__session=locked, kind=Review.Kind.CALIBRATION)
    scored = blind.filter(state=Review.State.SUBMITTED).values("reviewer").distinct().count()
    if scored < FEWEST_PARTICIPANTS:
        raise DomainError(_("At least two people must have scored a conversation."))
    blind.filter(state=Review.State.DRAFT).delete()
    _discuss(locked, actor)
    return locked


def follow_scores(review_ids: Sequence[int]) -> None:
    """Discuss each session in which the last blind score has come in."""
    found = Review.objects.filter(
        pk__in=review_ids,
        kind=Review.Kind.CALIBRATION,
        calibration_item__session__state=_State.SCORING,
    )
    for session_id in sorted(set(found.values_list("calibration_item__session_id", flat=True))):
        session = CalibrationSession.objects.select_for_update().get(pk=session_id)
        if session.state == _State.SCORING and not missing_scores(session):
            _discuss(session, None)


def missing_scores(session: CalibrationSession) -> set[tuple[int, int]]:
    """(item, member) of each blind score that is still to come: of conversations that can be
    scored, by participants who are still there."""
    members = CalibrationParticipant.objects.filter(session=session, membership__is_active=True)
    items = to_score(CalibrationItem.objects.filter(session=session))
    given = Review.objects.filter(
        calibration_item__session=session,
        kind=Review.Kind.CALIBRATION,
        state=Review.State.SUBMITTED,
    )
    wanted = set(product(_ids(items, "pk"), _ids(members, "membership_id")))
    return wanted - set(given.values_list("calibration_item_id", "reviewer_id"))


def to_score(items: QuerySet[CalibrationItem]) -> QuerySet[CalibrationItem]:
    """Those whose conversation is still there, of agents who are not left out."""
    return not_left_out(items.filter(ticket__isnull=False), agent="reviewee")


def _ids(rows: QuerySet[Any], column: str) -> list[int]:
    return list(rows.values_list(column, flat=True))


def _discuss(session: CalibrationSession, actor: Membership | None) -> None:
    session.state, session.discussed_at = _State.DISCUSSING, clock.now()
    session.save(update_fields=["state", "discussed_at"])
    record(Event.OPENED, session=session, actor=actor)


@transaction.atomic
def close_session(*, session: CalibrationSession, actor: Membership) -> CalibrationSession:
    """End the discussion: scores stay as they are, follow-ups go on. Unfinished agreed scores fall
    away."""
    locked = _lock(session)
    _require_lead(actor, locked)
    _require_state(locked, _State.DISCUSSING)
    Review.objects.filter(
        calibration_item__session=locked, kind=Review.Kind.AGREED, state=Review.State.DRAFT
    ).delete()
    locked.state, locked.closed_at = _State.CLOSED, clock.now()
    locked.save(update_fields=["state", "closed_at"])
    record(Event.CLOSED, session=locked, actor=actor)
    return locked


@transaction.atomic
def add_follow_up(
    *,
    session: CalibrationSession,
    actor: Membership,
    body: str,
    owner: Membership | None = None,
    due_on: date | None = None,
) -> FollowUp:
    """Note what the session agreed to do. Kept under the organisation's key."""
    _require_lead(actor, session)
    if session.state == _State.SCORING:
        raise Conflict(_("Follow-ups come out of the discussion. It has not begun."))
    words = body.strip()
    if not words or len(words) > LONGEST_FOLLOW_UP:
        raise DomainError(_("Write 1 to %(n)s characters.") % {"n": LONGEST_FOLLOW_UP})
    row = FollowUp(
        pk=new_id(FollowUp),
        organisation_id=session.organisation_id,
        session=session,
        owner=owner,
        due_on=due_on,
    )
    cipher = privacy.organisation_cipher(session.organisation_id)
    row.body = cipher.encrypt(words, follow_up_aad(row))
    row.save(force_insert=True)
    return row


def follow_up_aad(row: FollowUp) -> bytes:
    return privacy.aad(row.organisation_id, "scoring.FollowUp.body", row.pk, "organisation")


@transaction.atomic
def finish_follow_up(*, follow_up: FollowUp, actor: Membership) -> FollowUp:
    """Say that it is done. Its owner may, and who leads the session. Idempotent."""
    if follow_up.owner_id != actor.pk:
        _require_lead(actor, follow_up.session)
    if follow_up.done_at is None:
        follow_up.done_at = clock.now()
        follow_up.save(update_fields=["done_at"])
    return follow_up


def _require_lead(actor: Membership, session: CalibrationSession) -> None:
    if not leads(actor, session):
        raise DomainError(_("Only who leads the session does this."))


def _require_state(session: CalibrationSession, expected: str) -> None:
    if session.state != expected:
        raise Conflict(_("The session has moved on meanwhile."))


def _lock(session: CalibrationSession) -> CalibrationSession:
    found: CalibrationSession = (
        CalibrationSession.objects.select_for_update(of=("self",))
        .select_related("version")
        .get(pk=session.pk)
    )
    return found
