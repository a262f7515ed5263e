"""Disputes, under `/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from scoring.quality.disputes import views

urlpatterns = [
    path("disputes/", views.dispute_list, name="dispute_list"),
    path("disputes/<int:dispute_id>/", views.dispute, name="dispute"),
    path("disputes/<int:dispute_id>/withdraw/", views.dispute_withdraw, name="dispute_withdraw"),
    path("reviews/<int:review_id>/dispute/", views.dispute_new, name="dispute_new"),
]
