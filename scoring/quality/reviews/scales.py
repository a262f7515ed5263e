"""What the values of a scale are called, and which key of the keyboard chooses each."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.translation import gettext as _

from scoring.quality.arithmetic import TOPS, Scale, is_low

NOT_APPLICABLE = "na"
NA_KEY = "n"
_TEN_KEY = "x"  # as the Roman ten; every other value is its own digit


@dataclass(frozen=True, slots=True)
class Option:
    """One choice of a scale. `key` chooses it on the keyboard."""

    value: int
    label: str
    key: str
    is_low: bool


def options(scale: str) -> list[Option]:
    """The choices of a scale from the worst to the best."""
    known = Scale(scale)
    return [
        Option(value, value_label(value, scale), _key(value, known), is_low(value, known))
        for value in range(TOPS[known] + 1)
    ]


def value_label(value: int | None, scale: str, *, is_na: bool = False) -> str:
    """A rating as a person says it: scales of points begin at 1, the others at 0."""
    if is_na:
        return _("Not applicable")
    if value is None:
        return _("Not answered")
    known = Scale(scale)
    if known == Scale.BINARY:
        return _("Yes") if value else _("No")
    return str(value if known == Scale.TEN else value + 1)


def with_top(value: int | None, scale: str, *, is_na: bool = False) -> str:
    """As `value_label`, with what could be reached: `3 of 5`."""
    label = value_label(value, scale, is_na=is_na)
    known = Scale(scale)
    if value is None or known == Scale.BINARY:
        return label
    return _("%(value)s of %(top)s") % {
        "value": label,
        "top": value_label(TOPS[known], scale),
    }


def _key(value: int, scale: Scale) -> str:
    if scale in {Scale.BINARY, Scale.TEN}:
        return _TEN_KEY if value == TOPS[Scale.TEN] else str(value)
    return str(value + 1)
