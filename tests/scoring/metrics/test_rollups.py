"""Facts and rollups, through the ingest that feeds them."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.db.models import Sum
from django.test.utils import CaptureQueriesContext

from kaizo.accounts.models import Holiday, OpeningHours, Organisation
from kaizo.core.tenancy import tenant_scope
from scoring.metrics import services
from scoring.metrics.arithmetic import SUMS
from scoring.metrics.calendars import calendar_of
from scoring.metrics.models import AgentDay, TeamDay, TicketActs
from tests.factories import MONDAY, ticket_record
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    Channel,
    EventRecord,
    EventType,
    MessageRecord,
    Status,
)
from tickets.ingest.service import ingest_tickets
from tickets.ingest.teams import place_in_team, team_named
from tickets.models import Agent, Ticket

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
WEEK = timedelta(weeks=1)
TUESDAY = MONDAY + DAY


@pytest.fixture
def ingest(organisation):
    def run(*records, into=organisation):
        with tenant_scope(into.pk):
            ingest_tickets(organisation_id=into.pk, source="file", records=list(records))

    return run


def updated(record, later=DAY, **fields):
    """The next snapshot of a ticket."""
    values = {name: getattr(record, name) for name in record.__struct_fields__}
    return type(record)(**{**values, "updated_at": record.updated_at + later, **fields})


def reopened(record, at):
    reopening = EventRecord(
        type=EventType.STATUS, at=at, source="solved", target="open", actor="system"
    )
    return updated(record, status=Status.OPEN, solved_at=None, events=(*record.events, reopening))


def cells(model):
    names = [field.attname for field in model._meta.concrete_fields if field.name != "id"]
    return sorted(model.objects.values_list(*names), key=repr)


def assert_rollups_are_exact(organisation):
    """What pages kept up to date is what a rebuild from the facts gives."""
    kept = cells(AgentDay), cells(TeamDay)
    services.recompute(organisation_id=organisation.pk)
    assert kept == (cells(AgentDay), cells(TeamDay))


def total(model, name, **where):
    return model.objects.filter(**{"channel": "", **where}).aggregate(n=Sum(name))["n"] or 0


def test_a_ticket_is_counted_for_its_agent_team_and_channel(organisation, ingest, scope):
    ingest(ticket_record(1))
    row = AgentDay.objects.get(channel="email", agent__isnull=False)
    assert (row.day, row.team.name) == (MONDAY.date(), "Berlin")
    assert (row.public_replies, row.solved, row.one_touch, row.csat_good) == (1, 1, 1, 1)
    assert (row.first_replies, row.first_reply_seconds) == (1, 30 * 60)
    berlin = TeamDay.objects.get(channel="email", team__name="Berlin")
    assert [getattr(berlin, name) for name in SUMS] == [getattr(row, name) for name in SUMS]
    nobody = TeamDay.objects.get(channel="", team=None)
    assert (nobody.opened, nobody.backlog_change, nobody.solved) == (1, 0, 0)
    assert_rollups_are_exact(organisation)


def test_channels_add_up_to_all_channels(organisation, ingest, scope):
    ingest(ticket_record(1), ticket_record(2, channel=Channel.CHAT), ticket_record(3))
    split = TeamDay.objects.exclude(channel="").aggregate(n=Sum("solved"))["n"]
    assert split == total(TeamDay, "solved") == 3


def test_the_same_page_again_writes_nothing(organisation, ingest, scope):
    def versions():
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT xmin::text, ctid::text FROM scoring_agentday"
                " UNION ALL SELECT xmin::text, ctid::text FROM scoring_teamday"
                " UNION ALL SELECT xmin::text, ctid::text FROM scoring_ticketacts"
            )
            return sorted(cursor.fetchall())

    records = [ticket_record(number) for number in range(5)]
    ingest(*records)
    before = versions()
    ingest(*records)
    assert versions() == before


def test_counting_a_ticket_twice_counts_it_once(organisation, ingest, scope):
    ingest(ticket_record(1))
    ingest(updated(ticket_record(1), subject="The same acts under another title"))
    assert total(AgentDay, "solved") == total(TeamDay, "solved") == 1
    assert_rollups_are_exact(organisation)


def test_late_data_moves_figures_to_the_day_and_agent_they_belong_to(organisation, ingest, scope):
    record = ticket_record(1)
    ingest(record, ticket_record(2))
    again = EventRecord(
        type=EventType.STATUS, at=TUESDAY + DAY, source="open", target="solved", actor="b2"
    )
    first = reopened(record, TUESDAY)
    ingest(updated(first, status=Status.SOLVED, events=(*first.events, again)))
    assert total(TeamDay, "solved", day=MONDAY.date()) == 1
    assert total(TeamDay, "solved", day=(TUESDAY + DAY).date()) == 1
    assert total(TeamDay, "reopens", day=TUESDAY.date()) == 1
    assert AgentDay.objects.filter(solved=1, day=(TUESDAY + DAY).date()).count() == 2
    assert_rollups_are_exact(organisation)


def test_a_cell_that_lost_its_last_act_is_gone(organisation, ingest, scope):
    record = ticket_record(1)
    ingest(record)
    ingest(updated(record, status=Status.DELETED))
    assert not TicketActs.objects.exists()
    assert not AgentDay.objects.exists()
    assert not TeamDay.objects.exists()


def test_a_deleted_ticket_leaves_the_others_figures_alone(organisation, ingest, scope):
    ingest(ticket_record(1), ticket_record(2))
    ingest(updated(ticket_record(1), status=Status.DELETED))
    assert total(TeamDay, "solved") == 1
    assert_rollups_are_exact(organisation)


def test_forgetting_a_ticket_twice_is_harmless(organisation, ingest, scope):
    ingest(ticket_record(1), ticket_record(2))
    doomed = [Ticket.objects.get(external_id="t1").pk]
    facts = TicketActs.objects.filter(ticket__in=doomed).count()
    with CaptureQueriesContext(connection) as queries:
        first, second = (
            services.forget(organisation_id=organisation.pk, ticket_ids=doomed) for _ in range(2)
        )
    assert (first, second) == (facts, 0)
    assert len(queries) == 2  # no day became empty
    assert total(AgentDay, "solved") == total(TeamDay, "solved") == 1
    assert_rollups_are_exact(organisation)


def test_a_ticket_cannot_go_without_its_facts(organisation, ingest, scope):
    ingest(ticket_record(1))
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    with pytest.raises(IntegrityError, match="scoring_ticketacts"), transaction.atomic():
        Ticket.objects.all()._raw_delete("default")


def test_an_agents_move_leaves_the_past_with_the_old_team(organisation, ingest, scope):
    ingest(ticket_record(1))
    munich = AgentRecord(id="a1", name="Ada Agent", email="ada@support.example", team="Munich")
    ingest(ticket_record(2, created_at=MONDAY + 3 * DAY, assignee=munich))
    solved = dict(TeamDay.objects.filter(channel="", solved__gt=0).values_list("team__name", "day"))
    assert solved == {"Berlin": MONDAY.date(), "Munich": (MONDAY + 3 * DAY).date()}
    assert_rollups_are_exact(organisation)


def test_a_late_team_move_takes_the_days_since_with_it(organisation, ingest, scope):
    ingest(*[ticket_record(n, created_at=MONDAY + n * DAY) for n in range(4)])
    ada = Agent.objects.get()
    since = (MONDAY + 2 * DAY).date()
    place_in_team(agent_id=ada.pk, team=team_named("Munich"), since=since)
    services.move_agents(organisation_id=organisation.pk, agent_ids=[ada.pk], since=since)
    for team in ("Berlin", "Munich"):
        assert total(TeamDay, "solved", team__name=team) == 2
    assert total(AgentDay, "solved", agent=ada) == 4
    assert_rollups_are_exact(organisation)


def test_an_agent_who_leaves_the_figures_leaves_the_totals_alone(organisation, ingest, scope):
    ingest(ticket_record(1), ticket_record(2))
    ada = Agent.objects.get()
    for _ in range(2):
        services.forget_agents(organisation_id=organisation.pk, agent_ids=[ada.pk])
    assert total(TeamDay, "solved") == total(TeamDay, "solved", team__name="Berlin") == 2
    assert not AgentDay.objects.exclude(agent=None).exists()
    ingest(updated(ticket_record(1), status=Status.DELETED))
    assert total(TeamDay, "solved") == total(TeamDay, "solved", team__name="Berlin") == 1
    assert_rollups_are_exact(organisation)


def test_days_are_the_organisations_own(ingest, db):
    far = Organisation.objects.create(name="Far", slug="far", time_zone="Pacific/Auckland")
    with tenant_scope(far.pk):
        ingest(ticket_record(1, created_at=MONDAY + timedelta(hours=2)), into=far)
        assert set(TeamDay.objects.values_list("day", flat=True)) == {date(2026, 11, 3)}


def test_business_time_follows_opening_hours_and_holidays(organisation, ingest, scope):
    for weekday in range(5):
        OpeningHours.objects.create(
            organisation=organisation, weekday=weekday, opens=9 * 60, closes=17 * 60
        )
    Holiday.objects.create(organisation=organisation, day=TUESDAY.date(), name="Harbour day")
    answer = MessageRecord(
        id="m2",
        author=AuthorRecord(type=AuthorType.AGENT, id="a1"),
        sent_at=MONDAY + 2 * DAY,
        public=True,
        text="Here it is.",
    )
    question = ticket_record(1).messages[0]
    ingest(ticket_record(1, status=Status.OPEN, events=(), messages=(question, answer)))
    row = TeamDay.objects.get(channel="", first_replies=1)
    assert row.first_reply_seconds == 48 * 3600
    assert row.first_reply_business_seconds == 8 * 3600


def test_opening_hours_that_overlap_or_touch_are_one(organisation, scope):
    for opens, closes in [
        (9 * 60, 12 * 60),
        (12 * 60, 15 * 60),
        (14 * 60, 17 * 60),
        (18 * 60, 1440),
    ]:
        OpeningHours.objects.create(
            organisation=organisation, weekday=0, opens=opens, closes=closes
        )
    week = calendar_of(organisation.pk).week
    assert week[0] == ((9 * 60, 17 * 60), (18 * 60, 1440))
    assert week[1] == ()


def test_without_opening_hours_an_organisation_never_closes(organisation, scope):
    calendar = calendar_of(organisation.pk)
    assert calendar.business_seconds(MONDAY, MONDAY + WEEK) == 7 * 86_400


def test_a_page_does_not_touch_the_figures_of_another_organisation(
    organisation, other_organisation, ingest
):
    ingest(ticket_record(1))
    ingest(ticket_record(1), ticket_record(2), into=other_organisation)
    with tenant_scope(organisation.pk):
        assert total(TeamDay, "solved") == 1
    with tenant_scope(other_organisation.pk):
        assert total(TeamDay, "solved") == 2


def test_any_order_of_snapshots_ends_in_the_same_figures(organisation, other_organisation, ingest):
    first = ticket_record(1)
    second = reopened(first, TUESDAY)
    others = [ticket_record(n, created_at=MONDAY + n * DAY) for n in (2, 3)]
    found = []
    pages = {organisation: [first, second, *others], other_organisation: [*others, second, first]}
    for into, records in pages.items():
        for record in records:
            ingest(record, into=into)
        with tenant_scope(into.pk):
            found.append(
                sorted(TeamDay.objects.values_list("channel", "day", "team__name", *SUMS), key=repr)
            )
    assert found[0] == found[1]
