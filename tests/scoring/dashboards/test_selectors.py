from __future__ import annotations

from datetime import date, timedelta

import pytest

from kaizo.core.tenancy import tenant_scope
from scoring.dashboards import selectors
from scoring.dashboards.periods import Grain, Period
from scoring.dashboards.queries import Slice
from scoring.metrics.register import NotAViewer, UnknownKpi
from tests.factories import MONDAY, ticket_record
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    Channel,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    MessageRecord,
    Status,
)
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent, Ticket

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
THIS_WEEK = Period.week_of(MONDAY.date())
EVERYTHING = Slice()


def answered(number, start=MONDAY, *, by="a1", team="Berlin", minutes=30, **fields):
    """A ticket that one agent answers after some minutes and solves an hour later."""
    name = f"Agent {by.upper()}"
    solved_at = start + timedelta(minutes=minutes + 60)
    question = MessageRecord(
        id="m1",
        author=AuthorRecord(type=AuthorType.CUSTOMER, id=f"c{number}"),
        sent_at=start,
        public=True,
        text="Where is my parcel?",
    )
    reply = MessageRecord(
        id="m2",
        author=AuthorRecord(type=AuthorType.AGENT, id=by, name=name),
        sent_at=start + timedelta(minutes=minutes),
        public=True,
        text="On its way.",
    )
    solve = EventRecord(
        type=EventType.STATUS, at=solved_at, source="open", target="solved", actor=by
    )
    values = {
        "created_at": start,
        "updated_at": solved_at,
        "solved_at": solved_at,
        "assignee": AgentRecord(id=by, name=name, email=f"{by}@support.example", team=team),
        "messages": (question, reply),
        "events": (solve,),
        "csat": (),
    }
    return ticket_record(number, **(values | fields))


@pytest.fixture
def ingest(organisation, scope):
    def run(*records):
        ingest_tickets(organisation_id=organisation.pk, source="file", records=list(records))

    return run


def dashboard(period=THIS_WEEK, part=EVERYTHING, **options):
    return selectors.lead_dashboard(period=period, part=part, role="team_lead", **options)


def tile(board, code):
    return next(tile for tile in board.tiles if tile.kpi.code == code)


def agent_id(external):
    names = {f"Agent {external.upper()}"}
    board = dashboard()
    return next(row.agent_id for row in board.agents if row.name in names)


def test_an_empty_organisation_has_an_empty_dashboard(scope):
    board = dashboard()
    assert board.agents == ()
    assert tile(board, "tickets_solved").now.value == 0
    assert tile(board, "first_reply_time").now.value is None
    assert len(tile(board, "backlog").trend) == 7


def test_a_tile_compares_the_period_with_the_one_before(ingest):
    ingest(
        *[answered(n, MONDAY - WEEK, minutes=20) for n in range(2)],
        *[answered(n, MONDAY + DAY, minutes=40) for n in range(2, 5)],
    )
    solved = tile(dashboard(), "tickets_solved")
    assert (solved.now.value, solved.before.value, solved.change) == (3, 2, 0.5)
    assert solved.is_improvement
    reply = tile(dashboard(), "first_reply_time")
    assert (reply.now.value, reply.before.value, reply.now.n) == (2400, 1200, 3)
    assert reply.is_improvement is False
    assert [point.n for point in reply.trend] == [0, 3, 0, 0, 0, 0, 0]


def test_one_kpi_can_be_asked_for_alone(ingest):
    ingest(*[answered(n, MONDAY + n * DAY) for n in range(3)])
    alone = selectors.kpi_steps(
        code="tickets_solved", period=THIS_WEEK, part=EVERYTHING, role="team_lead"
    )
    assert alone == tile(dashboard(), "tickets_solved")
    assert [point.value for point in alone.trend] == [1, 1, 1, 0, 0, 0, 0]


def test_a_long_trend_can_be_read_in_weeks_and_months(ingest):
    unsolved = {"status": Status.OPEN, "solved_at": None, "events": ()}
    ingest(answered(1, MONDAY - WEEK), *[answered(n, MONDAY + n * DAY) for n in (2, 3)])
    ingest(answered(9, MONDAY - WEEK, **unsolved))
    period = Period(MONDAY.date() - 10 * DAY, MONDAY.date() + 9 * DAY)
    weekly = dashboard(period, grain=Grain.WEEK)
    assert [(p.day.day, p.days, p.value) for p in tile(weekly, "tickets_solved").trend] == [
        (23, 3, 0),
        (26, 7, 1),
        (2, 7, 2),
        (9, 3, 0),
    ]
    assert [p.value for p in tile(weekly, "backlog").trend] == [0, 1, 1, 1]
    monthly = dashboard(period, grain=Grain.MONTH)
    assert [(p.days, p.value) for p in tile(monthly, "tickets_solved").trend] == [(9, 1), (11, 2)]


