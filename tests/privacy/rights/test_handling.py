"""Requests that come by post, and what staff do with them besides a plan."""

from __future__ import annotations

from datetime import date, timedelta
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.urls import reverse

from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import RequestStatus, RightsRequest, Verification
from tests.factories import MONDAY
from tests.privacy.rights import erasures

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
    address = "c1@post.example"
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


def test_what_happened_is_told_in_words(organisation, member, sign_in, entered):
    client = sign_in(member(Role.PRIVACY_OFFICER).user)
    page = client.get(
        reverse("privacy:request_detail", args=[organisation.slug, entered.public_id])
    ).content.decode()
    assert "<td>Received</td>" in page.partition('id="history"')[2]


def test_it_is_extended_once_and_only_within_the_first_month(organisation, officer, entered):
    with time_machine.travel(MONDAY + timedelta(days=40), tick=False):
        officer("extend", entered.public_id)
    assert only(organisation).extended_to is None
    officer("extend", entered.public_id)
    assert only(organisation).extended_to.date() == date(2027, 2, 1)
