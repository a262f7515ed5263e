from __future__ import annotations

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from scoring.metrics.arithmetic import SUMS
from scoring.metrics.register import (
    Kpi,
    NotAViewer,
    Unit,
    UnknownKpi,
    all_kpis,
    compute,
    kpi,
    visible_to,
)

sums = st.fixed_dictionaries(dict.fromkeys(SUMS, st.integers(0, 50)))
CODES = {declared.code for declared in all_kpis()}


def test_a_kpi_that_is_not_declared_cannot_be_computed():
    with pytest.raises(UnknownKpi, match="keystrokes"):
        compute("keystrokes", {"solved": 5}, role="owner")


def test_a_kpi_is_computed_for_its_viewers_only():
    sums = {"opened": 5}
    assert compute("tickets_opened", sums, role="team_lead") == 5
    with pytest.raises(NotAViewer, match="auditor"):
        compute("tickets_opened", sums, role="auditor")


def test_agents_see_every_figure_about_themselves():
    seen = visible_to("agent")
    assert {declared.code for declared in seen} == {
        declared.code for declared in all_kpis() if declared.is_personal
    }


def test_every_declaration_says_what_it_is_for():
    for declared in all_kpis():
        texts = (declared.name, declared.formula, declared.purpose)
        assert all(texts), declared.code
        assert declared.source_fields, declared.code
        assert declared.viewers, declared.code


def test_codes_and_names_are_unique():
    assert len(CODES) == len(all_kpis()) == len({declared.name for declared in all_kpis()})


def test_every_timing_is_declared_on_both_clocks():
    timings = {code for code in CODES if code.endswith("_time")}
    assert len(timings) == 4
    assert {f"{code}_business" for code in timings} <= CODES


def test_a_mean_is_null_until_something_was_counted():
    assert compute("first_reply_time", {}, role="agent") is None
    assert (
        compute("first_reply_time", {"first_replies": 4, "first_reply_seconds": 90}, role="agent")
        == 22.5
    )


def test_a_rating_share_ignores_the_unrated():
    sums = {"csat_good": 3, "csat_bad": 1, "solved": 20, "rated_solves": 4}
    assert compute("csat", sums, role="agent") == 75
    assert compute("csat_response_rate", sums, role="agent") == 20


def test_a_small_sample_is_not_enough():
    assert not kpi("csat").has_enough({"csat_good": 4, "csat_bad": 1})
    assert kpi("csat").has_enough({"csat_good": 8, "csat_bad": 2})
    assert kpi("tickets_solved").has_enough({})


def test_a_declaration_over_undeclared_sums_is_refused():
    with pytest.raises(ValueError, match="keystrokes"):
        Kpi(
            code="typing",
            name="Typing",
            unit=Unit.COUNT,
            formula="",
            source_fields=(),
            purpose="",
            numerator=("keystrokes",),
        )


@given(st.sampled_from(all_kpis()), st.lists(sums, max_size=3))
def test_the_sample_of_a_whole_is_the_sum_of_its_parts(declared, parts):
    whole = {name: sum(part[name] for part in parts) for name in SUMS}
    assert declared.sample(whole) == sum(declared.sample(part) for part in parts)


def test_the_handbook_prints_every_definition_word_for_word():
    handbook = (settings.BASE_DIR / "docs/use/metrics.md").read_text()
    for declared in all_kpis():
        text = f"{declared.formula} {declared.clock}".strip()
        assert f"### {declared.name}\n\n{text}\n" in handbook, declared.code
        assert f"*For:* {declared.purpose}" in handbook, declared.code
