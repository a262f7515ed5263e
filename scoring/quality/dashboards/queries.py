# ruff: noqa: S608 - every word of the statements is our own; what comes from outside is a parameter
"""Plain SQL over the rollups of reviews, one statement a question."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from datetime import date
from typing import Any

from django.db import connection

from kaizo.core.tenancy import IN_SCOPE
from scoring.dashboards.periods import Period
from scoring.dashboards.queries import NOT_LEFT_OUT

Row = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """Which reviews are asked about. `led_by`: only of teams that this member led on the day."""

    sample: str
    team_id: int | None = None
    scorecard_id: int | None = None
    led_by: int | None = None


@dataclass(frozen=True, slots=True)
class Sums:
    """What a rollup's cells add up to. `total` and `squares` are of scores in percent."""

    reviews: int = 0
    passes: int = 0
    auto_fails: int = 0
    total: float = 0.0
    squares: float = 0.0

    @classmethod
    def of(cls, row: Row) -> Sums:
        return cls(*(row[field.name] for field in fields(cls)))

    def __add__(self, other: Sums) -> Sums:
        return Sums(*(a + b for a, b in zip(_values(self), _values(other), strict=True)))


def _values(sums: Sums) -> list[Any]:
    return [getattr(sums, field.name) for field in fields(Sums)]


_LED = """
    EXISTS (SELECT 1 FROM accounts_teamlead l
             WHERE l.organisation_id = c.organisation_id AND l.team_id = c.team_id
               AND l.membership_id = %(led_by)s AND l.valid_from <= c.{day}
               AND (l.valid_to IS NULL OR l.valid_to > c.{day}))
"""
_TEAM = f"""
    AND (%(team_id)s::bigint IS NULL OR c.team_id = %(team_id)s)
    AND (%(led_by)s::bigint IS NULL OR {_LED.format(day="day")})
"""
_WHERE = f"""
    WHERE c.{IN_SCOPE} AND c.sample = %(sample)s AND c.day BETWEEN %(since)s AND %(until)s
    AND (%(scorecard_id)s::bigint IS NULL OR c.scorecard_id = %(scorecard_id)s) {_TEAM}
"""
_MEMBER_NOT_LEFT_OUT = (
    f"NOT IN (SELECT membership_id FROM tickets_agent WHERE {IN_SCOPE} AND is_left_out"
    " AND membership_id IS NOT NULL)"
)
_SUMS = """
    sum(c.reviews)::int AS reviews, sum(c.passes)::int AS passes,
    sum(c.auto_fails)::int AS auto_fails, sum(c.total)::float8 AS total,
    sum(c.squares)::float8 AS squares
"""


def by_day(part: Part, period: Period) -> dict[date, Sums]:
    rows = _rows(
        f"SELECT c.day, {_SUMS} FROM scoring_qualityday c {_WHERE} GROUP BY 1", part, period
    )
    return {row["day"]: Sums.of(row) for row in rows}


def by_channel(part: Part, period: Period) -> list[Row]:
    """`key` (channel) and sums."""
    return _grouped("scoring_qualityday", "channel", part, period)


def by_team(part: Part, period: Period) -> list[Row]:
    """`key` (team id, None for no team) and sums."""
    return _grouped("scoring_qualityday", "team_id", part, period)


def by_agent(part: Part, period: Period) -> list[Row]:
    """`key` (agent id) and sums, of those who are not left out."""
    only = f"AND c.agent_id {NOT_LEFT_OUT}"
    return _grouped("scoring_qualityagentday", "agent_id", part, period, only=only)


def by_reviewer(part: Part, period: Period) -> list[Row]:
    """`key` (membership id), sums, and `seconds` spent, of those who are not left out as agents."""
    more, only = ", sum(c.seconds)::bigint AS seconds", f"AND c.reviewer_id {_MEMBER_NOT_LEFT_OUT}"
    return _grouped("scoring_qualityreviewerday", "reviewer_id", part, period, more, only=only)


def _grouped(
    table: str, key: str, part: Part, period: Period, more: str = "", *, only: str = ""
) -> list[Row]:
    statement = f"SELECT c.{key} AS key, {_SUMS}{more} FROM {table} c {_WHERE} {only} GROUP BY 1"
    return _rows(statement, part, period)


