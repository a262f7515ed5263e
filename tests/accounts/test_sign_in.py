"""Sign-in: second factors, closed sign-up, secrets at rest."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.mfa.adapter import get_adapter
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import (
    TOTP,
    format_hotp_value,
    hotp_value,
    yield_hotp_counters_from_time,
)
from cryptography.exceptions import InvalidTag
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.accounts.sealing import seal, unseal
from kaizo.core.permissions import MFA_ROLES, Role
from tests import factories

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]

SECRET = "JBSWY3DPEHPK3PXP"


@pytest.fixture
def real(db: None) -> Organisation:
    """An organisation that is not a demo."""
    return factories.organisation(is_demo=False)


def code_for(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(iter(yield_hotp_counters_from_time()))))


@pytest.mark.promise("KU-11-05")
@pytest.mark.parametrize("role", list(Role))
def test_roles_that_reach_everyone_s_data_need_a_second_factor(
    real: Organisation, sign_in: SignIn, role: Role
) -> None:
    member = factories.membership(real, role)
    client = sign_in(member.user)
    page = reverse("accounts:my_events", args=[real.slug])
    if role not in MFA_ROLES:
        assert client.get(page).status_code == 200
        return
    response = client.get(page)
    assert response.headers["Location"] == reverse("mfa_index")
    explained = client.get(reverse("mfa_index"))
    assert explained.status_code == 200
    assert "needs a second factor" in explained.content.decode()
    TOTP.activate(member.user, SECRET)
    assert client.get(page).status_code == 200


@pytest.mark.parametrize("role", sorted(MFA_ROLES))
def test_a_demo_organisation_lets_newcomers_in_with_a_password(
    member: Make, sign_in: SignIn, role: Role
) -> None:
    person = member(role)
    page = reverse("accounts:my_events", args=[person.organisation.slug])
    assert sign_in(person.user).get(page).status_code == 200


def test_recovery_codes_alone_are_no_second_factor(real: Organisation, sign_in: SignIn) -> None:
    owner = factories.membership(real, Role.OWNER)
    Authenticator.objects.create(
        user=owner.user, type=Authenticator.Type.RECOVERY_CODES, data={"seed": "x"}
    )
    page = reverse("accounts:my_events", args=[real.slug])
    assert sign_in(owner.user).get(page).headers["Location"] == reverse("mfa_index")


def test_the_second_factor_is_asked_for_at_sign_in(real: Organisation, client: Client) -> None:
    owner = factories.membership(real, Role.OWNER)
    TOTP.activate(owner.user, SECRET)
    page = reverse("accounts:my_events", args=[real.slug])
    login = {"login": owner.user.email, "password": factories.PASSWORD}
    answer = client.post(reverse("account_login"), login)
    assert answer.headers["Location"] == reverse("mfa_authenticate")
    assert client.get(page).status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert client.get(page).status_code == 302
    client.post(reverse("mfa_authenticate"), {"code": code_for(SECRET)})
    assert client.get(page).status_code == 200


def test_an_authenticator_app_is_set_up_without_leaving_the_content_policy(
    real: Organisation, client: Client
) -> None:
    owner = factories.membership(real, Role.OWNER)
    start = reverse("accounts:my_events", args=[real.slug])
    activate = reverse("mfa_activate_totp")
    login = {"login": owner.user.email, "password": factories.PASSWORD}
    client.post(reverse("account_login"), login)
    client.post(f"{reverse('account_reauthenticate')}?next={activate}", login)
    page = client.get(activate).content.decode()
    assert "<svg" in page
    assert 'src="data:' not in page
    assert "style=" not in page
    (secret,) = re.findall(r'id="authenticator_secret" value="([A-Z2-7]+)"', page)
    assert client.get(start).headers["Location"] == reverse("mfa_index")
    client.post(activate, {"code": code_for(secret)})
    assert client.get(start).status_code == 200


def test_nobody_signs_up_without_an_invitation(client: Client, db: None) -> None:
    values = {
        "email": "n@x.example",
        "password1": "four quiet words",
        "password2": "four quiet words",
    }
    assert "account_signup" not in client.get(reverse("account_login")).content.decode()
    client.post(reverse("account_signup"), values)
    assert not User.objects.exists()


def test_a_wrong_password_says_nothing_about_the_account(client: Client, db: None) -> None:
    known = factories.user()
    answers = [
        client.post(reverse("account_login"), {"login": address, "password": "wrong"})
        for address in (known.email, "nobody@harbour.example")
    ]
    for answer in answers:
        assert "is not correct" in answer.content.decode()
        assert "_auth_user_id" not in client.session


def test_a_second_factor_s_secret_is_sealed_at_rest(db: None) -> None:
    authenticator = TOTP.activate(factories.user(), SECRET).instance
    stored = Authenticator.objects.get(pk=authenticator.pk).data
    assert SECRET not in str(stored)
    assert get_adapter().decrypt(stored["secret"]) == SECRET


def test_the_previous_root_key_opens_what_it_sealed(settings: Any) -> None:
    settings.ROOT_KEY_PREVIOUS = None
    sealed = seal(SECRET)
    assert unseal(sealed) == SECRET
    old, settings.ROOT_KEY = settings.ROOT_KEY, b"n" * 32
    with pytest.raises(InvalidTag):
        unseal(sealed)
    settings.ROOT_KEY_PREVIOUS = old
    assert unseal(sealed) == SECRET


def test_somebody_changes_their_name_and_colours(client: Client, db: None, sign_in: SignIn) -> None:
    person = factories.user()
    assert (
        client.get(reverse("me:profile")).headers["Location"].startswith(reverse("account_login"))
    )
    client = sign_in(person)
    client.post(reverse("me:profile"), {"name": "Nina Newname", "theme": "dark"})
    person.refresh_from_db()
    assert (person.name, person.theme) == ("Nina Newname", "dark")
    assert 'data-theme="dark"' in client.get(reverse("me:profile")).content.decode()
    assert client.post(reverse("me:theme"), {"theme": "light"}).status_code == 204
    assert client.post(reverse("me:theme"), {"theme": "pink"}).status_code == 422
    person.refresh_from_db()
    assert person.theme == "light"


def test_every_person_has_a_random_public_number_of_sixteen_digits(db: None) -> None:
    numbers = {factories.user().public_number for _person in range(20)}
    assert len(numbers) == 20
    assert all(len(number) == 16 and number.isdigit() for number in numbers)
