"""To whom people can complain (GDPR Art. 77): the authority of an organisation's country."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_PAGE: Final = Path(__file__).with_name("authorities.toml")
ALL: Final = "https://www.edpb.europa.eu/about-edpb/about-edpb/members_en"


@dataclass(frozen=True, slots=True)
class Authority:
    name: str
    url: str


@cache
def _authorities() -> dict[str, Authority]:
    rows = tomllib.loads(_PAGE.read_text(encoding="utf-8"))
    return {country: Authority(**row) for country, row in rows.items()}


def authority_of(country: str) -> Authority | None:
    """None outside the countries that the list knows: the person may choose their own."""
    return _authorities().get(country.upper())