def test_a_share_changes_by_points(ingest):
    def rated(number, start, score):
        rating = CsatRecord(score=score, scale=CsatScale.ONE_TO_FIVE, at=start + timedelta(hours=3))
        return answered(number, start, csat=(rating,))

    ingest(
        *[rated(n, MONDAY - WEEK, 5 if n else 1) for n in range(2)],
        *[rated(n, MONDAY, 5) for n in range(2, 4)],
    )
    csat = tile(dashboard(), "csat")
    assert (csat.now.value, csat.before.value, csat.change) == (100, 50, 50)


def test_the_backlog_carries_over_from_before_the_period(ingest):
    unsolved = {"status": Status.OPEN, "solved_at": None, "events": ()}
    ingest(
        answered(1, MONDAY - 10 * WEEK, **unsolved),
        answered(2, MONDAY - WEEK, **unsolved),
        answered(3, MONDAY + DAY, **unsolved),
        answered(4, MONDAY),
    )
    backlog = tile(dashboard(), "backlog")
    assert (backlog.now.value, backlog.before.value) == (3, 2)
    assert [point.value for point in backlog.trend] == [2, 3, 3, 3, 3, 3, 3]


def test_a_team_shows_its_own_figures_and_no_backlog(ingest):
    ingest(answered(1), answered(2, by="b2", team="Munich"), answered(3, by="b2", team="Munich"))
    munich = next(key for key, name in dashboard().teams.items() if name == "Munich")
    board = dashboard(part=Slice(team_id=munich))
    assert tile(board, "tickets_solved").now.value == 2
    assert [row.name for row in board.agents] == ["Agent B2"]
    assert "backlog" not in {tile.kpi.code for tile in board.tiles}


def test_a_channel_shows_its_own_figures(ingest):
    ingest(answered(1), answered(2, channel=Channel.CHAT))
    chat = dashboard(part=Slice(channel="chat"))
    assert tile(chat, "tickets_solved").now.value == 1
    assert tile(chat, "backlog").now.value == 0


def test_a_small_sample_of_one_person_is_withheld(ingest):
    ingest(*[answered(n) for n in range(4)], *[answered(n, by="b2") for n in range(4, 9)])
    few, enough = (row.figures["first_reply_time"] for row in dashboard().agents)
    assert (few.value, few.n, few.is_enough) == (None, 4, False)
    assert (enough.value, enough.n, enough.is_enough) == (1800, 5, True)


def test_agents_stand_by_name_unless_asked_otherwise(ingest):
    ingest(
        answered(1, by="c3"),
        *[answered(n, by="a1") for n in (2, 3)],
        *[answered(n, by="b2") for n in (4, 5, 6)],
    )

    def names(**options):
        return [row.name[-2:] for row in dashboard(**options).agents]

    assert names() == ["A1", "B2", "C3"]
    assert names(sort="tickets_solved") == ["C3", "A1", "B2"]
    assert names(sort="-tickets_solved") == ["B2", "A1", "C3"]
    assert names(sort="-first_reply_time") == ["A1", "B2", "C3"]  # nobody has enough data
    with pytest.raises(UnknownKpi):
        names(sort="keystrokes")


def test_the_dashboard_asks_the_database_few_questions(ingest, django_assert_max_num_queries):
    ingest(*[answered(n, by=f"a{n}") for n in range(3)])
    with django_assert_max_num_queries(4):
        dashboard()
    ingest(*[answered(n, by=f"a{n}") for n in range(3, 23)])
    with django_assert_max_num_queries(4):
        dashboard()


def test_nobody_sees_a_dashboard_who_is_no_viewer(ingest):
    board = selectors.lead_dashboard(period=THIS_WEEK, part=EVERYTHING, role="auditor")
    assert board.tiles == board.kpis == ()


def test_another_organisations_tickets_are_not_counted(organisation, other_organisation):
    with tenant_scope(other_organisation.pk):
        ingest_tickets(organisation_id=other_organisation.pk, source="file", records=[answered(1)])
    with tenant_scope(organisation.pk):
        assert tile(dashboard(), "tickets_solved").now.value == 0
        assert histogram("tickets_solved") == {}


def week_of(agent, *, today=THIS_WEEK.last, week=THIS_WEEK):
    return selectors.my_week(agent_ids=[agent], week=week, today=today, role="agent")


def own(week, code):
    return next(figure for figure in week.figures if figure.kpi.code == code)


def test_my_week_stands_against_my_own_last_four_weeks(ingest):
    ingest(
        *[answered(n, MONDAY) for n in range(6)],
        *[answered(n, MONDAY - WEEK, minutes=10) for n in range(10, 14)],
        *[answered(n, MONDAY - 2 * WEEK, minutes=10) for n in range(20, 22)],
        *[answered(n, MONDAY, by="b2") for n in range(30, 40)],
    )
    week = week_of(agent_id("a1"))
    solved = own(week, "tickets_solved")
    assert (solved.now.value, solved.usual.value, week.weeks_compared) == (6, 3, 2)
    assert [point.value for point in solved.weeks] == [None, None, 2, 4]
    reply = own(week, "first_reply_time")
    assert (reply.now.value, reply.usual.value, reply.usual.n) == (1800, 600, 6)


