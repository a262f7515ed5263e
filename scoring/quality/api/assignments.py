"""Assignments over the REST API: read, create, change, pause, go on, end."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.accounts.api.base import ChangingEndpoint, Endpoint, KeyedEndpoint, Need
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
)
from scoring.quality.assignments.choices import offered_to, people_of
from scoring.quality.assignments.filters import RATINGS
from scoring.quality.assignments.forms import AssignmentForm, initial_of
from scoring.quality.models import Assignment, AssignmentReviewer

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


class AssignmentDetailSerializer(AssignmentSerializer):
    """Reviewers by public number, agents and teams by id."""

    reviewers = serializers.SerializerMethodField()
    agents = serializers.SerializerMethodField()
    teams = serializers.SerializerMethodField()

    def get_reviewers(self, found: Assignment) -> list[str]:
        rows = AssignmentReviewer.objects.filter(assignment=found).order_by("pk")
        return list(rows.values_list("membership__user__public_number", flat=True))

    def get_agents(self, found: Assignment) -> list[int]:
        return sorted(people_of(found).agents)

    def get_teams(self, found: Assignment) -> list[int]:
        return sorted(people_of(found).teams)


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


class ChangedAssignmentSerializer(serializers.Serializer[Any]):
    """Only what is to change. null takes a last day or a time to finish away."""

    name = serializers.CharField(required=False)
    scorecard = serializers.IntegerField(min_value=1, required=False)
    who = serializers.ChoiceField(choices=Assignment.Who.choices, required=False)
    reviewers = serializers.ListField(child=serializers.CharField(), required=False)
    agents = serializers.ListField(child=serializers.IntegerField(), required=False)
    teams = serializers.ListField(child=serializers.IntegerField(), required=False)
    cycle = serializers.ChoiceField(choices=Assignment.Cycle.choices, required=False)
    goal = serializers.IntegerField(min_value=1, required=False)
    goal_of = serializers.ChoiceField(choices=Assignment.Goal.choices, required=False)
    starts_on = serializers.DateField(required=False)
    ends_on = serializers.DateField(required=False, allow_null=True)
    due_days = serializers.IntegerField(min_value=0, required=False, allow_null=True)
    time_zone = serializers.CharField(required=False)
    method = serializers.ChoiceField(choices=Assignment.Method.choices, required=False)
    is_blind = serializers.BooleanField(required=False)
    may_replace = serializers.BooleanField(required=False)
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
        responses={201: AssignmentDetailSerializer},
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """An assignment. Its first cycle is picked when its first day has come."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        asked = validated(NewAssignmentSerializer, request.data)
        zone = {"time_zone": self.organisation.time_zone}
        form = _checked(self, zone | _in_words_of_the_form(asked))
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


class OneAssignment(KeyedEndpoint):
    needs = {"GET": _READ, "PATCH": _WRITE}
    status = HTTPStatus.OK

    @extend_schema(operation_id="get_assignment", responses=AssignmentDetailSerializer)
    def get(self, request: Request, assignment_id: int) -> Response:  # noqa: ARG002 - Django's signature
        return _detail(self, assignment_id)

    @extend_schema(
        operation_id="edit_assignment",
        request=ChangedAssignmentSerializer,
        responses=AssignmentDetailSerializer,
    )
    def patch(self, request: Request, **arguments: Any) -> Response:
        """Change what is named; the rest stays. It holds from the next cycle on. `filters` are
        replaced as a whole."""
        return self.once(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:
        found = access_own_assignment(actor=self.actor, assignment_id=arguments["assignment_id"])
        asked = validated(ChangedAssignmentSerializer, request.data)
        form = _checked(self, initial_of(found, people_of(found)) | _in_words_of_the_form(asked))
        services.edit_assignment(
            assignment=found, terms=form.terms(), people=form.people(), actor=self.actor
        )
        return int(found.pk)

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class AssignmentState(ChangingEndpoint):
    needs = {"POST": _WRITE}
    status = HTTPStatus.OK

    @extend_schema(
        operation_id="set_assignment_state",
        request=StateSerializer,
        responses=AssignmentDetailSerializer,
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


def _detail(endpoint: Endpoint, assignment_id: int) -> Response:
    found = access_assignment(actor=endpoint.actor, assignment_id=assignment_id)
    return Response(AssignmentDetailSerializer(found).data)


def _checked(endpoint: Endpoint, data: dict[str, Any]) -> AssignmentForm:
    """The page's form, which knows all the rules. Raises ValidationError."""
    form = AssignmentForm(data)
    form.offer(**offered_to(endpoint.actor))
    if not form.is_valid():
        wrong = {name: [str(error) for error in found] for name, found in form.errors.items()}
        raise serializers.ValidationError(wrong)
    return form


def _in_words_of_the_form(asked: dict[str, Any]) -> dict[str, Any]:
    """What was asked for, as the form names it. Filters that are given replace all there are."""
    told = dict(asked)
    if "scorecard" in told:
        told["scorecard_id"] = told.pop("scorecard")
    if "reviewers" in told:
        numbers = dict(Membership.objects.values_list("user__public_number", "pk"))
        told["reviewers"] = [numbers.get(number, 0) for number in told["reviewers"]]
    if "filters" in told:
        filters = told.pop("filters") or {}
        names = (*AssignmentForm.WHICH, *AssignmentForm.LISTS, "is_reopened")
        told |= {name: filters.get(name) for name in names}
        told |= {name: ", ".join(filters.get(name) or []) for name in ("languages", "tags")}
        told["from_teams"] = filters.get("teams")
    return told
