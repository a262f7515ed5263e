"""The audit log and mentions of people over the REST API."""

from __future__ import annotations

from typing import Any

from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.core.api import NewestFirst
from kaizo.core.days import Moment
from kaizo.core.endpoints import Endpoint, Need, Scope, validated
from kaizo.core.permissions import Action, can
from privacy.accountability import explorer
from privacy.accountability.explorer import Line
from privacy.accountability.searching import Wanted, search_mentions
from privacy.models import Outcome

_AUDIT = Need(Scope.AUDIT_READ, Action.VIEW_AUDIT)
_FIND = Need(Scope.PRIVACY_READ, Action.HANDLE_PRIVACY_REQUESTS)
_MOST_FOUND = 1_000


class EventSerializer(serializers.Serializer[Line]):
    """`actor` and `affected` are the sixteen digits of accounts. Whom it concerns is empty for
    roles that do not handle privacy requests."""

    id = serializers.IntegerField()
    occurred_at = serializers.DateTimeField()
    action = serializers.CharField()
    outcome = serializers.ChoiceField(choices=Outcome.choices)
    purpose = serializers.CharField()
    object_type = serializers.CharField()
    object_id = serializers.CharField()
    actor = serializers.CharField()
    affected = serializers.CharField()
    subject = serializers.UUIDField(source="subject_id", allow_null=True)
    people = serializers.IntegerField(help_text="How many people's data it showed.")
    detail = serializers.SerializerMethodField()
    is_sealed = serializers.BooleanField()

    def get_detail(self, line: Line) -> dict[str, Any]:
        return dict(line.detail)


class EventFilterSerializer(serializers.Serializer[Any]):
    since = Moment(required=False)
    until = Moment(required=False)
    action = serializers.CharField(required=False, help_text="Or “readings” for every look.")
    outcome = serializers.ChoiceField(choices=Outcome.choices, required=False)
    object_type = serializers.CharField(required=False)
    object_id = serializers.CharField(required=False)
    account = serializers.RegexField(r"^[0-9]{16}$", required=False)
    subject = serializers.UUIDField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if "account" in attrs:
            attrs["person"] = explorer.user_of(attrs.pop("account"))
            if attrs["person"] is None:
                raise serializers.ValidationError({"account": [_("There is no such account.")]})
        if "subject" in attrs:
            attrs["person"] = attrs.pop("subject")
        return attrs


class Events(Endpoint):
    needs = {"GET": _AUDIT}
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_audit_events",
        parameters=[EventFilterSerializer],
        responses=EventSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """What happened, the latest first."""
        asked = validated(EventFilterSerializer, request.query_params)
        with_people = can(self.actor, Action.HANDLE_PRIVACY_REQUESTS)
        if not with_people:
            asked = {k: v for k, v in asked.items() if k not in {"person", "object_id"}}
        pages = self.pagination_class()
        page = pages.paginate_queryset(explorer.matching(asked), request, self) or []
        lines = explorer.lines_of(
            page, with_people=with_people, up_to_id=explorer.seal_state().up_to_id
        )
        return pages.get_paginated_response([EventSerializer(line).data for line in lines])


def _values() -> serializers.ListField:
    return serializers.ListField(
        child=serializers.CharField(max_length=254), required=False, default=list, max_length=20
    )


class WantedSerializer(serializers.Serializer[Any]):
    """How somebody is called and reached. Stored nowhere; at least one value is needed."""

    names = _values()
    emails = _values()
    phones = _values()
    numbers = _values()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(attrs.values()):
            raise serializers.ValidationError(_("Name at least one of them."))
        return attrs


class MentionSerializer(serializers.Serializer[Any]):
    """Where somebody is mentioned, without a word of it."""

    object_type = serializers.CharField()
    object_id = serializers.IntegerField()
    traits = serializers.SerializerMethodField()
    is_certain = serializers.BooleanField()

    def get_traits(self, found: Any) -> list[str]:
        return sorted(str(trait) for trait in found.traits)


class MentionsSerializer(serializers.Serializer[Any]):
    """`unread`: how many conversations nobody has read for mentions yet."""

    certain = serializers.IntegerField()
    hints = serializers.IntegerField()
    unread = serializers.IntegerField()
    mentions = MentionSerializer(many=True, source="shown")


class Mentions(Endpoint):
    needs = {"POST": _FIND}

    @extend_schema(
        operation_id="find_mentions", request=WantedSerializer, responses=MentionsSerializer
    )
    def post(self, request: Request) -> Response:
        """Every mention of a person, at most 1,000, certain ones first. That there was a search is
        recorded, for whom is not. A POST, so that no address holds what is searched for."""
        asked = validated(WantedSerializer, request.data)
        found = search_mentions(
            Wanted(**asked), actor_user_id=self.actor.user_id, limit=_MOST_FOUND
        )
        return Response(MentionsSerializer(found).data)
