"""Quality pages inside an organisation, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import include, path

app_name = "quality"

urlpatterns = [
    path("", include("scoring.quality.scorecards.urls")),
    path("", include("scoring.quality.reviews.urls")),
    path("quality/", include("scoring.quality.dashboards.urls")),
    path("", include("scoring.quality.assignments.urls")),
    path("", include("scoring.quality.disputes.urls")),
    path("calibration/", include("scoring.quality.calibration.urls")),
]
