# ruff: noqa: S608 - every word of the statements is our own; what comes from outside is a parameter
"""Keeps the rollups of reviews in step. A day is always added up anew as a whole: a review's
change can move it between teams, agents and results, and a day's reviews are few."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from typing import Any

from django.db import connection, transaction

from kaizo.core.tenancy import IN_SCOPE
from scoring.quality.models import Review

# Two changes of one day wait for each other; the number only tells this lock from others.
_LOCK = "SELECT pg_advisory_xact_lock(7301, %(organisation)s::int)"
# Until the statistics know an organisation, PostgreSQL takes it to have one review with one rating,
# and would compare each of its reviews with each of its ratings.
_HASHED = "SET LOCAL enable_nestloop = off"
_AS_BEFORE = "SET LOCAL enable_nestloop TO DEFAULT"

_COUNTED = f"""
    r.{IN_SCOPE}
    AND r.state = 'submitted' AND NOT r.is_suspended AND r.score IS NOT NULL
    AND r.kind = ANY(%(kinds)s) AND r.day BETWEEN %(since)s AND %(until)s
"""
# Their numbers are spelt out in the statements: PostgreSQL then knows how many there are, and looks
# them up by a hash where it takes another index.
_FIND = f"SELECT coalesce(array_agg(r.id), '{{}}') FROM scoring_review r WHERE {_COUNTED}"
_CELL = "r.organisation_id, r.day, r.sample, v.scorecard_id, r.team_id"
_CELL_COLUMNS = "organisation_id, day, sample, scorecard_id, team_id"
_SCORES = (
    "count(*), count(*) FILTER (WHERE r.passed), count(*) FILTER (WHERE r.auto_failed),"
    " sum(r.score), sum(r.score * r.score)"
)
_SCORE_COLUMNS = "reviews, passes, auto_fails, total, squares"
_REVIEWS = f"""
    FROM scoring_review r
    JOIN scoring_scorecardversion v
      ON v.organisation_id = r.organisation_id AND v.id = r.version_id
   WHERE {_COUNTED}
"""
_TOP = (
    "CASE c.scale WHEN 'binary' THEN 1 WHEN '3' THEN 2 WHEN '4' THEN 3 WHEN '5' THEN 4 ELSE 10 END"
)
_RATED_COLUMNS = "ratings, low, not_applicable, total, squares, failed_total, failed_squares"
_RATED = """
    count(percent), count(*) FILTER (WHERE percent < 50), count(*) FILTER (WHERE is_na),
    coalesce(sum(percent), 0), coalesce(sum(percent * percent), 0),
    coalesce(sum(percent) FILTER (WHERE NOT auto_failed), 0),
    coalesce(sum(percent * percent) FILTER (WHERE NOT auto_failed), 0)
"""
_RATINGS = f"""
    (SELECT {_CELL}, r.reviewee_id, c.key, g.is_na, r.auto_failed,
            100.0 * g.value / ({_TOP}) AS percent
       FROM scoring_review r
       JOIN scoring_scorecardversion v
         ON v.organisation_id = r.organisation_id AND v.id = r.version_id
       JOIN scoring_rating g
         ON g.organisation_id = r.organisation_id AND g.review_id = r.id
       JOIN scoring_category c
         ON c.organisation_id = g.organisation_id AND c.id = g.category_id
      WHERE {_COUNTED} AND c.kind <> 'text' AND (g.value IS NOT NULL OR g.is_na)
        AND g.review_id = ANY(%(reviews)s::bigint[])) AS rated
"""
_FILL = (
    f"""
INSERT INTO scoring_qualityday ({_CELL_COLUMNS}, channel, {_SCORE_COLUMNS})
SELECT {_CELL}, r.channel, {_SCORES} {_REVIEWS} GROUP BY {_CELL}, r.channel
""",
    f"""
