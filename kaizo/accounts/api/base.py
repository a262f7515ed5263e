"""Endpoints that know their members. What a token may do, `kaizo.core.endpoints` says."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from typing_extensions import override

from kaizo.accounts.api.bearer import BearerToken
from kaizo.accounts.models import Membership, Organisation
from kaizo.core import endpoints
from kaizo.core.endpoints import Need, PerToken

__all__ = ["ChangingEndpoint", "Endpoint", "KeyedEndpoint", "Need", "PerToken"]


# The bases, with their members' own types.
class Endpoint(endpoints.Endpoint):
    @property
    @override
    def actor(self) -> Membership:
        holder: Membership = super().actor
        return holder

    @property
    @override
    def organisation(self) -> Organisation:
        found: Organisation = self.actor.organisation
        return found


class KeyedEndpoint(endpoints.KeyedEndpoint, Endpoint):
    pass


class ChangingEndpoint(endpoints.ChangingEndpoint, Endpoint):
    pass


class BearerScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]  # the library's
    """How the API's description says that a token is needed."""

    target_class = BearerToken
    name = "token"

    def get_security_definition(self, auto_schema: Any) -> dict[str, str]:  # noqa: ARG002 - the library's signature
        return {"type": "http", "scheme": "bearer"}
