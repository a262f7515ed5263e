"""A member's notices as a page shows them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db.models import Count, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce

from kaizo.accounts.models import Membership, Notice, NoticeKind, NoticePreference
from kaizo.accounts.notices.kinds import DEFAULTS, Frequency, known_labels

PER_PAGE = 50


@dataclass(frozen=True, slots=True)
class ShownNotice:
    """`is_there`: whether what it is about still exists."""

    id: int
    kind: NoticeKind
    created_at: datetime
    is_read: bool
    is_there: bool


@dataclass(frozen=True, slots=True)
class NoticePage:
    rows: list[ShownNotice]
    after: int | None


def unread_notices() -> Coalesce:
    """How many notices a membership has not read; to be annotated, so that it costs no query."""
    unread = Notice.objects.filter(recipient=OuterRef("pk"), read_at__isnull=True)
    count = unread.order_by().values("recipient").annotate(count=Count("pk")).values("count")
    return Coalesce(Subquery(count), 0)


def own_notices(*, actor: Membership, before: int | None = None) -> NoticePage:
    """The actor's notices, the newest first, from the one before the id `before` on."""
    found: QuerySet[Notice] = Notice.objects.filter(recipient=actor).order_by("-pk")
    if before is not None:
        found = found.filter(pk__lt=before)
    rows = list(found[: PER_PAGE + 1])
    shown = rows[:PER_PAGE]
    there = existing({(row.object_label, row.object_id) for row in shown})
    return NoticePage(
        rows=[
            ShownNotice(
                id=row.pk,
                kind=NoticeKind(row.kind),
                created_at=row.created_at,
                is_read=row.read_at is not None,
                is_there=(row.object_label, row.object_id) in there,
            )
            for row in shown
        ],
        after=shown[-1].pk if len(rows) > PER_PAGE else None,
    )


def existing(objects: Iterable[tuple[str, int]]) -> set[tuple[str, int]]:
    """Which of the objects (label, id) are still there and have a page: one query a label."""
    wanted: dict[str, set[int]] = defaultdict(set)
    for label, object_id in objects:
        wanted[label].add(object_id)
    found: set[tuple[str, int]] = set()
    for label in wanted.keys() & known_labels():
        model: Any = apps.get_model(label)
        ids = model.objects.filter(pk__in=wanted[label]).values_list("pk", flat=True)
        found |= {(label, object_id) for object_id in ids}
    return found


def frequencies(actor: Membership) -> dict[NoticeKind, Frequency]:
    """How often the actor wants mail about each kind, chosen or by default."""
    rows = NoticePreference.objects.filter(membership=actor).values_list("kind", "frequency")
    return dict(DEFAULTS) | {NoticeKind(kind): Frequency(chosen) for kind, chosen in rows}
