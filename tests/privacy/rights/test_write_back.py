"""A vault restored from before an order: the main database writes the order back, and the product
starts again."""

from __future__ import annotations

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights import ledger, requests
from privacy.rights.models import RightsRequest
from privacy.rights.objection import services as objection
from privacy.rights.replay import organisations_to_replay, replay
from privacy.rights.restriction import services as restriction
from privacy.vault.models import LedgerEntry
from tests.privacy.rights import erasures, freezes

pytestmark = pytest.mark.django_db


@pytest.fixture
def lost(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Orders reach the main database and not the vault, until `lost.undo()`."""
    monkeypatch.setattr(ledger, "write_entry", lambda **_entry: False)
    return monkeypatch


def entries(organisation: Organisation) -> list[LedgerEntry]:
    return ledger.entries_since(organisation.pk, None)


def test_a_freeze_and_its_end_are_written_back(
    organisation: Organisation, lost: pytest.MonkeyPatch
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    customer = erasures.customer(organisation)
    request = freezes.frozen(organisation, customer)
    freezes.announce(organisation, request)
    with tenant_scope(organisation.pk):
        from kaizo.core import clock

        request.letters.update(told_at=clock.now())
        restriction.lift(request, actor_user_id=1)
    lost.undo()
    assert organisations_to_replay() == [organisation.pk]
    assert replay(since=None).written_back == 2
    assert organisations_to_replay() == []
    assert [entry.action for entry in entries(organisation)] == ["restrict", "lift_restriction"]
    assert {tuple(entry.subject_ids) for entry in entries(organisation)} == {(customer.subject_id,)}


@pytest.mark.parametrize(
    ("kind", "purpose", "action", "scope"),
    [
        ("objection", "coaching", "object", "coaching"),
        ("consent_withdrawal", "", "withdraw", "consented"),
    ],
)
def test_what_was_stopped_is_written_back(
    organisation: Organisation,
    lost: pytest.MonkeyPatch,
    kind: str,
    purpose: str,
    action: str,
    scope: str,
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id
    with tenant_scope(organisation.pk):
        request = requests.receive_request(kind=kind, channel="mail", purpose=purpose)
        requests.verify_request(request, how="staff", subject_ids=[subject_id])
    lost.undo()
    assert replay(since=None).written_back == 1
    assert organisations_to_replay() == []
    assert [(entry.action, entry.scope) for entry in entries(organisation)] == [(action, scope)]


def test_the_end_of_a_stop_is_written_back(
    organisation: Organisation, lost: pytest.MonkeyPatch
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id
    with tenant_scope(organisation.pk):
        request: RightsRequest = requests.receive_request(
            kind="objection", channel="mail", purpose="coaching"
        )
        requests.verify_request(request, how="staff", subject_ids=[subject_id])
        objection.allow_again(request)
    lost.undo()
    replay(since=None)
    assert organisations_to_replay() == []
    assert [entry.scope for entry in entries(organisation)] == ["coaching", "-coaching"]
