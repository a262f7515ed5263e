"""Reviews, their figures, disputes and assignments under `/api/v1/o/<slug>/`."""

from __future__ import annotations

from django.urls import path

from scoring.quality.api import assignments, disputes, figures, picks, reviews

urlpatterns = [
    path("reviews/", reviews.Reviews.as_view(), name="reviews"),
    path("reviews/<int:review_id>/", reviews.OneReview.as_view(), name="review"),
    path(
        "reviews/<int:review_id>/ratings/<uuid:category_key>/",
        reviews.Answer.as_view(),
        name="review_answer",
    ),
    path("reviews/<int:review_id>/submit/", reviews.Submit.as_view(), name="review_submit"),
    path("reviews/<int:review_id>/reopen/", reviews.Reopen.as_view(), name="review_reopen"),
    path("quality/", figures.Quality.as_view(), name="quality"),
    path("disputes/", disputes.Disputes.as_view(), name="disputes"),
    path("disputes/<int:dispute_id>/", disputes.OneDispute.as_view(), name="dispute"),
    path(
        "disputes/<int:dispute_id>/withdraw/", disputes.Withdraw.as_view(), name="dispute_withdraw"
    ),
    path("disputes/<int:dispute_id>/decide/", disputes.Decide.as_view(), name="dispute_decide"),
    path("assignments/", assignments.Assignments.as_view(), name="assignments"),
    path(
        "assignments/<int:assignment_id>/", assignments.OneAssignment.as_view(), name="assignment"
    ),
    path(
        "assignments/<int:assignment_id>/state/",
        assignments.AssignmentState.as_view(),
        name="assignment_state",
    ),
    path("assignments/<int:assignment_id>/picks/", picks.Picks.as_view(), name="picks"),
    path("picks/<int:pick_id>/replace/", picks.Replace.as_view(), name="pick_replace"),
    path("picks/<int:pick_id>/remove/", picks.Remove.as_view(), name="pick_remove"),
    path("picks/<int:pick_id>/reassign/", picks.Reassign.as_view(), name="pick_reassign"),
]
