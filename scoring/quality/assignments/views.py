"""Assignments: the list, one with its picks, making and changing one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.models import Team
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.assignments import previews, running, selectors, services
from scoring.quality.assignments.access import (
    access_assignment,
    access_own_assignment,
    can_change,
)
from scoring.quality.assignments.choices import offered_to, people_of
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.forms import AssignmentForm, initial_of
from scoring.quality.assignments.readings import saw_picks
from scoring.quality.assignments.words import conditions_of, goal_of
from scoring.quality.models import Assignment, AssignmentCycle

_STATES = {
    "pause": Assignment.State.PAUSED,
    "resume": Assignment.State.ACTIVE,
    "end": Assignment.State.ENDED,
}


def _to(request: TenantRequest, assignment: Assignment) -> HttpResponse:
    slug = request.organisation.slug
    return redirect("quality:assignment", organisation=slug, assignment_id=assignment.pk)


def _crumbs(request: TenantRequest, label: str) -> list[dict[str, str]]:
    url = reverse("quality:assignment_list", kwargs={"organisation": request.organisation.slug})
    return [{"label": _("Assignments"), "url": url}, {"label": label}]


@require_safe
@allow(Action.MANAGE_ASSIGNMENTS)
def assignment_list(request: TenantRequest) -> HttpResponse:
    context = {"rows": selectors.assignment_list(request.actor)}
    return render_page(request, "quality/assignments/assignment_list.html", context)


@require_safe
@allow(Action.MANAGE_ASSIGNMENTS)
def assignment_detail(request: TenantRequest, assignment_id: int) -> HttpResponse:
    """The latest cycle, or the one that `?cycle=` names."""
    assignment = access_assignment(actor=request.actor, assignment_id=assignment_id)
    cycles = selectors.cycles_of(assignment)
    cycle = _chosen(cycles, request.GET.get("cycle", ""))
    if cycle is not None:
        cycle.assignment = assignment
    today = timezone.localdate(timezone=ZoneInfo(assignment.time_zone))
    teams = dict(Team.objects.values_list("pk", "name"))
    detail = selectors.cycle_detail(request.actor, cycle) if cycle else None
    saw_picks(detail.picks if detail else [], reader=request.actor)
    context = {
        "assignment": assignment,
        "goal": goal_of(assignment),
        "conditions": list(conditions_of(_filters(assignment), teams)),
        "cycles": cycles,
        "detail": detail,
        "next_start": running.calendar_of(assignment).next_start(today),
        "can_change": can_change(request.actor, assignment),
        "crumbs": _crumbs(request, assignment.name),
    }
    return render_page(request, "quality/assignments/assignment.html", context)


def _filters(assignment: Assignment) -> Filters:
    return Filters.from_json(assignment.filters)


def _chosen(cycles: list[AssignmentCycle], number: str) -> AssignmentCycle | None:
    wanted = [cycle for cycle in cycles if str(cycle.number) == number]
    return next(iter(wanted or cycles), None)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_ASSIGNMENTS)
def assignment_new(request: TenantRequest) -> HttpResponse:
    """A POST with `preview` shows what it would pick and stores nothing."""
    today = timezone.localdate()
    initial = {
        "starts_on": today,
        "time_zone": request.organisation.time_zone,
        "cycle": Assignment.Cycle.WEEKLY,
    }
    form = _form(request, initial)
    if form.is_valid() and "preview" not in request.POST:
        try:
            assignment = services.create_assignment(
                organisation=request.organisation,
                terms=form.terms(),
                people=form.people(),
                actor=request.actor,
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            running.start_cycle(assignment=assignment)
            messages.success(request, _("The assignment stands."))
            return _to(request, assignment)
    return _form_page(request, form, {"crumbs": _crumbs(request, _("New assignment"))})


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_ASSIGNMENTS)
def assignment_edit(request: TenantRequest, assignment_id: int) -> HttpResponse:
    assignment = access_own_assignment(actor=request.actor, assignment_id=assignment_id)
    form = _form(request, initial_of(assignment, people_of(assignment)))
    if form.is_valid() and "preview" not in request.POST:
        try:
            services.edit_assignment(
                assignment=assignment,
                terms=form.terms(),
                people=form.people(),
                actor=request.actor,
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Saved. It holds from the next cycle on."))
            return _to(request, assignment)
    crumbs = _crumbs(request, assignment.name)
    return _form_page(request, form, {"assignment": assignment, "crumbs": crumbs})


def _form(request: TenantRequest, initial: dict[str, Any]) -> AssignmentForm:
    form = AssignmentForm(request.POST or None, initial=initial)
    form.offer(**offered_to(request.actor))
    return form


def _form_page(
    request: TenantRequest, form: AssignmentForm, context: dict[str, Any]
) -> HttpResponse:
    is_asked = form.is_bound and form.is_valid()
    shown = previews.preview(form, context.get("assignment")) if is_asked else None
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.is_bound and form.errors else HTTPStatus.OK
    return render_page(
        request,
        "quality/assignments/assignment_form.html",
        {"form": form, "preview": shown, **context},
        status=status,
    )


@require_POST
@allow(Action.MANAGE_ASSIGNMENTS)
def assignment_state(request: TenantRequest, assignment_id: int) -> HttpResponse:
    """`state`: pause, resume or end."""
    assignment = access_own_assignment(actor=request.actor, assignment_id=assignment_id)
    state = _STATES.get(request.POST.get("state", ""))
    if state is not None:
        services.set_state(assignment=assignment, state=state, actor=request.actor)
        if state == Assignment.State.ACTIVE:
            running.start_cycle(assignment=assignment)
        messages.success(request, _("Saved."))
    return _to(request, assignment)
