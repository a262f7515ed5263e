"""Telling members, and what they do with it."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import Exists, OuterRef

from kaizo.accounts.models import Membership, Notice, NoticeKind, NoticePreference, Organisation
from kaizo.accounts.notices.kinds import DEFAULTS, Frequency
from kaizo.accounts.notices.tasks import mail_notice
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope


def notify(
    *,
    organisation: Organisation | int,
    recipients: Iterable[Membership | int],
    kind: NoticeKind | str,
    about: tuple[str, int],
    once: bool = False,
) -> int:
    """Tell members of something that happened to an object: (model label, id). Returns to how
    many it was new.

    Repeats nothing: who has the same notice unread gets no second one; with `once`, nor who has
    read it. Members who left get none. Mails "at once" go on commit; call it inside the
    transaction of what it tells of. Never put a name or a word into it: there is no room.
    """
    organisation_id = organisation if isinstance(organisation, int) else organisation.pk
    wanted = {who if isinstance(who, int) else who.pk for who in recipients}
    if not wanted:
        return 0
    with tenant_scope(organisation_id):
        made = _create(organisation_id, wanted, NoticeKind(kind), about, once=once)
        for notice_id in _wanted_at_once(made, NoticeKind(kind)):
            mail_notice.delay_on_commit(organisation_id=organisation_id, notice_id=notice_id)
    return len(made)


def _create(
    organisation_id: int,
    recipients: set[int],
    kind: NoticeKind,
    about: tuple[str, int],
    *,
    once: bool,
) -> list[Notice]:
    label, object_id = about
    same = Notice.objects.filter(
        recipient=OuterRef("pk"), kind=kind, object_label=label, object_id=object_id
    )
    told = Exists(same if once else same.filter(read_at__isnull=True))
    members = Membership.objects.filter(~told, pk__in=recipients, is_active=True)
    now = clock.now()
    rows = [
        Notice(
            organisation_id=organisation_id, recipient_id=member, kind=kind,
            object_label=label, object_id=object_id, created_at=now,
        )
        for member in members.order_by("pk").values_list("pk", flat=True)
    ]  # fmt: skip
    # Somebody else may tell the same at the same moment: the constraint keeps one.
    Notice.objects.bulk_create(rows, ignore_conflicts=True)
    mine = Notice.objects.filter(
        kind=kind, object_label=label, object_id=object_id, created_at=now, read_at__isnull=True
    )
    return list(mine.filter(recipient__in=[row.recipient_id for row in rows]))


def _wanted_at_once(notices: list[Notice], kind: NoticeKind) -> list[int]:
    chosen = dict(
        NoticePreference.objects.filter(
            membership__in=[notice.recipient_id for notice in notices], kind=kind
        ).values_list("membership_id", "frequency")
    )
    return [
        notice.pk
        for notice in notices
        if chosen.get(notice.recipient_id, DEFAULTS[kind]) == Frequency.AT_ONCE
    ]


def mark_read(*, actor: Membership, notice_ids: Iterable[int] | None = None) -> int:
    """Mark the actor's notices read, all of them when no ids are given. Returns how many were
    unread."""
    with tenant_scope(actor.organisation_id):
        unread = Notice.objects.filter(recipient=actor, read_at__isnull=True)
        if notice_ids is not None:
            unread = unread.filter(pk__in=list(notice_ids))
        return int(unread.update(read_at=clock.now()))


def choose_frequencies(*, actor: Membership, chosen: dict[NoticeKind, Frequency]) -> None:
    """How often the actor wants mail about each kind; kinds that are not named stay as they are."""
    with tenant_scope(actor.organisation_id):
        NoticePreference.objects.bulk_create(
            [
                NoticePreference(
                    organisation_id=actor.organisation_id,
                    membership=actor,
                    kind=kind,
                    frequency=frequency,
                )
                for kind, frequency in chosen.items()
            ],
            update_conflicts=True,
            unique_fields=["organisation", "membership", "kind"],
            update_fields=["frequency"],
        )
