"""A helpdesk that hands out only the end of a long conversation, and one that merges tickets."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from scoring.metrics.models import AgentDay
from tests.factories import MONDAY, ticket_record
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    EventRecord,
    EventType,
    MessageRecord,
    TicketRecord,
)
from tickets.conversations import read_conversation
from tickets.ingest.page import IngestReport
from tickets.ingest.service import ingest_tickets
from tickets.models import Agent, Ticket, TicketEvent

pytestmark = pytest.mark.django_db

AGENT = AuthorRecord(type=AuthorType.AGENT, id="a1", name="Ada Agent")
CUSTOMER = AuthorRecord(type=AuthorType.CUSTOMER, id="c1")
FRIEND = AuthorRecord(type=AuthorType.CUSTOMER, id="c77", name="Finn Friend")
BOT = AuthorRecord(type=AuthorType.BOT, id="b1")


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def says(number: int, author: AuthorRecord, hours: float) -> MessageRecord:
    return MessageRecord(
        id=f"m{number}", author=author, sent_at=at(hours), public=True, text=f"Text {number}"
    )


def assigns(hours: float, source: str | None, target: str) -> EventRecord:
    return EventRecord(
        type=EventType.ASSIGNMENT, at=at(hours), source=source, target=target, actor="a1"
    )


EARLY = (says(1, CUSTOMER, 0), says(2, BOT, 0.5), says(3, AGENT, 1), says(4, FRIEND, 2))
LATE = (says(5, AGENT, 3), says(6, CUSTOMER, 4), says(7, AGENT, 5))


def whole(messages: tuple[MessageRecord, ...] = EARLY, **fields: object) -> TicketRecord:
    values = {"messages": messages, "events": (assigns(1, None, "a1"),), "updated_at": at(2)}
    return ticket_record(1, **(values | {"solved_at": None, "status": "open"} | fields))


def cut(since: float = 3, **fields: object) -> TicketRecord:
    """What the source gives later: its end only."""
    values = {
        "messages": LATE,
        "events": (assigns(4, None, "a2"),),
        "updated_at": at(5),
        "complete_since": at(since),
    }
    return whole(**(values | fields))


def ingest(organisation: Organisation, *records: TicketRecord) -> IngestReport:
    return ingest_tickets(organisation_id=organisation.pk, source="file", records=records)


def texts(organisation: Organisation) -> list[str | None]:
    with tenant_scope(organisation.pk):
        shown = read_conversation(organisation.pk, Ticket.objects.get(), revealed=True)
        return [turn.text for turn in shown.turns]


def stored(organisation: Organisation) -> Ticket:
    with tenant_scope(organisation.pk):
        ticket: Ticket = Ticket.objects.get()
        return ticket


def figures(organisation: Organisation, name: str) -> int:
    with tenant_scope(organisation.pk):
        return sum(AgentDay.objects.filter(channel="email").values_list(name, flat=True))


def test_what_is_here_stays_when_the_source_cuts_it_off(organisation: Organisation) -> None:
    ingest(organisation, whole())
    report = ingest(organisation, cut())
    assert texts(organisation) == [f"Text {number}" for number in range(1, 8)]
    assert (report.messages.created, report.messages.erased) == (3, 0)
    assert stored(organisation).complete_since == at(3)
    assert stored(organisation).message_count == 7


def test_a_cut_within_what_is_known_leaves_the_conversation_whole(
    organisation: Organisation,
) -> None:
    ingest(organisation, whole(EARLY + LATE[:1], updated_at=at(3.5)))
    ingest(organisation, cut())
    assert stored(organisation).complete_since is None
    assert len(texts(organisation)) == 7


def test_history_and_authors_are_kept_and_the_next_change_goes_on_from_them(
    organisation: Organisation,
) -> None:
    ingest(organisation, whole())
    with tenant_scope(organisation.pk):
        before = list(Ticket.objects.get().messages.order_by("pk").values_list(*_WHO))
    ingest(organisation, cut())
    with tenant_scope(organisation.pk):
        after = list(Ticket.objects.get().messages.order_by("pk").values_list(*_WHO))
        first, second = TicketEvent.objects.order_by("position")
        assert after[: len(before)] == before
        assert (first.from_agent_id, first.to_agent_id) == (None, second.from_agent_id)
        assert second.to_agent_id not in {None, second.from_agent_id}
        assert Agent.objects.count() == 2


_WHO = ("pk", "author_type", "agent_id", "other_customer_id", "sent_at")


def test_a_message_deleted_behind_the_cut_is_erased(organisation: Organisation) -> None:
    ingest(organisation, whole(EARLY + LATE, updated_at=at(5)))
    ingest(organisation, cut(messages=LATE[:1] + LATE[2:], updated_at=at(6)))
    assert texts(organisation) == [f"Text {number}" for number in (1, 2, 3, 4, 5, 7)]


def test_the_same_cut_again_changes_nothing(organisation: Organisation) -> None:
    ingest(organisation, whole())
    ingest(organisation, cut())
    report = ingest(organisation, cut())
    assert report.tickets.unchanged == 1
    assert len(texts(organisation)) == 7


def test_another_requester_takes_the_kept_messages_over(organisation: Organisation) -> None:
    ingest(organisation, whole())
    other = ticket_record(2).requester
    ingest(organisation, cut(requester=other))
    assert texts(organisation) == [f"Text {number}" for number in range(1, 8)]


def test_a_conversation_first_seen_cut_is_stored_and_its_beginning_not_timed(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    ingest(organisation, cut(messages=(EARLY[0], *LATE)))
    ingest(other_organisation, whole((EARLY[0], *LATE), updated_at=at(5)))
    assert texts(organisation) == ["Text 1", "Text 5", "Text 6", "Text 7"]
    assert figures(other_organisation, "first_replies") == 1
    assert figures(organisation, "first_replies") == 0
    # Both know that the customer's later message was answered.
    assert figures(organisation, "next_replies") == 1
    assert figures(organisation, "public_replies") == 2


def test_a_merged_ticket_leaves_every_figure_and_stays_to_be_read(
    organisation: Organisation,
) -> None:
    ingest(organisation, ticket_record(1))
    names = ("solved", "opened", "csat_good", "first_replies")
    assert [figures(organisation, name) for name in names] == [1, 1, 1, 1]
    record = ticket_record(1)
    later = record.updated_at + timedelta(minutes=1)
    ingest(organisation, msgspec.structs.replace(record, is_merged=True, updated_at=later))
    assert [figures(organisation, name) for name in names] == [0, 0, 0, 0]
    assert stored(organisation).is_merged
    assert len(texts(organisation)) == 2
