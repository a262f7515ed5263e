"""Texts that may name others, for one person. Apps that keep what was found in their texts share
them themselves (`hooks.share_text`); the others are read here and now."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import TypeVar

from privacy.detection.redactor import Redactor
from privacy.detection.sharing import Sharer
from privacy.rights.hooks import Asker, NotReadYet, Shared
from privacy.scanning import DetectionUnavailable, guess_and_remember

_K = TypeVar("_K", bound=Hashable)


def share_guessing(
    asker: Asker, texts: Mapping[_K, str], *, are_own: bool = False
) -> dict[_K, Shared]:
    """Texts by place, without what is others'. Each is read by the whole detector first; raises
    NotReadYet when that cannot be done."""
    wanted = {row: text for row, text in texts.items() if text.strip()}
    try:
        words = guess_and_remember(asker.organisation_id, wanted.values()) if wanted else {}
    except DetectionUnavailable as error:
        raise NotReadYet from error
    sharer = Sharer(
        asker.identities,
        Redactor(asker.identities),
        own_numbers=range(1, len(asker.identities) + 1),
    )
    shared = {row: Shared(text, {}, is_own=are_own) for row, text in texts.items()}
    for row, text in wanted.items():
        part = sharer.read(text, words[text], is_own=are_own)
        shared[row] = Shared(part.text, part.removed, is_own=are_own)
    return shared
