"""F01: an erasure that says it is complete and has erased nothing."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from uuid import UUID

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights import erasing, executor
from privacy.rights.graph import Edge
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestStatus
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db


class Idle:
    """A store that has something and erases nothing until it `works`."""

    name = "idle"

    def __init__(self) -> None:
        self.works = False
        self.left = 3

    def count(self, _organisation_id: int, _subject_ids: Collection[UUID]) -> int:
        return self.left

    def erase(self, _organisation_id: int, _subject_ids: Collection[UUID], _limit: int) -> int:
        changed, self.left = (self.left, 0) if self.works else (0, self.left)
        return changed


@pytest.fixture
def idle() -> Iterator[Idle]:
    store = Idle()
    hooks.erase_store(store)
    yield store
    del hooks.stores[store.name]


def test_f01_a_store_that_erased_nothing_blocks_the_request_until_it_has(
    organisation: Organisation, idle: Idle
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id

    done = erasures.erase(organisation, [subject_id])

    assert done.request.status == RequestStatus.BLOCKED
    assert erasures.steps(organisation, done)["store idle"] == ("blocked", 3, 0)
    assert done.finished_at is None
    assert done.certificate is None

    idle.works = True
    with tenant_scope(organisation.pk):
        executor.resume(done, actor_user_id=erasures.APPROVER)
    done = erasures.run(organisation, done)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert erasures.steps(organisation, done)["store idle"] == ("done", 3, 3)


def test_f01_a_statement_that_changed_nothing_blocks_the_request(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    erasures.ingest(organisation, *erasures.records(2))
    subject_id = erasures.agent(organisation).subject_id
    plain = Edge.select

    def finds_nothing(edge: Edge, *about: str, **columns: str) -> str:
        return plain(edge, *about, **columns).replace(" AND id <>", " AND false AND id <>")

    monkeypatch.setattr(Edge, "select", finds_nothing)
    done = erasures.erase(organisation, [subject_id])

    assert done.request.status == RequestStatus.BLOCKED
    state, planned, changed = erasures.steps(organisation, done)["unlink tickets.Message"]
    assert (state, planned > 0, changed) == ("blocked", True, 0)


def test_f01_rows_that_a_declaration_forgot_are_found_by_the_check(
    organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The check asks along the declarations, not along the plan: a step that the plan left out is
    noticed."""
    erasures.ingest(organisation, *erasures.records(2))
    subject_id = erasures.agent(organisation).subject_id
    plain = Edge.count

    def sees_no_messages(edge: Edge) -> str:
        return "SELECT 0" if edge.label == "tickets.Message" else plain(edge)

    monkeypatch.setattr(Edge, "count", sees_no_messages)
    monkeypatch.setattr(erasing._Chunks, "_pick", lambda *_about: [])
    done = erasures.erase(organisation, [subject_id])

    assert "unlink tickets.Message" not in erasures.steps(organisation, done)
    assert done.request.status == RequestStatus.BLOCKED
