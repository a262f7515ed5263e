"""Ticket list and conversation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from kaizo.accounts.filters import kept_choices, saved_filters
from kaizo.accounts.filters.views import keep_filter
from kaizo.core import clock
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, Role, TenantRequest, allow, can
from tickets.access import access_ticket, frozen_ticket, own_agent_ids
from tickets.events import RevealReason
from tickets.forms import RevealForm, TicketFilters
from tickets.readings import Reading, saw
from tickets.selectors import agent_choices, ticket_page
from tickets.services import open_conversation, reveal_conversation

REVEALED_FOR = timedelta(minutes=15)
FILTERS_OF = "tickets"
_SESSION = "revealed_conversations"


@require_safe
@allow(Action.VIEW_TICKETS)
def ticket_list(request: TenantRequest) -> HttpResponse:
    form = _filters(request, request.GET)
    is_valid = form.is_valid()
    choices = kept_choices(form)
    page = ticket_page(
        actor=request.actor,
        filters=form.cleaned_data,
        zone=ZoneInfo(request.organisation.time_zone),
        cursor=request.GET.get("page", ""),
    )
    saw(Reading.LIST, reader=request.actor, people=[row.subject_id for row in page.rows])
    context = {
        "form": form,
        "page": page,
        "is_filtered": any(form.cleaned_data.values()),
        "next_url": _page_url(request, page.after),
        "previous_url": _page_url(request, page.before),
        "choices": choices,
        "saved": saved_filters(actor=request.actor, page=FILTERS_OF, query=choices),
        "can_share": request.actor.role != Role.AGENT,
    }
    return render_page(
        request,
        "tickets/ticket_list.html",
        context,
        fragment="results",
        status=200 if is_valid else 422,
    )


def _filters(request: TenantRequest, asked: QueryDict) -> TicketFilters:
    mine = own_agent_ids(request.actor) if request.actor.role == Role.AGENT else None
    return TicketFilters(asked, agents=agent_choices(request.actor, mine))


@require_POST
@allow(Action.VIEW_TICKETS)
def filter_save(request: TenantRequest) -> HttpResponse:
    """Keep what the list is narrowed by, under a name."""
    asked = QueryDict(request.POST.get("query", ""))
    return keep_filter(
        request,
        page=FILTERS_OF,
        choices=_filters(request, asked),
        list_url=_url(request, "tickets:ticket_list"),
    )


def _url(request: TenantRequest, name: str, **arguments: int) -> str:
    return reverse(name, kwargs={"organisation": request.organisation.slug, **arguments})


def _page_url(request: TenantRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["page"] = cursor
    return f"?{query.urlencode()}"


@require_safe
@allow(Action.VIEW_TICKETS)
def ticket_detail(request: TenantRequest, ticket_id: int) -> HttpResponse:
    try:
        ticket = access_ticket(actor=request.actor, ticket_id=ticket_id)
    except Http404:
        return _frozen(request, ticket_id)
    until = _revealed_until(request, ticket_id)
    conversation = open_conversation(ticket=ticket, actor=request.actor, revealed=until is not None)
    context: dict[str, Any] = {
        "conversation": conversation,
        "crumbs": [
            {"label": _("Tickets"), "url": _url(request, "tickets:ticket_list")},
            {"label": ticket.external_id},
        ],
        "reveal_form": RevealForm(),
        "can_review": can(request.actor, Action.REVIEW_CONVERSATIONS),
        "can_reveal": can(request.actor, Action.REVEAL_PERSONAL_DATA),
        "can_pin": can(request.actor, Action.PIN_CONVERSATIONS),
        "revealed_minutes": int(REVEALED_FOR.total_seconds() // 60),
    }
    return render_page(request, "tickets/ticket_detail.html", context)


def _frozen(request: TenantRequest, ticket_id: int) -> HttpResponse:
    """Say that a conversation is frozen, and nothing of it. Raises Http404 when there is none."""
    number = frozen_ticket(actor=request.actor, ticket_id=ticket_id)
    if number is None:
        raise Http404
    crumbs = [
        {"label": _("Tickets"), "url": _url(request, "tickets:ticket_list")},
        {"label": number},
    ]
    return render_page(request, "tickets/ticket_frozen.html", {"number": number, "crumbs": crumbs})


def _revealed_until(request: TenantRequest, ticket_id: int) -> float | None:
    """When the reveal of this conversation to this session ends, if it has not."""
    until = request.session.get(_SESSION, {}).get(str(ticket_id))
    return until if until and until > clock.now().timestamp() else None


@require_POST
@allow(Action.REVEAL_PERSONAL_DATA)
def ticket_reveal(request: TenantRequest, ticket_id: int) -> HttpResponse:
    ticket = access_ticket(actor=request.actor, ticket_id=ticket_id)
    form = RevealForm(request.POST)
    if not form.is_valid():
        context = {"form": form, "ticket": ticket}
        return render_page(request, "tickets/ticket_reveal.html", context, status=422)
    reason = RevealReason(form.cleaned_data["reason"])
    reveal_conversation(ticket=ticket, actor=request.actor, reason=reason)
    now = clock.now()
    open_until = {
        key: until
        for key, until in request.session.get(_SESSION, {}).items()
        if until > now.timestamp()
    }
    open_until[str(ticket_id)] = (now + REVEALED_FOR).timestamp()
    request.session[_SESSION] = open_until
    return redirect(_url(request, "tickets:ticket_detail", ticket_id=ticket_id))


@require_POST
@allow(Action.REVEAL_PERSONAL_DATA)
def ticket_hide(request: TenantRequest, ticket_id: int) -> HttpResponse:
    """End a reveal before its time."""
    access_ticket(actor=request.actor, ticket_id=ticket_id)
    open_until = dict(request.session.get(_SESSION, {}))
    open_until.pop(str(ticket_id), None)
    request.session[_SESSION] = open_until
    return redirect(_url(request, "tickets:ticket_detail", ticket_id=ticket_id))
