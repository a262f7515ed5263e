"""Messages with exact spans: how much of them a detector finds.

Numbers and web addresses that are marked as neutral count neither way.
"""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from privacy import api

DATA = Path(__file__).resolve().parents[2] / "shared/data"
MARKED = DATA / "pii-tickets-dev.jsonl.gz"
REGIONS = {"de": ("DE", "AT"), "fr": ("FR",), "nl": ("NL",), "en": ("GB", "US")}
# What an organisation of these messages would have entered on its page.
BRANDS = [
    "Bluebell", "Clara HD", "Fnac", "Harper", "Hermes", "Klarna", "Kobo", "Leroy Merlin", "Libby",
    "Rakuten", "Rialto", "Samsung",
]  # fmt: skip
NEUTRAL = "OPT"
Place = tuple[int, int]


def messages(path: Path = MARKED) -> list[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def redactor(message: dict[str, Any]) -> api.Redactor:
    """One that knows what a helpdesk knows."""
    people = [
        api.KnownIdentity(
            name=f"{person['first']} {person['last']}",
            email=person.get("email"),
            phone=person.get("phone"),
            address=person.get("addr"),
        )
        for person in message["ctx"].values()
    ]
    return api.redactor(people=people, regions=REGIONS[message["lang"]], brands=BRANDS)


@dataclass
class Measured:
    """Spans found of those that are there (half of one must be covered), by kind; characters."""

    there: Counter[str] = field(default_factory=Counter)
    found: Counter[str] = field(default_factory=Counter)
    personal: int = 0
    leaked: int = 0
    clean: int = 0
    false_alarms: int = 0

    @property
    def leak(self) -> float:
        """Share of the personal characters that are not covered by anything."""
        return self.leaked / self.personal

    @property
    def false_alarm_rate(self) -> float:
        """Share of the messages without personal data in which something was found."""
        return self.false_alarms / self.clean

    def recall(self, kind: str) -> float:
        return self.found[kind] / self.there[kind]

    def add(self, message: dict[str, Any], places: Iterable[Place]) -> None:
        places = list(places)
        covered = {at for start, end in places for at in range(start, end)}
        gold = [span for span in message["spans"] if span["type"] != NEUTRAL]
        for span in gold:
            length = span["end"] - span["start"]
            hidden = sum(at in covered for at in range(span["start"], span["end"]))
            self.personal += length
            self.leaked += length - hidden
            for kind in _kinds(message, span):
                self.there[kind] += 1
                self.found[kind] += 2 * hidden >= length
        if not gold:
            neutral = {at for span in message["spans"] for at in range(span["start"], span["end"])}
            self.clean += 1
            self.false_alarms += any(not neutral & set(range(*place)) for place in places)


def _kinds(message: dict[str, Any], span: dict[str, Any]) -> Iterator[str]:
    if span["type"] != "PERSON":
        yield str(span["type"])
        return
    whose = "own person" if span["known"] else "third party"
    yield whose
    yield f"{whose} {message['lang']}"


def places(redacted: api.Redacted) -> list[Place]:
    return [(span.start, span.end) for span in redacted.spans]
