"""Who takes part in conversations: profiles, decrypted on demand, and the names pages show.

When somebody's key has been destroyed, their profile is gone for good.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple
from uuid import UUID

import msgspec

from kaizo.accounts.models import Membership
from privacy import api as privacy
from tickets.access import left_out
from tickets.ingest.people import AGENT_FIELD, Profile
from tickets.models import Agent

_decode = msgspec.json.Decoder(Profile).decode


class People:
    """Profiles of agents and customers of one organisation, decrypted on demand."""

    def __init__(self, organisation_id: int, ciphers: dict[UUID, privacy.Cipher]) -> None:
        self.organisation_id = organisation_id
        self.ciphers = ciphers

    def profile(self, field: str, row: Sequence[Any]) -> Profile | None:
        """`row` is (id, subject_id, profile). None when the person was permanently erased."""
        person_id, subject_id, stored = row
        cipher = self.ciphers.get(subject_id)
        if cipher is None or cipher.erased:
            return None
        aad = privacy.aad(self.organisation_id, field, person_id, subject_id)
        return _decode(cipher.decrypt(stored, aad))


class NamedAgent(NamedTuple):
    """An agent's display name, and who they are in the vault."""

    name: str
    subject_id: UUID


def agent_names(
    organisation_id: int,
    agent_ids: Iterable[int] | None = None,
    *,
    reader: Membership | None = None,
) -> dict[int, str]:
    """Display names of agents, of all when no ids are given: one query, and one for keys that
    this process does not hold. With a reader, without whoever is left out for them."""
    named = named_agents(organisation_id, agent_ids, reader=reader)
    return {key: each.name for key, each in named.items()}


def named_agents(
    organisation_id: int,
    agent_ids: Iterable[int] | None = None,
    *,
    reader: Membership | None = None,
) -> dict[int, NamedAgent]:
    """As `agent_names`, for pages that also record whom they showed."""
    found = Agent.objects.all() if agent_ids is None else Agent.objects.filter(pk__in=agent_ids)
    if reader is not None:
        found = found.exclude(pk__in=left_out(reader).values("pk"))
    rows = list(found.values_list("id", "subject_id", "profile"))
    ciphers = dict(privacy.ciphers_for(organisation_id, [r[1] for r in rows], create=False))
    people = People(organisation_id, ciphers)
    return {
        row[0]: NamedAgent(shown_name(people.profile(AGENT_FIELD, row), f"Agent {row[0]}"), row[1])
        for row in rows
    }


def shown_name(profile: Profile | None, fallback: str) -> str:
    """The name to show, the fallback for somebody who has none or was permanently erased."""
    return (profile.name or fallback) if profile else fallback


@dataclass(slots=True)
class Cast:
    """The people of some tickets: profiles by id, and which of them a redactor should know."""

    agents: dict[int, Profile | None]
    customers: dict[int, Profile | None]

    def identities(
        self, ticket: dict[str, Any], messages: Sequence[dict[str, Any]]
    ) -> list[privacy.KnownIdentity]:
        """Who a redactor of this ticket must know, the requester first, each once."""
        return [identity for _kind, _key, identity in self.people(ticket, messages)]

    def people(
        self, ticket: dict[str, Any], messages: Sequence[dict[str, Any]]
    ) -> list[tuple[str, int, privacy.KnownIdentity]]:
        """As `identities`, each with "customer" or "agent" and their row."""
        customers = [ticket["requester_id"], *(m["other_customer_id"] for m in messages)]
        agents = [ticket["assignee_id"], *(m["agent_id"] for m in messages)]
        profiles = [
            *(("customer", key, self.customers.get(key)) for key in dict.fromkeys(customers)),
            *(("agent", key, self.agents.get(key)) for key in dict.fromkeys(agents)),
        ]
        return [
            (kind, key, privacy.KnownIdentity(name=p.name, email=p.email, phone=p.phone))
            for kind, key, p in profiles
            if p
        ]
