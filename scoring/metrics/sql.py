"""The statements that keep the rollups, set-based: one round trip a page, whatever its size.

All names in them are our own; values travel as parameters: `organisation`, and where named
`tickets`, `agents`, `since`, `until`, `days`.
"""

from __future__ import annotations

from collections.abc import Iterable

from scoring.metrics.arithmetic import KEYS, SUMS

_FACT_COLUMNS = ", ".join((*KEYS, *SUMS))
_SUM_COLUMNS = ", ".join(SUMS)
_CELL_COLUMNS = f"acts, {_SUM_COLUMNS}"


def _each(template: str, names: Iterable[str] = ("acts", *SUMS)) -> str:
    return ", ".join(template.format(name) for name in names)


_TEAM_OF_THE_DAY = """LEFT JOIN tickets_teammembership AS member
        ON member.organisation_id = %(organisation)s AND member.agent_id = {0}.agent_id
        AND member.valid_from <= {0}.day
        AND (member.valid_to IS NULL OR member.valid_to > {0}.day)"""

# Pages share the lock and add differences; whoever rebuilds holds it alone.
SHARE_ROLLUPS = (
    "SELECT pg_advisory_xact_lock_shared(hashtextextended('scoring.rollups', %(organisation)s))"
)
LOCK_ROLLUPS = "SELECT pg_advisory_xact_lock(hashtextextended('scoring.rollups', %(organisation)s))"


def insert_facts(page: str) -> str:
    """Store the facts that the temporary table `page` holds, in key order."""
    columns = f"organisation_id, {_FACT_COLUMNS}"
    return (
        f"INSERT INTO scoring_ticketacts ({columns}) SELECT {columns} FROM {page}"  # noqa: S608 - our own names
        " ORDER BY ticket_id, day, agent_id"
    )


_FORGOTTEN = """
    DELETE FROM scoring_ticketacts
    WHERE organisation_id = %(organisation)s AND ticket_id = ANY(%(tickets)s)"""
_GONE = f"RETURNING channel, day, agent_id, team_id, {_SUM_COLUMNS}"
_BY_CELL = "GROUPING SETS ((channel, day, agent_id, team_id), (day, agent_id, team_id))"
# Moves every cell that `moved` names: the agent's, and the team's that it keeps; what an erased
# agent did names its team itself. A new cell gets the agent's team of that day. Rows are written in
# key order, so that concurrent pages wait for each other instead of deadlocking.
_CELLS = f"""changes AS (
    SELECT channel, day, agent_id, {_each("sum({0}) AS {0}")}
    FROM moved
    GROUP BY channel, day, agent_id
), cells AS (
    INSERT INTO scoring_agentday AS cell
        (organisation_id, channel, day, agent_id, team_id, {_CELL_COLUMNS})
    SELECT %(organisation)s, changes.channel, changes.day, changes.agent_id, member.team_id,
        {_CELL_COLUMNS}
    FROM changes
    {_TEAM_OF_THE_DAY.format("changes")}
    ORDER BY changes.channel, changes.day, changes.agent_id
    ON CONFLICT (organisation_id, channel, day, agent_id)
    DO UPDATE SET {_each("{0} = cell.{0} + excluded.{0}")}
    RETURNING channel, day, agent_id, team_id, acts
), teams AS (
    INSERT INTO scoring_teamday AS cell
        (organisation_id, channel, day, team_id, {_CELL_COLUMNS})
    SELECT %(organisation)s, moved.channel, moved.day, coalesce(moved.team_id, cells.team_id),
        {_each("sum(moved.{})")}
    FROM moved
    JOIN cells ON cells.channel = moved.channel AND cells.day = moved.day
        AND coalesce(cells.agent_id, 0) = coalesce(moved.agent_id, 0)
    GROUP BY 2, 3, 4
    ORDER BY 2, 3, 4
    ON CONFLICT (organisation_id, channel, day, team_id)
    DO UPDATE SET {_each("{0} = cell.{0} + excluded.{0}")}
    RETURNING day, acts
)"""  # noqa: S608 - our own names
_EMPTIED = """
SELECT array_agg(DISTINCT day)
FROM (SELECT day, acts FROM cells UNION ALL SELECT day, acts FROM teams) AS written
WHERE acts = 0"""

# Takes the tickets' facts away, out of every cell as well. Returns how many, and the days on which
# a cell has become empty.
FORGET_FACTS = f"""
WITH gone AS ({_FORGOTTEN}
    {_GONE}
), moved AS (
    SELECT coalesce(channel, '') AS channel, day, agent_id, team_id, -count(*) AS acts,
        {_each("-sum({0}) AS {0}", SUMS)}
    FROM gone
    GROUP BY {_BY_CELL}
), {_CELLS}
SELECT (SELECT count(*) FROM gone), ({_EMPTIED})
"""  # noqa: S608 - our own names


