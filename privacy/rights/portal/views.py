"""The public pages of one organisation, under `/p/<slug>/`. No account is needed and nobody is
told whether an address is known here."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import translation
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_safe

from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.rights import states, words
from privacy.rights.authorities import ALL, authority_of
from privacy.rights.certificate import certificate_of_request
from privacy.rights.correspondence.forms import LetterForm
from privacy.rights.correspondence.services import letters_of, write_as_person
from privacy.rights.export.forms import FactForm, TransferForm
from privacy.rights.export.selectors import copy_page, is_being_made
from privacy.rights.languages import LANGUAGES
from privacy.rights.models import (
    RequestEvent,
    RequestKind,
    RequestStatus,
    RightsRequest,
    Verification,
)
from privacy.rights.portal import services
from privacy.rights.portal.access import access_organisation, access_request
from privacy.rights.portal.forms import AppealForm, AskForm, ConfirmForm, SeeForm
from privacy.rights.portal.limits import may_ask
from privacy.rights.portal.services import LinkGone

_SEEN = "portal"  # in the session: which requests a mailbox was proven for
_STEPPED_UP = "portal_stepped_up"  # for which of them a fact was given as well
_SEEN_FOR = 30 * 60
PortalView = Callable[..., HttpResponseBase]


def public_page(view: PortalView) -> PortalView:
    """Run a view in the organisation's scope, in a language the portal speaks, never cached."""

    @wraps(view)
    def found(request: HttpRequest, of: str, **arguments: Any) -> HttpResponseBase:
        organisation = access_organisation(of)
        language = _language(request)
        with (
            translation.override(language),
            tenant_scope(organisation.pk, purpose=Purpose.SUBJECT_ACCESS),
        ):
            response = view(request, organisation, **arguments)
        if request.GET.get("lang") in LANGUAGES:
            request.session["portal_language"] = language
        return response

    return never_cache(found)


def _language(request: HttpRequest) -> str:
    """Chosen, remembered, or the browser's first that the portal speaks."""
    accepted = [part.split(";")[0].strip()[:2] for part in _accepted(request)]
    wanted = [request.GET.get("lang", ""), request.session.get("portal_language", ""), *accepted]
    return next((language for language in wanted if language in LANGUAGES), "en")


def _accepted(request: HttpRequest) -> list[str]:
    return request.headers.get("Accept-Language", "").lower().split(",")


def portal_page(
    request: HttpRequest, name: str, organisation: Any, context: dict[str, Any], status: int = 200
) -> HttpResponse:
    shown = {
        "portal": organisation,
        "languages": LANGUAGES.items(),
        "current_language": translation.get_language(),
        **context,
    }
    return render(request, f"privacy/portal/{name}.html", shown, status=status)


@require_safe
@public_page
def home(request: HttpRequest, organisation: Any) -> HttpResponse:
    kinds = [
        {"code": kind.value, "label": kind.label, "article": states.ARTICLES[states.Kind(kind)]}
        for kind in RequestKind
        if kind != RequestKind.COMPLAINT_INFORMATION
    ]
    return portal_page(
        request,
        "home",
        organisation,
        {"kinds": kinds, "authorities_url": ALL, "authority": authority_of(organisation.country)},
    )


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def ask(request: HttpRequest, organisation: Any, kind: str) -> HttpResponse:
    if kind not in RequestKind.values or kind == RequestKind.COMPLAINT_INFORMATION:
        raise Http404
    form = AskForm(states.Kind(kind), request.POST or None)
    context = {"form": form, "kind": RequestKind(kind).label, "code": kind}
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return portal_page(request, "ask", organisation, context, status)
    given = form.cleaned_data
    client = request.META.get("REMOTE_ADDR", "")
    if not may_ask(organisation.pk, address=given["contact"], client=client):
        form.add_error(None, _("That was asked too often. Please try again in an hour."))
        return portal_page(request, "ask", organisation, context, 429)
    services.ask(
        kind=kind,
        contact=given["contact"],
        message=given["message"],
        purpose=given.get("purpose", ""),
        language=translation.get_language() or "en",
        country=organisation.country,
        zone=organisation.time_zone,
    )
    return redirect("portal:sent", of=organisation.slug)


@require_safe
@public_page
def sent(request: HttpRequest, organisation: Any) -> HttpResponse:
    return portal_page(request, "sent", organisation, {})


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def see(request: HttpRequest, organisation: Any) -> HttpResponse:
    """Ask for a link to one's own requests."""
    form = SeeForm(request.POST or None)
    if not form.is_valid():
        status = 422 if request.method == "POST" else 200
        return portal_page(request, "see", organisation, {"form": form}, status)
    address, client = form.cleaned_data["contact"], request.META.get("REMOTE_ADDR", "")
    if not may_ask(organisation.pk, address=address, client=client):
        form.add_error(None, _("That was asked too often. Please try again in an hour."))
        return portal_page(request, "see", organisation, {"form": form}, 429)
    services.ask_to_see(contact=address)
    return redirect("portal:sent", of=organisation.slug)