def by_category(part: Part, period: Period) -> list[Row]:
    """Ratings of each scorecard's categories in percent, with the newest names; `failed_…` with
    auto-fail."""
    return _rows(_categories("scoring_qualitycategoryday", _WHERE), part, period)


def by_own_category(agent_ids: Sequence[int], sample: str, period: Period) -> list[Row]:
    """As `by_category`, of these identities of one agent."""
    where = f"""
        WHERE c.{IN_SCOPE} AND c.agent_id = ANY(%(agents)s) AND c.sample = %(sample)s
          AND c.day BETWEEN %(since)s AND %(until)s
    """
    statement = _categories("scoring_qualityagentcategoryday", where)
    return _rows(statement, Part(sample), period, agents=list(agent_ids))


def _categories(table: str, where: str) -> str:
    return f"""
        SELECT s.*, k.name, k.group_name, k.scorecard FROM (
            SELECT c.scorecard_id, c.category_key AS key, sum(c.ratings)::int AS ratings,
                   sum(c.low)::int AS low, sum(c.not_applicable)::int AS not_applicable,
                   sum(c.total)::float8 AS total, sum(c.squares)::float8 AS squares,
                   sum(c.failed_total)::float8 AS failed_total,
                   sum(c.failed_squares)::float8 AS failed_squares
              FROM {table} c {where} GROUP BY 1, 2) AS s
        CROSS JOIN LATERAL (
            SELECT k.name, g.name AS group_name, o.name AS scorecard
              FROM scoring_category k
              JOIN scoring_categorygroup g
                ON g.organisation_id = k.organisation_id AND g.id = k.group_id
              JOIN scoring_scorecardversion v
                ON v.organisation_id = g.organisation_id AND v.id = g.version_id
              JOIN scoring_scorecard o
                ON o.organisation_id = v.organisation_id AND o.id = v.scorecard_id
             WHERE k.{IN_SCOPE} AND k.key = s.key AND o.id = s.scorecard_id
             ORDER BY k.id DESC LIMIT 1) AS k
        ORDER BY k.scorecard, s.scorecard_id, k.group_name, k.name
    """


def by_cause(part: Part, period: Period) -> list[Row]:
    """How often each root cause was named, the most frequent first."""
    return _rows(
        f"""
        SELECT s.*, k.name, k.category, k.scorecard FROM (
            SELECT c.scorecard_id, c.cause_key AS key, sum(c.count)::int AS count
              FROM scoring_qualitycauseday c {_WHERE} GROUP BY 1, 2) AS s
        CROSS JOIN LATERAL (
            SELECT k.name, q.name AS category, o.name AS scorecard
              FROM scoring_rootcause k
              JOIN scoring_category q
                ON q.organisation_id = k.organisation_id AND q.id = k.category_id
              JOIN scoring_categorygroup g
                ON g.organisation_id = q.organisation_id AND g.id = q.group_id
              JOIN scoring_scorecardversion v
                ON v.organisation_id = g.organisation_id AND v.id = g.version_id
              JOIN scoring_scorecard o
                ON o.organisation_id = v.organisation_id AND o.id = v.scorecard_id
             WHERE k.{IN_SCOPE} AND k.key = s.key AND o.id = s.scorecard_id
             ORDER BY k.id DESC LIMIT 1) AS k
        ORDER BY s.count DESC, k.name, k.scorecard
        """,
        part,
        period,
    )


