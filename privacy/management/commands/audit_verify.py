"""Check the seals over the audit events."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from privacy.accountability.checking import check_seals
from privacy.organisations import organisation_ids


class Command(BaseCommand):
    help = (
        "Compute every seal over the audit events anew and compare. Exit code 1 when an event was "
        "changed, added to a sealed range or taken out, or when a seal is missing or forged. The "
        "result is an event; owners and privacy officers are told of a broken chain."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this one")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        found = organisation_ids(options["organisation"])
        if not found:
            raise CommandError("There is no such organisation.")
        verdicts = [check_seals(organisation_id) for organisation_id in found]
        for verdict in verdicts:
            state = "intact" if verdict.is_intact else "BROKEN"
            self.stdout.write(
                f"organisation {verdict.organisation_id}: {state}, {verdict.seals} seals over"
                f" {verdict.events} events, {verdict.unsealed} not sealed yet"
            )
            for problem in verdict.problems:
                self.stdout.write(f"  {problem}")
        if not all(verdict.is_intact for verdict in verdicts):
            raise CommandError("The audit events are not what was sealed.")
