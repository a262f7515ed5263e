"""Legal holds over the REST API: read, open, approve, release."""

from __future__ import annotations

from datetime import UTC, datetime, time
from http import HTTPStatus
from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.core.api import NewestFirst
from kaizo.core.days import Day
from kaizo.core.endpoints import ChangingEndpoint, Endpoint, validated
from privacy.rights import holds
from privacy.rights.access import access_hold
from privacy.rights.api.requests import READ, WRITE
from privacy.rights.models import HoldReason, LegalHold

_MOST_ROWS = 1_000


class HoldSerializer(serializers.Serializer[LegalHold]):
    """In force while it is approved, not released and not over."""

    id = serializers.UUIDField(source="public_id")
    reason = serializers.ChoiceField(choices=HoldReason.choices)
    opened_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    review_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    released_at = serializers.DateTimeField(allow_null=True)


class HeldRowSerializer(serializers.Serializer[Any]):
    table = serializers.CharField(max_length=120, help_text="Such as tickets.Ticket.")
    number = serializers.IntegerField(min_value=1)


class NewHoldSerializer(serializers.Serializer[Any]):
    """Its matter is kept encrypted and never answered."""

    reason = serializers.ChoiceField(choices=HoldReason.choices)
    matter = serializers.CharField(max_length=200)
    rows = serializers.ListField(child=HeldRowSerializer(), min_length=1, max_length=_MOST_ROWS)
    review_on = Day()
    expires_on = Day()


class Holds(ChangingEndpoint):
    needs = {"GET": READ, "POST": WRITE}
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_legal_holds", responses=HoldSerializer(many=True))
    def get(self, request: Request) -> Response:
        """Rows that must stay for a while, the latest opened first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(LegalHold.objects.all(), request, self) or []
        return pages.get_paginated_response([HoldSerializer(row).data for row in page])

    @extend_schema(
        operation_id="open_legal_hold", request=NewHoldSerializer, responses={201: HoldSerializer}
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Ask for rows to stay. In force once somebody else has approved it."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        asked = validated(NewHoldSerializer, request.data)
        rows = [(row["table"], row["number"]) for row in asked["rows"]]
        holds.require_rows(rows)
        hold = holds.open_hold(
            reason=asked["reason"],
            matter=asked["matter"],
            rows=rows,
            review_at=datetime.combine(asked["review_on"], time.max, UTC),
            expires_at=datetime.combine(asked["expires_on"], time.max, UTC),
            opened_by_id=self.actor.user_id,
        )
        return int(hold.pk)

    def shown(self, object_id: int) -> Response:
        return _shown(object_id)


class OneHold(Endpoint):
    needs = {"GET": READ}

    @extend_schema(operation_id="get_legal_hold", responses=HoldSerializer)
    def get(self, request: Request, hold_id: UUID) -> Response:  # noqa: ARG002 - Django's signature
        """One hold, in force or not."""
        return Response(HoldSerializer(access_hold(hold_id)).data)


class _OnHold(ChangingEndpoint):
    needs = {"POST": WRITE}
    status = HTTPStatus.OK

    def shown(self, object_id: int) -> Response:
        return _shown(object_id)


class Approve(_OnHold):
    @extend_schema(operation_id="approve_legal_hold", request=None, responses=HoldSerializer)
    def post(self, request: Request, **arguments: Any) -> Response:
        """Put a hold in force. Never by whoever opened it."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        hold = access_hold(arguments["hold_id"])
        return int(holds.approve_hold(hold, actor_user_id=self.actor.user_id).pk)


class Release(_OnHold):
    @extend_schema(operation_id="release_legal_hold", request=None, responses=HoldSerializer)
    def post(self, request: Request, **arguments: Any) -> Response:
        """End a hold and wake the erasures that waited for it."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        hold = access_hold(arguments["hold_id"])
        holds.release_hold(hold, actor_user_id=self.actor.user_id)
        return int(hold.pk)


def _shown(hold_pk: int) -> Response:
    return Response(HoldSerializer(LegalHold.objects.get(pk=hold_pk)).data)
