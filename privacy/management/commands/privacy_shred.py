"""Destroy one person's key."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from privacy.organisations import organisation_ids
from privacy.shredding import UnknownSubject, shred_subject


class Command(BaseCommand):
    help = (
        "Destroy one person's key: everything encrypted under it is unreadable from then on, here, "
        "in every backup of the main database, and for everybody. This cannot be undone."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("subject", metavar="SUBJECT", help="the person's id")
        parser.add_argument("--organisation", metavar="SLUG", required=True)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        found = organisation_ids(options["organisation"])
        if not found:
            raise CommandError("There is no such organisation.")
        try:
            subject_id = UUID(options["subject"])
        except ValueError:
            raise CommandError("SUBJECT must be an id such as those in the data map.") from None
        if not options["yes"] and not self._confirmed(subject_id):
            raise CommandError("Nothing was changed.")
        try:
            changed = shred_subject(organisation_id=found[0], subject_id=subject_id)
        except UnknownSubject as error:
            raise CommandError(str(error)) from None
        self.stdout.write(
            "The key is destroyed." if changed else "The key had been destroyed before."
        )

    def _confirmed(self, subject_id: UUID) -> bool:
        self.stdout.write(f"This makes everything of {subject_id} unreadable for ever.")
        return input("Type the id to go on: ").strip() == str(subject_id)
