"""Looking at a copy before it is handed out, for privacy officers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe
from typing_extensions import override

from kaizo.core.permissions import Action, TenantRequest, allow
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.accountability.access_log import record_reading
from privacy.rights.export.access import access_copy_to_review, access_held_copy
from privacy.rights.export.models import ExportPackage
from privacy.rights.export.review import services
from privacy.rights.export.review.selectors import CheckLine, check_lines, count_unseen
from privacy.rights.pages import board_crumbs, to_request
from privacy.rights.readings import Reading
from privacy.rights.requests import subject_ids_of


class SeenForm(forms.Form):
    """Which of the texts were seen, and which of these are withheld."""

    seen = forms.TypedMultipleChoiceField(coerce=int)
    withheld = forms.TypedMultipleChoiceField(coerce=int, required=False)

    @override
    def __init__(self, lines: Sequence[CheckLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.choices = [(line.check.pk, line.what) for line in lines]  # type: ignore[attr-defined]  # a ChoiceField


@require_http_methods(["GET", "HEAD", "POST"])
@never_cache
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def review_copy(request: TenantRequest, package_id: UUID) -> HttpResponse:
    """The texts in question as the person would get them. A POST says that they were seen; once
    all were, the copy is packed."""
    package = access_copy_to_review(package_id)
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        lines = check_lines(package)
    form = SeenForm(lines, request.POST or None)
    if form.is_valid():
        return _seen(request, package, form)
    _record(request, package)
    context = {
        "found": package.request,
        "lines": lines,
        "more": count_unseen(package) - len(lines),
        "form": form,
        "crumbs": board_crumbs(request, package.request.right),
    }
    status = 422 if request.method == "POST" else 200
    return render(request, "privacy/copy_review.html", context, status=status)


@require_safe
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def held_copy(request: TenantRequest, held_copy_id: int) -> HttpResponse:
    """Where a notice leads: to the copy, or to its request once somebody has looked."""
    package = access_held_copy(held_copy_id)
    if package.state == ExportPackage.State.REVIEW:
        return redirect("privacy:review_copy", request.organisation.slug, package.public_id)
    messages.info(request, _("This copy was looked through already."))
    return to_request(request, package.request)


def _seen(request: TenantRequest, package: ExportPackage, form: SeenForm) -> HttpResponse:
    if services.look_through(package, **form.cleaned_data, actor_user_id=request.actor.user_id):
        messages.success(request, _("Released. The copy is being packed."))
        return to_request(request, package.request)
    return redirect("privacy:review_copy", request.organisation.slug, package.public_id)


def _record(request: TenantRequest, package: ExportPackage) -> None:
    record_reading(
        Reading.COPY,
        reader=request.actor,
        people=subject_ids_of(package.request),
        purpose=Purpose.SUBJECT_ACCESS,
        subject_id=package.request.subject_id,
        object_type="privacy_rights.ExportPackage",
        object_id=package.public_id,
        affected_user_id=package.request.account_user_id,
    )
