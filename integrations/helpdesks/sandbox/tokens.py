"""Who may ask: the sandbox's OAuth, with Zendesk's habit of ending both tokens on a refresh."""

from __future__ import annotations

import base64
import hashlib
import html
import secrets
import threading
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import urlencode

from integrations.helpdesks.sandbox.answers import Answer, Request, refuse, reply

CLIENT_ID: Final = "kaizo"
CLIENT_SECRET: Final = "sandbox-secret"  # noqa: S105 - it protects made-up people on the loopback
TOKEN: Final = "sandbox-token"  # noqa: S105 - the same


_PAGE: Final = """<!doctype html><html lang="en"><title>Sandbox</title>
<link rel="icon" href="data:,">
<h1>Let {client} read your tickets?</h1>
<p><a href="{allow}">Allow</a> <a href="{refuse}">Refuse</a></p></html>"""


@dataclass(frozen=True, slots=True)
class _Code:
    """What an authorisation code was given for."""

    challenge: str
    redirect_uri: str


class TokenDesk:
    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.access: set[str] = {TOKEN}
        self.pairs: dict[str, str] = {}  # refresh token -> its access token
        self.codes: dict[str, _Code] = {}

    def knows(self, request: Request) -> bool:
        kind, _, token = request.headers.get("authorization", "").partition(" ")
        with self.lock:
            return kind == "Bearer" and token in self.access

    def revoke(self) -> None:
        """Every token, as when an admin removes the client."""
        with self.lock:
            self.access.clear()
            self.pairs.clear()

    def restore(self) -> None:
        with self.lock:
            self.access.add(TOKEN)

    def expire_codes(self) -> None:
        """As when somebody takes too long to come back."""
        with self.lock:
            self.codes.clear()

    def authorise(self, request: Request) -> Answer:
        """The consent page, and with a `decision` where it leads to."""
        asked = request.query
        if asked.get("client_id") != CLIENT_ID or not asked.get("redirect_uri"):
            return refuse(400, "invalid_request")
        decision = asked.get("decision")
        if decision is None:
            return self._page(request)
        back = {"error": "access_denied"}
        if decision == "allow":
            back = {"code": self._new_code(request)}
        query = urlencode({**back, "state": asked.get("state", "")})
        return Answer(302, headers={"Location": f"{asked['redirect_uri']}?{query}"})

    def _page(self, request: Request) -> Answer:
        links = {
            decision: html.escape(
                f"{request.path}?{urlencode({**request.query, 'decision': decision})}"
            )
            for decision in ("allow", "refuse")
        }
        body = _PAGE.format(client=html.escape(CLIENT_ID), **links)
        return Answer(200, body.encode(), {"Content-Type": "text/html; charset=utf-8"})

    def _new_code(self, request: Request) -> str:
        code = secrets.token_hex(8)
        with self.lock:
            self.codes[code] = _Code(
                request.query.get("code_challenge", ""), request.query["redirect_uri"]
            )
        return code

    def grant(self, request: Request) -> Answer:
        asked = request.json()
        if (asked.get("client_id"), asked.get("client_secret")) != (CLIENT_ID, CLIENT_SECRET):
            return refuse(401, "invalid_client")
        with self.lock:
            if not self._is_granted(asked):
                return refuse(400, "invalid_grant")
            return self._new_pair(asked)

    def _is_granted(self, asked: dict[str, Any]) -> bool:
        match asked.get("grant_type"):
            case "client_credentials":
                return True
            case "refresh_token":
                old = self.pairs.pop(str(asked.get("refresh_token")), None)
                self.access.discard(old or "")
                return old is not None
            case "authorization_code":
                code = self.codes.pop(str(asked.get("code")), None)
                verifier = _challenge(str(asked.get("code_verifier", "")))
                return code == _Code(verifier, str(asked.get("redirect_uri")))
        return False

    def _new_pair(self, asked: dict[str, Any]) -> Answer:
        access, refresh = secrets.token_hex(16), secrets.token_hex(16)
        self.access.add(access)
        granted = {
            "access_token": access,
            "token_type": "bearer",
            "scope": asked.get("scope") or "read",
            "expires_in": asked.get("expires_in"),
        }
        if asked.get("grant_type") != "client_credentials":
            self.pairs[refresh] = access
            granted["refresh_token"] = refresh
            granted["refresh_token_expires_in"] = asked.get("refresh_token_expires_in")
        return reply(granted)


def _challenge(verifier: str) -> str:
    digest = hashlib.sha256(verifier.encode()).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
