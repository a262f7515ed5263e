"""The menu at the side."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role

pytestmark = pytest.mark.django_db

Member = Callable[[Role], Membership]
SignIn = Callable[[User], Client]


@pytest.mark.parametrize(
    ("role", "view", "marked"),
    [
        (Role.OWNER, "accounts:organisation", "Organisation"),
        (Role.OWNER, "accounts:calendar", "Organisation"),
        (Role.OWNER, "quality:settings", "Quality"),
        (Role.REVIEWER, "quality:review_list", "Reviews"),
        (Role.AGENT, "quality:review_list", "Reviews of my work"),
        (Role.AGENT, "quality:reviews_received", "Reviews of my work"),
    ],
)
def test_the_menu_marks_where_one_is(
    organisation: Organisation, member: Member, sign_in: SignIn, role: Role, view: str, marked: str
) -> None:
    client = sign_in(member(role).user)
    page = client.get(reverse(view, args=[organisation.slug])).content.decode()
    found = re.findall(r'class="nav-item"[^>]*aria-current="page">.*?<span>(.*?)</span>', page)
    assert set(found) == {marked}  # the menu is there twice: for phones as well
