"""Whose token a call comes with. Named in the settings, so it imports no view."""

from __future__ import annotations

from django.utils.translation import gettext as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from kaizo.accounts.api.models import ApiToken
from kaizo.accounts.api.tokens import usable_token
from kaizo.accounts.models import User


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer kaizo_…` in the organisation that the address names. A missing
    organisation and a wrong token look the same."""

    def authenticate(self, request: Request) -> tuple[User, ApiToken]:
        """Raises AuthenticationFailed (401): nothing here is open to anybody."""
        kind, _space, secret = request.headers.get("Authorization", "").partition(" ")
        organisation = getattr(request, "organisation", None)
        token = None
        if kind.lower() == "bearer" and organisation is not None:
            token = usable_token(secret.strip())
        if token is None:
            raise AuthenticationFailed(_("Send a valid token as “Authorization: Bearer …”."))
        token.membership.organisation = organisation
        return token.membership.user, token

    def authenticate_header(self, request: Request) -> str:  # noqa: ARG002 - REST framework's signature
        return 'Bearer realm="api"'
