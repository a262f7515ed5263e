"""From what was collected to one encrypted archive, streamed: AES-256, the same for a person with
three conversations and with seventy thousand."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, Final

from django.conf import settings
from django.template.loader import render_to_string
from django.utils import translation
from django.utils.translation import gettext as _
from pyzipper import WZ_AES, ZIP_DEFLATED, AESZipFile

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.rights.export.collecting import provided_only, read_back
from privacy.rights.export.files import (
    columns_of,
    csv_file,
    json_file,
    json_lines,
    pretty,
    schema_of,
)
from privacy.rights.export.models import ExportPackage, ExportPart
from privacy.rights.export.pages import Page, Reader, pages
from privacy.rights.export.people import asker_of
from privacy.rights.export.processing import processing_of
from privacy.rights.export.review.services import withheld_of
from privacy.rights.export.review.withholding import Withheld, without
from privacy.rights.export.sections import Part, SectionPart, TablePart, left_out, part_of
from privacy.rights.export.spool import ARCHIVE, Spool

STYLE: Final = Path(__file__).with_name("style.css")


@dataclass(frozen=True, slots=True)
class Packed:
    size: int
    digest: str


@dataclass(slots=True)
class _Contents:
    """What goes into the archive, loaded before it is written."""

    package: ExportPackage
    parts: list[tuple[ExportPart, Part]]
    processing: dict[str, Any]
    left_out: list[dict[str, str]]
    withheld: Withheld
    placeholder: str
    made_at: datetime
    digests: dict[str, dict[str, Any]] = field(default_factory=dict)
    shown: list[Page] = field(default_factory=list)


def pack(package: ExportPackage, passphrase: str) -> Packed:
    """Write the archive in the place of an earlier attempt. Outside any scope."""
    with translation.override(package.request.language or settings.LANGUAGE_CODE):
        with tenant_scope(package.organisation_id, purpose=Purpose.SUBJECT_ACCESS):
            contents = _load(package)
            spool = Spool(package)
        with (
            spool.writing(ARCHIVE) as sink,
            AESZipFile(sink, "w", compression=ZIP_DEFLATED, encryption=WZ_AES) as archive,
        ):
            archive.setpassword(passphrase.encode())
            for path, content in _members(contents, spool):
                contents.digests[path] = _write(archive, path, content)
    spool.keep_only(ARCHIVE)
    return Packed(sink.size, sink.digest.hexdigest())


def _write(archive: AESZipFile, path: str, content: Iterable[bytes]) -> dict[str, Any]:
    digest, size = hashlib.sha256(), 0
    with archive.open(path, "w", force_zip64=True) as file:
        for chunk in content:
            digest.update(chunk)
            size += len(chunk)
            file.write(chunk)
    return {"sha256": digest.hexdigest(), "bytes": size}


def _load(package: ExportPackage) -> _Contents:
    asker, only = asker_of(package.request), provided_only(package)
    rows = ExportPart.objects.filter(package=package).order_by("position")
    parts = [(row, part_of(row.label, asker, provided_only=only)) for row in rows]
    return _Contents(
        package=package,
        parts=parts,
        processing=processing_of(asker, [part for row, part in parts if row.planned]),
        left_out=left_out(asker, provided_only=only),
        withheld=withheld_of(package),
        placeholder=_("[withheld: about others]"),
        made_at=clock.now(),
    )


_Member = tuple[str, Iterable[bytes]]


def _members(contents: _Contents, spool: Spool) -> Iterator[_Member]:
    """Every file, in the order in which they are written: the manifest has the others' digests."""
    written = [(row, part) for row, part in contents.parts if row.written]
    for row, part in written:
        yield from _data_files(contents, spool, row, part)
    yield "processing.json", [pretty(contents.processing)]
    yield "redactions.csv", _redactions(contents, spool, written)
    readers = [Reader(part, partial(_records, contents, spool, row)) for row, part in written]
    for page in pages(readers):
        contents.shown.append(Page(page.path, page.title, page.first, page.last, b""))
        yield page.path, [page.content]
    yield "style.css", [STYLE.read_bytes()]
    yield "index.html", [_index(contents)]
    yield "manifest.json", [pretty(_manifest(contents))]


