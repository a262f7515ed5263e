"""Read models of the team lead's dashboard, the agent's week and the way down to the tickets."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from uuid import UUID

from kaizo.core.tenancy import current_organisation_id
from scoring.dashboards import queries
from scoring.dashboards.figures import Comparison, Figure, TrendPoint, add_up, sums_of
from scoring.dashboards.periods import A_WEEK, Grain, Period
from scoring.dashboards.queries import Row, Slice
from scoring.metrics import register
from scoring.metrics.arithmetic import SUMS
from scoring.metrics.register import Kpi, Unit
from tickets.people import named_agents

BACKLOG = "backlog"
WEEKS_BEFORE = 4


@dataclass(frozen=True, kw_only=True, slots=True)
class AgentRow:
    agent_id: int
    subject_id: UUID | None
    name: str
    team_id: int | None
    team: str
    figures: dict[str, Figure]  # by KPI code


@dataclass(frozen=True, kw_only=True, slots=True)
class LeadDashboard:
    """What a team lead sees of a period. `kpis` are the columns of `agents`, in order."""

    period: Period
    part: Slice
    tiles: tuple[Comparison, ...]
    kpis: tuple[Kpi, ...]
    agents: tuple[AgentRow, ...]
    teams: dict[int, str]


def lead_dashboard(
    *,
    period: Period,
    part: Slice,
    role: str,
    kpis: Sequence[Kpi] | None = None,
    sort: str = "",
    grain: Grain = Grain.DAY,
) -> LeadDashboard:
    """The dashboard of a period and the one before it, with trends in steps of `grain`.

    `kpis` are those that the page shows, by default all that the role may see; what only others
    are made of is not read.
    `sort` is a KPI's code, with `-` before it for the largest first; by default agents stand in
    the order of their names, because a table is not a ranking. Raises `UnknownKpi` for another
    code. A team has no backlog of its own, so KPIs without an agent appear for all teams only.
    """
    kpis = register.visible_to(role) if kpis is None else kpis
    personal = tuple(kpi for kpi in kpis if kpi.is_personal)
    shown = kpis if part.team_id is None else personal
    days = queries.team_days(period.previous.first, period.last, part, sums_of(shown))
    placed = queries.teams_with_agents(period.last)
    rows = _agent_rows(period, part, personal, placed, role=role)
    return LeadDashboard(
        period=period,
        part=part,
        tiles=_comparisons(shown, days, period, role=role, grain=grain),
        kpis=personal,
        agents=tuple(sort_agents(rows, sort)),
        teams={row["team_id"]: row["name"] for row in placed},
    )


def kpi_steps(
    *, code: str, period: Period, part: Slice, role: str, grain: Grain = Grain.DAY
) -> Comparison:
    """One KPI of a period against the period before, in steps of `grain`.

    Raises `UnknownKpi` and `NotAViewer`.
    """
    kpi = register.visible(code, role=role)
    days = queries.team_days(period.previous.first, period.last, part, sums_of([kpi]))
    [comparison] = _comparisons([kpi], days, period, role=role, grain=grain)
    return comparison


def _agent_rows(
    period: Period, part: Slice, kpis: Sequence[Kpi], placed: Sequence[Row], *, role: str
) -> list[AgentRow]:
    """A row per agent. Of all teams it names the one at the end of the period."""
    rows = queries.agent_totals(period, part, sums_of(kpis))
    totals = {row["agent_id"]: row for row in rows}
    agents = named_agents(current_organisation_id(), totals) if totals else {}
    team_names = {row["team_id"]: row["name"] for row in placed}
    team_of = {row["agent_id"]: row["team_id"] for row in placed}
    return [
        AgentRow(
            agent_id=agent_id,
            subject_id=agents[agent_id].subject_id if agent_id in agents else None,
            name=agents[agent_id].name if agent_id in agents else "",
            team_id=(team_id := part.team_id or team_of.get(agent_id)),
            team=team_names.get(team_id, ""),
            figures={kpi.code: Figure.of_person(kpi, row, role=role) for kpi in kpis},
        )
        for agent_id, row in totals.items()
    ]


def sort_agents(rows: Iterable[AgentRow], sort: str) -> list[AgentRow]:
    """By name, or by a KPI's code (`-code` for the largest first). Who has not enough data comes
    last either way. Raises `UnknownKpi`."""
    by_name = sorted(rows, key=lambda row: (row.name.casefold(), row.agent_id))
    code = sort.removeprefix("-")
    if not code:
        return by_name
    register.kpi(code)
    valued = [row for row in by_name if _value(row, code) is not None]
    valued.sort(key=lambda row: _value(row, code) or 0, reverse=sort.startswith("-"))
    return valued + [row for row in by_name if _value(row, code) is None]


def _value(row: AgentRow, code: str) -> float | None:
    figure = row.figures.get(code)
    return figure.value if figure else None


def _comparisons(
    kpis: Sequence[Kpi],
    rows: Collection[Row],
    period: Period,
    *,
    role: str,
    grain: Grain = Grain.DAY,
) -> tuple[Comparison, ...]:
    """Each KPI of the period against the period before; a row without a day holds the backlog
    before both."""
    sums = sums_of(kpis)
    days = [row for row in rows if row["day"]]
    former = add_up((row for row in rows if not row["day"] or row["day"] < period.first), sums)
    current = add_up((row for row in days if row["day"] >= period.first), sums)
    if queries.BACKLOG_CHANGE in sums:
        current[queries.BACKLOG_CHANGE] += former[queries.BACKLOG_CHANGE]
    steps = _sums_of_steps(days, period.steps(grain), sums)
    return tuple(
        Comparison(
            kpi=kpi,
            now=Figure.of(kpi, current, role=role),
            before=Figure.of(kpi, former, role=role),
            trend=_trend(kpi, steps, former.get(queries.BACKLOG_CHANGE, 0), role=role),
        )
        for kpi in kpis
    )


def _sums_of_steps(
    days: Iterable[Row], steps: Iterable[Period], sums: Sequence[str] = SUMS
) -> list[tuple[Period, dict[str, int]]]:
    by_day = {row["day"]: row for row in days}
    nothing = dict.fromkeys(sums, 0)
    return [
        (step, by_day.get(step.first, nothing))
        if step.length == 1
        else (step, add_up((by_day[day] for day in step.days() if day in by_day), sums))
        for step in steps
    ]


def _trend(
    kpi: Kpi, steps: Iterable[tuple[Period, Row]], backlog: int, *, role: str
) -> tuple[TrendPoint, ...]:
    """A point a step. The backlog runs on from step to step; every other KPI starts anew."""
    points = []
    for step, sums in steps:
        if kpi.code == BACKLOG:
            backlog += sums["backlog_change"]
            sums = {"backlog_change": backlog}  # noqa: PLW2901 - the backlog as it stands
        figure = Figure.of(kpi, sums, role=role)
        points.append(TrendPoint(step.first, figure.value, figure.n, step.length))
    return tuple(points)


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnFigure:
    """One's own KPI this week, and what is usual for oneself.

    `usual` is the figure of the own last four weeks taken together; for counts, the mean of those
    weeks in which there was any work, so that leave is no failure.
    """

    kpi: Kpi
    now: Figure
    usual: Figure
    trend: tuple[TrendPoint, ...]
    weeks: tuple[TrendPoint, ...]  # the four weeks before, oldest first; day is the Monday


@dataclass(frozen=True, kw_only=True, slots=True)
class MyWeek:
    period: Period
    through: date  # the last day that counts; earlier weeks are cut at the same weekday
    figures: tuple[OwnFigure, ...]
    weeks_compared: int

    @property
    def is_blank(self) -> bool:
        """Whether nothing at all has been counted in the week."""
        return not any(point.n for figure in self.figures for point in figure.trend)


def my_week(*, agent_ids: Sequence[int], week: Period, today: date, role: str) -> MyWeek:
    """One person's week against the same person's four weeks before. Nobody else's data is read.

    A week that is not over is compared with the same weekdays of the weeks before.
    """
    through = max(min(today, week.last), week.first)
    span = Period(week.first - WEEKS_BEFORE * A_WEEK, week.last)
    days = queries.own_days(agent_ids, span)
    counted = [row for row in days if row["day"].weekday() <= through.weekday()]
    mondays = [week.first - number * A_WEEK for number in range(WEEKS_BEFORE, 0, -1)]
    past = {monday: _week_from(counted, monday) for monday in mondays}
    worked = [rows for rows in past.values() if rows]
    now = [row for row in _week_from(days, week.first) if row["day"] <= through]
    days_of_the_week = _sums_of_steps(now, week.steps(Grain.DAY))
    return MyWeek(
        period=week,
        through=through,
        figures=tuple(
            OwnFigure(
                kpi=kpi,
                now=Figure.of_person(kpi, add_up(now), role=role),
                usual=_usual(kpi, worked, role=role),
                trend=_trend(kpi, days_of_the_week, 0, role=role),
                weeks=tuple(_week_point(kpi, *week, role=role) for week in past.items()),
            )
            for kpi in register.visible_to(role)
            if kpi.is_personal
        ),
        weeks_compared=len(worked),
    )


def _week_from(days: Iterable[Row], monday: date) -> list[Row]:
    return [row for row in days if monday <= row["day"] < monday + A_WEEK]


def _week_point(kpi: Kpi, monday: date, rows: list[Row], *, role: str) -> TrendPoint:
    figure = Figure.of_person(kpi, add_up(rows), role=role)
    return TrendPoint(monday, figure.value if rows else None, figure.n, days=7)


def _usual(kpi: Kpi, weeks: list[list[Row]], *, role: str) -> Figure:
    together = Figure.of_person(kpi, add_up(row for week in weeks for row in week), role=role)
    if not weeks:
        return Figure(None, 0)
    if kpi.unit is Unit.COUNT and together.value is not None:
        return Figure(together.value / len(weeks), together.n)
    return together


MINUTE, HOUR, DAY = 60, 3600, 86_400
_TIME_BOUNDS = (
    5 * MINUTE, 15 * MINUTE, HOUR, 4 * HOUR, 8 * HOUR, DAY, 3 * DAY, 7 * DAY,
)  # fmt: skip
_COUNT_BOUNDS = (2, 3, 4, 6, 11)
_SHARE_BOUNDS = (50,)
_CHANGE_BOUNDS = (0,)


@dataclass(frozen=True, slots=True)
class Band:
    """A bar of a histogram: values from `lower` (included) to `upper` (not included). None is
    without end."""

    number: int
    lower: float | None
    upper: float | None
    tickets: int


@dataclass(frozen=True, kw_only=True, slots=True)
class DayHistogram:
    kpi: Kpi
    day: date
    part: Slice
    bands: tuple[Band, ...]

    @property
    def tickets(self) -> int:
        return sum(band.tickets for band in self.bands)


def day_histogram(*, code: str, day: date, part: Slice, role: str) -> DayHistogram:
    """How one day's tickets spread over the values of a KPI. Raises `UnknownKpi`, `NotAViewer`."""
    kpi = register.visible(code, role=role)
    bounds = _bounds(kpi)
    sizes = queries.band_sizes(kpi, day, part, bounds)
    edges = [None, *bounds, None]
    bands = [
        Band(number, lower, upper, sizes.get(number, 0))
        for number, (lower, upper) in enumerate(pairwise(edges))
    ]
    return DayHistogram(kpi=kpi, day=day, part=part, bands=tuple(bands))


@dataclass(frozen=True, slots=True)
class ValuedTicket:
    """A ticket and its own value of a KPI on one day."""

    ticket_id: int
    value: float


def tickets_in_band(
    *, code: str, day: date, part: Slice, role: str, band: int, after: int = 0, limit: int = 50
) -> list[ValuedTicket]:
    """The tickets behind one bar, by id; page on with `after`, the last id seen.

    Raises `UnknownKpi` and `NotAViewer`.
    """
    kpi = register.visible(code, role=role)
    rows = queries.tickets_in_band(
        kpi, day, part, _bounds(kpi), band=band, after=after, limit=limit
    )
    return [ValuedTicket(row["ticket_id"], row["value"]) for row in rows]


def _bounds(kpi: Kpi) -> tuple[int, ...]:
    if kpi.code == BACKLOG:
        return _CHANGE_BOUNDS
    return {
        Unit.SECONDS: _TIME_BOUNDS,
        Unit.PERCENT: _SHARE_BOUNDS,
        Unit.COUNT: _COUNT_BOUNDS,
    }[kpi.unit]
