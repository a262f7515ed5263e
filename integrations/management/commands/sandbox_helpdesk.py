"""`manage.py sandbox_helpdesk`: a helpdesk to connect to, on this machine."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from integrations.demo.generator import DEFAULT_SEED
from integrations.helpdesks.sandbox.server import DEFAULT_TICKETS, Sandbox
from integrations.helpdesks.sandbox.tokens import CLIENT_ID, CLIENT_SECRET, TOKEN


class Command(BaseCommand):
    help = "Run a helpdesk of generated conversations that speaks Zendesk's API."
    requires_system_checks = ()

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, required=True)
        parser.add_argument("--tickets", type=int, default=DEFAULT_TICKETS)
        parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
        parser.add_argument("--now", type=datetime.fromisoformat, help="when the texts end")
        parser.add_argument("--lag", type=int, default=0, help="seconds the export holds back")
        parser.add_argument("--arrivals", type=float, default=0, help="new tickets a minute")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        """Runs until it is interrupted."""
        sandbox = Sandbox(
            port=options["port"],
            tickets=options["tickets"],
            seed=options["seed"],
            now=options["now"],
            lag=options["lag"],
        )
        with sandbox:
            self.stdout.write(f"Sandbox helpdesk at {sandbox.url}, access token {TOKEN}")
            self.stdout.write(f"OAuth client {CLIENT_ID}, secret {CLIENT_SECRET}")
            self.stdout.flush()
            if options["arrivals"] > 0:
                sandbox.arrive(options["arrivals"])
            try:
                sandbox.thread.join()
            except KeyboardInterrupt:
                self.stdout.write("Stopped.")
