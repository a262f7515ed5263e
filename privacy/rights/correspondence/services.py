"""Writing to the person, and being written to."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from privacy.audit import record_event, register_actions
from privacy.rights.correspondence.models import RequestMessage
from privacy.rights.models import RequestEvent, RightsRequest
from privacy.rights.requests import note_event, wait_for_staff
from privacy.rights.words import cipher_of
from privacy.vault.cipher import Erased, aad

_Kind = RequestMessage.Kind
register_actions(
    {
        "privacy.message.written": {"kind": frozenset(_Kind.values), "from_person": bool},
        "privacy.message.told_by_hand": {},
    }
)


class NothingSaid(DomainError):  # noqa: N818 - reads as what happened
    """A letter without words."""

    def __init__(self) -> None:
        super().__init__(_("Write something first."))


@dataclass(frozen=True, slots=True)
class Letter:
    """A letter as a page shows it; `text` is None once the request's words have ended."""

    message: RequestMessage
    text: str | None

    @property
    def at(self) -> datetime:
        return self.message.written_at


@transaction.atomic
def write_to_person(
    request: RightsRequest, *, text: str, actor_user_id: int | None, kind: str = _Kind.MESSAGE
) -> RequestMessage:
    """Put a letter into the request's thread; a mail that says nothing of it goes out once the
    caller's transaction commits. Raises NothingSaid."""
    from privacy.rights.correspondence.tasks import mail_notice

    message = _write(request, text=text, kind=kind, written_by_id=actor_user_id)
    note_event(request, RequestEvent.What.MESSAGE, reason=kind, actor_user_id=actor_user_id)
    if has_mailbox(request):
        mail_notice.delay_on_commit(organisation_id=request.organisation_id, message_id=message.pk)
    return message


@transaction.atomic
def write_as_person(request: RightsRequest, *, text: str) -> RequestMessage:
    """What the person adds behind their link. Raises NothingSaid."""
    message = _write(request, text=text, kind=_Kind.MESSAGE, is_from_person=True)
    note_event(request, RequestEvent.What.MESSAGE, reason="from_person")
    wait_for_staff(request)
    return message


def tell_by_hand(message: RequestMessage, *, actor_user_id: int) -> None:
    """Somebody has sent the letter by post or said it on the telephone."""
    message.told_at, message.told_by_hand = clock.now(), True
    message.save(update_fields=["told_at", "told_by_hand"])
    _record("privacy.message.told_by_hand", message, actor_user_id, {})


def has_mailbox(request: RightsRequest) -> bool:
    """Whether the request names an e-mail address to tell the person at."""
    return request.contact_index is not None


def letters_of(request: RightsRequest) -> list[Letter]:
    """The request's thread, from its beginning."""
    messages = RequestMessage.objects.filter(request=request).order_by("written_at", "pk")
    return [Letter(message, read_message(request, message)) for message in messages]


def read_message(request: RightsRequest, message: RequestMessage) -> str | None:
    try:
        return cipher_of(request).decrypt(message.body, _aad(request, message))
    except Erased:
        return None


def _write(
    request: RightsRequest,
    *,
    text: str,
    kind: str,
    written_by_id: int | None = None,
    is_from_person: bool = False,
) -> RequestMessage:
    if not text.strip():
        raise NothingSaid
    message = RequestMessage(
        organisation_id=request.organisation_id,
        request=request,
        kind=kind,
        is_from_person=is_from_person,
        written_by_id=written_by_id,
    )
    message.body = cipher_of(request).encrypt(text.strip(), _aad(request, message))
    message.save(force_insert=True)
    detail: dict[str, int | bool | str] = {"kind": str(kind), "from_person": is_from_person}
    _record("privacy.message.written", message, written_by_id, detail)
    return message


def _record(
    action: str,
    message: RequestMessage,
    actor_user_id: int | None,
    detail: dict[str, int | bool | str],
) -> None:
    record_event(
        organisation_id=message.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RequestMessage",
        object_id=message.public_id,
        subject_id=message.request.subject_id,
        detail=detail,
    )


def _aad(request: RightsRequest, message: RequestMessage) -> bytes:
    field = "privacy_rights.RequestMessage.body"
    return aad(request.organisation_id, field, message.public_id, request.public_id)
