"""Is everything that the sandbox helpdesk holds here, byte for byte, and nothing else?

What should be here is taken from the sandbox's own store, not from its replies; what is here is
read from the tables and decrypted. Django must be set up before this module is imported.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec

from integrations.helpdesks.sandbox.people import AGENT_BY_ID, BOT_ID, groups, number_of
from integrations.helpdesks.sandbox.store import Store
from integrations.helpdesks.texts import tidy
from integrations.models import Connection
from kaizo.core.tenancy import tenant_scope
from privacy.api import Cipher, aad, ciphers_for
from tickets.contracts import AuthorType, EventRecord, EventType, MessageRecord, TicketRecord
from tickets.models import (
    Agent,
    CsatResponse,
    Customer,
    Message,
    Ticket,
    TicketEvent,
    TicketTag,
)

Fields = dict[str, Any]
_CHUNK = 1_000
_STAFF = frozenset({*AGENT_BY_ID, BOT_ID})


def differences(store: Store, connection: Connection) -> list[str]:
    """Every field of every ticket and agent that is not the same there and here; empty when the
    connection's organisation has exactly what the sandbox has."""
    there, here = told(store), stored(connection)
    found = [f"{name}: only {'there' if name in there else 'here'}" for name in there.keys() ^ here]
    for name in there.keys() & here:
        for field in there[name]:
            one, other = there[name][field], here[name][field]
            if one != other:
                found.append(f"{name} {field}: {one!r} there, {other!r} here")
    return sorted(found)


# --- There -------------------------------------------------------------------------------------


def told(store: Store) -> dict[str, Fields]:
    """What the sandbox's tickets and the agents that they name are to look like here."""
    found: dict[str, Fields] = {}
    agents: set[str] = set()
    for ticket_id in store.live_ids():
        ticket = _ticket_there(store, store.record(ticket_id))
        found[f"ticket {ticket_id}"] = ticket
        agents |= {who for message in ticket["messages"] if (who := message[2])}
        agents |= {who for event in ticket["events"] for who in event[4:] if who}
        agents |= {ticket["assignee"]} - {None}
    teams = {row["id"]: row["name"] for row in msgspec.json.decode(groups())}
    for number in agents & {str(one) for one in _STAFF}:
        user = msgspec.json.decode(store.users[int(number)])
        team = teams.get(user["default_group_id"], "")
        found[f"agent {number}"] = {"name": user["name"], "email": user["email"], "team": team}
    return found


def _ticket_there(store: Store, record: TicketRecord) -> Fields:
    requester = str(number_of(record.requester.id))
    user = msgspec.json.decode(store.users[int(requester)])
    return {
        "title": record.subject,
        "channel": record.channel.value,
        "status": record.status.value,
        "priority": record.priority.value if record.priority else "",
        "created": record.created_at,
        "updated": record.updated_at,
        "solved": record.solved_at,
        "fields": {"Language": record.language} if record.language else {},
        "tags": sorted(record.tags),
        "requester": (requester, user["name"] or None, user["email"], user["phone"]),
        "requester's language": user["locale"],
        "assignee": _agent_there(record.assignee.id if record.assignee else None),
        "message count": len(record.messages),
        "messages": sorted(_message_there(requester, each) for each in record.messages),
        "events": [
            _event_there(event) for event in sorted(record.events, key=lambda event: event.at)
        ],
        "ratings": [
            ("good" if each.verdict else "bad", each.at, each.comment or None)
            for each in record.csat[-1:]
        ],
    }


def _agent_there(person_id: str | None) -> str | None:
    number = number_of(person_id) if person_id else None
    return str(number) if number in _STAFF else None


def _message_there(requester: str, message: MessageRecord) -> tuple[Any, ...]:
    kind, who = message.author.type, None
    if kind is AuthorType.AGENT:
        who = _agent_there(message.author.id)
    elif kind is AuthorType.CUSTOMER:
        number = str(number_of(message.author.id or ""))
        who = None if number == requester else number
    return (message.sent_at, kind.value, who or "", message.public, tidy(message.text))


def _event_there(event: EventRecord) -> tuple[Any, ...]:
    values, agents = (event.source or "", event.target or ""), (None, None)
    if event.type is EventType.ASSIGNMENT:
        values, agents = ("", ""), (_agent_there(event.source), _agent_there(event.target))
    return (event.at, event.type.value, *values, *agents, _agent_there(event.actor))


# --- Here --------------------------------------------------------------------------------------


def stored(connection: Connection) -> dict[str, Fields]:
    """The connection's tickets and agents as they stand in the tables."""
    with tenant_scope(connection.organisation_id):
        reader = _Reader(connection)
        found = {f"agent {each['id']}": each["shown"] for each in reader.agents.values()}
        ids = list(Ticket.objects.filter(source=connection.source).order_by("pk").values_list("pk"))
        for start in range(0, len(ids), _CHUNK):
            found |= reader.tickets([each for (each,) in ids[start : start + _CHUNK]])
    return found


