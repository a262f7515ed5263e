"""Who and what the ids of a workspace stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from integrations.helpdesks.intercom.payloads import Admin, Contact, Team
from tickets.contracts import AgentRecord, PersonRecord

_MAX_LANGUAGE: Final = 35  # RFC 5646, 4.4.1


@dataclass(slots=True)
class Directory:
    """Teammates, teams and contacts seen so far. `bots` are teammates that are programs."""

    admins: dict[str, Admin] = field(default_factory=dict)
    teams: dict[str, str] = field(default_factory=dict)
    contacts: dict[str, Contact | None] = field(default_factory=dict)
    bots: frozenset[str] = frozenset()

    def learn(self, admins: Iterable[Admin] = (), teams: Iterable[Team] = ()) -> None:
        self.admins.update((str(admin.id), admin) for admin in admins)
        self.teams.update((str(team.id), team.name) for team in teams)

    def person(self, contact_id: str) -> PersonRecord:
        contact = self.contacts.get(contact_id)
        if contact is None:
            return PersonRecord(id=contact_id)
        language = contact.language_override or contact.browser_language or ""
        return PersonRecord(
            id=contact_id,
            name=contact.name or None,
            email=contact.email or None,
            phone=contact.phone or None,
            language=language[:_MAX_LANGUAGE] or None,
        )

    def agent(self, admin_id: str, team_id: str) -> AgentRecord:
        """The team is the teammate's first one: a conversation may lie in any other."""
        admin = self.admins.get(admin_id)
        homes = [str(each) for each in (admin.team_ids or [])] if admin else []
        team = next(filter(None, (self.teams.get(each) for each in [*homes, team_id])), None)
        name = admin.name if admin else None
        email = admin.email if admin else None
        return AgentRecord(id=admin_id, name=name or None, email=email or None, team=team)
