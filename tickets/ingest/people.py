"""Who is who on a page: finds agents and customers, and creates those not seen before.

A person gets a subject and a key in the vault before the first byte about them is stored.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from uuid import UUID

import msgspec

from kaizo.accounts.models import TEAM_NAME_LENGTH
from kaizo.core import clock
from privacy import api as privacy
from tickets.contracts import AuthorType, EventType, PersonRecord, TicketRecord
from tickets.correcting.kept import Profiles, kept_profiles
from tickets.ingest import copying
from tickets.ingest.copying import blob, moment, text
from tickets.models import Agent, Customer

# Words that sources put where an agent's id would stand.
AUTOMATIONS = frozenset({"", "api", "automation", "bot", "customer", "system", "trigger"})

_encode = msgspec.json.Encoder().encode

AGENT_FIELD = "tickets.Agent.profile"
CUSTOMER_FIELD = "tickets.Customer.profile"


class Profile(msgspec.Struct, kw_only=True, omit_defaults=True):
    """What is known of a person, as one encrypted value."""

    id: str
    name: str | None = None
    email: str | None = None
    phone: str | None = None


@dataclass(slots=True)
class KnownPerson:
    id: int
    subject_id: UUID


@dataclass(slots=True)
class AgentSighting:
    """The best the page knows of an agent: the newest record that says more than an id."""

    profile: Profile
    team: str = ""
    at: datetime | None = None


def sighted_agents(records: Iterable[TicketRecord]) -> dict[str, AgentSighting]:
    """Every agent a page names, as assignee, author, or in an assignment or event."""
    sighted: dict[str, AgentSighting] = {}
    for record in records:
        customers = {record.requester.id}
        for message in record.messages:
            author = message.author
            if author.type is AuthorType.AGENT and author.id:
                _sight(sighted, author.id, author.name)
            elif author.id:
                customers.add(author.id)
        for external_id in _named_in_events(record) - customers - AUTOMATIONS:
            _sight(sighted, external_id, None)
        _sight_assignee(sighted, record)
    return sighted


def _named_in_events(record: TicketRecord) -> set[str]:
    named = {event.actor for event in record.events}
    for event in record.events:
        if event.type is EventType.ASSIGNMENT:
            named |= {event.source, event.target}
    return {name for name in named if name}


def _sight(sighted: dict[str, AgentSighting], external_id: str, name: str | None) -> AgentSighting:
    found = sighted.get(external_id)
    if found is None:
        found = sighted[external_id] = AgentSighting(Profile(id=external_id))
    if name and not found.profile.name:
        found.profile.name = name
    return found


def _sight_assignee(sighted: dict[str, AgentSighting], record: TicketRecord) -> None:
    assignee = record.assignee
    if assignee is None:
        return
    found = _sight(sighted, assignee.id, assignee.name)
    if found.at is None or record.updated_at > found.at:
        found.at = record.updated_at
        found.team = (assignee.team or found.team)[:TEAM_NAME_LENGTH]
        found.profile.name = assignee.name or found.profile.name
        found.profile.email = assignee.email or found.profile.email


def admitted_agents(
    organisation_id: int, source: str, sighted: dict[str, AgentSighting]
) -> dict[str, AgentSighting]:
    """Those of the agents who were not erased. What the others do counts as nobody's."""
    index = privacy.blind_index(organisation_id)
    digests = {index.external(source, external_id): external_id for external_id in sighted}
    gone = set(privacy.cutoffs(organisation_id, privacy.SuppressionKind.AGENT, digests))
    rows = Agent.objects.filter(source=source, external_index__any_of=list(digests)).values_list(
        "external_index", "subject_id"
    )
    subjects = {subject_id: bytes(digest) for digest, subject_id in rows}
    gone |= {subjects[subject_id] for subject_id in privacy.closed_subjects(subjects)}
    return {
        key: sighting for key, sighting in sighted.items() if key not in {digests[d] for d in gone}
    }


def resolve_agents(
    organisation_id: int, source: str, sighted: dict[str, AgentSighting]
) -> dict[str, int]:
    """The id of every sighted agent; unknown ones are created, richer names are taken over."""
    index = privacy.blind_index(organisation_id)
    by_index = {index.external(source, external_id): external_id for external_id in sighted}
    rows = Agent.objects.filter(source=source, external_index__any_of=list(by_index)).values_list(
        "external_index", "id", "subject_id", "profile"
    )
    known = {by_index[bytes(row[0])]: row[1:] for row in rows}
    _refresh_agents(organisation_id, sighted, known)
    ids = {external_id: row[0] for external_id, row in known.items()}
    new = {key: digest for digest, key in by_index.items() if key not in ids}
    return ids | _create_agents(
        organisation_id, source, {key: (new[key], sighted[key].profile) for key in new}
    )


