"""The ways in: the start page, the first-run set-up, what the middleware lets through."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Holiday, Membership, OpeningHours, Organisation, User
from kaizo.accounts.setup_code import setup_code
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories

pytestmark = pytest.mark.django_db

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]
SETUP = {
    "organisation_name": "Harbour Support",
    "slug": "harbour-support",
    "name": "Olga Owner",
    "email": "olga@harbour.example",
    "password": "four quiet words apart",
}


def events_page(organisation: Organisation) -> str:
    return reverse("accounts:my_events", args=[organisation.slug])


def without_token(response: HttpResponse) -> str:
    return re.sub(r'"X-CSRFToken": "[^"]*"', "", response.content.decode())


def test_a_fresh_instance_sends_everybody_to_the_set_up_page(client: Client) -> None:
    assert client.get("/").headers["Location"] == "/setup/"


def test_the_set_up_page_founds_the_organisation_and_signs_its_owner_in(client: Client) -> None:
    response = client.post("/setup/", SETUP | {"code": setup_code().upper()})
    assert response.headers["Location"] == "/o/harbour-support/"
    organisation = Organisation.objects.get()
    with tenant_scope(organisation.pk):
        owner = Membership.objects.select_related("user").get()
        assert OpeningHours.objects.count() == 5
        assert Holiday.objects.count() > 10
    assert (owner.role, owner.user.email) == (Role.OWNER, "olga@harbour.example")
    assert client.session["_auth_user_id"] == str(owner.user_id)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"code": "0000"}, "This is not this instance’s code."),
        ({"slug": "Not a slug"}, "Use two or more small letters, digits and hyphens"),
        ({"slug": "not_a_slug"}, "Use two or more small letters, digits and hyphens"),
        ({"slug": "x"}, "Use two or more small letters, digits and hyphens"),
        ({"password": "short"}, "too short"),
        ({"password": "olga@harbour.example"}, "too similar"),
    ],
)
def test_the_set_up_page_creates_nothing_when_something_is_wrong(
    client: Client, change: dict[str, str], complaint: str
) -> None:
    response = client.post("/setup/", SETUP | {"code": setup_code()} | change)
    assert response.status_code == 422
    assert complaint in response.content.decode().replace("&#x27;", "’")
    assert not User.objects.exists()
    assert not Organisation.objects.exists()


def test_the_new_owner_is_greeted_by_name(client: Client) -> None:
    page = client.post("/setup/", SETUP | {"code": setup_code()}, follow=True).content.decode()
    assert "Successfully signed in as Olga Owner" in page


def test_the_set_up_page_is_gone_once_anybody_can_sign_in(client: Client) -> None:
    factories.user()
    assert client.get("/setup/").status_code == 404
    response = client.post("/setup/", SETUP | {"code": setup_code()})
    assert response.status_code == 404
    assert not Organisation.objects.exists()
    assert client.get("/").headers["Location"] == reverse("account_login")


def test_a_member_of_one_organisation_goes_straight_there(member: Make, sign_in: SignIn) -> None:
    lead = member(Role.TEAM_LEAD)
    client = sign_in(lead.user)
    start = reverse("accounts:start", args=[lead.organisation.slug])
    assert client.get("/").headers["Location"] == start
    assert client.get("/?choose=1").status_code == 200


def test_a_member_of_several_organisations_chooses(
    member: Make, sign_in: SignIn, other_organisation: Organisation
) -> None:
    lead = member(Role.TEAM_LEAD)
    factories.membership(other_organisation, Role.AGENT, who=lead.user)
    elsewhere = factories.organisation(name="Not theirs")
    page = sign_in(lead.user).get("/").content.decode()
    assert lead.organisation.name in page
    assert other_organisation.name in page
    assert elsewhere.name not in page


def test_who_belongs_nowhere_is_told_so(sign_in: SignIn) -> None:
    page = sign_in(factories.user()).get("/").content.decode()
    assert "You are not a member of any organisation" in page


def test_a_member_enters_and_a_stranger_gets_the_404_of_an_unknown_name(
    member: Make, sign_in: SignIn, organisation: Organisation, other_organisation: Organisation
) -> None:
    client = sign_in(member(Role.AGENT).user)
    assert client.get(events_page(organisation)).status_code == 200
    foreign = client.get(events_page(other_organisation))
    unknown = client.get(events_page(Organisation(slug="no-such-name")))
    assert foreign.status_code == unknown.status_code == 404
    assert without_token(foreign) == without_token(unknown)


def test_a_deactivated_member_is_a_stranger_from_the_next_click_on(
    member: Make, sign_in: SignIn
) -> None:
    agent = member(Role.AGENT)
    client = sign_in(agent.user)
    assert client.get(events_page(agent.organisation)).status_code == 200
    with tenant_scope(agent.organisation_id):
        agent.is_active, agent.deactivated_at = False, clock.now()
        agent.save(update_fields=["is_active", "deactivated_at"])
    assert client.get(events_page(agent.organisation)).status_code == 404


def test_logged_out_leads_to_sign_in_and_back(client: Client, organisation: Organisation) -> None:
    page = events_page(organisation)
    assert client.get(page).headers["Location"] == f"{reverse('account_login')}?next={page}"


def test_an_unknown_name_cannot_be_told_from_a_known_one_while_logged_out(
    client: Client, organisation: Organisation
) -> None:
    known = client.get(events_page(organisation))
    unknown = client.get("/o/no-such-name/me/events/")
    assert known.status_code == unknown.status_code == 302
    assert (
        known.headers["Location"].partition("?")[0] == unknown.headers["Location"].partition("?")[0]
    )


def test_a_fragment_is_not_filled_with_the_sign_in_page(
    client: Client, organisation: Organisation
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://testserver/o/{organisation.slug}/"}
    response = client.get(events_page(organisation), headers=headers)
    expected = f"{reverse('account_login')}?next=/o/{organisation.slug}/"
    assert response.status_code == 200
    assert response.headers["HX-Redirect"] == expected


def test_finding_the_organisation_and_the_member_takes_four_queries(
    member: Make,
    sign_in: SignIn,
    django_assert_max_num_queries: Callable[[int], AbstractContextManager[object]],
) -> None:
    agent = member(Role.AGENT)
    client = sign_in(agent.user)
    start = reverse("accounts:start", args=[agent.organisation.slug])
    client.get(start)
    # User, organisation, scope, member; the rest is this test's outer transaction: a savepoint,
    # its release, and the scope that is put back behind it.
    with django_assert_max_num_queries(4 + 3):
        client.get(start)


def test_what_a_view_wrote_is_rolled_back_when_it_raises(
    organisation: Organisation, member: Make, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = member(Role.ADMIN)
    client = sign_in(admin.user)
    url = reverse("accounts:team_list", args=[organisation.slug])

    def fail(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr("kaizo.accounts.views.teams._to_team", fail)
    client.raise_request_exception = False
    assert client.post(url, {"name": "Berlin"}).status_code == 500
    monkeypatch.undo()
    assert "Berlin" not in client.get(url).content.decode()
    client.post(url, {"name": "Berlin"})
    assert "Berlin" in client.get(url).content.decode()


def test_times_are_shown_in_the_organisation_s_zone(member: Make, sign_in: SignIn) -> None:
    agent = member(Role.AGENT)
    agent.organisation.time_zone = "Pacific/Auckland"
    agent.organisation.save(update_fields=["time_zone"])
    with tenant_scope(agent.organisation_id):
        from kaizo.accounts.events import Event, record

        record(Event.MEMBER_REACTIVATED, actor=None, target=agent, affected=agent.user)
    page = sign_in(agent.user).get(events_page(agent.organisation)).content.decode()
    assert "+13:00" in page or "+12:00" in page
