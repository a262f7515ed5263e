"""One customer's whole way: from the portal to the certificate, and back from nowhere after it.

Forty tickets of the imported set, three of others in which the person is mentioned, and the same
person at a connected helpdesk. The set is not part of the repository.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from django.core import mail
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.test import Client
from django.urls import reverse

from bench.spans import DATA
from integrations import connections
from integrations.connections import Terms, connect, start
from integrations.helpdesks.sandbox.server import Sandbox
from integrations.models import Connection
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.rights.models import Plan, RequestStatus, RightsRequest, Verification
from tests import factories
from tests.integrations.sandboxed import settings_for
from tests.privacy import places
from tests.privacy.canary import Marker, found
from tests.privacy.dumps import dump
from tests.privacy.queues import waiting_tasks, work_off
from tests.privacy.restores import restored
from tickets.models import Customer, Ticket

IMPORTED = DATA / "conversations-dev.jsonl.gz"
OWN, MENTIONING, OTHERS = 40, 3, 20
STAMP = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(900),
    pytest.mark.skipif(not IMPORTED.exists(), reason=f"{IMPORTED.name} is not at hand"),
]


@dataclass
class Story:
    """Who it is about, by what to recognise them, and the file to import."""

    name: str
    email: str
    phone: str
    lines: list[str]
    ticket_ids: list[str]
    words: list[str]
    markers: list[Marker] = field(default_factory=list)

    @property
    def file(self) -> bytes:
        return "\n".join(self.lines).encode()


def read_set() -> list[dict[str, Any]]:
    with gzip.open(IMPORTED, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def dated(line: str, later: timedelta) -> str:
    """The conversation moved, so that all of them lie in the last weeks."""

    def moved(match: re.Match[str]) -> str:
        moment = datetime.fromisoformat(match[0]) + later
        return moment.strftime("%Y-%m-%dT%H:%M:%SZ")

    return STAMP.sub(moved, line)


def say(ticket: dict[str, Any], words: str) -> None:
    """Put words at the end of the first thing that was said."""
    ticket["messages"][0]["text"] += f" {words}"


def renamed(ticket: dict[str, Any], number: str) -> str:
    line = json.dumps(ticket)
    return line.replace(json.dumps(ticket["id"])[:-1], json.dumps(number)[:-1])


@pytest.fixture
def story() -> Story:
    everything = read_set()
    requesters = Counter(ticket["requester"]["id"] for ticket in everything)
    chosen = next(key for key, count in requesters.most_common() if count >= OWN)
    own = [each for each in everything if each["requester"]["id"] == chosen][:OWN]
    person = own[0]["requester"]
    free = [each for each in everything if person["name"] not in json.dumps(each)][:OTHERS]
    told = Story(
        name=person["name"], email=person["email"], phone=person["phone"],
        lines=[], ticket_ids=[], words=[],
    )  # fmt: skip
    later = (
        clock.now()
        - timedelta(days=7)
        - datetime.fromisoformat(max(STAMP.findall(json.dumps(everything))))
    )
    for number, ticket in enumerate(own):
        told.words.append(f"zq{secrets.token_hex(8)}")
        told.ticket_ids.append(f"zq{secrets.token_hex(6)}-{number}")
        say(ticket, f"My word is {told.words[-1]}.")
        told.lines.append(dated(renamed(ticket, told.ticket_ids[-1]), later))
    for ticket in free[:MENTIONING]:
        say(ticket, f"My neighbour {told.name} ({told.email}, {told.phone}) has it.")
    told.lines += [dated(json.dumps(ticket), later) for ticket in free]
    told.markers = [
        *(Marker("tickets.Message.body", word, sensitive=True) for word in told.words),
        *(Marker("tickets.Ticket.external_id", key, sensitive=False) for key in told.ticket_ids),
        Marker("tickets.Customer.profile", told.name, sensitive=True),
        Marker("tickets.Customer.profile", told.email, sensitive=True),
        Marker("tickets.Customer.profile", told.phone, sensitive=True),
        Marker("tickets.Customer.external_id", str(person["id"]), sensitive=True),
    ]
    return told


@pytest.fixture(autouse=True)
def _services(settings: Any, tmp_path: Path) -> Iterator[None]:
    settings.MEDIA_ROOT = tmp_path
    with waiting_tasks():
        yield


@pytest.fixture
def helpdesk(story: Story) -> Iterator[Sandbox]:
    """One in which the person has tickets as well."""
    with Sandbox(tickets=20, now=clock.now() - timedelta(days=7)) as running:
        asked = Counter(entry.people[0] for entry in running.store.entries.values())
        number = asked.most_common(1)[0][0]
        who = {"name": story.name, "email": story.email, "phone": story.phone}
        assert running.store.change_user(number, lambda user: user | who)
        yield running


@pytest.fixture
def connection(organisation: Organisation, helpdesk: Sandbox) -> Connection:
    """Connected, and instructed to leave the helpdesk's own copy alone: it will serve it again."""
    made = connect(
        organisation=organisation,
        kind="sandbox",
        name="Sandbox",
        settings=settings_for(helpdesk),
        since=clock.now() - timedelta(days=900),
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    connections.instruct(connection=made, instruction=Connection.Erase.NEVER, actor=None)
    return made


@dataclass
class Case:
    """The organisation, its people, and what was logged since."""

    organisation: Organisation
    story: Story
    connection: Connection
    lines: list[str]
    clients: dict[Role, Client] = field(default_factory=dict)
    subjects: list[UUID] = field(default_factory=list)

    def url(self, name: str, *args: object) -> str:
        return reverse(name, args=[self.organisation.slug, *args])

    def readable(self) -> list[str]:
        """Where a marker can be read: in the queues as they are now, and everywhere once they are
        worked off."""
        queued = found(self.story.markers, {"queues": places.valkey()})
        work_off()
        logged = {"logs": "\n".join(self.lines).encode()}
        return queued + found(self.story.markers, places.everywhere(self.organisation) | logged)

    def upload(self) -> None:
        file = io.BytesIO(self.story.file)
        file.name = "conversations.jsonl"
        where = self.url("integrations:import_list")
        assert self.clients[Role.ADMIN].post(where, {"file": file}).status_code == 302

    def tickets(self, **of: object) -> int:
        with tenant_scope(self.organisation.pk):
            return Ticket.objects.filter(**of).count()

    def plan(self) -> Plan:
        with tenant_scope(self.organisation.pk):
            found: Plan = Plan.objects.select_related("request").get(superseded_at__isnull=True)
        return found


@pytest.fixture
def case(organisation: Organisation, story: Story, connection: Connection) -> Iterator[Case]:
    """All is imported and read; the person is known from the file and from the helpdesk."""
    with places.logs() as lines:
        made = Case(organisation, story, connection, lines)
        for role in (Role.ADMIN, Role.PRIVACY_OFFICER, Role.OWNER):
            made.clients[role] = Client()
            made.clients[role].force_login(
                factories.membership(organisation, role).user,
                backend="allauth.account.auth_backends.AuthenticationBackend",
            )
        made.upload()
        start(connection=connection)
        work_off()
        with tenant_scope(organisation.pk):
            index = api.blind_index(organisation.pk).email(story.email)
            records = Customer.objects.filter(email_index=index)
            made.subjects = list(records.values_list("subject_id", flat=True))
        yield made


def ask_on_the_portal(case: Case) -> RightsRequest:
    """With the link from the mail, and the number of one conversation."""
    visitor = Client()
    asked = {"contact": case.story.email.upper(), "message": "Please forget me."}
    visitor.post(case.url("portal:ask", "erasure"), asked)
    work_off()
    [letter] = mail.outbox
    link = re.search(r"https?://[^/\s]+(/p/\S+)", letter.body)
    assert link
    answer = visitor.post(link[1], {"fact": case.story.ticket_ids[0]})
    assert answer.status_code == 302
    assert "Identity confirmed" in visitor.get(answer.url).content.decode()
    with tenant_scope(case.organisation.pk):
        request: RightsRequest = RightsRequest.objects.get()
    assert (request.status, request.verification) == ("verified", Verification.LINK_AND_FACT)
    return request


def decide(case: Case, request: RightsRequest) -> None:
    """One plans, nobody approves their own plan, another one does."""
    officer, second = case.clients[Role.PRIVACY_OFFICER], case.clients[Role.OWNER]
    officer.post(case.url("privacy:make_plan", request.public_id))
    made = case.plan()
    planned = {step["label"]: step["rows"] for step in made.data["steps"]}
    assert planned["mentions"] == MENTIONING
    assert planned["tickets.Customer"] == len(case.subjects) == 2
    where = case.url("privacy:approve_plan", request.public_id)
    assert officer.post(where, {"digest": made.digest}).status_code == 422
    assert second.post(where, {"digest": made.digest}).status_code == 302


def assert_is_certified(case: Case) -> None:
    done = case.plan()
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert done.certificate["key_destroyed"]
    assert done.certificate["told"] == [{"recipient": "helpdesk", "state": "not_instructed"}]
    page = case.clients[Role.PRIVACY_OFFICER].get(
        case.url("privacy:request_detail", done.request.public_id)
    )
    assert "Done and checked" in page.content.decode()


def test_from_the_portal_to_the_certificate_and_nobody_comes_back(
    case: Case, helpdesk: Sandbox
) -> None:
    source = case.connection.source
    assert case.tickets(source="file", subject_id__in=case.subjects) == OWN
    assert case.tickets(source=source, subject_id__in=case.subjects) > 0
    others = case.tickets() - case.tickets(subject_id__in=case.subjects)
    assert case.readable()  # their numbers, in the dump
    backup, made_at = dump("default"), clock.now()

    decide(case, ask_on_the_portal(case))
    assert case.readable() == []
    assert_is_certified(case)
    assert case.tickets() == others

    case.upload()
    assert case.readable() == []
    assert case.tickets() == others

    served = b"".join(helpdesk.store.users.values())
    assert case.story.email.encode() in served
    connections.run_again(connection=case.connection, since=case.connection.since, actor=None)
    assert case.readable() == []
    assert case.tickets() == others

    with restored("default", backup):
        assert case.readable()
        with pytest.raises(ImproperlyConfigured, match="privacy_replay"):
            api.refuse_unreplayed()
        call_command("privacy_replay", since=made_at.isoformat(), stdout=io.StringIO())
        api.refuse_unreplayed()
        assert case.readable() == []
        assert case.tickets() == others
