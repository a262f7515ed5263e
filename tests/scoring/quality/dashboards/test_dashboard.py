"""What the quality pages say, to whom, and how sure they are of it."""

from __future__ import annotations

import csv
import io
import re
from datetime import date, timedelta
from html import unescape
from urllib.parse import urlencode

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaizo.accounts.models import Team, TeamLead
from kaizo.accounts.services import appoint_lead
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality import changes
from scoring.quality.assignments import running
from scoring.quality.dashboards.rollups import recompute
from scoring.quality.models import (
    Dispute,
    QualityAgentCategoryDay,
    QualityAgentDay,
    QualityCategoryDay,
    QualityDay,
    RatingCause,
    Review,
    RootCause,
)
from scoring.quality.reviews.checking import spot_check
from scoring.quality.reviews.services import rate, submit_review
from scoring.quality.scorecards.selectors import rubric
from tests import factories
from tests.factories import MONDAY
from tests.scoring.quality.assignments.world import (
    assign,
    conversation,
    fill,
    running_assignment,
)
from tests.scoring.quality.factories import (
    FULL,
    published_scorecard,
    stored_ticket,
    submitted_review,
)
from tickets.contracts import AgentRecord
from tickets.models import Agent

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
SPAN = {"first": "2026-11-02", "last": "2026-11-08"}
HALF = {"Greeting": 1, "Tone": 1, "Right answer": 2}  # 10 + 10 + 5 of 40 points: 62.5 percent
FAILED = {"Greeting": 1, "Tone": 2, "Right answer": 0}  # auto-fail: 0 percent


@pytest.fixture(autouse=True)
def _the_week_of_the_reviews():
    with time_machine.travel(MONDAY + 3 * DAY, tick=False):
        yield


@pytest.fixture
def version(organisation):
    return published_scorecard(organisation)


@pytest.fixture
def reviewer(organisation):
    return factories.membership(organisation, Role.REVIEWER)


@pytest.fixture
def give(organisation, version, reviewer):
    """Submit reviews of Ada's work with these answers each."""

    def make(*answers, sample=Review.Sample.RANDOM):
        return [
            submitted_review(
                organisation, answers=each, version=version, reviewer=reviewer, sample=sample
            )
            for each in answers
        ]

    return make


@pytest.fixture
def open_page(organisation, member, sign_in):
    def get(role, path="quality/", *, who=None, **query):
        client = sign_in((who or member(role)).user)
        return client.get(f"/o/{organisation.slug}/{path}?{urlencode(SPAN | query)}")

    return get


def text(response):
    bare = unescape(re.sub(r"<[^>]+>", " ", response.content.decode()))
    return " ".join(bare.replace("\N{NO-BREAK SPACE}", " ").split())


def table(response):
    return list(csv.reader(io.StringIO(response.content.decode("utf-8-sig"))))


def test_the_score_comes_with_its_interval_and_sample(give, open_page):
    """Mean of 100, 100, 100, 62.5, 0 is 72.5; s = 43.66, t(4) = 2.776: 18 to 100."""
    give(FULL, FULL, FULL, HALF, FAILED)
    shown = text(open_page(Role.OWNER))
    assert "72.5%" in shown
    assert "18–100% (95%), n = 5" in shown


def test_below_the_minimum_nothing_is_claimed_on_page_and_file(give, open_page):
    give(FULL, FULL, FULL, FULL)
    assert "Not enough data" in text(open_page(Role.OWNER))
    [_head, row] = table(open_page(Role.OWNER, "quality/tables/agent.csv"))
    assert row[1:3] == ["Not enough data", "–"]
    assert row[-1] == "4"


def test_random_and_targeted_reviews_are_never_averaged_together(give, open_page):
    give(*[FULL] * 5)
    give(*[FAILED] * 5, sample=Review.Sample.TARGETED)
    for sample, score in (("random", "100%"), ("targeted", "0%")):
        [_head, row] = table(open_page(Role.OWNER, "quality/tables/agent.csv", sample=sample))
        assert row[1] == score
        assert row[-1] == "5"


def test_a_category_is_shown_with_and_without_auto_fail(give, open_page):
    give(FULL, FULL, FULL, FULL, FAILED)
    rows = table(open_page(Role.OWNER, "quality/tables/categories.csv"))
    greeting = next(row for row in rows if row[0].endswith("Greeting"))
    assert (greeting[1], greeting[3]) == ("100%", "80%")


