"""Reviews over the REST API: read, start, answer, submit, reopen.

People are named by ids; names stay on the pages. Opening somebody else's review is recorded as it
is on a page.
"""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.db.models import F, QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.accounts.api.base import ChangingEndpoint, Endpoint, Need
from kaizo.accounts.api.models import Scope
from kaizo.core.api import NewestFirst
from kaizo.core.days import Day
from kaizo.core.endpoints import validated
from kaizo.core.permissions import Action
from privacy.api import ReadingChannel
from scoring.quality.access import (
    access_draft,
    access_review,
    is_reviewee,
    may_reopen,
    visible_reviews,
)
from scoring.quality.models import Review
from scoring.quality.reviews import services
from scoring.quality.reviews.answers import rate
from scoring.quality.reviews.sheet import Line, Sheet, sheet_of
from scoring.quality.reviews.starting import start_by_hand
from scoring.quality.scorecards.access import access_scorecard
from scoring.readings import Reading, saw_review
from tickets.access import access_ticket
from tickets.models import Agent
from tickets.readings import saw

_READ = Need(Scope.REVIEWS_READ, Action.VIEW_REVIEWS)
_ANSWER = Need(Scope.REVIEWS_WRITE, Action.VIEW_REVIEWS)  # one's own drafts, by `access_draft`
_REVIEW = Need(Scope.REVIEWS_WRITE, Action.REVIEW_CONVERSATIONS)


class ReviewSerializer(serializers.Serializer[Review]):
    """`score` in percent. What a blind draft says of its score is null until it is submitted."""

    id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=Review.Kind.choices)
    sample = serializers.ChoiceField(choices=Review.Sample.choices)
    state = serializers.ChoiceField(choices=Review.State.choices)
    scorecard = serializers.IntegerField(source="version.scorecard_id")
    version = serializers.IntegerField(source="version.number")
    ticket = serializers.IntegerField(source="ticket_id", allow_null=True)
    reviewee = serializers.IntegerField(source="reviewee_id", allow_null=True)
    reviewer = serializers.CharField(
        source="reviewer_number", allow_null=True, help_text="The member's public number."
    )
    channel = serializers.CharField()
    started_at = serializers.DateTimeField()
    submitted_at = serializers.DateTimeField(allow_null=True)
    day = serializers.DateField(allow_null=True)
    score = serializers.FloatField(allow_null=True)
    passed = serializers.BooleanField(allow_null=True)
    auto_failed = serializers.BooleanField()
    is_suspended = serializers.BooleanField()
    annulled_at = serializers.DateTimeField(allow_null=True)
    acknowledged_at = serializers.DateTimeField(allow_null=True)
    revision = serializers.IntegerField()

    def to_representation(self, instance: Review) -> dict[str, Any]:
        """A draft's score is no score yet, and a blind one would tell."""
        shown: dict[str, Any] = super().to_representation(instance)
        if instance.state == Review.State.DRAFT:
            shown |= {"score": None, "passed": None, "auto_failed": False}
        return shown


class RatingSerializer(serializers.Serializer[Line]):
    category = serializers.UUIDField(source="category.key")
    value = serializers.IntegerField(allow_null=True)
    is_na = serializers.BooleanField()
    comment = serializers.CharField(
        allow_null=True, help_text="Null when it was permanently erased."
    )
    causes = serializers.SerializerMethodField()

    def get_causes(self, line: Line) -> list[UUID]:
        return [cause.key for cause in line.chosen_causes]


class ReviewDetailSerializer(ReviewSerializer):
    ratings = RatingSerializer(many=True)


class StartSerializer(serializers.Serializer[Any]):
    """Without a scorecard the first that fits applies, without a reviewee the scorecard's rule."""

    ticket = serializers.IntegerField(min_value=1)
    scorecard = serializers.IntegerField(min_value=1, required=False)
    reviewee = serializers.IntegerField(min_value=1, required=False)
    kind = serializers.ChoiceField(
        choices=[Review.Kind.QUALITY.value, Review.Kind.PEER.value, Review.Kind.SELF.value],
        default=Review.Kind.QUALITY.value,
    )


class AnswerSerializer(serializers.Serializer[Any]):
    """`revision` is the review's as last seen: an answer changed since then is not overwritten."""

    value = serializers.IntegerField(min_value=0, max_value=10, allow_null=True, default=None)
    is_na = serializers.BooleanField(default=False)
    comment = serializers.CharField(allow_blank=True, max_length=4_000, default="")
    causes = serializers.ListField(child=serializers.UUIDField(), default=list, max_length=100)
    revision = serializers.IntegerField(min_value=0)


class ReasonSerializer(serializers.Serializer[Any]):
    reason = serializers.CharField(max_length=4_000)


class FilterSerializer(serializers.Serializer[Any]):
    state = serializers.ChoiceField(choices=Review.State.choices, required=False)
    kind = serializers.ChoiceField(choices=Review.Kind.choices, required=False)
    reviewee = serializers.IntegerField(min_value=1, required=False)
    scorecard = serializers.IntegerField(min_value=1, required=False)
    since = Day(required=False, help_text="First day of submission.")
    until = Day(required=False, help_text="Last day of submission.")


