"""Copies of people's data over the REST API: have one made, see how far it is, list them.

The archive and what opens it are fetched on the pages alone, by whoever proves there what the pages
ask for: no token opens them.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.core.api import NewestFirst
from kaizo.core.endpoints import ChangingEndpoint, Endpoint, validated
from privacy.rights.access import access_request
from privacy.rights.api.requests import READ, WRITE
from privacy.rights.export import delivery, running
from privacy.rights.export.access import access_any_copy
from privacy.rights.export.models import ExportPackage, ExportPart


class PartSerializer(serializers.Serializer[ExportPart]):
    """A table of the copy. Counts are rows; `removed` counts mentions of others."""

    what = serializers.CharField(source="label")
    state = serializers.ChoiceField(choices=ExportPart.State.choices)
    planned = serializers.IntegerField()
    written = serializers.IntegerField()
    omitted = serializers.IntegerField()
    removed = serializers.IntegerField()


class CopySerializer(serializers.Serializer[ExportPackage]):
    id = serializers.UUIDField(source="public_id")
    request = serializers.UUIDField(source="request.public_id")
    state = serializers.ChoiceField(choices=ExportPackage.State.choices)
    started_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    expires_at = serializers.DateTimeField(
        allow_null=True, help_text="Until when it can be fetched."
    )
    delete_at = serializers.DateTimeField(allow_null=True)
    deleted_at = serializers.DateTimeField(allow_null=True)
    size = serializers.IntegerField(help_text="Bytes of the archive.")
    downloads = serializers.IntegerField()
    downloads_left = serializers.SerializerMethodField()
    problem = serializers.CharField(help_text="What could not be shown, if that blocks it.")

    def get_downloads_left(self, package: ExportPackage) -> int:
        return delivery.downloads_left(package) if delivery.can_be_fetched(package) else 0


class CopyDetailSerializer(CopySerializer):
    parts = serializers.SerializerMethodField()

    @extend_schema_field(PartSerializer(many=True))
    def get_parts(self, package: ExportPackage) -> Any:
        found = ExportPart.objects.filter(package=package, planned__gt=0).order_by("position")
        return [PartSerializer(part).data for part in found]


class CopyFilterSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=ExportPackage.State.choices, required=False)
    request = serializers.UUIDField(required=False, help_text="The id of a request.")


class Copies(Endpoint):
    needs = {"GET": READ}
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_privacy_copies",
        parameters=[CopyFilterSerializer],
        responses=CopySerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Copies of people's data, the latest ordered first, with those that were deleted."""
        asked = validated(CopyFilterSerializer, request.query_params)
        if "request" in asked:
            asked["request__public_id"] = asked.pop("request")
        found: QuerySet[ExportPackage] = ExportPackage.objects.filter(**asked)
        pages = self.pagination_class()
        page = pages.paginate_queryset(found.select_related("request"), request, self) or []
        return pages.get_paginated_response([CopySerializer(row).data for row in page])


class OneCopy(Endpoint):
    needs = {"GET": READ}

    @extend_schema(operation_id="get_privacy_copy", responses=CopyDetailSerializer)
    def get(self, request: Request, copy_id: UUID) -> Response:  # noqa: ARG002 - Django's signature
        """A copy, and how far it is."""
        return _detail(access_any_copy(copy_id).pk)


class OrderCopy(ChangingEndpoint):
    needs = {"POST": WRITE}
    status = HTTPStatus.ACCEPTED

    @extend_schema(
        operation_id="make_privacy_copy", request=None, responses={202: CopyDetailSerializer}
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Have the copy made, or try a blocked one again. Only once identity is confirmed; from
        then on it also begins by itself. The person fetches it on their page."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        found = access_request(arguments["request_id"])
        return int(running.start_or_resume(found, actor_user_id=self.actor.user_id).pk)

    def shown(self, object_id: int) -> Response:
        return _detail(object_id)


def _detail(package_pk: int) -> Response:
    found = ExportPackage.objects.select_related("request").get(pk=package_pk)
    return Response(CopyDetailSerializer(found).data)
