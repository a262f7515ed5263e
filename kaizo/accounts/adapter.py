"""What sign-in does differently here than django-allauth does by itself."""

from __future__ import annotations

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from django.http import HttpRequest
from typing_extensions import override

from kaizo.accounts.models import User
from kaizo.accounts.sealing import seal, unseal


def name_of(user: User) -> str:
    """How pages and mails of sign-in call a person; `__str__` names nobody."""
    return user.name


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth ships no types
    @override
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts come from an invitation or the first-run page, never from a public form."""
        return False

    @override
    def set_password(self, user: User, password: str) -> None:
        """A password that its owner chose also settles a reset that an admin asked for."""
        user.set_password(password)
        user.password_reset_required = False
        user.save(update_fields=["password", "password_reset_required"])


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth ships no types
    @override
    def encrypt(self, text: str) -> str:
        return seal(text)

    @override
    def decrypt(self, encrypted_text: str) -> str:
        return unseal(encrypted_text)
