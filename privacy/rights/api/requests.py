"""Requests over the REST API: read, enter, confirm, plan, approve, extend, refuse.

A token acts for its holder, with the same four eyes as on the pages: whoever made a plan does not
approve it, by whatever way, and whoever proposed a refusal does not confirm it. What people wrote,
and where they are answered, stays on the pages.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import Prefetch, QuerySet
from django.http import Http404
from django.utils import timezone
from django.utils.translation import gettext as _
from drf_spectacular.utils import extend_schema, extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.core.api import NewestFirst
from kaizo.core.days import Day
from kaizo.core.endpoints import ChangingEndpoint, Endpoint, Need, Scope, validated
from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action
from privacy.rights import deadlines, identity, plans, requests
from privacy.rights.access import access_plan, access_refusal, access_request
from privacy.rights.dates import came_at, extended_until
from privacy.rights.models import (
    Plan,
    PlanStep,
    RefusalGround,
    RequestChannel,
    RequestEvent,
    RequestKind,
    RequestStatus,
    RightsRequest,
    WaitingFor,
)
from privacy.rights.portal.services import due_at, open_like
from privacy.rights.refusal import services as refusal
from privacy.rights.refusal.models import Refusal

READ = Need(Scope.PRIVACY_READ, Action.HANDLE_PRIVACY_REQUESTS)
WRITE = Need(Scope.PRIVACY_WRITE, Action.HANDLE_PRIVACY_REQUESTS)
_ENTERED_BY = [RequestChannel.MAIL, RequestChannel.POST, RequestChannel.PHONE]


class StepSerializer(serializers.Serializer[PlanStep]):
    """Counts are rows. `left_over` is what the check afterwards still found."""

    action = serializers.CharField()
    what = serializers.CharField(source="label")
    state = serializers.ChoiceField(choices=PlanStep.State.choices)
    planned = serializers.IntegerField()
    held = serializers.IntegerField()
    changed = serializers.IntegerField()
    left_over = serializers.IntegerField(allow_null=True)


class PlanSerializer(serializers.Serializer[Plan]):
    """What an approval holds for is the `digest`."""

    digest = serializers.CharField()
    made_at = serializers.DateTimeField()
    approved_at = serializers.DateTimeField(allow_null=True)
    started_at = serializers.DateTimeField(allow_null=True)
    finished_at = serializers.DateTimeField(allow_null=True)
    steps = StepSerializer(many=True)


class ProposedRefusalSerializer(serializers.Serializer[Refusal]):
    """A refusal that waits for a second person. `reasons` is what the person would be told."""

    id = serializers.UUIDField(source="public_id")
    ground = serializers.ChoiceField(choices=RefusalGround.choices)
    reasons = serializers.SerializerMethodField()
    proposed_at = serializers.DateTimeField()

    def get_reasons(self, proposed: Refusal) -> str:
        return refusal.reasons_of(proposed)


class RequestSerializer(serializers.Serializer[RightsRequest]):
    id = serializers.UUIDField(source="public_id")
    kind = serializers.ChoiceField(choices=RequestKind.choices)
    status = serializers.ChoiceField(choices=RequestStatus.choices)
    channel = serializers.ChoiceField(choices=RequestChannel.choices)
    received_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField(allow_null=True)
    extended_to = serializers.DateTimeField(allow_null=True)
    verified_at = serializers.DateTimeField(allow_null=True)
    waiting_for = serializers.ListField(child=serializers.ChoiceField(choices=WaitingFor.choices))
    refusal_ground = serializers.CharField(help_text="Empty unless it was refused.")
    closed_at = serializers.DateTimeField(allow_null=True)


class RequestDetailSerializer(RequestSerializer):
    plan = serializers.SerializerMethodField()
    proposed_refusal = serializers.SerializerMethodField()

    @extend_schema_field(PlanSerializer(allow_null=True))
    def get_plan(self, found: RightsRequest) -> Any:
        steps = PlanStep.objects.order_by("position")
        current = Plan.objects.filter(request=found, superseded_at__isnull=True)
        plan = current.prefetch_related(Prefetch("steps", steps)).first()
        return {**PlanSerializer(plan).data} if plan else None

    @extend_schema_field(ProposedRefusalSerializer(allow_null=True))
    def get_proposed_refusal(self, found: RightsRequest) -> Any:
        proposed = refusal.proposal_of(found)
        return {**ProposedRefusalSerializer(proposed).data} if proposed else None


class RequestEventSerializer(serializers.Serializer[RequestEvent]):
    at = serializers.DateTimeField()
    what = serializers.ChoiceField(choices=RequestEvent.What.choices)
    before = serializers.CharField()
    after = serializers.CharField()
    reason = serializers.CharField()


class RequestFilterSerializer(serializers.Serializer[Any]):
    status = serializers.ChoiceField(choices=RequestStatus.choices, required=False)
    kind = serializers.ChoiceField(choices=RequestKind.choices, required=False)


class NewRequestSerializer(serializers.Serializer[Any]):
    """A request that came by mail, post or telephone. An e-mail address as `contact` also finds the
    person's records. Both texts are kept encrypted and never answered."""

    kind = serializers.ChoiceField(choices=RequestKind.choices)
    channel = serializers.ChoiceField(choices=[(c.value, c.label) for c in _ENTERED_BY])
    received_on = Day(help_text="The month for the answer runs from this day.")
    contact = serializers.CharField(max_length=254)
    message = serializers.CharField(max_length=5_000, allow_blank=True, default="")

    def validate_received_on(self, day: Any) -> Any:
        if day > timezone.localdate():
            raise serializers.ValidationError(_("This day is still to come."))
        return day


