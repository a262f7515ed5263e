"""Who may do what: one table of roles and actions, and the one function that asks it."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from functools import wraps
from typing import Any, Concatenate, ParamSpec, Protocol, TypeVar, cast

from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.utils.translation import gettext_lazy as _

P = ParamSpec("P")
R = TypeVar("R", bound=HttpResponseBase)


class Role(models.TextChoices):
    OWNER = "owner", _("Owner")
    ADMIN = "admin", _("Admin")
    PRIVACY_OFFICER = "privacy_officer", _("Privacy officer")
    TEAM_LEAD = "team_lead", _("Team lead")
    REVIEWER = "reviewer", _("Reviewer")
    AGENT = "agent", _("Agent")
    AUDITOR = "auditor", _("Auditor")


# These roles can reach everyone's data, so a password alone does not do.
MFA_ROLES = frozenset({Role.OWNER, Role.ADMIN, Role.PRIVACY_OFFICER})


class Action(StrEnum):
    """What a page or endpoint does. Named so that the table below reads as a sentence."""

    OPEN_ORGANISATION = "open_organisation"
    MANAGE_ORGANISATION = "manage_organisation"
    MANAGE_MEMBERS = "manage_members"
    MANAGE_TEAMS = "manage_teams"
    IMPORT_TICKETS = "import_tickets"
    MANAGE_CONNECTIONS = "manage_connections"
    MANAGE_API_TOKENS = "manage_api_tokens"
    # One's own, for the scopes that TOKEN_SCOPES has for the role.
    MAKE_API_TOKENS = "make_api_tokens"
    VIEW_TEAM_DASHBOARD = "view_team_dashboard"
    VIEW_OWN_WEEK = "view_own_week"
    VIEW_KPI_DEFINITIONS = "view_kpi_definitions"
    VIEW_TICKETS = "view_tickets"
    VIEW_SCORECARDS = "view_scorecards"
    MANAGE_SCORECARDS = "manage_scorecards"
    REVIEW_CONVERSATIONS = "review_conversations"
    VIEW_REVIEWS = "view_reviews"
    REVEAL_PERSONAL_DATA = "reveal_personal_data"
    VIEW_OWN_EVENTS = "view_own_events"
    VIEW_OWN_NOTICES = "view_own_notices"
    REQUEST_OWN_DATA = "request_own_data"
    VIEW_DATA_MAP = "view_data_map"
    # What happened; who is in it, only whoever handles privacy requests sees.
    VIEW_AUDIT = "view_audit"
    HANDLE_PRIVACY_REQUESTS = "handle_privacy_requests"
    VIEW_QUALITY = "view_quality"
    VIEW_DISPUTES = "view_disputes"
    # Whoever is reviewed; the service asks for the reviewee.
    DISPUTE_REVIEWS = "dispute_reviews"
    DECIDE_DISPUTES = "decide_disputes"
    CALIBRATE = "calibrate"
    MANAGE_ASSIGNMENTS = "manage_assignments"
    # Notes for a talk: their author, the agent they are about, and who leads that agent.
    VIEW_COACHING = "view_coaching"
    PIN_CONVERSATIONS = "pin_conversations"


_EVERYONE = frozenset(
    {
        Action.OPEN_ORGANISATION,
        Action.VIEW_KPI_DEFINITIONS,
        Action.VIEW_OWN_EVENTS,
        Action.VIEW_OWN_NOTICES,
        Action.REQUEST_OWN_DATA,
        # What people are judged by is no secret from anybody.
        Action.VIEW_SCORECARDS,
    }
)
_LEAD = _EVERYONE | {
    Action.VIEW_TEAM_DASHBOARD,
    Action.VIEW_TICKETS,
    Action.REVEAL_PERSONAL_DATA,
    Action.MANAGE_SCORECARDS,
    Action.REVIEW_CONVERSATIONS,
    Action.VIEW_REVIEWS,
    Action.VIEW_QUALITY,
    Action.VIEW_DISPUTES,
    Action.DISPUTE_REVIEWS,
    Action.DECIDE_DISPUTES,
    Action.CALIBRATE,
    Action.MANAGE_ASSIGNMENTS,
    Action.VIEW_COACHING,
    Action.PIN_CONVERSATIONS,
}
_ADMIN = _LEAD | {
    Action.MANAGE_ORGANISATION,
    Action.MANAGE_MEMBERS,
    # Whoever leads a team sees its tickets, so leads do not appoint themselves.
    Action.MANAGE_TEAMS,
    Action.IMPORT_TICKETS,
    Action.MANAGE_CONNECTIONS,
    Action.MANAGE_API_TOKENS,
    Action.MAKE_API_TOKENS,
    Action.VIEW_DATA_MAP,
    Action.VIEW_AUDIT,
    Action.HANDLE_PRIVACY_REQUESTS,
}

ROLE_ACTIONS: dict[Role, frozenset[Action]] = {
    Role.OWNER: _ADMIN,
    Role.ADMIN: _ADMIN,
    Role.PRIVACY_OFFICER: _EVERYONE
    | {
        Action.VIEW_TICKETS,
        Action.REVEAL_PERSONAL_DATA,
        Action.MAKE_API_TOKENS,
        Action.VIEW_DATA_MAP,
        Action.VIEW_AUDIT,
        Action.HANDLE_PRIVACY_REQUESTS,
    },
    Role.TEAM_LEAD: _LEAD,
    Role.REVIEWER: _EVERYONE
    | {
        Action.VIEW_TICKETS,
        Action.REVEAL_PERSONAL_DATA,
        Action.REVIEW_CONVERSATIONS,
        Action.VIEW_REVIEWS,
        Action.VIEW_QUALITY,
        Action.VIEW_DISPUTES,
        Action.DISPUTE_REVIEWS,
        Action.CALIBRATE,
        Action.VIEW_COACHING,
        Action.PIN_CONVERSATIONS,
    },
    Role.AGENT: _EVERYONE
    | {
        Action.VIEW_OWN_WEEK,
        Action.VIEW_TICKETS,
        Action.VIEW_REVIEWS,
        Action.VIEW_DISPUTES,
        Action.DISPUTE_REVIEWS,
        Action.VIEW_COACHING,
    },
    # Read-only on rules and registers, never on a person's row.
    Role.AUDITOR: _EVERYONE | {Action.VIEW_DATA_MAP, Action.VIEW_AUDIT},
}


class Actor(Protocol):
    """Whoever acts inside an organisation: a membership, later also an API token."""

    @property
    def role(self) -> str: ...


def can(actor: Actor, action: Action) -> bool:
    return action in ROLE_ACTIONS[Role(actor.role)]


def require(actor: Actor, action: Action) -> None:
    """Raise PermissionDenied (403) unless the actor's role holds the action."""
    if not can(actor, action):
        raise PermissionDenied(action.value)


