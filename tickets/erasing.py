"""Taking an erased person out of other people's tickets: mentions, and what they wrote there."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from privacy import api as privacy
from tickets import scans
from tickets.ingest.people import AGENT_FIELD, CUSTOMER_FIELD, Profile
from tickets.ingest.rows import BODY, COMMENT, TITLE
from tickets.models import Agent, CsatResponse, Customer, Mention, Message, Ticket
from tickets.people import People

TICKETS_AT_ONCE = 50


class Mentions:
    """Tickets of others that certainly mention the person, by blind index. Mere parts of a name
    are left: they are anybody's."""

    name = "mentions"

    def count(self, organisation_id: int, subject_ids: Collection[UUID]) -> int:
        return len(
            _mentioning(organisation_id, subject_ids, _profiles(organisation_id, subject_ids))
        )

    def erase(self, organisation_id: int, subject_ids: Collection[UUID], limit: int) -> int:
        profiles = _profiles(organisation_id, subject_ids)
        found = _mentioning(organisation_id, subject_ids, profiles)
        chosen = found[: min(limit, TICKETS_AT_ONCE)]
        if chosen:
            _cut_out(organisation_id, chosen, _identities(profiles))
            _forget(organisation_id, chosen, profiles)
        return len(chosen)


@dataclass(frozen=True, slots=True)
class Passage:
    """Words in another's ticket, and where they are at its source; no `text` is the whole message,
    which the person wrote."""

    source: str
    ticket: str
    message: str
    text: str = ""


def passages_elsewhere(organisation_id: int, subject_ids: Collection[UUID]) -> list[Passage]:
    """What `Mentions` and `erase_words` take out of messages in others' tickets here, for whoever
    keeps a copy. In the tenant's scope, before anything is erased."""
    others = Message.objects.exclude(ticket__subject_id__in=subject_ids)
    written = others.filter(other_customer__subject_id__in=subject_ids).order_by("ticket_id", "pk")
    columns = ("ticket__source", "ticket__external_id", "external_id")
    whole = [Passage(*where) for where in written.values_list(*columns)]
    profiles = _profiles(organisation_id, subject_ids)
    ticket_ids = {
        *_mentioning(organisation_id, subject_ids, profiles),
        *written.values_list("ticket_id", flat=True),
    }
    said = _said_about(
        organisation_id, sorted(ticket_ids), _identities(profiles), except_in=written.values("pk")
    )
    return [*whole, *said]


def _said_about(
    organisation_id: int,
    ticket_ids: Sequence[int],
    people: Sequence[privacy.KnownIdentity],
    *,
    except_in: QuerySet[Message, dict[str, Any]],
) -> Iterator[Passage]:
    for start in range(0, len(ticket_ids), TICKETS_AT_ONCE):
        chosen = ticket_ids[start : start + TICKETS_AT_ONCE]
        subjects = dict(Ticket.objects.filter(pk__in=chosen).values_list("pk", "subject_id"))
        writer = _Writer(organisation_id, subjects.values())
        rows = Message.objects.filter(ticket_id__in=chosen).exclude(pk__in=except_in)
        columns = ("pk", "ticket_id", "body", "ticket__source", "ticket__external_id")
        for row, ticket_id, body, source, number, message in rows.order_by(
            "ticket_id", "pk"
        ).values_list(*columns, "external_id"):
            text = writer.read(BODY, row, subjects[ticket_id], body) or ""
            for each in privacy.passages_about(text, people):
                yield Passage(source, number, message, each)


def erase_words(organisation_id: int, message_ids: Sequence[int]) -> Mapping[str, int]:
    """Messages of a person in another's ticket: what they wrote goes, that they wrote stays. What
    others call them there goes, too: the index of mentions names only those who take no part."""
    messages = Message.objects.filter(pk__in=message_ids)
    rows = messages.values_list("id", "ticket__subject_id")
    writer = _Writer(organisation_id, {subject for _, subject in rows})
    for message_id, subject in rows:
        if sealed := writer.seal(BODY, message_id, subject, privacy.ERASED):
            Message.objects.filter(pk=message_id).update(body=sealed)
    ticket_ids = sorted(set(messages.values_list("ticket_id", flat=True)))
    writers = set(messages.values_list("other_customer__subject_id", flat=True)) - {None}
    _cut_out(organisation_id, ticket_ids, _identities(_profiles(organisation_id, writers)))
    scans.ask_for(organisation_id, ticket_ids)
    return {}


