"""Things with a form, and the things that only look like them."""

from __future__ import annotations

import pytest

from privacy import api
from privacy.detection.patterns import luhn


def redacted(text: str, *regions: str) -> str:
    return api.redactor(regions=regions).redact(text).text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mail jan.o'neil+shop@post.example.", "Mail [e-mail]."),
        ("Mail jürgen@bücher.example, bitte", "Mail [e-mail], bitte"),
        ("mail me: jan (at) post.example", "mail me: [e-mail]"),
        ("mailto:jan@post.example?subject=hi", "mailto:[e-mail]?subject=hi"),
        ("IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [bank account] please"),
        ("iban nl91abna0417164300", "iban [bank account]"),
        ("from 192.0.2.17, twice", "from [network address], twice"),
        ("from 2001:db8::8a2e:370:7334.", "from [network address]."),
        ("card 4111 1111 1111 1111!", "card [card]!"),
        ("card 5555-5555-5555-4444", "card [card]"),
        ("BSN 111222333", "BSN [national id]"),
        ("National insurance number AB 12 34 56 C", "National insurance number [national id]"),
        ("sécu 2 84 05 35 158 007 66 merci", "sécu [national id] merci"),
        ("passport number: XY 12 34 56 7", "passport number: [national id]"),
        ("codice RSSMRA85T10A562S", "codice [national id]"),
        ("born on 3 March 1984 in Leeds", "born on [date of birth] in Leeds"),
        ("Geburtsdatum: 03.05.1984", "Geburtsdatum: [date of birth]"),
        ("née le 3 mai 1984", "née le [date of birth]"),
        ("Passauer Strasse 33, 94032 Passau", "[address]"),
        ("to 12 Mill Lane, Leeds LS1 4AP please", "to [address] please"),
        ("au 12 rue de la Paix, 75002 Paris.", "au [address]."),
        ("naar Keizersgracht 12, 1015 CJ Amsterdam", "naar [address]"),
    ],
)
def test_what_has_a_form_is_redacted(text: str, expected: str) -> None:
    assert redacted(text) == expected


@pytest.mark.parametrize(
    ("text", "region"),
    [
        ("call +31 20 794 1234 now", None),
        ("call 020 794 1234 now", "NL"),
        ("call (020) 7946 0018 now", "GB"),
        ("call 0049 30 1234567 now", None),
        ("call 06-12345678 now", "NL"),
        ("call 020 7946 0018 now", "GB"),
    ],
)
def test_telephone_numbers_are_redacted_in_the_regions_given(text: str, region: str | None) -> None:
    regions = (region,) if region else ()
    assert redacted(text, *regions) == "call [phone] now"


@pytest.mark.parametrize(
    "text",
    [
        "It costs 1.299,00 EUR and weighs 12 kg.",
        "Version 5.2.19 of 2026-11-02 at 10:30",
        "DE89 3704 0044 0532 0130 01 has wrong check digits",
        "4111 1111 1111 1112 fails the check",
        "999.1.2.3 is no address of a network",
        "price 12:30:45 and ratio 3:4",
        "111222333 alone is only a number",
        "the meeting on 03.05.2026",
        "@support please look",
        "a @ b and #12345",
        "",
    ],
)
def test_what_only_looks_like_it_stays(text: str) -> None:
    assert redacted(text) == text


@pytest.mark.parametrize(
    ("digits", "valid"),
    [
        ("4111111111111111", True),
        ("79927398713", True),
        ("4111111111111112", False),
        ("0", True),
    ],
)
def test_luhn(digits: str, valid: bool) -> None:
    assert luhn(digits) is valid


def test_an_organisations_own_order_numbers_are_redacted() -> None:
    redactor = api.redactor(order_pattern=r"ORD-\d{4}")
    assert redactor.redact("where is ORD-1234?").text == "where is [order]?"


def test_spans_name_places_and_kinds() -> None:
    [span] = api.find_personal_data("to jan@post.example")
    assert (span.start, span.end, span.kind) == (3, 19, "e-mail")
