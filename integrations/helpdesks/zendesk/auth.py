"""How Zendesk is asked for tokens, and what a call carries. The egress client does the call.

A refresh gives a new pair and ends the old one at once. Whoever refreshes holds the connection's
lock and stores the new pair before its first use, or two workers lock each other out.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final
from urllib.parse import urlencode

import msgspec
from django.utils.translation import gettext as _

from integrations.base import (
    AuthExpired,
    Consent,
    Http,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    Tokens,
)

TOKENS_PATH: Final = "/oauth/tokens"
AUTHORISE_PATH: Final = "/oauth/authorizations/new"
SCOPES: Final = ("read",)
ERASING_SCOPES: Final = ("read", "write")
# Asked for on a refresh; the vendor allows 5 minutes to 2 days, and 7 to 90 days.
_ACCESS_SECONDS: Final = 86_400
_REFRESH_SECONDS: Final = 90 * 86_400
_OK: Final = frozenset({200, 201})
_SERVER_ERROR: Final = 500

API_TOKENS_END: Final = date(2027, 4, 30)


@dataclass(frozen=True, slots=True)
class Pkce:
    """RFC 7636: the verifier stays here, the challenge goes with the browser."""

    verifier: str
    challenge: str

    def __repr__(self) -> str:
        return "Pkce(...)"


def make_pkce() -> Pkce:
    return challenge_of(secrets.token_urlsafe(48))


def challenge_of(verifier: str) -> Pkce:
    """RFC 7636, 4.2, method S256."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return Pkce(verifier, base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii"))


