"""Stopping a use at once, weighing it after, and deciding by a second person."""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from uuid import UUID

from django.db import transaction
from django.utils import translation
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.tenancy import Purpose, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.models import Subject
from privacy.rights import ledger, states
from privacy.rights.hooks import hooks
from privacy.rights.models import Decision, RefusalGround, RequestStatus, RightsRequest
from privacy.rights.objection.models import (
    NEVER_WEIGHED,
    Balancing,
    BarredUse,
    Use,
    uses_of,
)
from privacy.rights.people import identifiers_of, load_person
from privacy.rights.replay import Order, register_rememberer, register_replayer
from privacy.rights.requests import (
    NotAllowedNow,
    SamePerson,
    finish,
    follow,
    recover_request,
    refuse_request,
    require_verified,
    subject_ids_of,
)
from privacy.rights.words import cipher_of
from privacy.subjects import lock_subjects
from privacy.vault.cipher import aad
from privacy.vault.models import LedgerAction, LedgerEntry, SuppressionKind, SuppressionMode
from privacy.vault.suppression import suppress

_Outcome = Balancing.Outcome
_WORDS = ("interests", "situation", "less")
register_actions(
    {
        "privacy.use.barred": {"use": frozenset(Use.values)},
        "privacy.use.allowed": {"use": frozenset(Use.values)},
        "privacy.objection.weighed": {"proposed": frozenset(_Outcome.values)},
        "privacy.objection.decided": {"outcome": frozenset(_Outcome.values)},
    }
)
# What the suppression list remembers of somebody beyond their records here.
_MODES = {Use.AI.value: SuppressionMode.NO_LLM, Use.MARKETING.value: SuppressionMode.NO_MARKETING}


@transaction.atomic
def stop(request: RightsRequest) -> None:
    """Stop what is objected to, for every record of the person; what is never weighed is answered
    with it. Idempotent."""
    subject_ids = subject_ids_of(request)
    uses = uses_of(request.purpose)
    for use in uses:
        bar(request, use, subject_ids)
    if set(uses) <= NEVER_WEIGHED and request.status == RequestStatus.VERIFIED:
        _remember(request, uses)
        _answer(request, actor_user_id=None)


@transaction.atomic
def weigh(
    request: RightsRequest, *, words: dict[str, str], proposed: str, actor_user_id: int
) -> Balancing:
    """Put both sides' interests down (`words`: interests, situation, less) and propose an outcome,
    for somebody else to decide. Until then a later one takes its place."""
    require_verified(request)
    if request.status != RequestStatus.VERIFIED or set(uses_of(request.purpose)) <= NEVER_WEIGHED:
        raise NotAllowedNow
    Balancing.objects.filter(request=request, decided_at__isnull=True).delete()
    balancing = Balancing(
        organisation_id=request.organisation_id,
        request=request,
        proposed=proposed,
        proposed_by_id=actor_user_id,
    )
    for name in _WORDS:
        sealed = cipher_of(request).encrypt(words[name], _aad(request, name))
        setattr(balancing, name, sealed)
    balancing.save(force_insert=True)
    _record(request, "privacy.objection.weighed", actor_user_id, {"proposed": proposed})
    return balancing


@transaction.atomic
def decide(balancing: Balancing, *, outcome: str, text: str, actor_user_id: int) -> None:
    """The second person's decision. Raises SamePerson for whoever wrote the balancing."""
    if actor_user_id == balancing.proposed_by_id:
        raise SamePerson
    request = balancing.request
    balancing.outcome, balancing.decided_at = outcome, clock.now()
    balancing.decided_by_id = actor_user_id
    balancing.save(update_fields=["outcome", "decided_at", "decided_by_id"])
    _record(request, "privacy.objection.decided", actor_user_id, {"outcome": outcome})
    if outcome == _Outcome.OVERRIDDEN:
        ground = RefusalGround.COMPELLING
        refuse_request(
            request,
            ground=ground,
            text=text,
            proposed_by_id=balancing.proposed_by_id,
            actor_user_id=actor_user_id,
        )
        return
    _remember(request, uses_of(request.purpose))
    finish(request, Decision.GRANTED, text, actor_user_id=actor_user_id)


def balancing_of(request: RightsRequest) -> Balancing | None:
    """The one that waits for a decision, else the last decided one."""
    rows = Balancing.objects.filter(request=request).select_related("request")
    return rows.order_by("-proposed_at", "-pk").first()


def words_of(balancing: Balancing) -> dict[str, str]:
    """What a balancing says. Raises Erased once the request's words have ended."""
    request = balancing.request
    cipher = cipher_of(request)
    return {name: cipher.decrypt(getattr(balancing, name), _aad(request, name)) for name in _WORDS}


def allow_again(request: RightsRequest) -> None:
    """The objection is refused: what only it stopped goes on."""
    found = BarredUse.objects.filter(request=request, ended_at__isnull=True)
    pairs = list(found.values_list("use", "subject_id"))
    found.update(ended_at=clock.now())
    for use in sorted({use for use, _subject in pairs}):
        subjects = {subject for each, subject in pairs if each == use}
        others = BarredUse.objects.filter(subject_id__in=subjects, use=use, ended_at__isnull=True)
        free = sorted(subjects - set(others.values_list("subject_id", flat=True)), key=str)
        _order(request, use, free, ends=True)
        with purpose_scope(Purpose.STORAGE):
            for hook in hooks.allowing.get(use, ()):
                hook(request.organisation_id, free)
        _record(request, "privacy.use.allowed", None, {"use": use})


