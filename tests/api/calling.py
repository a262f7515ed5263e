"""A program that calls the API."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import timedelta

from django.http import HttpResponse
from django.test import Client

from kaizo.accounts.api.models import Scope
from kaizo.accounts.api.tokens import create_token
from kaizo.accounts.models import Membership, Organisation


class Caller:
    """Calls with a token of `member` for addresses below `/api/v1/o/<slug>/`."""

    def __init__(
        self,
        member: Membership,
        scopes: Iterable[Scope] = tuple(Scope),
        organisation: Organisation | None = None,
    ) -> None:
        self.token, self.secret = create_token(
            actor=member, name="Test", scopes=list(scopes), valid_for=timedelta(days=1)
        )
        self.slug = (organisation or member.organisation).slug
        self.client = Client(raise_request_exception=False)

    def call(self, method: str, path: str, body: object = None, *, key: str = "") -> HttpResponse:
        headers = {"Authorization": f"Bearer {self.secret}"}
        if key:
            headers["Idempotency-Key"] = key
        sent = b"" if body is None else json.dumps(body).encode()
        url = path if path.startswith(("/", "http:")) else f"/api/v1/o/{self.slug}/{path}"
        return self.client.generic(method, url, sent, "application/json", headers=headers)
