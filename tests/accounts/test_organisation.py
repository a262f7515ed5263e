"""Founding, changing and the business calendar; the commands of an operator."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from io import StringIO

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from kaizo.accounts import services
from kaizo.accounts.models import Holiday, Membership, OpeningHours, Organisation, User
from kaizo.accounts.setup_code import is_setup_code
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]

pytestmark = pytest.mark.django_db


def hours(organisation: Organisation) -> list[tuple[int, int, int]]:
    with tenant_scope(organisation.pk):
        return list(OpeningHours.objects.values_list("weekday", "opens", "closes"))


def holidays(organisation: Organisation) -> dict[date, str]:
    with tenant_scope(organisation.pk):
        return dict(Holiday.objects.values_list("day", "name"))


def test_a_new_organisation_has_office_hours_and_its_country_s_holidays() -> None:
    german = services.create_organisation(slug="hafen", name="Hafen", country="DE")
    dutch = services.create_organisation(slug="haven", name="Haven", country="NL")
    assert hours(german) == [(weekday, 540, 1020) for weekday in range(5)]
    unity = date(2026, 10, 3)
    assert unity in holidays(german)
    assert unity not in holidays(dutch)


@pytest.mark.parametrize(
    "values",
    [
        {"slug": "Not Allowed"},
        {"slug": "x"},
        {"time_zone": "Europe/Nowhere"},
        {"country": "Netherlands"},
        {"name": ""},
    ],
)
def test_values_that_make_no_sense_found_nothing(values: dict[str, str]) -> None:
    with pytest.raises(DomainError):
        services.create_organisation(**({"slug": "haven", "name": "Haven"} | values))
    assert not Organisation.objects.exists()


def test_a_short_name_belongs_to_one_organisation() -> None:
    services.create_organisation(slug="haven", name="Haven")
    with pytest.raises(Conflict):
        services.create_organisation(slug="haven", name="Another")


def test_a_country_without_known_holidays_has_none() -> None:
    organisation = services.create_organisation(slug="far-away", name="Far away", country="XX")
    assert holidays(organisation) == {}


def test_loading_public_holidays_again_adds_nothing_and_keeps_names() -> None:
    organisation = services.create_organisation(slug="haven", name="Haven")
    with tenant_scope(organisation.pk):
        Holiday.objects.filter(day=date(2026, 1, 1)).update(name="Hangover")
    assert services.load_public_holidays(organisation=organisation, actor=None) == 0
    assert holidays(organisation)[date(2026, 1, 1)] == "Hangover"


@pytest.mark.parametrize(
    "spans",
    [[(0, 600, 540)], [(0, 540, 700), (0, 690, 800)], [(0, 540, 1500)]],
    ids=["backwards", "overlapping", "past midnight"],
)
def test_hours_that_make_no_sense_leave_the_old_ones(
    organisation: Organisation, spans: list[tuple[int, int, int]]
) -> None:
    good = [(0, 540, 720), (0, 720, 1440), (1, 0, 1440)]
    services.set_opening_hours(organisation=organisation, spans=good, actor=None)
    with pytest.raises(DomainError):
        services.set_opening_hours(organisation=organisation, spans=spans, actor=None)
    assert hours(organisation) == good


def test_admins_change_the_organisation_on_its_page(member: Make, sign_in: SignIn) -> None:
    admin = member(Role.ADMIN)
    url = reverse("accounts:organisation", args=[admin.organisation.slug])
    client = sign_in(admin.user)
    assert "Europe/Amsterdam" in client.get(url).content.decode()
    values = {"name": "Harbour & Sons", "country": "DE", "time_zone": "Europe/Berlin"}
    client.post(url, values)
    organisation = Organisation.objects.get(pk=admin.organisation_id)
    assert (organisation.name, organisation.country) == ("Harbour & Sons", "DE")
    wrong = client.post(url, values | {"time_zone": "Mars/Olympus"})
    assert wrong.status_code == 422


def test_admins_tell_detection_about_their_numbers_and_brands(
    member: Make, sign_in: SignIn
) -> None:
    admin = member(Role.ADMIN)
    url = reverse("accounts:organisation", args=[admin.organisation.slug])
    client = sign_in(admin.user)
    values = {"name": "Harbour", "country": "DE", "time_zone": "Europe/Berlin"}
    told = {"order_number_forms": "SO-9999\n\n SO-9999 \nA9A9", "brand_names": "Harper\r\nLibby"}
    assert client.post(url, values | told).status_code == 302
    organisation = Organisation.objects.get(pk=admin.organisation_id)
    assert organisation.order_number_forms == ["SO-9999", "A9A9"]
    assert organisation.brand_names == ["Harper", "Libby"]
    assert "Harper\nLibby" in client.get(url).content.decode()

    for wrong in ({"order_number_forms": "A9"}, {"brand_names": "x" * 81}):
        assert client.post(url, values | told | wrong).status_code == 422
    organisation.refresh_from_db()
    assert organisation.order_number_forms == ["SO-9999", "A9A9"]


def test_admins_change_the_calendar_on_its_page(member: Make, sign_in: SignIn) -> None:
    admin = member(Role.ADMIN)
    where = [admin.organisation.slug]
    client = sign_in(admin.user)
    client.post(reverse("accounts:hours", args=where), {"day_0": "9:00-12:30, 13:00-17:00"})
    assert hours(admin.organisation) == [(0, 540, 750), (0, 780, 1020)]
    wrong = client.post(reverse("accounts:hours", args=where), {"day_0": "nine to five"})
    assert wrong.status_code == 422
    assert hours(admin.organisation) == [(0, 540, 750), (0, 780, 1020)]
    holiday = {"day": f"{date.today().year}-12-27", "name": "Stock-taking"}  # noqa: DTZ011 - a year
    client.post(reverse("accounts:holiday_add", args=where), holiday)
    twice = client.post(reverse("accounts:holiday_add", args=where), holiday)
    assert twice.status_code == 422
    page = client.get(reverse("accounts:calendar", args=where)).content.decode()
    assert "Stock-taking" in page
    with tenant_scope(admin.organisation_id):
        row = Holiday.objects.get()
    client.post(reverse("accounts:holiday_remove", args=[*where, row.pk]))
    assert holidays(admin.organisation) == {}
    client.post(reverse("accounts:holidays_public", args=where))
    assert len(holidays(admin.organisation)) > 10


def command(*args: str, **options: object) -> str:
    out = StringIO()
    call_command(*args, stdout=out, **options)
    return out.getvalue()


def test_the_command_prints_a_link_that_lets_the_owner_in(client: Client) -> None:
    printed = command("create_organisation", "haven", name="Haven", owner="olga@haven.example")
    (path,) = re.findall(r"https?://[^/]+(/\S+)", printed)
    client.post(path, {"name": "Olga Owner", "password": "four quiet words apart"})
    organisation = Organisation.objects.get(slug="haven")
    with tenant_scope(organisation.pk):
        assert Membership.objects.get().role == Role.OWNER
    assert mail.outbox == []


def test_the_command_makes_somebody_with_an_account_the_owner_at_once() -> None:
    olga = factories.user(email="olga@haven.example")
    printed = command("create_organisation", "haven", name="Haven", owner="OLGA@haven.example")
    assert "is its owner" in printed
    with tenant_scope(Organisation.objects.get(slug="haven").pk):
        assert Membership.objects.get().user_id == olga.pk


@pytest.mark.parametrize(
    ("slug", "owner", "complaint"),
    [
        ("taken", None, "taken by another organisation"),
        ("Not a slug", None, "valid"),
        ("haven", "not-an-address", "valid email"),
    ],
)
def test_the_command_creates_nothing_when_something_is_wrong(
    slug: str, owner: str | None, complaint: str
) -> None:
    command("create_organisation", "taken", name="Taken")
    with pytest.raises(CommandError, match=complaint) as refusal:
        command("create_organisation", slug, name="Haven", owner=owner)
    assert refusal.value.returncode == 1
    assert Organisation.objects.count() == 1


def test_the_set_up_code_is_printed_until_an_account_exists() -> None:
    assert is_setup_code(command("setup_code"))
    factories.user()
    assert command("setup_code", if_open=True) == ""
    with pytest.raises(CommandError):
        command("setup_code")
