"""What the pages of scorecards share."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any

from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from kaizo.core.http import render_page
from kaizo.core.permissions import TenantRequest
from scoring.quality.models import Scorecard


def url(request: TenantRequest, name: str, **arguments: object) -> str:
    return reverse(
        f"quality:{name}", kwargs={"organisation": request.organisation.slug, **arguments}
    )


def go(request: TenantRequest, name: str, **arguments: object) -> HttpResponse:
    return redirect(url(request, name, **arguments))


def crumbs(
    request: TenantRequest, scorecard: Scorecard | None = None, *, page: str = ""
) -> list[dict[str, str]]:
    """The way from the list over the scorecard to the page itself."""
    way = [{"label": _("Scorecards"), "url": url(request, "scorecard_list")}]
    if scorecard is not None:
        there = url(request, "scorecard", scorecard_id=scorecard.pk)
        way.append({"label": scorecard.name, "url": there})
    return [*way, {"label": page, "url": ""}] if page else way


def form_page(
    request: TenantRequest, template: str, form: Form, context: dict[str, Any]
) -> HttpResponse:
    """The page again with its errors (422), or for the first time."""
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound else HTTPStatus.OK
    return render_page(request, template, {"form": form, **context}, status=status)