class Scope(models.TextChoices):
    """What a token may be used for. Its holder's role decides what is left of it."""

    SCORECARDS_READ = "scorecards:read", _("Read scorecards")
    SCORECARDS_WRITE = "scorecards:write", _("Write scorecards")
    REVIEWS_READ = "reviews:read", _("Read reviews")
    REVIEWS_WRITE = "reviews:write", _("Write reviews")
    DISPUTES_READ = "disputes:read", _("Read disputes")
    DISPUTES_WRITE = "disputes:write", _("Write disputes")
    ASSIGNMENTS_READ = "assignments:read", _("Read assignments")
    ASSIGNMENTS_WRITE = "assignments:write", _("Write assignments")
    PRIVACY_READ = "privacy:read", _("Read privacy requests and holds, find mentions")
    PRIVACY_WRITE = "privacy:write", _("Handle privacy requests and holds")
    AUDIT_READ = "audit:read", _("Read the audit log")


# What a token may be made for, by those who may make one.
TOKEN_SCOPES: dict[Role, frozenset[Scope]] = {
    Role.OWNER: frozenset(Scope),
    Role.ADMIN: frozenset(Scope),
    Role.PRIVACY_OFFICER: frozenset({Scope.PRIVACY_READ, Scope.PRIVACY_WRITE, Scope.AUDIT_READ}),
}


def token_scopes(actor: Actor) -> list[Scope]:
    """The scopes that the actor may give a token, in the order of Scope."""
    offered = TOKEN_SCOPES.get(Role(actor.role), frozenset())
    return [scope for scope in Scope if scope in offered]


class TenantRequest(HttpRequest):
    """A request under `/o/<slug>/`, after the middleware has found the organisation and the
    member. (`organisation` and `actor` are typed by the app that owns them.)"""

    organisation: Any
    actor: Any


def allow(
    action: Action,
) -> Callable[
    [Callable[Concatenate[TenantRequest, P], R]],
    Callable[Concatenate[TenantRequest, P], R],
]:
    """Let a view run only for members whose role holds `action`.

    The action stays readable on the view, so that a test can walk every URL and every role.
    """

    def decorate(
        view: Callable[Concatenate[TenantRequest, P], R],
    ) -> Callable[Concatenate[TenantRequest, P], R]:
        @wraps(view)
        def guarded(request: TenantRequest, *args: P.args, **kwargs: P.kwargs) -> R:
            require(request.actor, action)
            return view(request, *args, **kwargs)

        guarded.required_action = action  # type: ignore[attr-defined]  # read by the matrix test
        return cast("Callable[Concatenate[TenantRequest, P], R]", guarded)

    return decorate
