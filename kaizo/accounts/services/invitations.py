"""The way in: an invitation for one e-mail address.

Only the token's digest is stored, and the token never travels through the broker: the task that
sends the mail makes it.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import timedelta

from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils.translation import gettext as _

from kaizo.accounts.events import Event, record
from kaizo.accounts.models import Invitation, Membership, Organisation, User
from kaizo.accounts.services.members import add_member, refuse_unless_owner
from kaizo.accounts.services.users import create_user
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError, Gone
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope

VALID_FOR = timedelta(days=7)
_TOKEN_BYTES = 32


def token_digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def is_open(invitation: Invitation) -> bool:
    return (
        invitation.accepted_at is None
        and invitation.revoked_at is None
        and invitation.expires_at > clock.now()
    )


def invite(
    *,
    organisation: Organisation,
    email: str,
    role: Role,
    actor: Membership | None,
    by_mail: bool = True,
) -> Invitation:
    """Open the door for one address; an earlier open invitation to it is revoked.

    Sends the link by mail on commit, or leaves that to `issue_invitation_link`. Raises Conflict
    when the address belongs to a member, DomainError when anybody but an owner invites an owner.
    """
    from kaizo.accounts.tasks import mail_invitation

    refuse_unless_owner(actor, role)
    email = email.strip().lower()
    with tenant_scope(organisation.pk):
        if Membership.objects.filter(user__email__iexact=email).exists():
            raise Conflict(_("This address belongs to a member already."))
        now = clock.now()
        _open_invitations(email).update(revoked_at=now)
        invitation: Invitation = Invitation.objects.create(
            organisation=organisation,
            email=email,
            role=role,
            token_digest=token_digest(secrets.token_urlsafe(_TOKEN_BYTES)),
            invited_by_id=actor.user_id if actor else None,
            expires_at=now + VALID_FOR,
        )
        record(Event.MEMBER_INVITED, actor=actor, target=invitation, role=role.value)
        if by_mail:
            mail_invitation.delay_on_commit(
                organisation_id=organisation.pk, invitation_id=invitation.pk
            )
    return invitation


def issue_invitation_link(*, invitation: Invitation, actor: Membership | None = None) -> str:
    """A fresh link, valid for a week; earlier links of this invitation stop working.

    Raises Gone when the invitation was accepted or revoked.
    """
    token = secrets.token_urlsafe(_TOKEN_BYTES)
    with tenant_scope(invitation.organisation_id):
        renewed = _still_open(invitation).update(
            token_digest=token_digest(token), expires_at=clock.now() + VALID_FOR
        )
        if not renewed:
            raise Gone(_("This invitation is no longer open."))
        if actor is not None:
            record(Event.INVITATION_RENEWED, actor=actor, target=invitation)
    path = reverse(
        "accounts:invitation",
        kwargs={"organisation": invitation.organisation.slug, "token": token},
    )
    return f"{settings.BASE_URL}{path}"


def renew_invitation(*, invitation: Invitation, actor: Membership) -> None:
    """Send the mail again, with a fresh link and a week from now. Raises Gone when it was
    accepted or revoked."""
    from kaizo.accounts.tasks import mail_invitation

    with tenant_scope(invitation.organisation_id):
        renewed = _still_open(invitation).update(expires_at=clock.now() + VALID_FOR)
        if not renewed:
            raise Gone(_("This invitation is no longer open."))
        record(Event.INVITATION_RENEWED, actor=actor, target=invitation)
        mail_invitation.delay_on_commit(
            organisation_id=invitation.organisation_id, invitation_id=invitation.pk
        )


def revoke_invitation(*, invitation: Invitation, actor: Membership) -> None:
    """Close an open invitation. Idempotent."""
    with tenant_scope(invitation.organisation_id):
        closed = _still_open(invitation).update(revoked_at=clock.now())
        if closed:
            record(Event.INVITATION_REVOKED, actor=actor, target=invitation)


def accept_invitation(*, invitation: Invitation, name: str, password: str) -> Membership:
    """Create the account that was invited and let it in.

    The password must have passed the validators. Raises Gone when the invitation closed meanwhile,
    Conflict when the address has an account by now (which then signs in and joins).
    """
    with tenant_scope(invitation.organisation_id):
        _claim(invitation)
        user = create_user(email=invitation.email, name=name, password=password)
        return _let_in(invitation, user)


def join(*, invitation: Invitation, user: User) -> Membership:
    """Let somebody in who has an account. Raises DomainError when the invitation is for another
    address, Gone when it closed meanwhile."""
    if user.email.lower() != invitation.email.lower():
        raise DomainError(_("This invitation is for another e-mail address."))
    with tenant_scope(invitation.organisation_id):
        _claim(invitation)
        return _let_in(invitation, user)


def _claim(invitation: Invitation) -> None:
    # A conditional update: of two requests at once, one gets the row.
    now = clock.now()
    claimed = _still_open(invitation).filter(expires_at__gt=now).update(accepted_at=now)
    if not claimed:
        raise Gone(_("This invitation is no longer open."))


def _still_open(invitation: Invitation) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        pk=invitation.pk, accepted_at__isnull=True, revoked_at__isnull=True
    )


def _let_in(invitation: Invitation, user: User) -> Membership:
    return add_member(organisation=invitation.organisation, user=user, role=Role(invitation.role))


def _open_invitations(email: str) -> QuerySet[Invitation]:
    return Invitation.objects.filter(
        email__iexact=email, accepted_at__isnull=True, revoked_at__isnull=True
    )
