"""Figures and scores in a copy of somebody's data: with the rubric that they were given by, and how
they are computed (GDPR Art. 15(1)(h); CJEU C-203/22)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy import api as privacy
from scoring.metrics.register import all_kpis
from scoring.quality.models import Review
from scoring.quality.reviews import pages
from scoring.quality.reviews.sheet import Line, Sheet, sheet_of
from scoring.quality.reviews.working import worked_out
from scoring.quality.scorecards.rubrics import RubricGroup

_Record = tuple[dict[str, Any], Mapping[str, int]]


class Scores(privacy.RowSection):
    """Every review of the agent's work as it stands, category by category."""

    name = "scores"
    given_under = ""
    columns = (
        "kind", "state", "scorecard", "version", "given_on", "score", "pass_mark", "passed",
        "auto_failed", "mode", "how_it_is_computed", "failed_by", "ratings",
    )  # fmt: skip

    @property
    def title(self) -> str:
        return _("scores, with rubric and explanation")

    def records(self, asker: privacy.Asker, ids: Sequence[int]) -> Mapping[int, _Record]:
        rows = Review.objects.filter(pk__in=ids).select_related("version__scorecard")
        sheets = {review.pk: sheet_of(review) for review in rows}
        words = {
            place: text
            for key, sheet in sheets.items()
            for place, text in _words(key, sheet)
            if text
        }
        shared = privacy.share_guessing(asker, words)
        return {key: _record(key, sheet, shared) for key, sheet in sheets.items()}

    def rows(self, asker: privacy.Asker) -> QuerySet[Review]:
        found: QuerySet[Review] = Review.objects.filter(reviewee__subject_id__in=asker.agents)
        return found


_Place = tuple[int, str, int]  # review, what, its number


def _words(key: int, sheet: Sheet) -> Iterator[tuple[_Place, str | None]]:
    for line in sheet.lines():
        yield (key, "comment", line.category.id), line.comment
        for quote in line.quotes:
            yield (key, "quote", quote.id), quote.text
    for quote in sheet.quotes:
        yield (key, "quote", quote.id), quote.text


def _record(key: int, sheet: Sheet, shared: Mapping[Any, privacy.Shared]) -> _Record:
    review = sheet.review
    how = pages.how_computed(sheet.rubric.mode)
    removed: dict[str, int] = {}
    for place, text in shared.items():
        if place[0] == key:
            for placeholder, times in text.removed.items():
                removed[placeholder] = removed.get(placeholder, 0) + times
    record = {
        "kind": review.kind,
        "state": review.state,
        "scorecard": review.version.scorecard.name,
        "version": review.version.number,
        "given_on": review.day.isoformat() if review.day else None,
        "score": None if review.score is None else str(review.score),
        "pass_mark": str(review.version.pass_mark),
        "passed": review.passed,
        "auto_failed": review.auto_failed,
        "mode": str(how["mode"]),
        "how_it_is_computed": " ".join([str(how["how"]), *worked_out(sheet)]),
        "failed_by": sheet.failed_by,
        "ratings": [
            _rating(key, part.group, line, shared) for part in sheet.parts for line in part.lines
        ],
    }
    return record, removed


def _rating(
    key: int, group: RubricGroup, line: Line, shared: Mapping[Any, privacy.Shared]
) -> dict[str, Any]:
    def text(what: str, number: int) -> str | None:
        found = shared.get((key, what, number))
        return found.text if found else None

    return {
        "group": group.name,
        "group_weight": group.weight,
        "is_bonus": group.is_bonus,
        "category": line.category.name,
        "description": line.category.description,
        "scale": str(line.category.scale),
        "weight": line.category.weight,
        "answer": "" if line.is_text else line.answer,
        "percent_of_scale": None if line.share is None else float(line.share),
        "comment": text("comment", line.category.id),
        "causes": [cause.name for cause in line.chosen_causes],
        "quotes": [text("quote", quote.id) for quote in line.quotes],
    }


def kpi_logic(asker: privacy.Asker) -> list[dict[str, str]]:
    """How every figure about an agent is computed."""
    if not asker.agents:
        return []
    return [
        {"figure": _(kpi.name), "text": " ".join(filter(None, (_(kpi.formula), _(kpi.clock))))}
        for kpi in all_kpis()
        if kpi.is_personal
    ]


def register() -> None:
    privacy.add_section(Scores())
    privacy.explain_logic(kpi_logic)
