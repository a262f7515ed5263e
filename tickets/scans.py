"""What detection found in the texts of tickets, kept and looked up.

A finding belongs to a text by a keyed digest of it and says places and kinds: it reveals nothing by
itself, and no finding can be applied to a text it was not made for.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

import msgspec
from django.db import connection

from kaizo.accounts.models import Organisation
from privacy import api as privacy
from tickets.models import TextScan

DIGEST_BYTES = 12


class Finding(NamedTuple):
    """`version` of the detector that read the text, 0 without the model; `settings` is the
    checksum of the organisation's rules at the time; `spans` are packed."""

    version: int
    settings: int
    spans: bytes


Findings = dict[bytes, Finding]
_decode = msgspec.msgpack.Decoder(Findings).decode
encode = msgspec.msgpack.Encoder().encode
NONE = encode({})

_ASK = """
INSERT INTO tickets_textscan (organisation_id, ticket_id, findings, version, settings, edition)
SELECT %s, unnest(%s::bigint[]), %s, 0, 0, 0
    ON CONFLICT (organisation_id, ticket_id)
    DO UPDATE SET version = 0, edition = tickets_textscan.edition + 1
"""
_KEEP = """
UPDATE tickets_textscan AS kept
   SET findings = new.findings, settings = %(settings)s,
       version = CASE WHEN kept.edition = new.edition THEN new.version ELSE 0 END
  FROM unnest(%(tickets)s::bigint[], %(findings)s::bytea[], %(versions)s::int[],
              %(editions)s::int[]) AS new(ticket_id, findings, version, edition)
 WHERE kept.organisation_id = %(organisation)s AND kept.ticket_id = new.ticket_id
"""


class Rules(NamedTuple):
    """The organisation's own: what its order numbers look like, and which names are nobody's, its
    own to begin with."""

    order_pattern: str | None
    brands: tuple[str, ...]

    @property
    def checksum(self) -> int:
        return zlib.crc32(repr(tuple(self)).encode()) & 0x7FFFFFFF


def rules_of(organisation_id: int) -> Rules:
    found = Organisation.objects.filter(pk=organisation_id)
    name, forms, brands = found.values_list("name", "order_number_forms", "brand_names").get()
    return Rules(privacy.order_pattern(forms), tuple(sorted({*brands, name})))


class Scans:
    """The findings for some tickets, in one query."""

    def __init__(self, organisation_id: int, ticket_ids: Iterable[int]) -> None:
        self._digest = privacy.blind_index(organisation_id).digest
        rows = TextScan.objects.filter(ticket_id__in=list(ticket_ids))
        self._findings: dict[int, Findings] = {}
        self.editions: dict[int, int] = {}
        for ticket_id, findings, edition in rows.values_list("ticket_id", "findings", "edition"):
            self._findings[ticket_id] = _decode(bytes(findings))
            self.editions[ticket_id] = edition

    def key(self, text: str) -> bytes:
        return self._digest(b"text\0" + text.encode("utf-8", "replace"))[:DIGEST_BYTES]

    def finding(self, ticket_id: int, text: str) -> Finding | None:
        return self._findings.get(ticket_id, {}).get(self.key(text))

    def spans(self, ticket_id: int, text: str) -> list[privacy.Span] | None:
        """What the whole detector found in the text; None when it has not read it."""
        if not text.strip():
            return []
        found = self.finding(ticket_id, text)
        return privacy.unpack_spans(found.spans) if found and found.version else None


def ask_for(organisation_id: int, ticket_ids: Sequence[int]) -> None:
    """Say that texts of these tickets are new or may have changed. Cheap: ingest does it."""
    if ticket_ids:
        with connection.cursor() as cursor:
            cursor.execute(_ASK, [organisation_id, list(ticket_ids), NONE])


def keep(
    organisation_id: int,
    settings: int,
    findings: dict[int, Findings],
    editions: dict[int, int],
    complete: Iterable[int],
) -> None:
    """Store what was found in the texts of tickets, as they were in `editions`."""
    whole = set(complete)
    parameters: dict[str, Any] = {
        "organisation": organisation_id,
        "settings": settings,
        "tickets": list(findings),
        "findings": [encode(found) for found in findings.values()],
        "versions": [privacy.DETECTION_VERSION if key in whole else 0 for key in findings],
        "editions": [editions[key] for key in findings],
    }
    with connection.cursor() as cursor:
        cursor.execute(_KEEP, parameters)
