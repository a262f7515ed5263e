"""How figures, names and form fields are written."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime

import pytest
from django import forms
from django.template import Context, Template
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from kaizo.core import ui
from privacy.detection.spans import Kind, Span

NBSP = "\N{NO-BREAK SPACE}"


def render(source: str, **context: object) -> str:
    return Template(source).render(Context(context))


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (None, "–"),
        (0, "0 s"),
        (59.4, "59 s"),
        (90, "1 min 30 s"),
        (599, "9 min 59 s"),
        (3570, "1 h"),
        (4320, "1 h 12 min"),
        (86399, "1 d"),
        (90000, "1 d 1 h"),
        (-60, "−1 min"),
    ],
)
def test_a_duration_is_said_in_at_most_two_units(seconds: float | None, words: str) -> None:
    assert ui.duration(seconds).replace(NBSP, " ") == words


@pytest.mark.parametrize(
    ("value", "decimals", "words", "signed"),
    [
        (-0.3, 1, "−0.3", "−0.3"),
        (0.3, 1, "0.3", "+0.3"),
        (-0.04, 1, "0.0", "0.0"),
        (0.04, 1, "0.0", "0.0"),
        (-0.4, 0, "0", "0"),
        (-12, 0, "−12", "−12"),
        (-1234, 0, "−1,234", "−1,234"),
        (None, 0, "–", "–"),
    ],
)
def test_a_negative_number_has_a_minus_sign_and_nothing_has_none(
    value: float | None, decimals: int, words: str, signed: str
) -> None:
    assert ui.number(value, decimals) == words
    assert render("{{ value|signed:decimals }}", value=value, decimals=decimals) == signed


def test_business_hours_are_never_turned_into_days() -> None:
    assert ui.measure(30 * 3600, "business_seconds").replace(NBSP, " ") == "30 h"


@given(st.floats(min_value=0, max_value=1e9))
def test_rounding_never_makes_a_unit_overflow(seconds: float) -> None:
    text = ui.duration(seconds)
    parts = text.replace(NBSP, " ").split()
    assert not {("60", "s"), ("60", "min"), ("24", "h")} & set(itertools.pairwise(parts))


@given(st.floats(min_value=0, max_value=100))
def test_every_score_has_a_grade_whose_floor_it_reaches(score: float) -> None:
    grade = ui.grade(score)
    better = [g for g in ui.GRADES if g.at_least > grade.at_least]
    assert score >= grade.at_least
    assert all(score < g.at_least for g in better)


def test_a_score_says_its_grade_in_words_and_shape() -> None:
    html = render("{% score 92 %}")
    assert "92" in html
    assert "Excellent" in html
    assert "#star-fill" in html


def test_a_missing_score_is_not_shown_as_zero() -> None:
    assert "Not enough data" in render("{% score value %}", value=None)


@pytest.mark.parametrize(
    ("better", "change", "words"),
    [("lower", -8.0, "better"), ("higher", -8.0, "worse"), ("lower", 8.0, "worse")],
)
def test_a_change_is_judged_by_the_direction_that_is_good(
    better: str, change: float, words: str
) -> None:
    html = render("{% delta change better %}", change=change, better=better)
    assert words in html
    assert "is-" + words in html


def test_a_change_without_a_good_direction_is_not_judged() -> None:
    html = render("{% delta 8 better %}", better=None)
    assert "is-better" not in html
    assert "is-worse" not in html


@pytest.mark.parametrize(
    ("name", "letters"),
    [("Ada Jansen", "AJ"), ("Bram de Wit", "BW"), ("Zoë", "Z"), ("", "?"), ("<b> x", "X")],
)
def test_initials_stand_for_any_name(name: str, letters: str) -> None:
    assert ui.initials(name) == letters


def test_names_are_escaped() -> None:
    assert "<b>" not in render("{% person name %}", name="<b>Ada</b>")


def test_a_moment_carries_its_exact_time() -> None:
    html = render("{% moment at %}", at=datetime(2026, 3, 9, 9, 14, tzinfo=UTC))
    assert 'datetime="2026-03-09T' in html
    assert "9 Mar 2026" in html


def test_hidden_words_are_set_apart_and_the_rest_is_escaped() -> None:
    html = render("{{ text|redactions }}", text="<b> [person 2] and [note] [e-mail]")
    assert '<span class="redacted">person 2</span>' in html
    assert '<span class="redacted">e-mail</span>' in html
    assert "&lt;b&gt;" in html
    assert "[note]" in html


def test_every_kind_of_hidden_word_is_known() -> None:
    for kind in Kind:
        assert ui.REDACTED.fullmatch(Span(0, 1, kind, 3).placeholder)
        assert ui.REDACTED.fullmatch(Span(0, 1, kind).placeholder)


class _Form(forms.Form):
    email = forms.EmailField(label="E-mail", help_text="Where we write to.")
    plan = forms.ChoiceField(choices=[("a", "A")], widget=forms.RadioSelect)


def test_a_field_is_linked_to_its_hint_and_its_error() -> None:
    form = _Form({"email": "no"})
    html = render('{% include "components/field.html" with field=form.email only %}', form=form)
    assert 'aria-describedby="id_email_helptext id_email_error"' in html
    assert 'id="id_email_helptext"' in html
    assert 'id="id_email_error"' in html
    assert 'aria-invalid="true"' in html


def test_the_error_summary_leads_to_every_wrong_field() -> None:
    html = render('{% include "components/form_errors.html" with form=form only %}', form=_Form({}))
    assert 'href="#id_email"' in html


@pytest.mark.parametrize(
    ("now", "link", "state"),
    [
        ("", "sort=-solved", "none"),
        ("-solved", "sort=solved", "descending"),
        ("solved", "sort=-solved", "ascending"),
        ("name", "sort=-solved", "none"),
    ],
)
def test_a_column_head_sorts_the_other_way_round(now: str, link: str, state: str) -> None:
    request = RequestFactory().get("/", {"period": "28", "sort": now})
    html = render('{% sort_header "solved" "Solved" %}', request=request, sort=now)
    assert f"?period=28&amp;{link}" in html
    assert f'aria-sort="{state}"' in html


def test_the_component_page_shows_every_component(client: object) -> None:
    response = client.get("/components/")  # type: ignore[attr-defined]
    assert response.status_code == 200
    used = {t.name for t in response.templates}
    assert {"components/tile.html", "components/bubble.html", "components/charts/bars.html"} <= used