def register() -> None:
    privacy.erase_store(Mentions())
    privacy.before_links_go("tickets.Message", "other_customer", erase_words)


class _Writer:
    """Reads and writes texts under their requesters' keys; the destroyed ones stay as they are."""

    def __init__(self, organisation_id: int, subject_ids: Iterable[UUID]) -> None:
        self.organisation_id = organisation_id
        self.ciphers = privacy.ciphers_for(organisation_id, subject_ids, create=False)

    def read(self, field: str, row: int, subject: UUID, stored: Any) -> str | None:
        cipher = self.ciphers.get(subject)
        if stored is None or cipher is None or cipher.erased:
            return None
        return cipher.decrypt(stored, privacy.aad(self.organisation_id, field, row, subject))

    def seal(self, field: str, row: int, subject: UUID, text: str) -> bytes | None:
        cipher = self.ciphers.get(subject)
        if cipher is None or cipher.erased:
            return None
        return cipher.encrypt(text, privacy.aad(self.organisation_id, field, row, subject))


def _profiles(organisation_id: int, subject_ids: Collection[UUID]) -> list[Profile]:
    ciphers = dict(privacy.ciphers_for(organisation_id, subject_ids, create=False))
    people = People(organisation_id, ciphers)
    columns = ("id", "subject_id", "profile")
    customers = Customer.objects.filter(subject_id__in=subject_ids).values_list(*columns)
    agents = Agent.objects.filter(subject_id__in=subject_ids).values_list(*columns)
    found = chain(
        (people.profile(CUSTOMER_FIELD, row) for row in customers),
        (people.profile(AGENT_FIELD, row) for row in agents),
    )
    return [profile for profile in found if profile]


def _identities(profiles: Iterable[Profile]) -> list[privacy.KnownIdentity]:
    return [
        privacy.KnownIdentity(name=each.name, email=each.email, phone=each.phone)
        for each in profiles
    ]


def _traits(profiles: Sequence[Profile]) -> dict[str, list[str]]:
    return {
        "names": [each.name for each in profiles if each.name],
        "emails": [each.email for each in profiles if each.email],
        "phones": [each.phone for each in profiles if each.phone],
    }


def _mentioning(
    organisation_id: int, subject_ids: Collection[UUID], profiles: Sequence[Profile]
) -> list[int]:
    found = privacy.find_mentions(organisation_id=organisation_id, **_traits(profiles))
    certain = [each.object_id for each in found if each.is_certain]
    others = Ticket.objects.filter(pk__in=certain).exclude(subject_id__in=subject_ids)
    return sorted(others.values_list("pk", flat=True))


def _cut_out(
    organisation_id: int, ticket_ids: Sequence[int], people: Sequence[privacy.KnownIdentity]
) -> None:
    subjects = dict(Ticket.objects.filter(pk__in=ticket_ids).values_list("pk", "subject_id"))
    writer = _Writer(organisation_id, subjects.values())
    of_tickets: tuple[tuple[str, Any, str, str], ...] = (
        (TITLE, Ticket.objects.filter(pk__in=ticket_ids), "title", "id"),
        (BODY, Message.objects.filter(ticket_id__in=ticket_ids), "body", "ticket_id"),
        (COMMENT, CsatResponse.objects.filter(ticket_id__in=ticket_ids), "comment", "ticket_id"),
    )
    for field, rows, column, key in of_tickets:
        for row, ticket_id, stored in rows.values_list("id", key, column):
            subject = subjects[ticket_id]
            text = writer.read(field, row, subject, stored)
            if text is None or (without := privacy.without_people(text, people)) == text:
                continue
            sealed = writer.seal(field, row, subject, without)
            rows.model.objects.filter(pk=row).update(**{column: sealed})


def _forget(organisation_id: int, ticket_ids: Sequence[int], profiles: Sequence[Profile]) -> None:
    indexes = privacy.mention_indexes(organisation_id=organisation_id, **_traits(profiles))
    Mention.objects.filter(ticket_id__in=ticket_ids, trait_index__in=indexes).delete()
    scans.ask_for(organisation_id, ticket_ids)