def authorise_url(
    base: str, *, client_id: str, redirect_uri: str, state: str, pkce: Pkce, erasing: bool = False
) -> str:
    """Where an admin's browser goes to consent. `state` is checked when it comes back."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect_uri,
        "scope": " ".join(ERASING_SCOPES if erasing else SCOPES),
        "state": state,
        "code_challenge": pkce.challenge,
        "code_challenge_method": "S256",
    }
    return f"{base.rstrip('/')}{AUTHORISE_PATH}?{urlencode(query)}"


def code_request(
    *,
    client_id: str,
    client_secret: str,
    redirect_uri: str,
    code: str,
    pkce: Pkce,
    erasing: bool = False,
) -> dict[str, object]:
    """The body of the POST to TOKENS_PATH that changes an authorisation code for tokens."""
    return {
        "grant_type": "authorization_code",
        "code": code,
        "client_id": client_id,
        "client_secret": client_secret,
        "redirect_uri": redirect_uri,
        "code_verifier": pkce.verifier,
        "scope": " ".join(ERASING_SCOPES if erasing else SCOPES),
        **_LIFETIMES,
    }


def refresh_request(*, client_id: str, client_secret: str, refresh: str) -> dict[str, object]:
    return {
        "grant_type": "refresh_token",
        "refresh_token": refresh,
        "client_id": client_id,
        "client_secret": client_secret,
        **_LIFETIMES,
    }


def client_request(
    *, client_id: str, client_secret: str, erasing: bool = False
) -> dict[str, object]:
    """For a confidential client that acts as the admin who made it; there is no refresh token."""
    return {
        "grant_type": "client_credentials",
        "client_id": client_id,
        "client_secret": client_secret,
        "scope": " ".join(ERASING_SCOPES if erasing else SCOPES),
        "expires_in": _ACCESS_SECONDS,
    }


_LIFETIMES: Final = {
    "expires_in": _ACCESS_SECONDS,
    "refresh_token_expires_in": _REFRESH_SECONDS,
}


class _Granted(msgspec.Struct):
    access_token: str
    refresh_token: str | None = None
    expires_in: int | None = None


def read_tokens(reply: Reply, *, now: datetime) -> Tokens:
    """The tokens of an answer of TOKENS_PATH, as settings `access_token` and `refresh_token`.

    Raises AuthExpired when the grant is over, PermanentError when the client is refused, and
    TemporaryError on anything that may pass. No message repeats the body.
    """
    if reply.status not in _OK:
        raise _refused(reply)
    try:
        granted = msgspec.json.decode(reply.body, type=_Granted)
    except (msgspec.MsgspecError, ValueError):
        raise TemporaryError(Problem.MALFORMED, "The token reply cannot be read.") from None
    settings = {"access_token": granted.access_token}
    if granted.refresh_token:
        settings["refresh_token"] = granted.refresh_token
    return Tokens(settings=settings, expires_at=_after(now, granted.expires_in))


def renewal_request(settings: Mapping[str, str]) -> dict[str, object]:
    """How these settings get new tokens: by the refresh token, or else by the client's own right.

    Raises AuthExpired where there is no client: an API token is not renewed.
    """
    client_id, client_secret = settings.get("client_id"), settings.get("client_secret")
    if not (client_id and client_secret):
        raise AuthExpired(Problem.REVOKED)
    refresh = settings.get("refresh_token")
    if refresh:
        return refresh_request(client_id=client_id, client_secret=client_secret, refresh=refresh)
    erasing = may_erase(settings)
    return client_request(client_id=client_id, client_secret=client_secret, erasing=erasing)


def may_erase(settings: Mapping[str, str]) -> bool:
    """Whether the settings ask for more than reading."""
    return "write" in settings.get("scope", "").lower().split()


def consent_url(base: str, settings: Mapping[str, str], consent: Consent) -> str:
    """`authorise_url` for a connection. Raises ValueError without a client."""
    if not (settings.get("client_id") and settings.get("client_secret")):
        raise ValueError(_("Enter the identifier and the secret of your OAuth client."))
    return authorise_url(
        base,
        client_id=settings["client_id"],
        redirect_uri=consent.redirect_uri,
        state=consent.state,
        pkce=challenge_of(consent.verifier),
        erasing=may_erase(settings),
    )


def redeem(
    settings: Mapping[str, str], http: Http, consent: Consent, code: str, *, now: datetime
) -> Tokens:
    """Change the code for tokens. An API token that was there before is not needed any more."""
    asked = code_request(
        client_id=settings.get("client_id", ""),
        client_secret=settings.get("client_secret", ""),
        redirect_uri=consent.redirect_uri,
        code=code,
        pkce=challenge_of(consent.verifier),
        erasing=may_erase(settings),
    )
    tokens = read_tokens(http.send("POST", TOKENS_PATH, asked), now=now)
    forgotten = {"email": "", "api_token": "", "refresh_token": ""}
    return Tokens({**forgotten, **tokens.settings}, tokens.expires_at)


def _refused(reply: Reply) -> AuthExpired | PermanentError | TemporaryError:
    if reply.status == 429:  # noqa: PLR2004 - HTTP
        return TemporaryError(Problem.RATE_LIMITED)
    if reply.status >= _SERVER_ERROR:
        return TemporaryError(Problem.UNREACHABLE)
    if b'"invalid_grant"' in reply.body:
        return AuthExpired(Problem.REVOKED)
    if b'"invalid_scope"' in reply.body:
        return PermanentError(Problem.MISSING_SCOPE)
    return PermanentError(Problem.WRONG_CREDENTIALS)


def _after(now: datetime, seconds: int | None) -> datetime | None:
    return now + timedelta(seconds=seconds) if seconds else None


def authorisation(settings: Mapping[str, str]) -> dict[str, str]:
    """The headers that every call carries; none before the first tokens have been had."""
    if settings.get("access_token"):
        return {"Authorization": f"Bearer {settings['access_token']}"}
    if settings.get("email") and settings.get("api_token"):
        return {"Authorization": api_token(settings["email"], settings["api_token"])}
    return {}


def api_token(email: str, token: str) -> str:
    """The header's value for the vendor's older kind of access."""
    return "Basic " + base64.b64encode(f"{email}/token:{token}".encode()).decode("ascii")


def days_until_api_tokens_end(today: date) -> int:
    """Days that an API token still works, today included; 0 once it does not."""
    return max(0, (API_TOKENS_END - today).days)