def disputes(part: Part, period: Period) -> Row:
    """What became of the disputes of the period's reviews, and how many of these were `disputed`:
    the submitted ones, as a list shows them. `days` is the mean time to a decision."""
    [row] = _rows(
        f"""
        SELECT count(DISTINCT c.id) FILTER (WHERE c.state = 'submitted')::int AS disputed,
               count(*)::int AS opened, count(*) FILTER (WHERE d.state = 'open')::int AS open,
               count(*) FILTER (WHERE d.state = 'accepted')::int AS accepted,
               count(*) FILTER (WHERE d.state = 'partly')::int AS partly,
               count(*) FILTER (WHERE d.state = 'rejected')::int AS rejected,
               avg(extract(epoch FROM d.decided_at - d.opened_at) / 86400)
                   FILTER (WHERE d.state IN ('accepted', 'partly', 'rejected'))::float8 AS days
          FROM scoring_dispute d
          JOIN scoring_review c ON c.organisation_id = d.organisation_id AND c.id = d.review_id
          JOIN scoring_scorecardversion v
            ON v.organisation_id = c.organisation_id AND v.id = c.version_id
         WHERE d.{IN_SCOPE} AND c.sample = %(sample)s AND c.day BETWEEN %(since)s AND %(until)s
           AND d.state <> 'withdrawn'
           AND (%(scorecard_id)s::bigint IS NULL OR v.scorecard_id = %(scorecard_id)s) {_TEAM}
        """,
        part,
        period,
    )
    return row


def lost_disputes(part: Part, period: Period) -> dict[int, tuple[int, int]]:
    """By reviewer: how many of their reviews' disputes were decided, and how many they lost."""
    rows = _rows(
        f"""
        SELECT c.reviewer_id AS key, count(*)::int AS decided,
               count(*) FILTER (WHERE d.state IN ('accepted', 'partly'))::int AS lost
          FROM scoring_dispute d
          JOIN scoring_review c ON c.organisation_id = d.organisation_id AND c.id = d.review_id
          JOIN scoring_scorecardversion v
            ON v.organisation_id = c.organisation_id AND v.id = c.version_id
         WHERE d.{IN_SCOPE} AND c.sample = %(sample)s AND c.day BETWEEN %(since)s AND %(until)s
           AND d.state IN ('accepted', 'partly', 'rejected') AND c.reviewer_id IS NOT NULL
           AND (%(scorecard_id)s::bigint IS NULL OR v.scorecard_id = %(scorecard_id)s) {_TEAM}
         GROUP BY 1
        """,
        part,
        period,
    )
    return {row["key"]: (row["decided"], row["lost"]) for row in rows}


def spot_checks(part: Part, period: Period) -> dict[int, tuple[int, float, float]]:
    """By reviewer, of their reviews that somebody judged again: how many, and the sum and the sum
    of squares of first less second score."""
    rows = _rows(
        f"""
        SELECT c.reviewer_id AS key, count(*)::int AS n, sum(c.score - s.score)::float8 AS total,
               sum((c.score - s.score) ^ 2)::float8 AS squares
          FROM scoring_review s
          JOIN scoring_review c
            ON c.organisation_id = s.organisation_id AND c.id = s.spot_check_of_id
          JOIN scoring_scorecardversion v
            ON v.organisation_id = c.organisation_id AND v.id = c.version_id
         WHERE s.{IN_SCOPE} AND s.spot_check_of_id IS NOT NULL AND s.state = 'submitted'
           AND s.score IS NOT NULL AND c.score IS NOT NULL AND c.reviewer_id IS NOT NULL
           AND c.sample = %(sample)s AND c.day BETWEEN %(since)s AND %(until)s
           AND (%(scorecard_id)s::bigint IS NULL OR v.scorecard_id = %(scorecard_id)s) {_TEAM}
         GROUP BY 1
        """,
        part,
        period,
    )
    return {row["key"]: (row["n"], row["total"], row["squares"]) for row in rows}


def csat_by_day(part: Part, period: Period) -> dict[date, tuple[int, int]]:
    """Good and bad ratings of each day: every rating there was, not of reviewed tickets only."""
    rows = _rows(
        f"""
        SELECT c.day, sum(c.csat_good)::int AS good, sum(c.csat_bad)::int AS bad
          FROM scoring_teamday c
         WHERE c.{IN_SCOPE} AND c.channel = '' AND c.day BETWEEN %(since)s AND %(until)s {_TEAM}
         GROUP BY 1
        """,
        part,
        period,
    )
    return {row["day"]: (row["good"], row["bad"]) for row in rows}


def _rows(statement: str, part: Part, period: Period, **more: object) -> list[Row]:
    scope = {**asdict(part), "since": period.first, "until": period.last, **more}
    with connection.cursor() as cursor:
        cursor.execute(statement, scope)
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