class ConfirmSerializer(serializers.Serializer[Any]):
    has_none = serializers.BooleanField(default=False, help_text="No record here is the person's.")


class ExtensionSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=2_000, help_text="Why it takes longer.")


class ApprovalSerializer(serializers.Serializer[Any]):
    digest = serializers.CharField(max_length=64, help_text="Of the plan that was looked at.")


class RefusalSerializer(serializers.Serializer[Any]):
    ground = serializers.ChoiceField(choices=RefusalGround.choices)
    text = serializers.CharField(max_length=5_000, help_text="The reasons, for the person.")


class SettledRefusalSerializer(serializers.Serializer[Any]):
    refusal = serializers.UUIDField(help_text="The id of the proposal that was looked at.")
    confirm = serializers.BooleanField(help_text="False drops the proposal.")


class Requests(ChangingEndpoint):
    needs = {"GET": READ, "POST": WRITE}
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_privacy_requests",
        parameters=[RequestFilterSerializer],
        responses=RequestSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """Requests of people for their rights, the latest entered first."""
        asked = validated(RequestFilterSerializer, request.query_params)
        found: QuerySet[RightsRequest] = RightsRequest.objects.filter(**asked)
        pages = self.pagination_class()
        page = pages.paginate_queryset(found, request, self) or []
        return pages.get_paginated_response([RequestSerializer(row).data for row in page])

    @extend_schema(
        operation_id="enter_privacy_request",
        request=NewRequestSerializer,
        responses={201: RequestDetailSerializer},
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Enter a request that did not come by the portal."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        asked = validated(NewRequestSerializer, request.data)
        here = self.organisation
        came = came_at(asked.pop("received_on"), here.time_zone)
        entered = requests.receive_request(
            **asked,
            received_at=came,
            due_at=due_at(came, country=here.country, zone=here.time_zone),
            duplicate_of=open_like(asked["kind"], asked["contact"]),
            entered_by_id=self.actor.user_id,
        )
        return int(entered.pk)

    def shown(self, object_id: int) -> Response:
        return _detail(object_id)


class OneRequest(Endpoint):
    needs = {"GET": READ}

    @extend_schema(operation_id="get_privacy_request", responses=RequestDetailSerializer)
    def get(self, request: Request, request_id: UUID) -> Response:  # noqa: ARG002 - Django's signature
        """A request, with its plan and how far that is."""
        return _detail(access_request(request_id).pk)


class Events(Endpoint):
    needs = {"GET": READ}
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_privacy_request_events", responses=RequestEventSerializer(many=True)
    )
    def get(self, request: Request, request_id: UUID) -> Response:
        """What happened to a request, the latest first."""
        found = RequestEvent.objects.filter(request=access_request(request_id))
        pages = self.pagination_class()
        page = pages.paginate_queryset(found, request, self) or []
        return pages.get_paginated_response([RequestEventSerializer(row).data for row in page])


