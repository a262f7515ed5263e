"""The ticket list: filters, search over redacted words, pages by key."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import timedelta

import msgspec
import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests.factories import check_texts, ticket_record
from tickets.contracts import Channel, Status, TicketRecord
from tickets.ingest.service import ingest_tickets
from tickets.models import TicketSearch
from tickets.tasks import look_after_search

pytestmark = pytest.mark.django_db

Query = Callable[..., str]


@pytest.fixture
def reviewer(organisation: Organisation, member: Callable[[Role], Membership]) -> Membership:
    return member(Role.REVIEWER)


@pytest.fixture
def listing(
    organisation: Organisation, reviewer: Membership, sign_in: Callable[[User], Client]
) -> Query:
    client = sign_in(reviewer.user)
    address = reverse("tickets:ticket_list", kwargs={"organisation": organisation.slug})

    def page(*, expect: int = 200, **query: object) -> str:
        answer = client.get(address, query)
        assert answer.status_code == expect
        return answer.content.decode()

    return page


def ingest(organisation: Organisation, *records: TicketRecord) -> None:
    ingest_tickets(organisation_id=organisation.pk, source="file", records=records)
    check_texts(organisation)


def test_an_empty_list_says_what_to_do(listing: Query) -> None:
    assert "No tickets yet" in listing()
    assert "No ticket matches" in listing(q="anything")


def test_filters_narrow_the_list(organisation: Organisation, listing: Query) -> None:
    ingest(
        organisation,
        ticket_record(101),
        ticket_record(102, channel=Channel.CHAT, tags=("refund",), csat=()),
        ticket_record(103, status=Status.OPEN, solved_at=None, events=()),
    )
    for query, found in (
        ({"channel": "chat"}, {"t102"}),
        ({"status": "open"}, {"t103"}),
        ({"tag": "refund"}, {"t102"}),
        ({"csat": "good"}, {"t101", "t103"}),
        ({"csat": "none"}, {"t102"}),
        ({"q": "t101"}, {"t101"}),
        ({"since": "2030-01-01"}, set()),
    ):
        page = listing(**query)
        assert {t for t in ("t101", "t102", "t103") if t in page} == found, query


def test_a_bad_filter_is_named_and_ignored(organisation: Organisation, listing: Query) -> None:
    ingest(organisation, ticket_record(1))
    page = listing(expect=422, since="2026-02-01", until="2026-01-01")
    assert "before the first one" in page
    assert "t1" in page


def test_search_finds_words_but_never_what_redaction_hides(
    organisation: Organisation, listing: Query
) -> None:
    start = clock.now() - timedelta(days=2)
    record = ticket_record(7, created_at=start, updated_at=start)
    text = "My zebra parcel never came, says carla7@post.example"
    first = msgspec.structs.replace(record.messages[0], text=text)
    ingest(organisation, msgspec.structs.replace(record, messages=(first,)))

    assert "t7" in listing(q="zebra")
    assert "t7" not in listing(q="zebra giraffe").split('id="results"')[1]
    assert "No ticket matches" in listing(q="carla7")


def test_pages_go_by_key_and_come_back(organisation: Organisation, listing: Query) -> None:
    start = clock.now() - timedelta(days=9)
    records = [ticket_record(n, created_at=start + timedelta(minutes=n)) for n in range(1000, 1120)]
    ingest(organisation, *records)

    def ids(page: str) -> list[str]:
        return [part.split("<")[0] for part in page.split('<div class="quiet fw-normal">')[1:]]

    def link(page: str, rel: str) -> str:
        before = page.split(f'rel="{rel}"', maxsplit=1)[0]
        return before.rsplit("page=", 1)[1].split('"')[0].replace("%3A", ":").replace("%2C", ",")

    first = listing()
    second = listing(page=link(first, "next"))
    third = listing(page=link(second, "next"))
    assert [len(ids(page)) for page in (first, second, third)] == [50, 50, 20]
    assert ids(first)[0] == "t1119"
    assert ids(third)[-1] == "t1000"
    assert ids(listing(page=link(third, "prev"))) == ids(second)
    assert 'rel="prev"' not in listing(page=link(second, "prev"))
    assert ids(listing(page="nonsense")) == ids(first)


def test_a_long_page_needs_no_more_queries_than_a_short_one(
    organisation: Organisation,
    listing: Query,
    django_assert_max_num_queries: Callable[[int], object],
) -> None:
    ingest(organisation, *[ticket_record(n) for n in range(30)])
    listing()
    # Sixteen, and two that say who saw whose tickets.
    with django_assert_max_num_queries(18):  # type: ignore[attr-defined]
        listing()


def test_htmx_gets_the_results_alone(
    organisation: Organisation, reviewer: Membership, sign_in: Callable[[User], Client]
) -> None:
    address = reverse("tickets:ticket_list", kwargs={"organisation": organisation.slug})
    answer = sign_in(reviewer.user).get(address, headers={"HX-Request": "true"})
    assert b"<html" not in answer.content
    assert b'id="results"' in answer.content
    assert "HX-Request" in answer["Vary"]


def test_search_comes_back_after_a_crash_and_forgets_the_old(
    organisation: Organisation,
    listing: Query,
    django_capture_on_commit_callbacks: Callable[..., AbstractContextManager[object]],
) -> None:
    start = clock.now() - timedelta(days=2)
    record = ticket_record(7, created_at=start, updated_at=start)
    ingest(organisation, record, ticket_record(8, updated_at=clock.now() - timedelta(days=200)))
    with tenant_scope(organisation.pk):
        TicketSearch.objects.filter(ticket__external_id="t7").delete()

    with django_capture_on_commit_callbacks(execute=True):
        look_after_search.delay()

    assert "t7" in listing(q="parcel")
    with tenant_scope(organisation.pk):
        assert TicketSearch.objects.get().ticket.external_id == "t7"
