"""What a decision may rest on, right by right. Pure: the law's own table.

GDPR Art. 11(2) and 12(5) stand against every right but withdrawing consent, which is as easy as
giving it (Art. 7(3)), and being told where to complain. The others stand against their own right.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from privacy.rights.states import Kind

_EVERY: Final = ("art_11_2", "art_12_5_unfounded", "art_12_5_excessive")

GROUNDS: Final[Mapping[Kind, tuple[str, ...]]] = {
    Kind.ACCESS: (*_EVERY, "art_15_4"),
    Kind.PORTABILITY: (*_EVERY, "art_20_4"),
    Kind.RECTIFICATION: (*_EVERY, "art_16"),
    Kind.ERASURE: (
        *_EVERY, "art_17_3_a", "art_17_3_b", "art_17_3_c", "art_17_3_d", "art_17_3_e",
    ),
    Kind.RESTRICTION: (*_EVERY, "art_18_1"),
    Kind.OBJECTION: (*_EVERY, "art_21_1"),
    Kind.CONSENT_WITHDRAWAL: ("art_11_2",),
    Kind.CONTEST: (*_EVERY, "art_22_1"),
    Kind.COMPLAINT_INFORMATION: (),
}  # fmt: skip

# Only a balancing that somebody else decided leads to these.
WEIGHED: Final = frozenset({"art_21_1"})


def may_refuse(kind: str, ground: str) -> bool:
    return ground in GROUNDS[Kind(kind)]


def offered(kind: str) -> tuple[str, ...]:
    """The grounds that the refusal form of a right offers."""
    return tuple(ground for ground in GROUNDS[Kind(kind)] if ground not in WEIGHED)
