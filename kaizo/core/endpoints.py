"""The base of every endpoint: what a token may do, and that it happens once.

Whose token it is, the app that keeps tokens says (`REST_FRAMEWORK`'s authentication class); here is
only what a token has to know.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, ClassVar, Protocol, cast

from django.utils.translation import gettext as _
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.throttling import UserRateThrottle
from rest_framework.views import APIView

from kaizo.core.api import LARGEST_BODY, Problem
from kaizo.core.permissions import Action, Scope, can

__all__ = [
    "ChangingEndpoint",
    "Endpoint",
    "KeyedEndpoint",
    "Need",
    "PerToken",
    "Scope",
    "validated",
]

IDEMPOTENCY_KEY = "Idempotency-Key"
_LONGEST_KEY = 255


@dataclass(frozen=True, slots=True)
class Need:
    """What a method asks of the token and of its holder's role."""

    scope: Scope
    action: Action


class Claim(Protocol):
    """A request under an idempotency key: the id of the object that it made or changed."""

    made: int
    status: int
    fingerprint: str

    def save(self, *, update_fields: list[str]) -> None: ...


class Token(Protocol):
    """A program acts for `membership` with it, within `scopes`."""

    pk: int
    scopes: list[str]

    @property
    def membership(self) -> Any: ...

    def claim(self, key: str, fingerprint: str) -> tuple[Claim, bool]:
        """The key's row, and whether it is the caller's to carry out: otherwise it was carried out
        before, perhaps for another request."""
        ...


class HoldsScopeAndAction(BasePermission):
    def has_permission(self, request: Request, view: APIView) -> bool:
        """Raises Problem (403), whose code says whether the scope or the role is missing."""
        need = cast("Endpoint", view).needs.get(request.method or "")
        if need is None:
            return True  # no handler either: 405
        token = cast("Token", request.auth)
        if need.scope not in token.scopes:
            told = _("The token lacks the scope %(scope)s.") % {"scope": need.scope.value}
            raise Problem(HTTPStatus.FORBIDDEN, "scope", told)
        if not can(token.membership, need.action):
            raise Problem(HTTPStatus.FORBIDDEN, "role", _("The token's holder may not do this."))
        return True


class PerToken(UserRateThrottle):
    scope = "api"

    def get_cache_key(self, request: Request, view: APIView) -> str | None:  # noqa: ARG002 - REST framework's signature
        return f"api-rate-{cast('Token', request.auth).pk}" if request.auth else None


# Runs in the scope of the organisation in its address, in one transaction (see
# `kaizo.accounts.middleware`). `needs` says for each method what it asks for. A comment and no
# docstring: the API's description would show it as an endpoint's.
class Endpoint(APIView):
    permission_classes = (HoldsScopeAndAction,)
    throttle_classes = (PerToken,)
    needs: ClassVar[Mapping[str, Need]] = {}

    @classmethod
    def as_view(cls, **initkwargs: Any) -> Any:
        view: Any = super().as_view(**initkwargs)
        view.is_api = True  # read by the middleware and by the permission matrix
        return view

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        length = request.headers.get("Content-Length") or "0"
        if length.isdecimal() and int(length) > LARGEST_BODY:
            raise Problem(
                HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "too_large", _("A body has at most 1 MB.")
            )
        super().initial(request, *args, **kwargs)

    @property
    def actor(self) -> Any:
        """The member for whom the token acts."""
        return cast("Token", self.request.auth).membership

    @property
    def organisation(self) -> Any:
        return self.actor.organisation


# For POST: `change` does the work and names the object by its id, `shown` answers with it.
#
# Under an Idempotency-Key the work is done once: the same request again is answered with the
# object as it is now. A key that comes back with another request is refused.
class KeyedEndpoint(Endpoint):
    status = HTTPStatus.CREATED

    def change(self, request: Request, **arguments: Any) -> int:
        """Do it, and return the id of what was made or changed."""
        raise NotImplementedError  # each endpoint says how

    def shown(self, object_id: int) -> Response:
        """The object as it is now."""
        raise NotImplementedError  # each endpoint says how

    def once(self, request: Request, **arguments: Any) -> Response:
        """Change, or answer as before when the request came with the same idempotency key."""
        key = request.headers.get(IDEMPOTENCY_KEY, "")
        if not key:
            return self._answered(self.change(request, **arguments))
        if len(key) > _LONGEST_KEY:
            raise Problem(
                HTTPStatus.BAD_REQUEST, "key", _("An idempotency key has at most 255 characters.")
            )
        row, is_new = cast("Token", request.auth).claim(
            hashlib.sha256(key.encode()).hexdigest(), fingerprint := _fingerprint(request)
        )
        if row.fingerprint != fingerprint:
            told = _("This idempotency key came with another request before.")
            raise Problem(HTTPStatus.UNPROCESSABLE_ENTITY, "key", told)
        if is_new:
            row.made = self.change(request, **arguments)
            row.status = self.status
            row.save(update_fields=["made", "status"])
        response = self._answered(row.made)
        if not is_new:
            response["Idempotency-Replayed"] = "true"
        return response

    def _answered(self, object_id: int) -> Response:
        response = self.shown(object_id)
        response.status_code = self.status
        return response


class ChangingEndpoint(KeyedEndpoint):
    def post(self, request: Request, **arguments: Any) -> Response:
        return self.once(request, **arguments)


def _fingerprint(request: Request) -> str:
    body = json.dumps(request.data, sort_keys=True)
    return hashlib.sha256(f"{request.method} {request.path}\n{body}".encode()).hexdigest()


def validated(serializer: type[serializers.Serializer[Any]], data: Any) -> dict[str, Any]:
    """What was sent, checked. Raises ValidationError, which names the places."""
    form = serializer(data=data)
    form.is_valid(raise_exception=True)
    return cast("dict[str, Any]", form.validated_data)
