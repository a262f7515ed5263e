"""Requests that come by post, and what staff do with them besides a plan."""

from __future__ import annotations

import html
from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from kaizo.accounts.models import Notice, NoticeKind
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from privacy.rights.correspondence.services import letters_of
from privacy.rights.models import RequestStatus, RightsRequest, Verification
from privacy.rights.requests import subject_ids_of
from privacy.vault.keys import blind_index
from tests import factories
from tests.factories import MONDAY
from tests.privacy.rights import erasures
from tickets.contracts import AgentRecord, PersonRecord
from tickets.directory import Directory
from tickets.models import Agent, Customer, Ticket

AMSTERDAM = ZoneInfo("Europe/Amsterdam")

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _a_monday():
    with time_machine.travel(MONDAY, tick=False):
        yield


@pytest.fixture
def officer(organisation, member, sign_in):
    client = sign_in(member(Role.PRIVACY_OFFICER).user)

    def post(name, *args, **fields):
        return client.post(reverse(f"privacy:{name}", args=[organisation.slug, *args]), fields)

    return post


@pytest.fixture
def entered(organisation, officer):
    """An erasure asked for by post, on 30 October 2026, by somebody who has written in."""
    erasures.ingest(organisation, *erasures.records(1))
    address = "dora1@post.example"
    response = officer(
        "intake", kind="erasure", channel="post", received_on="2026-10-30", contact=address
    )
    assert response.status_code == 302
    return only(organisation)


def only(organisation):
    with tenant_scope(organisation.pk):
        return RightsRequest.objects.get()


def test_the_month_runs_from_the_day_the_letter_came(entered):
    assert (entered.status, entered.channel) == (RequestStatus.RECEIVED, "post")
    assert entered.due_at.date() == date(2026, 11, 30)


def test_a_letter_of_tomorrow_is_refused(organisation, officer):
    response = officer(
        "intake", kind="erasure", channel="post", received_on="2026-11-03", contact="x"
    )
    assert response.status_code == 422
    assert "still to come" in response.content.decode()


def test_a_letter_may_come_on_the_day_it_is_where_the_organisation_is(organisation, officer):
    """Which began an hour ago, and in UTC has not yet."""
    with time_machine.travel(MONDAY.replace(hour=23, minute=30), tick=False):
        answer = officer(
            "intake", kind="erasure", channel="post", received_on="2026-11-03", contact="x"
        )
    assert answer.status_code == 302
    assert only(organisation).received_at.astimezone(AMSTERDAM).date() == date(2026, 11, 3)


def test_whoever_made_sure_of_the_person_is_noted(organisation, officer, entered):
    assert officer("confirm_identity", entered.public_id).status_code == 302
    found = only(organisation)
    assert (found.status, found.verification) == (RequestStatus.VERIFIED, Verification.STAFF)
    assert found.verified_by_id is not None


def test_whoever_gives_no_address_is_looked_up_by_what_they_say(
    organisation, member, sign_in, officer
):
    """By telephone number and by the number of a conversation; a letter names neither address."""
    erasures.ingest(organisation, *erasures.records(1), *erasures.records(1, customer=2))
    with tenant_scope(organisation.pk):
        row = Customer.objects.order_by("pk").first()
        row.phone_index = blind_index(organisation.pk).phone("+31201234567")
        row.save(update_fields=["phone_index"])
        ticket = Ticket.objects.exclude(subject=row.subject_id).first()
    officer(
        "intake", kind="erasure", channel="post", received_on="2026-10-30",
        contact="Anna Berg\nMain street 1", language="de",
    )  # fmt: skip
    found = only(organisation)
    assert found.language == "de"
    client = sign_in(member(Role.PRIVACY_OFFICER).user)
    page = reverse("privacy:request_detail", args=[organisation.slug, found.public_id])
    assert "Main street 1" in client.get(page).content.decode()
    refused = client.post(f"{page}confirm/", follow=True).content.decode()
    assert "say that there are none" in html.unescape(refused)
    assert only(organisation).status == RequestStatus.RECEIVED
    for said, whose in (
        ("+31 20 123 4567", row.subject_id),
        (f"#{ticket.external_id}", ticket.subject_id),
    ):
        shown = client.post(f"{page}person/", {"said": said}).content.decode()
        assert f'value="{whose}"' in shown
        assert client.post(f"{page}records/", {"record": [str(whose), "x"]}).status_code == 302
    assert "Nothing else fits" in client.post(f"{page}person/", {"said": "nobody"}).content.decode()
    assert client.post(f"{page}confirm/").status_code == 302
    found = only(organisation)
    with tenant_scope(organisation.pk):
        assert set(subject_ids_of(found)) == {row.subject_id, ticket.subject_id}
        searched = AuditEvent.objects.filter(action="privacy.person.looked_up").order_by("pk")
        assert [event.detail for event in searched] == [{"found": 1}, {"found": 1}, {"found": 0}]