def test_a_suspended_review_is_left_out_until_it_is_decided(organisation, give, open_page):
    reviews = give(*[FULL] * 5, FAILED)
    with tenant_scope(organisation.pk):
        Review.objects.filter(pk=reviews[-1].pk).update(is_suspended=True)
        changes.changed([reviews[-1].pk])
    [_head, row] = table(open_page(Role.OWNER, "quality/tables/agent.csv"))
    assert row[-1] == "5"


def test_adding_up_again_changes_nothing(organisation, give):
    give(FULL, HALF, FAILED)

    def cells():
        return [
            sorted(model.objects.values_list(*columns))
            for model, columns in (
                (QualityDay, ("day", "channel", "reviews", "passes", "total", "squares")),
                (QualityAgentDay, ("day", "agent", "reviews", "total")),
                (QualityCategoryDay, ("day", "category_key", "ratings", "low", "total")),
                (QualityAgentCategoryDay, ("day", "agent", "category_key", "ratings", "total")),
            )
        ]

    with tenant_scope(organisation.pk):
        before = cells()
        assert before[0] == [
            (date(2026, 11, 5), "email", 3, 1, 162.5, 13906.25),
        ]
        recompute(organisation_id=organisation.pk)
        assert cells() == before


def test_a_lead_sees_teams_as_of_the_day(organisation, member, give, open_page):
    """Whoever led the team only later does not see what was reviewed before."""
    lead = member(Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        team = Team.objects.create(organisation=organisation, name="Berlin")
        TeamLead.objects.create(
            organisation=organisation, team=team, membership=lead, valid_from=date(2026, 11, 1)
        )
    reviews = give(*[FULL] * 5)
    with tenant_scope(organisation.pk):
        Review.objects.filter(pk__in=[review.pk for review in reviews]).update(team=team)
        changes.changed([reviews[0].pk])
    [_head, row] = table(open_page(Role.TEAM_LEAD, "quality/tables/agent.csv", who=lead))
    assert row[-1] == "5"
    with tenant_scope(organisation.pk):
        TeamLead.objects.update(valid_from=date(2026, 11, 6))
    assert table(open_page(Role.TEAM_LEAD, "quality/tables/agent.csv", who=lead))[1:] == []


def test_assignments_are_those_that_the_reader_may_see(organisation, member, give, open_page):
    """A lead of no team sees none; whoever manages them is led to each."""
    give(FULL)
    owner = member(Role.OWNER)
    assignment = running_assignment(organisation, owner)
    there = f"/o/{organisation.slug}/assignments/{assignment.pk}/"
    assert there in open_page(Role.OWNER, who=owner).content.decode()
    assert there not in open_page(Role.TEAM_LEAD).content.decode()
    assert assignment.name not in text(open_page(Role.TEAM_LEAD))


def test_a_lead_reads_of_an_assignment_what_its_page_shows_them(organisation, member, open_page):
    """Two agents of two teams have a pick each; the lead leads one of the teams."""
    today = clock.now().date()
    at = clock.now() - timedelta(days=3)
    fill(organisation, [conversation(n, n, at=at) for n in (1, 2)])
    running.start_cycle(assignment=assign(organisation, starts_on=today, goal=1))
    lead = member(Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        berlin = Team.objects.get(name="Berlin")
    appoint_lead(team=berlin, member=lead, valid_from=date.min, actor=None)
    for role, reader, done in ((Role.TEAM_LEAD, lead, "0 of 1"), (Role.OWNER, None, "0 of 2")):
        who = reader or member(role)
        [_head, row] = table(open_page(role, "quality/tables/assignments.csv", who=who))
        assert row[1] == done


def test_an_agent_sees_their_own_and_nobody_elses(organisation, member, give, open_page):
    ada, other = member(Role.AGENT), member(Role.AGENT)
    give(*[FULL] * 5)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=ada)
    assert "n = 5" in text(open_page(Role.AGENT, "quality/mine/", who=ada))
    assert "n = 0" in text(open_page(Role.AGENT, "quality/mine/", who=other))
    assert open_page(Role.AGENT, "quality/", who=ada).status_code == 403


def test_own_categories_equal_the_dashboards(organisation, member, give, open_page):
    ada = member(Role.AGENT)
    give(FULL, HALF, HALF, FAILED, FULL)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=ada)
    mine = table(open_page(Role.AGENT, "quality/mine/tables/categories.csv", who=ada))
    assert mine == table(open_page(Role.OWNER, "quality/tables/categories.csv"))


