"""The audit log and mentions under `/api/v1/o/<slug>/privacy/`."""

from __future__ import annotations

from django.urls import path

from privacy.accountability import api

urlpatterns = [
    path("privacy/audit/", api.Events.as_view(), name="audit_events"),
    path("privacy/mentions/", api.Mentions.as_view(), name="mentions"),
]
