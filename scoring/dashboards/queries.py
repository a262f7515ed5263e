"""Plain SQL over the rollups and facts, for the selectors: no model instances, one statement each.

Column names are our own; everything from outside travels as a parameter. The organisation is named
in every statement, because the indexes begin with it, and in the words of row-level security,
which then costs nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection

from kaizo.core.tenancy import IN_SCOPE, current_organisation_id
from scoring.dashboards.periods import Period
from scoring.metrics.arithmetic import SUMS
from scoring.metrics.models import ALL_CHANNELS
from scoring.metrics.register import Kpi

Row = dict[str, Any]
BACKLOG_CHANGE = "backlog_change"


@dataclass(frozen=True, kw_only=True, slots=True)
class Slice:
    """Which part of the organisation a figure is about; by default all of it."""

    team_id: int | None = None
    channel: str = ALL_CHANNELS
    agent_ids: tuple[int, ...] = ()


def _rows(statement: str, **values: Any) -> list[Row]:
    current_organisation_id()  # fails closed in Python, too
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        names = [column[0] for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _totals(sums: Iterable[str]) -> str:
    return "".join(f", sum({name})::bigint AS {name}" for name in sums)


def _team(part: Slice) -> str:
    return "AND team_id = %(team)s" if part.team_id is not None else ""


def team_days(first: date, last: date, part: Slice, sums: Sequence[str]) -> list[Row]:
    """The sums of each day from `first` to `last`; if the change of the backlog is among them,
    first of all, with day None, what the backlog was before."""
    earlier = _backlog_before(sums) if BACKLOG_CHANGE in sums else ""
    return _rows(
        f"""
        {earlier}
        SELECT day {_totals(sums)}
        FROM scoring_teamday
        WHERE {IN_SCOPE} AND channel = %(channel)s
            AND day BETWEEN %(first)s AND %(last)s {_team(part)}
        GROUP BY day
        ORDER BY day NULLS FIRST
        """,  # noqa: S608 - our own names
        first=first,
        last=last,
        channel=part.channel,
        team=part.team_id,
    )


def _backlog_before(sums: Sequence[str]) -> str:
    found = {BACKLOG_CHANGE: "coalesce(sum(backlog_change), 0)::bigint"}
    columns = "".join(f", {found.get(name, '0::bigint')} AS {name}" for name in sums)
    return f"""
        SELECT NULL::date AS day {columns}
        FROM scoring_teamday
        WHERE {IN_SCOPE} AND channel = %(channel)s AND day < %(first)s
            AND team_id IS NULL
        UNION ALL
        """  # noqa: S608 - our own names


# Agents whose data is frozen, or who object to being judged: their share of totals stays.
NOT_LEFT_OUT = f"NOT IN (SELECT id FROM tickets_agent WHERE {IN_SCOPE} AND is_left_out)"  # noqa: S608 - our own names


def agent_totals(period: Period, part: Slice, sums: Sequence[str]) -> list[Row]:
    """One row per agent who did anything in the period and is not left out."""
    return _rows(
        f"""
        SELECT agent_id {_totals(sums)}
        FROM scoring_agentday
        WHERE {IN_SCOPE} AND channel = %(channel)s
            AND day BETWEEN %(first)s AND %(last)s AND agent_id IS NOT NULL
            AND agent_id {NOT_LEFT_OUT} {_team(part)}
        GROUP BY agent_id
        """,  # noqa: S608 - our own names
        first=period.first,
        last=period.last,
        channel=part.channel,
        team=part.team_id,
    )


def teams_with_agents(day: date) -> list[Row]:
    """Every team with each agent who is in it on the day; one row without an agent if nobody is."""
    return _rows(
        f"""
        SELECT team.id AS team_id, team.name, member.agent_id
        FROM accounts_team AS team
        LEFT JOIN tickets_teammembership AS member
            ON member.{IN_SCOPE} AND member.team_id = team.id
            AND member.valid_from <= %(day)s
            AND (member.valid_to IS NULL OR member.valid_to > %(day)s)
        WHERE team.{IN_SCOPE}
        ORDER BY team.name
        """,  # noqa: S608 - our own names
        day=day,
    )


def own_days(agent_ids: Sequence[int], period: Period) -> list[Row]:
    """The sums of each day on which one of these agents, who are one person, did anything."""
    return _rows(
        f"""
        SELECT day {_totals(SUMS)}
        FROM scoring_agentday
        WHERE {IN_SCOPE} AND channel = '' AND day BETWEEN %(first)s AND
            %(last)s AND agent_id = ANY(%(agents)s)
        GROUP BY day
        """,  # noqa: S608 - our own names
        first=period.first,
        last=period.last,
        agents=list(agent_ids),
    )


def _ticket_values(kpi: Kpi, part: Slice) -> str:
    """One row per ticket of the day that counts for the KPI: `ticket_id`, `value`.

    The value is the KPI of this ticket alone: seconds, 0 or 100 for a share, a count.
    """
    top, bottom = " + ".join(kpi.numerator), " + ".join(kpi.denominator)
    value, condition = f"sum({top})::float8", f"sum({top}) <> 0"
    if bottom:
        scale = 100 if kpi.unit == "percent" else 1
        value, condition = f"{scale} * sum({top})::float8 / sum({bottom})", f"sum({bottom}) > 0"
    return f"""
        SELECT ticket_id, {value} AS value
        FROM scoring_ticketacts
        WHERE {IN_SCOPE} AND day = %(day)s {_whose_acts(part)}
        GROUP BY ticket_id
        HAVING {condition}
        """  # noqa: S608 - our own names


def _whose_acts(part: Slice) -> str:
    conditions = []
    if part.channel != ALL_CHANNELS:
        conditions.append("AND channel = %(channel)s")
    if part.agent_ids:
        conditions.append("AND agent_id = ANY(%(agents)s)")
    if part.team_id is not None:
        conditions.append(
            f"AND (team_id = %(team)s OR agent_id IN"  # noqa: S608 - our own names
            f" (SELECT agent_id FROM tickets_teammembership WHERE {IN_SCOPE}"
            " AND team_id = %(team)s"
            " AND valid_from <= %(day)s AND (valid_to IS NULL OR valid_to > %(day)s)))"
        )
    return " ".join(conditions)


def _drill(part: Slice, day: date) -> Row:
    return {
        "day": day,
        "channel": part.channel,
        "agents": list(part.agent_ids),
        "team": part.team_id,
    }


def band_sizes(kpi: Kpi, day: date, part: Slice, bounds: Sequence[float]) -> dict[int, int]:
    """How many of the day's tickets fall below the first bound (0), from it on (1), and so on."""
    rows = _rows(
        f"""
        SELECT width_bucket(value, %(bounds)s::float8[]) AS band, count(*) AS tickets
        FROM ({_ticket_values(kpi, part)}) AS valued
        GROUP BY band
        """,  # noqa: S608 - our own names
        bounds=list(bounds),
        **_drill(part, day),
    )
    return {row["band"]: row["tickets"] for row in rows}


def tickets_in_band(
    kpi: Kpi, day: date, part: Slice, bounds: Sequence[float], *, band: int, after: int, limit: int
) -> list[Row]:
    """At most `limit` tickets of one band with their values, by id, from beyond `after` on."""
    return _rows(
        f"""
        SELECT ticket_id, value
        FROM ({_ticket_values(kpi, part)}) AS valued
        WHERE width_bucket(value, %(bounds)s::float8[]) = %(band)s AND ticket_id > %(after)s
        ORDER BY ticket_id
        LIMIT %(limit)s
        """,  # noqa: S608 - our own names
        bounds=list(bounds),
        band=band,
        after=after,
        limit=limit,
        **_drill(part, day),
    )
