"""F22: redaction that misses names. `detection/test_measured.py` measures it on a whole set."""

from __future__ import annotations

import pytest

from privacy import api

# A text in each language: first the names the helpdesk knows, then others'.
TEXTS = {
    "en": (
        "Hi Quentin, my neighbour Harriet Blackwood took the parcel and I spoke to Nigel Ashworth"
        " about it. Kind regards, Rosalind Fairweather",
        ["Rosalind Fairweather", "Quentin Marsh"],
        ["Harriet", "Blackwood", "Nigel", "Ashworth"],
    ),
    "nl": (
        "Beste Wouter, mijn buurvrouw Marjolein Hoekstra heeft het pakket, ik heb Joris Dijkgraaf"
        " gesproken. Met vriendelijke groet, Liesbeth Vermeulen",
        ["Liesbeth Vermeulen", "Wouter Postma"],
        ["Marjolein", "Hoekstra", "Joris", "Dijkgraaf"],
    ),
    "de": (
        "Hallo Torsten, meine Nachbarin Annegret Lindemann hat das Paket, ich habe mit Bernd"
        " Hagedorn gesprochen. Viele Grüße, Friederike Baumgart",
        ["Friederike Baumgart", "Torsten Reinhold"],
        ["Annegret", "Lindemann", "Bernd", "Hagedorn"],
    ),
    "fr": (
        "Bonjour Thibault, ma voisine Mireille Castagnier a reçu le colis, j'ai parlé avec Gaspard"
        " Montferrand. Cordialement, Solange Delacourt",
        ["Solange Delacourt", "Thibault Lemercier"],
        ["Mireille", "Castagnier", "Gaspard", "Montferrand"],
    ),
}


@pytest.mark.parametrize("language", TEXTS)
def test_f22_names_are_redacted_known_people_by_dictionary_first(language: str) -> None:
    text, known, others = TEXTS[language]
    people = [api.KnownIdentity(name=name) for name in known]
    rules = api.redactor(people=people).redact(text.lower()).text
    for name in known:
        assert not [part for part in name.lower().split() if part in rules.split()]
    assert "[person 1]" in rules

    [words] = api.guess_words([text])
    shown = api.redactor(people=people).redact(text, words).text
    assert [name for name in others if name in shown] == []
    assert "[person 1]" in shown
