"""Keeps facts and rollups in step with the tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from datetime import date
from typing import Any

from django.db import connection, transaction
from msgspec.structs import astuple

from scoring.metrics import sql
from scoring.metrics.arithmetic import KEYS, SUMS, ActFact, facts_of, without_kept
from scoring.metrics.calendars import calendar_of
from scoring.metrics.models import ALL_CHANNELS, TicketActs
from tickets.contracts import Timeline
from tickets.ingest.copying import NULL, copied
from tickets.ingest.page import IngestedPage
from tickets.models import Channel

_FACT = ActFact.__struct_fields__
_SUMS = "\t".join(["%d"] * len(SUMS))
_CHANNELS = [ALL_CHANNELS, *Channel.values]


def follow_page(page: IngestedPage) -> None:
    """Bring facts and rollups up to date with a page, inside the page's transaction."""
    if page.moved_agents:
        # Alone from the start: a shared lock that is widened later could deadlock with another's.
        _execute(sql.LOCK_ROLLUPS, {"organisation": page.organisation_id})
    if page.timelines or page.erased_ticket_ids:
        refresh(
            organisation_id=page.organisation_id,
            timelines=page.measured,
            forgotten=[*page.erased_ticket_ids, *page.unmeasured],
        )
    if page.moved_agents:
        move_agents(
            organisation_id=page.organisation_id,
            agent_ids=page.moved_agents,
            since=min(page.moved_agents.values()),
        )


@transaction.atomic
def refresh(
    *, organisation_id: int, timelines: Iterable[Timeline], forgotten: Collection[int] = ()
) -> None:
    """Replace the facts of the given tickets and move the rollups by the difference.

    The difference of new and old facts is taken in one statement, so that counting a ticket again
    changes nothing, and concurrent pages of different tickets add up. The caller holds the locks
    of the tickets themselves.
    """
    ticket_ids, uncounted = list(forgotten), set(forgotten)
    facts: list[ActFact] = []
    if told := list(timelines):
        calendar = calendar_of(organisation_id)
        ticket_ids += [timeline.ticket_id for timeline in told]
        facts = [fact for timeline in told for fact in facts_of(timeline, calendar)]
        counted = {fact.ticket_id for fact in facts}
        uncounted |= {timeline.ticket_id for timeline in told} - counted
    if not facts:
        forget(organisation_id=organisation_id, ticket_ids=ticket_ids)
        return
    facts = without_kept(facts, _kept(counted))
    scope = {
        "organisation": organisation_id,
        "tickets": ticket_ids,
        "forgotten": sorted(uncounted),
    }
    _execute(sql.SHARE_ROLLUPS, scope)
    columns = ("organisation_id", *_FACT)
    with copied(TicketActs._meta.db_table, columns, _lines(organisation_id, facts)) as page:  # noqa: SLF001 - Django's documented Meta API
        [[emptied]] = _execute(sql.move_rollups(page), scope)
        _execute(sql.insert_facts(page), scope)
    _drop_empty_cells(organisation_id, emptied)


@transaction.atomic(savepoint=False)
def forget(*, organisation_id: int, ticket_ids: Collection[int]) -> int:
    """Remove every trace of the tickets from facts and rollups; how many facts it was. Idempotent.

    One round trip: the second statement looks at the data once the first one has the lock.
    """
    scope = {"organisation": organisation_id, "tickets": list(ticket_ids)}
    [(facts, emptied)] = _execute(f"{sql.SHARE_ROLLUPS}; {sql.FORGET_FACTS}", scope)
    _drop_empty_cells(organisation_id, emptied)
    return int(facts)


def _drop_empty_cells(organisation_id: int, days: Collection[date] | None) -> None:
    if days:
        scope = {"organisation": organisation_id, "channels": _CHANNELS, "days": days}
        _execute("; ".join(sql.DROP_EMPTY_CELLS), scope)


@transaction.atomic
def move_agents(*, organisation_id: int, agent_ids: Iterable[int], since: date = date.min) -> None:
    """Put the agents' days from `since` on into the teams they were in on those days.

    Call it after dated team memberships have changed. Idempotent.
    """
    scope = {**_span(organisation_id, since, date.max), "agents": list(agent_ids)}
    _execute(sql.LOCK_ROLLUPS, scope)
    days = [day for (day,) in _execute(sql.MOVE_AGENT_DAYS, scope)]
    if days:
        span = _span(organisation_id, min(days), max(days))
        _execute(sql.EMPTY_TEAM_DAYS, span)
        _execute(sql.FILL_TEAM_DAYS, span)


@transaction.atomic
def forget_agents(*, organisation_id: int, agent_ids: Collection[int]) -> None:
    """Take the agents out of all figures: what they did counts as nobody's from now on.

    The figures of the organisation and of the teams they were in stay as they are. Idempotent.
    """
    scope = {"organisation": organisation_id, "agents": list(agent_ids)}
    _execute(sql.LOCK_ROLLUPS, scope)
    [(first, last)] = _execute(sql.DAYS_OF_AGENTS, scope)
    _execute(sql.UNLINK_AGENTS, scope)
    if first is not None:
        recompute(organisation_id=organisation_id, since=first, until=last)


def unlink_acts(*, organisation_id: int, act_ids: Collection[int]) -> None:
    """Make facts nobody's, and keep for which team they counted. `forget_agents` brings the
    rollups up to date when the agents themselves go. Idempotent."""
    _execute(sql.UNLINK_ACTS, {"organisation": organisation_id, "acts": list(act_ids)})


@transaction.atomic
def recompute(*, organisation_id: int, since: date = date.min, until: date = date.max) -> None:
    """Rebuild the rollups of `[since, until]` from the facts. Idempotent.

    Pages keep the rollups exact by themselves; this is for repairs and for proof.
    """
    scope = _span(organisation_id, since, until)
    _execute(sql.LOCK_ROLLUPS, scope)
    _execute(sql.EMPTY_AGENT_DAYS, scope)
    _execute(sql.FILL_AGENT_DAYS, scope)
    _execute(sql.EMPTY_TEAM_DAYS, scope)
    _execute(sql.FILL_TEAM_DAYS, scope)


def _kept(ticket_ids: Collection[int]) -> list[ActFact]:
    """What erased agents did on these tickets for a team."""
    rows = TicketActs.objects.filter(ticket_id__in=ticket_ids, team__isnull=False)
    return [ActFact(**row) for row in rows.values(*KEYS, *SUMS)]


def _span(organisation_id: int, since: date, until: date) -> dict[str, Any]:
    return {"organisation": organisation_id, "since": since, "until": until}


def _execute(statement: str, scope: dict[str, Any]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, scope)
        return cursor.fetchall() if cursor.description else []


def _lines(organisation_id: int, facts: Iterable[ActFact]) -> Iterator[str]:
    """Facts in COPY's text format; what is in them needs no escaping."""
    for fact in facts:
        ticket_id, channel, day, agent_id, *sums = astuple(fact)
        agent = NULL if agent_id is None else agent_id
        keys = f"{organisation_id}\t{ticket_id}\t{channel}\t{day}\t{agent}\t"
        yield keys + _SUMS % tuple(sums)
