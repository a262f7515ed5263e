"""Who may dispute until when, who decides, and what a verdict may change."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from scoring.quality.disputes import rules
from scoring.quality.disputes.rules import About, Deadline, Refusal, Remedy, State

SHARED = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
FINE = rules.Objection(
    is_submitted=True,
    is_shared_kind=True,
    is_annulled=False,
    is_by_reviewee=True,
    clock_from=SHARED,
)
PARTIES = rules.Parties(reviewer=1, disputer=2, reviewee=2, decided_before=(3,))


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({}, None),
        ({"is_by_reviewee": False}, Refusal.NOT_THEIRS),
        ({"is_shared_kind": False}, Refusal.NOT_DISPUTABLE),
        ({"is_submitted": False}, Refusal.NOT_SUBMITTED),
        ({"is_annulled": True}, Refusal.ANNULLED),
    ],
)
def test_only_a_finished_review_of_one_s_own_is_disputed(
    change: dict[str, bool], refusal: Refusal | None
) -> None:
    objection = replace(FINE, **change)
    assert rules.may_open(objection, now=SHARED, days=14) == refusal


@given(days=st.integers(1, 60), late=st.timedeltas(timedelta(seconds=1), timedelta(days=400)))
def test_the_window_is_open_to_its_last_moment_and_no_longer(days: int, late: timedelta) -> None:
    last = rules.until(SHARED, days)
    assert rules.may_open(FINE, now=last, days=days) is None
    assert rules.may_open(FINE, now=last + late, days=days) == Refusal.TOO_LATE


@pytest.mark.parametrize(
    ("actor", "refusal"),
    [(1, Refusal.OWN_REVIEW), (2, Refusal.OWN_DISPUTE), (3, Refusal.DECIDED_BEFORE), (4, None)],
)
def test_nobody_with_a_part_in_it_decides(actor: int, refusal: Refusal | None) -> None:
    assert rules.may_decide(State.OPEN, PARTIES, actor=actor) == refusal


@pytest.mark.parametrize("state", [state for state in State if state != State.OPEN])
def test_what_is_settled_stays_settled(state: State) -> None:
    assert rules.may_decide(state, PARTIES, actor=4) == Refusal.SETTLED


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (timedelta(days=3), Deadline.IN_TIME),
        (timedelta(days=2), Deadline.SOON),
        (timedelta(0), Deadline.SOON),
        (timedelta(seconds=-1), Deadline.OVERDUE),
    ],
)
def test_an_open_dispute_stands_by_its_deadline(left: timedelta, expected: Deadline) -> None:
    assert rules.standing(State.OPEN, SHARED + left, SHARED) == expected
    assert rules.standing(State.REJECTED, SHARED + left, SHARED) == Deadline.REJECTED


def test_a_rejection_changes_nothing_and_an_acceptance_something() -> None:
    for about in About:
        assert rules.fits(about, State.REJECTED, Remedy.NOTHING)
        assert not rules.fits(about, State.ACCEPTED, Remedy.NOTHING)
        assert not any(
            rules.fits(about, State.REJECTED, remedy) for remedy in set(Remedy) - {Remedy.NOTHING}
        )
    assert not rules.fits(About.REVIEWEE, State.PARTLY, Remedy.REVIEWEE)
    assert not rules.fits(About.CATEGORY, State.ACCEPTED, Remedy.ANNUL)
    assert rules.fits(About.REVIEW, State.ACCEPTED, Remedy.ANNUL)
