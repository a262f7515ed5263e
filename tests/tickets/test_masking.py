"""Cards are not kept: what a page brings loses their numbers before anything is stored."""

from __future__ import annotations

import msgspec
import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.api import mask_cards
from tests.factories import ticket_record
from tickets.conversations import read_conversation
from tickets.ingest.service import ingest_tickets
from tickets.models import Ticket

CARD = "4111 1111 1111 1111"


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (f"my card {CARD}, cvc: 123, thanks", "my card [card], cvc: [card], thanks"),
        ("Kartenprüfnummer 0042", "Kartenprüfnummer [card]"),
        ("5555555555554444 exp 12/29", "[card] exp 12/29"),
        ("4111 1111 1111 1112 fails the check", "4111 1111 1111 1112 fails the check"),
        ("order 123 of 2026-11-02 10:30", "order 123 of 2026-11-02 10:30"),
    ],
)
def test_numbers_and_security_codes_are_masked_once(text: str, kept: str) -> None:
    assert mask_cards(text) == kept
    assert mask_cards(kept) == kept


@pytest.mark.django_db
@pytest.mark.promise("KU-04-02")
def test_a_card_number_is_nowhere_in_what_is_stored(organisation: Organisation) -> None:
    organisation.kept_fields = ["note", "number"]
    organisation.save(update_fields=["kept_fields"])
    record = ticket_record(
        7, subject=f"Refund to {CARD}", fields={"note": CARD, "number": 4111111111111111}
    )
    first = msgspec.structs.replace(record.messages[0], text=f"It is {CARD}.")
    rating = msgspec.structs.replace(record.csat[0], comment=f"bad, {CARD}")
    record = msgspec.structs.replace(record, messages=(first,), csat=(rating,))
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])

    with tenant_scope(organisation.pk):
        shown = read_conversation(organisation.pk, Ticket.objects.get(), revealed=True)
    stored = repr(shown)
    assert "It is [card]." in stored
    assert "Refund to [card]" in stored
    assert "bad, [card]" in stored
    assert CARD not in stored

    again = ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    assert again.tickets.unchanged == 1
