"""Taking requests in, and establishing who asks."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from kaizo.core import clock
from kaizo.core.tenancy import current_organisation_id
from privacy.models import Subject
from privacy.rights import states, words
from privacy.rights.models import (
    RequestEvent,
    RequestStatus,
    RequestSubject,
    RightsRequest,
    Verification,
)
from privacy.rights.requests.errors import NotVerified
from privacy.rights.requests.moving import arrived, audit, move, note_event, wait_for_staff
from privacy.vault.keys import blind_index


@transaction.atomic
def receive_request(  # noqa: PLR0913 - a request has that many sides
    *,
    kind: str,
    channel: str,
    contact: str = "",
    message: str = "",
    language: str = "",
    received_at: datetime | None = None,
    due_at: datetime | None = None,
    subject_id: UUID | None = None,
    account_user_id: int | None = None,
    entered_by_id: int | None = None,
    duplicate_of: RightsRequest | None = None,
    purpose: str = "",
    target_type: str = "",
    target_id: str = "",
) -> RightsRequest:
    """Take a request in, in the scope of its organisation. It is verified separately, a duplicate
    as much as any other."""
    organisation_id = current_organisation_id()
    request = RightsRequest(
        organisation_id=organisation_id,
        kind=kind,
        channel=channel,
        language=language,
        received_at=received_at or clock.now(),
        due_at=due_at,
        subject_id=subject_id,
        account_user_id=account_user_id,
        entered_by_id=entered_by_id,
        duplicate_of=duplicate_of,
        purpose=purpose,
        target_type=target_type,
        target_id=target_id,
    )
    if contact:
        request.contact = words.seal(request, "contact", contact)
        if "@" in contact:
            request.contact_index = blind_index(organisation_id).email(contact)
    if message:
        request.message = words.seal(request, "message", message)
    request.save(force_insert=True)
    note_event(request, RequestEvent.What.MOVED, after=request.status, actor_user_id=entered_by_id)
    audit(
        request,
        "privacy.request.received",
        actor_user_id=entered_by_id,
        detail={"kind": str(kind), "channel": str(channel)},
    )
    return request


@transaction.atomic
def verify_request(
    request: RightsRequest,
    *,
    how: str,
    subject_ids: Sequence[UUID] = (),
    actor_user_id: int | None = None,
) -> RightsRequest:
    """The person is who they say. `subject_ids` are their records here: the first becomes the
    request's subject, the others are further ones. None at all is an answer, too."""
    found = list(Subject.objects.filter(pk__in=subject_ids).values_list("pk", flat=True))
    ordered = [subject_id for subject_id in dict.fromkeys(subject_ids) if subject_id in found]
    if ordered and request.subject_id is None:
        request.subject_id = ordered[0]
    request.verification, request.verified_at = how, clock.now()
    request.verified_by_id = actor_user_id
    move(request, states.Status.VERIFIED, actor_user_id=actor_user_id)
    request.save(update_fields=["subject", "verification", "verified_at", "verified_by_id"])
    for subject_id in ordered:
        if subject_id != request.subject_id:
            add_subject(request, subject_id, actor_user_id=actor_user_id)
    arrived(request)
    if actor_user_id is None and request.status in states.OPEN:
        wait_for_staff(request)
    return request


def recover_request(
    public_id: UUID, *, kind: str, subject_ids: Sequence[UUID], at: datetime, purpose: str = ""
) -> RightsRequest:
    """The request of an order in the ledger, as far as the ledger knows it, when the restored
    database is older than it. Staff find it on the board and go on with it."""
    found: RightsRequest | None = RightsRequest.objects.filter(public_id=public_id).first()
    if found is not None:
        return found
    known = set(Subject.objects.filter(pk__in=subject_ids).values_list("pk", flat=True))
    request = RightsRequest(
        organisation_id=current_organisation_id(),
        public_id=public_id,
        kind=kind,
        channel=states.Channel.STAFF,
        status=RequestStatus.VERIFIED,
        verification=Verification.STAFF,
        verified_at=at,
        received_at=at,
        purpose=purpose,
        subject_id=min(known, key=str, default=None),
    )
    request.save(force_insert=True)
    note_event(request, RequestEvent.What.MOVED, after=request.status, reason="replayed")
    for subject_id in known - {request.subject_id}:
        add_subject(request, subject_id)
    return request


def add_subject(
    request: RightsRequest, subject_id: UUID, *, actor_user_id: int | None = None
) -> None:
    """One more record of the same person, as somebody has confirmed. Idempotent."""
    RequestSubject.objects.get_or_create(
        organisation_id=request.organisation_id,
        request=request,
        subject_id=subject_id,
        defaults={"confirmed_by_id": actor_user_id},
    )


def subject_ids_of(request: RightsRequest) -> list[UUID]:
    """Every record of the person that the request is about, sorted."""
    further = RequestSubject.objects.filter(request=request).values_list("subject_id", flat=True)
    return sorted({*further, *([request.subject_id] if request.subject_id else [])}, key=str)


def require_verified(request: RightsRequest) -> None:
    """Raise NotVerified unless it is known that the request comes from the person."""
    if request.verified_at is None or request.status not in states.ESTABLISHED:
        raise NotVerified
