"""Watch the deadlines of requests, apart from workers and queue."""

from __future__ import annotations

import time
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from django.db import DatabaseError, close_old_connections
from typing_extensions import override

from kaizo.core.logs import get_logger
from privacy.rights.deadline_watch.services import EVERY, look

log = get_logger(__name__)


class Command(BaseCommand):
    help = (
        "Tells privacy officers by mail of requests that are due soon, overdue or do not move. "
        "Runs for good, as a process of its own: it works when no worker does."
    )

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--once", action="store_true", help="look once and end")
        parser.add_argument(
            "--every",
            type=int,
            metavar="SECONDS",
            default=int(EVERY.total_seconds()),
            help="how long to wait between two looks (%(default)s)",
        )

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        if options["once"]:
            self.stdout.write(f"Told of {look()}.")
            return
        while True:
            try:
                look()
            except DatabaseError as error:  # it may be starting, too
                log.warning("deadline_watch_waits", error=type(error).__name__)
            close_old_connections()
            time.sleep(options["every"])
