"""The only way a page gets a session. Foreign, hidden and missing are all 404."""

from __future__ import annotations

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.shortcuts import get_object_or_404

from kaizo.accounts.models import Membership
from kaizo.core.permissions import Action, Role, can
from scoring.quality.models import (
    CalibrationItem,
    CalibrationParticipant,
    CalibrationSession,
    FollowUp,
)
from tickets.access import not_left_out

_CHIEFS = (Role.OWNER, Role.ADMIN)


def visible_sessions(actor: Membership) -> QuerySet[CalibrationSession]:
    """Those one takes part in or leads; owners and admins see all."""
    sessions: QuerySet[CalibrationSession] = CalibrationSession.objects.all()
    if not can(actor, Action.CALIBRATE):
        return sessions.none()
    if actor.role in _CHIEFS:
        return sessions
    part = CalibrationParticipant.objects.filter(session=OuterRef("pk"), membership=actor)
    return sessions.filter(Q(facilitator=actor) | Exists(part))


def access_session(*, actor: Membership, session_id: int) -> CalibrationSession:
    found: CalibrationSession = get_object_or_404(
        visible_sessions(actor).select_related("version__scorecard", "facilitator__user"),
        pk=session_id,
    )
    return found


def visible_items(session: CalibrationSession, actor: Membership) -> QuerySet[CalibrationItem]:
    """Its conversations, but those of agents who are left out."""
    items = CalibrationItem.objects.filter(session=session)
    return not_left_out(items, agent="reviewee", actor=actor)


def access_item(*, session: CalibrationSession, item_id: int, actor: Membership) -> CalibrationItem:
    items = visible_items(session, actor).select_related("ticket", "reviewee")
    found: CalibrationItem = get_object_or_404(items, pk=item_id)
    return found


def access_follow_up(*, session: CalibrationSession, follow_up_id: int) -> FollowUp:
    found: FollowUp = get_object_or_404(FollowUp.objects.filter(session=session), pk=follow_up_id)
    return found


def leads(actor: Membership, session: CalibrationSession) -> bool:
    """Whether the actor leads the session: its facilitator does, and any owner or admin."""
    return session.facilitator_id == actor.pk or actor.role in _CHIEFS
