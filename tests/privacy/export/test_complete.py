"""A copy holds every declared field about the person, and nothing of anybody else: by markers in
every field of every declared table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest
from django.apps import apps

from kaizo.accounts.models import Organisation, User
from kaizo.core.tenancy import tenant_scope
from privacy.registry import registry
from privacy.rights import words
from privacy.rights.export.people import make_asker
from privacy.rights.export.sealed import SEALED
from privacy.rights.export.sections import parts_of
from privacy.rights.models import RequestStatus
from tests import factories
from tests.privacy.canary import Marker, Planted, found, plant
from tests.privacy.export import copies
from tickets.models import TextScan

pytestmark = pytest.mark.django_db(transaction=True)

# Declared as personal, and still not in the copy of this kind of person. Each line is a decision.
NOT_THEIRS: dict[str, dict[str, str]] = {
    "customer": {
        "scoring.Pin.note": "about the agent, for a talk with them; under the agent's key",
    },
    "account": {
        # The planted request and event are the customer's; the member had a part in them.
        "privacy.AuditEvent.subject_id": "names the customer whom the event is about",
        "privacy.EventSubject.subject_id": "as above",
        "privacy_rights.Balancing.interests": "what weighed against the customer's objection",
        "privacy_rights.Balancing.less": "as above",
        "privacy_rights.Balancing.situation": "as above",
        "privacy_rights.Correction.after": "what the customer had corrected",
        "privacy_rights.Correction.before": "as above",
        "privacy_rights.Refusal.reasons": "why the customer's request was to be refused",
        "privacy_rights.RequestMessage.body": "a letter to the customer",
        "tickets.CorrectedValue.value": "what the customer had corrected",
        "privacy_rights.ExportCheck.record": "which text of the customer's copy was looked at",
        "privacy_rights.ExportTransfer.controller": "whom the customer had a copy handed to",
        "privacy_rights.LegalHold.matter": "about the case, not about who opened the hold",
        "privacy_rights.RecipientNotice.payload": "what a recipient calls the customer",
        "scoring.FollowUp.body": "about scoring, agreed by a session; under no person's key",
        "tickets.Ticket.fields": "the customer's words; the agent had the ticket",
        "tickets.Ticket.title": "as above",
    },
}


@pytest.fixture(autouse=True)
def no_guesses(monkeypatch: pytest.MonkeyPatch) -> None:
    """Markers are no words: what the model would make of them is left to chance."""
    monkeypatch.setattr("privacy.scanning.guess_words", lambda texts: [[] for _ in texts])


def planted_in(organisation: Organisation) -> Planted:
    """A planting whose words can be read as the product reads them."""
    made = plant(organisation)
    with tenant_scope(organisation.pk):
        TextScan.objects.update(findings=b"\x80", version=0)
        _under_their_own_keys(made)
    factories.check_texts(organisation)
    return made


def _under_their_own_keys(made: Planted) -> None:
    """What a request says lies under the request's key, which no planting knows of."""
    texts = {marker.label: marker.text for marker in made.markers}
    for each in SEALED:
        row: Any = made.rows[apps.get_model(each.model)]
        cipher = words.cipher_of(each.request_of(row))
        setattr(row, each.field, cipher.encrypt(texts[each.label], each.aad(row)))
        row.save()


def about(made: Planted, people: Iterable[str]) -> list[Marker]:
    """Markers in the exported fields of every table with a way to one of these people."""
    wanted = {
        f"{declaration.label}.{name}"
        for declaration in registry.declarations()
        if {via.person for via in declaration.subject} & set(people)
        for name, personal in declaration.personal_fields()
        if personal.exported
    }
    return [marker for marker in made.markers if marker.label in wanted]


def missing(markers: Iterable[Marker], data: bytes) -> list[str]:
    return sorted({marker.label for marker in markers if not found([marker], {"copy": data})})


def test_a_customer_s_copy_holds_every_marker_of_theirs_and_none_of_another(
    organisation: Organisation,
) -> None:
    mine, other = planted_in(organisation), planted_in(organisation)

    package = copies.make(organisation, mine.subjects["customer"])
    assert package.request.status == RequestStatus.VERIFIED_DONE, package.problem
    data = copies.opened(organisation, package).text.encode()

    assert missing(about(mine, ["customer"]), data) == sorted(NOT_THEIRS["customer"])
    assert found(other.markers, {"copy": data}) == []


def test_an_account_s_copy_holds_every_marker_of_theirs_and_none_of_another(
    organisation: Organisation,
) -> None:
    mine, other = planted_in(organisation), planted_in(organisation)
    user: Any = mine.rows[User]

    package = copies.make(
        organisation,
        mine.subjects["agent"],
        channel="signed_in",
        account_user_id=user.pk,
        how="signed_in",
    )
    assert package.request.status == RequestStatus.VERIFIED_DONE, package.problem
    data = copies.opened(organisation, package).text.encode()

    lacking = missing(about(mine, ["agent", "user"]), data)
    assert sorted(set(lacking) ^ NOT_THEIRS["account"].keys()) == []
    assert found(other.markers, {"copy": data}) == []
    customers = [m for m in mine.markers if m.label.startswith("tickets.Customer.")]
    assert found(customers, {"copy": data}) == []


def test_every_exported_field_of_every_table_can_be_shown(organisation: Organisation) -> None:
    """Without a row in sight: what is encrypted names its key, or somebody reads it."""
    with tenant_scope(organisation.pk):
        asker = make_asker(organisation.pk, [])
        assert parts_of(asker, provided_only=False)
    unread = [
        f"{declaration.label}.{name}"
        for declaration in registry.declarations()
        for name, personal in declaration.personal_fields()
        if personal.sensitive
        and personal.exported
        and not personal.key
        and f"{declaration.label}.{name}" not in api_readers()
        and any(via.sees_all for via in declaration.subject)
    ]
    assert unread == []


def api_readers() -> set[str]:
    from privacy.rights.hooks import hooks

    return {*hooks.texts, *hooks.words}
