"""Who looked at what about customers and agents. Every page, answer and file that shows words of a
conversation or another person's scores writes exactly one event, here or in `scoring.readings`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from uuid import UUID

from django.db import models
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.tenancy import Purpose
from privacy.api import ReadingChannel, record_reading, register_readings
from tickets.models import Agent, Ticket


class Reading(models.TextChoices):
    """An event's name in the log, and what the people concerned are told was looked at."""

    CONVERSATION = "tickets.conversation.viewed", _("A conversation")
    LIST = "tickets.list.viewed", _("A list of conversations with their subjects")


register_readings(
    {reading.value: reading.label for reading in Reading},
    {Reading.CONVERSATION.value: {"revealed": bool}},
)


def saw(  # noqa: PLR0913 - as many sides as a reading has
    action: str,
    *,
    reader: Membership,
    tickets: Iterable[int | None] = (),
    agents: Iterable[int | None] = (),
    people: Iterable[UUID | None] = (),
    subject_id: UUID | None = None,
    affected_user_id: int | None = None,
    purpose: Purpose = Purpose.QUALITY_EVALUATION,
    channel: ReadingChannel = ReadingChannel.PAGE,
    about: models.Model | None = None,
    detail: Mapping[str, int | bool | str] | None = None,
) -> None:
    """Write one event: the reader saw something of these tickets' customers and these agents, or
    of `people`, where who they are is known already and need not be looked up.

    `about` is the one thing that was opened and `subject_id` the person it is mainly about; a list
    has neither, and an empty one shows nobody's data: it writes nothing.
    """
    seen = subjects_of(tickets=tickets, agents=agents) | ({*people} - {None})
    if about is None and not seen:
        return
    record_reading(
        action,
        reader=reader,
        people=seen,
        subject_id=subject_id,
        purpose=purpose,
        object_type=about._meta.label_lower if about else "",  # noqa: SLF001 - Django's documented Meta API
        object_id=about.pk if about else None,
        affected_user_id=affected_user_id,
        channel=channel,
        detail=detail,
    )


def subjects_of(
    *, tickets: Iterable[int | None] = (), agents: Iterable[int | None] = ()
) -> set[UUID]:
    """Whom these tickets and agents are about, in one query."""
    ticket_ids, agent_ids = (sorted({*ids} - {None}) for ids in (tickets, agents))  # type: ignore[type-var]  # None is gone
    if not ticket_ids and not agent_ids:
        return set()
    customers = Ticket.objects.filter(pk__in=ticket_ids).values_list("subject_id", flat=True)
    colleagues = Agent.objects.filter(pk__in=agent_ids).values_list("subject_id", flat=True)
    return set(customers.union(colleagues)) - {None}
