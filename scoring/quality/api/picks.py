"""Picks over the REST API: what an assignment's cycles picked, and what becomes of a pick."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.accounts.api.base import ChangingEndpoint, Endpoint, Need
from kaizo.accounts.api.models import Scope
from kaizo.accounts.models import Membership
from kaizo.core.api import NewestFirst
from kaizo.core.endpoints import validated
from kaizo.core.permissions import Action
from scoring.quality.assignments import picks
from scoring.quality.assignments.access import (
    access_assignment,
    access_changeable_pick,
    access_own_assignment,
    visible_picks,
)
from scoring.quality.assignments.forms import ReasonForm
from scoring.quality.models import Pick

_READ = Need(Scope.ASSIGNMENTS_READ, Action.MANAGE_ASSIGNMENTS)
_OWN = Need(Scope.ASSIGNMENTS_WRITE, Action.VIEW_REVIEWS)
_WRITE = Need(Scope.ASSIGNMENTS_WRITE, Action.MANAGE_ASSIGNMENTS)


class PickSerializer(serializers.Serializer[Pick]):
    """Why a conversation was picked, and what became of it. `reviewer` is a public number."""

    id = serializers.IntegerField()
    cycle = serializers.DateField(source="cycle.starts_on")
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)
    reviewee = serializers.IntegerField(source="reviewee_id", allow_null=True)
    reviewer = serializers.CharField(source="reviewer.user.public_number", allow_null=True)
    review = serializers.IntegerField(source="review_id", allow_null=True)
    state = serializers.ChoiceField(choices=Pick.State.choices)
    why = serializers.CharField()
    reason = serializers.CharField(help_text="Why it was replaced or removed, else empty.")
    replaced_by = serializers.IntegerField(source="replaced_by_id", allow_null=True)


class PickReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.ChoiceField(choices=ReasonForm.REASONS)


class NewReviewerSerializer(serializers.Serializer[Any]):
    reviewer = serializers.CharField(help_text="A public number.")


class Picks(Endpoint):
    needs = {"GET": _READ}
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_picks", responses=PickSerializer(many=True))
    def get(self, request: Request, assignment_id: int) -> Response:
        """What was picked in all cycles, the latest first."""
        found = access_assignment(actor=self.actor, assignment_id=assignment_id)
        rows = visible_picks(self.actor, found).select_related("cycle", "reviewer__user")
        pages = self.pagination_class()
        page = pages.paginate_queryset(rows, request, self) or []
        return pages.get_paginated_response([PickSerializer(row).data for row in page])


class _OnPick(ChangingEndpoint):
    status = HTTPStatus.OK

    def pick(self, arguments: dict[str, Any]) -> Pick:
        return access_changeable_pick(actor=self.actor, pick_id=arguments["pick_id"])

    def shown(self, object_id: int) -> Response:
        found = access_changeable_pick(actor=self.actor, pick_id=object_id)
        return Response(PickSerializer(found).data)


class _TakeOff(_OnPick):
    needs = {"POST": _OWN}
    service: ClassVar[Callable[..., Pick | None]]

    def change(self, request: Request, **arguments: Any) -> int:
        pick = self.pick(arguments)
        reason = validated(PickReasonSerializer, request.data)["reason"]
        made = type(self).service(pick=pick, reason=reason, actor=self.actor)
        return int((made or pick).pk)


class Replace(_TakeOff):
    service = staticmethod(picks.replace_pick)

    @extend_schema(
        operation_id="replace_pick", request=PickReasonSerializer, responses=PickSerializer
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Take the next conversation of the cycle's own draw instead, which is answered. Counted
        with its reason. 409 when the pick is not open any more."""
        return super().post(request, **arguments)


class Remove(_TakeOff):
    service = staticmethod(picks.remove_pick)

    @extend_schema(
        operation_id="remove_pick", request=PickReasonSerializer, responses=PickSerializer
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Take it off the list. Counted with its reason."""
        return super().post(request, **arguments)


class Reassign(_OnPick):
    needs = {"POST": _WRITE}

    @extend_schema(
        operation_id="reassign_pick", request=NewReviewerSerializer, responses=PickSerializer
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Give it to another reviewer of the assignment, who may judge the conversation."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:
        pick = self.pick(arguments)
        access_own_assignment(actor=self.actor, assignment_id=pick.cycle.assignment_id)
        number = validated(NewReviewerSerializer, request.data)["reviewer"]
        found = Membership.objects.filter(user__public_number=number, is_active=True).first()
        if found is None:
            raise serializers.ValidationError({"reviewer": ["Nobody here has this number."]})
        picks.reassign_pick(pick=pick, reviewer=found, actor=self.actor)
        return int(pick.pk)
