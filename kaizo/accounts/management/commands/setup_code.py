"""`manage.py setup_code`: the code that the first-run page asks for."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from typing_extensions import override

from kaizo.accounts.models import User
from kaizo.accounts.setup_code import setup_code


class Command(BaseCommand):
    help = "Print the code for the first-run page at /setup/, while no account exists."

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-open", action="store_true", help="print nothing, and exit with 0, once set up"
        )

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 1 once an account exists: the page is gone then."""
        if User.objects.exists():
            if options["if_open"]:
                return
            msg = "This instance has been set up already."
            raise CommandError(msg)
        self.stdout.write(setup_code())
