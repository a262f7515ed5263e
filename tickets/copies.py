"""Conversations in a copy of somebody's data: what was said, without those whom it is not about.

What the detector found in a text is kept beside it (`tickets.scans`); a text that it has not read
makes the copy wait.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy import api as privacy
from tickets.contracts import AuthorType
from tickets.conversations import Reader
from tickets.ingest.people import AGENT_FIELD, CUSTOMER_FIELD, Profile
from tickets.ingest.rows import BODY, COMMENT, FIELDS, TITLE
from tickets.models import Agent, CsatResponse, Customer, Message, Ticket, TicketTag
from tickets.people import People

_Texts = Mapping[int, privacy.Shared]


class Conversations:
    """Some tickets as one person may have them."""

    def __init__(self, asker: privacy.Asker, ticket_ids: Collection[int]) -> None:
        self.asker = asker
        self.reader = Reader(asker.organisation_id, sorted(ticket_ids))
        self._sharers: dict[int, privacy.Sharer] = {}

    def shared(
        self, ticket_id: int, field: str, row: int, stored: Any, *, is_own: bool
    ) -> privacy.Shared | None:
        """None when the text was permanently erased. Raises NotReadYet."""
        text = self.reader.decrypt(self.reader.tickets[ticket_id], field, row, stored)
        if text is None:
            return None
        spans = self.reader.scans.spans(ticket_id, text)
        if spans is None:
            raise privacy.NotReadYet
        part = self.sharer(ticket_id).share(text, spans, is_own=is_own)
        return privacy.Shared(part.text, part.removed, is_own=is_own)

    def is_requester(self, ticket_id: int) -> bool:
        return self.reader.tickets[ticket_id]["subject_id"] in self.asker.customers

    def wrote(self, message: Mapping[str, Any]) -> bool:
        if message["author_type"] == AuthorType.AGENT:
            return self.reader.agent_subjects.get(message["agent_id"]) in self.asker.agents
        if message["author_type"] != AuthorType.CUSTOMER:
            return False
        if message["other_customer_id"]:
            other = self.reader.customer_subjects.get(message["other_customer_id"])
            return other in self.asker.customers
        return self.is_requester(message["ticket_id"])

    def sharer(self, ticket_id: int) -> privacy.Sharer:
        if ticket_id not in self._sharers:
            self._sharers[ticket_id] = self._make_sharer(ticket_id)
        return self._sharers[ticket_id]

    def _make_sharer(self, ticket_id: int) -> privacy.Sharer:
        reader = self.reader
        ticket = reader.tickets[ticket_id]
        own, agents, identities = [], [], []
        people = reader.cast.people(ticket, reader.messages[ticket_id])
        for number, (kind, key, identity) in enumerate(people, start=1):
            if self._is_asker(kind, key):
                own.append(number)
            elif kind == "agent":
                agents.append(number)
                identities.append(identity)
        return privacy.Sharer(
            self.asker.identities,
            reader.redactor(ticket, shows_only=True),
            own_numbers=own,
            agents=agents,
            agent_identities=identities,
        )

    def _is_asker(self, kind: str, key: int) -> bool:
        if kind == "agent":
            return self.reader.agent_subjects.get(key) in self.asker.agents
        return self.reader.customer_subjects.get(key) in self.asker.customers


def titles(asker: privacy.Asker, ticket_ids: Sequence[int]) -> _Texts:
    found = Conversations(asker, ticket_ids)
    return _kept(
        (key, found.shared(key, TITLE, key, row["title"], is_own=found.is_requester(key)))
        for key, row in found.reader.tickets.items()
    )


def fields(asker: privacy.Asker, ticket_ids: Sequence[int]) -> _Texts:
    """The custom fields that the organisation keeps: nobody has read them before, so they are
    read now."""
    found = Conversations(asker, ticket_ids)
    rows = Ticket.objects.filter(pk__in=ticket_ids, fields__isnull=False)
    texts: dict[int, str] = {}
    for key, stored in rows.values_list("pk", "fields"):
        text = found.reader.decrypt(found.reader.tickets[key], FIELDS, key, stored)
        if text is not None:
            texts[key] = text
    return {
        key: privacy.Shared(shared.text, shared.removed, is_own=found.is_requester(key))
        for key, shared in privacy.share_guessing(asker, texts, are_own=True).items()
    }


def bodies(asker: privacy.Asker, message_ids: Sequence[int]) -> _Texts:
    rows = Message.objects.filter(pk__in=message_ids)
    found = Conversations(asker, set(rows.values_list("ticket_id", flat=True)))
    wanted = set(message_ids)
    return _kept(
        (
            m["id"],
            found.shared(m["ticket_id"], BODY, m["id"], m["body"], is_own=found.wrote(m)),
        )
        for messages in found.reader.messages.values()
        for m in messages
        if m["id"] in wanted
    )


def comments(asker: privacy.Asker, response_ids: Sequence[int]) -> _Texts:
    rows = list(
        CsatResponse.objects.filter(pk__in=response_ids, comment__isnull=False).values_list(
            "pk", "ticket_id", "comment"
        )
    )
    found = Conversations(asker, {ticket_id for _, ticket_id, _ in rows})
    return _kept(
        (key, found.shared(ticket, COMMENT, key, stored, is_own=found.is_requester(ticket)))
        for key, ticket, stored in rows
    )


class Labels(privacy.RowSection):
    """What the labels of somebody's conversations say; the rows that tie them hold no words."""

    name = "labels"
    given_under = ""
    columns = ("conversation", "label")

    @property
    def title(self) -> str:
        return _("labels of conversations, in words")

    def records(
        self, asker: privacy.Asker, ids: Sequence[int]
    ) -> Mapping[int, tuple[dict[str, Any], Mapping[str, int]]]:
        named = self.rows(asker).filter(pk__in=ids)
        rows = named.values_list("pk", "ticket__external_id", "tag__name")
        return {key: ({"conversation": of, "label": name}, {}) for key, of, name in rows}

    def rows(self, asker: privacy.Asker) -> QuerySet[TicketTag]:
        rows: QuerySet[TicketTag] = TicketTag.objects.filter(ticket__subject_id__in=asker.customers)
        return rows


