"""Vendors' published examples, and what holds for every scorecard."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from scoring.quality.arithmetic import (
    TOPS,
    Answer,
    AutoFail,
    Group,
    Mode,
    Scale,
    category_score,
    iqs,
    is_low,
    review_score,
    share,
    to_hundredths,
)

FULL, NONE = Fraction(1), Fraction(0)


def weighted(*answers: Answer) -> Decimal | None:
    return review_score([Group(answers)], Mode.WEIGHTED).rounded()


def zendesk_review(earned: int, *, critical: bool = False) -> Fraction:
    """A review of the example's scorecard: eleven points of weight 11 in all, and two critical
    categories of weight 0.05 each (the older weight of Zendesk QA's critical categories)."""
    small = Fraction(5, 100)
    answers = [Answer(1, FULL if place < earned else NONE) for place in range(11)]
    answers += [
        Answer(small, NONE if critical else FULL, AutoFail.REVIEW),
        Answer(small, FULL, AutoFail.REVIEW),
    ]
    percent = review_score([Group(answers)], Mode.WEIGHTED).percent
    assert percent is not None
    return percent


def test_the_published_five_reviews_of_zendesk_qa_average_to_52_97() -> None:
    """Zendesk help 7043701093786, "Understanding Internal Quality Score calculations": reviews of
    100, 9.91, 63.96, 90.99 and 0 percent give an IQS of 52.97 percent."""
    reviews = [zendesk_review(points) for points in (11, 1, 7, 10)]
    reviews.append(zendesk_review(11, critical=True))
    assert [to_hundredths(review) for review in reviews] == [
        Decimal(100), Decimal("9.91"), Decimal("63.96"), Decimal("90.99"), Decimal(0),
    ]  # fmt: skip
    mean = iqs(reviews)
    assert mean is not None
    assert to_hundredths(mean) == Decimal("52.97")


def test_zendesk_scales_map_to_percent() -> None:
    """Zendesk help 7043747806874 (terminology)."""
    mapped = {
        scale: [to_hundredths(100 * share(value, scale)) for value in range(top + 1)]
        for scale, top in TOPS.items()
        if scale != Scale.TEN
    }
    assert mapped[Scale.BINARY] == [Decimal(0), Decimal(100)]
    assert mapped[Scale.THREE] == [Decimal(0), Decimal(50), Decimal(100)]
    assert mapped[Scale.FOUR] == [Decimal(0), Decimal("33.33"), Decimal("66.67"), Decimal(100)]
    assert mapped[Scale.FIVE] == [Decimal(0), Decimal(25), Decimal(50), Decimal(75), Decimal(100)]


def test_maestroqa_total_points() -> None:
    """MaestroQA help 4544009: 21 of 35 points are 60 percent; with the section of five points not
    applicable, 16 of 30 are 53.3 percent."""
    rest = [Answer(20, Fraction(11, 20)), Answer(10, Fraction(5, 10))]
    assert weighted(*rest, Answer(5, FULL)) == Decimal(60)
    assert weighted(*rest, Answer(5, None)) == Decimal("53.33")


def test_maestroqa_weighted_sections() -> None:
    """MaestroQA help 4547978: sections of 10, 30, 40 and 20 percent, earning 1/1, 1/2, 1/1 and
    1/4 of their points, give 0.10 + 0.15 + 0.40 + 0.05 = 70 percent."""
    groups = [
        Group([Answer(1, FULL)], weight=10),
        Group([Answer(2, Fraction(1, 2))], weight=30),
        Group([Answer(3, FULL)], weight=40),
        Group([Answer(4, Fraction(1, 4))], weight=20),
    ]
    assert review_score(groups, Mode.SECTIONS).rounded() == Decimal(70)


def test_points_are_added_from_nought_and_capped_at_100() -> None:
    """Kaizo help 6192247295121: additive scorecards start at 0."""
    group = Group([Answer(60, FULL), Answer(30, Fraction(1, 2))])
    assert review_score([group], Mode.ADDITIVE).rounded() == Decimal(75)
    over = Group([Answer(90, FULL), Answer(90, FULL)])
    assert review_score([over], Mode.ADDITIVE).rounded() == Decimal(100)


def test_points_are_taken_off_100_and_not_below_nought() -> None:
    """Kaizo help 6192247295121: deductive scorecards start at 100."""
    group = Group([Answer(20, NONE), Answer(30, Fraction(1, 2)), Answer(10, None)])
    assert review_score([group], Mode.DEDUCTIVE).rounded() == Decimal(65)
    under = Group([Answer(90, NONE), Answer(90, NONE)])
    assert review_score([under], Mode.DEDUCTIVE).rounded() == Decimal(0)


def test_a_critical_category_of_no_weight_fails_but_adds_nothing() -> None:
    half = Answer(10, Fraction(1, 2))
    assert weighted(half, Answer(0, FULL, AutoFail.REVIEW)) == Decimal(50)
    failed = review_score([Group([half, Answer(0, NONE, AutoFail.REVIEW)])], Mode.WEIGHTED)
    assert (failed.rounded(), failed.auto_failed) == (Decimal(0), True)


def test_a_critical_category_that_is_not_applicable_fails_nothing() -> None:
    assert weighted(Answer(10, FULL), Answer(5, None, AutoFail.REVIEW)) == Decimal(100)


def test_a_failed_group_takes_only_itself() -> None:
    failing = Group([Answer(10, NONE, AutoFail.GROUP), Answer(10, FULL)])
    fine = Group([Answer(20, FULL)])
    score = review_score([failing, fine], Mode.WEIGHTED)
    assert (score.rounded(), score.auto_failed) == (Decimal(50), True)


def test_a_bonus_is_added_on_top_and_never_lowers() -> None:
    base = Group([Answer(10, FULL)])
    earned = Group([Answer(5, FULL)], is_bonus=True)
    missed = Group([Answer(5, NONE)], is_bonus=True)
    assert review_score([base, earned], Mode.WEIGHTED).rounded() == Decimal(105)
    assert review_score([base, missed], Mode.WEIGHTED).rounded() == Decimal(100)


def test_nothing_applicable_gives_no_score() -> None:
    score = review_score([Group([Answer(10, None), Answer(5, None)])], Mode.WEIGHTED)
    assert (score.percent, score.passes(80)) == (None, None)


def test_the_pass_mark_is_asked_before_rounding() -> None:
    score = review_score([Group([Answer(1, Fraction(79_999, 100_000))])], Mode.WEIGHTED)
    assert (score.rounded(), score.passes(80)) == (Decimal("80.00"), False)


def test_a_value_off_its_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="not on a scale"):
        share(2, Scale.BINARY)


