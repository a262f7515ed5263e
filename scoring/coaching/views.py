"""What is kept for the next talk with an agent."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect
from django.template.defaultfilters import date as date_text
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from kaizo.core.http import render_page
from kaizo.core.permissions import Action, TenantRequest, allow, can
from kaizo.core.tenancy import Purpose
from scoring.coaching import selectors, services
from scoring.coaching.access import access_pin
from scoring.coaching.forms import PinForm
from scoring.quality.reviews.facts import agents_in
from scoring.readings import Reading
from tickets.access import access_ticket, own_agent_ids
from tickets.models import Agent, Message, Ticket
from tickets.people import agent_names
from tickets.readings import saw


@require_safe
@allow(Action.VIEW_COACHING)
def coaching(request: TenantRequest) -> HttpResponse:
    """Agents with something kept about them; with `?agent=`, or for an agent, the notes. Opening
    somebody else's is recorded."""
    agents = selectors.agents_with_pins(request.actor)
    chosen = _chosen(request, {row.agent_id for row in agents})
    pins = []
    if chosen is not None:
        pins = selectors.pins_of(request.actor, chosen.pk)
        if chosen.membership_id != request.actor.pk and pins:
            _leave_trace(request, chosen, pins)
    context = {
        "agents": agents,
        "chosen": chosen,
        "name": next((row.name for row in agents if chosen and row.agent_id == chosen.pk), ""),
        "pins": pins,
        "can_pin": can(request.actor, Action.PIN_CONVERSATIONS),
    }
    return render_page(request, "scoring/coaching/coaching.html", context)


def _leave_trace(request: TenantRequest, agent: Agent, pins: list[selectors.ShownPin]) -> None:
    saw(
        Reading.PINS,
        reader=request.actor,
        tickets=[pin.ticket_id for pin in pins],
        agents=[agent.pk],
        subject_id=agent.subject_id,
        affected_user_id=agent.membership.user_id if agent.membership else None,
        purpose=Purpose.COACHING,
        about=agent,
    )


def _chosen(request: TenantRequest, known: set[int]) -> Agent | None:
    wanted = request.GET.get("agent", "")
    if wanted and not (wanted.isdecimal() and int(wanted) in known):
        raise Http404
    own = [key for key in own_agent_ids(request.actor) if key in known]
    key = int(wanted) if wanted else next(iter(own), None)
    return Agent.objects.select_related("membership").filter(pk=key).first()


@require_http_methods(["GET", "HEAD", "POST"])
@allow(Action.PIN_CONVERSATIONS)
def pin_new(request: TenantRequest, ticket_id: int) -> HttpResponse:
    """Keep a conversation, or with `message` one message, for the next talk."""
    ticket = access_ticket(actor=request.actor, ticket_id=ticket_id)
    form, said = _form(request, ticket)
    if form.is_valid():
        services.pin_conversation(
            ticket=ticket,
            agent=Agent.objects.select_related("membership").get(pk=form.cleaned_data["agent"]),
            actor=request.actor,
            note=form.cleaned_data["note"],
            message=said.get(form.cleaned_data["message"]),
        )
        messages.success(request, _("Kept for the next talk. The agent can read the note."))
        slug = request.organisation.slug
        return redirect("tickets:ticket_detail", organisation=slug, ticket_id=ticket.pk)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    context = {"form": form, "ticket": ticket}
    return render_page(request, "scoring/coaching/pin_new.html", context, status=status)


def _form(request: TenantRequest, ticket: Ticket) -> tuple[PinForm, dict[int | None, Message]]:
    names = agent_names(ticket.organisation_id, agents_in(ticket), reader=request.actor)
    said: dict[int | None, Message] = {
        m.pk: m for m in selectors.messages_of(ticket) if m.agent_id in names
    }
    labels = {m.pk: f"{names.get(m.agent_id or 0, '')}, {_time(m)}" for m in said.values()}
    wanted = request.GET.get("message", "")
    first = said.get(int(wanted)) if wanted.isdecimal() else None
    initial = {"agent": first.agent_id, "message": first.pk} if first else {}
    form = PinForm(request.POST or None, agents=names, messages=labels, initial=initial)
    return form, said


def _time(message: Message) -> str:
    return str(date_text(timezone.localtime(message.sent_at), "j M, H:i"))


@require_POST
@allow(Action.PIN_CONVERSATIONS)
def pin_discussed(request: TenantRequest, pin_id: int) -> HttpResponse:
    pin = access_pin(actor=request.actor, pin_id=pin_id)
    services.mark_discussed(pin=pin, actor=request.actor)
    return _to_agent(request, pin.agent_id)


@require_POST
@allow(Action.PIN_CONVERSATIONS)
def pin_delete(request: TenantRequest, pin_id: int) -> HttpResponse:
    pin = access_pin(actor=request.actor, pin_id=pin_id)
    services.unpin(pin=pin, actor=request.actor)
    messages.success(request, _("Deleted."))
    return redirect("scoring:coaching", organisation=request.organisation.slug)


def _to_agent(request: TenantRequest, agent_id: int) -> HttpResponse:
    response = redirect("scoring:coaching", organisation=request.organisation.slug)
    response["Location"] += f"?agent={agent_id}"
    return response