def _refresh_agents(
    organisation_id: int,
    sighted: dict[str, AgentSighting],
    known: dict[str, tuple[int, UUID, memoryview]],
) -> None:
    """Take over names and addresses that an assignee's record brings anew."""
    ciphers = privacy.ciphers_for(organisation_id, [row[1] for row in known.values()], create=False)
    for external_id, (agent_id, subject_id, stored) in known.items():
        new = sighted[external_id].profile
        cipher = ciphers.get(subject_id)
        if cipher is None or cipher.erased or not (new.name or new.email):
            continue
        aad = privacy.aad(organisation_id, AGENT_FIELD, agent_id, subject_id)
        old = msgspec.json.decode(cipher.decrypt(bytes(stored), aad), type=Profile)
        merged = Profile(id=old.id, name=new.name or old.name, email=new.email or old.email)
        if merged != old:
            kept = kept_profiles(organisation_id, "agent", [agent_id]).get(agent_id, {})
            merged.name, merged.email = (
                kept.get("name", merged.name),
                kept.get("email", merged.email),
            )
        if merged != old:
            Agent.objects.filter(pk=agent_id).update(profile=cipher.encrypt(_encode(merged), aad))


def _create_agents(
    organisation_id: int, source: str, new: dict[str, tuple[bytes, Profile]]
) -> dict[str, int]:
    """`new` maps external ids to the blind index and what is known of the agent."""
    subjects = [uuid.uuid4() for _ in new]
    privacy.create_subjects(organisation_id, privacy.SubjectKind.AGENT, subjects)
    ciphers = privacy.ciphers_for(organisation_id, subjects, create=True)
    ids = copying.new_ids("tickets_agent", len(new))
    agents = [
        Agent(
            id=agent_id,
            organisation_id=organisation_id,
            subject_id=subject,
            source=source,
            external_index=digest,
            profile=ciphers[subject].encrypt(
                _encode(profile), privacy.aad(organisation_id, AGENT_FIELD, agent_id, subject)
            ),
        )
        for agent_id, subject, (digest, profile) in zip(ids, subjects, new.values(), strict=True)
    ]
    Agent.objects.bulk_create(agents)
    return dict(zip(new, ids, strict=True))


def sighted_customers(records: Iterable[TicketRecord]) -> dict[str, PersonRecord]:
    """Every customer a page names: requesters, and others who wrote in their tickets."""
    people: dict[str, PersonRecord] = {}
    newest: dict[str, datetime] = {}
    for record in records:
        requester = record.requester
        if requester.id not in newest or record.updated_at > newest[requester.id]:
            newest[requester.id] = record.updated_at
            people[requester.id] = requester
        for message in record.messages:
            author = message.author
            if author.type is AuthorType.CUSTOMER and author.id and author.id not in people:
                people[author.id] = PersonRecord(id=author.id, name=author.name)
    return people


