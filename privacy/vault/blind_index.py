"""Keyed hashes for exact look-ups in encrypted columns.

HMAC-SHA-256 over a normalised value, full length: equal people get equal hashes inside one
organisation, and nobody without the key can try values out.
"""

from __future__ import annotations

import hashlib
import hmac
import unicodedata

import idna
import phonenumbers


def normalise_email(value: str) -> str:
    """Lower case, composed characters, the domain in its ASCII form (RFC 5891)."""
    address = unicodedata.normalize("NFC", value.strip()).lower()
    if address.isascii():
        return address
    local, at, domain = address.rpartition("@")
    try:
        return local + at + idna.encode(domain, uts46=True).decode("ascii")
    except idna.IDNAError:
        return address


def normalise_phone(value: str, region: str | None) -> str:
    """E.164 where the number can be read in `region` (ISO 3166, for numbers without a country
    code), otherwise its digits."""
    try:
        number = phonenumbers.parse(value, region)
    except phonenumbers.NumberParseException:
        return "".join(character for character in value if character.isdigit())
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


class BlindIndex:
    """One organisation's index under one version of its key."""

    __slots__ = ("_key", "version")

    def __init__(self, version: int, key: bytes) -> None:
        self.version = version
        self._key = key

    def email(self, value: str) -> bytes:
        return self._hash("email", normalise_email(value))

    def phone(self, value: str, region: str | None = None) -> bytes:
        return self._hash("phone", normalise_phone(value, region))

    def external(self, source: str, value: str) -> bytes:
        """What `source` (a connection, for example) calls the person or the ticket."""
        return self._hash(f"external:{source}", value.strip())

    def digest(self, data: bytes) -> bytes:
        """A keyed digest that tells whether something changed, and nothing else."""
        return hmac.digest(self._key, b"digest\0" + data, hashlib.sha256)

    def _hash(self, kind: str, value: str) -> bytes:
        message = f"{kind}\0{value}".encode("utf-8", "replace")
        return hmac.digest(self._key, message, hashlib.sha256)
