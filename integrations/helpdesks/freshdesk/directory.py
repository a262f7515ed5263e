"""Who and what the ids of an account stand for."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from integrations.helpdesks.freshdesk.payloads import Agent, Group, Ticket
from tickets.contracts import AgentRecord, PersonRecord


@dataclass(slots=True)
class Directory:
    """Agents and groups of the account. `bots` are agents that are programs."""

    agents: dict[int, Agent] = field(default_factory=dict)
    groups: dict[int, str] = field(default_factory=dict)
    bots: frozenset[int] = frozenset()

    def learn(self, agents: Iterable[Agent] = (), groups: Iterable[Group] = ()) -> None:
        self.agents.update((agent.id, agent) for agent in agents)
        self.groups.update((group.id, group.name) for group in groups)

    def name(self, agent_id: int) -> str | None:
        agent = self.agents.get(agent_id)
        return (agent.contact.name or None) if agent and agent.contact else None

    def agent(self, agent_id: int, group_id: int | None) -> AgentRecord:
        """The team is the agent's first group: a ticket may lie in any other."""
        agent = self.agents.get(agent_id)
        homes = (agent.group_ids or []) if agent else []
        named = (self.groups.get(home) for home in [*homes, group_id or 0])
        team = next(filter(None, named), None)
        email = agent.contact.email if agent and agent.contact else None
        return AgentRecord(
            id=str(agent_id), name=self.name(agent_id), email=email or None, team=team
        )


def person(ticket: Ticket) -> PersonRecord:
    """The ticket's requester, of whom the reply may hold the id alone."""
    who = ticket.requester
    if who is None or who.id != ticket.requester_id:
        return PersonRecord(id=str(ticket.requester_id))
    return PersonRecord(
        id=str(who.id),
        name=who.name or None,
        email=who.email or None,
        phone=who.phone or who.mobile or None,
    )
