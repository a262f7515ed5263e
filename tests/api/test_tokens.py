"""Tokens: made once, kept as a digest, limited by scope, role and time."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.api.models import ApiToken, Scope
from kaizo.accounts.api.tokens import create_token, revoke_token
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.permissions import ROLE_ACTIONS, TOKEN_SCOPES, Action, Role
from kaizo.core.tenancy import tenant_scope
from privacy.api import events_for_user
from tests.api.calling import Caller

pytestmark = pytest.mark.django_db


@pytest.fixture
def admin(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.ADMIN)


def page(organisation: Organisation) -> str:
    return reverse("accounts:api_token_list", kwargs={"organisation": organisation.slug})


def test_a_secret_is_shown_once_and_kept_as_a_digest(
    organisation: Organisation, admin: Membership, sign_in: Callable[[User], Client]
) -> None:
    client = sign_in(admin.user)
    sent = {"name": "Reports", "scopes": ["reviews:read"], "days": "90"}
    made = client.post(page(organisation), sent).content.decode()
    with tenant_scope(organisation.pk):
        token = ApiToken.objects.get()
        events = [event.action for event in events_for_user(admin.user_id)]
    assert "Copy the token now" in made
    assert "accounts.api_token.created" in events
    shown = client.get(page(organisation)).content.decode()
    assert "kaizo_" not in shown
    assert token.ending in shown
    refused = client.post(page(organisation), sent | {"scopes": []})
    assert refused.status_code == 422
    assert "Tick at least one." in refused.content.decode()


def test_an_officer_makes_tokens_for_privacy_alone(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    client = sign_in(member(Role.PRIVACY_OFFICER).user)
    shown = client.get(page(organisation)).content.decode()
    assert "privacy:read" in shown
    assert "reviews:read" not in shown
    sent = {"name": "Board", "days": "90"}
    more = ["privacy:read", "reviews:read"]
    assert client.post(page(organisation), sent | {"scopes": more}).status_code == 422
    allowed = ["privacy:read", "privacy:write", "audit:read"]
    made = client.post(page(organisation), sent | {"scopes": allowed}).content.decode()
    secret = made.split('id="secret" value="')[1].split('"')[0]
    headers = {"Authorization": f"Bearer {secret}"}
    board = f"/api/v1/o/{organisation.slug}/privacy/requests/"
    assert Client().get(board, headers=headers).status_code == 200


def test_an_officer_sees_and_revokes_only_their_own(
    organisation: Organisation,
    admin: Membership,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    officer = member(Role.PRIVACY_OFFICER)
    own, other = Caller(officer, [Scope.PRIVACY_READ]), Caller(admin)

    def revoke(client: Client, caller: Caller) -> int:
        kwargs = {"organisation": organisation.slug, "api_token_id": caller.token.pk}
        return client.post(reverse("accounts:api_token_revoke", kwargs=kwargs)).status_code

    client = sign_in(officer.user)
    shown = client.get(page(organisation)).content.decode()
    assert own.token.ending in shown
    assert other.token.ending not in shown
    assert revoke(client, other) == 404
    assert other.call("GET", "scorecards/").status_code == 200
    assert revoke(client, own) == 302
    assert own.call("GET", "privacy/requests/").status_code == 401
    again = Caller(officer, [Scope.PRIVACY_READ])
    assert revoke(sign_in(admin.user), again) == 302


@pytest.mark.parametrize("role", list(Role))
def test_whoever_may_make_tokens_has_scopes_and_nobody_else(role: Role) -> None:
    may = Action.MAKE_API_TOKENS in ROLE_ACTIONS[role]
    assert bool(TOKEN_SCOPES.get(role)) is may
    if Action.MANAGE_API_TOKENS in ROLE_ACTIONS[role]:
        assert TOKEN_SCOPES[role] == frozenset(Scope)


def test_a_token_needs_a_scope_and_lives_for_a_year_at_most(admin: Membership) -> None:
    for scopes, days in (([], 1), ([Scope.REVIEWS_READ], 366), ([Scope.REVIEWS_READ], 0)):
        with pytest.raises(DomainError):
            create_token(actor=admin, name="x", scopes=scopes, valid_for=timedelta(days=days))


def test_a_revoked_or_expired_token_or_one_of_who_left_opens_nothing(
    organisation: Organisation,
    admin: Membership,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    revoked, expired, left, good = (
        Caller(who) for who in (admin, admin, member(Role.TEAM_LEAD), admin)
    )
    assert revoked.call("GET", "scorecards/").status_code == 200
    sign_in(admin.user).post(
        reverse(
            "accounts:api_token_revoke",
            kwargs={"organisation": organisation.slug, "api_token_id": revoked.token.pk},
        )
    )
    with tenant_scope(organisation.pk):
        past = clock.now() - timedelta(days=2)
        ApiToken.objects.filter(pk=expired.token.pk).update(
            created_at=past, expires_at=past + timedelta(days=1)
        )
        Membership.objects.filter(pk=left.token.membership_id).update(
            is_active=False, deactivated_at=clock.now()
        )
    for caller in (revoked, expired, left):
        assert caller.call("GET", "scorecards/").status_code == 401
    assert good.call("GET", "scorecards/").status_code == 200


def test_revoking_twice_is_recorded_once(organisation: Organisation, admin: Membership) -> None:
    token = Caller(admin).token
    revoke_token(token=token, actor=admin)
    revoke_token(token=token, actor=admin)
    with tenant_scope(organisation.pk):
        events = [event.action for event in events_for_user(admin.user_id)]
    assert events.count("accounts.api_token.revoked") == 1


def test_a_token_tells_when_it_was_last_used(organisation: Organisation, admin: Membership) -> None:
    caller = Caller(admin)
    caller.call("GET", "scorecards/")
    with tenant_scope(organisation.pk):
        assert ApiToken.objects.get(pk=caller.token.pk).last_used_at is not None


def test_a_token_opens_no_page_and_a_session_no_endpoint(
    organisation: Organisation, admin: Membership, sign_in: Callable[[User], Client]
) -> None:
    caller = Caller(admin)
    assert caller.call("GET", page(organisation)).status_code == 302
    url = reverse("api:scorecards", kwargs={"organisation": organisation.slug})
    assert sign_in(admin.user).get(url).status_code == 401
    assert caller.call("GET", url).status_code == 200
