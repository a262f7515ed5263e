"""The policy table: how long each kind of data stays, and which law says so."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from pathlib import Path
from typing import Final, TypeVar

_Row = TypeVar("_Row")

POLICY = Path(__file__).with_name("policy.toml")
PARENT = "parent"
_DURATION = re.compile(r"P(?=.)(\d+Y)?(\d+M)?(\d+D)?(T(?=.)(\d+H)?(\d+M)?)?")


class PolicyError(ValueError):
    """The policy table cannot be used as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionRule:
    """`period`, `floor` and `ceiling` are ISO 8601 durations or "parent"."""

    name: str
    period: str
    floor: str
    ceiling: str
    starts: str
    legal_source: str

    def __post_init__(self) -> None:
        for value in (self.period, self.floor, self.ceiling):
            if value != PARENT and not _DURATION.fullmatch(value):
                msg = f"Retention rule {self.name}: {value!r} is no ISO 8601 duration."
                raise PolicyError(msg)


_UNITS: Final = ("years", "months", "days", "", "hours", "minutes")
_DAYS: Final = {"years": 365, "months": 30, "days": 1}


def parts_of(period: str) -> dict[str, int]:
    """An ISO 8601 duration as numbers by unit ("months": 6), those that are not 0. Raises
    PolicyError for "parent" and what is no duration."""
    match = _DURATION.fullmatch(period)
    if match is None:
        msg = f"{period!r} is no ISO 8601 duration."
        raise PolicyError(msg)
    found = zip(_UNITS, match.groups(), strict=True)
    return {unit: int(part[:-1]) for unit, part in found if unit and part and int(part[:-1])}


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """How much of something is ordinary. `value` lies between floor and ceiling."""

    name: str
    value: int
    floor: int
    ceiling: int
    starts_over: str
    legal_source: str

    def __post_init__(self) -> None:
        if not self.floor <= self.value <= self.ceiling:
            msg = f"Limit {self.name}: {self.value} lies outside its floor and ceiling."
            raise PolicyError(msg)


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """Why processing is allowed, with its article."""

    name: str
    basis: str
    article: str


PORTABLE: Final = frozenset({"consent", "contract"})


def span_of(period: str) -> timedelta:
    """An ISO 8601 duration as time. Years count 365 days and months 30: of two readings, what goes
    earlier. Raises PolicyError for "parent" and what is no duration."""
    parts = parts_of(period)
    whole = sum(parts.get(unit, 0) * days for unit, days in _DAYS.items())
    return timedelta(days=whole, hours=parts.get("hours", 0), minutes=parts.get("minutes", 0))


def kept_for(rule: str) -> timedelta:
    """How long what falls under a rule of the table stays."""
    return span_of(retention_rules()[rule].period)


def may_be_taken_along(rule: str) -> bool:
    """Whether what people handed over under a retention rule rests on consent or contract
    (GDPR Art. 20(1)(a))."""
    return _given().get(rule) in PORTABLE


@cache
def bases() -> Mapping[str, Basis]:
    """The basis of each purpose. Raises PolicyError when the table is malformed."""
    return _rows("purposes", Basis)


@cache
def _given() -> Mapping[str, str]:
    with POLICY.open("rb") as file:
        found: dict[str, str] = tomllib.load(file)["given"]
    return found


@cache
def retention_rules() -> Mapping[str, RetentionRule]:
    """The shipped rules by name. Raises PolicyError when the table is malformed."""
    return _rows("retention", RetentionRule)


@cache
def limits() -> Mapping[str, Limit]:
    """The shipped limits by name. Raises PolicyError when the table is malformed."""
    return _rows("limits", Limit)


def limit_of(name: str) -> int:
    return limits()[name].value


def _rows(section: str, kind: Callable[..., _Row]) -> dict[str, _Row]:
    with POLICY.open("rb") as file:
        table = tomllib.load(file)[section]
    try:
        return {name: kind(name=name, **row) for name, row in sorted(table.items())}
    except TypeError as error:
        msg = f"A row of {section} lacks a column or has one too many: {error}"
        raise PolicyError(msg) from error
