"""Pages about copies under `/o/<slug>/privacy/`: officers', and every member's own."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.core.http import is_fragment, render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights.access import access_request
from privacy.rights.export import asking, delivery, running, selectors, transfers
from privacy.rights.export.access import access_own_copy
from privacy.rights.export.forms import AskForm, TransferForm

STOP_POLLING: Final = 286  # htmx's own status: swap, then stop


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def start_copy(request: TenantRequest, request_id: UUID) -> HttpResponse:
    """Start the copy, or try a blocked one again."""
    found = access_request(request_id)
    running.start_or_resume(found, actor_user_id=request.actor.user_id)
    return redirect("privacy:request_detail", request.organisation.slug, found.public_id)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def fetch_copy(request: TenantRequest, request_id: UUID) -> HttpResponseBase:
    """For a request that came by mail, post or telephone: whoever passes the copy on fetches it."""
    package = asking.require_by_staff(access_request(request_id))
    frames = delivery.fetch(package, by="staff", actor_user_id=request.actor.user_id)
    return delivery.archive_response(package, frames)


@require_POST
@never_cache
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def staff_passphrase(request: TenantRequest, request_id: UUID) -> HttpResponse:
    """Shown once in the answer; passed on another way than the file."""
    package = asking.require_by_staff(access_request(request_id))
    shown = delivery.show_passphrase(package, to="staff", actor_user_id=request.actor.user_id)
    context = {"found": package.request, "passphrase": shown}
    return render(request, "privacy/copy_passphrase.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(Action.REQUEST_OWN_DATA)
def my_data(request: TenantRequest) -> HttpResponse:
    """What a member has asked for, and the form to ask."""
    posted = request.method == "POST"
    form = AskForm(request.POST) if posted else AskForm()
    if posted and form.is_valid():
        asking.ask_signed_in(
            kind=form.cleaned_data["kind"],
            user=request.actor.user,
            organisation=request.organisation,
        )
        return redirect("privacy:my_data", request.organisation.slug)
    return _my_data(request, form, status=422 if posted else 200)


@require_POST
@allow(Action.REQUEST_OWN_DATA)
def fetch_own(request: TenantRequest, copy_id: UUID) -> HttpResponseBase:
    package = access_own_copy(copy_id, user_id=request.actor.user_id)
    frames = delivery.fetch(package, by="person", actor_user_id=request.actor.user_id)
    return delivery.archive_response(package, frames)


@require_POST
@never_cache
@allow(Action.REQUEST_OWN_DATA)
def own_passphrase(request: TenantRequest, copy_id: UUID) -> HttpResponse:
    package = access_own_copy(copy_id, user_id=request.actor.user_id)
    shown = delivery.show_passphrase(package, to="person", actor_user_id=request.actor.user_id)
    return _my_data(request, AskForm(), shown={package.request.pk: shown})


@require_POST
@allow(Action.REQUEST_OWN_DATA)
def hand_over_own(request: TenantRequest, copy_id: UUID) -> HttpResponse:
    """Name whom the copy is to go to, then confirm it."""
    package = access_own_copy(copy_id, user_id=request.actor.user_id)
    if "confirm" in request.POST:
        transfers.confirm(package, actor_user_id=request.actor.user_id)
    else:
        form = TransferForm(request.POST)
        if not form.is_valid():
            return _my_data(request, AskForm(), named=form, status=422)
        transfers.name_controller(
            package,
            controller=form.cleaned_data["controller"],
            actor_user_id=request.actor.user_id,
        )
    return redirect("privacy:my_data", request.organisation.slug)


def _my_data(
    request: TenantRequest,
    form: AskForm,
    *,
    shown: dict[int, str] | None = None,
    named: TransferForm | None = None,
    status: int = 200,
) -> HttpResponse:
    slug, shown = request.organisation.slug, shown or {}
    lines = [
        {
            "asked": asked,
            "copy": selectors.copy_page(asked, slug=slug, passphrase=shown.get(asked.pk, "")),
            "is_being_made": selectors.is_being_made(asked),
        }
        for asked in selectors.own_requests(request.actor.user_id)
    ]
    context = {
        "form": form,
        "lines": lines,
        "transfer_form": named or TransferForm(),
        "at_work": any(line["is_being_made"] for line in lines),
    }
    ended = is_fragment(request) and not context["at_work"]
    return render_page(
        request,
        "privacy/my_data.html",
        context,
        fragment="requests",
        status=STOP_POLLING if ended else status,
    )
