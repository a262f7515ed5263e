"""Second-factor secrets at rest.

They belong to a person across organisations, so no organisation's key fits: the key is derived
from the root key, which never touches the database. While the root key rotates, the previous one
still opens what it sealed.
"""

from __future__ import annotations

import base64
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

_PURPOSE = b"kaizo second factor"
_NONCE_BYTES = 12


def _ciphers() -> list[AESGCM]:
    """Of the root key and of the previous one while it rotates."""
    keys = (settings.ROOT_KEY, settings.ROOT_KEY_PREVIOUS)
    return [_cipher(key) for key in keys if key is not None]


def _cipher(root_key: bytes) -> AESGCM:
    derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(root_key)
    return AESGCM(derived)


def seal(text: str) -> str:
    """AES-256-GCM under a key derived from the root key, as printable text."""
    nonce = os.urandom(_NONCE_BYTES)
    sealed = _ciphers()[0].encrypt(nonce, text.encode(), _PURPOSE)
    return base64.b64encode(nonce + sealed).decode()


def unseal(sealed: str) -> str:
    """What `seal` was given. Raises InvalidTag when neither root key fits."""
    raw = base64.b64decode(sealed)
    nonce, body = raw[:_NONCE_BYTES], raw[_NONCE_BYTES:]
    current, *previous = _ciphers()
    try:
        return current.decrypt(nonce, body, _PURPOSE).decode()
    except InvalidTag:
        if not previous:
            raise
    return previous[0].decrypt(nonce, body, _PURPOSE).decode()