@require_http_methods(["GET", "HEAD", "POST"])
@public_page
def link(request: HttpRequest, organisation: Any, token: str) -> HttpResponse:
    """Opening a link changes nothing, because mail programs open links; its button does."""
    try:
        opened = services.open_link(token)
        asks = services.asks_for_fact(opened)
        if request.method != "POST":
            return portal_page(
                request,
                "confirm",
                organisation,
                {"form": ConfirmForm(), "asks": asks, "opened": opened},
            )
        form = ConfirmForm(request.POST)
        form.is_valid()
        fact, skip = form.cleaned_data.get("fact", ""), "skip" in request.POST
        found, is_known = services.confirm(token, fact=fact, skip=skip)
        if not is_known and not skip:
            services.open_link(token)  # the last attempt was one too many
            form.add_error("fact", _("That is not one of yours. Try another, or go on without."))
            context = {"form": form, "asks": True, "opened": opened}
            return portal_page(request, "confirm", organisation, context, 422)
    except LinkGone as gone:
        return portal_page(request, "gone", organisation, {"reason": gone}, 410)
    _remember(request, found)
    if asks and is_known:
        step_up(request, found)
    return redirect("portal:own", of=organisation.slug, public_id=found.public_id)


def _remember(request: HttpRequest, proven: RightsRequest) -> None:
    """The mailbox is proven: its requests may be seen for half an hour."""
    same = RightsRequest.objects.filter(contact_index=proven.contact_index)
    request.session.cycle_key()
    request.session[_SEEN] = [str(key) for key in same.values_list("public_id", flat=True)]
    request.session[_STEPPED_UP] = []
    request.session.set_expiry(_SEEN_FOR)


def step_up(request: HttpRequest, proven: RightsRequest) -> None:
    """Something was said that only the person knows: good for the one request, in this session."""
    known = request.session.get(_STEPPED_UP, [])
    request.session[_STEPPED_UP] = sorted({*known, str(proven.public_id)})


def is_stepped_up(request: HttpRequest, asked: RightsRequest) -> bool:
    return str(asked.public_id) in request.session.get(_STEPPED_UP, [])


def proven_request(request: HttpRequest, public_id: UUID) -> RightsRequest:
    return access_request(public_id, proven=request.session.get(_SEEN, []))


@require_safe
@public_page
def own(request: HttpRequest, organisation: Any, public_id: UUID) -> HttpResponse:
    """Where one's request stands, what was decided, and the others from the same mailbox. Without
    a mailbox proven of late the way to a link, the same for a request that does not exist."""
    try:
        found = proven_request(request, public_id)
    except Http404:
        return redirect("portal:see", of=organisation.slug)
    return own_page(request, organisation, found)


def own_page(
    request: HttpRequest,
    organisation: Any,
    found: RightsRequest,
    *,
    fact_form: FactForm | None = None,
    transfer_form: TransferForm | None = None,
    passphrase: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page of a request whose mailbox is proven. `passphrase`: of its copy, to be shown."""
    others = RightsRequest.objects.filter(public_id__in=request.session[_SEEN])
    context = {
        "asked": found,
        "decision": words.read_words(found, "decision_text"),
        "said": words.read_words(found, "message"),
        "is_unverified": found.status in (RequestStatus.RECEIVED, RequestStatus.VERIFYING),
        "is_being_made": is_being_made(found),
        "copy": copy_page(found, slug=organisation.slug, passphrase=passphrase),
        "by_portal": found.verification in (Verification.LINK, Verification.LINK_AND_FACT),
        "signed_in": found.verification == Verification.SIGNED_IN,
        "asks_for_fact": found.verification != Verification.LINK
        and not is_stepped_up(request, found),
        "fact_form": fact_form or FactForm(),
        "transfer_form": transfer_form or TransferForm(),
        "others": others.exclude(pk=found.pk).order_by("-received_at"),
        "certificate": certificate_of_request(found),
        "history": _history(found),
        "appeal": AppealForm() if _may_appeal(found) else None,
        "due": found.extended_to or found.due_at,
        "authorities_url": ALL,
        "authority": authority_of(organisation.country),
        "letters": letters_of(found),
        "letter_form": LetterForm() if found.status in states.OPEN else None,
    }
    return portal_page(request, "own", organisation, context, status)


def _history(request: RightsRequest) -> list[tuple[datetime, str]]:
    """What the person is told of: where the request came and that a deadline was moved."""
    told = []
    for event in request.events.order_by("pk"):
        if event.what == RequestEvent.What.MOVED and event.after:
            told.append((event.at, event.state))
        elif event.what == RequestEvent.What.EXTENDED:
            told.append((event.at, str(event.get_what_display())))
    return told


def _may_appeal(request: RightsRequest) -> bool:
    kind, status = states.Kind(request.kind), states.Status(request.status)
    return states.may_move(kind, status, states.Status.APPEALED) and request.appealed_at is None


@require_http_methods(["POST"])
@public_page
def appeal(request: HttpRequest, organisation: Any, public_id: UUID) -> HttpResponse:
    found = proven_request(request, public_id)
    form = AppealForm(request.POST)
    if form.is_valid() and _may_appeal(found):
        try:
            services.appeal(found, text=form.cleaned_data["text"], organisation=organisation)
        except DomainError as error:
            return portal_page(request, "gone", organisation, {"reason": error}, 409)
    return redirect("portal:own", of=organisation.slug, public_id=public_id)


@require_http_methods(["POST"])
@public_page
def write(request: HttpRequest, organisation: Any, public_id: UUID) -> HttpResponse:
    """Add something to one's open request."""
    found = proven_request(request, public_id)
    form = LetterForm(request.POST)
    if form.is_valid() and found.status in states.OPEN:
        write_as_person(found, text=form.cleaned_data["text"])
    return redirect("portal:own", of=organisation.slug, public_id=public_id)
