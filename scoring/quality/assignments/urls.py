"""Pages about assignments and a reviewer's own queue, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from scoring.quality.assignments import queue, views

urlpatterns = [
    path("assignments/", views.assignment_list, name="assignment_list"),
    path("assignments/new/", views.assignment_new, name="assignment_new"),
    path("assignments/<int:assignment_id>/", views.assignment_detail, name="assignment"),
    path("assignments/<int:assignment_id>/edit/", views.assignment_edit, name="assignment_edit"),
    path("assignments/<int:assignment_id>/state/", views.assignment_state, name="assignment_state"),
    path("to-review/", queue.to_review, name="to_review"),
    path("to-review/next/", queue.review_next, name="review_next"),
    path("to-review/cycles/<int:cycle_id>/", queue.own_cycle, name="own_cycle"),
    path("to-review/<int:pick_id>/start/", queue.pick_start, name="pick_start"),
    path("to-review/<int:pick_id>/replace/", queue.pick_replace, name="pick_replace"),
    path("to-review/<int:pick_id>/remove/", queue.pick_remove, name="pick_remove"),
    path("to-review/<int:pick_id>/reassign/", queue.pick_reassign, name="pick_reassign"),
]
