"""Reading conversations: who takes part, what was said, redacted unless somebody has revealed it.

Decrypting needs the requester's key; when it has been destroyed, the text is gone for good and the
page says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any, NamedTuple
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from privacy import api as privacy
from tickets.contracts import AuthorType
from tickets.ingest.people import AGENT_FIELD, CUSTOMER_FIELD
from tickets.ingest.rows import BODY, COMMENT, TITLE
from tickets.models import (
    Agent,
    CsatResponse,
    Customer,
    EventType,
    Message,
    Priority,
    Status,
    Ticket,
    TicketEvent,
)
from tickets.people import Cast, People, agent_names, shown_name
from tickets.scans import Rules, Scans, rules_of

# Stands for a text that the whole detector has not read yet.
NOT_CHECKED = _("Not checked for personal data yet.")


@dataclass(frozen=True, slots=True)
class Turn:
    """One message as a page shows it. `text` is None when it was permanently erased, and
    NOT_CHECKED for whoever did not handle the ticket, until it is checked."""

    id: int
    author_type: str
    author: str
    agent_id: int | None
    is_public: bool
    sent_at: datetime
    text: str | None
    is_checked: bool


@dataclass(frozen=True, slots=True)
class ShownRating:
    at: datetime
    score: str
    scale: str
    is_good: bool
    comment: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversation:
    """A ticket with everything a reader needs, in order of time."""

    ticket: dict[str, Any]
    title: str | None
    requester: str | None
    assignee: str | None
    turns: list[Turn]
    events: list[dict[str, Any]]
    ratings: list[ShownRating]
    tags: list[str]
    is_revealed: bool
    is_erased: bool
    # Whether the whole detector has read every text: only then may any of it be sent anywhere.
    is_checked: bool


_TICKET = (
    "id", "external_id", "source", "requester_id", "assignee_id", "subject_id", "title", "channel",
    "status", "priority", "language", "created_at", "updated_at", "solved_at", "is_merged",
    "complete_since",
)  # fmt: skip
_MESSAGE = (
    "id", "ticket_id", "author_type", "agent_id", "other_customer_id", "is_public", "body",
    "sent_at",
)  # fmt: skip


class Reader:
    """Loads some tickets with their messages in five queries, however many they are."""

    def __init__(self, organisation_id: int, ticket_ids: Sequence[int]) -> None:
        self.organisation_id = organisation_id
        self.tickets = {
            row["id"]: row for row in Ticket.objects.filter(pk__in=ticket_ids).values(*_TICKET)
        }
        self.messages: dict[int, list[dict[str, Any]]] = defaultdict(list)
        rows = Message.objects.filter(ticket_id__in=list(self.tickets)).order_by("sent_at", "id")
        for message in rows.values(*_MESSAGE).iterator(5_000):
            self.messages[message["ticket_id"]].append(message)
        self.cast = self._load_cast()

    @cached_property
    def scans(self) -> Scans:
        return Scans(self.organisation_id, self.tickets)

    @cached_property
    def rules(self) -> Rules:
        return rules_of(self.organisation_id)

    def _load_cast(self) -> Cast:
        agents, customers = set(), set()
        for key, ticket in self.tickets.items():
            agents |= {ticket["assignee_id"], *(m["agent_id"] for m in self.messages[key])}
            customers |= {
                ticket["requester_id"],
                *(m["other_customer_id"] for m in self.messages[key]),
            }
        columns = ("id", "subject_id", "profile")
        found = Agent.objects.filter(pk__in=agents - {None}).values_list(*columns, "is_left_out")
        agent_rows = [row[:3] for row in found]
        self.left_out = {row[0] for row in found if row[3]}
        customer_rows = list(
            Customer.objects.filter(pk__in=customers - {None}).values_list(*columns)
        )
        self.agent_subjects = {row[0]: row[1] for row in agent_rows}
        self.customer_subjects = {row[0]: row[1] for row in customer_rows}
        subjects = {row[1] for row in agent_rows + customer_rows}
        subjects |= {ticket["subject_id"] for ticket in self.tickets.values()}
        self.ciphers = dict(privacy.ciphers_for(self.organisation_id, subjects, create=False))
        people = People(self.organisation_id, self.ciphers)
        return Cast(
            {row[0]: people.profile(AGENT_FIELD, row) for row in agent_rows},
            {row[0]: people.profile(CUSTOMER_FIELD, row) for row in customer_rows},
        )

    def redactor(self, ticket: dict[str, Any], *, shows_only: bool = False) -> privacy.Redactor:
        """For texts that have been read, the organisation's rules need not be loaded."""
        people = self.cast.identities(ticket, self.messages[ticket["id"]])
        if shows_only:
            return privacy.redactor(people=people)
        return privacy.redactor(
            people=people,
            regions=_regions(ticket["language"]),
            order_pattern=self.rules.order_pattern,
            brands=self.rules.brands,
        )

    def is_handled_by(self, ticket: dict[str, Any], agent_ids: Collection[int]) -> bool:
        """Whether one of these agents has the ticket or wrote in it."""
        return ticket["assignee_id"] in agent_ids or any(
            message["agent_id"] in agent_ids for message in self.messages[ticket["id"]]
        )

    def is_erased(self, ticket: dict[str, Any]) -> bool:
        cipher = self.ciphers.get(ticket["subject_id"])
        return cipher is None or cipher.erased

    def decrypt(self, ticket: dict[str, Any], field: str, row_id: int, stored: Any) -> str | None:
        if stored is None or self.is_erased(ticket):
            return None
        subject = ticket["subject_id"]
        aad = privacy.aad(self.organisation_id, field, row_id, subject)
        return self.ciphers[subject].decrypt(stored, aad)


