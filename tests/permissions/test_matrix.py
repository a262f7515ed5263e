"""Every address, every role, the stranger, the wrong organisation, and nobody.

The addresses come from the URL configuration and the expectation from the view's own
`required_action`, so a new page is covered by being there; one without a declared action fails.
"""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, User
from kaizo.core import clock
from kaizo.core.permissions import ROLE_ACTIONS, Role
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.permissions.samples import SAMPLES, World, arguments
from tests.permissions.urls import SLUG, Address, addresses

pytestmark = pytest.mark.django_db

ALL = addresses()
TENANT = [address for address in ALL if address.action is not None]
IN_SCOPE_FOR_ALL = [address for address in ALL if address.is_public_in_organisation]

# Anybody may open these. Each line is a decision.
PUBLIC = {
    "account_confirm_email",
    "account_email_verification_sent",
    "account_inactive",
    "account_login",
    "account_logout",
    "account_reset_password",
    "account_reset_password_done",
    "account_reset_password_from_key",
    "account_reset_password_from_key_done",
    "account_signup",  # says that sign-up is closed
    "api_nothing",
    "api_schema",  # describes the product, nobody's data
    "components",
    "healthz",
    "home",
    "portal:appeal",  # needs a mailbox proven in the session
    "portal:ask",
    "portal:fetch",  # as appeal
    "portal:hand_over",  # as appeal
    "portal:home",
    "portal:link",  # proves itself by a signature
    "portal:own",  # as appeal
    "portal:passphrase",  # as appeal
    "portal:see",
    "portal:sent",
    "portal:transfer",  # proves itself by a signature
    "portal:write",  # as appeal
    "hook",  # proves itself by a signature
    "mfa_login_webauthn",
    "readyz",
    "setup",  # proves itself by a code, and is gone once an account exists
}
# Only somebody who is signed in, whatever their memberships.
SIGNED_IN = {
    "account_change_password",
    "account_email",
    "account_reauthenticate",
    "account_set_password",
    "me:profile",
    "me:theme",
    "mfa_activate_totp",
    "mfa_add_webauthn",
    "mfa_deactivate_totp",
    "mfa_download_recovery_codes",
    "mfa_edit_webauthn",
    "mfa_generate_recovery_codes",
    "mfa_index",
    "mfa_list_webauthn",
    "mfa_reauthenticate",
    "mfa_reauthenticate_webauthn",
    "mfa_remove_webauthn",
    "mfa_view_recovery_codes",
    "usersessions_list",
}
# In the middle of a sign-in; anybody else is sent to its beginning.
SIGNING_IN = {"account_confirm_login_code", "mfa_authenticate"}
# What public pages may answer besides themselves: a used-up set-up, an unknown key, not ready.
OTHER_ANSWERS = {
    "setup": {404},
    "account_confirm_email": {404},
    "readyz": {503},
    "hook": {404},
    # There is no such organisation.
    **{name: {404} for name in PUBLIC if name.startswith("portal:")},
    "api_nothing": {404},
}
OUTSIDE = {
    "connection": UUID(int=0),
    "key": "no-such-key",
    "kind": "erasure",
    "of": "no-such-harbour",
    "pk": 1,
    "public_id": UUID(int=0),
    "rest": "nothing",
    "token": "no-such-token",
    "uidb36": "1",
}

NOT_A_REFUSAL = {200, 204, 302, 405, 409, 410, 422}


def enter(user: User) -> Client:
    client = Client(raise_request_exception=False)
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def both(client: Client, url: str) -> list[HttpResponse]:
    """The answers to a GET and to a POST without content."""
    return [client.get(url), client.post(url)]


def is_sign_in(response: HttpResponse) -> bool:
    there = response.headers.get("Location", "")
    return response.status_code == 302 and there.startswith(reverse("account_login"))


def url_of(address: Address, world: World) -> str:
    return reverse(address.name, kwargs=arguments(address, world))


def world_of(role: Role) -> World:
    organisation = factories.organisation()
    return World(organisation, factories.membership(organisation, role))


def allowed_role(address: Address) -> Role:
    """A role that may use the address, so that nothing but the organisation refuses it."""
    return next(role for role in Role if address.action in ROLE_ACTIONS[role])


def refused_roles(address: Address) -> list[Role]:
    return [role for role in Role if address.action not in ROLE_ACTIONS[role]]


named = pytest.mark.parametrize("address", TENANT, ids=lambda address: address.name)


def test_every_address_says_who_may_open_it() -> None:
    listed = PUBLIC | SIGNED_IN | SIGNING_IN
    unlisted = [
        f"{address.name} ({address.route}): decorate the view with @allow(Action.…), or list it"
        for address in ALL
        if address.action is None
        and not address.is_api
        and not address.is_public_in_organisation
        and (address.name not in listed or address.is_tenant)
    ]
    assert unlisted == []


def test_every_declared_action_stands_inside_an_organisation() -> None:
    assert [address.name for address in TENANT if not address.is_tenant] == []


def test_no_line_of_the_lists_is_stale() -> None:
    known = {address.name for address in ALL}
    assert sorted((PUBLIC | SIGNED_IN | SIGNING_IN) - known) == []


def test_every_object_in_an_address_has_a_sample() -> None:
    missing = {
        f"{address.name}: {name}"
        for address in ALL
        if address.is_tenant
        for name in set(address.parameters) - {SLUG}
        if name not in SAMPLES and f"{address.name.rpartition(':')[0]}:{name}" not in SAMPLES
    }
    assert missing == set()


