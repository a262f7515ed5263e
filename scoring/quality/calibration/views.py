"""Pages of calibration sessions."""

from __future__ import annotations

from collections.abc import Callable
from http import HTTPStatus
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.accounts.models import Membership
from kaizo.core.errors import DomainError
from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow
from scoring.quality.calibration import choices, selectors, services
from scoring.quality.calibration.access import (
    access_follow_up,
    access_item,
    access_session,
    leads,
)
from scoring.quality.calibration.distances import distances
from scoring.quality.calibration.forms import FollowUpForm, SessionForm
from scoring.quality.models import CalibrationSession, Review
from scoring.quality.scorecards.selectors import versions_in_force
from scoring.readings import Reading
from tickets.access import visible_tickets
from tickets.conversations import titles
from tickets.forms import TicketFilters
from tickets.models import Ticket
from tickets.readings import Reading as TicketReading
from tickets.readings import saw
from tickets.selectors import agent_choices, ticket_page


def _url(request: TenantRequest, name: str, **arguments: int) -> str:
    return reverse(
        f"quality:{name}", kwargs={"organisation": request.organisation.slug, **arguments}
    )


def _crumbs(request: TenantRequest, label: str) -> list[dict[str, str]]:
    return [{"label": _("Calibration"), "url": _url(request, "calibration_list")}, {"label": label}]


@require_safe
@allow(Action.CALIBRATE)
def calibration_list(request: TenantRequest) -> HttpResponse:
    context = {"rows": selectors.session_rows(request.actor)}
    return render_page(request, "quality/calibration/list.html", context)


