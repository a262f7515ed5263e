"""A scorecard's life through the services."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction

from kaizo.accounts.models import Membership, Notice, NoticeKind, Organisation
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from scoring.quality.models import Category, CategoryGroup, Scorecard, ScorecardVersion
from scoring.quality.scorecards import services
from scoring.quality.scorecards.rubrics import (
    Conditions,
    ConversationFacts,
    Rubric,
    RubricCategory,
    RubricCause,
    RubricGroup,
)
from scoring.quality.scorecards.selectors import (
    quality_settings,
    rubric,
    usable_versions,
    version_in_force,
)
from tests.scoring.quality.factories import draft_scorecard, published_scorecard, small_rubric

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]


@pytest.fixture
def lead(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.TEAM_LEAD)


def names(version: ScorecardVersion) -> list[tuple[str, list[str]]]:
    return [(g.name, [c.name for c in g.categories]) for g in rubric(version).groups]


def test_a_rubric_is_read_as_it_was_written(organisation: Organisation) -> None:
    written = small_rubric()
    read = rubric(draft_scorecard(organisation, rubric=written))
    assert [g.key for g in read.groups] == [g.key for g in written.groups]
    assert [c.key for c in read.categories()] == [c.key for c in written.categories()]
    right_answer = next(c for c in read.categories() if c.name == "Right answer")
    assert [(depth, cause.name) for depth, cause in right_answer.all_causes()] == [
        (0, "Missing"),
        (1, "No order number"),
    ]


def test_reading_a_rubric_takes_three_queries(
    organisation: Organisation, django_assert_num_queries: Callable[..., object]
) -> None:
    version = draft_scorecard(organisation)
    with django_assert_num_queries(3):
        rubric(version)


def test_a_first_version_applies_at_once(organisation: Organisation, lead: Membership) -> None:
    draft = draft_scorecard(organisation)
    assert version_in_force(draft.scorecard) is None
    version = services.publish(version=draft, actor=lead)
    assert version_in_force(version.scorecard) == version
    assert version.published_by == lead


def test_a_later_version_waits_for_its_notice(organisation: Organisation, lead: Membership) -> None:
    first = published_scorecard(organisation)
    draft = services.start_draft(scorecard=first.scorecard, actor=lead)
    second = services.publish(version=draft, actor=lead)
    days = timedelta(days=quality_settings().notice_days)
    assert second.applies_from == second.published_at + days
    assert version_in_force(first.scorecard) == first
    assert version_in_force(first.scorecard, at=clock.now() + days) == second


def test_a_later_version_never_overtakes_an_announced_one(organisation: Organisation) -> None:
    first = published_scorecard(organisation)
    announced = services.publish(
        version=services.start_draft(scorecard=first.scorecard, actor=None), actor=None
    )
    services.change_settings(
        organisation=organisation,
        actor=None,
        dispute_days=14,
        decision_days=7,
        notice_days=0,
        minimum_reviews=5,
    )
    last = services.publish(
        version=services.start_draft(scorecard=first.scorecard, actor=None), actor=None
    )
    assert last.applies_from == announced.applies_from
    assert version_in_force(first.scorecard, at=last.applies_from) == last


def test_a_new_draft_keeps_the_keys_and_is_the_only_one(organisation: Organisation) -> None:
    first = published_scorecard(organisation)
    draft = services.start_draft(scorecard=first.scorecard, actor=None)
    assert draft.number == first.number + 1
    assert [c.key for c in rubric(draft).categories()] == [
        c.key for c in rubric(first).categories()
    ]
    assert services.start_draft(scorecard=first.scorecard, actor=None) == draft


def test_a_published_version_cannot_be_changed(organisation: Organisation) -> None:
    version = published_scorecard(organisation)
    group = CategoryGroup.objects.filter(version=version)[0]
    with pytest.raises(Conflict):
        services.change_group(group=group, content=RubricGroup(name="Other"))
    with pytest.raises(Conflict):
        services.discard_draft(version=version, actor=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        Category.objects.filter(group=group).update(weight=1)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (Rubric(), "No category is scored"),
        (
            Rubric(
                groups=(RubricGroup(name="A", categories=(RubricCategory(name="x", weight=0),)),)
            ),
            "has the weight 0",
        ),
        (small_rubric(groups=(*small_rubric().groups, RubricGroup(name="Rest"))), "“Rest”"),
        (small_rubric(mode="additive"), "do not reach the pass mark"),
        (
            Rubric(
                conditions=Conditions(channels=("email",)),
                groups=(
                    RubricGroup(
                        name="A",
                        categories=(
                            RubricCategory(name="x", conditions=Conditions(channels=("chat",))),
                        ),
                    ),
                ),
            ),
            "“A: x” is never asked",
        ),
    ],
)
def test_a_draft_that_makes_no_sense_is_not_published(
    organisation: Organisation, content: Rubric, told: str
) -> None:
    draft = draft_scorecard(organisation, rubric=content)
    with pytest.raises(DomainError, match=told):
        services.publish(version=draft, actor=None)
    draft.refresh_from_db()
    assert draft.state == "draft"


def test_a_clone_is_followed_on_its_own(organisation: Organisation, lead: Membership) -> None:
    version = published_scorecard(organisation, name="Support")
    copy = services.clone(version=version, name="Support chat", actor=lead)
    assert names(copy) == names(version)
    assert {c.key for c in rubric(copy).categories()}.isdisjoint(
        c.key for c in rubric(version).categories()
    )
    with pytest.raises(Conflict):
        services.clone(version=version, name="Support", actor=lead)


def test_replacing_a_rubric_keeps_the_keys_of_the_same_names(organisation: Organisation) -> None:
    draft = draft_scorecard(organisation)
    before = {c.name: c.key for c in rubric(draft).categories()}
    services.replace_rubric(version=draft, rubric=small_rubric(mode="sections"))
    assert {c.name: c.key for c in rubric(draft).categories()} == before
    assert ScorecardVersion.objects.get(pk=draft.pk).mode == "sections"


def test_categories_move_through_their_group_and_on_into_the_next(
    organisation: Organisation,
) -> None:
    draft = draft_scorecard(organisation)
    tone = Category.objects.get(name="Tone")
    services.move_category(category=tone, by=-1)
    assert names(draft)[0][1] == ["Tone", "Greeting"]
    for _step in range(2):
        services.move_category(category=Category.objects.get(name="Tone"), by=1)
    assert names(draft) == [
        ("Communication", ["Greeting"]),
        ("Solution", ["Tone", "Right answer", "What was it about?"]),
    ]
    services.move_group(group=CategoryGroup.objects.get(name="Solution"), by=-1)
    assert [name for name, _categories in names(draft)] == ["Solution", "Communication"]


def test_changing_a_category_keeps_its_key_and_the_keys_of_its_causes(
    organisation: Organisation,
) -> None:
    draft = draft_scorecard(organisation)
    before = next(c for c in rubric(draft).categories() if c.name == "Right answer")
    content = RubricCategory(
        name="Correct answer",
        weight=30,
        causes=(RubricCause(name="Other"), RubricCause(name="Missing")),
    )
    services.change_category(category=Category.objects.get(key=before.key), content=content)
    after = rubric(draft).category(before.key)
    assert after is not None
    assert (after.name, after.weight) == ("Correct answer", 30)
    assert [cause.name for cause in after.causes] == ["Other", "Missing"]
    assert after.causes[1].key == before.causes[0].key


def test_conditions_choose_scorecards_and_categories(organisation: Organisation) -> None:
    chat_only = RubricCategory(name="Waiting time", conditions=Conditions(channels=("chat",)))
    group = RubricGroup(name="All", categories=(RubricCategory(name="Tone"), chat_only))
    everywhere = published_scorecard(organisation, name="All", rubric=Rubric(groups=(group,)))
    german = published_scorecard(
        organisation,
        name="German",
        rubric=Rubric(groups=(group,), conditions=Conditions(languages=("de",))),
    )
    by_mail = ConversationFacts(channel="email", language="de-AT")
    by_chat = ConversationFacts(channel="chat", language="en")
    fitting = {
        facts: [v for v in usable_versions() if rubric(v).conditions.fit(facts)]
        for facts in (by_mail, by_chat)
    }
    assert fitting == {by_mail: [everywhere, german], by_chat: [everywhere]}
    assert [c.name for c in rubric(everywhere, by_mail).categories()] == ["Tone"]
    assert [c.name for c in rubric(everywhere, by_chat).categories()] == ["Tone", "Waiting time"]


def test_an_archived_scorecard_is_offered_no_more_until_it_is_restored(
    organisation: Organisation,
) -> None:
    card = published_scorecard(organisation, name="Support").scorecard
    services.archive(scorecard=card, actor=None)
    assert usable_versions() == []
    with pytest.raises(Conflict):
        services.start_draft(scorecard=card, actor=None)
    published_scorecard(organisation, name="Support")
    with pytest.raises(Conflict):
        services.restore(scorecard=card, actor=None)
    services.change_scorecard(scorecard=card, name="Old support", description="", actor=None)
    services.restore(scorecard=card, actor=None)
    assert card in [version.scorecard for version in usable_versions()]


def test_discarding_the_only_draft_removes_the_scorecard(organisation: Organisation) -> None:
    draft = draft_scorecard(organisation)
    services.discard_draft(version=draft, actor=None)
    assert not Scorecard.objects.exists()
    first = published_scorecard(organisation)
    second = services.start_draft(scorecard=first.scorecard, actor=None)
    services.discard_draft(version=second, actor=None)
    assert list(ScorecardVersion.objects.all()) == [first]


def test_publishing_tells_who_works_with_it_but_not_who_did_it(
    organisation: Organisation, lead: Membership, member: Callable[[Role], Membership]
) -> None:
    agent, auditor = member(Role.AGENT), member(Role.AUDITOR)
    version = services.publish(version=draft_scorecard(organisation), actor=lead)
    told = Notice.objects.filter(kind=NoticeKind.SCORECARD_ANNOUNCED)
    assert [notice.recipient_id for notice in told] == [agent.pk]
    assert told[0].object_id == version.scorecard_id
    assert auditor.pk != agent.pk
