"""Pages of privacy officers, under `/o/<slug>/privacy/`."""

from __future__ import annotations

from django.urls import path

from privacy.rights import contest, deciding, handling, identity, views
from privacy.rights.correction import views as correction
from privacy.rights.correspondence import views as letters
from privacy.rights.export import views as copies
from privacy.rights.export.review.views import held_copy, review_copy
from privacy.rights.objection import views as objection
from privacy.rights.refusal import views as refusal
from privacy.rights.restriction import views as restriction

_OF = "privacy/requests/<uuid:request_id>/"  # what is done to one request

app_name = "privacy"

urlpatterns = [
    path("privacy/", views.board, name="board"),
    path("privacy/requests/new/", handling.intake, name="intake"),
    path(
        "privacy/requests/<uuid:request_id>/confirm/",
        identity.confirm_identity,
        name="confirm_identity",
    ),
    path(f"{_OF}person/", identity.look_up_person, name="look_up_person"),
    path(f"{_OF}records/", identity.confirm_records, name="confirm_records"),
    path(f"{_OF}refuse/", refusal.propose, name="refuse"),
    path("privacy/refusals/<uuid:refusal_id>/", refusal.settle, name="settle_refusal"),
    path("privacy/requests/<uuid:request_id>/extend/", handling.extend, name="extend"),
    path("privacy/requests/<uuid:request_id>/", views.request_detail, name="request_detail"),
    path("privacy/requests/<uuid:request_id>/plan/", views.make_plan, name="make_plan"),
    path("privacy/requests/<uuid:request_id>/approve/", views.approve_plan, name="approve_plan"),
    path("privacy/requests/<uuid:request_id>/retry/", views.retry_plan, name="retry_plan"),
    path(f"{_OF}letters/", letters.write, name="write_letter"),
    path("privacy/letters/<uuid:message_id>/told/", letters.told, name="letter_told"),
    path(f"{_OF}freeze/", restriction.freeze, name="freeze"),
    path(f"{_OF}freeze/announce/", restriction.announce, name="announce_lifting"),
    path(f"{_OF}freeze/lift/", restriction.lift, name="lift_freeze"),
    path(f"{_OF}weigh/", objection.weigh, name="weigh_objection"),
    path(f"{_OF}weigh/decide/", objection.decide, name="decide_objection"),
    path(f"{_OF}corrections/", correction.propose, name="propose_correction"),
    path("privacy/corrections/<uuid:correction_id>/", correction.settle, name="settle_correction"),
    path(
        "privacy/corrections/told/<uuid:correction_notice_id>/",
        correction.settle_notice,
        name="settle_correction_notice",
    ),
    path(f"{_OF}contest/", contest.contest, name="contest"),
    path(f"{_OF}answer/", deciding.answer, name="answer"),
    path(f"{_OF}appeal/", deciding.decide_appeal, name="decide_appeal"),
    path("privacy/frozen/", restriction.frozen_list, name="frozen_list"),
    path(f"{_OF}copy/", copies.start_copy, name="start_copy"),
    path("privacy/copies/<uuid:package_id>/", review_copy, name="review_copy"),
    path("privacy/copies/held/<int:held_copy_id>/", held_copy, name="held_copy"),
    path(f"{_OF}copy/file/", copies.fetch_copy, name="fetch_copy"),
    path(f"{_OF}copy/passphrase/", copies.staff_passphrase, name="staff_passphrase"),
    path("privacy/my-data/", copies.my_data, name="my_data"),
    path("privacy/my-data/<uuid:copy_id>/", copies.fetch_own, name="fetch_own"),
    path(
        "privacy/my-data/<uuid:copy_id>/passphrase/", copies.own_passphrase, name="own_passphrase"
    ),
    path("privacy/my-data/<uuid:copy_id>/hand-over/", copies.hand_over_own, name="hand_over_own"),
    path("privacy/notices/<uuid:notice_id>/", views.settle_notice, name="settle_notice"),
    path(
        "privacy/requests/waiting/<int:waiting_request_id>/",
        views.waiting_request,
        name="waiting_request",
    ),
    path("privacy/holds/", views.hold_list, name="hold_list"),
    path("privacy/holds/<uuid:hold_id>/approve/", views.approve_hold, name="approve_hold"),
    path("privacy/holds/<uuid:hold_id>/release/", views.release_hold, name="release_hold"),
]