_REGIONS = {"de": "DE", "fr": "FR", "nl": "NL", "pt": "BR", "en": "GB", "es": "ES", "it": "IT"}


def _regions(language: str) -> list[str]:
    """Where phone numbers without a country code may belong, guessed from the language."""
    region = _REGIONS.get(language[:2].lower())
    return [region] if region else ["GB"]


class Shown:
    """Shows one ticket's texts: redacted, with one number for a person in all of them."""

    def __init__(
        self,
        reader: Reader,
        ticket: dict[str, Any],
        *,
        revealed: bool = False,
        is_handler: bool = False,
    ) -> None:
        self._scans = reader.scans
        self._ticket_id = ticket["id"]
        self._redactor = reader.redactor(ticket, shows_only=not is_handler)
        self._revealed = revealed
        self._is_handler = is_handler
        self.all_checked = True

    def is_checked(self, text: str | None) -> bool:
        return text is None or self._scans.spans(self._ticket_id, text) is not None

    def text(self, text: str | None) -> str | None:
        """As this reader may see it; a handler sees what the rules leave of an unchecked text."""
        if text is None:
            return None
        spans = self._scans.spans(self._ticket_id, text)
        self.all_checked &= spans is not None
        if self._revealed:
            return text
        if spans is not None:
            return self._redactor.show(text, spans).text
        return self._redactor.redact(text).text if self._is_handler else str(NOT_CHECKED)


def redacted_texts(organisation_id: int, ticket_ids: Sequence[int]) -> dict[int, str]:
    """All words of each ticket, redacted: what search may hold. Tickets that are erased or not
    checked in full are left out."""
    reader = Reader(organisation_id, ticket_ids)
    texts: dict[int, str] = {}
    for key, ticket in reader.tickets.items():
        if reader.is_erased(ticket):
            continue
        shown = Shown(reader, ticket)
        parts = [reader.decrypt(ticket, TITLE, key, ticket["title"])]
        parts += [reader.decrypt(ticket, BODY, m["id"], m["body"]) for m in reader.messages[key]]
        words = "\n".join(shown.text(part) or "" for part in parts if part)
        if shown.all_checked:
            texts[key] = words
    return texts


def titles(
    organisation_id: int, ticket_ids: Sequence[int], *, own_agents: Collection[int] = ()
) -> dict[int, str | None]:
    """Redacted titles of a page of tickets; None for the erased. `own_agents` are the reader's:
    of what they were assigned they see a title that is not checked yet, too."""
    found = headings(organisation_id, ticket_ids, own_agents=own_agents)
    return {key: heading.title for key, heading in found.items()}


class Heading(NamedTuple):
    """What a list says of a ticket: its title, as `titles` gives it, and whose it is, unless they
    are left out; and whom it is about."""

    title: str | None
    assignee: str | None
    subject_id: UUID


def headings(
    organisation_id: int, ticket_ids: Sequence[int], *, own_agents: Collection[int] = ()
) -> dict[int, Heading]:
    """Of a page of tickets; who has them is known anyway, as a redactor of the title must."""
    return _TitleReader(organisation_id, ticket_ids).headings(own_agents)


