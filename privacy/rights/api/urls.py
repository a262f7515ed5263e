"""Privacy requests, copies and holds under `/api/v1/o/<slug>/privacy/`."""

from __future__ import annotations

from django.urls import path

from privacy.rights.api import copies, holds, requests

_REQUEST = "privacy/requests/<uuid:request_id>/"
_HOLD = "privacy/holds/<uuid:hold_id>/"

urlpatterns = [
    path("privacy/requests/", requests.Requests.as_view(), name="privacy_requests"),
    path(_REQUEST, requests.OneRequest.as_view(), name="privacy_request"),
    *(
        path(f"{_REQUEST}{way}/", view.as_view(), name=f"privacy_request_{way}")
        for way, view in (
            ("events", requests.Events),
            ("confirm", requests.ConfirmIdentity),
            ("plan", requests.MakePlan),
            ("approve", requests.ApprovePlan),
            ("extend", requests.Extend),
            ("refuse", requests.Refuse),
        )
    ),
    path(
        f"{_REQUEST}refuse/settle/",
        requests.SettleRefusal.as_view(),
        name="privacy_request_refusal",
    ),
    path(f"{_REQUEST}copy/", copies.OrderCopy.as_view(), name="privacy_request_copy"),
    path("privacy/copies/", copies.Copies.as_view(), name="privacy_copies"),
    path("privacy/copies/<uuid:copy_id>/", copies.OneCopy.as_view(), name="privacy_copy"),
    path("privacy/holds/", holds.Holds.as_view(), name="privacy_holds"),
    path(_HOLD, holds.OneHold.as_view(), name="privacy_hold"),
    path(f"{_HOLD}approve/", holds.Approve.as_view(), name="privacy_hold_approve"),
    path(f"{_HOLD}release/", holds.Release.as_view(), name="privacy_hold_release"),
]
