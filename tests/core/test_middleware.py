"""What is shown where the product refuses."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, User
from kaizo.core.permissions import Role

pytestmark = pytest.mark.django_db


def test_an_address_that_only_takes_a_form_has_a_page_for_who_opens_it(
    member: Callable[[Role], Membership], sign_in: Callable[[User], Client]
) -> None:
    admin = member(Role.ADMIN)
    client = sign_in(admin.user)
    address = reverse("accounts:member_invite", args=[admin.organisation.slug])
    opened = client.get(address)
    assert opened.status_code == 405
    assert opened["Allow"] == "POST"
    assert "Go to the start page" in opened.content.decode()
    assert client.post(address).status_code == 422