def test_that_nothing_here_is_theirs_is_said_by_somebody(organisation, officer):
    officer("intake", kind="erasure", channel="phone", received_on="2026-10-30", contact="Bo")
    found = only(organisation)
    officer("confirm_identity", found.public_id)
    assert only(organisation).status == RequestStatus.RECEIVED
    officer("confirm_identity", found.public_id, none="1")
    assert only(organisation).status == RequestStatus.VERIFIED


def test_records_are_added_until_the_work_begins(organisation, officer, entered):
    erasures.ingest(organisation, *erasures.records(1, customer=2))
    officer("confirm_identity", entered.public_id)
    own = only(organisation).subject_id
    with tenant_scope(organisation.pk):
        other = Ticket.objects.exclude(subject=own).first().subject_id
    officer("make_plan", entered.public_id)
    officer("confirm_records", entered.public_id, record=str(other))
    found = only(organisation)
    with tenant_scope(organisation.pk):
        assert set(subject_ids_of(found)) == {own, other}
        RightsRequest.objects.update(status=RequestStatus.RUNNING)
    assert officer("confirm_records", entered.public_id, record=str(other)).status_code == 422


def test_a_request_that_repeats_an_open_one_is_linked_to_it_and_confirmed_all_the_same(
    organisation, member, sign_in, officer, entered
):
    officer(
        "intake", kind="erasure", channel="mail", received_on="2026-11-01",
        contact="Dora1@post.example",
    )  # fmt: skip
    with tenant_scope(organisation.pk):
        again = RightsRequest.objects.order_by("pk").last()
    assert (again.duplicate_of_id, again.status) == (entered.pk, RequestStatus.RECEIVED)
    client = sign_in(member(Role.PRIVACY_OFFICER).user)
    first, second = (
        reverse("privacy:request_detail", args=[organisation.slug, each.public_id])
        for each in (entered, again)
    )
    assert f'href="{first}"' in client.get(second).content.decode()
    board = reverse("privacy:board", args=[organisation.slug])
    assert "Repeats" in client.get(board).content.decode()
    client.post(f"{second}confirm/")
    with tenant_scope(organisation.pk):
        again.refresh_from_db()
    assert again.status == RequestStatus.VERIFIED


def test_whoever_may_act_is_told_that_a_request_waits(organisation, member, sign_in, entered):
    """Of a plan everybody but its maker: a second person approves it."""
    owner, maker = member(Role.OWNER), member(Role.PRIVACY_OFFICER)
    client = sign_in(maker.user)
    page = reverse("privacy:request_detail", args=[organisation.slug, entered.public_id])
    client.post(f"{page}confirm/")
    client.post(f"{page}plan/")
    with tenant_scope(organisation.pk):
        told = Notice.objects.filter(kind=NoticeKind.PRIVACY_REQUEST, object_id=entered.pk)
        assert owner.pk in set(told.values_list("recipient_id", flat=True))
        assert maker.pk not in set(told.values_list("recipient_id", flat=True))
        there = reverse("privacy:waiting_request", args=[organisation.slug, entered.pk])
    assert sign_in(owner.user).get(there).headers["Location"] == page


