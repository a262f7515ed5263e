"""The page "Who looked at my data"."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpResponse
from django.views.decorators.http import require_safe

from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from privacy.api import kept_for
from tickets.looks.forms import LookFilters
from tickets.looks.selectors import own_looks


@require_safe
@allow(Action.VIEW_OWN_EVENTS)
def looks(request: TenantRequest) -> HttpResponse:
    """When, what for and in which role somebody looked at the member's own data."""
    form = LookFilters(request.GET)
    is_valid = form.is_valid()
    before = request.GET.get("before", "")
    page = own_looks(
        actor=request.actor,
        filters=form.cleaned_data,
        zone=ZoneInfo(request.organisation.time_zone),
        before=int(before) if before.isdecimal() else None,
    )
    query = request.GET.copy()
    query["before"] = str(page.after or "")
    context = {
        "form": form,
        "page": page,
        "is_filtered": any(form.cleaned_data.values()),
        "next_url": f"?{query.urlencode()}" if page.after else "",
        "first_url": request.path if before else "",
        "kept_months": kept_for("security_log").days // 30,
    }
    status = 200 if is_valid else 422
    return render_page(request, "tickets/looks.html", context, fragment="results", status=status)
