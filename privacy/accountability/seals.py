"""Seals events in the background and checks the seals.

Inserting an event stays as cheap as an insert: hashing inside the business transaction would make
every writer of an organisation wait for the one before. Until an event is sealed, some ten seconds,
it could be changed without a trace by whoever holds the owner's password.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.conf import settings
from django.contrib.postgres.expressions import ArraySubquery
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, OperationalError, connection, transaction
from django.db.models import OuterRef

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.accountability.chain import COLUMNS, START, is_signed, root_of, signing_key, statement
from privacy.accountability.models import AuditSeal, EventSubject
from privacy.models import AuditEvent

CHUNK = 2_000
_SEAL = (
    "organisation_id", "number", "after_id", "up_to_id", "count", "previous_root", "root",
    "public_key", "signature",
)  # fmt: skip


def settled_up_to() -> int | None:
    """The highest id below which no event can still appear; None when somebody is writing.

    Whoever inserts an event holds a lock on the table until their transaction ends, and takes it
    before they are given an id. Waits a tenth of a second at most, so that nobody waits longer.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout = '100ms'")
            cursor.execute("LOCK TABLE privacy_auditevent IN SHARE MODE")
            cursor.execute("SELECT last_value FROM privacy_auditevent_id_seq")
            return int(cursor.fetchone()[0])
    except OperationalError:
        return None


def seal_events(organisation_id: int, up_to: int) -> int:
    """Seal an organisation's events up to that id; how many they were. Idempotent.

    `up_to` comes from `settled_up_to`. When two seal at once, the second one's insert fails on the
    seal's number and it does nothing.
    """
    try:
        return _seal(organisation_id, up_to)
    except IntegrityError:
        return 0


def _seal(organisation_id: int, up_to: int) -> int:
    with tenant_scope(organisation_id, purpose=Purpose.SECURITY):
        last = AuditSeal.objects.order_by("-number").first()
        after, previous = (last.up_to_id, bytes(last.root)) if last else (0, START)
        root, count = root_of(previous, _events(after, up_to))
        if not count:
            return 0
        seal = AuditSeal(
            organisation_id=organisation_id,
            number=last.number + 1 if last else 1,
            after_id=after,
            up_to_id=up_to,
            count=count,
            previous_root=previous,
            root=root,
            sealed_at=clock.now(),
        )
        _sign(seal)
        seal.save(force_insert=True)
        transaction.on_commit(lambda: _tell_witness(seal))
    return count


def _events(after: int, up_to: int) -> Iterator[dict[str, Any]]:
    people = EventSubject.objects.filter(event=OuterRef("pk")).order_by("subject_id")
    rows = AuditEvent.objects.filter(pk__gt=after, pk__lte=up_to).order_by("pk")
    with_people = rows.annotate(people=ArraySubquery(people.values("subject_id")))
    yield from with_people.values(*COLUMNS, "people").iterator(CHUNK)


def _sign(seal: AuditSeal) -> None:
    if settings.ROOT_KEY is None:
        raise ImproperlyConfigured("KAIZO_ROOT_KEY is not set.")
    key = signing_key(settings.ROOT_KEY)
    seal.public_key = key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    seal.signature = key.sign(statement(_fields(seal)))


def _fields(seal: AuditSeal) -> dict[str, Any]:
    return {name: getattr(seal, name) for name in _SEAL}


def _tell_witness(seal: AuditSeal) -> None:
    """Write the seal where the database's owner does not: a line of JSON per seal."""
    if not settings.AUDIT_WITNESS:
        return
    line = {
        "organisation": seal.organisation_id,
        "number": seal.number,
        "up_to": seal.up_to_id,
        "root": bytes(seal.root).hex(),
        "signature": bytes(seal.signature).hex(),
        "sealed_at": seal.sealed_at.isoformat(),
    }
    with Path(settings.AUDIT_WITNESS).open("a", encoding="utf-8") as witness:
        witness.write(json.dumps(line) + "\n")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a check of an organisation's chain found. `problems` names seals, no event."""

    organisation_id: int
    seals: int
    events: int
    unsealed: int
    problems: tuple[str, ...]

    @property
    def is_intact(self) -> bool:
        return not self.problems


def verify(organisation_id: int) -> Verdict:
    """Compute every seal anew from the events and compare; also with the witness, if there is one.

    Changes nothing. Reads every event once.
    """
    problems: list[str] = []
    with tenant_scope(organisation_id, purpose=Purpose.SECURITY):
        after, previous, number, events = 0, START, 0, 0
        for seal in AuditSeal.objects.order_by("number").values(*_SEAL).iterator(CHUNK):
            number += 1
            problems += _problems(seal, number, after, previous)
            events += seal["count"]
            after, previous = seal["up_to_id"], bytes(seal["root"])
        problems += _against_witness(organisation_id)
        unsealed = AuditEvent.objects.filter(pk__gt=after).count()
    return Verdict(organisation_id, number, events, unsealed, tuple(problems))


def _problems(seal: dict[str, Any], number: int, after: int, previous: bytes) -> Iterator[str]:
    name = f"seal {seal['number']}"
    if seal["number"] != number:
        yield f"{name}: number {number} is missing"
    if seal["after_id"] != after or bytes(seal["previous_root"]) != previous:
        yield f"{name}: does not continue the seal before"
    if bytes(seal["public_key"]) not in _known_keys():
        yield f"{name}: signed with a key that this installation does not know"
    if not is_signed(seal):
        yield f"{name}: the signature does not fit"
    root, count = root_of(bytes(seal["previous_root"]), _events(seal["after_id"], seal["up_to_id"]))
    if count != seal["count"]:
        yield f"{name}: holds {count} events, {seal['count']} were sealed"
    elif root != bytes(seal["root"]):
        yield f"{name}: an event was changed"


def _known_keys() -> set[bytes]:
    """Public keys of the root key, of the previous one while it rotates, and of older ones."""
    roots = [key for key in (settings.ROOT_KEY, settings.ROOT_KEY_PREVIOUS) if key]
    keys = (signing_key(root).public_key() for root in roots)
    return {key.public_bytes(Encoding.Raw, PublicFormat.Raw) for key in keys} | set(
        settings.AUDIT_PUBLIC_KEYS
    )


def _against_witness(organisation_id: int) -> Iterator[str]:
    """What the witness saw and the database no longer says."""
    path = Path(settings.AUDIT_WITNESS) if settings.AUDIT_WITNESS else None
    if path is None or not path.exists():
        return
    kept = dict(AuditSeal.objects.values_list("number", "root"))
    for line in path.read_text(encoding="utf-8").splitlines():
        seen = json.loads(line)
        if seen["organisation"] != organisation_id:
            continue
        if bytes(kept.get(seen["number"], b"")).hex() != seen["root"]:
            yield f"seal {seen['number']}: the witness saw another one"
