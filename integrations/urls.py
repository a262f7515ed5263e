"""Pages about imports and connections, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from integrations import connection_views, consent_views, views

app_name = "integrations"

urlpatterns = [
    path("imports/", views.import_list, name="import_list"),
    path("imports/template.csv", views.import_template, name="import_template"),
    path("imports/<uuid:public_id>/", views.import_detail, name="import_detail"),
    path("imports/<uuid:public_id>/cancel/", views.import_cancel, name="import_cancel"),
    path("imports/<uuid:public_id>/set-aside.csv", views.import_report, name="import_report"),
    path("connections/", connection_views.connection_list, name="connection_list"),
    path("connections/new/", connection_views.connect, name="connect"),
    path("connections/consented/", consent_views.connection_consented, name="connection_consented"),
    *(
        path(f"connections/<uuid:connection_id>/{way}", view, name=name)
        for way, view, name in (
            ("", connection_views.connection, "connection"),
            ("pause/", connection_views.pause, "connection_pause"),
            ("resume/", connection_views.resume, "connection_resume"),
            ("run-again/", connection_views.run_again, "connection_run_again"),
            ("authorise/", connection_views.authorise, "connection_authorise"),
            ("consent/", consent_views.connection_consent, "connection_consent"),
            ("options/", connection_views.options, "connection_options"),
            ("confirm-deletions/", connection_views.confirm_deletions, "connection_deletions"),
            ("disconnect/", connection_views.disconnect, "connection_disconnect"),
        )
    ),
]
