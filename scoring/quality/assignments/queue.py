"""A reviewer's own work: what is to review, and what does not fit."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.models import Membership
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.access import access_pick
from scoring.quality.assignments import picks, selectors
from scoring.quality.assignments.access import (
    access_changeable_pick,
    access_own_assignment,
    access_own_cycle,
    can_change,
)
from scoring.quality.assignments.forms import ReasonForm, ReassignForm
from scoring.quality.assignments.readings import saw_picks
from scoring.quality.models import AssignmentCycle, Pick
from scoring.quality.reviews.services import start_review
from tickets.models import Ticket


@require_safe
@allow(Action.VIEW_REVIEWS)
def to_review(request: TenantRequest) -> HttpResponse:
    return _queue(request, None)


@require_safe
@allow(Action.VIEW_REVIEWS)
def own_cycle(request: TenantRequest, cycle_id: int) -> HttpResponse:
    """What the actor has to review in one cycle: where reminders lead."""
    return _queue(request, access_own_cycle(actor=request.actor, cycle_id=cycle_id))


def _queue(request: TenantRequest, cycle: AssignmentCycle | None) -> HttpResponse:
    lots = selectors.to_review(request.actor, cycle=cycle)
    saw_picks([row for lot in lots for row in lot.picks], reader=request.actor)
    context = {
        "lots": lots,
        # Who has just submitted one goes on to the next with the Enter key.
        "goes_on": len(messages.get_messages(request)) > 0,
    }
    return render_page(request, "quality/assignments/to_review.html", context)


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_next(request: TenantRequest) -> HttpResponse:
    """Begin, or go on with, what is due first."""
    pick = selectors.next_pick(request.actor)
    if pick is None:
        messages.info(request, _("Nothing is left to review."))
        return _to_queue(request)
    return _start(request, pick)


@require_POST
@allow(Action.VIEW_REVIEWS)
def pick_start(request: TenantRequest, pick_id: int) -> HttpResponse:
    return _start(request, access_pick(actor=request.actor, pick_id=pick_id))


def _start(request: TenantRequest, pick: Pick) -> HttpResponse:
    ticket = Ticket.objects.filter(pk=pick.ticket_id).first()
    if ticket is None:
        messages.error(request, _("The conversation is frozen or was permanently erased."))
        return _to_queue(request)
    try:
        review = start_review(actor=request.actor, ticket=ticket, pick=pick)
    except DomainError as error:
        messages.error(request, str(error))
        return _to_queue(request)
    return redirect(
        "quality:review_edit", organisation=request.organisation.slug, review_id=review.pk
    )


def _to_queue(request: TenantRequest) -> HttpResponse:
    return redirect("quality:to_review", organisation=request.organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.VIEW_REVIEWS)
def pick_replace(request: TenantRequest, pick_id: int) -> HttpResponse:
    return _take_off(request, pick_id, picks.replace_pick, "quality/assignments/pick_replace.html")


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.VIEW_REVIEWS)
def pick_remove(request: TenantRequest, pick_id: int) -> HttpResponse:
    return _take_off(request, pick_id, picks.remove_pick, "quality/assignments/pick_remove.html")


def _take_off(
    request: TenantRequest, pick_id: int, service: Callable[..., object], template: str
) -> HttpResponse:
    pick = access_changeable_pick(actor=request.actor, pick_id=pick_id)
    form = ReasonForm(request.POST or None)
    if form.is_valid():
        try:
            service(pick=pick, reason=form.cleaned_data["reason"], actor=request.actor)
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Done. It is counted with its reason."))
            return _back(request, pick)
    row = _shown(request, pick)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "row": row, "next": _next(request)}
    return render_page(request, template, context, status=status)


def _shown(request: TenantRequest, pick: Pick) -> selectors.PickRow:
    (row,) = selectors.pick_rows([pick])
    saw_picks([row], reader=request.actor)
    return row


def _back(request: TenantRequest, pick: Pick) -> HttpResponse:
    """To the page it came from: the assignment's or the own queue."""
    there = _next(request)
    if there:
        return redirect(there)
    if pick.reviewer_id == request.actor.pk:
        return _to_queue(request)
    return redirect(
        "quality:assignment",
        organisation=request.organisation.slug,
        assignment_id=pick.cycle.assignment_id,
    )


def _next(request: TenantRequest) -> str:
    """The page to go back to, if it is one of ours."""
    there: str = request.POST.get("next") or request.GET.get("next", "")
    return there if url_has_allowed_host_and_scheme(there, allowed_hosts=None) else ""


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.MANAGE_ASSIGNMENTS)
def pick_reassign(request: TenantRequest, pick_id: int) -> HttpResponse:
    pick = access_changeable_pick(actor=request.actor, pick_id=pick_id)
    if not can_change(request.actor, pick.cycle.assignment):
        access_own_assignment(actor=request.actor, assignment_id=pick.cycle.assignment_id)
    able = picks.possible_reviewers(pick.cycle, pick) - {pick.reviewer_id}
    members = Membership.objects.filter(pk__in=able).select_related("user")
    names = {member.pk: member.user.name for member in members}
    form = ReassignForm(request.POST or None, reviewers=names)
    if form.is_valid():
        reviewer = next(m for m in members if m.pk == form.cleaned_data["reviewer"])
        picks.reassign_pick(pick=pick, reviewer=reviewer, actor=request.actor)
        messages.success(request, _("The reviewer was changed."))
        return _back(request, pick)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "row": _shown(request, pick), "next": _next(request)}
    return render_page(request, "quality/assignments/pick_reassign.html", context, status=status)
