"""Calibration from the invitation to what it says about the people who score."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.utils import timezone

from kaizo.accounts.models import Membership, Notice, Organisation
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from scoring.quality.access import visible_reviews
from scoring.quality.calibration.distances import distances
from scoring.quality.calibration.reminders import remind_participants
from scoring.quality.calibration.selectors import (
    comparison,
    follow_ups_of,
    items_of,
    participants_of,
)
from scoring.quality.calibration.services import (
    Plan,
    add_follow_up,
    close_session,
    create_session,
    finish_follow_up,
    open_discussion,
    start_agreeing,
    start_scoring,
)
from scoring.quality.models import (
    CalibrationItem,
    CalibrationSession,
    QualityDay,
    Review,
    ScorecardVersion,
)
from scoring.quality.reviews.services import rate, reopen_review, submit_review
from scoring.quality.scorecards.selectors import rubric
from tests.scoring.quality.factories import FULL, published_scorecard, stored_ticket
from tickets.models import Agent, Ticket

Make = Callable[[Role], Membership]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


@pytest.fixture
def people(member: Make) -> list[Membership]:
    return [member(Role.REVIEWER), member(Role.REVIEWER)]


@pytest.fixture
def lead(member: Make) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def version(organisation: Organisation) -> ScorecardVersion:
    return published_scorecard(organisation)


@pytest.fixture
def session(
    organisation: Organisation,
    lead: Membership,
    people: list[Membership],
    version: ScorecardVersion,
) -> CalibrationSession:
    return create_session(actor=lead, plan=planned(organisation, version, people))


def planned(
    organisation: Organisation,
    version: ScorecardVersion,
    people: list[Membership],
    **fields: object,
) -> Plan:
    values = {
        "name": "July",
        "version": version,
        "due_on": timezone.localdate(),
        "participants": people,
    }
    if "tickets" not in fields:
        values["tickets"] = [stored_ticket(organisation)]
    return Plan(**(values | fields))  # type: ignore[arg-type]


def answer(review: Review, answers: dict[str, int | None]) -> Review:
    keys = {category.name: category.key for category in rubric(review.version).categories()}
    for name, value in answers.items():
        rate(
            review=review, category_key=keys[name], value=value, is_na=value is None,
            revision=review.revision,
        )  # fmt: skip
    return submit_review(review=review, actor=review.reviewer)


def score(
    session: CalibrationSession, who: Membership, answers: dict[str, int | None] | None = None
) -> Review:
    """A blind score of the session's first conversation."""
    review = start_scoring(actor=who, item=first(session))
    return answer(review, FULL | (answers or {}))


def first(session: CalibrationSession) -> CalibrationItem:
    return CalibrationItem.objects.select_related("session").filter(session=session).first()


def fresh(session: CalibrationSession) -> CalibrationSession:
    return CalibrationSession.objects.get(pk=session.pk)


def test_who_takes_part_is_invited(
    session: CalibrationSession, people: list[Membership], lead: Membership
) -> None:
    told = Notice.objects.filter(kind="calibration_invitation", object_id=session.pk)
    assert set(told.values_list("recipient_id", flat=True)) == {who.pk for who in people}


def test_scores_are_blind_until_all_are_in(
    session: CalibrationSession, people: list[Membership]
) -> None:
    one = score(session, people[0])
    assert fresh(session).state == "scoring"
    assert not visible_reviews(people[1]).filter(pk=one.pk).exists()
    score(session, people[1])
    assert fresh(session).state == "discussing"
    assert visible_reviews(people[1]).filter(pk=one.pk).exists()


def test_a_session_needs_two_people_a_conversation_and_a_day_to_come(
    organisation: Organisation,
    version: ScorecardVersion,
    people: list[Membership],
    lead: Membership,
    member: Make,
) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    wrong: list[tuple[dict[str, object], str]] = [
        ({"participants": people[:1]}, "at least two"),
        ({"participants": [*people, member(Role.AGENT)]}, "may not review"),
        ({"tickets": []}, "conversations"),
        ({"due_on": yesterday}, "over already"),
        ({"name": " "}, "name"),
    ]
    for fields, complaint in wrong:
        with pytest.raises(DomainError, match=complaint):
            create_session(actor=lead, plan=planned(organisation, version, people, **fields))
    assert create_session(actor=lead, plan=planned(organisation, version, people)).pk


def test_nobody_calibrates_their_own_work(
    organisation: Organisation,
    version: ScorecardVersion,
    people: list[Membership],
    lead: Membership,
) -> None:
    ticket = stored_ticket(organisation)
    Agent.objects.update(membership=people[0])
    plan = planned(organisation, version, people, tickets=[Ticket.objects.get(pk=ticket.pk)])
    with pytest.raises(DomainError, match="their own work"):
        create_session(actor=lead, plan=plan)
    Agent.objects.update(membership=None)
    plan = planned(organisation, version, people, tickets=[Ticket.objects.get(pk=ticket.pk)])
    assert create_session(actor=lead, plan=plan).pk


def test_who_was_not_invited_does_not_score(
    session: CalibrationSession, people: list[Membership], member: Make
) -> None:
    with pytest.raises(DomainError, match="not invited"):
        start_scoring(actor=member(Role.REVIEWER), item=first(session))
    draft = start_scoring(actor=people[0], item=first(session))
    assert start_scoring(actor=people[0], item=first(session)).pk == draft.pk