def forms_that_would_be_refused(page: HttpResponse) -> list[str]:
    """Those without a token. A test's client is let through without one; a browser is not."""
    text = "" if page.streaming else page.content.decode("utf-8", "replace")
    forms = re.findall(r'<form\b[^>]*method="post".*?</form>', text, re.DOTALL)
    return [form for form in forms if "csrfmiddlewaretoken" not in form]


@pytest.mark.promise("KZ-09-04")
@pytest.mark.parametrize(
    ("address", "role"),
    [
        pytest.param(address, role, id=f"{address.name}-{role}")
        for address in TENANT
        for role in Role
        if address.action in ROLE_ACTIONS[role]
    ],
)
def test_a_role_opens_what_its_actions_allow(address: Address, role: Role) -> None:
    world = world_of(role)
    viewed, sent = both(enter(world.actor.user), url_of(address, world))
    assert viewed.status_code in NOT_A_REFUSAL
    assert sent.status_code in NOT_A_REFUSAL
    assert not is_sign_in(viewed)
    assert not is_sign_in(sent)
    assert {viewed.status_code, sent.status_code} != {405}
    assert forms_that_would_be_refused(viewed) == []


@pytest.mark.promise("KZ-09-04")
@pytest.mark.parametrize(
    "address",
    [address for address in TENANT if refused_roles(address)],
    ids=lambda address: address.name,
)
def test_a_role_opens_nothing_else(address: Address) -> None:
    """Everybody is refused the same thing, which is there."""
    world = world_of(allowed_role(address))
    url = url_of(address, world)
    for role in refused_roles(address):
        member = factories.membership(world.organisation, role)
        statuses = {answer.status_code for answer in both(enter(member.user), url)}
        assert 403 in statuses, role
        assert statuses <= {403, 405}, role


@named
def test_only_members_find_anything(address: Address) -> None:
    """A stranger and a former member get 404, whoever is not signed in is asked to."""
    world = world_of(allowed_role(address))
    client, url = enter(world.actor.user), url_of(address, world)
    for response in both(Client(), url):
        assert is_sign_in(response)
    stranger = world_of(Role.OWNER).actor
    for response in both(enter(stranger.user), url):
        assert response.status_code == 404
    assert client.get(url).status_code in NOT_A_REFUSAL
    deactivate(world.actor)
    for response in both(client, url):
        assert response.status_code == 404


def deactivate(member: Membership) -> None:
    with tenant_scope(member.organisation_id):
        Membership.objects.filter(pk=member.pk).update(is_active=False, deactivated_at=clock.now())


@pytest.mark.parametrize(
    "address",
    [address for address in TENANT if address.objects],
    ids=lambda address: address.name,
)
def test_another_organisation_s_object_is_not_found_in_one_s_own(address: Address) -> None:
    own, foreign = world_of(allowed_role(address)), world_of(allowed_role(address))
    mine, theirs = arguments(address, own), arguments(address, foreign)
    client = enter(own.actor.user)
    crossed = reverse(address.name, kwargs=theirs | {SLUG: own.organisation.slug})
    statuses = {response.status_code for response in both(client, crossed)}
    assert 404 in statuses
    assert statuses <= {404, 405}
    assert client.get(reverse(address.name, kwargs=mine)).status_code in NOT_A_REFUSAL


@pytest.mark.parametrize("address", IN_SCOPE_FOR_ALL, ids=lambda address: address.name)
def test_an_open_door_leads_into_its_own_organisation_only(address: Address) -> None:
    world, elsewhere = world_of(Role.AGENT), world_of(Role.AGENT)
    made = arguments(address, world)
    crossed = made | {SLUG: elsewhere.organisation.slug}
    for client in (Client(), enter(elsewhere.actor.user)):
        for response in both(client, reverse(address.name, kwargs=crossed)):
            assert response.status_code == 404
    assert Client().get(reverse(address.name, kwargs=made)).status_code in NOT_A_REFUSAL


def outside(names: set[str]) -> list[Address]:
    return [address for address in ALL if address.name in names]


def plain_url(address: Address) -> str:
    return reverse(address.name, kwargs={name: OUTSIDE[name] for name in address.parameters})


@pytest.mark.parametrize("address", outside(SIGNED_IN), ids=lambda address: address.name)
def test_personal_pages_ask_nobody_in(address: Address) -> None:
    refused = both(Client(), plain_url(address))
    assert any(is_sign_in(response) for response in refused)
    assert all(is_sign_in(response) or response.status_code == 405 for response in refused)
    for response in both(enter(factories.user()), plain_url(address)):
        assert response.status_code < 500
        assert not is_sign_in(response)


@pytest.mark.parametrize("address", outside(SIGNING_IN), ids=lambda address: address.name)
def test_a_sign_in_cannot_be_entered_in_its_middle(address: Address) -> None:
    for response in both(Client(), plain_url(address)):
        assert is_sign_in(response)


@pytest.mark.parametrize("address", outside(PUBLIC), ids=lambda address: address.name)
def test_public_pages_answer_anybody(address: Address) -> None:
    factories.user()
    clients = [Client(), enter(factories.user())]
    answers = [response for client in clients for response in both(client, plain_url(address))]
    allowed = {200, 302, 400, 405} | OTHER_ANSWERS.get(address.name, set())
    assert {response.status_code for response in answers} <= allowed
