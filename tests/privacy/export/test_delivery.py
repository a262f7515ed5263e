"""Handing a copy over: how long, how often, to whom, and what opens it."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from privacy.policy import kept_for, limit_of
from privacy.rights.export import spool, tasks
from privacy.rights.export.models import ExportPackage, ExportTransfer
from privacy.rights.models import RightsRequest
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures
from tickets.contracts import PersonRecord
from tickets.models import Agent
from tickets.services import ingest_tickets

pytestmark = pytest.mark.django_db
Enter = Callable[[User], Client]
ROBIN = "robin@post.example"


def content(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def events(organisation: Organisation, action: str) -> list[dict[str, Any]]:
    with tenant_scope(organisation.pk):
        rows = AuditEvent.objects.filter(action=action).order_by("pk")
        return list(rows.values_list("detail", flat=True))


# The portal.


@pytest.fixture
def written_in(organisation: Organisation) -> None:
    """Robin has written in once, about ticket 77."""
    record = factories.ticket_record(
        id="77", requester=PersonRecord(id="c77", name="Robin Reed", email=ROBIN)
    )
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    factories.check_texts(organisation)


@pytest.fixture
def visitor(organisation: Organisation) -> Client:
    return Client()


def link_in(message: Any) -> str:
    return str(re.search(r"https?://[^/\s]+(/p/\S+)", message.body)[1])


def portal(organisation: Organisation, path: str = "") -> str:
    return f"/p/{organisation.slug}/{path}"


@pytest.fixture
def confirmed(
    organisation: Organisation,
    written_in: None,
    visitor: Client,
    django_capture_on_commit_callbacks: Any,
) -> Callable[..., str]:
    """Ask and confirm; the path of the request's page, with its copy made and mailed."""

    def go(kind: str = "access", data: dict[str, str] | None = None) -> str:
        with django_capture_on_commit_callbacks(execute=True):
            visitor.post(portal(organisation, f"ask/{kind}/"), {"contact": ROBIN})
        with django_capture_on_commit_callbacks(execute=True):
            response = visitor.post(link_in(mail.outbox[-1]), data or {"fact": "77"})
        return str(response.url)

    return go


def test_somebody_asks_on_the_portal_and_opens_what_they_get(
    organisation: Organisation, visitor: Client, confirmed: Callable[..., str]
) -> None:
    own = confirmed()
    assert [message.subject for message in mail.outbox][-1].endswith("is ready")
    page = visitor.get(own).content.decode()
    assert "Your copy is ready" in page
    shown = visitor.post(f"{own}passphrase/").content.decode()
    passphrase = re.search(r"<code>((?:[a-z2-9]{5}-){4}[a-z2-9]{5})</code>", shown)[1]
    fetched = visitor.post(f"{own}copy/")
    assert fetched["Content-Type"] == "application/zip"

    data = content(fetched)
    opened = copies.unlocked(data, passphrase)
    assert b"Robin Reed" in b"".join(opened.files.values())
    assert b"Robin" not in data
    assert passphrase not in "".join(message.body for message in mail.outbox)
    assert events(organisation, "privacy.export.downloaded") == [{"by": "person", "left": 2}]


def test_a_mailbox_alone_gets_no_passphrase_and_three_wrong_facts_end_it(
    organisation: Organisation, visitor: Client, confirmed: Callable[..., str]
) -> None:
    own = confirmed()
    other = Client()
    assert other.post(f"{own}copy/").status_code == 404
    other.post(link_in(mail.outbox[-1]))  # the mail that it is ready: proves the mailbox
    assert other.get(own).status_code == 200
    for _ in range(limit_of("export_passphrase_attempts")):
        refused = other.post(f"{own}passphrase/", {"fact": "78"})
        assert refused.status_code == 422
        assert "-".join(["[a-z2-9]{5}"] * 5) not in refused.content.decode()
    assert other.post(f"{own}passphrase/", {"fact": "77"}).status_code == 410
    assert len(events(organisation, "privacy.export.passphrase_refused")) == 3


def test_a_mailbox_and_a_fact_get_it(visitor: Client, confirmed: Callable[..., str]) -> None:
    own = confirmed()
    other = Client()
    other.post(link_in(mail.outbox[-1]))
    shown = other.post(f"{own}passphrase/", {"fact": "#77"})
    assert re.search(r"<code>(?:[a-z2-9]{5}-){4}", shown.content.decode())


