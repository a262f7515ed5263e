"""Assignments over the REST API: read, create, pause, go on, end; the picks of their cycles."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.db.models import F
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
from scoring.quality.assignments import running, services
from scoring.quality.assignments.access import (
    access_assignment,
    access_own_assignment,
    visible_assignments,
    visible_picks,
)
from scoring.quality.assignments.choices import offered_to
from scoring.quality.assignments.filters import RATINGS
from scoring.quality.assignments.forms import AssignmentForm
from scoring.quality.models import Assignment, Pick

_READ = Need(Scope.ASSIGNMENTS_READ, Action.MANAGE_ASSIGNMENTS)
_WRITE = Need(Scope.ASSIGNMENTS_WRITE, Action.MANAGE_ASSIGNMENTS)
_STATES = {
    "pause": Assignment.State.PAUSED,
    "resume": Assignment.State.ACTIVE,
    "end": Assignment.State.ENDED,
}


class AssignmentSerializer(serializers.Serializer[Assignment]):
    id = serializers.IntegerField()
    name = serializers.CharField()
    scorecard = serializers.IntegerField(source="scorecard_id")
    state = serializers.ChoiceField(choices=Assignment.State.choices)
    cycle = serializers.ChoiceField(choices=Assignment.Cycle.choices)
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(allow_null=True)
    time_zone = serializers.CharField()
    who = serializers.ChoiceField(choices=Assignment.Who.choices)
    method = serializers.ChoiceField(choices=Assignment.Method.choices)
    goal = serializers.IntegerField()
    goal_of = serializers.ChoiceField(choices=Assignment.Goal.choices)
    due_days = serializers.IntegerField(allow_null=True)
    is_blind = serializers.BooleanField()
    may_replace = serializers.BooleanField()
    filters = serializers.DictField()


class PickSerializer(serializers.Serializer[Pick]):
    """Why a conversation was picked, and what became of it. `reviewer` is a public number."""

    id = serializers.IntegerField()
    cycle = serializers.DateField(source="cycle.starts_on")
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)
    reviewee = serializers.IntegerField(source="reviewee_id", allow_null=True)
    reviewer = serializers.CharField(source="reviewer_number", allow_null=True)
    review = serializers.IntegerField(source="review_id", allow_null=True)
    state = serializers.ChoiceField(choices=Pick.State.choices)
    why = serializers.CharField()


class FiltersSerializer(serializers.Serializer[Any]):
    """Empty asks for nothing. Teams by id; times in hours by the calendar."""

    days = serializers.IntegerField(min_value=1, max_value=365, required=False)
    channels = serializers.ListField(child=serializers.CharField(), required=False)
    statuses = serializers.ListField(child=serializers.CharField(), required=False)
    priorities = serializers.ListField(child=serializers.CharField(), required=False)
    languages = serializers.ListField(child=serializers.CharField(), required=False)
    tags = serializers.ListField(child=serializers.CharField(), required=False)
    teams = serializers.ListField(child=serializers.IntegerField(), required=False)
    rating = serializers.ChoiceField(choices=RATINGS, required=False, allow_blank=True)
    is_reopened = serializers.BooleanField(required=False)
    replies_min = serializers.IntegerField(min_value=0, required=False)
    replies_max = serializers.IntegerField(min_value=0, required=False)
    hours_min = serializers.IntegerField(min_value=0, required=False)
    hours_max = serializers.IntegerField(min_value=0, required=False)
    wait_hours_min = serializers.IntegerField(min_value=0, required=False)
    wait_hours_max = serializers.IntegerField(min_value=0, required=False)


class NewAssignmentSerializer(serializers.Serializer[Any]):
    """Reviewers by public number, agents and teams by id."""

    name = serializers.CharField()
    scorecard = serializers.IntegerField(min_value=1)
    who = serializers.ChoiceField(
        choices=Assignment.Who.choices, default=Assignment.Who.REVIEWERS.value
    )
    reviewers = serializers.ListField(child=serializers.CharField(), default=list)
    agents = serializers.ListField(child=serializers.IntegerField(), default=list)
    teams = serializers.ListField(child=serializers.IntegerField(), default=list)
    cycle = serializers.ChoiceField(
        choices=Assignment.Cycle.choices, default=Assignment.Cycle.WEEKLY.value
    )
    goal = serializers.IntegerField(min_value=1, default=2)
    goal_of = serializers.ChoiceField(
        choices=Assignment.Goal.choices, default=Assignment.Goal.PER_REVIEWEE.value
    )
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False)
    due_days = serializers.IntegerField(min_value=0, required=False)
    time_zone = serializers.CharField(required=False, help_text="The organisation's without it.")
    method = serializers.ChoiceField(
        choices=Assignment.Method.choices, default=Assignment.Method.RANDOM.value
    )
    is_blind = serializers.BooleanField(default=False)
    may_replace = serializers.BooleanField(default=True)
    filters = FiltersSerializer(required=False)


class StateSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=list(_STATES))


class Assignments(ChangingEndpoint):
    needs = {"GET": _READ, "POST": _WRITE}
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_assignments", responses=AssignmentSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The assignments that the token's holder may see, the newest first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(visible_assignments(self.actor), request, self) or []
        return pages.get_paginated_response([AssignmentSerializer(row).data for row in page])

    @extend_schema(
        operation_id="create_assignment",
        request=NewAssignmentSerializer,
        responses={201: AssignmentSerializer},
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """An assignment. Its first cycle is picked when its first day has come."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        asked = validated(NewAssignmentSerializer, request.data)
        form = AssignmentForm(_form_data(asked, self.organisation.time_zone))
        form.offer(**offered_to(self.actor))
        if not form.is_valid():
            wrong = {name: [str(error) for error in found] for name, found in form.errors.items()}
            raise serializers.ValidationError(wrong)
        assignment = services.create_assignment(
            organisation=self.organisation,
            terms=form.terms(),
            people=form.people(),
            actor=self.actor,
        )
        running.start_cycle(assignment=assignment)
        return int(assignment.pk)

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class OneAssignment(Endpoint):
    needs = {"GET": _READ}

    @extend_schema(operation_id="get_assignment", responses=AssignmentSerializer)
    def get(self, request: Request, assignment_id: int) -> Response:  # noqa: ARG002 - Django's signature
        return _detail(self, assignment_id)