class _OnRequest(ChangingEndpoint):
    needs = {"POST": WRITE}
    status = HTTPStatus.OK

    def change(self, request: Request, **arguments: Any) -> int:
        found = access_request(arguments["request_id"])
        self.act(found, request)
        return int(found.pk)

    def act(self, found: RightsRequest, request: Request) -> None:
        """Move the request on."""
        raise NotImplementedError  # each action says how

    def shown(self, object_id: int) -> Response:
        return _detail(object_id)


class ConfirmIdentity(_OnRequest):
    @extend_schema(
        operation_id="confirm_privacy_request",
        request=ConfirmSerializer,
        responses=RequestDetailSerializer,
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """The holder has made sure who asks. The records are those of the address and those that
        somebody has confirmed on the request's page; when there are none, that has to be said."""
        return super().post(request, **arguments)

    def act(self, found: RightsRequest, request: Request) -> None:
        asked = validated(ConfirmSerializer, request.data)
        identity.confirm(found, has_none=asked["has_none"], actor_user_id=self.actor.user_id)


class MakePlan(_OnRequest):
    @extend_schema(
        operation_id="plan_privacy_request", request=None, responses=RequestDetailSerializer
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Count what an erasure would do. Nothing is erased before somebody else approves it."""
        return super().post(request, **arguments)

    def act(self, found: RightsRequest, request: Request) -> None:  # noqa: ARG002 - the base's signature
        plans.make_plan(found, made_by_id=self.actor.user_id)


class ApprovePlan(_OnRequest):
    @extend_schema(
        operation_id="approve_privacy_request",
        request=ApprovalSerializer,
        responses=RequestDetailSerializer,
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Have the plan carried out. Never by whoever made it. When the data has moved since, the
        answer holds a new plan, not approved, with another digest."""
        return super().post(request, **arguments)

    def act(self, found: RightsRequest, request: Request) -> None:
        asked = validated(ApprovalSerializer, request.data)
        plans.approve_plan(
            access_plan(found), digest=asked["digest"], actor_user_id=self.actor.user_id
        )


class Extend(_OnRequest):
    @extend_schema(
        operation_id="extend_privacy_request",
        request=ExtensionSerializer,
        responses=RequestDetailSerializer,
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Two further months, once, while the first month runs (GDPR Art. 12(3)). The person is
        written why."""
        return super().post(request, **arguments)

    def act(self, found: RightsRequest, request: Request) -> None:
        asked = validated(ExtensionSerializer, request.data)
        here = self.organisation
        try:
            until = extended_until(found, country=here.country, zone=here.time_zone)
        except deadlines.TooLate:
            told = _("The first month is over: the law knows no extension any more.")
            raise DomainError(told) from None
        requests.extend_request(
            found, until=until, reason=asked["reason"], actor_user_id=self.actor.user_id
        )


class Refuse(_OnRequest):
    @extend_schema(
        operation_id="refuse_privacy_request",
        request=RefusalSerializer,
        responses=RequestDetailSerializer,
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Propose a refusal on one of the law's grounds. Nothing is refused before somebody else
        confirms it; a later proposal takes the place of an earlier one."""
        return super().post(request, **arguments)

    def act(self, found: RightsRequest, request: Request) -> None:
        asked = validated(RefusalSerializer, request.data)
        refusal.propose(
            found,
            ground=asked["ground"],
            reasons=asked["text"],
            actor_user_id=self.actor.user_id,
        )


class SettleRefusal(_OnRequest):
    @extend_schema(
        operation_id="settle_privacy_refusal",
        request=SettledRefusalSerializer,
        responses=RequestDetailSerializer,
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Confirm the proposed refusal, or drop it. It is never confirmed by whoever proposed it.
        The person is told, and can appeal to somebody else."""
        return super().post(request, **arguments)

    def act(self, found: RightsRequest, request: Request) -> None:
        asked = validated(SettledRefusalSerializer, request.data)
        proposed = access_refusal(asked["refusal"])
        if proposed.request_id != found.pk:
            raise Http404
        settle = refusal.confirm if asked["confirm"] else refusal.drop
        settle(proposed, actor_user_id=self.actor.user_id)


def _detail(request_pk: int) -> Response:
    found = RightsRequest.objects.get(pk=request_pk)
    return Response(RequestDetailSerializer(found).data)