class CustomerDirectory:
    """Finds and creates the customers of one page, in a handful of statements."""

    def __init__(self, organisation_id: int, source: str, people: dict[str, PersonRecord]) -> None:
        self.organisation_id = organisation_id
        self.source = source
        self.people = people
        self.index = privacy.blind_index(organisation_id)
        self.corrected: Profiles = {}  # by customer, once it is known who changes
        self.digests = {
            external_id: self.index.external(source, external_id) for external_id in people
        }

    def refuses(self, record: TicketRecord) -> bool:
        """Whether the record must not be stored because of who asked."""
        if record.requester.id not in self.refused:
            return False
        cutoff = self.refused[record.requester.id]
        return cutoff is None or record.created_at < cutoff

    def admitted(self, records: Sequence[TicketRecord]) -> list[str]:
        """External ids of those to store with these records."""
        wanted = {record.requester.id for record in records}
        return [key for key in self.people if key in wanted or key not in self.refused]

    @cached_property
    def refused(self) -> dict[str, datetime | None]:
        """External ids of people who must not come back: on the suppression list, being erased, or
        with a destroyed key. What a source created after the time may: a new contact is new."""
        kind = privacy.SuppressionKind
        gone = privacy.cutoffs(self.organisation_id, kind.CUSTOMER, self.digests.values())
        found = {key: gone[digest] for key, digest in self.digests.items() if digest in gone}
        addresses = {
            key: self.index.email(person.email)
            for key, person in self.people.items()
            if person.email and key not in self.stored  # an address may be shared
        }
        gone = privacy.cutoffs(self.organisation_id, kind.EMAIL, addresses.values())
        found |= {key: gone[digest] for key, digest in addresses.items() if digest in gone}
        return found | dict.fromkeys(self._closed())

    def _closed(self) -> list[str]:
        """Those who are here and about whom nothing may be written any more."""
        subjects = {key: person.subject_id for key, (person, _) in self.stored.items()}
        closed = privacy.closed_subjects(subjects.values())
        ciphers = privacy.ciphers_for(self.organisation_id, subjects.values(), create=False)
        return [
            key
            for key, subject_id in subjects.items()
            if subject_id in closed or (subject_id in ciphers and ciphers[subject_id].erased)
        ]

    @cached_property
    def stored(self) -> dict[str, tuple[KnownPerson, bytes]]:
        """Those of the page who are here already, with the digest of their stored profile."""
        by_digest = {digest: external_id for external_id, digest in self.digests.items()}
        rows = Customer.objects.filter(
            source=self.source, external_index__any_of=list(by_digest)
        ).values_list("external_index", "id", "subject_id", "profile_digest")
        return {
            by_digest[bytes(digest)]: (KnownPerson(customer_id, subject_id), bytes(profile))
            for digest, customer_id, subject_id, profile in rows
        }

    def resolve(self, wanted: Sequence[str]) -> dict[str, KnownPerson]:
        """The ids and subjects of the wanted people; creates the new, refreshes the changed."""
        known: dict[str, KnownPerson] = {}
        stale: list[str] = []
        for external_id in wanted:
            if external_id not in self.stored:
                continue
            known[external_id], profile_digest = self.stored[external_id]
            person = self.people[external_id]
            # Somebody who only wrote in another's ticket is named there without an address.
            if (person.email or person.phone) and profile_digest != self._profile_digest(person):
                stale.append(external_id)
        known.update(self._create([key for key in wanted if key not in known]))
        self._refresh(stale, known)
        return known

    def _profile_digest(self, person: PersonRecord) -> bytes:
        return self.index.digest(_encode(person))

    def _columns(self, external_id: str, person: KnownPerson, cipher: privacy.Cipher) -> list[str]:
        record = self.people[external_id]
        kept = self.corrected.get(person.id, {})
        profile = Profile(
            id=record.id,
            name=kept.get("name", record.name),
            email=kept.get("email", record.email),
            phone=kept.get("phone", record.phone),
        )
        aad = privacy.aad(self.organisation_id, CUSTOMER_FIELD, person.id, person.subject_id)
        return [
            str(self.organisation_id),
            str(person.id),
            blob(self.index.email(profile.email) if profile.email else None),
            blob(self.index.phone(profile.phone) if profile.phone else None),
            blob(cipher.encrypt(_encode(profile), aad)),
            blob(self._profile_digest(record)),
            text(record.language or ""),
        ]

    _CHANGING = (
        "organisation_id", "id", "email_index", "phone_index", "profile", "profile_digest",
        "language",
    )  # fmt: skip
    _FIXED = ("subject_id", "source", "external_index", "created_at")

    def _create(self, external_ids: Sequence[str]) -> dict[str, KnownPerson]:
        ids = copying.new_ids("tickets_customer", len(external_ids))
        people = {
            external_id: KnownPerson(customer_id, uuid.uuid4())
            for external_id, customer_id in zip(external_ids, ids, strict=True)
        }
        subjects = [person.subject_id for person in people.values()]
        privacy.create_subjects(self.organisation_id, privacy.SubjectKind.CUSTOMER, subjects)
        ciphers = privacy.ciphers_for(self.organisation_id, subjects, create=True)
        now = moment(clock.now())
        lines = [
            "\t".join(
                [
                    *self._columns(external_id, person, ciphers[person.subject_id]),
                    str(person.subject_id),
                    text(self.source),
                    blob(self.digests[external_id]),
                    now,
                ]
            )
            for external_id, person in people.items()
        ]
        copying.insert_rows("tickets_customer", [*self._CHANGING, *self._FIXED], lines)
        return people

    def _refresh(self, external_ids: Sequence[str], known: dict[str, KnownPerson]) -> None:
        people = {external_id: known[external_id] for external_id in external_ids}
        if not people:
            return
        self.corrected = kept_profiles(
            self.organisation_id, "customer", [person.id for person in people.values()]
        )
        ciphers = privacy.ciphers_for(
            self.organisation_id, [p.subject_id for p in people.values()], create=False
        )
        lines = [
            "\t".join(self._columns(external_id, person, ciphers[person.subject_id]))
            for external_id, person in people.items()
            if person.subject_id in ciphers
        ]
        copying.update_rows("tickets_customer", self._CHANGING, lines)