class _TitleReader(Reader):
    """As Reader, without the messages: a list shows titles only."""

    def __init__(self, organisation_id: int, ticket_ids: Sequence[int]) -> None:
        self.organisation_id = organisation_id
        self.tickets = {
            row["id"]: row for row in Ticket.objects.filter(pk__in=ticket_ids).values(*_TICKET)
        }
        self.messages = defaultdict(list)
        self.cast = self._load_cast()

    def headings(self, own_agents: Collection[int]) -> dict[int, Heading]:
        found: dict[int, Heading] = {}
        for key, ticket in self.tickets.items():
            title = self.decrypt(ticket, TITLE, key, ticket["title"])
            shown = Shown(self, ticket, is_handler=self.is_handled_by(ticket, own_agents))
            agent_id = ticket["assignee_id"]
            # Not of a frozen ticket, nor of who is left out for others.
            is_known = agent_id in self.cast.agents and (
                agent_id in own_agents or agent_id not in self.left_out
            )
            assignee = _agent_name(self.cast, agent_id) if is_known else None
            found[key] = Heading(shown.text(title), assignee, ticket["subject_id"])
        return found


def read_conversation(
    organisation_id: int,
    ticket: Ticket,
    *,
    revealed: bool = False,
    own_agents: Collection[int] = (),
) -> Conversation:
    """The conversation, redacted unless `revealed` (which the caller has recorded). `own_agents`
    are the reader's: whoever handled the ticket sees what is not checked yet, too."""
    reader = Reader(organisation_id, [ticket.pk])
    row = reader.tickets[ticket.pk]
    is_handler = reader.is_handled_by(row, own_agents)
    shown = Shown(reader, row, revealed=revealed, is_handler=is_handler)
    bodies = [reader.decrypt(row, BODY, m["id"], m["body"]) for m in reader.messages[ticket.pk]]
    cast = reader.cast
    requester = cast.customers.get(row["requester_id"])
    return Conversation(
        ticket=row,
        title=shown.text(reader.decrypt(row, TITLE, ticket.pk, row["title"])),
        requester=requester.name if requester and revealed else None,
        assignee=_agent_name(cast, row["assignee_id"]),
        turns=[
            Turn(
                m["id"],
                m["author_type"],
                _author(cast, row, m, revealed=revealed),
                m["agent_id"],
                m["is_public"],
                m["sent_at"],
                shown.text(body),
                shown.is_checked(body),
            )
            for m, body in zip(reader.messages[ticket.pk], bodies, strict=True)
        ],
        events=_events(ticket, cast),
        ratings=[
            ShownRating(
                r.at,
                r.score,
                r.scale,
                r.is_good,
                shown.text(reader.decrypt(row, COMMENT, r.pk, r.comment)),
            )
            for r in CsatResponse.objects.filter(ticket=ticket).order_by("at", "position")
        ],
        tags=list(ticket.ticket_tags.values_list("tag__name", flat=True).order_by("tag__name")),
        is_revealed=revealed,
        is_erased=reader.is_erased(row),
        is_checked=shown.all_checked,
    )


def _agent_name(cast: Cast, agent_id: int | None) -> str | None:
    return None if agent_id is None else shown_name(cast.agents.get(agent_id), f"Agent {agent_id}")


def _author(cast: Cast, ticket: dict[str, Any], message: dict[str, Any], *, revealed: bool) -> str:
    if message["author_type"] == AuthorType.AGENT:
        return _agent_name(cast, message["agent_id"]) or ""
    if message["author_type"] != AuthorType.CUSTOMER or not revealed:
        return ""
    customer = cast.customers.get(message["other_customer_id"] or ticket["requester_id"])
    return shown_name(customer, "")


_WORDS = {EventType.STATUS: dict(Status.choices), EventType.PRIORITY: dict(Priority.choices)}


def _in_words(event_type: str, value: str) -> str:
    """A status or priority as pages call it; what the helpdesk calls otherwise stays as it is."""
    return str(_WORDS.get(EventType(event_type), {}).get(value, value))


def _events(ticket: Ticket, cast: Cast) -> list[dict[str, Any]]:
    rows = TicketEvent.objects.filter(ticket=ticket).order_by("at", "position")
    columns = (
        "event_type",
        "from_value",
        "to_value",
        "from_agent_id",
        "to_agent_id",
        "actor_agent_id",
        "at",
    )
    events = list(rows.values(*columns))
    missing = {e[k] for e in events for k in columns[3:6]} - cast.agents.keys() - {None}
    names = agent_names(ticket.organisation_id, missing) if missing else {}

    def name(agent_id: int | None) -> str | None:
        return names.get(agent_id) or _agent_name(cast, agent_id) if agent_id else None

    return [
        {
            "type": e["event_type"],
            "at": e["at"],
            "from": name(e["from_agent_id"]) or _in_words(e["event_type"], e["from_value"]),
            "to": name(e["to_agent_id"]) or _in_words(e["event_type"], e["to_value"]),
            "actor": name(e["actor_agent_id"]),
        }
        for e in events
    ]
