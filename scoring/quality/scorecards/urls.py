"""Pages of scorecards, under `/o/<slug>/scorecards/`."""

from __future__ import annotations

from django.urls import URLPattern, URLResolver, include, path

from scoring.quality.scorecards.views import building, managing, reading

_DRAFT = [
    path("", building.edit, name="scorecard_edit"),
    path("details/", building.details, name="scorecard_details"),
    path("weights/", building.weights, name="scorecard_weights"),
    path("groups/", building.new_group, name="group_new"),
    path("groups/<int:group_id>/", building.group, name="group"),
    path("groups/<int:group_id>/move/", building.move_group, name="group_move"),
    path("groups/<int:group_id>/remove/", building.remove_group, name="group_remove"),
    path("groups/<int:group_id>/categories/", building.new_category, name="category_new"),
    path("categories/<int:category_id>/", building.category, name="category"),
    path("categories/<int:category_id>/move/", building.move_category, name="category_move"),
    path("categories/<int:category_id>/remove/", building.remove_category, name="category_remove"),
]

_VERSION = [
    path("", reading.version, name="scorecard_version"),
    path("changes/", reading.compare, name="scorecard_compare"),
    path("export.json", reading.export, name="scorecard_export"),
]

_SCORECARD: list[URLPattern | URLResolver] = [
    path("", reading.scorecard, name="scorecard"),
    path("versions/<int:version_number>/", include(_VERSION)),
    path("draft/", managing.start_draft, name="scorecard_draft"),
    path("edit/", include(_DRAFT)),
    path("publish/", managing.publish, name="scorecard_publish"),
    path("discard/", managing.discard, name="scorecard_discard"),
    path("archive/", managing.archive, name="scorecard_archive"),
    path("restore/", managing.restore, name="scorecard_restore"),
    path("name/", managing.names, name="scorecard_names"),
    path("copy/", managing.clone, name="scorecard_clone"),
]

urlpatterns: list[URLPattern | URLResolver] = [
    path("scorecards/", reading.scorecard_list, name="scorecard_list"),
    path("scorecards/new/", managing.new, name="scorecard_new"),
    path("scorecards/import/", managing.import_file, name="scorecard_import"),
    path("scorecards/<int:scorecard_id>/", include(_SCORECARD)),
    path("settings/quality/", managing.settings, name="settings"),
]
