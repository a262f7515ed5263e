"""Whose data a request is about: where its asker is reached, and which records are theirs.

An e-mail address finds its own records. For whoever wrote by post or called, somebody looks them up
by what they said and confirms that they are theirs, or says that there are none.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_POST

from kaizo.core.errors import DomainError
from kaizo.core.permissions import Action, TenantRequest, allow
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.audit import register_actions
from privacy.rights import requests, states
from privacy.rights.access import access_request
from privacy.rights.hooks import hooks
from privacy.rights.models import RightsRequest, Verification
from privacy.rights.portal.services import people_of

register_actions(
    {
        "privacy.person.looked_up": {"found": int},
        "privacy.person.confirmed": {"records": int},
    }
)
_MOST = 50
# Before anything is done with the person's data: later, more records would be passed over.
_CHANGEABLE = frozenset(
    {states.Status.RECEIVED, states.Status.VERIFYING, states.Status.VERIFIED, states.Status.PLANNED}
)


class NoRecords(DomainError):  # noqa: N818 - reads as what happened
    """Identity was to be confirmed for somebody of whom no record was found or ruled out."""

    def __init__(self) -> None:
        super().__init__(
            _("No record of this person is known yet. Look them up, or say that there are none.")
        )


class LookUpForm(forms.Form):
    said = forms.CharField(
        label=gettext_lazy("Look the person up"),
        max_length=254,
        help_text=gettext_lazy(
            "By an e-mail address, a telephone number, the number of one of their conversations,"
            " or an agent's name."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


@dataclass(frozen=True, slots=True)
class Record:
    """One record of a person, in words that tell it from others."""

    subject_id: UUID
    words: str


@dataclass(frozen=True, slots=True)
class IdentityPanel:
    """`records` are those of the request so far, before identity is confirmed those that the
    address finds, too. `found` is what was looked up, None when nothing was."""

    contact: str | None
    records: Sequence[Record]
    found: Sequence[Record] | None
    may_change: bool


def identity_panel(
    request: RightsRequest, *, looked_up: Collection[UUID] | None = None
) -> IdentityPanel:
    from privacy.rights.words import read_words

    known = records_of(request)
    return IdentityPanel(
        contact=read_words(request, "contact"),
        records=_described(request, known),
        found=None if looked_up is None else _described(request, set(looked_up) - set(known)),
        may_change=request.status in _CHANGEABLE,
    )


def records_of(request: RightsRequest) -> list[UUID]:
    """Confirmed records, and while identity is not confirmed those that the address finds."""
    own = requests.subject_ids_of(request)
    by_address = people_of(request) if request.verified_at is None else []
    return list(dict.fromkeys([*own, *by_address]))


def look_up(request: RightsRequest, said: str, *, actor_user_id: int) -> list[UUID]:
    """Records that fit what somebody said. That there was a search is recorded, not for what."""
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        found = {
            subject_id
            for directory in hooks.directories
            for subject_id in directory.find(request.organisation_id, said.strip())
        }
    requests.audit(
        request,
        "privacy.person.looked_up",
        actor_user_id=actor_user_id,
        detail={"found": len(found)},
    )
    return sorted(found, key=str)[:_MOST]


@transaction.atomic
def attach(request: RightsRequest, subject_ids: Collection[UUID], *, actor_user_id: int) -> None:
    """These records are the person's too, as somebody confirms. Raises NotAllowedNow once the
    request is being carried out."""
    locked = requests.locked_request(request)
    if locked.status not in _CHANGEABLE:
        raise requests.NotAllowedNow
    wanted = list(subject_ids)
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        known = {record.subject_id for record in _described(locked, wanted)}
    for subject_id in [each for each in wanted if each in known]:
        if request.verified_at is not None and request.subject_id is None:
            request.subject_id = subject_id
            request.save(update_fields=["subject"])
        else:
            requests.add_subject(request, subject_id, actor_user_id=actor_user_id)
    if request.status == states.Status.VERIFIED:
        requests.arrived(request)  # what follows from who it is, follows for these as well
    requests.audit(
        request,
        "privacy.person.confirmed",
        actor_user_id=actor_user_id,
        detail={"records": len(known)},
    )


def confirm(request: RightsRequest, *, has_none: bool, actor_user_id: int) -> None:
    """Somebody of the staff has made sure who asks. Raises NoRecords when no record of the person
    is known and nobody has said that there is none (`has_none`)."""
    found = records_of(request)
    if not found and not has_none:
        raise NoRecords
    requests.verify_request(
        request, how=Verification.STAFF, subject_ids=found, actor_user_id=actor_user_id
    )


def _described(request: RightsRequest, subject_ids: Collection[UUID]) -> list[Record]:
    words: dict[UUID, str] = {}
    with purpose_scope(Purpose.SUBJECT_ACCESS):
        for directory in hooks.directories:
            words |= directory.describe(request.organisation_id, list(subject_ids))
    return [
        Record(subject_id, words[subject_id]) for subject_id in subject_ids if subject_id in words
    ]


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def look_up_person(request: TenantRequest, request_id: UUID) -> HttpResponse:
    """Shows what was found on the request's page. A POST: what is looked for stays out of
    addresses."""
    from privacy.rights.pages import request_page

    found = access_request(request_id)
    form = LookUpForm(request.POST)
    if not form.is_valid():
        return request_page(request, found, look_up_form=form)
    fitting = look_up(found, form.cleaned_data["said"], actor_user_id=request.actor.user_id)
    return request_page(request, found, looked_up=fitting)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def confirm_records(request: TenantRequest, request_id: UUID) -> HttpResponse:
    from privacy.rights.pages import to_request

    found = access_request(request_id)
    chosen = [key for text in request.POST.getlist("record") if (key := _uuid(text))]
    if chosen:
        attach(found, chosen, actor_user_id=request.actor.user_id)
        messages.success(request, _("Noted as the person's own."))
    return to_request(request, found)


@require_POST
@allow(Action.HANDLE_PRIVACY_REQUESTS)
def confirm_identity(request: TenantRequest, request_id: UUID) -> HttpResponse:
    from privacy.rights.pages import to_request

    found = access_request(request_id)
    try:
        confirm(found, has_none="none" in request.POST, actor_user_id=request.actor.user_id)
    except NoRecords as error:
        messages.error(request, str(error))
    return to_request(request, found)


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
