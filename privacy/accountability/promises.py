"""The register of promises: what is promised to people, and how far it is kept."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from pathlib import Path
from typing import Final

REGISTER: Final = Path(__file__).parents[1] / "promises.toml"


class Kind(StrEnum):
    ENFORCED = "enforced"
    FEATURE = "feature"
    DEMONSTRATED = "demonstrated"
    ORGANISATIONAL = "organisational"


class Status(StrEnum):
    CLAIMED = "claimed"
    PARTLY = "partly"
    OPEN = "open"


class PromiseError(ValueError):
    """The register cannot be used as it stands."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Promise:
    """`must` is what the product has to do. With `same_as` it is the promise itself, which is kept
    as those rows say."""

    id: str
    kinds: frozenset[Kind]
    must: str
    articles: str
    status: Status
    same_as: tuple[str, ...] = ()

    @property
    def needs_test(self) -> bool:
        """What software can prove, and is said to."""
        return self.status is not Status.OPEN and self.kinds != {Kind.ORGANISATIONAL}


@cache
def promises() -> Mapping[str, Promise]:
    """The register by id. Raises PromiseError for a row that says something unknown, or that
    follows a row that does not exist."""
    with REGISTER.open("rb") as file:
        table = tomllib.load(file)
    rows = {name: _row(name, row) for name, row in table.items()}
    for row in rows.values():
        if missing := [other for other in row.same_as if other not in rows]:
            msg = f"Promise {row.id}: there is no {', '.join(missing)}."
            raise PromiseError(msg)
    return rows


def _row(name: str, row: dict[str, object]) -> Promise:
    try:
        kinds, status = row.pop("kinds"), row.pop("status")
        return Promise(
            id=name,
            kinds=frozenset(map(Kind, kinds)),  # type: ignore[call-overload]  # checked right here
            status=Status(str(status)),
            same_as=tuple(row.pop("same_as", ())),  # type: ignore[arg-type]  # as above
            **row,  # type: ignore[arg-type]  # as above
        )
    except (KeyError, TypeError, ValueError) as error:
        msg = f"Promise {name}: {error}"
        raise PromiseError(msg) from error
