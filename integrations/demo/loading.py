"""Puts the made-up company into this installation: its people, and conversations by real import."""

from __future__ import annotations

import base64
import hashlib
import hmac
import io
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

import msgspec
from django.conf import settings

from integrations.demo.cast import AGENT_DOMAIN, AGENTS, COMPANY
from integrations.demo.generator import DEFAULT_TICKETS, WEEKS, generate
from integrations.helpdesks.file.reader import TicketFile
from integrations.imports import SOURCE, paged, store_page
from kaizo.accounts.models import Membership, Organisation, Team, TeamLead, User
from kaizo.accounts.services import add_member, appoint_lead, create_organisation, create_user
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import blind_index
from tickets.models import Agent, Ticket
from tickets.services import IngestReport

DEMO_SLUG: Final = "demo"
_AGENT: Final = AGENTS[4].record
_LED_TEAM: Final = _AGENT.team or ""

_NAMES: Final = {
    Role.OWNER: ("owner", "Olive Hart"),
    Role.ADMIN: ("admin", "Adnan Weiss"),
    Role.PRIVACY_OFFICER: ("privacy", "Petra Lindqvist"),
    Role.TEAM_LEAD: ("lead", "Leo Marchetti"),
    Role.REVIEWER: ("reviewer", "Rhea Nakamura"),
    Role.AGENT: ("agent", _AGENT.name or ""),
    Role.AUDITOR: ("auditor", "August Meyer"),
}


@dataclass(frozen=True, slots=True)
class SignIn:
    role: Role
    email: str
    password: str


def demo_password() -> str:
    """The password of all demo people: the same on every start of this installation, and another
    one on every other, because it is derived from the installation's secret."""
    digest = hmac.new(settings.SECRET_KEY.encode(), b"demo sign-in", hashlib.sha256).digest()
    letters = base64.b32encode(digest).decode().lower()[:12]
    return "-".join(letters[start : start + 4] for start in range(0, 12, 4))


def demo_organisation() -> Organisation | None:
    return Organisation.objects.filter(slug=DEMO_SLUG, is_demo=True).first()


def load_demo(*, now: datetime, tickets: int = DEFAULT_TICKETS) -> IngestReport | None:
    """Create whatever of the demo is missing; None when its tickets are here already.

    Idempotent, also after an interrupted first attempt. Raises Conflict when another organisation
    has taken the short name.
    """
    organisation = demo_organisation() or create_organisation(
        slug=DEMO_SLUG, name=COMPANY, is_demo=True
    )
    members = {role: _member(organisation, role) for role in _NAMES}
    _keep_password(members[Role.OWNER].user)
    with tenant_scope(organisation.pk):
        if Ticket.objects.count() >= tickets * _ALMOST_ALL and _is_settled(members):
            return None
    report = _import(organisation, now, tickets)
    _settle(organisation, members, now)
    return report


# A few of today's tickets lie after `now` and are not told.
_ALMOST_ALL: Final = 0.9


def _member(organisation: Organisation, role: Role) -> Membership:
    local, name = _NAMES[role]
    email = f"{local}@{AGENT_DOMAIN}"
    user = User.objects.filter(email=email).first() or create_user(
        email=email, name=name, password=demo_password()
    )
    with tenant_scope(organisation.pk):
        found: Membership | None = Membership.objects.filter(user=user).first()
        return found or add_member(organisation=organisation, user=user, role=role)


def _keep_password(one: User) -> None:
    """When the installation's secret has changed, so has the password: set it anew for all."""
    password = demo_password()
    if one.check_password(password):
        return
    for user in User.objects.filter(email__in=[sign_in.email for sign_in in sign_ins()]):
        user.set_password(password)
        user.save(update_fields=["password"])


def _import(organisation: Organisation, now: datetime, tickets: int) -> IngestReport:
    """By the same way as any file: written as JSON Lines, read strictly, stored in pages."""
    encode = msgspec.json.Encoder().encode
    lines = b"\n".join(encode(record) for record in generate(tickets, now=now))
    report = IngestReport()
    with TicketFile(io.BytesIO(lines), now=now) as file:
        for page in paged(file):
            report.add(store_page(organisation.pk, page))
    return report


def _is_settled(members: dict[Role, Membership]) -> bool:
    leads = TeamLead.objects.filter(membership=members[Role.TEAM_LEAD]).exists()
    return leads and Agent.objects.filter(membership=members[Role.AGENT]).exists()


def _settle(organisation: Organisation, members: dict[Role, Membership], now: datetime) -> None:
    """The agent who signs in is one of the agents in the tickets; the lead leads their team."""
    with tenant_scope(organisation.pk):
        index = blind_index(organisation.pk).external(SOURCE, _AGENT.id)
        Agent.objects.filter(source=SOURCE, external_index=index).update(
            membership=members[Role.AGENT]
        )
        team = Team.objects.filter(name=_LED_TEAM).first()
        leader = members[Role.TEAM_LEAD]
        if team and not TeamLead.objects.filter(membership=leader).exists():
            first_day = (now - timedelta(weeks=WEEKS)).date()
            appoint_lead(team=team, member=leader, valid_from=first_day, actor=None)


def sign_ins() -> list[SignIn]:
    """One per role."""
    password = demo_password()
    return [
        SignIn(role, f"{local}@{AGENT_DOMAIN}", password) for role, (local, _) in _NAMES.items()
    ]
