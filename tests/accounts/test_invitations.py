"""Invitations: one address, one link, one week."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from allauth.account.models import EmailAddress
from django.core import mail
from django.test import Client
from django.urls import reverse

from kaizo.accounts import services
from kaizo.accounts.models import Invitation, Membership, Organisation, User
from kaizo.accounts.tasks import mail_invitation
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError, Gone
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]
Capture = Callable[..., object]

pytestmark = pytest.mark.django_db

ADDRESS = "nina@harbour.example"
ACCOUNT = {"name": "Nina New", "password": "four quiet words apart"}


@pytest.fixture
def invitation(organisation: Organisation, member: Make) -> Invitation:
    admin = member(Role.ADMIN)
    return services.invite(
        organisation=organisation, email=ADDRESS, role=Role.REVIEWER, actor=admin, by_mail=False
    )


@pytest.fixture
def link(invitation: Invitation) -> str:
    return path_of(services.issue_invitation_link(invitation=invitation))


def path_of(link: str) -> str:
    return re.sub(r"^https?://[^/]+", "", link)


def membership_of(organisation: Organisation, email: str) -> Membership | None:
    with tenant_scope(organisation.pk):
        found: Membership | None = (
            Membership.objects.select_related("user").filter(user__email=email).first()
        )
    return found


def test_an_invited_person_makes_an_account_and_is_in(
    client: Client, link: str, organisation: Organisation
) -> None:
    assert organisation.name in client.get(link).content.decode()
    response = client.post(link, ACCOUNT)
    assert response.headers["Location"] == reverse("accounts:start", args=[organisation.slug])
    joined = membership_of(organisation, ADDRESS)
    assert joined is not None
    assert (joined.role, joined.user.name) == (Role.REVIEWER, "Nina New")
    assert EmailAddress.objects.get(user=joined.user).verified
    page = client.get(reverse("accounts:my_events", args=[organisation.slug]))
    assert "You became a member" in page.content.decode()


def test_a_link_works_once(client: Client, link: str) -> None:
    client.post(link, ACCOUNT)
    client.logout()
    assert client.get(link).status_code == 410
    assert Client().post(link, ACCOUNT | {"name": "Second"}).status_code == 410
    assert User.objects.filter(email=ADDRESS).count() == 1


def test_a_link_ends_after_a_week(client: Client, link: str, organisation: Organisation) -> None:
    with time_machine.travel(clock.now() + timedelta(days=7, minutes=1)):
        assert client.get(link).status_code == 410
        assert client.post(link, ACCOUNT).status_code == 410
    assert membership_of(organisation, ADDRESS) is None
    assert client.get(link).status_code == 200


def test_a_weak_password_is_refused(client: Client, link: str, organisation: Organisation) -> None:
    response = client.post(link, ACCOUNT | {"password": ADDRESS})
    assert response.status_code == 422
    assert membership_of(organisation, ADDRESS) is None


def test_a_link_of_another_organisation_is_unknown_here(
    client: Client, link: str, organisation: Organisation, other_organisation: Organisation
) -> None:
    foreign = link.replace(organisation.slug, other_organisation.slug)
    assert client.get(link).status_code == 200
    assert client.get(foreign).status_code == 404
    assert client.post(foreign, ACCOUNT).status_code == 404


def test_a_guessed_token_is_unknown(client: Client, organisation: Organisation) -> None:
    url = reverse("accounts:invitation", args=[organisation.slug, "guess"])
    assert client.get(url).status_code == 404


def test_a_newer_link_ends_the_earlier_one(
    client: Client, invitation: Invitation, link: str
) -> None:
    newer = path_of(services.issue_invitation_link(invitation=invitation))
    assert client.get(link).status_code == 404
    assert client.get(newer).status_code == 200


def test_a_revoked_invitation_is_closed(
    client: Client, invitation: Invitation, link: str, member: Make
) -> None:
    admin = member(Role.ADMIN)
    services.revoke_invitation(invitation=invitation, actor=admin)
    services.revoke_invitation(invitation=invitation, actor=admin)
    assert client.get(link).status_code == 410
    with pytest.raises(Gone):
        services.issue_invitation_link(invitation=invitation)
    with pytest.raises(Gone):
        services.renew_invitation(invitation=invitation, actor=admin)


def test_inviting_again_replaces_the_open_invitation(
    client: Client, link: str, organisation: Organisation, member: Make
) -> None:
    again = services.invite(
        organisation=organisation,
        email=ADDRESS.upper(),
        role=Role.AGENT,
        actor=member(Role.ADMIN),
        by_mail=False,
    )
    assert client.get(link).status_code == 410
    assert client.get(path_of(services.issue_invitation_link(invitation=again))).status_code == 200


def test_somebody_with_an_account_signs_in_and_joins(
    client: Client, link: str, organisation: Organisation, other_organisation: Organisation
) -> None:
    nina = factories.user(email=ADDRESS)
    factories.membership(other_organisation, Role.OWNER, who=nina)
    assert client.get(link).headers["Location"].startswith(reverse("account_login"))
    client.force_login(nina, backend="allauth.account.auth_backends.AuthenticationBackend")
    assert "Join" in client.get(link).content.decode()
    client.post(link)
    joined = membership_of(organisation, ADDRESS)
    assert joined is not None
    assert joined.user_id == nina.pk


def test_an_invitation_is_for_its_address_only(
    link: str, organisation: Organisation, sign_in: SignIn
) -> None:
    other = factories.user()
    client = sign_in(other)
    assert "another e-mail address" in client.get(link).content.decode()
    assert client.post(link).status_code == 422
    assert membership_of(organisation, other.email) is None


def test_a_member_is_not_invited_again(organisation: Organisation, member: Make) -> None:
    admin, agent = member(Role.ADMIN), member(Role.AGENT)
    with pytest.raises(Conflict):
        services.invite(
            organisation=organisation, email=agent.user.email, role=Role.OWNER, actor=None
        )
    with pytest.raises(DomainError):
        services.invite(organisation=organisation, email=ADDRESS, role=Role.OWNER, actor=admin)


def test_the_mailed_link_works_and_never_passes_the_broker(
    organisation: Organisation,
    member: Make,
    client: Client,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        services.invite(
            organisation=organisation, email=ADDRESS, role=Role.AGENT, actor=member(Role.ADMIN)
        )
    (message,) = mail.outbox
    assert message.to == [ADDRESS]
    (mailed,) = re.findall(r"https?://\S+", message.body)
    assert client.get(path_of(mailed)).status_code == 200


def test_mailing_twice_leaves_the_later_link(invitation: Invitation, client: Client) -> None:
    for _time in range(2):
        mail_invitation(organisation_id=invitation.organisation_id, invitation_id=invitation.pk)
    first, second = (re.findall(r"https?://\S+", message.body)[0] for message in mail.outbox)
    assert client.get(path_of(first)).status_code == 404
    assert client.get(path_of(second)).status_code == 200


def test_nothing_is_mailed_once_the_invitation_is_closed(
    invitation: Invitation, member: Make
) -> None:
    services.revoke_invitation(invitation=invitation, actor=member(Role.ADMIN))
    mail_invitation(organisation_id=invitation.organisation_id, invitation_id=invitation.pk)
    assert mail.outbox == []


def test_the_token_is_stored_as_a_digest_only(invitation: Invitation, link: str) -> None:
    token = link.rstrip("/").rpartition("/")[2]
    with tenant_scope(invitation.organisation_id):
        row = Invitation.objects.values().get(pk=invitation.pk)
    assert token not in str(row)


def test_admins_invite_send_again_and_revoke_on_the_page(
    member: Make, sign_in: SignIn, django_capture_on_commit_callbacks: Capture
) -> None:
    admin = member(Role.ADMIN)
    slug = admin.organisation.slug
    client = sign_in(admin.user)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(
            reverse("accounts:member_invite", args=[slug]), {"email": ADDRESS, "role": Role.AGENT}
        )
    with tenant_scope(admin.organisation_id):
        invitation = Invitation.objects.get()
    where = [slug, invitation.pk]
    with django_capture_on_commit_callbacks(execute=True):
        client.post(reverse("accounts:invitation_send", args=where))
    assert len(mail.outbox) == 2
    shown = client.post(reverse("accounts:invitation_link", args=where)).content.decode()
    (link,) = re.findall(rf"https?://\S+/o/{slug}/invitations/[^\"]+", shown)
    assert Client().get(path_of(link)).status_code == 200
    client.post(reverse("accounts:invitation_revoke", args=where))
    assert Client().get(path_of(link)).status_code == 410


def test_a_wrong_address_is_told_beside_the_field(member: Make, sign_in: SignIn) -> None:
    admin = member(Role.ADMIN)
    url = reverse("accounts:member_invite", args=[admin.organisation.slug])
    client = sign_in(admin.user)
    assert client.post(url, {"email": "nobody", "role": Role.AGENT}).status_code == 422
    known = client.post(url, {"email": admin.user.email, "role": Role.AGENT})
    assert known.status_code == 422
    assert "belongs to a member already" in known.content.decode()
