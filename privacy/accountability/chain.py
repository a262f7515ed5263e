"""What a seal is made of. Pure: values in, hashes and signatures out.

An event's hash covers every column of it in a fixed order, so that any later change shows. A
seal's root chains the hashes of its events onto the root before, so that none can be taken out;
its signature (Ed25519, RFC 8032) says that whoever holds the root key made it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

START = bytes(32)
COLUMNS = (
    "id", "organisation_id", "occurred_at", "actor_user_id", "action", "object_type", "object_id",
    "affected_user_id", "subject_id", "purpose", "outcome", "detail",
)  # fmt: skip
_PURPOSE = b"kaizo audit seal"


def event_hash(event: Mapping[str, Any]) -> bytes:
    """SHA-256 of an event's columns (`COLUMNS`) as JSON with sorted keys and UTC times, with the
    people that it concerns where they are several (`people`, sorted)."""
    values = [_plain(event[column]) for column in COLUMNS]
    if event["people"]:
        values.append([str(subject) for subject in event["people"]])
    text = json.dumps(values, sort_keys=True, separators=(",", ":"), ensure_ascii=True)
    return hashlib.sha256(text.encode()).digest()


def _plain(value: Any) -> Any:
    if isinstance(value, datetime):
        return value.timestamp().hex()
    return value if isinstance(value, int | str | dict | type(None)) else str(value)


def root_of(previous: bytes, events: Iterable[Mapping[str, Any]]) -> tuple[bytes, int]:
    """The root after these events in their order, and how many there were."""
    root, count = previous, 0
    for event in events:
        root = hashlib.sha256(root + event_hash(event)).digest()
        count += 1
    return root, count


def statement(seal: Mapping[str, Any]) -> bytes:
    """The words that are signed."""
    parts = (
        "kaizo-audit-seal-1", seal["organisation_id"], seal["number"], seal["after_id"],
        seal["up_to_id"], seal["count"],
        bytes(seal["previous_root"]).hex(), bytes(seal["root"]).hex(),
    )  # fmt: skip
    return "|".join(map(str, parts)).encode()


def signing_key(root_key: bytes) -> Ed25519PrivateKey:
    """Derived from the root key (HKDF), which never touches the database."""
    seed = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(root_key)
    return Ed25519PrivateKey.from_private_bytes(seed)


def is_signed(seal: Mapping[str, Any]) -> bool:
    """Whether the seal's signature fits its words and its own public key."""
    key = Ed25519PublicKey.from_public_bytes(bytes(seal["public_key"]))
    try:
        key.verify(bytes(seal["signature"]), statement(seal))
    except InvalidSignature:
        return False
    return True