class _Reader:
    def __init__(self, connection: Connection) -> None:
        self.organisation_id = connection.organisation_id
        self.source = connection.source
        self.agents = self._agents()

    def _agents(self) -> dict[int, Fields]:
        rows = list(
            Agent.objects.filter(source=self.source).values(
                "pk", "subject_id", "profile", "source_team"
            )
        )
        ciphers = self._ciphers(rows)
        found = {}
        for row in rows:
            profile = self._profile(ciphers, "tickets.Agent.profile", row)
            shown = {"name": profile.get("name"), "email": profile.get("email")}
            found[row["pk"]] = {
                "id": profile["id"],
                "shown": {**shown, "team": row["source_team"]},
            }
        return found

    def _ciphers(self, rows: Iterable[Fields]) -> dict[UUID, Cipher]:
        subjects = {row["subject_id"] for row in rows}
        return dict(ciphers_for(self.organisation_id, subjects, create=False))

    def _opened(
        self, ciphers: dict[UUID, Cipher], subject: UUID, kind: str, row_id: int, value: Any
    ) -> bytes | None:
        if value is None:
            return None
        bound = aad(self.organisation_id, kind, row_id, subject)
        return ciphers[subject].decrypt_bytes(value, bound)

    def _profile(self, ciphers: dict[UUID, Cipher], kind: str, row: Fields) -> Fields:
        opened = self._opened(ciphers, row["subject_id"], kind, row["pk"], row["profile"])
        profile: Fields = msgspec.json.decode(opened or b"{}")
        return profile

    def tickets(self, ids: Sequence[int]) -> dict[str, Fields]:
        rows = list(Ticket.objects.filter(pk__in=ids).values())
        ciphers = self._ciphers(rows)
        subjects = {row["id"]: row["subject_id"] for row in rows}
        requesters = self._customers({row["requester_id"] for row in rows})
        messages = self._messages(ids, ciphers, subjects)
        events, ratings = self._events(ids), self._ratings(ids, ciphers, subjects)
        tags = defaultdict(list)
        for ticket_id, name in TicketTag.objects.filter(ticket__in=ids).values_list(
            "ticket_id", "tag__name"
        ):
            tags[ticket_id].append(name)
        found = {}
        for row in rows:
            number, subject = row["id"], row["subject_id"]
            title = self._opened(ciphers, subject, "tickets.Ticket.title", number, row["title"])
            fields = self._opened(ciphers, subject, "tickets.Ticket.fields", number, row["fields"])
            person, language = requesters[row["requester_id"]]
            found[f"ticket {row['external_id']}"] = {
                "title": (title or b"").decode(),
                "channel": row["channel"],
                "status": row["status"],
                "priority": row["priority"],
                "created": row["created_at"],
                "updated": row["updated_at"],
                "solved": row["solved_at"],
                "fields": msgspec.json.decode(fields or b"{}"),
                "tags": sorted(tags[number]),
                "requester": person,
                "requester's language": language,
                "assignee": self._agent(row["assignee_id"]),
                "message count": row["message_count"],
                "messages": sorted(messages[number]),
                "events": events[number],
                "ratings": ratings[number],
            }
        return found

    def _agent(self, agent_id: int | None) -> str | None:
        return self.agents[agent_id]["id"] if agent_id is not None else None

    def _customers(self, ids: Iterable[int]) -> dict[int, tuple[tuple[Any, ...], str]]:
        rows = list(
            Customer.objects.filter(pk__in=ids).values("pk", "subject_id", "profile", "language")
        )
        ciphers = self._ciphers(rows)
        found = {}
        for row in rows:
            one = self._profile(ciphers, "tickets.Customer.profile", row)
            person = (one["id"], one.get("name"), one.get("email"), one.get("phone"))
            found[row["pk"]] = (person, row["language"])
        return found

    def _messages(
        self, ids: Sequence[int], ciphers: dict[UUID, Cipher], subjects: dict[int, UUID]
    ) -> dict[int, list[tuple[Any, ...]]]:
        found = defaultdict(list)
        rows = list(Message.objects.filter(ticket__in=ids).values())
        others = self._customers({row["other_customer_id"] for row in rows} - {None})
        for row in rows:
            ticket_id = row["ticket_id"]
            opened = self._opened(
                ciphers, subjects[ticket_id], "tickets.Message.body", row["id"], row["body"]
            )
            who = self._agent(row["agent_id"])
            if row["other_customer_id"]:
                who = others[row["other_customer_id"]][0][0]
            text = (opened or b"").decode()
            found[ticket_id].append(
                (row["sent_at"], row["author_type"], who or "", row["is_public"], text)
            )
        return found

    def _events(self, ids: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
        found = defaultdict(list)
        for row in TicketEvent.objects.filter(ticket__in=ids).order_by("position").values():
            agents = (row["from_agent_id"], row["to_agent_id"], row["actor_agent_id"])
            values = (row["event_type"], row["from_value"], row["to_value"])
            found[row["ticket_id"]].append((row["at"], *values, *map(self._agent, agents)))
        return found

    def _ratings(
        self, ids: Sequence[int], ciphers: dict[UUID, Cipher], subjects: dict[int, UUID]
    ) -> dict[int, list[tuple[Any, ...]]]:
        found = defaultdict(list)
        for row in CsatResponse.objects.filter(ticket__in=ids).order_by("position").values():
            ticket_id = row["ticket_id"]
            comment = self._opened(
                ciphers, subjects[ticket_id], "tickets.CsatResponse.comment", row["id"],
                row["comment"],
            )  # fmt: skip
            said = comment.decode() if comment is not None else None
            found[ticket_id].append((row["score"], row["at"], said))
        return found