def test_a_file_holds_what_the_page_shows_and_no_formula(organisation, reviewer, give, open_page):
    reviewer.user.name = "=HYPERLINK(1)"
    reviewer.user.save(update_fields=["name"])
    give(*[FULL] * 5)
    shown = text(open_page(Role.OWNER))
    codes = re.findall(r"quality/tables/(\w+)\.csv", open_page(Role.OWNER).content.decode())
    assert len(codes) > 4
    for code in codes:
        for row in table(open_page(Role.OWNER, f"quality/tables/{code}.csv")):
            for cell in row:
                assert not cell.startswith("=")
                assert " ".join(cell.lstrip("'").split()) in shown
    assert open_page(Role.OWNER, "quality/tables/none.csv").status_code == 404


def spot_checked(organisation, review, answers):
    checker = factories.membership(organisation, Role.REVIEWER)
    with tenant_scope(organisation.pk):
        check = spot_check(actor=checker, review=review)
        for category in rubric(review.version).categories():
            if category.name in answers:
                rate(
                    review=check, category_key=category.key, value=answers[category.name],
                    revision=check.revision,
                )  # fmt: skip
        submit_review(review=check, actor=checker)


def test_a_reviewer_is_lenient_by_what_spot_checks_found_and_known_by_lost_disputes(
    organisation, give, open_page
):
    """First less second score: 0, 0, 37.5, 37.5, 100; t(4) = 2.776, s = 40.888: 35 +- 50.77."""
    reviews = give(*[FULL] * 5)
    for review, second in zip(reviews, (FULL, FULL, HALF, HALF, FAILED), strict=True):
        [_head, row] = table(open_page(Role.OWNER, "quality/tables/checks.csv"))
        assert row[1:3] == ["Not enough data", "–"]
        spot_checked(organisation, review, second)
    with tenant_scope(organisation.pk):
        for review, state in zip(reviews, ["accepted", "partly", *["rejected"] * 3], strict=True):
            Dispute.objects.create(
                organisation=organisation, review=review, about="review", due_at=clock.now(),
                reason=b"x", state=state, decided_at=clock.now(), decision=b"x",
            )  # fmt: skip
    [_head, row] = table(open_page(Role.OWNER, "quality/tables/checks.csv"))
    assert [cell.lstrip("'") for cell in row[1:]] == [
        "+35.0 points", "−15.8 points to +85.8 points", "5", "40%", "12–77%", "5",
    ]  # fmt: skip


PANEL = re.compile(r'<section class="panel" id="(\w+)"(.*?)</section>', re.DOTALL)
CELL = re.compile(r'<td class="num"><a href="([^"]*)">([^<]*)</a></td>')
TABLES = {"weeks", "agent", "team", "channel", "reviewers", "categories", "causes", "disputes"}


def led_to(page, client):
    """By table, what each of its cells says and how many reviews the list holds it leads to."""
    found = {}
    for code, panel in PANEL.findall(page.content.decode()):
        for url, shown in CELL.findall(panel):
            listed = client.get(unescape(url))
            assert listed.status_code == 200, url
            rows = listed.content.decode().count('<th scope="row">')
            found.setdefault(code, []).append((int(shown), rows, url))
    return found


def name_cause(organisation, review, name="Missing"):
    with tenant_scope(organisation.pk):
        rating = review.ratings.get(category__name="Right answer")
        RatingCause.objects.create(
            organisation=organisation,
            rating=rating,
            cause=RootCause.objects.get(category=rating.category, name=name),
        )
        changes.changed([review.pk])


def dispute(organisation, review, state):
    with tenant_scope(organisation.pk):
        decided = {} if state == "open" else {"decided_at": clock.now(), "decision": b"x"}
        Dispute.objects.create(
            organisation=organisation, review=review, about="review", due_at=clock.now(),
            reason=b"x", state=state, **decided,
        )  # fmt: skip


