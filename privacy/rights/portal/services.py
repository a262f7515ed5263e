"""Taking requests in from the portal, and making sure whose they are.

Whatever somebody types in, the page answers the same and a mail goes out: only who reads the
mailbox learns whether anything is held (GDPR Art. 12(6), EDPB Guidelines 01/2022, points 58 to 79).
"""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django.core import signing
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, current_organisation_id, purpose_scope
from privacy.policy import kept_for
from privacy.registry import registry
from privacy.rights import deadlines, requests, states, words
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestChannel, RequestStatus, RightsRequest, Verification
from privacy.rights.portal.models import PortalLink
from privacy.rights.portal.tasks import mail_link
from privacy.vault.keys import blind_index

_SALT = "privacy.rights.portal.link"
ATTEMPTS = 3
# A mailbox alone is not enough to hand out or destroy what somebody wrote.
STEPPED_UP = frozenset({states.Kind.ACCESS, states.Kind.PORTABILITY, states.Kind.ERASURE})


class LinkGone(DomainError):  # noqa: N818 - reads as what happened
    """The link is used, old, or was never one."""

    def __init__(self) -> None:
        super().__init__(
            _("This link no longer works. Ask for a new one: it works once and for a short time.")
        )


def due_at(received: datetime, *, country: str, zone: str) -> datetime:
    """The last moment of the last day for an answer, in the organisation's zone."""
    local = ZoneInfo(zone)
    last: date = deadlines.due_on(received.astimezone(local).date(), country)
    return datetime.combine(last, time.max, local)


def appeal(request: RightsRequest, *, text: str, organisation: Any) -> None:
    """The person does not accept the answer; the appeal is to be answered within a month."""
    due = due_at(clock.now(), country=organisation.country, zone=organisation.time_zone)
    requests.appeal_request(request, text=text, due_at=due)


@transaction.atomic
def ask(
    *, kind: str, contact: str, message: str, purpose: str, language: str, country: str, zone: str
) -> RightsRequest:
    """Take a request in and mail the link that confirms it, in the organisation's scope.

    One that repeats an open one is linked to it and still has to be confirmed.
    """
    now = clock.now()
    request = requests.receive_request(
        kind=kind,
        channel=RequestChannel.PORTAL,
        contact=contact,
        message=message,
        purpose=purpose,
        language=language,
        received_at=now,
        due_at=due_at(now, country=country, zone=zone),
        duplicate_of=open_like(kind, contact),
    )
    requests.move(request, states.Status.VERIFYING)
    send_link(request, PortalLink.Purpose.CONFIRM)
    return request


def open_like(kind: str, contact: str) -> RightsRequest | None:
    """The first open request for the same with the same e-mail address: what a new one repeats."""
    index = blind_index(current_organisation_id()).email(contact)
    rows = RightsRequest.objects.filter(
        kind=kind, contact_index=index, status__in=list(states.OPEN), duplicate_of__isnull=True
    )
    return rows.order_by("received_at").first()


def send_link(request: RightsRequest, purpose: str) -> None:
    """Mail a new one-time link, once the caller's transaction commits. Those that no longer work
    go."""
    PortalLink.objects.filter(expires_at__lt=clock.now()).delete()
    link = PortalLink.objects.create(
        organisation_id=request.organisation_id,
        request=request,
        purpose=purpose,
        expires_at=clock.now() + kept_for("verification"),
    )
    mail_link.delay_on_commit(organisation_id=request.organisation_id, link_id=link.pk)


def ask_to_see(*, contact: str) -> None:
    """Mail a link to the requests made from an address, if there are any. Says nothing."""
    index = blind_index(current_organisation_id()).email(contact)
    latest = RightsRequest.objects.filter(contact_index=index).order_by("-received_at").first()
    if latest is not None:
        send_link(latest, PortalLink.Purpose.VIEW)


def token_of(link: PortalLink) -> str:
    """What stands in the mail."""
    return signing.Signer(salt=_SALT).sign(str(link.public_id))


def open_link(token: str) -> PortalLink:
    """The link that a token names, locked. In the organisation's scope. Raises LinkGone."""
    try:
        public_id = UUID(signing.Signer(salt=_SALT).unsign(token))
    except (signing.BadSignature, ValueError):
        raise LinkGone from None
    rows = PortalLink.objects.select_for_update(of=("self",)).select_related("request")
    link: PortalLink | None = rows.filter(public_id=public_id).first()
    if link is None or link.used_at or link.attempts >= ATTEMPTS or link.expires_at < clock.now():
        raise LinkGone
    return link


def asks_for_fact(link: PortalLink) -> bool:
    """Whether using it takes something that only the person knows."""
    return (
        link.purpose == PortalLink.Purpose.CONFIRM
        and link.request.kind in STEPPED_UP
        and link.request.status == RequestStatus.VERIFYING
    )


@transaction.atomic
def confirm(token: str, *, fact: str = "", skip: bool = False) -> tuple[RightsRequest, bool]:
    """Use a link: the request, and whether it needs no further check of identity.

    For what hands out or destroys content a fact is asked for as well. A wrong one is an attempt;
    who has none goes on with `skip`, and staff confirm who it is. Raises LinkGone.
    """
    link = open_link(token)
    request = link.request
    if link.purpose != PortalLink.Purpose.CONFIRM or request.status != RequestStatus.VERIFYING:
        _use(link)
        return request, True
    found = people_of(request)
    if link.request.kind in STEPPED_UP and found and not _knows(found, fact):
        if not skip:
            link.attempts += 1
            link.save(update_fields=["attempts"])
            return request, False
        _use(link)
        requests.wait_for_staff(request)
        return request, False
    _use(link)
    how = Verification.LINK_AND_FACT if request.kind in STEPPED_UP and found else Verification.LINK
    requests.verify_request(request, how=how, subject_ids=found)
    return request, True


def _use(link: PortalLink) -> None:
    link.used_at = clock.now()
    link.save(update_fields=["used_at"])


def _knows(subject_ids: list[UUID], fact: str) -> bool:
    """Whether the person said something that only they know. Without anybody to ask, nothing
    counts as known."""
    return bool(fact.strip()) and any(
        knows(current_organisation_id(), subject_ids, fact.strip()) for knows in hooks.facts
    )


def people_of(request: RightsRequest) -> list[UUID]:
    """The records whose e-mail address is the request's, wherever one is declared or a directory
    knows it."""
    if request.contact_index is None:
        return []
    address = words.read_words(request, "contact") or ""
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        found = set(_with_address(bytes(request.contact_index)))
        for directory in hooks.directories:
            found |= set(directory.with_address(request.organisation_id, address))
    return sorted(found, key=str)


def _with_address(index: bytes) -> list[UUID]:
    found: set[UUID] = set()
    for declaration in registry.declarations():
        ways = [way for way in declaration.subject if way.on_erase == "delete" and not way.by_value]
        for name, personal in declaration.personal_fields():
            if personal.index != "email" or declaration.model is RightsRequest:
                continue
            rows = declaration.model._default_manager.filter(**{name: index})  # noqa: SLF001 - Django's documented API
            for way in ways:
                found.update(rows.values_list(way.path, flat=True))
    return sorted(found - {None}, key=str)