@pytest.mark.parametrize(("scale", "low"), [(Scale.BINARY, 0), (Scale.FIVE, 1), (Scale.TEN, 4)])
def test_low_is_below_the_middle(scale: Scale, low: int) -> None:
    assert is_low(low, scale)
    assert not is_low(low + 1, scale)


shares = st.one_of(
    st.none(), st.sampled_from(list(Scale)).flatmap(
        lambda scale: st.integers(0, TOPS[scale]).map(lambda value: share(value, scale))
    )
)  # fmt: skip
answers = st.builds(Answer, st.integers(0, 100), shares, st.sampled_from(list(AutoFail)))
groups = st.builds(Group, st.lists(answers, max_size=5), st.integers(0, 100), st.just(value=False))
modes = st.sampled_from(list(Mode))


@given(st.lists(groups, max_size=4), modes)
def test_without_bonus_a_score_lies_between_0_and_100(every: list[Group], mode: Mode) -> None:
    percent = review_score(every, mode).percent
    assert percent is None or 0 <= percent <= 100


@given(st.lists(groups, max_size=4), modes, st.randoms())
def test_the_order_of_groups_and_answers_does_not_matter(
    every: list[Group], mode: Mode, random
) -> None:
    mixed = [Group(random.sample(g.answers, len(g.answers)), g.weight) for g in every]
    random.shuffle(mixed)
    assert review_score(mixed, mode) == review_score(every, mode)


@given(st.lists(groups, max_size=4), modes)
def test_what_is_not_applicable_might_as_well_not_be_asked(every: list[Group], mode: Mode) -> None:
    asked = [Group([a for a in g.answers if a.share is not None], g.weight) for g in every]
    assert review_score(asked, mode) == review_score(every, mode)


def carries_weight(group: Group, mode: Mode) -> bool:
    if mode is Mode.SECTIONS and not group.weight:
        return False
    return any(answer.weight for answer in group.answers if answer.share is not None)


# A failed review is 0 whatever its weights; without the failure it may have no score at all.
@example([Group([Answer(1, Fraction(0), AutoFail.REVIEW)], 0)], Mode.SECTIONS)
@given(st.lists(groups, max_size=3), modes)
def test_a_better_rating_never_lowers_a_score(every: list[Group], mode: Mode) -> None:
    best = [
        Group(
            [Answer(a.weight, None if a.share is None else FULL, a.auto_fail) for a in g.answers],
            g.weight,
        )
        for g in every
    ]
    before, after = review_score(every, mode).percent, review_score(best, mode).percent
    assert (
        before is None
        or (after is not None and after >= before)
        or not any(carries_weight(group, mode) for group in every)
    )


@given(st.lists(groups, max_size=3), st.lists(answers, max_size=4), modes)
def test_a_bonus_never_lowers_and_adds_no_more_than_its_points(
    every: list[Group], bonus: list[Answer], mode: Mode
) -> None:
    plain = [Answer(a.weight, a.share) for a in bonus]
    before = review_score(every, mode).percent
    after = review_score([*every, Group(plain, is_bonus=True)], mode).percent
    assert (before is None) == (after is None)
    if before is not None and after is not None:
        assert before <= after <= before + sum(a.weight for a in plain)


@given(st.lists(groups, max_size=3), modes)
def test_one_critical_failure_makes_it_nought(every: list[Group], mode: Mode) -> None:
    critical = Group([Answer(0, NONE, AutoFail.REVIEW)])
    score = review_score([*every, critical], mode)
    assert (score.percent, score.auto_failed) == (0, True)


@given(st.lists(st.fractions(0, 1), min_size=1, max_size=6))
def test_a_category_average_is_the_plain_mean(found: list[Fraction]) -> None:
    assert category_score(found) == 100 * sum(found) / len(found)
