"""Founding and changing an organisation."""

from __future__ import annotations

from collections.abc import Sequence

from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.utils.translation import gettext as _

from kaizo.accounts.events import Event, record
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.accounts.services.calendars import (
    OFFICE_HOURS,
    load_public_holidays,
    set_opening_hours,
)
from kaizo.accounts.services.members import add_member
from kaizo.accounts.services.users import create_user
from kaizo.core.errors import Conflict, DomainError, Gone
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope

# Any number that nothing else locks: it lets one first-run set-up through at a time.
_FIRST_RUN_LOCK = 7_261_001


@transaction.atomic
def create_organisation(
    *,
    slug: str,
    name: str,
    time_zone: str = "Europe/Amsterdam",
    country: str = "NL",
    is_demo: bool = False,
) -> Organisation:
    """Found an organisation with office hours and its country's public holidays, without members.

    Raises Conflict when the short name is taken, DomainError when a value makes no sense.
    """
    if Organisation.objects.filter(slug=slug).exists():
        raise Conflict(_("The short name is taken by another organisation."))
    organisation = Organisation(
        slug=slug, name=name, time_zone=time_zone, country=country, is_demo=is_demo
    )
    _validate(organisation)
    organisation.save(force_insert=True)
    with tenant_scope(organisation.pk):
        record(Event.ORGANISATION_CREATED, actor=None, target=organisation)
        set_opening_hours(organisation=organisation, spans=OFFICE_HOURS, actor=None)
        load_public_holidays(organisation=organisation, actor=None)
    return organisation


def update_organisation(
    *,
    organisation: Organisation,
    name: str,
    time_zone: str,
    country: str,
    order_number_forms: Sequence[str],
    brand_names: Sequence[str],
    actor: Membership,
) -> None:
    """Change name, time zone, country and what detection knows of the organisation. Raises
    DomainError when a value makes no sense."""
    with tenant_scope(organisation.pk):
        organisation.name, organisation.time_zone = name, time_zone
        organisation.country = country
        organisation.order_number_forms = list(order_number_forms)
        organisation.brand_names = list(brand_names)
        _validate(organisation)
        organisation.save(
            update_fields=["name", "time_zone", "country", "order_number_forms", "brand_names"]
        )
        record(Event.ORGANISATION_UPDATED, actor=actor, target=organisation)


def _validate(organisation: Organisation) -> None:
    try:
        organisation.full_clean()
    except ValidationError as error:
        raise DomainError(_told(error)) from error


def _told(error: ValidationError) -> str:
    wrong = error.message_dict
    return " ".join(
        f"{field.verbose_name}: {' '.join(wrong[field.name])}"
        for field in Organisation._meta.fields  # noqa: SLF001 - Django's documented Meta API
        if field.name in wrong
    )


@transaction.atomic
def set_up_first_organisation(
    *, name: str, slug: str, owner_name: str, email: str, password: str
) -> tuple[Organisation, User]:
    """Create the first organisation and its owner.

    Raises Gone when any account exists already. Holds a lock, so that of two people who send the
    form at once only one becomes the owner.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_FIRST_RUN_LOCK])
    if User.objects.exists():
        raise Gone(_("This instance has been set up already."))
    organisation = create_organisation(slug=slug, name=name)
    user = create_user(email=email, name=owner_name, password=password)
    add_member(organisation=organisation, user=user, role=Role.OWNER)
    return organisation, user
