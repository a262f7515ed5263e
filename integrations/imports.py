"""From a file's items to the database: pages of a size that is kind to memory and to locks.

The command, the upload page and the demo all import through here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final

from integrations.helpdesks.file.reader import Item, SetAside
from tickets.contracts import TicketRecord
from tickets.services import PAGE_SIZE, IngestReport, ingest_tickets

SOURCE: Final = "file"
MAX_PAGE_BYTES: Final = 8 * 1024 * 1024


@dataclass(slots=True)
class Page:
    """What is committed together: up to PAGE_SIZE tickets, and the lines set aside among them."""

    records: list[TicketRecord] = field(default_factory=list)
    faults: list[SetAside] = field(default_factory=list)
    size: int = 0
    last_line: int = 0

    @property
    def is_full(self) -> bool:
        return (
            len(self.records) >= PAGE_SIZE
            or len(self.faults) >= PAGE_SIZE
            or self.size >= MAX_PAGE_BYTES
        )

    def add(self, item: Item) -> None:
        self.last_line = item.line_number
        if isinstance(item, SetAside):
            self.faults.append(item)
        else:
            self.records.append(item.record)
            self.size += item.size


def paged(items: Iterable[Item], *, after_line: int = 0) -> Iterator[Page]:
    """The items in pages; those up to line `after_line` (done by an earlier run) are left out."""
    page = Page()
    for item in items:
        if item.line_number <= after_line:
            continue
        page.add(item)
        if page.is_full:
            yield page
            page = Page()
    if page.last_line:
        yield page


def store_page(organisation_id: int, page: Page) -> IngestReport:
    """Ingest a page's tickets in one transaction; a page without any costs nothing."""
    if not page.records:
        return IngestReport()
    return ingest_tickets(organisation_id=organisation_id, source=SOURCE, records=page.records)
