"""A review as it is read, and what can be done about it."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.models import Membership
from kaizo.core.errors import Conflict
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.access import (
    access_review,
    is_reviewee,
    may_check,
    may_edit,
    may_move,
    may_reopen,
    visible_reviews,
)
from scoring.quality.models import Review
from scoring.quality.reviews import pages, services
from scoring.quality.reviews.checking import possible_checkers, spot_check
from scoring.quality.reviews.facts import agents_in
from scoring.quality.reviews.forms import CheckerForm, ReasonForm, RevieweeForm
from scoring.quality.reviews.selectors import agent_name, history_of, talk_about
from scoring.quality.reviews.sheet import sheet_of
from scoring.quality.reviews.talk import possible_mentions
from scoring.quality.reviews.working import worked_out
from scoring.readings import saw_review
from tickets.access import visible_tickets
from tickets.models import Agent
from tickets.selectors import agent_choices

_PAGE = "scoring/reviews/review.html"


@require_safe
@allow(Action.VIEW_REVIEWS)
def review(request: TenantRequest, review_id: int) -> HttpResponse:
    """Opening a review of somebody else's work is recorded; they can read when and what for."""
    found = access_review(actor=request.actor, review_id=review_id)
    if found.state == Review.State.DRAFT and found.reviewer_id == request.actor.pk:
        query = request.GET.urlencode()
        edit = pages.review_url(request, found, "review_edit")
        return redirect(f"{edit}?{query}" if query else edit)
    if not is_reviewee(request.actor, found):
        saw_review(found, reader=request.actor)
    return render_page(request, _PAGE, _context(request, found))


def _context(request: TenantRequest, found: Review) -> dict[str, Any]:
    sheet = sheet_of(found)
    return {
        "review": found,
        "sheet": sheet,
        "reviewee": agent_name(found.reviewee),
        "talk": talk_about(found),
        "history": history_of(found, request.actor),
        "people": [m.user.name for m in possible_mentions() if m.pk != request.actor.pk],
        "has_ticket": found.ticket_id is not None
        and visible_tickets(request.actor).filter(pk=found.ticket_id).exists(),
        "is_reviewee": is_reviewee(request.actor, found),
        "is_draft": found.state == Review.State.DRAFT,
        "may_edit": found.state == Review.State.DRAFT and may_edit(request.actor, found),
        "may_reopen": may_reopen(request.actor, found)
        and found.ticket_id is not None
        and not found.is_suspended,
        "may_move": may_move(request.actor, found) and not found.is_suspended,
        "may_check": may_check(request.actor, found),
        "first_review": _first_review(request, found),
        "reason_form": ReasonForm(),
        "crumbs": pages.crumbs(request, _("Review")),
        "steps": worked_out(sheet),
    } | pages.how_computed(sheet.rubric.mode)


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_comment(request: TenantRequest, review_id: int) -> HttpResponse:
    found = access_review(actor=request.actor, review_id=review_id)
    services.comment_on(review=found, actor=request.actor, text=request.POST.get("text", ""))
    return redirect(pages.review_url(request, found) + "#talk")


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_acknowledge(request: TenantRequest, review_id: int) -> HttpResponse:
    """The agent says they have read it; that is not to agree."""
    found = access_review(actor=request.actor, review_id=review_id)
    services.acknowledge(review=found, actor=request.actor)
    messages.success(request, _("Noted that you have read it. You can still dispute it."))
    return redirect(pages.review_url(request, found))


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REVIEW_CONVERSATIONS)
def review_reopen(request: TenantRequest, review_id: int) -> HttpResponse:
    found = access_review(actor=request.actor, review_id=review_id)
    if not may_reopen(request.actor, found):
        raise PermissionDenied
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        services.reopen_review(
            review=found, actor=request.actor, reason=form.cleaned_data["reason"]
        )
        messages.success(request, _("The review is a draft again and counts nowhere meanwhile."))
        name = "review_edit" if found.reviewer_id == request.actor.pk else "review"
        return redirect(pages.review_url(request, found, name))
    context = {"form": form, "review": found, "crumbs": pages.crumbs(request, _("Reopen"))}
    return _form_page(request, "scoring/reviews/reopen.html", context, form)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REVIEW_CONVERSATIONS)
def review_reviewee(request: TenantRequest, review_id: int) -> HttpResponse:
    """Move a review to the agent whose work it was."""
    found = access_review(actor=request.actor, review_id=review_id)
    if not may_move(request.actor, found):
        raise PermissionDenied
    if found.is_suspended:
        raise Conflict(_("A dispute about this review is open. Decide it first."))
    form = RevieweeForm(request.POST or None, agents=_others(request.actor, found))
    if request.method == "POST" and form.is_valid():
        services.change_reviewee(
            review=found,
            agent=Agent.objects.get(pk=form.cleaned_data["agent"]),
            actor=request.actor,
            reason=form.cleaned_data["reason"],
        )
        messages.success(request, _("The review is now about somebody else."))
        return redirect(pages.review_url(request, found))
    context = {
        "form": form,
        "review": found,
        "reviewee": agent_name(found.reviewee),
        "crumbs": pages.crumbs(request, _("Reviewed agent")),
    }
    return _form_page(request, "scoring/reviews/reviewee.html", context, form)


def _others(actor: Membership, review: Review) -> dict[int, str]:
    """Whose work it may have been: who else took part, or else everybody else."""
    involved = set(agents_in(review.ticket)) if review.ticket else set()
    choices = agent_choices(actor, involved - {review.reviewee_id} or None)
    return {key: name for key, name in choices.items() if key != review.reviewee_id}


def _form_page(
    request: TenantRequest, template: str, context: dict[str, Any], form: ReasonForm
) -> HttpResponse:
    return render_page(request, template, context, status=422 if form.errors else 200)


def _first_review(request: TenantRequest, found: Review) -> Review | None:
    """What a submitted spot check is compared with, as far as the reader may see it."""
    if found.spot_check_of_id is None or found.state != Review.State.SUBMITTED:
        return None
    return visible_reviews(request.actor).filter(pk=found.spot_check_of_id).first()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REVIEW_CONVERSATIONS)
def review_spot_check(request: TenantRequest, review_id: int) -> HttpResponse:
    """Have the same conversation judged once more, without the first judgement in sight."""
    found = access_review(actor=request.actor, review_id=review_id)
    if not may_check(request.actor, found):
        raise Conflict(
            _("Only a submitted review by somebody else, of somebody else's work, can be checked.")
        )
    form = CheckerForm(request.POST or None, people=possible_checkers(found, actor=request.actor))
    if request.method == "POST" and form.is_valid():
        checker = form.checker_of()
        check = spot_check(actor=request.actor, review=found, checker=checker)
        if checker.pk == request.actor.pk:
            return redirect(pages.review_url(request, check, "review_edit"))
        messages.success(request, _("They are asked for a spot check."))
        return redirect(pages.review_url(request, found))
    context = {"form": form, "review": found, "crumbs": pages.crumbs(request, _("Spot check"))}
    status = 422 if form.errors else 200
    return render_page(request, "scoring/reviews/spot_check.html", context, status=status)
