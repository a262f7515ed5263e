"""The pages of calibration: from choosing conversations to what everybody gave."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.calibration.services import start_agreeing, start_scoring
from scoring.quality.models import (
    CalibrationItem,
    CalibrationSession,
    QualitySettings,
    Review,
    ScorecardVersion,
)
from tests import factories
from tests.scoring.quality.calibration.test_services import answer
from tests.scoring.quality.factories import (
    FULL,
    published_scorecard,
    stored_ticket,
    submitted_review,
)
from tickets.contracts import Status
from tickets.models import Ticket
from tickets.services import ingest_tickets

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]
MaxQueries = Callable[[int], AbstractContextManager[Any]]

pytestmark = pytest.mark.django_db


@pytest.fixture
def version(organisation: Organisation) -> ScorecardVersion:
    return published_scorecard(organisation)


@pytest.fixture
def people(member: Make) -> list[Membership]:
    return [member(Role.REVIEWER), member(Role.REVIEWER)]


@pytest.fixture
def lead(member: Make) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def ticket(organisation: Organisation) -> Ticket:
    return stored_ticket(organisation)


def url(organisation: Organisation, name: str, **arguments: int) -> str:
    return reverse(f"quality:{name}", kwargs={"organisation": organisation.slug, **arguments})


def form(version: ScorecardVersion, people: list[Membership], **fields: object) -> dict[str, Any]:
    values: dict[str, Any] = {
        "name": "July",
        "version": version.pk,
        "due_on": factories.today(version.organisation),
        "spread_limit": 25,
        "participants": [who.pk for who in people],
        "numbers": "",
    }
    return values | fields


@pytest.fixture
def session(
    organisation: Organisation,
    lead: Membership,
    people: list[Membership],
    version: ScorecardVersion,
    ticket: Ticket,
    sign_in: SignIn,
) -> CalibrationSession:
    """Started on the page."""
    sent = sign_in(lead.user).post(
        url(organisation, "calibration_new"), form(version, people, ticket=[ticket.pk])
    )
    assert sent.status_code == 302
    with tenant_scope(organisation.pk):
        found: CalibrationSession = CalibrationSession.objects.get()
        return found


def score(session: CalibrationSession, who: Membership, **answers: int) -> Review:
    with tenant_scope(session.organisation_id):
        items = CalibrationItem.objects.select_related("session", "ticket", "reviewee")
        review = start_scoring(actor=who, item=items.get(session=session))
        return answer(review, FULL | {key.replace("_", " "): n for key, n in answers.items()})


def test_conversations_are_chosen_from_tickets_and_from_reviews(
    organisation: Organisation, lead: Membership, ticket: Ticket, sign_in: SignIn
) -> None:
    review = submitted_review(organisation)
    client = sign_in(lead.user)
    page = client.get(url(organisation, "calibration_pick")).content.decode()
    assert f'value="{ticket.pk}"' in page
    page = client.get(url(organisation, "calibration_pick") + "?from=reviews").content.decode()
    assert f'value="{review.ticket_id}"' in page
    assert f'value="{ticket.pk}"' not in page


def test_a_number_that_is_typed_must_be_a_ticket_of_one_s_own(
    organisation: Organisation,
    lead: Membership,
    people: list[Membership],
    version: ScorecardVersion,
    ticket: Ticket,
    sign_in: SignIn,
) -> None:
    client = sign_in(lead.user)
    new = url(organisation, "calibration_new")
    refused = client.post(new, form(version, people, numbers="no-such-ticket"))
    assert refused.status_code == 422
    assert "Not found: no-such-ticket" in refused.content.decode()
    assert client.post(new, form(version, people)).status_code == 422
    taken = client.post(new, form(version, people, numbers=ticket.external_id))
    assert taken.status_code == 302


def test_two_people_calibrate_a_conversation(
    organisation: Organisation,
    session: CalibrationSession,
    people: list[Membership],
    lead: Membership,
    sign_in: SignIn,
) -> None:
    there = url(organisation, "calibration", session_id=session.pk)
    with tenant_scope(organisation.pk):
        item = CalibrationItem.objects.get()
    client = sign_in(people[0].user)
    started = client.post(
        url(organisation, "calibration_score", session_id=session.pk, item_id=item.pk)
    )
    assert started.headers["Location"].endswith("/edit/")
    score(session, people[0])
    page = sign_in(people[1].user).get(there).content.decode()
    assert "Scored blind" in page
    assert "5 of 5" not in page
    score(session, people[1], Right_answer=2)
    page = sign_in(people[1].user).get(there).content.decode()
    assert "5 of 5" in page
    assert "Differs" in page
    client = sign_in(lead.user)
    follow = url(organisation, "follow_up_new", session_id=session.pk)
    assert client.post(follow, {"body": ""}).status_code == 422
    client.post(follow, {"body": "Talk about the right answer."})
    client.post(url(organisation, "calibration_close", session_id=session.pk))
    page = client.get(there).content.decode()
    assert "Talk about the right answer." in page
    assert "Closed" in page


def test_only_who_takes_part_or_leads_finds_a_session(
    organisation: Organisation,
    session: CalibrationSession,
    people: list[Membership],
    member: Make,
    sign_in: SignIn,
) -> None:
    there = url(organisation, "calibration", session_id=session.pk)
    assert sign_in(member(Role.REVIEWER).user).get(there).status_code == 404
    assert sign_in(member(Role.TEAM_LEAD).user).get(there).status_code == 404
    assert sign_in(people[0].user).get(there).status_code == 200


@pytest.mark.django_db(transaction=True)
def test_after_the_conversation_s_erasure_scores_stay(
    organisation: Organisation,
    session: CalibrationSession,
    people: list[Membership],
    lead: Membership,
    ticket: Ticket,
    sign_in: SignIn,
) -> None:
    for who in people:
        score(session, who, Right_answer=3)
    gone = factories.ticket_record(
        id=ticket.external_id,
        status=Status.DELETED,
        updated_at=factories.MONDAY + timedelta(days=1),
    )
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[gone])
    there = url(organisation, "calibration", session_id=session.pk)
    page = sign_in(lead.user).get(there).content.decode()
    assert "permanently erased" in page
    assert "93.8" in page


def test_distances_show_once_a_score_was_agreed(
    organisation: Organisation, session: CalibrationSession, lead: Membership, sign_in: SignIn
) -> None:
    page = sign_in(lead.user).get(url(organisation, "calibration_distances")).content.decode()
    assert "Nothing to compare yet" in page


@pytest.mark.parametrize(("minimum", "shown"), [(2, "+3.1 3.1 2"), (3, "Not enough data – 2")])
def test_distances_of_few_conversations_are_withheld(
    organisation: Organisation,
    people: list[Membership],
    lead: Membership,
    version: ScorecardVersion,
    sign_in: SignIn,
    minimum: int,
    shown: str,
) -> None:
    """Agreed: 93.75 and 100; the first person gave 100 twice."""
    client = sign_in(lead.user)
    tickets = [stored_ticket(organisation).pk for _number in range(2)]
    client.post(url(organisation, "calibration_new"), form(version, people, ticket=tickets))
    with tenant_scope(organisation.pk):
        QualitySettings.objects.update_or_create(
            organisation=organisation, defaults={"minimum_reviews": minimum}
        )
        items = CalibrationItem.objects.select_related("session", "ticket", "reviewee")
        for item in items:
            for who in people:
                answer(start_scoring(actor=who, item=item), FULL)
        for item, right in zip(items.all(), (3, 4), strict=True):
            answer(start_agreeing(actor=lead, item=item), FULL | {"Right answer": right})
    page = client.get(url(organisation, "calibration_distances")).content.decode()
    cells = " ".join(re.sub(r"<[^>]+>", " ", page).split())
    assert cells.count(shown) == len(people)
    assert cells.count("n = 2") == len(people)


def test_a_session_asks_few_questions_however_much_it_compares(
    organisation: Organisation,
    people: list[Membership],
    lead: Membership,
    version: ScorecardVersion,
    sign_in: SignIn,
    django_assert_max_num_queries: MaxQueries,
) -> None:
    tickets = [stored_ticket(organisation).pk for _number in range(3)]
    client = sign_in(lead.user)
    client.post(url(organisation, "calibration_new"), form(version, people, ticket=tickets))
    with tenant_scope(organisation.pk):
        session = CalibrationSession.objects.get()
        for item in CalibrationItem.objects.select_related("session", "ticket", "reviewee"):
            for who in people:
                answer(start_scoring(actor=who, item=item), FULL)
    there = url(organisation, "calibration", session_id=session.pk)
    client.get(there)
    with django_assert_max_num_queries(26):
        page = client.get(there).content.decode()
    assert page.count("Spread") == 3
    with django_assert_max_num_queries(11):
        client.get(url(organisation, "calibration_list"))
