"""The people a conversation is known to have."""

from __future__ import annotations

import pytest

from privacy import api

PEOPLE = [
    api.KnownIdentity(
        name="Zoë van der Bergen",
        email="z.bergen@post.example",
        phone="+31 6 12345678",
        address="Kade 4, 1015 CJ Amsterdam",
    ),
    api.KnownIdentity(name="Mark O'Connor"),
    api.KnownIdentity(name="李 小龙"),
    api.KnownIdentity(),
]


def redacted(text: str) -> str:
    return api.redactor(people=PEOPLE).redact(text).text


@pytest.mark.parametrize(
    "written",
    ["Zoë van der Bergen", "zoe", "ZOË BERGEN", "Bergen", "Z. van der Bergen", "Z. Bergen",
     "zoe  bergn", "Berrgen", "Zoe B.", "zoebergen", "Zoë-Bergen", "Bergen, Zoë"],
)  # fmt: skip
def test_a_name_is_found_however_it_is_written(written: str) -> None:
    assert redacted(f"hello {written}, your parcel") == "hello [person 1], your parcel"


def test_one_person_keeps_one_number_in_all_texts() -> None:
    redactor = api.redactor(people=PEOPLE)
    assert redactor.redact("Connor wrote to Zoë").text == "[person 2] wrote to [person 1]"
    assert redactor.redact("Zoë wrote back").text == "[person 1] wrote back"


def test_a_name_that_is_a_word_needs_its_capital_or_company() -> None:
    assert redacted("please mark it") == "please mark it"
    assert redacted("please ask Mark") == "please ask [person 2]"
    assert redacted("please ask mark o'connor") == "please ask [person 2]"


def test_particles_and_other_words_are_nobody() -> None:
    assert redacted("van der Valk, berg, zones and connection") == (
        "van der Valk, berg, zones and connection"
    )


def test_names_in_other_scripts_are_found() -> None:
    assert api.redactor(people=[api.KnownIdentity(name="Ирина Петрова")]).redact(
        "пишет ирина петрова"
    ).text == ("пишет [person 1]")


@pytest.mark.parametrize("written", ["0612345678", "06 1234 5678", "+31 (0)6-12345678"])
def test_a_known_number_is_found_without_its_region(written: str) -> None:
    assert redacted(f"ring {written} soon") == "ring [phone] soon"


def test_known_addresses_are_found() -> None:
    assert redacted("mail Z.Bergen@Post.example") == "mail [e-mail]"
    assert "1015" not in redacted("it is 1015 cj amsterdam here")


def test_a_name_with_signs_of_regular_expressions_is_only_a_name() -> None:
    redactor = api.redactor(people=[api.KnownIdentity(name="A(b [c* Smythe")])
    assert redactor.redact("dear Smythe").text == "dear [person 1]"
