"""Taking requests in and moving them on. Whoever changes a request's status does it here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, current_organisation_id
from privacy.audit import record_event, register_actions
from privacy.models import Outcome, Subject
from privacy.rights import decisions, states, words
from privacy.rights.models import (
    Decision,
    RequestEvent,
    RequestStatus,
    RequestSubject,
    RightsRequest,
    Verification,
)
from privacy.vault.keys import blind_index

_STATUSES = frozenset(RequestStatus.values)
register_actions(
    {
        "privacy.request.received": {
            "kind": frozenset(states.Kind),
            "channel": frozenset(states.Channel),
        },
        "privacy.request.moved": {"before": _STATUSES, "after": _STATUSES},
        "privacy.request.extended": {},
    }
)


# What is done as soon as a request of a kind gets somewhere.
Follower = Callable[[RightsRequest], None]
_followers: dict[tuple[str, str], Follower] = {}


def follow(kind: str, status: str, follower: Follower) -> None:
    """Run `follower` in the transaction in which a request of this kind gets there. It must be safe
    to repeat."""
    _followers[kind, status] = follower


class NotAllowedNow(DomainError):  # noqa: N818 - reads as what happened
    """The request is not where this can be done."""

    def __init__(self) -> None:
        super().__init__(_("The request is not in a state in which this can be done."))


class NotVerified(DomainError):  # noqa: N818 - as above
    """Nobody knows yet that the request comes from the person."""

    def __init__(self) -> None:
        super().__init__(_("The identity of the person has to be confirmed first."))


class NoGround(DomainError):  # noqa: N818 - as above
    """The law does not let this right be refused so."""

    def __init__(self) -> None:
        super().__init__(_("The law does not know this ground against this right."))


class SamePerson(DomainError):  # noqa: N818 - as above
    """Four eyes are needed, and two were offered."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else has to do this."))


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
    _note(request, RequestEvent.What.MOVED, after=request.status, actor_user_id=entered_by_id)
    _audit(
        request,
        "privacy.request.received",
        actor_user_id=entered_by_id,
        detail={"kind": str(kind), "channel": str(channel)},
    )
    return request


