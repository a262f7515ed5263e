"""Scorecards over the REST API."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

import msgspec
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from kaizo.accounts.api.base import ChangingEndpoint, Endpoint, Need
from kaizo.accounts.api.models import Scope
from kaizo.core.api import NewestFirst
from kaizo.core.permissions import Action
from scoring.quality.models import Scorecard, ScorecardVersion
from scoring.quality.scorecards import services
from scoring.quality.scorecards.access import (
    access_draft,
    access_scorecard,
    access_version,
    visible_scorecards,
    visible_versions,
)
from scoring.quality.scorecards.files import (
    ScorecardFile,
    document_of,
    read_document,
    rubric_of,
    write_file,
)
from scoring.quality.scorecards.selectors import CardState, card_states, rubric, team_names

_READ = Need(Scope.SCORECARDS_READ, Action.VIEW_SCORECARDS)
_WRITE = Need(Scope.SCORECARDS_WRITE, Action.MANAGE_SCORECARDS)
_DOCUMENT = {"application/json": {"$ref": "#/components/schemas/ScorecardFile"}}
_FILE = OpenApiResponse(_DOCUMENT["application/json"], description="The rubric as a document.")


class VersionSerializer(serializers.Serializer[ScorecardVersion]):
    number = serializers.IntegerField()
    state = serializers.ChoiceField(choices=ScorecardVersion.State.choices)
    published_at = serializers.DateTimeField(allow_null=True)
    applies_from = serializers.DateTimeField(allow_null=True)
    change_note = serializers.CharField()


class ScorecardSerializer(serializers.Serializer[CardState]):
    """A scorecard with the versions that matter now."""

    id = serializers.IntegerField(source="scorecard.pk")
    name = serializers.CharField(source="scorecard.name")
    description = serializers.CharField(source="scorecard.description")
    archived_at = serializers.DateTimeField(source="scorecard.archived_at", allow_null=True)
    in_force = VersionSerializer(allow_null=True)
    announced = VersionSerializer(allow_null=True)
    draft = VersionSerializer(allow_null=True)


class CategoryKeySerializer(serializers.Serializer[Any]):
    """Ratings name categories by these keys. They stay the same from version to version."""

    key = serializers.UUIDField()
    group = serializers.CharField()
    name = serializers.CharField()


class VersionDetailSerializer(VersionSerializer):
    categories = CategoryKeySerializer(many=True)


class Scorecards(ChangingEndpoint):
    needs = {"GET": _READ, "POST": _WRITE}
    pagination_class = NewestFirst

    @extend_schema(operation_id="list_scorecards", responses=ScorecardSerializer(many=True))
    def get(self, request: Request) -> Response:
        """All scorecards that the token's holder may see, the newest first."""
        pages = self.pagination_class()
        page = pages.paginate_queryset(visible_scorecards(self.actor), request, self) or []
        states = {
            state.scorecard.pk: state for state in card_states(page, visible_versions(self.actor))
        }
        items = [ScorecardSerializer(states[card.pk]).data for card in page]
        return pages.get_paginated_response(items)

    @extend_schema(
        operation_id="create_scorecard",
        request=_DOCUMENT,
        responses={201: ScorecardSerializer},
    )
    def post(self, request: Request, **arguments: Any) -> Response:
        """A new scorecard from a document, as a draft."""
        return super().post(request, **arguments)

    def change(self, request: Request, **_arguments: Any) -> int:
        document = read_document(request.data)
        made = services.create_scorecard(
            organisation=self.organisation,
            actor=self.actor,
            name=document.name,
            description=document.description,
            rubric=rubric_of(document, _team_ids()),
        )
        return int(made.scorecard_id)

    def shown(self, object_id: int) -> Response:
        return _answer(self, access_scorecard(actor=self.actor, scorecard_id=object_id))


class OneScorecard(Endpoint):
    needs = {"GET": _READ}

    @extend_schema(operation_id="get_scorecard", responses=ScorecardSerializer)
    def get(self, request: Request, scorecard_id: int) -> Response:  # noqa: ARG002 - Django's signature
        return _answer(self, access_scorecard(actor=self.actor, scorecard_id=scorecard_id))


