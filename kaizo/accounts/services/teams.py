"""Teams and who leads them, with dates, so that moving somebody never rewrites the past."""

from __future__ import annotations

from datetime import date

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.utils.translation import gettext as _

from kaizo.accounts.events import Event, record
from kaizo.accounts.models import Membership, Organisation, Team, TeamLead
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Action, can
from kaizo.core.tenancy import tenant_scope


def create_team(*, organisation: Organisation, name: str, actor: Membership | None) -> Team:
    """Raises Conflict when another team has the name."""
    with tenant_scope(organisation.pk):
        try:
            with transaction.atomic():
                team: Team = Team.objects.create(organisation=organisation, name=name)
        except IntegrityError as error:
            raise Conflict(_("Another team has this name.")) from error
        record(Event.TEAM_CREATED, actor=actor, target=team)
    return team


def rename_team(*, team: Team, name: str, actor: Membership) -> None:
    """Raises Conflict when another team has the name."""
    with tenant_scope(team.organisation_id):
        team.name = name
        try:
            with transaction.atomic():
                team.save(update_fields=["name"])
        except IntegrityError as error:
            raise Conflict(_("Another team has this name.")) from error
        record(Event.TEAM_RENAMED, actor=actor, target=team)


def appoint_lead(
    *,
    team: Team,
    member: Membership,
    valid_from: date,
    valid_to: date | None = None,
    actor: Membership | None,
) -> TeamLead:
    """Let a member lead the team from `valid_from` (inclusive) to `valid_to` (exclusive; None for
    still). A team may have several leads at once.

    Raises DomainError when the dates make no sense or the member's role cannot lead, Conflict when
    the member leads the team in that span already.
    """
    _check_lead(member, valid_from, valid_to)
    with tenant_scope(team.organisation_id):
        overlapping = TeamLead.objects.filter(team=team, membership=member).filter(
            Q(valid_to__isnull=True) | Q(valid_to__gt=valid_from)
        )
        if valid_to is not None:
            overlapping = overlapping.filter(valid_from__lt=valid_to)
        if overlapping.exists():
            raise Conflict(_("This person leads the team in that time already."))
        lead: TeamLead = TeamLead.objects.create(
            organisation_id=team.organisation_id,
            team=team,
            membership=member,
            valid_from=valid_from,
            valid_to=valid_to,
        )
        record(Event.TEAM_LEAD_APPOINTED, actor=actor, target=team, affected=member.user)
    return lead


def _check_lead(member: Membership, valid_from: date, valid_to: date | None) -> None:
    if valid_to is not None and valid_to <= valid_from:
        raise DomainError(_("The last day must come after the first."))
    if not member.is_active or not can(member, Action.VIEW_TEAM_DASHBOARD):
        raise DomainError(_("Only an active team lead, admin or owner can lead a team."))


def end_lead(*, lead: TeamLead, valid_to: date, actor: Membership) -> None:
    """Let the lead end before the day `valid_to`. A lead that has not begun by then goes away."""
    with tenant_scope(lead.organisation_id):
        if valid_to <= lead.valid_from:
            lead.delete()
        else:
            lead.valid_to = valid_to
            lead.save(update_fields=["valid_to"])
        record(Event.TEAM_LEAD_ENDED, actor=actor, target=lead.team, affected=lead.membership.user)