class AssignmentState(ChangingEndpoint):
    needs = {"POST": _WRITE}
    status = HTTPStatus.OK

    @extend_schema(
        operation_id="set_assignment_state",
        request=StateSerializer,
        responses=AssignmentSerializer,
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Pause it, go on, or end it for good."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:
        found = access_own_assignment(actor=self.actor, assignment_id=arguments["assignment_id"])
        state = _STATES[validated(StateSerializer, request.data)["state"]]
        services.set_state(assignment=found, state=state, actor=self.actor)
        if state == Assignment.State.ACTIVE:
            running.start_cycle(assignment=found)
        return int(found.pk)

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class Picks(Endpoint):
    needs = {"GET": _READ}
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_picks", responses=PickSerializer(many=True))
    def get(self, request: Request, assignment_id: int) -> Response:
        """What was picked in all cycles, the latest first."""
        found = access_assignment(actor=self.actor, assignment_id=assignment_id)
        picks = (
            visible_picks(self.actor, found)
            .select_related("cycle")
            .annotate(reviewer_number=F("reviewer__user__public_number"))
        )
        pages = self.pagination_class()
        page = pages.paginate_queryset(picks, request, self) or []
        return pages.get_paginated_response([PickSerializer(row).data for row in page])


def _detail(endpoint: Endpoint, assignment_id: int) -> Response:
    found = access_assignment(actor=endpoint.actor, assignment_id=assignment_id)
    return Response(AssignmentSerializer(found).data)


def _form_data(asked: dict[str, Any], time_zone: str) -> dict[str, Any]:
    """What was asked for in the words of the page's form, which knows all the rules."""
    filters = dict(asked.pop("filters", {}))
    words = {name: ", ".join(filters.pop(name, [])) for name in ("languages", "tags")}
    numbers = dict(Membership.objects.values_list("user__public_number", "pk"))
    return {
        "time_zone": time_zone,
        **asked,
        **filters,
        **words,
        "scorecard_id": asked["scorecard"],
        "reviewers": [numbers.get(number, 0) for number in asked["reviewers"]],
        "from_teams": filters.get("teams", []),
        "teams": asked["teams"],
    }
