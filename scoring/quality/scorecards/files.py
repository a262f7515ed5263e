"""A scorecard as a JSON document: the export, the import, the templates, and what the API takes.

Keys and ids stay inside, so a document can be read into any organisation, and writing what was read
gives the same document. Teams go by name. Format 1 is described in docs/use/scorecard-files.md.
"""

from __future__ import annotations

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from django.utils.translation import gettext as _
from msgspec import Meta, Struct

from kaizo.core.errors import DomainError
from scoring.quality.arithmetic import AutoFail, Mode, Scale
from scoring.quality.models.scorecards import HIGHEST_WEIGHT, NAME_LENGTH, TEXT_LENGTH
from scoring.quality.scorecards.causes import DEEPEST
from scoring.quality.scorecards.rubrics import (
    Conditions,
    Rubric,
    RubricCategory,
    RubricCause,
    RubricGroup,
)
from tickets.contracts import Channel

LARGEST = 1_000_000  # bytes
HIGHEST_MARK = 100  # percent
EXAMPLES = Path(__file__).with_name("examples")

Name = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH, pattern=r"\S")]
Text = Annotated[str, Meta(max_length=TEXT_LENGTH)]
Weight = Annotated[int, Meta(ge=0, le=HIGHEST_WEIGHT)]
Language = Annotated[str, Meta(max_length=35, pattern=r"^[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*$")]
Tag = Annotated[str, Meta(min_length=1, max_length=NAME_LENGTH)]


class FileConditions(Struct, frozen=True, forbid_unknown_fields=True):
    channels: Annotated[tuple[Channel, ...], Meta(max_length=len(Channel))] = ()
    languages: Annotated[tuple[Language, ...], Meta(max_length=50)] = ()
    tags: Annotated[tuple[Tag, ...], Meta(max_length=100)] = ()
    teams: Annotated[tuple[Name, ...], Meta(max_length=100)] = ()


class FileCause(Struct, frozen=True, forbid_unknown_fields=True):
    name: Name
    causes: Annotated[tuple[FileCause, ...], Meta(max_length=100)] = ()


