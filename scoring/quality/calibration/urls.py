"""Calibration, under `/o/<slug>/calibration/`."""

from __future__ import annotations

from django.urls import include, path

from scoring.quality.calibration import views

_SESSION = [
    path("", views.calibration, name="calibration"),
    path("discuss/", views.calibration_discuss, name="calibration_discuss"),
    path("close/", views.calibration_close, name="calibration_close"),
    path("items/<int:item_id>/score/", views.calibration_score, name="calibration_score"),
    path("items/<int:item_id>/agree/", views.calibration_agree, name="calibration_agree"),
    path("follow-ups/", views.follow_up_new, name="follow_up_new"),
    path("follow-ups/<int:follow_up_id>/done/", views.follow_up_done, name="follow_up_done"),
]

urlpatterns = [
    path("", views.calibration_list, name="calibration_list"),
    path("choose/", views.calibration_pick, name="calibration_pick"),
    path("new/", views.calibration_new, name="calibration_new"),
    path("distances/", views.calibration_distances, name="calibration_distances"),
    path("<int:session_id>/", include(_SESSION)),
]
