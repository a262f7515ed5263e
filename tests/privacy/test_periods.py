"""Periods of the policy table as time."""

from __future__ import annotations

from datetime import timedelta

import pytest

from privacy.policy import PARENT, PolicyError, kept_for, retention_rules, span_of


@pytest.mark.parametrize(
    ("period", "expected"),
    [
        ("P7D", timedelta(days=7)),
        ("P12M", timedelta(days=360)),
        ("P1Y2M3D", timedelta(days=365 + 60 + 3)),
        ("PT10M", timedelta(minutes=10)),
        ("PT12H", timedelta(hours=12)),
        ("P1MT1M", timedelta(days=30, minutes=1)),
    ],
)
def test_durations(period, expected) -> None:
    assert span_of(period) == expected


@pytest.mark.parametrize("period", ["", "P", PARENT, "7 days", "PT"])
def test_what_is_no_duration_is_refused(period) -> None:
    with pytest.raises(PolicyError):
        span_of(period)


def test_every_shipped_period_lies_between_its_floor_and_its_ceiling() -> None:
    rules = [rule for rule in retention_rules().values() if rule.period != PARENT]
    assert rules
    for rule in rules:
        assert span_of(rule.floor) <= kept_for(rule.name) <= span_of(rule.ceiling), rule.name
