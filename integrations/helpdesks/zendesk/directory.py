"""Who and what the ids of a page stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from integrations.helpdesks.zendesk.payloads import Group, User
from tickets.contracts import AgentRecord, PersonRecord

_AGENT_ROLES: Final = frozenset({"agent", "admin"})
_MAX_LANGUAGE: Final = 35  # RFC 5646, 4.4.1


@dataclass(slots=True)
class Directory:
    """Users, groups and custom fields' titles seen so far. `bots` are users that are programs."""

    users: dict[int, User] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    titles: dict[int, str] = field(default_factory=dict)
    bots: frozenset[int] = frozenset()

    def learn(self, users: Iterable[User] = (), groups: Iterable[Group] = ()) -> None:
        self.users.update((user.id, user) for user in users)
        self.groups.update((group.id, group.name) for group in groups)

    def is_agent(self, user_id: int) -> bool | None:
        """None when the user is not known."""
        user = self.users.get(user_id)
        return None if user is None or user.role is None else user.role in _AGENT_ROLES

    def name(self, user_id: int) -> str | None:
        """None for whom the helpdesk has deleted: the placeholder is nobody's name."""
        user = self.users.get(user_id)
        return user.name if user is not None and user.active else None

    def person(self, user_id: int) -> PersonRecord:
        user = self.users.get(user_id)
        if user is None or not user.active:
            return PersonRecord(id=str(user_id))
        return PersonRecord(
            id=str(user_id),
            name=user.name or None,
            email=user.email or None,
            phone=user.phone or None,
            language=(user.locale or "")[:_MAX_LANGUAGE] or None,
        )

    def agent(self, user_id: int, group_id: int | None) -> AgentRecord:
        """The agent's own team is their default group: a ticket may lie in any other."""
        user = self.users.get(user_id)
        home = user.default_group_id if user is not None else None
        team = self.groups.get(home or 0) or self.groups.get(group_id or 0)
        if user is None or not user.active:
            return AgentRecord(id=str(user_id), team=team)
        return AgentRecord(
            id=str(user_id), name=user.name or None, email=user.email or None, team=team
        )
