"""`manage.py import_tickets FILE --organisation SLUG [--json]`"""

from __future__ import annotations

import csv
import json
import os
import time
from argparse import ArgumentParser
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand
from tqdm import tqdm
from typing_extensions import override

from integrations.helpdesks.file.reader import FileRejectedError, SetAside, TicketFile
from integrations.imports import paged, store_page
from kaizo.accounts.models import Organisation
from tickets.services import IngestReport

ALL_GOOD: Final = 0
SOME_SET_ASIDE: Final = 1
NOTHING_IMPORTED: Final = 2


class Command(BaseCommand):
    help = "Import conversations from a JSON Lines or CSV file. Importing it again changes nothing."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path, help=".jsonl, .jsonl.gz, .csv or .csv.gz")
        parser.add_argument("--organisation", required=True, metavar="SLUG")
        parser.add_argument(
            "--json", action="store_true", help="print one line of JSON on standard output"
        )
        parser.add_argument(
            "--report",
            type=Path,
            help="where lines set aside are listed (default: beside the file, or else here)",
        )

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        """Exits with 0 when all is imported, 1 when lines were set aside, 2 when nothing was."""
        outcome = _Outcome(options["report"] or _report_path(options["file"]))
        try:
            organisation = Organisation.objects.get(slug=options["organisation"])
            with TicketFile.open(options["file"]) as tickets, outcome:
                _import(organisation.pk, tickets, outcome)
        except Organisation.DoesNotExist:
            outcome.error = f"There is no organisation {options['organisation']}."
        except FileRejectedError as error:
            outcome.error = str(error)
        if options["json"]:
            self.stdout.write(json.dumps(outcome.as_json()))
        self._explain(outcome)
        if outcome.exit_code:
            raise SystemExit(outcome.exit_code)

    def _explain(self, outcome: _Outcome) -> None:
        if outcome.error:
            self.stderr.write(outcome.error)
            return
        counts = outcome.report.tickets
        self.stderr.write(
            f"{counts.created} tickets created, {counts.updated} updated,"
            f" {counts.unchanged} unchanged, {counts.erased} erased,"
            f" {outcome.report.suppressed} kept out (erased before, or somebody objects);"
            f" {outcome.report.messages.created} messages created."
        )
        if outcome.set_aside:
            self.stderr.write(f"{outcome.set_aside} lines set aside, see {outcome.path}")
        for name, times in sorted(outcome.dropped.items()):
            self.stderr.write(f"Dropped {times} x {name}: nobody declared this field.")


@dataclass
class _Outcome:
    """What the command did. As a context manager it closes its report, which is only made when
    there is a line to put in."""

    path: Path
    report: IngestReport = field(default_factory=IngestReport)
    set_aside: int = 0
    dropped: dict[str, int] = field(default_factory=dict)
    error: str = ""
    started: float = field(default_factory=time.monotonic)

    def __enter__(self) -> _Outcome:
        self._file: Any = None
        return self

    def __exit__(self, *_: object) -> None:
        if self._file:
            self._file.close()

    def put_aside(self, faults: list[SetAside]) -> None:
        if not faults:
            return
        if self._file is None:
            self._file = self.path.open("w", encoding="utf-8", newline="")
            csv.writer(self._file).writerow(["line", "reason"])
        csv.writer(self._file).writerows((fault.line_number, fault.reason) for fault in faults)
        self.set_aside += len(faults)

    @property
    def exit_code(self) -> int:
        counts = self.report.tickets
        known = counts.created + counts.updated + counts.unchanged + counts.erased
        if self.error or not known + self.report.suppressed:
            return NOTHING_IMPORTED
        return SOME_SET_ASIDE if self.set_aside else ALL_GOOD

    def as_json(self) -> dict[str, Any]:
        """What was erased by this file, and what was kept out because it had been before or whom it
        is about objects, are one count: neither is here afterwards."""
        tickets = asdict(self.report.tickets)
        tickets["erased"] += self.report.suppressed
        return {
            "tickets": tickets,
            "messages": asdict(self.report.messages),
            "set_aside": self.set_aside,
            "seconds": round(time.monotonic() - self.started, 3),
        }


def _import(organisation_id: int, tickets: TicketFile, outcome: _Outcome) -> None:
    bar = tqdm(total=tickets.size, unit="B", unit_scale=True, desc="Importing", disable=None)
    with bar:
        for page in paged(tickets):
            outcome.report.add(store_page(organisation_id, page))
            outcome.put_aside(page.faults)
            bar.update(tickets.position - bar.n)
    outcome.dropped = dict(tickets.notes.dropped)


def _report_path(file: Path) -> Path:
    """Beside the file where that can be written, else in the current folder."""
    folder = file.parent if os.access(file.parent, os.W_OK) else Path.cwd()
    return folder / f"{file.name}.set-aside.csv"
