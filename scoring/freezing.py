"""Taking people's conversations out of the figures, and counting them again; what waited goes
on."""

from __future__ import annotations

from collections.abc import Collection
from uuid import UUID

from kaizo.core.tenancy import Purpose
from privacy.api import (
    after_thaw,
    barred_subjects,
    before_freeze,
    frozen_subjects,
    when_allowed,
    when_barred,
)
from scoring.metrics import services
from scoring.quality.disputes.waiting import take_up_again
from tickets.models import Ticket
from tickets.timelines import timelines_of

_CHUNK = 1_000


def leave_figures(organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """Every figure moves by as much as their conversations were."""
    for ids in _chunks(subject_ids):
        services.forget(organisation_id=organisation_id, ticket_ids=ids)


def count_again(organisation_id: int, subject_ids: Collection[UUID]) -> None:
    """As if it had never been left out; whoever is still frozen or objects stays out."""
    free = set(subject_ids) - frozen_subjects(subject_ids)
    free -= barred_subjects(Purpose.QUALITY_EVALUATION, free)
    for ids in _chunks(free):
        services.refresh(organisation_id=organisation_id, timelines=timelines_of(ids))


def _chunks(subject_ids: Collection[UUID]) -> list[list[int]]:
    rows = Ticket.objects.filter(subject__in=list(subject_ids)).order_by("pk")
    ids = list(rows.values_list("pk", flat=True))
    return [ids[start : start + _CHUNK] for start in range(0, len(ids), _CHUNK)]


def register() -> None:
    before_freeze(leave_figures)
    after_thaw(count_again)
    # An objection to being measured has the same effect on figures; the conversation stays.
    when_barred(Purpose.QUALITY_EVALUATION, leave_figures)
    when_allowed(Purpose.QUALITY_EVALUATION, count_again)
    after_thaw(take_up_again)
    when_allowed(Purpose.QUALITY_EVALUATION, take_up_again)
