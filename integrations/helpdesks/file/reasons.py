"""A decoder's complaint in words for the person who has to mend the file.

The decoder quotes what it found (an unknown channel, say); a reason ends up in a report, so it only
ever names the field and what belongs there.
"""

from __future__ import annotations

import re
from enum import Enum
from typing import Final

from tickets.contracts import AuthorType, Channel, CsatScale, EventType, Priority, Status

NOT_JSON: Final = "the line is not valid JSON"
CUT_OFF: Final = "the line is cut off: its JSON does not end"
NOT_UTF8: Final = "the line is not UTF-8 text"
NOT_AN_OBJECT: Final = "the line must be one JSON object ({...})"
TOO_DEEP: Final = "the line is nested too deeply"

_PATH: Final = re.compile(r" - at (?:`key` in )?`\$\.?(?P<path>[^`]*)`$")
_WORDS: Final = {
    "str": "text",
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "null": "empty",
    "array": "a list",
    "object": "an object",
    "datetime": "a date and time",
}
_CHOICES: Final[dict[str, type[Enum]]] = {
    "channel": Channel,
    "status": Status,
    "priority": Priority,
    "scale": CsatScale,
    "author.type": AuthorType,
    "type": EventType,
}


def explain(error: Exception) -> str:
    """`field: what is wrong`, from an error of the typed decoder. Never holds a value."""
    if isinstance(error, RecursionError):
        return TOO_DEEP
    if isinstance(error, UnicodeDecodeError):
        return NOT_UTF8
    text = str(error)
    match = _PATH.search(text)
    path = match["path"].replace("[...]", "") if match else ""
    problem = text[: match.start()] if match else text
    if problem.startswith("Object missing required field"):
        missing = problem.split("`")[1]
        return f"{path}.{missing}: is missing" if path else f"{missing}: is missing"
    if not path and problem.startswith("Expected `object`"):
        return NOT_AN_OBJECT
    return f"{path or 'the line'}: {_problem(problem, path)}"


def _problem(problem: str, path: str) -> str:
    if problem.startswith("Invalid enum value"):
        return f"must be one of {', '.join(_choices(path))}"
    if "timezone component" in problem:
        return "has no time zone offset (write 2026-03-31T09:30:00+02:00 or end it with Z)"
    if problem.startswith("Invalid RFC3339"):
        return "is not a date and time (write 2026-03-31T09:30:00+02:00)"
    return _type_problem(problem)


def _type_problem(problem: str) -> str:
    parts = problem.split("`")
    if problem.startswith("Expected") and ", got" in problem:
        expected = [_WORDS.get(part, "a value") for part in parts[1].split(" | ")]
        return f"must be {' or '.join(expected)}, not {_WORDS.get(parts[3], 'what it is')}"
    if " of length " in problem:
        bound = problem.rsplit(" ", 1)[1]
        if ">=" in problem:
            return "must not be empty"
        return f"is too long (at most {int(bound):,} {_unit(parts[1])})"
    if "out of range" in problem or "Integer" in problem:
        return "is a number out of all range"
    return "is not what belongs there"


def _unit(kind: str) -> str:
    return "characters" if kind == "str" else "entries"


def _choices(path: str) -> list[str]:
    bare = re.sub(r"\[\d+\]", "", path)
    for ending, choices in _CHOICES.items():
        if bare.endswith(ending):
            return [str(choice.value) for choice in choices]
    return []
