"""Scorecards under `/api/v1/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from scoring.quality.scorecards import api

urlpatterns = [
    path("scorecards/", api.Scorecards.as_view(), name="scorecards"),
    path("scorecards/<int:scorecard_id>/", api.OneScorecard.as_view(), name="scorecard"),
    path("scorecards/<int:scorecard_id>/draft/", api.Draft.as_view(), name="scorecard_draft"),
    path("scorecards/<int:scorecard_id>/publish/", api.Publish.as_view(), name="scorecard_publish"),
    path("scorecards/<int:scorecard_id>/archive/", api.Archive.as_view(), name="scorecard_archive"),
    path(
        "scorecards/<int:scorecard_id>/versions/<int:version_number>/",
        api.OneVersion.as_view(),
        name="scorecard_version",
    ),
    path(
        "scorecards/<int:scorecard_id>/versions/<int:version_number>/document/",
        api.VersionDocument.as_view(),
        name="scorecard_document",
    ),
]