_COLUMNS = {
    "state": "state",
    "kind": "kind",
    "reviewee": "reviewee",
    "scorecard": "version__scorecard",
    "since": "day__gte",
    "until": "day__lte",
}


class Reviews(ChangingEndpoint):
    needs = {"GET": _READ, "POST": _REVIEW}
    pagination_class = NewestFirst

    @extend_schema(
        operation_id="list_reviews",
        parameters=[FilterSerializer],
        responses=ReviewSerializer(many=True),
    )
    def get(self, request: Request) -> Response:
        """The reviews that the token's holder may see, the latest started first."""
        asked = validated(FilterSerializer, request.query_params)
        found = _with_numbers(visible_reviews(self.actor)).filter(
            **{_COLUMNS[name]: value for name, value in asked.items()}
        )
        pages = self.pagination_class()
        page = pages.paginate_queryset(found, request, self) or []
        saw(
            Reading.REVIEWS,
            reader=self.actor,
            agents=[row.reviewee_id for row in page],
            channel=ReadingChannel.API,
        )
        return pages.get_paginated_response([ReviewSerializer(row).data for row in page])

    @extend_schema(
        operation_id="start_review",
        request=StartSerializer,
        responses={201: ReviewDetailSerializer},
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """The holder's draft about a conversation, or the one there is already."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        asked = validated(StartSerializer, request.data)
        ticket = access_ticket(actor=self.actor, ticket_id=asked["ticket"])
        review = start_by_hand(
            actor=self.actor,
            ticket=ticket,
            scorecard=access_scorecard(actor=self.actor, scorecard_id=asked["scorecard"])
            if "scorecard" in asked
            else None,
            reviewee=agent(asked["reviewee"]) if "reviewee" in asked else None,
            kind=asked["kind"],
        )
        return int(review.pk)

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class OneReview(Endpoint):
    needs = {"GET": _READ, "DELETE": _ANSWER}

    @extend_schema(operation_id="get_review", responses=ReviewDetailSerializer)
    def get(self, request: Request, review_id: int) -> Response:  # noqa: ARG002 - Django's signature
        """A review with its answers. Reading somebody else's is recorded; they can see when."""
        found = access_review(actor=self.actor, review_id=review_id)
        if not is_reviewee(self.actor, found):
            saw_review(found, reader=self.actor, channel=ReadingChannel.API)
        return _detail(self, review_id)

    @extend_schema(operation_id="discard_review", request=None, responses={204: None})
    def delete(self, request: Request, review_id: int) -> Response:  # noqa: ARG002 - Django's signature
        """Delete a draft that was never submitted."""
        services.discard(
            review=access_draft(actor=self.actor, review_id=review_id), actor=self.actor
        )
        return Response(status=HTTPStatus.NO_CONTENT)


class Answer(Endpoint):
    needs = {"PUT": _ANSWER}

    @extend_schema(
        operation_id="answer_category", request=AnswerSerializer, responses=ReviewDetailSerializer
    )
    def put(self, request: Request, review_id: int, category_key: UUID) -> Response:
        """Rate one category of a draft. The key is the version's, see its categories."""
        review = access_draft(actor=self.actor, review_id=review_id)
        asked = validated(AnswerSerializer, request.data)
        rate(review=review, category_key=category_key, **asked)
        return _detail(self, review_id)


class _OnReview(ChangingEndpoint):
    status = HTTPStatus.OK

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class Submit(_OnReview):
    needs = {"POST": _ANSWER}

    @extend_schema(operation_id="submit_review", request=None, responses=ReviewDetailSerializer)
    def post(self, request: Request, **arguments: Any) -> Response:
        """Make a draft count. What is missing is said in the answer."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        review = access_draft(actor=self.actor, review_id=arguments["review_id"])
        return int(services.submit_review(review=review, actor=self.actor).pk)


class Reopen(_OnReview):
    needs = {"POST": _REVIEW}

    @extend_schema(
        operation_id="reopen_review", request=ReasonSerializer, responses=ReviewDetailSerializer
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Turn a submitted review into a draft again, with a reason."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:
        review = access_review(actor=self.actor, review_id=arguments["review_id"])
        if not may_reopen(self.actor, review):
            self.permission_denied(request)
        asked = validated(ReasonSerializer, request.data)
        services.reopen_review(review=review, actor=self.actor, reason=asked["reason"])
        return int(review.pk)


def agent(agent_id: int) -> Agent:
    """An agent of the organisation. Raises ValidationError for another's or a missing one."""
    found: Agent | None = Agent.objects.filter(pk=agent_id).first()
    if found is None:
        raise serializers.ValidationError({"reviewee": ["There is no such agent."]})
    return found


def _with_numbers(reviews: QuerySet[Review]) -> QuerySet[Review]:
    return reviews.select_related("version").annotate(
        reviewer_number=F("reviewer__user__public_number")
    )


def _detail(endpoint: Endpoint, review_id: int) -> Response:
    access_review(actor=endpoint.actor, review_id=review_id)
    found = _with_numbers(visible_reviews(endpoint.actor)).get(pk=review_id)
    sheet: Sheet = sheet_of(found)
    ratings = [RatingSerializer(line).data for line in sheet.lines()]
    return Response(dict(ReviewSerializer(found).data) | {"ratings": ratings})
