"""Which reviews there are, and starting one."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from django.http import HttpResponse, QueryDict
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.filters import kept_choices, saved_filters
from kaizo.accounts.filters.views import keep_filter
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, Role, TenantRequest, allow
from kaizo.core.ui import short_day
from scoring.quality.reviews import pages, selectors
from scoring.quality.reviews.facts import versions_for
from scoring.quality.reviews.filters import offered
from scoring.quality.reviews.forms import ReviewFilters, StartForm
from scoring.quality.reviews.starting import start_by_hand
from scoring.readings import Reading
from tickets.access import access_ticket
from tickets.models import AuthorType, Message, Ticket
from tickets.people import agent_names
from tickets.readings import saw

FILTERS_OF = "reviews"


@require_safe
@allow(Action.VIEW_REVIEWS)
def review_list(request: TenantRequest) -> HttpResponse:
    form = _filters(request, request.GET)
    is_valid = form.is_valid()
    choices = kept_choices(form)
    page = selectors.review_page(
        actor=request.actor, filters=form.cleaned_data, cursor=request.GET.get("page", "")
    )
    saw(
        Reading.REVIEWS,
        reader=request.actor,
        tickets=[row.ticket_id for row in page.rows],
        agents=[row.reviewee_id for row in page.rows],
    )
    context = {
        "form": form,
        "page": page,
        "is_filtered": any(form.cleaned_data.values()),
        "next_url": _page_url(request, page.after),
        "first_url": _page_url(request, "") if request.GET.get("page") else "",
        "choices": choices,
        "saved": saved_filters(actor=request.actor, page=FILTERS_OF, query=choices),
        "can_share": request.actor.role != Role.AGENT,
    }
    status = 200 if is_valid else 422
    return render_page(
        request, "scoring/reviews/review_list.html", context, fragment="results", status=status
    )


def _filters(request: TenantRequest, asked: QueryDict) -> ReviewFilters:
    form = ReviewFilters(asked)
    form.offer(offered(request.actor, asked))
    return form


@require_POST
@allow(Action.VIEW_REVIEWS)
def review_filter_save(request: TenantRequest) -> HttpResponse:
    """Keep what the list is narrowed by, under a name."""
    asked = QueryDict(request.POST.get("query", ""))
    return keep_filter(
        request,
        page=FILTERS_OF,
        choices=_filters(request, asked),
        list_url=pages.url(request, "quality:review_list"),
    )


def _page_url(request: TenantRequest, cursor: str | None) -> str:
    if cursor is None:
        return ""
    query = request.GET.copy()
    query["page"] = cursor
    if not cursor:
        query.pop("page")
    return f"?{query.urlencode()}"


@require_safe
@allow(Action.VIEW_REVIEWS)
def reviews_received(request: TenantRequest) -> HttpResponse:
    """What others wrote about one's own work."""
    page = selectors.received_page(actor=request.actor, cursor=request.GET.get("page", ""))
    saw(Reading.REVIEWS, reader=request.actor, tickets=[row.ticket_id for row in page.rows])
    context = {
        "page": page,
        "unread": selectors.unread_count(request.actor),
        "next_url": _page_url(request, page.after),
        "first_url": _page_url(request, "") if request.GET.get("page") else "",
    }
    return render_page(request, "scoring/reviews/reviews_received.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.REVIEW_CONVERSATIONS)
def review_start(request: TenantRequest, ticket_id: int) -> HttpResponse:
    """By which scorecard a conversation is reviewed, and whether one message of it."""
    ticket = access_ticket(actor=request.actor, ticket_id=ticket_id)
    zone = ZoneInfo(request.actor.organisation.time_zone)
    cards = {v.scorecard_id: v.scorecard for v in versions_for(ticket, zone)}
    form = StartForm(request.POST or None, cards=cards, messages=_messages(request, ticket))
    if request.method == "POST" and form.is_valid():
        message_id = form.cleaned_data["message"]
        try:
            started = start_by_hand(
                actor=request.actor,
                ticket=ticket,
                scorecard=cards[form.cleaned_data["scorecard"]],
                message=Message.objects.get(pk=message_id) if message_id else None,
            )
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            return redirect(pages.review_url(request, started, "review_edit"))
    context = {
        "form": form,
        "ticket": ticket,
        "has_scorecards": bool(cards),
        "crumbs": [
            {"label": _("Tickets"), "url": pages.url(request, "tickets:ticket_list")},
            {
                "label": ticket.external_id,
                "url": pages.url(request, "tickets:ticket_detail", ticket_id=ticket.pk),
            },
            {"label": _("Review"), "url": ""},
        ],
    }
    status = 422 if form.errors else 200
    return render_page(request, "scoring/reviews/review_start.html", context, status=status)


def _messages(request: TenantRequest, ticket: Ticket) -> dict[int, str]:
    """Each agent's message, unless they are left out: who, when, and its number in the
    conversation."""
    rows = list(
        Message.objects.filter(ticket=ticket)
        .order_by("sent_at", "id")
        .values_list("id", "author_type", "agent_id", "sent_at")
    )
    agents = {agent for _id, _type, agent, _at in rows if agent}
    names = agent_names(ticket.organisation_id, agents, reader=request.actor) if agents else {}
    return {
        key: _("Message %(n)s, %(name)s, %(day)s")
        % {"n": number, "name": names[agent], "day": short_day(at.date())}
        for number, (key, author, agent, at) in enumerate(rows, 1)
        if author == AuthorType.AGENT and agent in names
    }
