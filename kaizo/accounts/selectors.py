"""What pages read about organisations and people."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from kaizo.accounts.events import sentence_of
from kaizo.accounts.models import (
    Holiday,
    Invitation,
    Membership,
    OpeningHours,
    Team,
    TeamLead,
    User,
)
from kaizo.core.permissions import ROLE_ACTIONS, Action
from kaizo.core.tenancy import user_scope
from privacy.api import events_for_user, registered_readings

_EVENTS_SHOWN = 200


def own_memberships(*, user_id: int) -> list[Membership]:
    """A person's active memberships across organisations, with their organisations, by name."""
    with user_scope(user_id):
        return list(
            Membership.all_objects.filter(user_id=user_id, is_active=True)
            .select_related("organisation")
            .order_by("organisation__name")
        )


def members() -> QuerySet[Membership]:
    """Everybody in the organisation in scope, the deactivated last."""
    found: QuerySet[Membership] = Membership.objects.select_related("user").order_by(
        "-is_active", Lower("user__name")
    )
    return found


def open_invitations() -> QuerySet[Invitation]:
    """Invitations that nobody accepted or revoked, newest first; expired ones can be renewed."""
    found: QuerySet[Invitation] = Invitation.objects.filter(
        accepted_at__isnull=True, revoked_at__isnull=True
    ).order_by("-created_at")
    return found


def teams() -> QuerySet[Team]:
    """Teams with `lead_count`: how many lead them today."""
    today = timezone.localdate()
    leads = TeamLead.objects.filter(team=OuterRef("pk"), valid_from__lte=today).filter(
        Q(valid_to__isnull=True) | Q(valid_to__gt=today)
    )
    # A subquery rather than a join: Django groups by a model's own key alone, and PostgreSQL
    # refuses that where the primary key includes the organisation.
    count = leads.order_by().values("team").annotate(count=Count("pk")).values("count")
    found: QuerySet[Team] = Team.objects.all()
    return found.annotate(lead_count=Coalesce(Subquery(count), 0))


def team_leads(team: Team) -> QuerySet[TeamLead]:
    """Who leads or led the team, the present and latest first."""
    found: QuerySet[TeamLead] = (
        TeamLead.objects.filter(team=team)
        .select_related("membership__user")
        .order_by("-valid_from", "pk")
    )
    return found


def possible_leads() -> QuerySet[Membership]:
    """Active members whose role can lead a team."""
    roles = [
        role for role, actions in ROLE_ACTIONS.items() if Action.VIEW_TEAM_DASHBOARD in actions
    ]
    return members().filter(is_active=True, role__in=roles)


def weekly_hours() -> dict[int, list[tuple[int, int]]]:
    """Opening spans per weekday (Monday is 0), in local minutes since midnight."""
    week: dict[int, list[tuple[int, int]]] = {weekday: [] for weekday in range(7)}
    for span in OpeningHours.objects.all():
        week[span.weekday].append((span.opens, span.closes))
    return week


def holidays_from(first: date) -> QuerySet[Holiday]:
    found: QuerySet[Holiday] = Holiday.objects.filter(day__gte=first)
    return found


@dataclass(frozen=True, slots=True)
class OwnEvent:
    """A line of "Events about me"."""

    occurred_at: datetime
    what: str | Promise
    actor: str
    outcome: str


def own_events(*, user: User) -> list[OwnEvent]:
    """The latest 200 things done to a person in the organisation in scope. Who looked at their data
    is the access log's business, which names nobody."""
    done = events_for_user(user.pk).exclude(action__in=registered_readings())
    events = list(done[:_EVENTS_SHOWN])
    names = _names({event.actor_user_id for event in events})
    return [
        OwnEvent(
            occurred_at=event.occurred_at,
            what=sentence_of(event.action),
            actor=_actor(event.actor_user_id, user, names),
            outcome=event.get_outcome_display(),
        )
        for event in events
    ]


def _names(user_ids: set[int | None]) -> dict[int, str]:
    members_here = Membership.objects.filter(user_id__in=user_ids - {None})
    return dict(members_here.values_list("user_id", "user__name"))


def _actor(actor_user_id: int | None, user: User, names: dict[int, str]) -> str:
    if actor_user_id is None:
        return _("The operator of this instance")
    if actor_user_id == user.pk:
        return _("You")
    return names.get(actor_user_id, _("Somebody who has left"))
