"""Consent in the browser, as Intercom knows it: no scopes in the address (the app has them), no
PKCE, and a token that holds until it is revoked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

import msgspec
from django.utils.translation import gettext as _

from integrations.base import AuthExpired, Consent, Http, PermanentError, Problem, Tokens
from integrations.helpdesks.intercom.vendor import CONSENT_HOSTS
from integrations.helpdesks.replies import decode, expect

_TOKENS_PATH: Final = "/auth/eagle/token"
_REFUSED: Final = frozenset({400, 401, 404})


class _Granted(msgspec.Struct):
    access_token: str | None = None
    token: str | None = None


def consent_url(settings: Mapping[str, str], consent: Consent) -> str:
    """Raises ValueError without a client."""
    if not (settings.get("client_id") and settings.get("client_secret")):
        raise ValueError(_("Enter the identifier and the secret of your OAuth client."))
    host = CONSENT_HOSTS[settings.get("region", "").strip().lower() or "us"]
    query = {
        "client_id": settings["client_id"],
        "redirect_uri": consent.redirect_uri,
        "state": consent.state,
    }
    return f"https://{host}/oauth?{urlencode(query)}"


def redeem(settings: Mapping[str, str], http: Http, _consent: Consent, code: str) -> Tokens:
    """The vendor says for a wrong code and a wrong client alike that it is not authorised."""
    asked = {
        "code": code,
        "client_id": settings.get("client_id", ""),
        "client_secret": settings.get("client_secret", ""),
    }
    reply = http.send("POST", _TOKENS_PATH, asked)
    if reply.status in _REFUSED:
        raise AuthExpired(Problem.REVOKED)
    granted = decode(expect(reply), _Granted)
    token = granted.access_token or granted.token
    if not token:
        raise PermanentError(Problem.WRONG_CREDENTIALS)
    return Tokens({"access_token": token})
