"""Pages of disputes: opening one, the list, and deciding."""

from __future__ import annotations

from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow, can
from scoring.quality.access import is_reviewee
from scoring.quality.disputes import selectors, services
from scoring.quality.disputes.access import access_dispute, access_review
from scoring.quality.disputes.forms import DecisionForm, DisputeForm
from scoring.quality.disputes.selectors import DisputeDetail
from scoring.quality.models import Dispute, Review
from scoring.readings import Reading, saw_dispute, saw_review
from tickets.access import own_agent_ids
from tickets.conversations import Conversation, read_conversation
from tickets.readings import saw


def _url(request: TenantRequest, name: str, **arguments: int) -> str:
    return reverse(
        f"quality:{name}", kwargs={"organisation": request.organisation.slug, **arguments}
    )


def _crumbs(request: TenantRequest, label: str) -> list[dict[str, str]]:
    return [{"label": _("Disputes"), "url": _url(request, "dispute_list")}, {"label": label}]


@require_safe
@allow(Action.VIEW_DISPUTES)
def dispute_list(request: TenantRequest) -> HttpResponse:
    """What is open with its deadlines, or what was settled."""
    settled = request.GET.get("show") == "settled"
    before = request.GET.get("before", "")
    if settled:
        page = selectors.settled_disputes(
            request.actor, before=int(before) if before.isdecimal() else None
        )
    else:
        page = selectors.open_disputes(request.actor)
    saw(Reading.DISPUTES, reader=request.actor, people=[row.subject_id for row in page.rows])
    context = {
        "page": page,
        "settled": settled,
        "next_url": f"?show=settled&before={page.after}" if page.after else "",
        "decides": can(request.actor, Action.DECIDE_DISPUTES),
    }
    return render_page(request, "quality/disputes/list.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.DISPUTE_REVIEWS)
def dispute_new(request: TenantRequest, review_id: int) -> HttpResponse:
    """Choose what is wrong (`?about=category&category=…`), then say why."""
    review = access_review(actor=request.actor, review_id=review_id)
    if not is_reviewee(request.actor, review):
        saw_review(review, reader=request.actor)
    about = request.GET.get("about", "")
    lines = selectors.rated_categories(review)
    context: dict[str, Any] = {"review": review, "lines": lines, "about": about}
    context["crumbs"] = _crumbs(request, _("New dispute"))
    context["window"] = selectors.window_of(review, request.actor)
    if about not in Dispute.About.values:
        return render_page(request, "quality/disputes/choose.html", context)
    line = _line(lines, request.GET.get("category", "")) if about == "category" else None
    form = DisputeForm(
        request.POST if request.method == "POST" else None,
        about=about,
        category=line.category if line else None,
        agents=selectors.possible_reviewees(review, request.actor)
        if about == Dispute.About.REVIEWEE
        else None,
    )
    if form.is_valid():
        try:
            dispute = services.open_dispute(
                review=review,
                actor=request.actor,
                claim=form.claim(),
                reason=form.cleaned_data["reason"],
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("The review counts nowhere until this is decided."))
            return redirect(_url(request, "dispute", dispute_id=dispute.pk))
    context |= {"form": form, "line": line}
    return render_page(request, "quality/disputes/new.html", context, status=_status(form))


def _line(lines: list[selectors.RatedCategory], key: str) -> selectors.RatedCategory:
    try:
        wanted = UUID(key)
    except ValueError:
        raise Http404 from None
    found = next((line for line in lines if line.category.key == wanted), None)
    if found is None:
        raise Http404
    return found


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.VIEW_DISPUTES)
def dispute(request: TenantRequest, dispute_id: int) -> HttpResponse:
    """Both sides beside the conversation; whoever may decide sends the decision here."""
    found = access_dispute(actor=request.actor, dispute_id=dispute_id)
    detail = selectors.dispute_detail(found, request.actor)
    form = _decision_form(request, found, detail)
    if request.method == "POST" and form is None:
        messages.error(request, detail.refusal or _("Your role does not decide disputes."))
        return redirect(_url(request, "dispute", dispute_id=found.pk))
    if form is not None and form.is_valid() and _decide(request, found, form):
        messages.success(request, _("Decided. The agent and the reviewer are told."))
        return redirect(_url(request, "dispute", dispute_id=found.pk))
    _leave_trace(request, found)
    context = {
        "detail": detail,
        "review": found.review,
        "form": form,
        "conversation": _conversation(request, found.review),
        "can_withdraw": _can_withdraw(request, found, detail),
        "crumbs": _crumbs(request, _("Dispute %(id)s") % {"id": found.pk}),
    }
    return render_page(request, "quality/disputes/detail.html", context, status=_status(form))


def _leave_trace(request: TenantRequest, found: Dispute) -> None:
    """Whoever reads both sides reads the conversation, too: one event says so."""
    if found.review.ticket_id is not None or not is_reviewee(request.actor, found.review):
        saw_dispute(found, reader=request.actor)


def _decision_form(
    request: TenantRequest, found: Dispute, detail: DisputeDetail
) -> DecisionForm | None:
    """None when the reader may not decide it, or nobody can any more."""
    if detail.refusal or detail.is_erased or not can(request.actor, Action.DECIDE_DISPUTES):
        return None
    about_reviewee = found.about == Dispute.About.REVIEWEE
    agents = selectors.possible_reviewees(found.review, request.actor) if about_reviewee else {}
    data = request.POST if request.method == "POST" else None
    return DecisionForm(data, dispute=found, lines=detail.lines, agents=agents)


def _decide(request: TenantRequest, found: Dispute, form: DecisionForm) -> bool:
    try:
        services.decide_dispute(
            dispute=found,
            actor=request.actor,
            verdict=form.cleaned_data["verdict"],
            reasons=form.cleaned_data["reasons"],
            remedy=form.remedy(),
        )
    except DomainError as error:
        form.add_error(None, str(error))
        return False
    return True


def _conversation(request: TenantRequest, review: Review) -> Conversation | None:
    """Redacted; None when it is gone. `_leave_trace` says that it was read."""
    if review.ticket is None:
        return None
    own = own_agent_ids(request.actor)
    return read_conversation(review.organisation_id, review.ticket, own_agents=own)


def _can_withdraw(request: TenantRequest, found: Dispute, detail: DisputeDetail) -> bool:
    if found.state != Dispute.State.OPEN:
        return False
    return found.opened_by_id == request.actor.pk or (
        detail.is_erased and can(request.actor, Action.DECIDE_DISPUTES)
    )


@require_POST
@allow(Action.VIEW_DISPUTES)
def dispute_withdraw(request: TenantRequest, dispute_id: int) -> HttpResponse:
    found = access_dispute(actor=request.actor, dispute_id=dispute_id)
    try:
        services.withdraw_dispute(dispute=found, actor=request.actor)
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Withdrawn. The review counts again."))
    return redirect(_url(request, "dispute", dispute_id=found.pk))


def _status(form: Any) -> int:
    refused = form is not None and form.is_bound and not form.is_valid()
    return HTTPStatus.UNPROCESSABLE_ENTITY if refused else HTTPStatus.OK