def move_rollups(page: str) -> str:
    """Take the tickets' old facts away and move every touched cell by new minus old.

    What erased agents did for a team stays, unless the ticket itself counts nowhere any more
    (`forgotten`): `page` holds the rest of what is nobody's. Cells that do not change are not
    written. Returns the days on which a cell has become empty.
    """
    return f"""
WITH gone AS ({_FORGOTTEN}
        AND (team_id IS NULL OR ticket_id = ANY(%(forgotten)s))
    {_GONE}
), entries AS (
    SELECT channel, day, agent_id, NULL::bigint AS team_id, 1 AS acts, {_SUM_COLUMNS} FROM {page}
    UNION ALL
    SELECT channel, day, agent_id, team_id, -1, {_each("-{}", SUMS)} FROM gone
), moved AS (
    SELECT coalesce(channel, '') AS channel, day, agent_id, team_id, {_each("sum({0}) AS {0}")}
    FROM entries
    GROUP BY {_BY_CELL}
    HAVING ({_each("sum({})")}) <> ({_each("0")})
), {_CELLS}
{_EMPTIED}
"""  # noqa: S608 - our own names


DROP_EMPTY_CELLS = tuple(
    f"DELETE FROM {table} WHERE organisation_id = %(organisation)s"  # noqa: S608 - our own names
    " AND channel = ANY(%(channels)s) AND day = ANY(%(days)s) AND acts = 0"
    for table in ("scoring_agentday", "scoring_teamday")
)

_IN_SPAN = "organisation_id = %(organisation)s AND day BETWEEN %(since)s AND %(until)s"

EMPTY_AGENT_DAYS = f"DELETE FROM scoring_agentday WHERE {_IN_SPAN}"  # noqa: S608 - our own names
FILL_AGENT_DAYS = f"""
INSERT INTO scoring_agentday
    (organisation_id, channel, day, agent_id, team_id, {_CELL_COLUMNS})
SELECT %(organisation)s, cells.channel, cells.day, cells.agent_id, member.team_id, {_CELL_COLUMNS}
FROM (
    SELECT coalesce(channel, '') AS channel, day, agent_id, count(*) AS acts,
        {_each("sum({0}) AS {0}", SUMS)}
    FROM scoring_ticketacts
    WHERE {_IN_SPAN}
    GROUP BY GROUPING SETS ((channel, day, agent_id), (day, agent_id))
) AS cells
{_TEAM_OF_THE_DAY.format("cells")}
ORDER BY cells.channel, cells.day, cells.agent_id
"""  # noqa: S608 - our own names

_TEAM_OF_CELL = """SELECT member.team_id FROM tickets_teammembership AS member
    WHERE member.organisation_id = %(organisation)s AND member.agent_id = cell.agent_id
        AND member.valid_from <= cell.day
        AND (member.valid_to IS NULL OR member.valid_to > cell.day)"""

# No self-join: with statistics that do not know a new organisation yet, it would be a nested loop.
# A move between teams changes whose an agent's days are, not what was done on them. Returns the
# days of the cells that moved.
MOVE_AGENT_DAYS = f"""
UPDATE scoring_agentday AS cell SET team_id = ({_TEAM_OF_CELL})
WHERE cell.organisation_id = %(organisation)s
    AND cell.day BETWEEN %(since)s AND %(until)s AND cell.agent_id = ANY(%(agents)s)
    AND cell.team_id IS DISTINCT FROM ({_TEAM_OF_CELL})
RETURNING cell.day
"""  # noqa: S608 - our own names

# What erased agents did is in nobody's cells and counts for their teams.
EMPTY_TEAM_DAYS = f"DELETE FROM scoring_teamday WHERE {_IN_SPAN}"  # noqa: S608 - our own names
FILL_TEAM_DAYS = f"""
INSERT INTO scoring_teamday (organisation_id, channel, day, team_id, {_CELL_COLUMNS})
SELECT organisation_id, channel, day, team_id, {_each("sum({})")}
FROM (
    SELECT organisation_id, channel, day, team_id, {_CELL_COLUMNS}
    FROM scoring_agentday
    WHERE {_IN_SPAN}
    UNION ALL
    SELECT kept.organisation_id, every.channel, kept.day, every.team_id,
        {_each("every.sign * kept.{}")}
    FROM (
        SELECT organisation_id, channel, day, team_id, 1 AS acts, {_SUM_COLUMNS}
        FROM scoring_ticketacts
        WHERE {_IN_SPAN} AND team_id IS NOT NULL
    ) AS kept
    CROSS JOIN LATERAL (VALUES
        (kept.channel::text, kept.team_id, 1), ('', kept.team_id, 1),
        (kept.channel::text, NULL, -1), ('', NULL, -1)
    ) AS every (channel, team_id, sign)
) AS cells
GROUP BY organisation_id, channel, day, team_id
HAVING sum(acts) <> 0
ORDER BY channel, day, team_id
"""  # noqa: S608 - our own names

_OF_AGENTS = "organisation_id = %(organisation)s AND agent_id = ANY(%(agents)s)"
DAYS_OF_AGENTS = f"SELECT min(day), max(day) FROM scoring_agentday WHERE {_OF_AGENTS}"  # noqa: S608 - our own names
_KEEP_TEAM = f"""
UPDATE scoring_ticketacts AS cell SET agent_id = NULL, team_id = ({_TEAM_OF_CELL})
WHERE cell.organisation_id = %(organisation)s AND """  # noqa: S608 - our own names
UNLINK_AGENTS = f"{_KEEP_TEAM} cell.agent_id = ANY(%(agents)s)"
UNLINK_ACTS = f"{_KEEP_TEAM} cell.id = ANY(%(acts)s) AND cell.agent_id IS NOT NULL"