class OneVersion(Endpoint):
    needs = {"GET": _READ}

    @extend_schema(operation_id="get_scorecard_version", responses=VersionDetailSerializer)
    def get(self, request: Request, scorecard_id: int, version_number: int) -> Response:  # noqa: ARG002 - Django's signature
        """One version with the keys of its categories."""
        found = access_version(actor=self.actor, scorecard_id=scorecard_id, number=version_number)
        keys = [
            {"key": category.key, "group": group.name, "name": category.name}
            for group in rubric(found).groups
            for category in group.categories
        ]
        body = dict(VersionSerializer(found).data)
        return Response(body | {"categories": CategoryKeySerializer(keys, many=True).data})


class VersionDocument(Endpoint):
    needs = {"GET": _READ}

    @extend_schema(operation_id="export_scorecard_version", responses={200: _FILE})
    def get(self, request: Request, scorecard_id: int, version_number: int) -> Response:  # noqa: ARG002 - Django's signature
        """One version as the document that creates it elsewhere."""
        found = access_version(actor=self.actor, scorecard_id=scorecard_id, number=version_number)
        card = found.scorecard
        document = document_of(
            rubric(found), name=card.name, description=card.description, teams=team_names()
        )
        return Response(msgspec.json.decode(write_file(document)))


class Draft(Endpoint):
    needs = {"PUT": _WRITE, "DELETE": _WRITE}

    @extend_schema(
        operation_id="write_scorecard_draft", request=_DOCUMENT, responses=ScorecardSerializer
    )
    def put(self, request: Request, scorecard_id: int) -> Response:
        """Make the draft say what the document says, starting one where there is none. Categories
        of the same names keep their keys. The name and description of the document do not count.
        """
        card = access_scorecard(actor=self.actor, scorecard_id=scorecard_id)
        document = read_document(request.data)
        draft = services.start_draft(scorecard=card, actor=self.actor)
        services.replace_rubric(version=draft, rubric=rubric_of(document, _team_ids()))
        return _answer(self, card)

    @extend_schema(operation_id="discard_scorecard_draft", request=None, responses={204: None})
    def delete(self, request: Request, scorecard_id: int) -> Response:  # noqa: ARG002 - Django's signature
        """Discard the draft, and with it a scorecard of which nothing was ever published."""
        draft = access_draft(scorecard_id=scorecard_id)
        services.discard_draft(version=draft, actor=self.actor)
        return Response(status=HTTPStatus.NO_CONTENT)


class _OnScorecard(ChangingEndpoint):
    status = HTTPStatus.OK
    needs = {"POST": _WRITE}

    def shown(self, object_id: int) -> Response:
        return _answer(self, access_scorecard(actor=self.actor, scorecard_id=object_id))


class Publish(_OnScorecard):
    @extend_schema(operation_id="publish_scorecard", request=None, responses=ScorecardSerializer)
    def post(self, request: Request, **arguments: Any) -> Response:
        """Publish the draft. A first version applies at once, a later one after the notice."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        draft = access_draft(scorecard_id=arguments["scorecard_id"])
        services.publish(version=draft, actor=self.actor)
        return int(draft.scorecard_id)


class Archive(_OnScorecard):
    @extend_schema(operation_id="archive_scorecard", request=None, responses=ScorecardSerializer)
    def post(self, request: Request, **arguments: Any) -> Response:
        """Give no new review by it. Reviews given by it keep it."""
        return super().post(request, **arguments)

    def change(self, request: Request, **arguments: Any) -> int:  # noqa: ARG002 - the base's signature
        card = access_scorecard(actor=self.actor, scorecard_id=arguments["scorecard_id"])
        services.archive(scorecard=card, actor=self.actor)
        return int(card.pk)


def _answer(endpoint: Endpoint, card: Scorecard) -> Response:
    (state,) = card_states([card], visible_versions(endpoint.actor))
    return Response(ScorecardSerializer(state).data)


def _team_ids() -> dict[str, int]:
    return {name: pk for pk, name in team_names().items()}


def add_documents(result: dict[str, Any], **_arguments: Any) -> dict[str, Any]:
    """The document's own schema, straight from the types that read it."""
    _refs, schemas = msgspec.json.schema_components(
        [ScorecardFile], ref_template="#/components/schemas/{name}"
    )
    result["components"]["schemas"].update(msgspec.to_builtins(schemas))
    return result
