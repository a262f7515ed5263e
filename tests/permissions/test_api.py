"""The permission matrix of the API: every endpoint, role and scope, a stranger, the wrong
organisation, and nobody. The expectation comes from the endpoint's own `needs`."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.api.base import Endpoint, Need
from kaizo.accounts.api.models import Scope
from kaizo.core.permissions import ROLE_ACTIONS, Role, can
from tests.api.calling import Caller
from tests.permissions.samples import World, arguments
from tests.permissions.test_matrix import deactivate, world_of
from tests.permissions.urls import SLUG, Address, addresses

pytestmark = pytest.mark.django_db

METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
ENDPOINTS = [address for address in addresses() if address.is_api]
NOT_A_REFUSAL = {200, 201, 204, 400, 409, 422}


def endpoint(address: Address) -> type[Endpoint]:
    return address.view.cls


CALLS = [
    (address, method, endpoint(address).needs[method])
    for address in ENDPOINTS
    for method in METHODS
    if method in endpoint(address).needs
]
each_call = pytest.mark.parametrize(
    ("address", "method", "need"), CALLS, ids=[f"{m}-{a.name}" for a, m, _need in CALLS]
)


def url_of(address: Address, world: World) -> str:
    return reverse(address.name, kwargs=arguments(address, world))


def allowed_role(need: Need) -> Role:
    return next(role for role in Role if need.action in ROLE_ACTIONS[role])


def test_there_are_endpoints() -> None:
    assert len(ENDPOINTS) >= 7


@pytest.mark.parametrize("address", ENDPOINTS, ids=lambda address: address.name)
def test_every_method_says_what_it_needs(address: Address) -> None:
    view = endpoint(address)
    served = {method for method in METHODS if hasattr(view, method.lower())}
    assert served == set(view.needs)
    assert address.is_tenant


@each_call
@pytest.mark.parametrize("role", list(Role))
def test_a_role_reaches_what_its_actions_allow(
    address: Address, method: str, need: Need, role: Role
) -> None:
    world = world_of(role)
    answer = Caller(world.actor, [need.scope]).call(method, url_of(address, world), {})
    if can(world.actor, need.action):
        assert answer.status_code in NOT_A_REFUSAL
    else:
        assert answer.status_code == 403
        assert answer.json()["code"] == "role"


@each_call
def test_a_token_without_the_scope_is_refused(address: Address, method: str, need: Need) -> None:
    world = world_of(allowed_role(need))
    url = url_of(address, world)
    others = [scope for scope in Scope if scope != need.scope]
    refused = Caller(world.actor, others).call(method, url, {})
    assert refused.status_code == 403
    assert refused.json()["code"] == "scope"
    assert Caller(world.actor, [need.scope]).call(method, url, {}).status_code in NOT_A_REFUSAL


@each_call
def test_nobody_a_stranger_and_a_former_member_are_refused_alike(
    address: Address, method: str, need: Need
) -> None:
    world = world_of(allowed_role(need))
    url = url_of(address, world)
    stranger, former = Caller(world_of(Role.OWNER).actor), Caller(world.actor)
    deactivate(world.actor)
    nobody: list[Any] = [Client().generic(method, url), stranger.call(method, url, {})]
    for answer in [*nobody, former.call(method, url, {})]:
        assert answer.status_code == 401
        assert answer["WWW-Authenticate"].startswith("Bearer")
    unknown = url.replace(world.organisation.slug, "no-such-place")
    assert stranger.call(method, unknown, {}).status_code == 401


@pytest.mark.parametrize(("address", "method", "need"), [call for call in CALLS if call[0].objects])
def test_another_organisation_s_object_is_not_found(
    address: Address, method: str, need: Need
) -> None:
    own, foreign = world_of(allowed_role(need)), world_of(allowed_role(need))
    theirs = arguments(address, foreign) | {SLUG: own.organisation.slug}
    crossed = Caller(own.actor).call(method, reverse(address.name, kwargs=theirs), {})
    assert crossed.status_code == 404
