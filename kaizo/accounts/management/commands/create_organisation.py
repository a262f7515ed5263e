"""`manage.py create_organisation SLUG --name NAME [--owner EMAIL]`."""

from __future__ import annotations

from typing import Any

from django.core.exceptions import ValidationError
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.core.validators import validate_email
from django.db import transaction
from typing_extensions import override

from kaizo.accounts.models import Organisation, User
from kaizo.accounts.services import add_member, create_organisation, invite, issue_invitation_link
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Role


class Command(BaseCommand):
    help = (
        "Create an organisation. With --owner, whoever has that address becomes its owner at once;"
        " an address without an account gets an invitation, whose link is printed once."
    )

    @override
    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("slug", metavar="SLUG", help="short name in addresses: acme-support")
        parser.add_argument("--name", required=True, help="what people call the organisation")
        parser.add_argument("--owner", metavar="EMAIL", help="address of the owner")
        parser.add_argument("--time-zone", default="Europe/Amsterdam")
        parser.add_argument("--country", default="NL", help="two letters; sets public holidays")

    @override
    def handle(self, *args: Any, **options: Any) -> None:
        """Exits with 1 and one line on standard error when it cannot; nothing is created then."""
        try:
            if options["owner"]:
                validate_email(options["owner"])
            with transaction.atomic():
                organisation, line = self._create(options)
        except (DomainError, ValidationError) as error:
            text = " ".join(error.messages) if isinstance(error, ValidationError) else str(error)
            raise CommandError(text) from error
        self.stdout.write(f"Created {organisation.name} at /o/{organisation.slug}/")
        if line:
            self.stdout.write(line)

    def _create(self, options: dict[str, Any]) -> tuple[Organisation, str]:
        organisation = create_organisation(
            slug=options["slug"],
            name=options["name"],
            time_zone=options["time_zone"],
            country=options["country"].upper(),
        )
        return organisation, self._appoint(organisation, options["owner"])

    def _appoint(self, organisation: Organisation, email: str | None) -> str:
        if not email:
            return ""
        user = User.objects.filter(email__iexact=email).first()
        if user is not None:
            add_member(organisation=organisation, user=user, role=Role.OWNER)
            return f"{email} is its owner."
        invitation = invite(
            organisation=organisation, email=email, role=Role.OWNER, actor=None, by_mail=False
        )
        link = issue_invitation_link(invitation=invitation)
        return f"Invitation for {email}, valid for a week and shown this once:\n{link}"
