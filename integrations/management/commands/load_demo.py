"""`manage.py load_demo`: the demo organisation, and how to sign in to it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from integrations.demo.generator import DEFAULT_TICKETS
from integrations.demo.live import connect_sandbox
from integrations.demo.loading import load_demo, sign_ins
from kaizo.core import clock


class Command(BaseCommand):
    help = "Create the demo organisation by importing generated conversations; print its sign-ins."

    @override
    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--tickets", type=int, default=DEFAULT_TICKETS)
        parser.add_argument("--sandbox", help="address of a sandbox helpdesk to connect to")

    @override
    def handle(self, *_args: Any, **options: Any) -> None:
        """Changes nothing when the demo is here already."""
        report = load_demo(now=clock.now(), tickets=options["tickets"])
        if report:
            self.stderr.write(
                f"Imported {report.tickets.created} tickets"
                f" with {report.messages.created} messages."
            )
        if options["sandbox"]:
            connect_sandbox(address=options["sandbox"], now=clock.now())
        for sign_in in sign_ins():
            self.stdout.write(f"{sign_in.role.value:<16} {sign_in.email:<34} {sign_in.password}")
