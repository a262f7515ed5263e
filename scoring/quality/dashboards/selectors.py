"""The read model of the quality dashboard and of an agent's own page.

Every figure is an `Estimate`: it carries the number of reviews and a 95% interval, and has no
value below the organisation's minimum. Random and targeted samples are never asked about at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from django.db.models import Sum

from kaizo.accounts.models import Membership, Team
from kaizo.core.tenancy import current_organisation_id
from scoring.dashboards.periods import Grain, Period
from scoring.quality import intervals
from scoring.quality.dashboards import queries
from scoring.quality.dashboards.queries import Part, Sums
from scoring.quality.intervals import Estimate
from scoring.quality.models import QualityAgentDay, QualitySettings
from tickets.people import agent_names

MOST_DAYS_BY_DAY = 13
MOST_DAYS_BY_WEEK = 31  # of one person


@dataclass(frozen=True, slots=True)
class Figures:
    """What a set of reviews says. IQS is the plain mean of review scores (Zendesk QA's)."""

    sums: Sums
    minimum: int

    @property
    def iqs(self) -> Estimate:
        sums = self.sums
        return intervals.mean(sums.total, sums.squares, sums.reviews, minimum=self.minimum)

    @property
    def pass_rate(self) -> Estimate:
        return intervals.pass_rate(self.sums.passes, self.sums.reviews, minimum=self.minimum)

    @property
    def auto_fail_rate(self) -> Estimate:
        return intervals.pass_rate(self.sums.auto_fails, self.sums.reviews, minimum=self.minimum)


@dataclass(frozen=True, slots=True)
class Line:
    """A row of a table: whom or what it is about, and its figures."""

    key: Any
    name: str
    figures: Figures


@dataclass(frozen=True, slots=True)
class ReviewerLine:
    """How somebody judges, in points: `apart` from the mean of all reviews of the same sample, and
    `leniency`, what spot checks found: the mean of first less second score, so that above 0 they
    are milder than who judged again without seeing theirs."""

    line: Line
    apart: float | None
    leniency: Estimate
    disputes_lost: Estimate
    seconds_each: float | None


@dataclass(frozen=True, slots=True)
class CategoryLine:
    """`average` leaves auto-fail aside; `contributed` counts ratings of failed reviews as 0."""

    key: UUID
    scorecard_id: int
    scorecard: str
    group: str
    name: str
    average: Estimate
    contributed: Estimate
    low: Estimate
    times_low: int
    not_applicable: int


@dataclass(frozen=True, slots=True)
class Step:
    """A day or week of the trend, with the customers' own judgement beside it."""

    period: Period
    figures: Figures
    csat: Estimate


@dataclass(frozen=True, kw_only=True, slots=True)
class QualityDashboard:
    period: Period
    part: Part
    minimum: int
    now: Figures
    before: Figures
    csat_now: Estimate
    csat_before: Estimate
    steps: tuple[Step, ...]
    categories: tuple[CategoryLine, ...]
    agents: tuple[Line, ...]
    teams: tuple[Line, ...]
    channels: tuple[Line, ...]
    reviewers: tuple[ReviewerLine, ...]
    causes: tuple[dict[str, Any], ...]
    disputes: dict[str, Any]


def minimum_reviews() -> int:
    """How many reviews a figure needs in this organisation."""
    found = QualitySettings.objects.first() or QualitySettings()
    return found.minimum_reviews


def quality_dashboard(*, period: Period, part: Part) -> QualityDashboard:
    """The dashboard of a period beside the period before it: a fixed number of queries."""
    minimum = minimum_reviews()
    whole = Period(period.previous.first, period.last)
    days, csat = queries.by_day(part, whole), queries.csat_by_day(part, whole)
    now = Figures(_added(days, period), minimum)
    return QualityDashboard(
        period=period,
        part=part,
        minimum=minimum,
        now=now,
        before=Figures(_added(days, period.previous), minimum),
        csat_now=_csat(csat, period, minimum),
        csat_before=_csat(csat, period.previous, minimum),
        steps=tuple(
            Step(step, Figures(_added(days, step), minimum), _csat(csat, step, minimum))
            for step in period.steps(_grain(period))
        ),
        categories=_categories(queries.by_category(part, period), minimum),
        agents=_agents(part, period, minimum),
        teams=_teams(part, period, minimum),
        channels=tuple(
            Line(row["key"], row["key"], Figures(Sums.of(row), minimum))
            for row in queries.by_channel(part, period)
        ),
        reviewers=_reviewers(part, period, now),
        causes=tuple(queries.by_cause(part, period)),
        disputes=queries.disputes(part, period),
    )


def _grain(period: Period) -> Grain:
    """By day only when the period is short: a day has few reviews."""
    return Grain.DAY if period.length <= MOST_DAYS_BY_DAY else max(period.grain, Grain.WEEK)


def _own_grain(period: Period) -> Grain:
    """One person gets a review or two a week: in short steps there would never be a figure."""
    return Grain.MONTH if period.length > MOST_DAYS_BY_WEEK else Grain.WEEK


def _added(days: dict[date, Sums], period: Period) -> Sums:
    found = (sums for day, sums in days.items() if period.first <= day <= period.last)
    return sum(found, Sums())


def _csat(days: dict[date, tuple[int, int]], period: Period, minimum: int) -> Estimate:
    """Good ratings of good and bad ones, in percent."""
    found = [rated for day, rated in days.items() if period.first <= day <= period.last]
    good, bad = sum(g for g, _bad in found), sum(b for _good, b in found)
    return intervals.pass_rate(good, good + bad, minimum=minimum)


def _categories(rows: Iterable[dict[str, Any]], minimum: int) -> tuple[CategoryLine, ...]:
    return tuple(
        CategoryLine(
            key=row["key"],
            scorecard_id=row["scorecard_id"],
            scorecard=row["scorecard"],
            group=row["group_name"],
            name=row["name"],
            average=intervals.mean(row["total"], row["squares"], row["ratings"], minimum=minimum),
            contributed=intervals.mean(
                row["failed_total"], row["failed_squares"], row["ratings"], minimum=minimum
            ),
            low=intervals.pass_rate(row["low"], row["ratings"], minimum=minimum),
            times_low=row["low"],
            not_applicable=row["not_applicable"],
        )
        for row in rows
    )


def _agents(part: Part, period: Period, minimum: int) -> tuple[Line, ...]:
    """In the order of their names: a table is not a ranking."""
    rows = queries.by_agent(part, period)
    names = agent_names(current_organisation_id(), [row["key"] for row in rows]) if rows else {}
    return _by_name(rows, names, minimum)


def _teams(part: Part, period: Period, minimum: int) -> tuple[Line, ...]:
    rows = queries.by_team(part, period)
    names = dict(Team.objects.values_list("pk", "name"))
    return _by_name(rows, names, minimum)


def _by_name(
    rows: Iterable[dict[str, Any]], names: dict[int, str], minimum: int
) -> tuple[Line, ...]:
    lines = [Line(r["key"], names.get(r["key"], ""), Figures(Sums.of(r), minimum)) for r in rows]
    return tuple(sorted(lines, key=lambda line: (not line.name, line.name.casefold())))


def _reviewers(part: Part, period: Period, everybody: Figures) -> tuple[ReviewerLine, ...]:
    rows = {row["key"]: row for row in queries.by_reviewer(part, period)}
    members = Membership.objects.filter(pk__in=list(rows)).values_list("pk", "user__name")
    lost, checks = queries.lost_disputes(part, period), queries.spot_checks(part, period)
    lines = _by_name(rows.values(), dict(members), everybody.minimum)
    minimum = everybody.minimum
    found = []
    for line in lines:
        decided, overruled = lost.get(line.key, (0, 0))
        checked, total, squares = checks.get(line.key, (0, 0.0, 0.0))
        iqs, mean = line.figures.iqs, everybody.iqs.value
        seconds = rows[line.key]["seconds"] / line.figures.sums.reviews
        found.append(
            ReviewerLine(
                line,
                apart=None if iqs.value is None or mean is None else iqs.value - mean,
                leniency=intervals.difference(total, squares, checked, minimum=minimum),
                disputes_lost=intervals.pass_rate(overruled, decided, minimum=minimum),
                seconds_each=seconds if iqs.is_known else None,
            )
        )
    return tuple(found)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnQuality:
    """An agent's own reviews: nobody else's are read and nobody is compared with."""

    period: Period
    minimum: int
    now: Figures
    before: Figures
    steps: tuple[Step, ...]
    categories: tuple[CategoryLine, ...]


def own_quality(*, agent_ids: Sequence[int], period: Period, sample: str) -> OwnQuality:
    minimum = minimum_reviews()
    rows = QualityAgentDay.objects.filter(
        agent__in=agent_ids,
        sample=sample,
        day__range=(period.previous.first, period.last),
    ).values("day").annotate(
        r=Sum("reviews"), p=Sum("passes"), a=Sum("auto_fails"), t=Sum("total"), s=Sum("squares")
    )  # fmt: skip
    days = {
        row["day"]: Sums(row["r"], row["p"], row["a"], float(row["t"]), float(row["s"]))
        for row in rows
    }
    return OwnQuality(
        period=period,
        minimum=minimum,
        now=Figures(_added(days, period), minimum),
        before=Figures(_added(days, period.previous), minimum),
        steps=tuple(
            Step(step, Figures(_added(days, step), minimum), Estimate(0))
            for step in period.steps(_own_grain(period))
        ),
        categories=_categories(queries.by_own_category(agent_ids, sample, period), minimum),
    )
