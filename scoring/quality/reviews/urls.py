"""Pages about reviews. Whether somebody may act on a given review, its access function says."""

from __future__ import annotations

from django.urls import path

from scoring.quality.reviews.views import editing, lists, reading

urlpatterns = [
    path("reviews/", lists.review_list, name="review_list"),
    path("reviews/filters/", lists.review_filter_save, name="review_filter_save"),
    path("reviews/received/", lists.reviews_received, name="reviews_received"),
    path("tickets/<int:ticket_id>/review/", lists.review_start, name="review_start"),
    path("reviews/<int:review_id>/", reading.review, name="review"),
    path("reviews/<int:review_id>/edit/", editing.review_edit, name="review_edit"),
    path(
        "reviews/<int:review_id>/answers/<uuid:category_key>/",
        editing.review_answer,
        name="review_answer",
    ),
    path(
        "reviews/<int:review_id>/evidence/<uuid:category_key>/",
        editing.review_evidence,
        name="review_evidence",
    ),
    path(
        "reviews/<int:review_id>/evidence/<int:evidence_id>/remove/",
        editing.review_unquote,
        name="review_unquote",
    ),
    path("reviews/<int:review_id>/time/", editing.review_time, name="review_time"),
    path("reviews/<int:review_id>/discard/", editing.review_discard, name="review_discard"),
    path("reviews/<int:review_id>/comments/", reading.review_comment, name="review_comment"),
    path("reviews/<int:review_id>/read/", reading.review_acknowledge, name="review_acknowledge"),
    path("reviews/<int:review_id>/reopen/", reading.review_reopen, name="review_reopen"),
    path("reviews/<int:review_id>/reviewee/", reading.review_reviewee, name="review_reviewee"),
    path(
        "reviews/<int:review_id>/spot-check/", reading.review_spot_check, name="review_spot_check"
    ),
]
