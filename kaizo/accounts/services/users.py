"""A person's own account, whatever organisations they belong to."""

from __future__ import annotations

from allauth.account.models import EmailAddress
from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from kaizo.accounts.models import User
from kaizo.core.errors import Conflict


@transaction.atomic
def create_user(*, email: str, name: str, password: str) -> User:
    """A person whose address is proven: by the link that was sent to it, or by the operator.

    The password must have passed the validators already. Raises Conflict for a known address.
    """
    try:
        with transaction.atomic():
            user = User.objects.create_user(email=email, password=password, name=name)
    except IntegrityError as error:
        raise Conflict(_("There is already an account with this e-mail address.")) from error
    EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    return user


def choose_theme(*, user: User, theme: User.Theme) -> None:
    user.theme = theme
    user.save(update_fields=["theme"])


def update_profile(*, user: User, name: str, theme: User.Theme) -> None:
    user.name, user.theme = name, theme
    user.save(update_fields=["name", "theme"])


def end_sessions(*, user: User) -> None:
    """Sign the person out everywhere, including where they are right now."""
    from allauth.usersessions.models import UserSession

    for session in UserSession.objects.filter(user=user):
        session.end()
