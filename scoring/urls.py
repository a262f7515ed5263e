"""Pages of figures inside an organisation, under `/o/<slug>/`."""

from __future__ import annotations

from datetime import date

from django.urls import include, path, register_converter

from scoring import views

app_name = "scoring"


class IsoDay:
    """A local day as 2026-03-09."""

    regex = "[0-9]{4}-[0-9]{2}-[0-9]{2}"

    def to_python(self, value: str) -> date:
        return date.fromisoformat(value)

    def to_url(self, value: date) -> str:
        return value.isoformat()


register_converter(IsoDay, "day")

urlpatterns = [
    path("dashboard/", views.dashboard, name="dashboard"),
    path("dashboard/<slug:code>/", views.kpi_days, name="kpi_days"),
    path("dashboard/<slug:code>/<day:day>/", views.kpi_day, name="kpi_day"),
    path("my-week/", views.my_week, name="my_week"),
    path("my-week/<slug:code>/<day:day>/", views.my_day, name="my_day"),
    path("", include("scoring.coaching.urls")),
    path("definitions/", views.definitions, name="definitions"),
]