def identities(
    organisation_id: int,
    subject_ids: Collection[UUID],
    _user_id: int | None,
) -> list[privacy.KnownIdentity]:
    """What helpdesks call the person."""
    ciphers = dict(privacy.ciphers_for(organisation_id, subject_ids, create=False))
    people = People(organisation_id, ciphers)
    columns = ("id", "subject_id", "profile")
    profiles: list[Profile | None] = []
    for model, field in ((Customer, CUSTOMER_FIELD), (Agent, AGENT_FIELD)):
        rows = model.objects.filter(subject_id__in=subject_ids).order_by("pk")
        profiles += [people.profile(field, row) for row in rows.values_list(*columns)]
    return [privacy.KnownIdentity(name=p.name, email=p.email, phone=p.phone) for p in profiles if p]


def records_of_account(_organisation_id: int, user_id: int) -> list[UUID]:
    return list(
        Agent.objects.filter(membership__user_id=user_id).values_list("subject_id", flat=True)
    )


def sources(asker: privacy.Asker) -> set[str]:
    """Which helpdesks the person's records came from."""
    people = (
        Customer.objects.filter(subject_id__in=asker.customers),
        Agent.objects.filter(subject_id__in=asker.agents),
    )
    names = {name for rows in people for name in rows.values_list("source", flat=True)}
    return {_("Helpdesk or file: %(name)s") % {"name": name} for name in names}


def register() -> None:
    privacy.share_text(TITLE, titles)
    privacy.share_text(FIELDS, fields)
    privacy.share_text(BODY, bodies)
    privacy.share_text(COMMENT, comments)
    privacy.add_section(Labels())
    privacy.find_identities(identities)
    privacy.find_account(records_of_account)
    privacy.name_sources(sources)


def _kept(found: Any) -> dict[int, privacy.Shared]:
    return {key: shared for key, shared in found if shared is not None}
