"""Pages that belong to no app."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from kaizo.core.showcase import showcase


@require_safe
def components(request: HttpRequest) -> HttpResponse:
    """The design language, whole: for people who build pages and for the accessibility tests."""
    return render(
        request, "core/components.html", showcase() | {"sort": request.GET.get("sort", "-solved")}
    )
