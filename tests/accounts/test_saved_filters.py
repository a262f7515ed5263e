"""Filters under a name: kept by a list's own form, for oneself or for everybody."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, SavedFilter, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope

pytestmark = pytest.mark.django_db

Member = Callable[[Role], Membership]
SignIn = Callable[[User], Client]


def address(organisation: Organisation, name: str, **arguments: object) -> str:
    return reverse(name, kwargs={"organisation": organisation.slug, **arguments})


def keep(client: Client, organisation: Organisation, query: str, **sent: object) -> str:
    url = address(organisation, "tickets:filter_save")
    answer = client.post(url, {"query": query, "name": "Bad chats"} | sent)
    assert answer.status_code == 302
    return str(answer.headers["Location"])


def stored(organisation: Organisation) -> list[tuple[str, str, bool]]:
    with tenant_scope(organisation.pk):
        return list(SavedFilter.objects.order_by("pk").values_list("name", "query", "is_shared"))


def listed(client: Client, organisation: Organisation, query: str = "") -> str:
    return client.get(f"{address(organisation, 'tickets:ticket_list')}{query}").content.decode()


def test_a_filter_is_kept_without_words_and_without_what_the_form_does_not_know(
    organisation: Organisation, member: Member, sign_in: SignIn
) -> None:
    client = sign_in(member(Role.REVIEWER).user)
    asked = "channel=chat&csat=bad&q=Carla+Customer&page=after%3A1&status=nonsense&tag="
    assert "Keep this filter" in listed(client, organisation, f"?{asked}")
    there = keep(client, organisation, asked)
    assert there.endswith("/tickets/?channel=chat&csat=bad")
    assert stored(organisation) == [("Bad chats", "channel=chat&csat=bad", False)]
    assert "Bad chats" in listed(client, organisation)
    assert 'aria-current="true"' in listed(client, organisation, "?csat=bad&channel=chat")


def test_a_filter_of_the_same_name_takes_the_others_place(
    organisation: Organisation, member: Member, sign_in: SignIn
) -> None:
    client = sign_in(member(Role.REVIEWER).user)
    keep(client, organisation, "channel=chat")
    keep(client, organisation, "channel=phone")
    assert stored(organisation) == [("Bad chats", "channel=phone", False)]


@pytest.mark.parametrize("query", ["", "q=Carla", "channel=nonsense"])
def test_there_must_be_something_to_keep(
    organisation: Organisation, member: Member, sign_in: SignIn, query: str
) -> None:
    keep(sign_in(member(Role.REVIEWER).user), organisation, query)
    assert stored(organisation) == []


def test_colleagues_see_what_is_shared_and_nothing_else(
    organisation: Organisation, member: Member, sign_in: SignIn
) -> None:
    reviewer, colleague, admin = member(Role.REVIEWER), member(Role.TEAM_LEAD), member(Role.ADMIN)
    client = sign_in(reviewer.user)
    keep(client, organisation, "channel=chat", name="Mine")
    keep(client, organisation, "channel=chat", name="Ours", is_shared="on")
    for other in (colleague, admin):
        seen = listed(sign_in(other.user), organisation)
        assert "Ours" in seen
        assert "Mine" not in seen


def test_agents_keep_filters_for_themselves(
    organisation: Organisation, member: Member, sign_in: SignIn
) -> None:
    keep(sign_in(member(Role.AGENT).user), organisation, "channel=chat", is_shared="on")
    assert stored(organisation) == [("Bad chats", "channel=chat", False)]


def test_a_filter_is_deleted_by_its_owner_or_when_shared_by_an_admin(
    organisation: Organisation, member: Member, sign_in: SignIn
) -> None:
    owner, colleague, admin = member(Role.REVIEWER), member(Role.REVIEWER), member(Role.ADMIN)
    for who, shared, expected in (
        (colleague, True, 404),
        (admin, False, 404),
        (admin, True, 302),
        (owner, False, 302),
    ):
        keep(
            sign_in(owner.user),
            organisation,
            "channel=chat",
            **({"is_shared": "on"} if shared else {}),
        )
        with tenant_scope(organisation.pk):
            key = SavedFilter.objects.get().pk
        url = address(organisation, "accounts:filter_delete", filter_id=key)
        assert sign_in(who.user).post(url).status_code == expected
        assert len(stored(organisation)) == (1 if expected == 404 else 0)