INSERT INTO scoring_qualityagentday ({_CELL_COLUMNS}, agent_id, {_SCORE_COLUMNS})
SELECT {_CELL}, r.reviewee_id, {_SCORES} {_REVIEWS} AND r.reviewee_id IS NOT NULL
 GROUP BY {_CELL}, r.reviewee_id
""",
    f"""
INSERT INTO scoring_qualityreviewerday
    ({_CELL_COLUMNS}, reviewer_id, {_SCORE_COLUMNS}, seconds)
SELECT {_CELL}, r.reviewer_id, {_SCORES}, sum(r.seconds_spent)
       {_REVIEWS} AND r.reviewer_id IS NOT NULL
 GROUP BY {_CELL}, r.reviewer_id
""",
    f"""
INSERT INTO scoring_qualitycategoryday ({_CELL_COLUMNS}, category_key, {_RATED_COLUMNS})
SELECT organisation_id, day, sample, scorecard_id, team_id, key, {_RATED}
  FROM {_RATINGS} GROUP BY 1, 2, 3, 4, 5, 6
""",
    f"""
INSERT INTO scoring_qualityagentcategoryday
    ({_CELL_COLUMNS}, category_key, agent_id, {_RATED_COLUMNS})
SELECT organisation_id, day, sample, scorecard_id, team_id, key, reviewee_id, {_RATED}
  FROM {_RATINGS} WHERE reviewee_id IS NOT NULL GROUP BY 1, 2, 3, 4, 5, 6, 7
""",
    f"""
INSERT INTO scoring_qualitycauseday ({_CELL_COLUMNS}, category_key, cause_key, count)
SELECT {_CELL}, c.key, k.key, count(*)
  FROM scoring_review r
  JOIN scoring_scorecardversion v
    ON v.organisation_id = r.organisation_id AND v.id = r.version_id
  JOIN scoring_rating g
    ON g.organisation_id = r.organisation_id AND g.review_id = r.id
  JOIN scoring_ratingcause gc
    ON gc.organisation_id = g.organisation_id AND gc.rating_id = g.id
  JOIN scoring_rootcause k ON k.organisation_id = gc.organisation_id AND k.id = gc.cause_id
  JOIN scoring_category c ON c.organisation_id = k.organisation_id AND c.id = k.category_id
 WHERE {_COUNTED}
 GROUP BY {_CELL}, c.key, k.key
""",
)
_TABLES = (
    "scoring_qualityday",
    "scoring_qualityagentday",
    "scoring_qualityreviewerday",
    "scoring_qualitycategoryday",
    "scoring_qualityagentcategoryday",
    "scoring_qualitycauseday",
)
_EMPTY = tuple(
    f"DELETE FROM {table} WHERE {IN_SCOPE} AND day BETWEEN %(since)s AND %(until)s"
    for table in _TABLES
)


def follow_reviews(review_ids: Collection[int]) -> None:
    """Bring the days of these reviews up to date, in the transaction that changed them.

    Inside the tenant's scope. A review without a day was never submitted and changes nothing.
    """
    rows = Review.objects.filter(pk__in=review_ids, day__isnull=False)
    for organisation_id, day in set(rows.values_list("organisation_id", "day")):
        recompute(organisation_id=organisation_id, since=day, until=day)


@transaction.atomic
def recompute(*, organisation_id: int, since: date = date.min, until: date = date.max) -> None:
    """Rebuild the rollups of `[since, until]` from the reviews. Idempotent; one caller at a time
    per organisation."""
    scope: dict[str, Any] = {
        "organisation": organisation_id,
        "since": since,
        "until": until,
        "kinds": [kind.value for kind in Review.COUNTED],
    }
    with connection.cursor() as cursor:
        for statement in (_LOCK, *_EMPTY, _HASHED, _FIND):
            cursor.execute(statement, scope)
        [scope["reviews"]] = cursor.fetchone()
        for statement in (*_FILL, _AS_BEFORE):
            cursor.execute(statement, scope)
