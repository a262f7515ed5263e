"""Put every key under the current root key, and on demand under new organisation keys."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from tqdm import tqdm
from typing_extensions import override

from privacy.organisations import organisation_ids
from privacy.vault.rotation import Rotation, reseal_everything, rotate_organisation


class Command(BaseCommand):
    help = (
        "Wrap every organisation's keys with the current root key (the old one in "
        "KAIZO_ROOT_KEY_PREVIOUS), and finish what an earlier run left. Safe to repeat."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--organisation", metavar="SLUG", help="only this organisation")
        parser.add_argument(
            "--renew",
            action="store_true",
            help="also make a new key per organisation and move its people's keys under it",
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        found = organisation_ids(options["organisation"])
        if options["organisation"] and not found:
            raise CommandError("There is no such organisation.")
        total = Rotation()
        with tqdm(unit=" keys", disable=None) as bar:
            for organisation_id in found:
                done = Rotation()
                for done in rotate_organisation(organisation_id, renew=options["renew"]):
                    bar.n = total.subject_keys + done.subject_keys
                    bar.refresh()
                total.organisation_keys += done.organisation_keys
                total.index_keys += done.index_keys
                total.subject_keys += done.subject_keys
                total.removed += done.removed
        if not options["organisation"]:
            for name, count in reseal_everything().items():
                self.stdout.write(f"{name}: {count} sealed anew.")
        self.stdout.write(
            f"{len(found)} organisations: {total.organisation_keys} organisation keys, "
            f"{total.index_keys} index keys and {total.subject_keys} people's keys wrapped anew, "
            f"{total.removed} old keys removed."
        )
