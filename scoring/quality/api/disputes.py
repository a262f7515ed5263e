"""Disputes over the REST API: read, open, withdraw, decide."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.accounts.api.base import ChangingEndpoint, Endpoint, Need
from kaizo.accounts.api.models import Scope
from kaizo.core.api import NewestFirst
from kaizo.core.endpoints import validated
from kaizo.core.permissions import Action
from privacy.api import ReadingChannel
from scoring.quality.access import access_review, is_reviewee
from scoring.quality.api.reviews import agent
from scoring.quality.disputes import services
from scoring.quality.disputes.access import access_dispute, visible_disputes
from scoring.quality.models import Dispute
from scoring.quality.sealing import Sealer
from scoring.readings import Reading, saw_dispute
from tickets.access import left_out_among
from tickets.readings import saw

_READ = Need(Scope.DISPUTES_READ, Action.VIEW_DISPUTES)
_DISPUTE = Need(Scope.DISPUTES_WRITE, Action.DISPUTE_REVIEWS)
_WITHDRAW = Need(Scope.DISPUTES_WRITE, Action.VIEW_DISPUTES)
_DECIDE = Need(Scope.DISPUTES_WRITE, Action.DECIDE_DISPUTES)
_WORDS = 4_000
_VERDICTS = [Dispute.State.ACCEPTED.value, Dispute.State.PARTLY.value, Dispute.State.REJECTED.value]


class DisputeSerializer(serializers.Serializer[Dispute]):
    id = serializers.IntegerField()
    review = serializers.IntegerField(source="review_id")
    about = serializers.ChoiceField(choices=Dispute.About.choices)
    category = serializers.UUIDField(source="category.key", allow_null=True, default=None)
    state = serializers.ChoiceField(choices=Dispute.State.choices)
    opened_at = serializers.DateTimeField()
    due_at = serializers.DateTimeField()
    decided_at = serializers.DateTimeField(allow_null=True)
    proposed_value = serializers.IntegerField(allow_null=True)
    proposes_na = serializers.BooleanField()
    proposed_reviewee = serializers.IntegerField(
        source="proposed_reviewee_id",
        allow_null=True,
        help_text="Null, too, while they are left out: their data is frozen, or they object to"
        " being judged.",
    )


class DisputeDetailSerializer(DisputeSerializer):
    """Words are null when there are none or they were permanently erased."""

    reason = serializers.CharField(allow_null=True)
    decision = serializers.CharField(allow_null=True)


class ClaimSerializer(serializers.Serializer[Any]):
    """`category`, `value` and `is_na` go with a dispute about a category, `reviewee` with one
    about whom the review judges."""

    review = serializers.IntegerField(min_value=1)
    about = serializers.ChoiceField(choices=Dispute.About.choices)
    reason = serializers.CharField(max_length=_WORDS)
    category = serializers.UUIDField(allow_null=True, default=None)
    value = serializers.IntegerField(min_value=0, max_value=10, allow_null=True, default=None)
    is_na = serializers.BooleanField(default=False)
    reviewee = serializers.IntegerField(min_value=1, required=False)


class CorrectionSerializer(serializers.Serializer[Any]):
    category = serializers.UUIDField()
    value = serializers.IntegerField(
        min_value=0, max_value=10, allow_null=True, help_text="Null: not applicable."
    )


class VerdictSerializer(serializers.Serializer[Any]):
    """Accepting takes one remedy: new ratings, another reviewee, or annulling the review."""

    verdict = serializers.ChoiceField(choices=_VERDICTS)
    reasons = serializers.CharField(max_length=_WORDS)
    ratings = CorrectionSerializer(many=True, default=list)
    reviewee = serializers.IntegerField(min_value=1, required=False)
    annuls = serializers.BooleanField(default=False)


class Disputes(ChangingEndpoint):
    needs = {"GET": _READ, "POST": _DISPUTE}
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_disputes", responses=DisputeSerializer(many=True))
    def get(self, request: Request) -> Response:
        """The disputes that the token's holder may see, the newest first."""
        found = visible_disputes(self.actor).select_related("category", "review")
        pages = self.pagination_class()
        page = pages.paginate_queryset(found, request, self) or []
        saw(
            Reading.DISPUTES,
            reader=self.actor,
            agents=[row.review.reviewee_id for row in page],
            channel=ReadingChannel.API,
        )
        return pages.get_paginated_response(_told(self, page))

    @extend_schema(
        operation_id="open_dispute",
        request=ClaimSerializer,
        responses={201: DisputeDetailSerializer},
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Object to a review of the holder's own work. It is suspended until it is decided."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        asked = validated(ClaimSerializer, request.data)
        review = access_review(actor=self.actor, review_id=asked["review"])
        claim = services.Claim(
            about=asked["about"],
            category_key=asked["category"],
            value=asked["value"],
            is_na=asked["is_na"],
            reviewee=agent(asked["reviewee"]) if "reviewee" in asked else None,
        )
        opened = services.open_dispute(
            review=review, actor=self.actor, claim=claim, reason=asked["reason"]
        )
        return int(opened.pk)

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class OneDispute(Endpoint):
    needs = {"GET": _READ}

    @extend_schema(operation_id="get_dispute", responses=DisputeDetailSerializer)
    def get(self, request: Request, dispute_id: int) -> Response:  # noqa: ARG002 - Django's signature
        """A dispute with its words. Reading about somebody else's review is recorded."""
        found = access_dispute(actor=self.actor, dispute_id=dispute_id)
        if not is_reviewee(self.actor, found.review):
            saw_dispute(found, reader=self.actor, channel=ReadingChannel.API)
        return _detail(self, dispute_id)


class _OnDispute(ChangingEndpoint):
    status = HTTPStatus.OK

    def shown(self, object_id: int) -> Response:
        return _detail(self, object_id)


class Withdraw(_OnDispute):
    needs = {"POST": _WITHDRAW}

    @extend_schema(operation_id="withdraw_dispute", request=None, responses=DisputeDetailSerializer)
    def post(self, request: Request, **arguments: Any) -> Response:
        """Take a dispute of one's own back."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        found = access_dispute(actor=self.actor, dispute_id=arguments["dispute_id"])
        services.withdraw_dispute(dispute=found, actor=self.actor)
        return int(found.pk)


class Decide(_OnDispute):
    needs = {"POST": _DECIDE}

    @extend_schema(
        operation_id="decide_dispute", request=VerdictSerializer, responses=DisputeDetailSerializer
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """Accept, partly accept or reject, with reasons. Never the reviewer's own to decide."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:
        found = access_dispute(actor=self.actor, dispute_id=arguments["dispute_id"])
        asked = validated(VerdictSerializer, request.data)
        remedy = services.Remedy(
            ratings={line["category"]: line["value"] for line in asked["ratings"]},
            reviewee=agent(asked["reviewee"]) if "reviewee" in asked else None,
            annuls=asked["annuls"],
        )
        services.decide_dispute(
            dispute=found,
            actor=self.actor,
            verdict=asked["verdict"],
            reasons=asked["reasons"],
            remedy=remedy,
        )
        return int(found.pk)


def _told(endpoint: Endpoint, rows: Iterable[Dispute]) -> list[dict[str, Any]]:
    """The disputes, without a proposal to move the review to somebody who is left out."""
    told = [dict(DisputeSerializer(row).data) for row in rows]
    proposed = {row["proposed_reviewee"] for row in told} - {None}
    hidden = left_out_among(proposed, endpoint.actor)
    for row in told:
        if row["proposed_reviewee"] in hidden:
            row["proposed_reviewee"] = None
    return told


def _detail(endpoint: Endpoint, dispute_id: int) -> Response:
    found = access_dispute(actor=endpoint.actor, dispute_id=dispute_id)
    subject = found.review.subject_id
    sealer = Sealer(found.organisation_id, [subject])
    words = {name: sealer.open(found, name, subject) for name in ("reason", "decision")}
    [told] = _told(endpoint, [found])
    return Response(told | words)