def _data_files(
    contents: _Contents, spool: Spool, row: ExportPart, part: Part
) -> Iterator[_Member]:
    records = partial(_records, contents, spool, row)
    # What an app adds stands beside the tables: scores.json, access_log.csv.
    base = part.name if isinstance(part, SectionPart) else f"data/{part.name}"
    yield f"{base}.json", json_file(records())
    yield f"{base}.schema.json", [pretty(schema_of(part))]
    yield f"{base}.csv", csv_file(columns_of(part), records())
    if isinstance(part, SectionPart) and part.is_given:
        yield f"{base}.jsonl", json_lines(records())


def _records(contents: _Contents, spool: Spool, row: ExportPart) -> Iterator[dict[str, Any]]:
    for record, _removed in read_back(spool, row):
        fields = contents.withheld.get((row.label, str(record["record"])))
        yield without(record, fields, placeholder=contents.placeholder) if fields else record


def _redactions(
    contents: _Contents, spool: Spool, written: Sequence[tuple[ExportPart, Part]]
) -> Iterator[bytes]:
    """Where something about others was removed, how often, and why."""
    return csv_file(
        ["file", "record", "field", "placeholder", "times", "reason"],
        chain(_redacted_places(spool, written), _withheld_places(contents)),
    )


def _redacted_places(
    spool: Spool, written: Sequence[tuple[ExportPart, Part]]
) -> Iterator[dict[str, str]]:
    reason = _("Identifies somebody else (GDPR Art. 15(4))")
    for row, part in written:
        if not row.removed:
            continue
        for record, removed in read_back(spool, row):
            for name, counts in removed.items():
                for placeholder, times in counts.items():
                    yield {
                        "file": part.name,
                        "record": str(record["record"]),
                        "field": name,
                        "placeholder": placeholder,
                        "times": str(times),
                        "reason": reason,
                    }


def _withheld_places(contents: _Contents) -> Iterator[dict[str, str]]:
    reason = _("Withheld by somebody who looked at it: it is about others (GDPR Art. 15(4))")
    names = {row.label: part.name for row, part in contents.parts}
    for (label, record), fields in contents.withheld.items():
        for name in sorted(fields):
            yield {
                "file": names[label],
                "record": record,
                "field": name,
                "placeholder": contents.placeholder,
                "times": "1",
                "reason": reason,
            }


def _index(contents: _Contents) -> bytes:
    request = contents.package.request
    context = {
        "title": request.get_kind_display(),
        "language": translation.get_language(),
        "made_at": contents.made_at,
        "reference": request.public_id,
        "processing": contents.processing,
        "parts": [
            {
                "title": part.title,
                "row": row,
                "base": part.name if isinstance(part, SectionPart) else f"data/{part.name}",
                "pages": [
                    page for page in contents.shown if page.path.startswith(f"pages/{part.name}-")
                ],
            }
            for row, part in sorted(
                (each for each in contents.parts if each[0].written), key=_order
            )
        ],
        "removed": sum(row.removed for row, _part in contents.parts),
        "left_out": contents.left_out,
        "provided_only": provided_only(contents.package),
    }
    return render_to_string("privacy/export/index.html", context).encode()


def _order(each: tuple[ExportPart, Part]) -> tuple[bool, int]:
    """What was written and said comes first, then how it went."""
    row, part = each
    words = isinstance(part, TablePart) and any(
        personal.category.startswith(("content.", "contact.", "opinion."))
        for name, personal in part.table.declaration.personal_fields()
        if name in part.columns()
    )
    return not words, row.position


def _manifest(contents: _Contents) -> dict[str, Any]:
    package = contents.package
    return {
        "package": str(package.public_id),
        "request": str(package.request.public_id),
        "kind": package.request.kind,
        "made_at": contents.made_at.isoformat(timespec="seconds"),
        "language": translation.get_language(),
        "parts": [
            {
                "name": part.name,
                "title": part.title,
                "planned": row.planned,
                "written": row.written,
                "omitted": row.omitted,
                "mentions_of_others_removed": row.removed,
            }
            for row, part in contents.parts
        ],
        "not_included": contents.left_out,
        "files": contents.digests,
    }
