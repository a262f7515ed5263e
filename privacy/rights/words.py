"""The words of a request, under a key of the request's own."""

from __future__ import annotations

from typing import Final

from privacy.rights.models import RightsRequest
from privacy.vault.cipher import Cipher, Erased, aad
from privacy.vault.keys import ciphers_for, destroy_key

FIELDS: Final = ("contact", "message", "decision_text", "appeal_text")


def cipher_of(request: RightsRequest) -> Cipher:
    """The request's cipher; `erased` is set once its words have ended."""
    key = request.public_id
    return ciphers_for(request.organisation_id, [key], create=True)[key]


def seal(request: RightsRequest, field: str, text: str) -> bytes:
    """`text` as the ciphertext to store in `field` (one of FIELDS). Raises Erased."""
    return cipher_of(request).encrypt(text, _aad(request, field))


def read(request: RightsRequest, field: str) -> str | None:
    """What `field` says; None when nothing is stored. Raises Erased once the words have ended."""
    stored = getattr(request, field)
    return None if stored is None else cipher_of(request).decrypt(stored, _aad(request, field))


def read_words(request: RightsRequest, field: str) -> str | None:
    """What `field` says; None when nothing is stored, or when the words have ended."""
    try:
        return read(request, field)
    except Erased:
        return None


def end_words(request: RightsRequest) -> None:
    """Destroy the request's key: everything written in it is unreadable from then on."""
    destroy_key(request.organisation_id, request.public_id)


def _aad(request: RightsRequest, field: str) -> bytes:
    key = request.public_id
    return aad(request.organisation_id, f"privacy_rights.RightsRequest.{field}", key, key)
