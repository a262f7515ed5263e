"""Print the data map and write it to the documentation."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from privacy.data_map import data_map
from privacy.registry import registry

PAGE = Path("docs/privacy/data-map.md")


class Command(BaseCommand):
    help = f"Print what personal data there is, and write it to {PAGE}."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--check", action="store_true", help="write nothing; fail when the page is out of date"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        page: Path = settings.BASE_DIR / PAGE
        text = data_map(registry)
        if options["check"]:
            if not page.exists() or page.read_text(encoding="utf-8") != text:
                raise CommandError(f"{PAGE} is out of date: run manage.py privacy_map.")
            return
        self.stdout.write(text)
        page.parent.mkdir(parents=True, exist_ok=True)
        page.write_text(text, encoding="utf-8")
