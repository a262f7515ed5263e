"""Erase again, on a restored database, whoever was erased after its backup was made."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import UTC, datetime
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from typing_extensions import override

from privacy.rights.replay import ReplayFailed, organisations_to_replay, replay


class Command(BaseCommand):
    help = (
        "Carries out again what the ledger says since the time of a backup, and everything that "
        "this database does not know of. Run it after restoring a database, before the product "
        "starts: it refuses to start until then. Safe to repeat."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--since",
            metavar="TIME",
            help="when the backup was made, as 2026-03-01T02:00:00+01:00; UTC without an offset",
        )

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        since = _moment(options["since"])
        try:
            done = replay(since=since)
        except ReplayFailed as error:
            msg = f"Something is left, traffic stays refused. {error}"
            raise CommandError(msg) from None
        self.stdout.write(
            f"{done.entries} entries carried out again, {done.keys} keys destroyed again,"
            f" {done.written_back} entries written back."
        )
        if organisations_to_replay():
            msg = "The two databases still differ. Is the vault of another installation?"
            raise CommandError(msg)
        self.stdout.write("The product may start.")


def _moment(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        msg = "TIME must look like 2026-03-01T02:00:00+01:00."
        raise CommandError(msg) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
