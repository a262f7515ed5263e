"""Withdrawing consent (GDPR Art. 7(3)): as easy as giving it, so it takes effect with the proof of
who asks, and nobody decides about it."""

from __future__ import annotations

import uuid

from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext as _

from privacy.rights import states
from privacy.rights.models import Decision, RequestStatus, RightsRequest
from privacy.rights.objection.models import Use
from privacy.rights.objection.services import bar, note_use
from privacy.rights.replay import register_replayer
from privacy.rights.requests import finish, follow, recover_request, subject_ids_of
from privacy.vault.models import LedgerAction, LedgerEntry


def withdraw(request: RightsRequest) -> None:
    """Stop whatever rests on consent, for every record of the person, and answer. Idempotent."""
    subject_ids = subject_ids_of(request)
    if subject_ids:
        bar(request, Use.CONSENTED.value, subject_ids, action=LedgerAction.WITHDRAW)
    if request.status == RequestStatus.VERIFIED:
        with translation.override(request.language or settings.LANGUAGE_CODE):
            text = _(
                "Your consent is withdrawn: nothing of yours is used on its ground any more. What"
                " was done before stays lawful. If you want the data erased as well, ask for it."
            )
        finish(request, Decision.GRANTED, text, actor_user_id=None)


def _withdraw_again(entry: LedgerEntry) -> None:
    request = recover_request(
        entry.request_id or uuid.uuid4(),
        kind=states.Kind.CONSENT_WITHDRAWAL,
        subject_ids=entry.subject_ids,
        at=entry.written_at,
    )
    note_use(request, entry.scope, entry.subject_ids)


register_replayer(LedgerAction.WITHDRAW, _withdraw_again)
follow(states.Kind.CONSENT_WITHDRAWAL, states.Status.VERIFIED, withdraw)
