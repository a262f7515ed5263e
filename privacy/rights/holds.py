"""Legal holds: rows, not people. What is not under one is erased at once."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import Purpose, current_organisation_id, purpose_scope
from privacy.audit import record_event, register_actions
from privacy.registry import registry
from privacy.rights import states
from privacy.rights.graph import Edge, ErasureGraph, Group, targets_of
from privacy.rights.models import HeldRow, HoldReason, LegalHold, RequestStatus, RightsRequest
from privacy.rights.requests import SamePerson, move
from privacy.vault.cipher import aad
from privacy.vault.keys import organisation_cipher

register_actions(
    {
        "privacy.hold.opened": {"reason": frozenset(HoldReason.values), "rows": int},
        "privacy.hold.approved": {},
        "privacy.hold.released": {"expired": bool},
    }
)

Kept = dict[str, set[int]]  # ids of rows that stay, by model label


class HoldRefused(DomainError):  # noqa: N818 - reads as what happened
    """A hold that would not end, or holds nothing."""


def in_force() -> Q:
    return Q(
        hold__approved_at__isnull=False,
        hold__released_at__isnull=True,
        hold__expires_at__gt=clock.now(),
    )


@transaction.atomic
def open_hold(
    *,
    reason: str,
    matter: str,
    rows: Iterable[tuple[str, int]],
    review_at: datetime,
    expires_at: datetime,
    opened_by_id: int,
) -> LegalHold:
    """Ask for rows (model label, key) to stay. In force once somebody else has approved it.

    Raises HoldRefused without rows, for tables that hold nothing about people, and for a hold that
    has no end in the future or is reviewed after it. Whoever asks makes sure of the rows
    (`require_rows`).
    """
    wanted = sorted(set(rows))
    _require_tables(wanted)
    if not clock.now() < review_at <= expires_at:
        raise HoldRefused(_("A hold has a date on which it ends, and is reviewed before."))
    organisation_id = current_organisation_id()
    hold = LegalHold(
        organisation_id=organisation_id,
        reason=reason,
        review_at=review_at,
        expires_at=expires_at,
        opened_by_id=opened_by_id,
    )
    if matter:
        hold.matter = organisation_cipher(organisation_id).encrypt(matter, _matter_aad(hold))
    hold.save(force_insert=True)
    HeldRow.objects.bulk_create(
        HeldRow(organisation_id=organisation_id, hold=hold, label=label, row_id=row_id)
        for label, row_id in wanted
    )
    _record("privacy.hold.opened", hold, opened_by_id, {"reason": str(reason), "rows": len(wanted)})
    return hold


def _require_tables(rows: Sequence[tuple[str, int]]) -> None:
    labels = {declaration.label for declaration in registry.declarations()}
    if not rows or any(label not in labels for label, _row in rows):
        raise HoldRefused(_("Name the rows that have to stay."))


def require_rows(rows: Sequence[tuple[str, int]]) -> None:
    """Raise HoldRefused, which names them, for rows (model label, key) that are not there."""
    _require_tables(rows)
    absent: list[str] = []
    for label in sorted({label for label, _row in rows}):
        wanted = {row for other, row in rows if other == label}
        manager = apps.get_model(label)._default_manager  # noqa: SLF001 - Django's documented API
        with purpose_scope(Purpose.STORAGE):
            there = set(manager.filter(pk__in=wanted).values_list("pk", flat=True))
        absent += [str(row) for row in sorted(wanted - there)]
    if absent:
        raise HoldRefused(_("There is no record %(numbers)s.") % {"numbers": ", ".join(absent)})


def matter_of(hold: LegalHold) -> str:
    """The case the hold is for."""
    if hold.matter is None:
        return ""
    return organisation_cipher(hold.organisation_id).decrypt(hold.matter, _matter_aad(hold))


@transaction.atomic
def approve_hold(hold: LegalHold, *, actor_user_id: int) -> LegalHold:
    """Put a hold in force. Raises SamePerson for whoever opened it."""
    if actor_user_id == hold.opened_by_id:
        raise SamePerson
    hold.approved_at, hold.approved_by_id = clock.now(), actor_user_id
    hold.save(update_fields=["approved_at", "approved_by_id"])
    _record("privacy.hold.approved", hold, actor_user_id)
    return hold


@transaction.atomic
def release_hold(
    hold: LegalHold, *, actor_user_id: int | None, expired: bool = False
) -> list[RightsRequest]:
    """End a hold and wake the erasures that waited for one; they look again at what still stays.
    Idempotent."""
    if hold.released_at is not None:
        return []
    hold.released_at, hold.released_by_id = clock.now(), actor_user_id
    hold.save(update_fields=["released_at", "released_by_id"])
    _record("privacy.hold.released", hold, actor_user_id, {"expired": expired})
    return wake(states.WaitingFor.HOLD)


def release_expired() -> list[RightsRequest]:
    """End the holds whose time is over. In a tenant's scope."""
    woken: list[RightsRequest] = []
    for hold in LegalHold.objects.filter(released_at__isnull=True, expires_at__lte=clock.now()):
        woken += release_hold(hold, actor_user_id=None, expired=True)
    return woken