class FileCategory(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    description: Text = ""
    good_example: Text = ""
    bad_example: Text = ""
    kind: Literal["scored", "unscored", "text"] = "scored"
    scale: Scale = Scale.BINARY
    weight: Weight = 10
    allows_na: bool = True
    auto_fail: AutoFail = AutoFail.NONE
    low_needs_comment: bool = False
    low_needs_cause: bool = False
    conditions: FileConditions = FileConditions()
    causes: Annotated[tuple[FileCause, ...], Meta(max_length=100)] = ()


class FileGroup(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    name: Name
    weight: Weight = 0
    is_bonus: bool = False
    categories: Annotated[tuple[FileCategory, ...], Meta(max_length=100)] = ()


class ScorecardFile(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    format: Literal["kaizo-scorecard"] = "kaizo-scorecard"
    version: Literal[1] = 1
    name: Name
    description: Text = ""
    mode: Mode = Mode.WEIGHTED
    pass_mark: Decimal = Decimal(80)
    reviewee_rule: Literal["most_active", "assignee", "message_author"] = "most_active"
    conditions: FileConditions = FileConditions()
    groups: Annotated[tuple[FileGroup, ...], Meta(max_length=50)] = ()


class BadScorecardFile(DomainError):  # noqa: N818 - reads as what happened
    """The document is no scorecard. The message names the place in it."""


class _Signed(Struct):
    """What has to be right before anything else is worth a complaint."""

    format: str = ""
    version: int = 0


_ENCODER = msgspec.json.Encoder(decimal_format="number")
_DECODER = msgspec.json.Decoder(ScorecardFile)


def read_file(raw: bytes) -> ScorecardFile:
    """Raises BadScorecardFile, which names the first wrong place, such as `$.groups[0].weight`."""
    if len(raw) > LARGEST:
        raise BadScorecardFile(_("A scorecard's file has at most one megabyte."))
    raw = raw.removeprefix(codecs.BOM_UTF8)
    if b"\\u0000" in raw:
        raise BadScorecardFile(_("The file is no scorecard: it holds a null character."))
    try:
        signed = msgspec.json.decode(raw, type=_Signed)
        if (signed.format, signed.version) != ("kaizo-scorecard", 1):
            raise BadScorecardFile(
                _("This is no scorecard of format 1: look at $.format and $.version.")
            )
        document = _DECODER.decode(raw)
    except msgspec.DecodeError as error:
        raise _bad(error) from error
    except UnicodeDecodeError as error:
        raise BadScorecardFile(_("The file is no scorecard: it is not in UTF-8.")) from error
    except RecursionError as error:
        raise BadScorecardFile(_("The file is no scorecard: it is nested too deep.")) from error
    mark = document.pass_mark
    if not mark.is_finite() or not 0 <= mark <= HIGHEST_MARK or mark != round(mark, 2):
        raise BadScorecardFile(
            _(
                "The pass mark lies between 0 and 100, with at most two decimals: "
                "look at $.pass_mark."
            )
        )
    return document


def read_document(document: object) -> ScorecardFile:
    """The same for a document that is parsed already."""
    return read_file(msgspec.json.encode(document))


def write_file(document: ScorecardFile) -> bytes:
    """Indented, every field in the order of the format: the same bytes for the same content."""
    return msgspec.json.format(_ENCODER.encode(document), indent=2) + b"\n"


def _bad(error: msgspec.DecodeError) -> BadScorecardFile:
    return BadScorecardFile(_("The file is no scorecard: %(what)s.") % {"what": str(error)})


def rubric_of(document: ScorecardFile, teams: Mapping[str, int]) -> Rubric:
    """With new keys. Raises BadScorecardFile for a team that is not in `teams` (ids by name)."""
    return Rubric(
        mode=document.mode.value,
        pass_mark=document.pass_mark,
        reviewee_rule=document.reviewee_rule,
        conditions=_conditions(document.conditions, teams, "$"),
        groups=tuple(
            _group(group, teams, f"$.groups[{place}]")
            for place, group in enumerate(document.groups)
        ),
    )


def _group(group: FileGroup, teams: Mapping[str, int], path: str) -> RubricGroup:
    return RubricGroup(
        name=group.name,
        weight=group.weight,
        is_bonus=group.is_bonus,
        categories=tuple(
            _category(category, teams, f"{path}.categories[{place}]")
            for place, category in enumerate(group.categories)
        ),
    )


def _category(category: FileCategory, teams: Mapping[str, int], path: str) -> RubricCategory:
    fields = msgspec.structs.asdict(category)
    fields |= {
        "scale": category.scale.value,
        "auto_fail": category.auto_fail.value,
        "conditions": _conditions(category.conditions, teams, path),
        "causes": _causes(category.causes, f"{path}.causes", DEEPEST),
    }
    return RubricCategory(**fields)


def _causes(causes: Sequence[FileCause], path: str, tiers: int) -> tuple[RubricCause, ...]:
    if causes and not tiers:
        raise BadScorecardFile(
            _("Root causes stand in at most %(tiers)s tiers: look at %(path)s.")
            % {"tiers": DEEPEST, "path": path}
        )
    return tuple(
        RubricCause(
            name=cause.name,
            children=_causes(cause.causes, f"{path}[{place}].causes", tiers - 1),
        )
        for place, cause in enumerate(causes)
    )


def _conditions(conditions: FileConditions, teams: Mapping[str, int], path: str) -> Conditions:
    for place, name in enumerate(conditions.teams):
        if name not in teams:
            raise BadScorecardFile(
                _("There is no team “%(name)s”: look at %(path)s.")
                % {"name": name, "path": f"{path}.conditions.teams[{place}]"}
            )
    return Conditions(
        channels=tuple(channel.value for channel in conditions.channels),
        languages=conditions.languages,
        tags=conditions.tags,
        teams=tuple(teams[name] for name in conditions.teams),
    )


def document_of(
    rubric: Rubric, *, name: str, description: str, teams: Mapping[int, str]
) -> ScorecardFile:
    """`teams`: names by id; a team that is gone is left out."""
    document = {
        "format": "kaizo-scorecard",
        "version": 1,
        "name": name,
        "description": description,
        "mode": rubric.mode,
        "pass_mark": _plain(rubric.pass_mark),
        "reviewee_rule": rubric.reviewee_rule,
        "conditions": _named(rubric.conditions, teams),
        "groups": [_file_group(group, teams) for group in rubric.groups],
    }
    return msgspec.convert(document, ScorecardFile)


def _plain(mark: Decimal) -> Decimal:
    """80, not 80.00 or 8E+1."""
    return Decimal(f"{Decimal(mark).normalize():f}")


def _file_group(group: RubricGroup, teams: Mapping[int, str]) -> dict[str, Any]:
    return {
        "name": group.name,
        "weight": group.weight,
        "is_bonus": group.is_bonus,
        "categories": [_file_category(category, teams) for category in group.categories],
    }


def _file_category(category: RubricCategory, teams: Mapping[int, str]) -> dict[str, Any]:
    names = FileCategory.__struct_fields__
    fields = {name: getattr(category, name) for name in names}
    return fields | {
        "conditions": _named(category.conditions, teams),
        "causes": [_file_cause(cause) for cause in category.causes],
    }


def _file_cause(cause: RubricCause) -> dict[str, Any]:
    return {"name": cause.name, "causes": [_file_cause(child) for child in cause.children]}


def _named(conditions: Conditions, teams: Mapping[int, str]) -> dict[str, Any]:
    there = [teams[team] for team in conditions.teams if team in teams]
    return asdict(conditions) | {"teams": there}


@cache
def examples() -> dict[str, ScorecardFile]:
    """The scorecards to start from, by the name of their file."""
    return {path.stem: read_file(path.read_bytes()) for path in sorted(EXAMPLES.glob("*.json"))}
