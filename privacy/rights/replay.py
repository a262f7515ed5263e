"""After a restore: doing again what the ledger says, before anybody is let in.

A main database restored from before an entry has the person back: rows, state and all. The entry
in the vault names them by random ids, and their keys are still destroyed, so nothing of theirs can
be read meanwhile; replaying takes the rows away again. A restored vault may have a key back: the
main database knows who is erased, and the key goes again.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.core.exceptions import ImproperlyConfigured

from kaizo.core.logs import get_logger
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.audit import record_event, register_actions
from privacy.models import Subject, SubjectState
from privacy.organisations import organisation_ids
from privacy.rights import ledger, verifier
from privacy.rights.erasing import Everything, erase_rows
from privacy.rights.executor import kept_of
from privacy.rights.ledger import mark_known
from privacy.rights.models import Plan
from privacy.rights.people import Person, identifiers_of, load_person, set_state
from privacy.vault.keys import destroy_keys
from privacy.vault.models import LedgerAction, LedgerEntry
from privacy.vault.suppression import suppress

log = get_logger(__name__)
register_actions({"privacy.ledger.replayed": {"action": frozenset(LedgerAction.values)}})

# What does an entry that is no erasure again: registered by whoever writes such entries.
Replayer = Callable[[LedgerEntry], None]
_replayers: dict[str, Replayer] = {}


@dataclass(frozen=True, slots=True)
class Order:
    """An entry that is no erasure, as the main database remembers it."""

    entry_id: UUID
    action: str
    subject_ids: Sequence[UUID]
    request_id: UUID
    scope: str = ""


# Every order that may have been written for an organisation, in order. Inside the tenant's scope.
Rememberer = Callable[[], Iterable[Order]]
_rememberers: list[Rememberer] = []


def register_rememberer(rememberer: Rememberer) -> None:
    """Use `rememberer` to write back what a restored vault has lost."""
    if rememberer not in _rememberers:
        _rememberers.append(rememberer)


class ReplayFailed(RuntimeError):  # noqa: N818 - reads as what happened
    """Something is left of a person who was erased."""


@dataclass(slots=True)
class Replayed:
    entries: int = 0
    keys: int = 0
    written_back: int = 0


def register_replayer(action: str, replayer: Replayer) -> None:
    """`replayer` runs in the tenant's scope and must be safe to repeat."""
    _replayers[action] = replayer


def replay(*, since: datetime | None) -> Replayed:
    """Carry out again, for every organisation and in order, the entries written since then and all
    that this database does not know of. Idempotent. Outside any scope.

    Raises ReplayFailed when something is left afterwards; the entry then stays unknown, and traffic
    stays refused.
    """
    done = Replayed()
    for organisation_id in organisation_ids():
        unknown = {entry.entry_id for entry in ledger.unknown_entries(organisation_id)}
        for entry in ledger.entries_since(organisation_id, None):
            if entry.entry_id in unknown or (since and entry.written_at >= since):
                _replay_entry(entry)
                done.entries += 1
        done.keys += _destroy_returned_keys(organisation_id)
        done.written_back += _write_back(organisation_id)
    return done


def refuse_unreplayed() -> None:
    """Raise ImproperlyConfigured when a database was restored and the ledger not replayed: people
    who were erased would be back. Two look-ups when all is well."""
    if behind := organisations_to_replay():
        msg = (
            f"{len(behind)} organisation(s) have erasures that only one of the two databases knows"
            " of: one was restored from a backup. Run manage.py privacy_replay first."
        )
        raise ImproperlyConfigured(msg)


def organisations_to_replay() -> list[int]:
    """Organisations that are behind, apart from erasures that a worker is about to begin."""
    return [
        organisation_id
        for organisation_id in ledger.organisations_behind()
        if ledger.lost_entries(organisation_id) or _unexplained(organisation_id)
    ]


def _unexplained(organisation_id: int) -> bool:
    """An approved plan whose entry is written and not marked yet was interrupted, not restored: its
    task goes on."""
    unknown = {entry.entry_id for entry in ledger.unknown_entries(organisation_id)}
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        begun = Plan.objects.filter(
            public_id__in=unknown, approved_at__isnull=False, superseded_at__isnull=True
        )
        return bool(unknown - set(begun.values_list("public_id", flat=True)))


def _replay_entry(entry: LedgerEntry) -> None:
    organisation_id = entry.organisation_id
    if entry.action == LedgerAction.ERASE:
        _erase_again(entry)
    elif replayer := _replayers.get(entry.action):
        with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
            replayer(entry)
    else:
        msg = f"Nobody knows how to replay {entry.action}."
        raise ReplayFailed(msg)
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        mark_known(organisation_id, entry.entry_id)
        record_event(
            organisation_id=organisation_id,
            action="privacy.ledger.replayed",
            object_type="vault.LedgerEntry",
            object_id=entry.entry_id,
            detail={"action": entry.action},
        )
    log.info("ledger_entry_replayed", entry=str(entry.entry_id), action=entry.action)


def _erase_again(entry: LedgerEntry) -> None:
    """Holds count as they do today: what is under one stays dark and is left to its request."""
    organisation_id = entry.organisation_id
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        person = load_person(organisation_id, entry.subject_ids)
        set_state(person, SubjectState.ERASING)
        for kind, hashes in identifiers_of(person).items():
            suppress(
                organisation_id=organisation_id,
                kind=kind,
                hashes=hashes,
                cutoff=entry.written_at,
            )
    erase_rows(person, Everything(), seconds=float("inf"))
    kept = kept_of(person)
    if left := verifier.find_left_over(person, kept):
        msg = f"Entry {entry.entry_id}: {', '.join(sorted({found.label for found in left}))}."
        raise ReplayFailed(msg)
    if not any(kept.values()):
        _finish(person)


def _finish(person: Person) -> None:
    with tenant_scope(person.organisation_id, purpose=Purpose.STORAGE):
        set_state(person, SubjectState.ERASED)
    destroy_keys(person.organisation_id, person.subject_ids)


def _destroy_returned_keys(organisation_id: int) -> int:
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        rows = Subject.objects.filter(state=SubjectState.ERASED).values_list("pk", flat=True)
        erased = list(rows)
    return destroy_keys(organisation_id, erased)


def _write_back(organisation_id: int) -> int:
    """Entries that a restored vault has lost, as plans and orders here remember them."""
    lost = ledger.lost_entries(organisation_id)
    if not lost:
        return 0
    with tenant_scope(organisation_id, purpose=Purpose.STORAGE):
        plans = list(Plan.objects.filter(public_id__in=lost).select_related("request"))
        orders = [order for ask in _rememberers for order in ask() if order.entry_id in lost]
    for plan in plans:
        ledger.write_entry(
            organisation_id=organisation_id,
            entry_id=plan.public_id,
            action=LedgerAction.ERASE,
            subject_ids=list(plan.data["subjects"]),
            request_id=plan.request.public_id,
            plan_digest=plan.digest,
        )
    for order in orders:
        ledger.write_entry(
            organisation_id=organisation_id,
            entry_id=order.entry_id,
            action=order.action,
            subject_ids=order.subject_ids,
            request_id=order.request_id,
            scope=order.scope,
        )
    return len(plans) + len(orders)