def wake(waiting_for: states.WaitingFor) -> list[RightsRequest]:
    """Set requests that wait for this going again, and queue their work."""
    waiting = RightsRequest.objects.filter(
        status=RequestStatus.WAITING, waiting_for__contains=[waiting_for.value]
    )
    return [wake_request(request, waiting_for.value) for request in waiting.order_by("pk")]


def wake_request(request: RightsRequest, reason: str) -> RightsRequest:
    """Set one waiting request going again, and queue its work."""
    from privacy.rights.tasks import queue_erasure

    move(request, states.Status.RUNNING, reason=reason)
    queue_erasure(request)
    return request


# One look at one table is all that most organisations need.
_ANY = """
SELECT true FROM privacy_rights_legalhold
 WHERE organisation_id = %s AND released_at IS NULL AND approved_at IS NOT NULL AND expires_at > %s
 LIMIT 1
"""
_HELD = """
SELECT held.label, held.row_id FROM privacy_rights_heldrow AS held
  JOIN privacy_rights_legalhold AS hold
    ON hold.organisation_id = held.organisation_id AND hold.id = held.hold_id
 WHERE held.organisation_id = %s AND hold.released_at IS NULL AND hold.approved_at IS NOT NULL
   AND hold.expires_at > %s
"""


def held_rows() -> Kept:
    """Every row of the organisation that is under a hold. Plain SQL: each chunk asks."""
    held: Kept = {}
    parameters = (current_organisation_id(), clock.now())
    with connection.cursor() as cursor:
        cursor.execute(_ANY, parameters)
        if cursor.fetchone() is None:
            return held
        cursor.execute(_HELD, parameters)
        for label, row_id in cursor.fetchall():
            held.setdefault(label, set()).add(row_id)
    return held


def kept_rows(graph: ErasureGraph, subject_ids: Collection[UUID], held: Kept | None = None) -> Kept:
    """Which of the people's rows stay: those under a hold, and those that they need to stand on.
    Inside the tenant's scope; `held` saves looking it up."""
    held = held_rows() if held is None else held
    if not held:
        return {}
    edges = (*graph.changing, *graph.through)
    concerned = {edge.model for edge in edges}
    kept: Kept = {}
    for edge in edges:
        if edge.label in held:
            _keep(edge, _own(edge, held[edge.label], subject_ids), concerned, kept)
    for group in graph.groups:
        _keep_dependents(group, kept)
    return {label: ids for label, ids in kept.items() if ids}


def _keep_dependents(group: Group, kept: Kept) -> None:
    """What hangs on a row that stays, stays with it."""
    roots = kept.get(group.root.label)
    if not roots:
        return
    for edge in group.dependents:
        keys = edge.path[: len(edge.path) - len(group.root.path)]
        way = {f"{'__'.join(keys)}__in": list(roots)}
        rows = edge.model._default_manager.filter(**way).values_list("pk", flat=True)  # noqa: SLF001 - Django's documented API
        kept.setdefault(edge.label, set()).update(rows)


def _own(edge: Edge, ids: set[int], subject_ids: Collection[UUID]) -> set[int]:
    way = {f"{'__'.join(edge.path)}__in": list(subject_ids)}
    rows = edge.model._default_manager.filter(pk__in=ids, **way)  # noqa: SLF001 - Django's documented API
    return set(rows.values_list("pk", flat=True))


def _keep(edge: Edge, ids: set[int], concerned: set[type], kept: Kept) -> None:
    """A row that stays keeps the rows that its keys lead to."""
    left = [(edge.model, ids)]
    while left:
        model, found = left.pop()
        new = found - kept.setdefault(model._meta.label, set())  # noqa: SLF001 - Django's documented Meta API
        if not new:
            continue
        kept[model._meta.label] |= new  # noqa: SLF001 - as above
        for key, target in targets_of(model).items():
            if target in concerned:
                rows = model._default_manager.filter(pk__in=new, **{f"{key}__isnull": False})  # noqa: SLF001 - as above
                left.append((target, set(rows.values_list(f"{key}_id", flat=True))))


def holds_over(kept: Kept) -> Sequence[LegalHold]:
    """The holds in force that keep some of these rows."""
    wanted = Q()
    for label, ids in kept.items():
        wanted |= Q(label=label, row_id__in=ids)
    if not kept:
        return []
    rows = HeldRow.objects.filter(in_force()).filter(wanted)
    holds = LegalHold.objects.filter(pk__in=rows.values("hold_id"))
    return list(holds.order_by("expires_at", "pk"))


def _matter_aad(hold: LegalHold) -> bytes:
    return aad(
        hold.organisation_id, "privacy_rights.LegalHold.matter", hold.public_id, "organisation"
    )


def _record(
    action: str,
    hold: LegalHold,
    actor_user_id: int | None,
    detail: dict[str, int | bool | str] | None = None,
) -> None:
    record_event(
        organisation_id=hold.organisation_id,
        action=action,
        actor_user_id=actor_user_id,
        object_type="privacy_rights.LegalHold",
        object_id=hold.public_id,
        detail=detail,
    )
