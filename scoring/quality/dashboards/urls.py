"""Quality pages under `/o/<slug>/quality/`."""

from __future__ import annotations

from django.urls import path

from scoring.quality.dashboards import views

urlpatterns = [
    path("", views.dashboard, name="dashboard"),
    path("tables/<slug:table>.csv", views.dashboard_csv, name="dashboard_csv"),
    path("mine/", views.own, name="own"),
    path("mine/tables/<slug:table>.csv", views.own_csv, name="own_csv"),
]