def test_a_copy_is_fetched_three_times_at_limit_of(
    visitor: Client, confirmed: Callable[..., str]
) -> None:
    own = confirmed()
    for _ in range(limit_of("export_downloads")):
        assert content(visitor.post(f"{own}copy/"))
    assert visitor.post(f"{own}copy/").status_code == 410


def test_a_copy_is_fetched_for_a_week_and_its_file_lives_for_two(
    organisation: Organisation,
    visitor: Client,
    confirmed: Callable[..., str],
    django_capture_on_commit_callbacks: Any,
) -> None:
    own = confirmed()
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.select_related("request").get()

    def look_after() -> bool:
        with django_capture_on_commit_callbacks(execute=True):
            tasks.look_after_copies_of(organisation_id=organisation.pk)
        return spool.folder_of(package).exists()

    with time_machine.travel(clock.now() + kept_for("export_link"), tick=False):
        visitor.post(portal(organisation, "see/"), {"contact": ROBIN})
        assert look_after()
    with tenant_scope(organisation.pk):
        ExportPackage.objects.update(expires_at=clock.now() - timedelta(seconds=1))
    assert visitor.post(f"{own}copy/").status_code == 410
    with time_machine.travel(clock.now() + kept_for("export_file"), tick=False):
        assert not look_after()
    assert copies.again(organisation, package).state == ExportPackage.State.DELETED
    assert "can no longer be fetched" in visitor.get(own).content.decode()


# Staff.


@pytest.fixture
def officer(member: Callable[[Role], Membership]) -> User:
    return member(Role.PRIVACY_OFFICER).user


def page(organisation: Organisation, name: str, *args: object) -> str:
    return reverse(f"privacy:{name}", args=[organisation.slug, *args])


def test_an_officer_passes_on_what_staff_took_in_and_nothing_else(
    organisation: Organisation,
    officer: User,
    sign_in: Enter,
    visitor: Client,
    confirmed: Callable[..., str],
) -> None:
    confirmed()
    with tenant_scope(organisation.pk):
        asked = RightsRequest.objects.get()
    client = sign_in(officer)
    detail = client.get(page(organisation, "request_detail", asked.public_id)).content.decode()
    assert "Mentions of others removed" in detail
    assert "Download the archive" not in detail
    assert client.post(page(organisation, "fetch_copy", asked.public_id)).status_code == 422
    assert client.post(page(organisation, "staff_passphrase", asked.public_id)).status_code == 422

    by_mail = copies.make(organisation, asked.subject_id).request
    detail = client.get(page(organisation, "request_detail", by_mail.public_id)).content.decode()
    assert "Download the archive" in detail
    data = content(client.post(page(organisation, "fetch_copy", by_mail.public_id)))
    shown = client.post(page(organisation, "staff_passphrase", by_mail.public_id)).content.decode()
    passphrase = re.search(r"<code>((?:[a-z2-9]{5}-){4}[a-z2-9]{5})</code>", shown)[1]
    assert b"Robin Reed" in b"".join(copies.unlocked(data, passphrase).files.values())


def test_an_officer_sees_progress_and_starts_what_was_not_queued(
    organisation: Organisation, officer: User, sign_in: Enter, written_in: None
) -> None:
    request = copies.ask(organisation, erasures.customer(organisation).subject_id)
    client = sign_in(officer)
    where = page(organisation, "request_detail", request.public_id)
    assert "Make the copy" in client.get(where).content.decode()
    assert client.post(page(organisation, "start_copy", request.public_id)).status_code == 302
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.get()
    assert "hx-get" in client.get(where).content.decode()
    copies.run(organisation, package)
    done = client.get(where).content.decode()
    assert "Done and checked" in done
    assert "parcel" not in done


# A member's own data.


@pytest.fixture
def agent(
    organisation: Organisation, member: Callable[[Role], Membership], written_in: None
) -> User:
    who = member(Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=who)
    return who.user


