"""Pages of privacy officers: requests, plans with their progress, holds."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights import executor, holds, notices, plans, selectors, states
from privacy.rights.access import (
    access_hold,
    access_notice,
    access_plan,
    access_request,
    access_waiting_request,
)
from privacy.rights.deadline_watch.services import is_asleep
from privacy.rights.forms import HoldForm
from privacy.rights.pages import request_page, to_request


@require_safe
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def board(request: TenantRequest) -> HttpResponse:
    """Every request, by deadline, and where people ask."""
    is_open, ended = selectors.board()
    portal = settings.BASE_URL + reverse("portal:home", args=[request.organisation.slug])
    context = {
        "open": is_open, "ended": ended, "nobody_watches": is_asleep(), "portal_url": portal
    }  # fmt: skip
    return render(request, "privacy/board.html", context)


@require_safe
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def request_detail(request: TenantRequest, request_id: UUID) -> HttpResponse:
    """One request: its plan, how far it is, and what happened. Renews itself while at work."""
    return request_page(request, access_request(request_id))


@require_safe
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def waiting_request(request: TenantRequest, waiting_request_id: int) -> HttpResponse:
    """Where a notice leads."""
    return to_request(request, access_waiting_request(waiting_request_id))


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def make_plan(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    plans.make_plan(found, made_by_id=request.actor.user_id)
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def approve_plan(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    plan = plans.approve_plan(
        access_plan(found),
        digest=request.POST.get("digest", ""),
        actor_user_id=request.actor.user_id,
    )
    if plan.approved_at is None:
        text = _("The data has changed since this plan was made. Look at the new plan.")
        messages.warning(request, text)
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def retry_plan(request: TenantRequest, request_id: UUID) -> HttpResponse:
    found = access_request(request_id)
    executor.resume(access_plan(found), actor_user_id=request.actor.user_id)
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def settle_notice(request: TenantRequest, notice_id: UUID) -> HttpResponse:
    """Confirm that a recipient is told, or say that it has been seen to by hand."""
    notice = access_notice(notice_id)
    if request.POST.get("how") == "by_hand":
        notices.settle_by_hand(notice, actor_user_id=request.actor.user_id)
    else:
        notices.confirm_notice(notice, actor_user_id=request.actor.user_id)
    found = notice.plan.request
    if found.status == states.Status.WAITING:
        holds.wake_request(found, "recipient_settled")
    return to_request(request, found)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def hold_list(request: TenantRequest) -> HttpResponse:
    """Holds, and the form for a new one."""
    posted = request.method == "POST"
    form = HoldForm(request.POST) if posted else HoldForm()
    if posted and form.is_valid():
        try:
            _open_hold(form.cleaned_data, request.actor.user_id)
        except holds.HoldRefused as error:
            form.add_error(None, str(error))
        else:
            return redirect("privacy:hold_list", _slug(request))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {
        "form": form, "lines": selectors.hold_lines(), "own_id": request.actor.user_id
    }  # fmt: skip
    return render(request, "privacy/hold_list.html", context, status=status)


def _open_hold(answers: dict[str, Any], actor_user_id: int) -> None:
    rows = [(answers["table"], number) for number in answers["numbers"]]
    holds.require_rows(rows)
    holds.open_hold(
        reason=answers["reason"],
        matter=answers["matter"],
        rows=rows,
        review_at=answers["review_on"],
        expires_at=answers["expires_on"],
        opened_by_id=actor_user_id,
    )


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def approve_hold(request: TenantRequest, hold_id: UUID) -> HttpResponse:
    holds.approve_hold(access_hold(hold_id), actor_user_id=request.actor.user_id)
    return redirect("privacy:hold_list", _slug(request))


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def release_hold(request: TenantRequest, hold_id: UUID) -> HttpResponse:
    holds.release_hold(access_hold(hold_id), actor_user_id=request.actor.user_id)
    return redirect("privacy:hold_list", _slug(request))


def _slug(request: TenantRequest) -> str:
    return str(request.organisation.slug)
