"""What staff do with a request besides planning: enter it, extend it."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST

from kaizo.core import clock
from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.rights import deadlines, requests, states
from privacy.rights.access import access_request
from privacy.rights.dates import came_at, extended_until
from privacy.rights.forms import ExtendForm, IntakeForm
from privacy.rights.models import RightsRequest
from privacy.rights.portal.services import due_at, open_like
from privacy.rights.refusal.services import may_propose


def _to(request: TenantRequest, found: RightsRequest) -> HttpResponse:
    return redirect("privacy:request_detail", request.organisation.slug, found.public_id)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def intake(request: TenantRequest) -> HttpResponse:
    """Enter a request that came by mail, post or telephone, with the day on which it came."""
    form = IntakeForm(request.POST or None)
    if form.is_valid():
        return _to(request, _entered(request, form))
    context = {
        "form": form,
        "crumbs": [
            {
                "label": _("Privacy requests"),
                "url": reverse("privacy:board", args=[request.organisation.slug]),
            },
            {"label": _("Enter a request"), "url": ""},
        ],
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "privacy/intake.html", context, status=status)


def _entered(request: TenantRequest, form: IntakeForm) -> RightsRequest:
    given, organisation = form.cleaned_data, request.organisation
    came = came_at(given["received_on"], organisation.time_zone)
    return requests.receive_request(
        kind=given["kind"],
        channel=given["channel"],
        contact=given["contact"],
        message=given["message"],
        language=given["language"],
        duplicate_of=open_like(given["kind"], given["contact"]),
        received_at=came,
        due_at=due_at(came, country=organisation.country, zone=organisation.time_zone),
        entered_by_id=request.actor.user_id,
    )


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def extend(request: TenantRequest, request_id: UUID) -> HttpResponse:
    """Two further months, once, and only while the first month runs (GDPR Art. 12(3))."""
    from privacy.rights.pages import request_page

    found = access_request(request_id)
    form = ExtendForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, extend_form=form)
    try:
        here = request.organisation
        until = extended_until(found, country=here.country, zone=here.time_zone)
    except deadlines.TooLate:
        messages.error(request, _("The first month is over: the law knows no extension any more."))
        return _to(request, found)
    requests.extend_request(
        found,
        until=until,
        reason=form.cleaned_data["reason"],
        actor_user_id=request.actor.user_id,
    )
    messages.success(request, _("Extended, and the person is written why."))
    return _to(request, found)


def may(found: RightsRequest) -> dict[str, bool]:
    """Which of these the request's page offers."""
    kind, status = states.Kind(found.kind), states.Status(found.status)
    return {
        "confirm": states.may_move(kind, status, states.Status.VERIFIED)
        and found.verified_at is None,
        "refuse": may_propose(found),
        "extend": found.extended_to is None
        and status in states.OPEN
        and clock.now() <= (found.due_at or clock.now()),
    }