def test_a_week_that_is_not_over_is_compared_with_the_same_weekdays(ingest):
    ingest(
        answered(1, MONDAY),
        answered(2, MONDAY - WEEK),
        *[answered(n, MONDAY - WEEK + 3 * DAY) for n in range(3, 9)],
    )
    week = week_of(agent_id("a1"), today=(MONDAY + DAY).date())
    assert own(week, "tickets_solved").usual.value == 1
    assert week.through == (MONDAY + DAY).date()


def test_a_first_week_has_nothing_to_stand_against(ingest):
    ingest(answered(1))
    week = week_of(agent_id("a1"))
    assert own(week, "tickets_solved").usual.value is None
    assert week.weeks_compared == 0


def test_my_week_shows_nothing_about_the_organisation(ingest):
    ingest(answered(1))
    codes = {figure.kpi.code for figure in week_of(agent_id("a1")).figures}
    assert not codes & {"backlog", "tickets_opened"}


def test_my_week_takes_one_query(ingest, django_assert_num_queries):
    ingest(answered(1))
    agent = Agent.objects.get().pk
    with django_assert_num_queries(1):
        week_of(agent)


def histogram(code, day=THIS_WEEK.first, part=EVERYTHING, role="team_lead"):
    found = selectors.day_histogram(code=code, day=day, part=part, role=role)
    return {(band.lower, band.upper): band.tickets for band in found.bands if band.tickets}


def test_a_day_spreads_over_the_values_of_its_tickets(ingest):
    ingest(answered(1, minutes=2), answered(2, minutes=30), answered(3, minutes=50))
    assert histogram("first_reply_time") == {(None, 300): 1, (900, 3600): 2}
    assert histogram("one_touch") == {(50, None): 3}
    assert histogram("public_replies") == {(None, 2): 3}
    assert histogram("first_reply_time", day=(MONDAY + DAY).date()) == {}


def test_a_histogram_follows_the_slice(ingest):
    ingest(
        answered(1),
        answered(2, by="b2", team="Munich"),
        answered(3, by="b2", team="Munich", channel=Channel.CHAT),
    )
    munich = next(key for key, name in dashboard().teams.items() if name == "Munich")
    b2 = agent_id("b2")
    for part, expected in [
        (EVERYTHING, 3),
        (Slice(team_id=munich), 2),
        (Slice(channel="chat"), 1),
        (Slice(agent_ids=(b2,)), 2),
        (Slice(agent_ids=(b2,), channel="email"), 1),
    ]:
        assert sum(histogram("tickets_solved", part=part).values()) == expected


def test_a_bar_leads_to_its_tickets_page_by_page(ingest):
    ingest(*[answered(n, minutes=30) for n in range(5)], answered(9, minutes=2))
    asked = {"code": "first_reply_time", "day": MONDAY.date(), "part": EVERYTHING, "band": 2}
    found, after = [], 0
    while page := selectors.tickets_in_band(**asked, role="team_lead", after=after, limit=2):
        found += page
        after = page[-1].ticket_id
    assert {ticket.value for ticket in found} == {1800}
    external = Ticket.objects.filter(pk__in=[ticket.ticket_id for ticket in found])
    assert sorted(external.values_list("external_id", flat=True)) == [f"t{n}" for n in range(5)]


def test_the_way_down_is_for_viewers_only(scope):
    with pytest.raises(NotAViewer):
        histogram("backlog", role="agent")
    with pytest.raises(UnknownKpi):
        histogram("keystrokes")


@pytest.mark.parametrize("last", [date(2026, 11, 1), date(2036, 1, 1)])
def test_an_impossible_period_is_refused(last):
    with pytest.raises(ValueError, match="period"):
        Period(date(2026, 11, 2), last)


def test_a_period_and_the_one_before_touch():
    period = Period.of_last_days(28, today=date(2026, 11, 22))
    assert (period.length, period.previous.length) == (28, 28)
    assert period.previous.last + DAY == period.first == date(2026, 10, 26)


@pytest.mark.parametrize(
    ("days", "grain", "steps"),
    [(31, "day", 31), (32, "week", 5), (91, "week", 13), (366, "month", 13)],
)
def test_longer_periods_are_read_in_longer_steps(days, grain, steps):
    period = Period.of_last_days(days, today=date(2026, 11, 22))
    found = period.steps(period.grain)
    assert (period.grain, len(found)) == (grain, steps)
    assert sum(step.length for step in found) == days