def bar(
    request: RightsRequest,
    use: str,
    subject_ids: Sequence[UUID],
    *,
    action: LedgerAction = LedgerAction.OBJECT,
) -> None:
    """Stop one use of people's data on a request; `action` is what the ledger calls it."""
    if not subject_ids:
        return
    note_use(request, use, subject_ids)
    _order(request, use, subject_ids, ends=False, action=action)
    _let_go(request.organisation_id, use, subject_ids)
    _record(request, "privacy.use.barred", None, {"use": use})


def note_use(request: RightsRequest, use: str, subject_ids: Iterable[UUID]) -> None:
    """Note that a use is stopped, for those of the people who are here. Idempotent."""
    known = Subject.objects.filter(pk__in=list(subject_ids)).values_list("pk", flat=True)
    BarredUse.objects.bulk_create(
        [
            BarredUse(
                organisation_id=request.organisation_id,
                request=request,
                subject_id=subject_id,
                use=use,
            )
            for subject_id in known
        ],
        ignore_conflicts=True,
    )


def _let_go(organisation_id: int, use: str, subject_ids: Sequence[UUID]) -> None:
    """Whoever uses the data lets go of it now; who writes about the people is waited for."""
    lock_subjects(subject_ids)
    with purpose_scope(Purpose.STORAGE):
        for hook in hooks.barring.get(use, ()):
            hook(organisation_id, subject_ids)


def _remember(request: RightsRequest, uses: Sequence[str]) -> None:
    """Put the person's addresses on the suppression list, in case they come back under another
    record. Who objects to everything is not taken in again at all."""
    with purpose_scope(Purpose.STORAGE):
        person = load_person(request.organisation_id, subject_ids_of(request))
        found = identifiers_of(person)
    modes = [_MODES[use] for use in uses if use in _MODES]
    if request.purpose == Use.EVERYTHING:
        modes.append(SuppressionMode.BLOCK)
    for kind, hashes in found.items():
        for mode in modes:
            if mode is SuppressionMode.BLOCK or kind == SuppressionKind.EMAIL:
                suppress(
                    organisation_id=request.organisation_id, kind=kind, hashes=hashes, mode=mode
                )


def _answer(request: RightsRequest, *, actor_user_id: int | None) -> None:
    with translation.override(request.language or None):
        text = str(_("We have stopped this use of your data for good."))
    finish(request, Decision.GRANTED, text, actor_user_id=actor_user_id)


def _order(
    request: RightsRequest,
    use: str,
    subject_ids: Sequence[UUID],
    *,
    ends: bool,
    action: LedgerAction = LedgerAction.OBJECT,
) -> None:
    """Write the order to the ledger. One that ends a stop has the use's name with a minus."""
    if not subject_ids:
        return
    times = BarredUse.objects.filter(request=request, use=use, ended_at__isnull=False).count()
    scope = f"-{use}" if ends else use
    entry_id = _entry_id(request, action, scope, times)
    ledger.write_entry(
        organisation_id=request.organisation_id,
        entry_id=entry_id,
        action=action,
        subject_ids=subject_ids,
        request_id=request.public_id,
        scope=scope,
    )
    ledger.mark_known(request.organisation_id, entry_id)


def _entry_id(request: RightsRequest, action: LedgerAction, scope: str, times: int) -> UUID:
    return uuid.uuid5(request.public_id, f"{action.value}:{scope}:{times}")


def _orders() -> Iterator[Order]:
    """Whatever may have been ordered: a stop and its end for every number of rows that ended."""
    rows = BarredUse.objects.select_related("request").order_by("request_id", "use", "pk")
    for (request, use), group in groupby(rows, key=lambda row: (row.request, row.use)):
        found = list(group)
        consented = use == Use.CONSENTED
        action = LedgerAction.WITHDRAW if consented else LedgerAction.OBJECT
        subjects = sorted({row.subject_id for row in found}, key=str)
        for times in range(sum(1 for row in found if row.ended_at) + 1):
            for scope in (f"-{use}", use):  # an end is counted before what follows it
                entry_id = _entry_id(request, action, scope, times)
                yield Order(entry_id, action, subjects, request.public_id, scope)


def _record(
    request: RightsRequest,
    action: str,
    actor_user_id: int | None,
    detail: dict[str, int | bool | str],
) -> None:
    record_event(
        organisation_id=request.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.RightsRequest",
        object_id=request.public_id,
        subject_id=request.subject_id,
        purpose=Purpose.SUBJECT_ACCESS,
        detail={key: str(value) for key, value in detail.items()},
    )


def _aad(request: RightsRequest, name: str) -> bytes:
    key = request.public_id
    return aad(request.organisation_id, f"privacy_rights.Balancing.{name}", key, key)


def _object_again(entry: LedgerEntry) -> None:
    use, ends = entry.scope.removeprefix("-"), entry.scope.startswith("-")
    assert entry.request_id is not None  # noqa: S101 - every objection has one
    request = recover_request(
        entry.request_id,
        kind=states.Kind.OBJECTION,
        subject_ids=entry.subject_ids,
        at=entry.written_at,
        purpose=use,
    )
    if not ends:
        note_use(request, use, entry.subject_ids)
        _let_go(entry.organisation_id, use, entry.subject_ids)
        return
    BarredUse.objects.filter(
        request=request, use=use, subject_id__in=entry.subject_ids, ended_at__isnull=True
    ).update(ended_at=entry.written_at)
    with purpose_scope(Purpose.STORAGE):
        for hook in hooks.allowing.get(use, ()):
            hook(entry.organisation_id, entry.subject_ids)


register_rememberer(_orders)
register_replayer(LedgerAction.OBJECT, _object_again)
follow(states.Kind.OBJECTION, states.Status.VERIFIED, stop)
follow(states.Kind.OBJECTION, states.Status.APPEALED, stop)  # stopped first, weighed again after
follow(states.Kind.OBJECTION, states.Status.REFUSED, allow_again)
