"""The tables of the quality pages. A table is written once and read by the page and by the CSV
file, so that the file holds exactly what is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import gettext as _

from kaizo.core import ui
from scoring.access import NO_TEAM
from scoring.dashboards.periods import Period
from scoring.quality.assignments.selectors import RunningRow
from scoring.quality.calibration.distances import Distances
from scoring.quality.dashboards.selectors import (
    CategoryLine,
    Figures,
    Line,
    OwnQuality,
    QualityDashboard,
    ReviewerLine,
    Step,
)
from scoring.quality.intervals import Estimate, pass_rate
from tickets.models import Channel

Link = Callable[..., str]


@dataclass(frozen=True, slots=True)
class Column:
    name: str
    numeric: bool = True


@dataclass(frozen=True, slots=True)
class Row:
    """The first cell is the head of the row and leads to `url`; `links` says by the place of a cell
    where its figure leads: to exactly the reviews that it counts."""

    cells: Sequence[str]
    url: str = ""
    links: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Cell:
    text: str
    is_number: bool
    url: str


@dataclass(frozen=True, slots=True)
class Table:
    """`code` names it in addresses; `empty` is said when it has no rows."""

    code: str
    title: str
    note: str
    columns: Sequence[Column]
    rows: Sequence[Row]
    empty: str = ""

    @property
    def head(self) -> list[str]:
        return [column.name for column in self.columns]

    @property
    def lines(self) -> list[tuple[Row, list[Cell]]]:
        """Each row with its cells after the first."""
        numeric = [column.numeric for column in self.columns]
        return [
            (
                row,
                [
                    Cell(row.cells[at], numeric[at], row.links.get(at, ""))
                    for at in range(1, len(numeric))
                ],
            )
            for row in self.rows
        ]


def percent(estimate: Estimate) -> str:
    """The figure in words, or why there is none."""
    if estimate.value is None:
        return _("Not enough data")
    whole = round(estimate.value, 1).is_integer()
    return f"{ui.number(estimate.value, 0 if whole else 1)}%"


def interval(estimate: Estimate) -> str:
    """The 95% interval, or nothing beside a figure that there is not."""
    if estimate.bounds is None:
        return ui.NOTHING
    low, high = map(ui.number, estimate.bounds)
    return f"{low}–{high}%"


def period_of(step: Period) -> str:
    first = date_format(step.first, "j M")
    return first if step.length == 1 else f"{first} – {date_format(step.last, 'j M')}"


def _columns(first: str, *names: str) -> list[Column]:
    return [Column(first, numeric=False), *(Column(name) for name in names)]


def _scores(figures: Figures) -> list[str]:
    return [
        percent(figures.iqs),
        interval(figures.iqs),
        percent(figures.pass_rate),
        interval(figures.pass_rate),
        ui.number(figures.sums.auto_fails),
        ui.number(figures.sums.reviews),
    ]


_AUTO_FAILS, _REVIEWS = 5, 6  # where these stand in a row, after its head


def _score_names() -> list[str]:
    return [
        _("IQS"), _("95% interval"), _("Pass rate"), _("95% interval of the pass rate"),
        _("Auto-fails"), _("Reviews"),
    ]  # fmt: skip


def steps_table(steps: Sequence[Step], link: Link, *, with_csat: bool) -> Table:
    columns = _columns(
        _("When"), *_score_names(), *([_("CSAT"), _("Ratings")] if with_csat else [])
    )
    rows = []
    for step in steps:
        csat = [percent(step.csat), ui.number(step.csat.n)] if with_csat else []
        url = link(first=step.period.first, last=step.period.last)
        failed = link(first=step.period.first, last=step.period.last, result="auto_failed")
        cells = [period_of(step.period), *_scores(step.figures), *csat]
        rows.append(Row(cells, url, {_AUTO_FAILS: failed, _REVIEWS: url}))
    note = _("Every submitted review counts once, on the day it was submitted.")
    return Table("weeks", _("Over time"), note, columns, rows)


def categories_table(lines: Sequence[CategoryLine], link: Link) -> Table:
    cards = _more_than_one(line.scorecard_id for line in lines)
    columns = [
        Column(_("Category"), numeric=False), *_scorecard_column(cards), Column(_("Average")),
        Column(_("95% interval")), Column(_("With auto-fail")),
        Column(_("95% interval with auto-fail")), Column(_("Low ratings")),
        Column(_("Share of low ratings")), Column(_("95% interval of low ratings")),
        Column(_("Not applicable")), Column(_("Ratings")),
    ]  # fmt: skip
    note = _(
        "The average leaves auto-fail aside; beside it, every rating of an auto-failed review"
        " counts as 0. A number of ratings leads to the reviews that gave them."
    )
    rows = [_category_row(line, link, named=cards) for line in lines]
    return Table("categories", _("Categories"), note, columns, rows, _no_reviews())


def _category_row(line: CategoryLine, link: Link, *, named: bool) -> Row:
    card = [line.scorecard] if named else []
    cells = [
        f"{line.group}: {line.name}", *card, percent(line.average), interval(line.average),
        percent(line.contributed), interval(line.contributed), ui.number(line.times_low),
        percent(line.low), interval(line.low), ui.number(line.not_applicable),
        ui.number(line.average.n),
    ]  # fmt: skip
    rated = link(scorecard=line.scorecard_id, rated=line.key)
    low = link(scorecard=line.scorecard_id, low=line.key)
    left_out = link(scorecard=line.scorecard_id, left_out=line.key)
    last = len(cells) - 1
    return Row(cells, rated, {last - 4: low, last - 1: left_out, last: rated})


def _more_than_one(scorecards: Iterable[int]) -> bool:
    """Whether a scorecard has to be named beside what may be called the same in another."""
    return len(set(scorecards)) > 1


def _scorecard_column(named: bool) -> list[Column]:  # noqa: FBT001 - the only thing it is asked
    return [Column(_("Scorecard"), numeric=False)] if named else []


# By which filter of the list of reviews each of these tables is followed.
_FILTERS = {"agent": "reviewee", "team": "team", "channel": "channel"}


def lines_table(code: str, title: str, first: str, lines: Sequence[Line], link: Link) -> Table:
    rows = []
    for line in lines:
        about = {_FILTERS[code]: line.key}
        failed = link(**about, result="auto_failed")
        links = {_AUTO_FAILS: failed, _REVIEWS: link(**about)}
        rows.append(Row([line.name, *_scores(line.figures)], link(**about), links))
    note = _("In the order of the names. Small samples are withheld.")
    return Table(code, title, note, _columns(first, *_score_names()), rows, _no_reviews())


def reviewers_table(lines: Sequence[ReviewerLine], link: Link) -> Table:
    columns = _columns(
        _("Reviewer"), _("Average score given"), _("95% interval"), _("Against everybody's"),
        _("Time per review"), _("Reviews"),
    )  # fmt: skip
    rows = []
    for each in lines:
        iqs = each.line.figures.iqs
        apart = ui.NOTHING if each.apart is None else _points(each.apart)
        cells = [_reviewer(each), percent(iqs), interval(iqs), apart]
        more = [ui.duration(each.seconds_each), ui.number(iqs.n)]
        url = link(reviewer=each.line.key)
        rows.append(Row([*cells, *more], url, {len(cells) + 1: url}))
    note = _("Whose scores lie far from everybody's may judge others, or otherwise: calibrate.")
    return Table("reviewers", _("Reviewers"), note, columns, rows, _no_reviews())


def checks_table(lines: Sequence[ReviewerLine]) -> Table:
    columns = _columns(
        _("Reviewer"), _("Leniency"), _("95% interval"), _("Spot checks"), _("Disputes lost"),
        _("95% interval of disputes lost"), _("Disputes decided"),
    )  # fmt: skip
    rows = [
        Row(
            [
                _reviewer(each), _leniency(each.leniency), _between(each.leniency),
                ui.number(each.leniency.n), percent(each.disputes_lost),
                interval(each.disputes_lost), ui.number(each.disputes_lost.n),
            ]
        )
        for each in lines
    ]  # fmt: skip
    note = _(
        "Leniency is how much higher somebody scored than a spot check of the same conversation."
        " A lost dispute was accepted, whole or in part."
    )
    return Table("checks", _("Reviewers reviewed"), note, columns, rows, _no_reviews())


def _reviewer(each: ReviewerLine) -> str:
    return each.line.name or _("Erased")


def _leniency(found: Estimate) -> str:
    return _("Not enough data") if found.value is None else _points(found.value)


def _between(found: Estimate) -> str:
    """The interval of a difference in points."""
    if found.bounds is None:
        return ui.NOTHING
    low, high = map(_points, found.bounds)
    return _("%(low)s to %(high)s") % {"low": low, "high": high}


def _points(difference: float) -> str:
    return _("%(points)s points") % {"points": ui.signed(difference, 1)}


def causes_table(rows: Sequence[dict[str, Any]], minimum: int, link: Link) -> Table:
    total = sum(row["count"] for row in rows)
    named = _more_than_one(row["scorecard_id"] for row in rows)
    shown = []
    for row in rows:
        share = pass_rate(row["count"], total, minimum=minimum)
        about = [row["category"], *([row["scorecard"]] if named else [])]
        cells = [row["name"], *about, percent(share), interval(share), ui.number(row["count"])]
        url = link(scorecard=row["scorecard_id"], cause=row["key"])
        shown.append(Row(cells, url, {len(cells) - 1: url}))
    columns = [
        Column(_("Root cause"), numeric=False), Column(_("Category"), numeric=False),
        *_scorecard_column(named), Column(_("Share")), Column(_("95% interval")),
        Column(_("Times")),
    ]  # fmt: skip
    empty = _("No low rating of this period has a root cause.")
    return Table("causes", _("Root causes"), _("Of low ratings."), columns, shown, empty)


def disputes_table(found: dict[str, Any], minimum: int, link: Link) -> Table:
    decided = found["accepted"] + found["partly"] + found["rejected"]
    accepted = pass_rate(found["accepted"] + found["partly"], decided, minimum=minimum)
    enough = decided >= minimum
    disputed = link(state="disputed")
    rows = [
        Row([_("Disputed reviews"), ui.number(found["disputed"])], disputed, {1: disputed}),
        Row([_("Disputes opened"), ui.number(found["opened"])]),
        Row([_("Still open"), ui.number(found["open"])]),
        Row([_("Accepted"), ui.number(found["accepted"])]),
        Row([_("Partly accepted"), ui.number(found["partly"])]),
        Row([_("Rejected"), ui.number(found["rejected"])]),
        Row([_("Accepted of those decided"), percent(accepted)]),
        Row([_("95% interval of those accepted"), interval(accepted)]),
        Row(
            [
                _("Mean days to a decision"),
                ui.number(found["days"], 1) if enough else _("Not enough data"),
            ]
        ),
    ]
    note = _("Of reviews submitted in this period. A disputed review counts again once decided.")
    return Table(
        "disputes", _("Disputes"), note, _columns(_("What"), _("Number")),
        rows if found["opened"] else [], _("Nothing was disputed in this period."),
    )  # fmt: skip


def assignments_table(rows: Sequence[tuple[RunningRow, str]]) -> Table:
    """Each row with the address of its page, which may be empty."""
    columns = _columns(
        _("Assignment"), _("Reviewed"), _("To do"), _("Replaced"), _("Removed"), _("Due")
    )
    shown = [
        Row(
            [
                row.name,
                _("%(done)s of %(all)s")
                % {"done": ui.number(row.progress.done), "all": ui.number(row.progress.total)},
                ui.number(row.progress.open), ui.number(row.progress.replaced),
                ui.number(row.progress.removed), date_format(row.due_on, "j M Y"),
            ],
            url,
        )
        for row, url in rows
    ]  # fmt: skip
    empty = _("No assignment ran in this period.")
    return Table("assignments", _("Assignments"), _("Progress."), columns, shown, empty)


def calibration_table(found: Distances) -> Table:
    columns = _columns(
        _("Reviewer"), _("Mean distance from agreed"), _("Scores higher or lower"), _("Scores")
    )
    rows = []
    for person in found.people:
        if person.overall is not None:
            gap, lean = _gap(person.overall.gap), _points(person.overall.lean)
            if person.overall.n < found.minimum:
                gap, lean = _("Not enough data"), ui.NOTHING
            rows.append(Row([person.name, gap, lean, ui.number(person.overall.n)]))
    note = _("Of the latest sessions, whatever the period: calibration is outside the score.")
    empty = _("No session has an agreed score yet.")
    return Table("calibration", _("Calibration"), note, columns, rows, empty)


def _gap(points: float) -> str:
    return _("%(points)s points") % {"points": ui.number(points, 1)}


def dashboard_tables(
    found: QualityDashboard,
    calibrated: Distances,
    assignments: Sequence[tuple[RunningRow, str]],
    link: Link,
) -> list[Table]:
    """Every table of the page, in its order."""
    channels = [
        Line(line.key, str(Channel(line.key).label), line.figures) for line in found.channels
    ]
    teams = [
        Line(line.key or NO_TEAM, line.name or _("No team"), line.figures) for line in found.teams
    ]
    return [
        steps_table(found.steps, link, with_csat=True),
        categories_table(found.categories, link),
        lines_table("agent", _("Agents"), _("Agent"), found.agents, link),
        lines_table("team", _("Teams"), _("Team"), teams, link),
        lines_table("channel", _("Channels"), _("Channel"), channels, link),
        reviewers_table(found.reviewers, link),
        checks_table(found.reviewers),
        causes_table(found.causes, found.minimum, link),
        disputes_table(found.disputes, found.minimum, link),
        calibration_table(calibrated),
        assignments_table(assignments),
    ]


def own_tables(found: OwnQuality, link: Link) -> list[Table]:
    return [
        steps_table(found.steps, link, with_csat=False),
        categories_table(found.categories, link),
    ]


def _no_reviews() -> str:
    return _("No review was submitted in this period.")