def test_an_agent_asks_for_their_data_sees_it_ready_and_opens_it(
    organisation: Organisation,
    agent: User,
    sign_in: Enter,
    django_capture_on_commit_callbacks: Any,
) -> None:
    client, where = sign_in(agent), page(organisation, "my_data")
    assert "You have not asked for anything yet" in client.get(where).content.decode()
    with django_capture_on_commit_callbacks(execute=True):
        assert client.post(where, {"kind": "access"}).status_code == 302
    assert client.post(where, {"kind": "access"}).status_code == 302  # the same once more
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.select_related("request").get()
    assert package.state == ExportPackage.State.READY
    assert where in mail.outbox[-1].body

    shown = client.post(page(organisation, "own_passphrase", package.public_id)).content.decode()
    passphrase = re.search(r"<code>((?:[a-z2-9]{5}-){4}[a-z2-9]{5})</code>", shown)[1]
    data = content(client.post(page(organisation, "fetch_own", package.public_id)))
    opened = copies.unlocked(data, passphrase)
    assert agent.email in opened.text
    assert "Ada Agent" in opened.text
    assert "Robin" not in opened.text
    assert {"scores.json", "access_log.csv"} <= opened.files.keys() | {
        "scores.json",
        "access_log.csv",
    }
    assert passphrase not in client.get(where).content.decode()


def test_pages_about_copies_take_few_statements(
    organisation: Organisation,
    officer: User,
    agent: User,
    sign_in: Enter,
    django_capture_on_commit_callbacks: Any,
    django_assert_max_num_queries: Any,
) -> None:
    client, where = sign_in(agent), page(organisation, "my_data")
    with django_capture_on_commit_callbacks(execute=True):
        client.post(where, {"kind": "access"})
        client.post(where, {"kind": "portability"})
    with django_assert_max_num_queries(24):
        client.get(where)
    with tenant_scope(organisation.pk):
        asked = RightsRequest.objects.order_by("pk")[0]
    client = sign_in(officer)
    with django_assert_max_num_queries(25):
        client.get(page(organisation, "request_detail", asked.public_id))


def test_nobody_fetches_a_colleague_s_copy(
    organisation: Organisation,
    agent: User,
    member: Callable[[Role], Membership],
    sign_in: Enter,
    django_capture_on_commit_callbacks: Any,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(agent).post(page(organisation, "my_data"), {"kind": "access"})
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.get()
    client = sign_in(member(Role.OWNER).user)
    for name in ("fetch_own", "own_passphrase", "hand_over_own"):
        assert client.post(page(organisation, name, package.public_id)).status_code == 404


# Another controller.


def test_a_portable_copy_is_handed_to_another_controller_once(
    organisation: Organisation, visitor: Client, confirmed: Callable[..., str]
) -> None:
    own = confirmed("portability")
    assert visitor.post(f"{own}hand-over/", {"confirm": "1"}).status_code == 410
    visitor.post(f"{own}hand-over/", {"controller": "Elsewhere Support"})
    assert "Hand your data to Elsewhere Support?" in visitor.get(own).content.decode()
    assert "/transfer/" not in visitor.get(own).content.decode()
    visitor.post(f"{own}hand-over/", {"confirm": "1"})
    link = re.search(r"(/p/[^<]*/transfer/[^<]+)</code>", visitor.get(own).content.decode())[1]

    controller = Client()
    assert "Elsewhere Support" in controller.get(link).content.decode()
    assert controller.get(link).status_code == 200  # looking is not fetching
    assert content(controller.post(link))[:2] == b"PK"
    assert controller.post(link).status_code == 410
    assert len(events(organisation, "privacy.transfer.fetched")) == 1
    with tenant_scope(organisation.pk):
        assert b"Elsewhere" not in bytes(ExportTransfer.objects.get().controller)


def test_only_what_may_be_taken_along_is_handed_over(
    organisation: Organisation, visitor: Client, confirmed: Callable[..., str]
) -> None:
    own = confirmed("access")
    refused = visitor.post(f"{own}hand-over/", {"controller": "Elsewhere Support"})
    assert refused.status_code == 410
    with tenant_scope(organisation.pk):
        assert not ExportTransfer.objects.exists()


def test_a_forged_transfer_opens_nothing(organisation: Organisation, visitor: Client) -> None:
    assert visitor.get(portal(organisation, "transfer/forged/")).status_code == 410
