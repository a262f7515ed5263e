"""Pages of accountability, under `/o/<slug>/privacy/`."""

from __future__ import annotations

from django.urls import path

from privacy.accountability import views

app_name = "accountability"

urlpatterns = [
    path("privacy/audit/", views.audit, name="audit"),
    path("privacy/audit/events.csv", views.audit_csv, name="audit_csv"),
    path("privacy/audit/check/", views.audit_check, name="audit_check"),
    path("privacy/audit/checks/<int:event_id>/", views.audit_checked, name="audit_checked"),
    path("privacy/alerts/", views.alert_list, name="alert_list"),
    path("privacy/alerts/<int:alert_id>/", views.alert, name="alert"),
    path("privacy/mentions/", views.mentions, name="mentions"),
]
