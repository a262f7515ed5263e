"""The only way from a request to an object of this app. Foreign and missing are both 404."""

from __future__ import annotations

from django.shortcuts import get_object_or_404

from kaizo.accounts.api.models import ApiToken
from kaizo.accounts.api.tokens import tokens_of
from kaizo.accounts.models import Holiday, Invitation, Membership, Team, TeamLead
from kaizo.accounts.services.invitations import token_digest


def access_member(*, number: str) -> Membership:
    """A member, active or not, by the person's public number."""
    members = Membership.objects.select_related("user", "organisation")
    member: Membership = get_object_or_404(members, user__public_number=number)
    return member


def access_invitation(*, invitation_id: int) -> Invitation:
    invitation: Invitation = get_object_or_404(
        Invitation.objects.select_related("organisation"), pk=invitation_id
    )
    return invitation


def access_invitation_by_token(*, token: str) -> Invitation:
    """The invitation that the holder of a link may see, open or not."""
    invitations = Invitation.objects.select_related("organisation")
    invitation: Invitation = get_object_or_404(invitations, token_digest=token_digest(token))
    return invitation


def access_team(*, team_id: int) -> Team:
    team: Team = get_object_or_404(Team.objects.all(), pk=team_id)
    return team


def access_lead(*, team: Team, lead_id: int) -> TeamLead:
    leads = TeamLead.objects.select_related("team", "membership__user")
    lead: TeamLead = get_object_or_404(leads, pk=lead_id, team=team)
    return lead


def access_api_token(*, actor: Membership, api_token_id: int) -> ApiToken:
    """One's own, or anybody's for those who manage them."""
    token: ApiToken = get_object_or_404(tokens_of(actor), pk=api_token_id)
    return token


def access_holiday(*, holiday_id: int) -> Holiday:
    holiday: Holiday = get_object_or_404(Holiday.objects.all(), pk=holiday_id)
    return holiday
