"""AES-256-GCM with the few bytes around it that make a stored value readable later.

A stored value is one byte of format version, a 96-bit random nonce, then ciphertext and tag:
29 bytes more than the text. One key encrypts at most a person's messages, far below the 2^32
values at which random nonces would become a concern (NIST SP 800-38D, 8.3).
"""

from __future__ import annotations

import os
from collections.abc import Callable
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.errors import DomainError, Gone

KEY_BYTES = 32
NONCE_BYTES = 12
FORMAT = b"\x01"
_HEAD = len(FORMAT) + NONCE_BYTES


class Erased(Gone):
    """The person's key has been destroyed: what it encrypted is unreadable for good."""

    def __init__(self) -> None:
        super().__init__(_("This was permanently erased."))


class Unreadable(DomainError):  # noqa: N818 - reads as what happened
    """Stored value and key do not belong together: moved, altered, or wrapped by a lost key."""

    def __init__(self) -> None:
        super().__init__(_("This text cannot be read. Ask whoever runs this installation."))


class Cipher:
    """Encrypts one person's values. Holds the unwrapped key: never store, log or pickle it."""

    __slots__ = ("_aead",)

    def __init__(self, key: bytes) -> None:
        self._aead = AESGCM(key)

    @property
    def erased(self) -> bool:
        return False

    def encrypt(self, text: str | bytes, aad: bytes) -> bytes:
        """Raises Erased when the key is destroyed. Half surrogates become question marks."""
        data = text.encode("utf-8", "replace") if isinstance(text, str) else text
        nonce = os.urandom(NONCE_BYTES)
        return FORMAT + nonce + self._aead.encrypt(nonce, data, aad)

    def decrypt_bytes(self, stored: bytes | memoryview, aad: bytes) -> bytes:
        """Raises Erased when the key is destroyed, Unreadable when value, key or `aad` differ."""
        data = bytes(stored)  # the driver hands out views whose items do not compare with bytes
        if len(data) < _HEAD or data[:1] != FORMAT:
            raise Unreadable
        try:
            return self._aead.decrypt(data[1:_HEAD], data[_HEAD:], aad)
        except InvalidTag:
            raise Unreadable from None

    def decrypt(self, stored: bytes | memoryview, aad: bytes) -> str:
        return self.decrypt_bytes(stored, aad).decode()

    @override
    def __reduce__(self) -> tuple[object, ...]:
        msg = "A cipher holds a key and stays in its process."
        raise TypeError(msg)


class DestroyedCipher(Cipher):
    """Stands for a destroyed key, so that a page can show one erased person among others."""

    __slots__ = ()

    def __init__(self) -> None:
        """Has no key."""

    @property
    @override
    def erased(self) -> bool:
        return True

    @override
    def encrypt(self, text: str | bytes, aad: bytes) -> bytes:
        raise Erased

    @override
    def decrypt_bytes(self, stored: bytes | memoryview, aad: bytes) -> bytes:
        raise Erased


DESTROYED = DestroyedCipher()


def aad(organisation_id: int, field: str, row: object, subject_id: UUID | str) -> bytes:
    """What a value is bound to: moved to another tenant, column, row or person, it is unreadable.

    `field` is `app.Model.field`; `row` is a key that is known before the insert and never changes.
    """
    return f"{organisation_id}|{field}|{row}|{subject_id}".encode()


def aad_of_rows(
    organisation_id: int, field: str, subject_id: UUID | str
) -> Callable[[object], bytes]:
    """`aad` for many rows of one person, with everything but the row worked out once."""
    head, tail = f"{organisation_id}|{field}|", f"|{subject_id}"
    return lambda row: f"{head}{row}{tail}".encode()