def test_blind_scores_do_not_change_once_they_are_shown(
    session: CalibrationSession, people: list[Membership]
) -> None:
    one = score(session, people[0])
    reopened = reopen_review(review=one, actor=people[0], reason="A slip.")
    answer(reopened, {})
    score(session, people[1])
    with pytest.raises(Conflict, match="moved on"):
        reopen_review(review=one, actor=people[0], reason="I changed my mind.")


def test_opening_early_drops_drafts_and_needs_two_scores(
    session: CalibrationSession,
    organisation: Organisation,
    people: list[Membership],
    lead: Membership,
    member: Make,
    version: ScorecardVersion,
) -> None:
    late = member(Role.REVIEWER)
    three = create_session(actor=lead, plan=planned(organisation, version, [*people, late]))
    score(three, people[0])
    with pytest.raises(DomainError, match="At least two"):
        open_discussion(session=three, actor=lead)
    score(three, people[1])
    draft = start_scoring(actor=late, item=first(three))
    with pytest.raises(DomainError, match="Only who leads"):
        open_discussion(session=three, actor=people[0])
    open_discussion(session=three, actor=lead)
    assert not Review.objects.filter(pk=draft.pk).exists()
    with pytest.raises(Conflict):
        start_scoring(actor=late, item=first(three))


def test_spreads_agreement_and_the_agreed_score_stand_side_by_side(
    session: CalibrationSession, people: list[Membership], lead: Membership
) -> None:
    score(session, people[0])
    score(session, people[1], {"Right answer": 2, "Greeting": None})
    agreed = answer(start_agreeing(actor=lead, item=first(session)), FULL | {"Right answer": 3})
    assert agreed.kind == "agreed"
    names = participants_of(session)
    compared = comparison(fresh(session), items_of(session, lead), names)
    lines = {line.name: line for line in compared.items[0].lines}
    assert lines["Right answer"].spread == 50
    assert lines["Right answer"].is_marked
    assert not lines["Tone"].is_marked
    assert lines["Right answer"].agreed == "4 of 5"
    assert sorted(lines["Greeting"].ratings) == ["Not applicable", "Yes"]
    assert compared.overall.n == 3
    assert compared.overall.kappa_name == "Cohen"
    assert round(compared.overall.percent or 0, 2) == 33.33
    assert compared.items[0].agreed_score == 93.75


def test_no_calibration_score_counts_in_quality(
    session: CalibrationSession, people: list[Membership], lead: Membership
) -> None:
    for who in people:
        score(session, who)
    answer(start_agreeing(actor=lead, item=first(session)), FULL)
    submitted = Review.objects.filter(state="submitted")
    assert submitted.count() == 3
    assert not submitted.filter(kind__in=Review.COUNTED).exists()
    assert not QualityDay.objects.exists()


def test_distances_are_from_the_agreed_score_and_reviewers_see_their_own(
    session: CalibrationSession, people: list[Membership], lead: Membership
) -> None:
    score(session, people[0])
    score(session, people[1], {"Right answer": 2})
    assert distances(lead).people == []
    answer(start_agreeing(actor=lead, item=first(session)), FULL | {"Right answer": 3})
    found = {person.name: person.overall for person in distances(lead).people}
    assert {name: d and (d.n, d.lean, d.gap) for name, d in found.items()} == {
        people[0].user.name: (1, 6.25, 6.25),
        people[1].user.name: (1, -6.25, 6.25),
    }
    assert [person.name for person in distances(people[0]).people] == [people[0].user.name]


def test_follow_ups_are_kept_encrypted_and_can_be_done(
    session: CalibrationSession, people: list[Membership], lead: Membership
) -> None:
    with pytest.raises(Conflict, match="has not begun"):
        add_follow_up(session=session, actor=lead, body="Talk about tone.")
    for who in people:
        score(session, who)
    now = fresh(session)
    row = add_follow_up(session=now, actor=lead, body="Talk about tone.", owner=people[0])
    assert b"tone" not in bytes(row.body)
    assert [(each.body, each.owner) for each in follow_ups_of(now)] == [
        ("Talk about tone.", people[0].user.name)
    ]
    with pytest.raises(DomainError, match="Only who leads"):
        finish_follow_up(follow_up=row, actor=people[1])
    assert finish_follow_up(follow_up=row, actor=people[0]).done_at is not None


def test_a_closed_session_takes_no_more_scores(
    session: CalibrationSession, people: list[Membership], lead: Membership
) -> None:
    for who in people:
        score(session, who)
    start_agreeing(actor=lead, item=first(session))
    close_session(session=session, actor=lead)
    assert not Review.objects.filter(kind="agreed").exists()
    with pytest.raises(Conflict):
        start_agreeing(actor=lead, item=first(session))


def test_who_has_not_scored_is_reminded_once(
    session: CalibrationSession, people: list[Membership]
) -> None:
    score(session, people[0])
    assert [remind_participants(), remind_participants()] == [1, 0]
    told = Notice.objects.filter(kind="due_soon")
    assert [notice.recipient_id for notice in told] == [people[1].pk]
    CalibrationSession.objects.update(due_on=timezone.localdate() + timedelta(days=3))
    told.delete()
    assert remind_participants() == 0