@transaction.atomic
def move(
    request: RightsRequest,
    after: states.Status | str,
    *,
    actor_user_id: int | None = None,
    reason: str = "",
    waiting_for: Sequence[str] = (),
) -> RightsRequest:
    """Move a request on, under its row's lock. Raises NotAllowedNow when the table of states has no
    such way. `waiting_for` says what will wake it."""
    locked = _locked(request)
    before, after = states.Status(locked.status), states.Status(after)
    if not states.may_move(states.Kind(locked.kind), before, after):
        raise NotAllowedNow
    request.status, request.waiting_for = after.value, list(waiting_for)
    changed = ["status", "waiting_for"]
    if after is states.Status.CLOSED:
        request.closed_at = clock.now()
        changed.append("closed_at")
    request.save(update_fields=changed)
    _note(
        request,
        RequestEvent.What.MOVED,
        before=before.value,
        after=after.value,
        reason=reason,
        actor_user_id=actor_user_id,
    )
    _audit(
        request,
        "privacy.request.moved",
        actor_user_id=actor_user_id,
        detail={"before": before.value, "after": after.value},
        outcome=Outcome.REFUSED if after is states.Status.REFUSED else Outcome.DONE,
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
    _arrived(request)
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
    _note(request, RequestEvent.What.MOVED, after=request.status, reason="replayed")
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


@transaction.atomic
def refuse_request(
    request: RightsRequest, *, ground: str, text: str, actor_user_id: int
) -> RightsRequest:
    """Refuse on one of the law's grounds for this very right. Whoever is told so can appeal to
    somebody else. Raises NoGround for another right's."""
    if not decisions.may_refuse(request.kind, ground):
        raise NoGround
    move(request, states.Status.REFUSED, actor_user_id=actor_user_id, reason=ground)
    _decide(request, Decision.REFUSED, text, actor_user_id)
    request.refusal_ground = ground
    request.save(
        update_fields=[
            "decision", "decision_text", "decided_at", "decided_by_id", "refusal_ground",
            "appeal_decided_by_id",
        ]
    )  # fmt: skip
    _tell_decision(request, text, actor_user_id)
    _arrived(request)
    return request


def grant(request: RightsRequest, decision: str, text: str, actor_user_id: int | None) -> None:
    """Note the decision on a request that is or will be carried out."""
    _decide(request, decision, text, actor_user_id)
    request.refusal_ground = ""
    request.save(
        update_fields=[
            "decision", "decision_text", "decided_at", "decided_by_id", "refusal_ground",
            "appeal_decided_by_id",
        ]
    )  # fmt: skip
    _tell_decision(request, text, actor_user_id)


@transaction.atomic
def finish(
    request: RightsRequest, decision: str, text: str, *, actor_user_id: int | None, reason: str = ""
) -> None:
    """Close a request that needs no plan and that was carried out, with the decision on it."""
    for after in (states.Status.RUNNING, states.Status.VERIFIED_DONE, states.Status.CLOSED):
        if request.status != after:
            move(request, after, actor_user_id=actor_user_id, reason=reason)
    grant(request, decision, text, actor_user_id)


@transaction.atomic
def appeal_request(
    request: RightsRequest, *, text: str, due_at: datetime | None = None
) -> RightsRequest:
    """The person does not accept the answer. An appeal has a month of its own, until `due_at`."""
    request.appealed_at = clock.now()
    if due_at is not None:
        request.due_at, request.extended_to = due_at, None
        request.save(update_fields=["due_at", "extended_to"])
    request.appeal_text = words.seal(request, "appeal_text", text)
    move(request, states.Status.APPEALED)
    request.save(update_fields=["appealed_at", "appeal_text"])
    _arrived(request)
    return request


@transaction.atomic
def decide_appeal(
    request: RightsRequest, *, uphold: bool, actor_user_id: int, text: str = ""
) -> RightsRequest:
    """Take the request up again (`uphold`) or leave it as it was decided; `text` tells the person
    why. Raises SamePerson for whoever decided the first time."""
    if actor_user_id == request.decided_by_id:
        raise SamePerson
    stands = request.decision != Decision.REFUSED
    rejected = states.Status.CLOSED if stands else states.Status.REFUSED
    after = states.Status.VERIFIED if uphold else rejected
    if uphold and request.verified_at is None:
        raise NotVerified
    request.appeal_decided_by_id = actor_user_id
    move(request, after, actor_user_id=actor_user_id, reason="appeal")
    request.save(update_fields=["appeal_decided_by_id"])
    if text:
        _tell_decision(request, text, actor_user_id, of_appeal=True)
    _arrived(request)
    return request


@transaction.atomic
def extend_request(request: RightsRequest, *, until: datetime, actor_user_id: int) -> RightsRequest:
    """Move the deadline (GDPR Art. 12(3)). The caller has worked out whether that is allowed."""
    locked = _locked(request)
    if locked.status not in states.OPEN or locked.extended_to is not None:
        raise NotAllowedNow
    request.extended_to = until
    request.save(update_fields=["extended_to"])
    _note(request, RequestEvent.What.EXTENDED, actor_user_id=actor_user_id)
    _audit(request, "privacy.request.extended", actor_user_id=actor_user_id)
    return request


def subject_ids_of(request: RightsRequest) -> list[UUID]:
    """Every record of the person that the request is about, sorted."""
    further = RequestSubject.objects.filter(request=request).values_list("subject_id", flat=True)
    return sorted({*further, *([request.subject_id] if request.subject_id else [])}, key=str)


def require_verified(request: RightsRequest) -> None:
    """Raise NotVerified unless it is known that the request comes from the person."""
    if request.verified_at is None or request.status not in states.ESTABLISHED:
        raise NotVerified


def note_event(
    request: RightsRequest, what: str, *, reason: str = "", actor_user_id: int | None = None
) -> None:
    """Add something that did not move the request to its history."""
    _note(request, what, reason=reason, actor_user_id=actor_user_id)


def _tell_decision(
    request: RightsRequest, text: str, actor_user_id: int | None, *, of_appeal: bool = False
) -> None:
    """Every decision says what can be done about it, and who watches over us (GDPR Art. 12(4))."""
    from privacy.rights.correspondence.decisions import tell_decision

    tell_decision(request, text, actor_user_id=actor_user_id, of_appeal=of_appeal)


def _arrived(request: RightsRequest) -> None:
    if follower := _followers.get((request.kind, request.status)):
        follower(request)


def _decide(request: RightsRequest, decision: str, text: str, actor_user_id: int | None) -> None:
    request.decision, request.decided_at = decision, clock.now()
    request.decided_by_id = actor_user_id
    # Of a request that an appeal has opened again; who decided that stands in its history.
    request.appeal_decided_by_id = None
    request.decision_text = words.seal(request, "decision_text", text) if text else None


def _locked(request: RightsRequest) -> RightsRequest:
    locked: RightsRequest = RightsRequest.objects.select_for_update(of=("self",)).get(pk=request.pk)
    return locked


def _note(
    request: RightsRequest,
    what: str,
    *,
    before: str = "",
    after: str = "",
    reason: str = "",
    actor_user_id: int | None = None,
) -> None:
    RequestEvent(
        organisation_id=request.organisation_id,
        request=request,
        what=what,
        before=before,
        after=after,
        reason=reason,
        actor_user_id=actor_user_id,
    ).save(force_insert=True)


def _audit(
    request: RightsRequest,
    action: str,
    *,
    actor_user_id: int | None,
    detail: dict[str, int | bool | str] | None = None,
    outcome: str = Outcome.DONE,
) -> None:
    record_event(
        organisation_id=request.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RightsRequest",
        object_id=request.public_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        outcome=outcome,
        detail=detail,
    )
