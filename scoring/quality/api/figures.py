"""The figures of the quality dashboard over the REST API: the same read model, the same minimum."""

from __future__ import annotations

from typing import Any

from django.db.models import BigIntegerField
from django.utils import timezone
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.accounts.api.base import Endpoint, Need
from kaizo.accounts.api.models import Scope
from kaizo.core.days import Day
from kaizo.core.endpoints import validated
from kaizo.core.permissions import Action
from privacy.api import ReadingChannel
from scoring.access import sees_all_teams
from scoring.dashboards.periods import Period
from scoring.forms import DEFAULT_DAYS
from scoring.quality.dashboards.queries import Part
from scoring.quality.dashboards.selectors import QualityDashboard, quality_dashboard
from scoring.quality.intervals import Estimate
from scoring.quality.models import Review
from scoring.readings import Reading
from tickets.readings import saw

_MOST = BigIntegerField.MAX_BIGINT  # what the database can compare


class QuestionSerializer(serializers.Serializer[Any]):
    """The last 28 days of random samples, unless something else is asked for."""

    first = Day(required=False)
    last = Day(required=False)
    sample = serializers.ChoiceField(
        choices=Review.Sample.choices, default=Review.Sample.RANDOM.value
    )
    team = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)
    scorecard = serializers.IntegerField(min_value=1, max_value=_MOST, required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        last = attrs.get("last") or timezone.localdate()
        usual = Period.of_last_days(DEFAULT_DAYS, today=last)
        try:
            period = Period(attrs.get("first") or usual.first, last)
        except ValueError as error:
            raise serializers.ValidationError({"last": [str(error)]}) from error
        return attrs | {"period": period}


class EstimateSerializer(serializers.Serializer[Estimate]):
    """In percent, with its 95% interval. All null when `n` is below `minimum_reviews`."""

    n = serializers.IntegerField()
    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    enough_data = serializers.BooleanField(source="is_known")


class FiguresSerializer(serializers.Serializer[Any]):
    iqs = EstimateSerializer()
    pass_rate = EstimateSerializer()
    auto_fail_rate = EstimateSerializer()


class LineFiguresSerializer(serializers.Serializer[Any]):
    """`id` of an agent or a team; null for reviews of agents without a team."""

    id = serializers.IntegerField(source="key", allow_null=True)
    figures = FiguresSerializer()


class ChannelFiguresSerializer(serializers.Serializer[Any]):
    channel = serializers.CharField(source="key")
    figures = FiguresSerializer()


class CategoryFiguresSerializer(serializers.Serializer[Any]):
    """`average` leaves auto-fail aside; `contributed` counts ratings of failed reviews as 0."""

    key = serializers.UUIDField()
    scorecard = serializers.IntegerField(source="scorecard_id")
    scorecard_name = serializers.CharField(source="scorecard")
    group = serializers.CharField()
    name = serializers.CharField()
    average = EstimateSerializer()
    contributed = EstimateSerializer()
    low = EstimateSerializer()


class QualityFiguresSerializer(serializers.Serializer[QualityDashboard]):
    first = serializers.DateField(source="period.first")
    last = serializers.DateField(source="period.last")
    sample = serializers.CharField(source="part.sample")
    minimum_reviews = serializers.IntegerField(source="minimum")
    figures = FiguresSerializer(source="now")
    before = FiguresSerializer(help_text="Of as many days right before.")
    agents = LineFiguresSerializer(many=True)
    teams = LineFiguresSerializer(many=True)
    channels = ChannelFiguresSerializer(many=True)
    categories = CategoryFiguresSerializer(many=True)


class Quality(Endpoint):
    needs = {"GET": Need(Scope.REVIEWS_READ, Action.VIEW_QUALITY)}

    @extend_schema(
        operation_id="get_quality",
        parameters=[QuestionSerializer],
        responses=QualityFiguresSerializer,
    )
    def get(self, request: Request) -> Response:
        """Scores of a period by agent, team, channel and category. Leads get those of the teams
        they led on each day. Reading them is recorded; the agents can see when."""
        asked = validated(QuestionSerializer, request.query_params)
        led_by = None if sees_all_teams(self.actor) else self.actor.pk
        part = Part(asked["sample"], asked.get("team"), asked.get("scorecard"), led_by)
        found = quality_dashboard(period=asked["period"], part=part)
        agents = [line.key for line in found.agents]
        saw(Reading.QUALITY, reader=self.actor, agents=agents, channel=ReadingChannel.API)
        return Response(QualityFiguresSerializer(found).data)