@pytest.fixture
def mixed(organisation, give):
    """Reviews of every sort, also such as no figure counts: suspended, targeted, of another day, of
    another scorecard whose categories have the same names."""
    reviews = give(*[FULL] * 5, HALF, FAILED, FAILED)
    give(FULL, FULL, sample=Review.Sample.TARGETED)
    with time_machine.travel(MONDAY + 9 * DAY, tick=False):
        give(FAILED)
    with tenant_scope(organisation.pk):
        Review.objects.filter(pk=reviews[0].pk).update(is_suspended=True)
        changes.changed([reviews[0].pk])
    name_cause(organisation, reviews[-1])
    name_cause(organisation, reviews[-2])
    name_cause(organisation, reviews[-1], "No order number")
    for review, state in ((reviews[0], "open"), (reviews[1], "rejected"), (reviews[1], "accepted")):
        dispute(organisation, review, state)
    with tenant_scope(organisation.pk):
        submitted_review(
            organisation, answers=FAILED, sample=Review.Sample.RANDOM,
            version=published_scorecard(organisation, name="Calls"), reviewer=reviews[0].reviewer,
        )  # fmt: skip
    return reviews


def test_every_number_leads_to_the_reviews_it_counts(organisation, mixed, open_page, sign_in):
    """As many as it says, and none of another sample, day, agent, scorecard or state."""
    reader = sign_in(factories.membership(organisation, Role.OWNER).user)
    found = led_to(open_page(Role.OWNER), reader)
    assert set(found) == TABLES
    for code, cells in found.items():
        for shown, rows, url in cells:
            assert shown == rows, (code, url)
    assert sorted(shown for shown, _rows, _url in found["causes"]) == [1, 2]
    assert [shown for shown, _rows, _url in found["disputes"]] == [2]
    assert {shown for shown, _rows, _url in found["agent"]} == {3, 8}  # auto-fails, reviews


def test_the_numbers_of_a_lead_lead_to_their_teams_reviews_only(
    organisation, mixed, member, open_page, sign_in
):
    """Also when the lead gave reviews elsewhere themselves."""
    lead = member(Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        team = Team.objects.create(organisation=organisation, name="Led")
        TeamLead.objects.create(
            organisation=organisation, team=team, membership=lead, valid_from=date(2026, 11, 1)
        )
        Review.objects.filter(pk__in=[review.pk for review in mixed[:6]]).update(team=team)
        Review.objects.filter(pk=mixed[7].pk).update(reviewer=lead, team=None)
        changes.changed([mixed[0].pk])
    found = led_to(open_page(Role.TEAM_LEAD, who=lead), sign_in(lead.user))
    assert all(shown == rows for cells in found.values() for shown, rows, _url in cells), found
    assert max(shown for shown, _rows, _url in found["weeks"]) == 5


def test_ones_own_numbers_lead_to_reviews_of_ones_own_work_only(
    organisation, mixed, member, open_page, sign_in
):
    """An agent also gives reviews to peers: these are not counted and not listed."""
    ada = member(Role.AGENT)
    bo = AgentRecord(id="b1", name="Bo", email="bo@support.example")
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=ada)
    theirs = stored_ticket(organisation, assignee=bo)
    with tenant_scope(organisation.pk):
        submitted_review(
            organisation, ticket=theirs, reviewee=theirs.assignee, version=mixed[0].version,
            reviewer=ada, sample=Review.Sample.RANDOM, kind=Review.Kind.PEER,
        )  # fmt: skip
    found = led_to(open_page(Role.AGENT, "quality/mine/", who=ada), sign_in(ada.user))
    assert set(found) == {"weeks", "categories"}
    assert all(shown == rows for cells in found.values() for shown, rows, _url in cells), found
    assert max(shown for shown, _rows, _url in found["weeks"]) == 8


def test_a_scorecard_is_named_where_there_is_more_than_one(organisation, mixed, open_page):
    rows = table(open_page(Role.OWNER, "quality/tables/categories.csv"))
    assert rows[0][1] == "Scorecard"
    greetings = [row[1] for row in rows if row[0].endswith("Greeting")]
    assert len(set(greetings)) == 2
    assert "Calls" in greetings
    assert "Calls" in text(open_page(Role.OWNER))
    one = {"scorecard": mixed[0].version.scorecard_id}
    alone = table(open_page(Role.OWNER, "quality/tables/categories.csv", **one))
    assert "Scorecard" not in alone[0]
    assert len(alone) == 4


def test_more_reviews_take_no_more_queries(give, open_page):
    give(FULL, HALF)
    with CaptureQueriesContext(connection) as few:
        open_page(Role.OWNER)
    give(FULL, HALF, FAILED, FULL)
    with CaptureQueriesContext(connection) as more:
        open_page(Role.OWNER)
    assert len(more) <= len(few)
    assert len(more) <= 46