def test_an_agent_is_found_by_their_address_in_the_helpdesk_and_by_their_account(
    organisation, member, officer
):
    erasures.ingest(organisation, *erasures.records(1))
    account = member(Role.AGENT)
    with tenant_scope(organisation.pk):
        agent = Agent.objects.get()
        Agent.objects.update(membership=account)
    for address in ("ada@support.example", account.user.email):
        officer("intake", kind="erasure", channel="mail", received_on="2026-10-30", contact=address)
        with tenant_scope(organisation.pk):
            found = RightsRequest.objects.order_by("pk").last()
        officer("confirm_identity", found.public_id)
        with tenant_scope(organisation.pk):
            found.refresh_from_db()
        assert found.subject_id == agent.subject_id


def test_no_address_stands_for_nobody(organisation):
    """Neither for agents of whom the helpdesk knows no address."""
    silent = AgentRecord(id="a9", name="Ada Agent")
    erasures.ingest(organisation, factories.ticket_record(assignee=silent))
    with tenant_scope(organisation.pk):
        assert Agent.objects.exists()
        assert Directory().with_address(organisation.pk, "") == set()


def test_what_comes_in_after_the_identity_was_confirmed_is_erased_as_well(
    organisation, officer, entered
):
    """The same address under another number: another record."""
    officer("confirm_identity", entered.public_id)
    again = PersonRecord(id="elsewhere", name="Dora Dobbs", email="dora1@post.example")
    erasures.ingest(organisation, factories.ticket_record(requester=again))
    assert officer("make_plan", entered.public_id).status_code == 302
    with tenant_scope(organisation.pk):
        index = blind_index(organisation.pk).email("dora1@post.example")
        both = Customer.objects.filter(email_index=index).values_list("subject_id", flat=True)
        assert len(both) == 2
        assert set(subject_ids_of(RightsRequest.objects.get())) == set(both)


@pytest.mark.parametrize("kind", ["restriction", "objection", "contest", "rectification"])
def test_whoever_has_nothing_here_is_told_so(organisation, member, sign_in, officer, kind):
    officer("intake", kind=kind, channel="mail", received_on="2026-10-30", contact="no@x.example")
    found = only(organisation)
    officer("confirm_identity", found.public_id, none="1")
    client = sign_in(member(Role.PRIVACY_OFFICER).user)
    page = reverse("privacy:request_detail", args=[organisation.slug, found.public_id])
    assert "Nothing of this person" in client.get(page).content.decode()
    officer("answer", found.public_id, decision="granted", answer="We keep nothing about you.")
    assert only(organisation).status == RequestStatus.CLOSED


def test_a_hold_names_what_is_wrong_and_keeps_what_was_typed(organisation, officer, entered):
    asked = {
        "reason": "litigation", "matter": "Dobbs against us", "table": "tickets.Ticket",
        "numbers": "987654", "review_on": "2026-12-01", "expires_on": "2026-12-24",
    }  # fmt: skip
    for wrong, told in (
        ({}, "There is no record 987654."),
        ({"numbers": str(ticket_of(organisation)), "review_on": "2027-01-01"}, "reviewed before"),
    ):
        refused = officer("hold_list", **(asked | wrong))
        page = refused.content.decode()
        assert refused.status_code == 422
        assert told in page
        assert "Dobbs against us" in page
    assert (
        officer("hold_list", **(asked | {"numbers": str(ticket_of(organisation))})).status_code
        == 302
    )


def ticket_of(organisation):
    with tenant_scope(organisation.pk):
        return Ticket.objects.get().pk


def test_what_happened_is_told_in_words(organisation, member, sign_in, entered):
    client = sign_in(member(Role.PRIVACY_OFFICER).user)
    page = client.get(
        reverse("privacy:request_detail", args=[organisation.slug, entered.public_id])
    ).content.decode()
    assert "<td>Received</td>" in page.partition('id="history"')[2]


def test_it_is_extended_once_and_only_within_the_first_month(organisation, officer, entered):
    why = {"reason": "There are thousands of conversations."}
    with time_machine.travel(MONDAY + timedelta(days=40), tick=False):
        officer("extend", entered.public_id, **why)
    assert officer("extend", entered.public_id).status_code == 422
    assert only(organisation).extended_to is None
    officer("extend", entered.public_id, **why)
    assert only(organisation).extended_to.date() == date(2027, 2, 1)
    with tenant_scope(organisation.pk):
        [letter] = letters_of(only(organisation))
    assert letter.text.startswith("We need longer to answer, until Feb. 1, 2027 at the latest.")