@require_safe
@allow(Action.CALIBRATE)
def calibration_pick(request: TenantRequest) -> HttpResponse:
    """Choose conversations: from a filter, or from past reviews (`?from=reviews`)."""
    from_reviews = request.GET.get("from") == "reviews"
    context: dict[str, Any] = {"from_reviews": from_reviews, "crumbs": _crumbs(request, _("New"))}
    if from_reviews:
        past = context["past"] = choices.past_reviews(request.actor)
        saw(
            Reading.REVIEWS,
            reader=request.actor,
            tickets=[row.ticket_id for row in past],
            agents=[row.agent_id for row in past],
        )
    else:
        form = TicketFilters(request.GET, agents=agent_choices(request.actor))
        form.is_valid()
        context["form"] = form
        page = context["page"] = ticket_page(
            actor=request.actor,
            filters=form.cleaned_data,
            zone=ZoneInfo(request.organisation.time_zone),
        )
        saw(TicketReading.LIST, reader=request.actor, people=[row.subject_id for row in page.rows])
    return render_page(request, "quality/calibration/pick.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.CALIBRATE)
def calibration_new(request: TenantRequest) -> HttpResponse:
    """Name, rubric and people for the conversations of `?ticket=…`."""
    chosen = _chosen(request)
    form = SessionForm(
        request.POST if request.method == "POST" else None,
        actor=request.actor,
        people=choices.possible_participants(),
        versions=list(
            versions_in_force()
            .filter(scorecard__archived_at__isnull=True)
            .select_related("scorecard")
        ),
        chosen=chosen,
    )
    if form.is_valid():
        try:
            session = services.create_session(actor=request.actor, plan=form.plan())
        except DomainError as error:
            form.add_error(None, str(error))
        else:
            messages.success(request, _("Started. Whoever takes part has been told."))
            return redirect(_url(request, "calibration", session_id=session.pk))
    saw(TicketReading.LIST, reader=request.actor, tickets=chosen)
    context = {
        "form": form,
        "titles": titles(request.organisation.pk, list(chosen)) if chosen else {},
        "crumbs": _crumbs(request, _("New")),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render_page(request, "quality/calibration/new.html", context, status=status)


def _chosen(request: TenantRequest) -> dict[int, Ticket]:
    """The tickets of the query or the form that the actor may see."""
    given = request.POST if request.method == "POST" else request.GET
    ids = [int(key) for key in given.getlist("ticket") if key.isdecimal()]
    found = visible_tickets(request.actor).filter(pk__in=ids[: services.MOST_CONVERSATIONS])
    return {ticket.pk: ticket for ticket in found}


@require_safe
@allow(Action.CALIBRATE)
def calibration(request: TenantRequest, session_id: int) -> HttpResponse:
    """A session: what is to score, and once it is discussed, how everybody did."""
    session = access_session(actor=request.actor, session_id=session_id)
    return _page(request, session)


def _page(
    request: TenantRequest, session: CalibrationSession, follow_up: FollowUpForm | None = None
) -> HttpResponse:
    people = selectors.participants_of(session)
    items = selectors.items_of(session, request.actor)
    is_scoring = session.state == CalibrationSession.State.SCORING
    saw(
        Reading.CALIBRATION,
        reader=request.actor,
        people={person for item in items for person in item.people},
        about=session,
    )
    context = {
        "session": session,
        "people": people,
        "items": items,
        "takes_part": any(person.id == request.actor.pk for person in people),
        "leads": leads(request.actor, session),
        "is_scoring": is_scoring,
        "scored": [person for person in people if person.scored],
        "comparison": None if is_scoring else selectors.comparison(session, items, people),
        "follow_ups": selectors.follow_ups_of(session),
        "follow_up_form": follow_up or FollowUpForm(people=[(p.id, p.name) for p in people]),
        "crumbs": _crumbs(request, session.name),
    }
    status = HTTPStatus.UNPROCESSABLE_ENTITY if follow_up else HTTPStatus.OK
    return render_page(request, "quality/calibration/session.html", context, status=status)


@require_POST
@allow(Action.CALIBRATE)
def calibration_score(request: TenantRequest, session_id: int, item_id: int) -> HttpResponse:
    """Go to one's own blind score of a conversation."""
    session = access_session(actor=request.actor, session_id=session_id)
    item = access_item(session=session, item_id=item_id, actor=request.actor)
    return _to_review(
        request, session, lambda: services.start_scoring(actor=request.actor, item=item)
    )


@require_POST
@allow(Action.CALIBRATE)
def calibration_agree(request: TenantRequest, session_id: int, item_id: int) -> HttpResponse:
    """Go to the score that the session agreed on."""
    session = access_session(actor=request.actor, session_id=session_id)
    item = access_item(session=session, item_id=item_id, actor=request.actor)
    return _to_review(
        request, session, lambda: services.start_agreeing(actor=request.actor, item=item)
    )


def _to_review(
    request: TenantRequest, session: CalibrationSession, start: Callable[[], Review]
) -> HttpResponse:
    try:
        review = start()
    except DomainError as error:
        messages.error(request, str(error))
        return redirect(_url(request, "calibration", session_id=session.pk))
    page = "review_edit" if review.state == Review.State.DRAFT else "review"
    return redirect(_url(request, page, review_id=review.pk))


@require_POST
@allow(Action.CALIBRATE)
def calibration_discuss(request: TenantRequest, session_id: int) -> HttpResponse:
    session = access_session(actor=request.actor, session_id=session_id)
    return _done(
        request, session, lambda: services.open_discussion(session=session, actor=request.actor)
    )


@require_POST
@allow(Action.CALIBRATE)
def calibration_close(request: TenantRequest, session_id: int) -> HttpResponse:
    session = access_session(actor=request.actor, session_id=session_id)
    return _done(
        request, session, lambda: services.close_session(session=session, actor=request.actor)
    )


@require_POST
@allow(Action.CALIBRATE)
def follow_up_new(request: TenantRequest, session_id: int) -> HttpResponse:
    session = access_session(actor=request.actor, session_id=session_id)
    people = [(person.id, person.name) for person in selectors.participants_of(session)]
    form = FollowUpForm(request.POST, people=people)
    if not form.is_valid():
        return _page(request, session, form)
    owner_id = form.cleaned_data["owner"]
    return _done(
        request,
        session,
        lambda: services.add_follow_up(
            session=session,
            actor=request.actor,
            body=form.cleaned_data["body"],
            owner=Membership.objects.get(pk=owner_id) if owner_id else None,
            due_on=form.cleaned_data["due_on"],
        ),
    )


@require_POST
@allow(Action.CALIBRATE)
def follow_up_done(request: TenantRequest, session_id: int, follow_up_id: int) -> HttpResponse:
    session = access_session(actor=request.actor, session_id=session_id)
    row = access_follow_up(session=session, follow_up_id=follow_up_id)
    return _done(
        request, session, lambda: services.finish_follow_up(follow_up=row, actor=request.actor)
    )


def _done(
    request: TenantRequest, session: CalibrationSession, act: Callable[[], object]
) -> HttpResponse:
    try:
        act()
    except DomainError as error:
        messages.error(request, str(error))
    else:
        messages.success(request, _("Saved."))
    return redirect(_url(request, "calibration", session_id=session.pk))


@require_safe
@allow(Action.CALIBRATE)
def calibration_distances(request: TenantRequest) -> HttpResponse:
    """How each reviewer's scores lie to the agreed ones, session by session."""
    saw(Reading.DISTANCES, reader=request.actor, about=request.organisation)
    context = {
        "distances": distances(request.actor),
        "crumbs": _crumbs(request, _("Distance from agreed scores")),
    }
    return render_page(request, "quality/calibration/distances.html", context)
