"""Charts: the drawing stays inside its plane, and says in words and in a table what it shows."""

from __future__ import annotations

import math

import pytest
from django.template import Context, Template
from django.utils import translation
from hypothesis import given
from hypothesis import strategies as st

from kaizo.core import charts
from kaizo.core.charts import HEIGHT, WIDTH, Point

values = st.one_of(st.none(), st.floats(min_value=0, max_value=1e9, allow_nan=False))
points = st.lists(values, max_size=40).map(
    lambda numbers: [Point(str(i), v) for i, v in enumerate(numbers)]
)


@given(drawn=points, duration=st.booleans())
def test_every_mark_and_bar_lies_inside_the_plane(drawn: list[Point], *, duration: bool) -> None:
    scale = charts.axis(charts.known(drawn), duration=duration)
    for mark in charts.marks(drawn, scale):
        assert mark is None or (0 <= mark.x <= WIDTH and 0 <= mark.y <= HEIGHT)
    for bar in charts.bars(drawn, scale):
        assert 0 <= bar.x <= bar.x + bar.width <= WIDTH + 0.2
        assert bar.height >= 0
        assert math.isclose(bar.y + bar.height, HEIGHT, abs_tol=0.2)


@given(numbers=st.lists(st.floats(min_value=0, max_value=1e9), min_size=1), whole=st.booleans())
def test_an_axis_holds_every_value_and_its_ticks_rise(numbers: list[float], *, whole: bool) -> None:
    scale = charts.axis(numbers, whole=whole)
    assert scale.high >= max(numbers) * 0.999
    assert list(scale.ticks) == sorted(set(scale.ticks))
    assert not whole or all(tick == int(tick) for tick in scale.ticks)


def test_percentages_end_at_one_hundred() -> None:
    assert charts.axis([96.0], top=100).high == 100


@given(points)
def test_a_gap_breaks_the_line(drawn: list[Point]) -> None:
    stretches = charts.runs(charts.marks(drawn, charts.axis(charts.known(drawn))))
    assert sum(map(len, stretches)) == len(charts.known(drawn))
    assert all(stretches)
    assert charts.line_path(stretches).count("M") == len(stretches)


def test_labels_are_thinned_to_first_and_last_and_some_between() -> None:
    thinned = charts.thin([str(i) for i in range(28)])
    assert thinned[0] == "0"
    assert thinned[-1] == "27"
    assert len(thinned) == 5


def draw(tag: str, **context: object) -> str:
    return Template("{% " + tag + " %}").render(Context(context))


DAYS = [("1 Mar", 3600.0), ("2 Mar", None), ("3 Mar", 7200.0, "/day/3/")]


@pytest.mark.parametrize(
    "tag",
    [
        'sparkline days "seconds" "First reply"',
        'line_chart days "seconds" "First reply" previous=days',
        'bar_chart days "seconds" "First reply"',
    ],
)
def test_a_chart_has_a_sentence_and_its_data_table(tag: str) -> None:
    html = draw(tag, days=DAYS)
    assert "<figcaption" in html
    assert "1\N{NO-BREAK SPACE}h at the start, 2\N{NO-BREAK SPACE}h at the end" in html
    assert html.count("<tr>") == 1 + len(DAYS)
    assert 'href="/day/3/"' in html


def test_a_chart_without_data_says_so_and_draws_nothing() -> None:
    html = draw('line_chart days "count" "Solved"', days=[("1 Mar", None)])
    assert "Not enough data in this period." in html
    assert "<svg" not in html


def test_a_histogram_names_the_fullest_range() -> None:
    html = draw('histogram bins "Tickets by time"', bins=[("< 1 h", 3), ("1–2 h", 9)])
    assert "Most often: 1–2 h, 9 of 12." in html


def test_coordinates_do_not_follow_the_readers_language() -> None:
    with translation.override("de"):
        html = draw('line_chart days "number" "Wert"', days=[("a", 1.5), ("b", 2.25), ("c", 1.0)])
    paths = [part.split('"')[0] for part in html.split(' d="')[1:]]
    assert paths
    assert not any("," in path for path in paths)
