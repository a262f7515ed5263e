"""Pages about imports: upload, history, progress, report."""

from __future__ import annotations

import csv
from http import HTTPStatus
from typing import Final
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from integrations.access import access_run
from integrations.forms import UploadForm
from integrations.helpdesks.file.csv_rows import csv_template
from integrations.selectors import fault_lines, recent_runs
from integrations.services import MAX_FAULTS_KEPT, cancel_import, start_import
from kaizo.core.http import is_fragment, render_page
from kaizo.core.permissions import Action, TenantRequest, allow

STOP_POLLING: Final = 286  # htmx's own status: swap, then stop


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.IMPORT_TICKETS)
def import_list(request: TenantRequest) -> HttpResponse:
    """Upload a file; see what became of earlier ones."""
    posted = request.method == "POST"
    form = UploadForm(request.POST, request.FILES) if posted else UploadForm()
    if posted and form.is_valid():
        run = start_import(
            organisation=request.organisation,
            chunks=form.cleaned_data["file"].chunks(),
            actor=request.actor,
        )
        return redirect("integrations:import_detail", request.organisation.slug, run.public_id)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "runs": recent_runs()}
    return render(request, "integrations/import_list.html", context, status=status)


@require_safe
@allow(Action.IMPORT_TICKETS)
def import_detail(request: TenantRequest, public_id: UUID) -> HttpResponse:
    """One import; its progress renews itself until the import has ended."""
    run = access_run(public_id)
    ended = is_fragment(request) and not run.is_open
    return render_page(
        request,
        "integrations/import_detail.html",
        {"run": run, "faults_kept": MAX_FAULTS_KEPT, "crumbs": _crumbs(request)},
        fragment="progress",
        status=STOP_POLLING if ended else HTTPStatus.OK,
    )


def _crumbs(request: TenantRequest) -> list[dict[str, str]]:
    overview = reverse("integrations:import_list", args=[request.organisation.slug])
    return [{"label": _("Imports"), "url": overview}, {"label": _("Import"), "url": ""}]


@require_POST
@allow(Action.IMPORT_TICKETS)
def import_cancel(request: TenantRequest, public_id: UUID) -> HttpResponse:
    run = access_run(public_id)
    cancel_import(run=run, actor=request.actor)
    return redirect("integrations:import_detail", request.organisation.slug, run.public_id)


@require_safe
@allow(Action.IMPORT_TICKETS)
def import_report(request: TenantRequest, public_id: UUID) -> HttpResponse:  # noqa: ARG001 - a view
    """The lines that were set aside, as CSV: number and reason, no content."""
    run = access_run(public_id)
    response = _download(f"set-aside-{run.public_id}.csv")
    writer = csv.writer(response)
    writer.writerow(["line", "reason"])
    writer.writerows(fault_lines(run))
    return response


@require_safe
@allow(Action.IMPORT_TICKETS)
def import_template(request: TenantRequest) -> HttpResponse:  # noqa: ARG001 - a view
    """A CSV file to start from."""
    response = _download("kaizo-import-template.csv")
    response.write(csv_template())
    return response


def _download(name: str) -> HttpResponse:
    return HttpResponse(
        content_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
