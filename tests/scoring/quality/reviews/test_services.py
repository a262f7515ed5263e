"""What happens to a review from its start to its end."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from itertools import product
from zoneinfo import ZoneInfo

import pytest
import time_machine

from kaizo.accounts.models import Notice, Team
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from scoring.quality import changes
from scoring.quality.models import Rating, Review, ReviewChange
from scoring.quality.reviews import services
from scoring.quality.reviews.checking import possible_checkers, spot_check
from scoring.quality.reviews.facts import versions_for
from scoring.quality.reviews.starting import start_by_hand
from scoring.quality.scorecards import selectors as scorecards
from scoring.quality.scorecards import services as drafts
from scoring.quality.scorecards.rubrics import Conditions, RubricCategory, RubricGroup
from scoring.quality.sealing import Sealer
from tests import factories
from tests.factories import MONDAY
from tests.scoring.quality.factories import (
    FULL,
    draft_review,
    published_scorecard,
    small_rubric,
    stored_ticket,
    submitted_review,
)
from tickets.contracts import AgentRecord, AuthorRecord, AuthorType, MessageRecord
from tickets.models import Agent, Message, TeamMembership

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def told(monkeypatch):
    """Ids that followers were told of, in order."""
    heard = []
    monkeypatch.setattr(changes, "_followers", [heard.extend])
    return heard


def key_of(review, name):
    found = scorecards.rubric(review.version).categories()
    return next(category.key for category in found if category.name == name)


def answer(review, name, value=None, **fields):
    return services.rate(
        review=review, category_key=key_of(review, name), value=value,
        **({"revision": review.revision} | fields),
    )  # fmt: skip


def written(number, author, at, *, public=True):
    who = AuthorRecord(type=AuthorType.AGENT, id=author, name=author)
    return MessageRecord(
        id=f"m{number}", author=who, sent_at=at, public=public, text=f"Words {number}"
    )


# Worked by hand: weights 10, 20 and 10, the scales yes/no, 3 and 5 points.
WORKED = [
    ("weighted", FULL, "100.00"),
    ("weighted", FULL | {"Greeting": 0}, "75.00"),  # 30 of 40
    ("weighted", FULL | {"Tone": 1}, "75.00"),  # 10 + 10 + 10 of 40
    ("weighted", FULL | {"Greeting": None, "Tone": 1}, "66.67"),  # 20 of 30
    ("weighted", FULL | {"Right answer": 2}, "87.50"),  # the middle does not fail
    ("weighted", FULL | {"Right answer": 1}, "0.00"),  # below it fails the review
    ("sections", FULL | {"Tone": 1}, "86.67"),  # 40 * 20/30 + 60 * 10/10
    ("sections", FULL | {"Right answer": None, "Tone": 1}, "66.67"),  # the other group is out
    ("additive", FULL, "40.00"),
    ("deductive", FULL | {"Tone": 1}, "90.00"),  # 100 - 10
]


@pytest.mark.parametrize(("mode", "answers", "score"), WORKED)
def test_ratings_become_the_score_that_one_works_out_by_hand(organisation, mode, answers, score):
    mark = Decimal(30 if mode == "additive" else 80)  # there are 40 points to be had
    version = published_scorecard(organisation, rubric=small_rubric(mode=mode, pass_mark=mark))
    review = draft_review(organisation, version=version, answers=answers)
    with tenant_scope(organisation.pk):
        if answers["Tone"] == 0:
            answer(review, "Tone", 0, comment="Too short")
        done = services.submit_review(review=review, actor=review.reviewer)
    assert done.score == Decimal(score)
    assert done.passed is (done.score >= mark)
    assert done.auto_failed is (score == "0.00")


def test_a_review_of_nothing_that_applies_has_no_score(organisation):
    review = submitted_review(organisation, answers=dict.fromkeys(FULL))
    assert (review.score, review.passed, review.auto_failed) == (None, None, False)


def test_an_auto_fail_never_passes_however_low_the_mark(organisation):
    version = published_scorecard(organisation, rubric=small_rubric(pass_mark=Decimal(0)))
    review = submitted_review(organisation, version=version, answers=FULL | {"Right answer": 0})
    assert (review.score, review.passed, review.auto_failed) == (Decimal(0), False, True)


def test_what_is_missing_is_named(organisation):
    review = draft_review(organisation, answers={"Greeting": 1, "Tone": 0})
    with tenant_scope(organisation.pk), pytest.raises(services.Incomplete) as raised:
        services.submit_review(review=review, actor=review.reviewer)
    assert [(p.name, p.lack) for p in raised.value.problems] == [
        ("Tone", "comment"),
        ("Right answer", "answer"),
    ]


def test_a_low_rating_asks_for_a_cause_where_the_scorecard_does(organisation):
    base = small_rubric()
    last = base.groups[1]
    asks = RubricCategory(
        name="Right answer", scale="5", low_needs_cause=True, causes=last.categories[0].causes
    )
    rubric = small_rubric(groups=(RubricGroup(name="Solution", categories=(asks,)),))
    version = published_scorecard(organisation, rubric=rubric)
    review = draft_review(organisation, version=version, answers={"Right answer": 1})
    cause = next(scorecards_cause(organisation, version))
    with tenant_scope(organisation.pk):
        with pytest.raises(services.Incomplete, match="needs a root cause"):
            services.submit_review(review=review, actor=review.reviewer)
        answer(review, "Right answer", 1, causes=[cause])
        assert services.submit_review(review=review, actor=review.reviewer).score == 25


def scorecards_cause(organisation, version):
    with tenant_scope(organisation.pk):
        for category in scorecards.rubric(version).categories():
            for _depth, cause in category.all_causes():
                yield cause.key


def test_submitting_is_recorded_and_told(organisation, told):
    review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        change = ReviewChange.objects.get(review=review)
        event = AuditEvent.objects.get(action="scoring.review.submitted")
    assert (change.event, change.score, change.passed) == ("submitted", Decimal(100), True)
    assert len(change.ratings) == 3
    assert (event.subject_id, event.actor_user_id) == (review.subject_id, review.reviewer.user_id)
    assert told == [review.pk]


def notices_of(member):
    with tenant_scope(member.organisation_id):
        mine = Notice.objects.filter(recipient=member, object_label="scoring.review")
        return list(mine.values_list("kind", "object_id"))


def test_the_agent_is_told_of_a_review_and_the_reviewer_of_its_check(organisation):
    ticket, agent = stored_ticket(organisation), factories.membership(organisation, Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=agent)
    review = submitted_review(organisation, ticket=ticket)
    assert notices_of(agent) == [("review_shared", review.pk)]
    checker = factories.membership(organisation, Role.REVIEWER)
    with tenant_scope(organisation.pk):
        check = spot_check(actor=checker, review=review)
        for name, value in FULL.items():
            answer(check, name, value)
        services.submit_review(review=check, actor=checker)
    assert notices_of(review.reviewer) == [("spot_check", review.pk)]
    assert len(notices_of(agent)) == 1


def test_a_draft_is_started_once(organisation):
    review = draft_review(organisation)
    again = draft_review(
        organisation, reviewer=review.reviewer, ticket=review.ticket, version=review.version
    )
    assert again == review


def test_an_open_draft_goes_on_under_the_version_it_was_started_with(organisation):
    review = draft_review(organisation)
    other = published_scorecard(organisation)
    with tenant_scope(organisation.pk):
        started = {"actor": review.reviewer, "ticket": review.ticket}
        newer = drafts.start_draft(scorecard=review.version.scorecard, actor=None)
        newer = drafts.publish(version=newer, actor=None)
        assert newer != review.version
        assert services.start_review(version=newer, **started) == review
        assert services.start_review(version=other, **started) != review


def test_nobody_reviews_their_own_work_but_in_a_self_review(organisation):
    ticket, version = stored_ticket(organisation), published_scorecard(organisation)
    agent = factories.membership(organisation, Role.AGENT)
    with tenant_scope(organisation.pk):
        Agent.objects.update(membership=agent)
        with pytest.raises(DomainError, match="their own work"):
            services.start_review(actor=agent, ticket=ticket, version=version)
        own = services.start_review(actor=agent, ticket=ticket, version=version, kind="self")
        assert own.reviewee.membership == agent
        with pytest.raises(DomainError, match="one's own work"):
            services.start_review(
                actor=factories.membership(organisation, Role.REVIEWER),
                ticket=ticket, version=version, kind="self",
            )  # fmt: skip


def test_the_reviewee_is_whom_the_scorecard_s_rule_names(organisation):
    later = MONDAY + timedelta(hours=1)
    messages = (
        written(1, "b1", later),
        written(2, "b1", later + timedelta(minutes=1)),
        written(3, "c1", later + timedelta(minutes=2)),
        *(written(n, "c1", later + timedelta(minutes=n), public=False) for n in (4, 5, 6)),
    )
    ticket = stored_ticket(organisation, messages=messages)
    names = {}
    for rule in ("most_active", "assignee"):
        version = published_scorecard(organisation, rubric=small_rubric(reviewee_rule=rule))
        review = draft_review(organisation, ticket=ticket, version=version)
        names[rule] = review.reviewee_id
    with tenant_scope(organisation.pk):
        author = {m.external_id: m.agent_id for m in Message.objects.all()}
        assert names == {"most_active": author["m1"], "assignee": ticket.assignee_id}
        version = published_scorecard(
            organisation, rubric=small_rubric(reviewee_rule="message_author")
        )
        actor = factories.membership(organisation, Role.REVIEWER)
        with pytest.raises(DomainError, match="Choose the message"):
            services.start_review(actor=actor, ticket=ticket, version=version)
        message = Message.objects.get(external_id="m3")
        one = services.start_review(actor=actor, ticket=ticket, version=version, message=message)
        assert one.reviewee_id == author["m3"]


def test_a_conversation_without_an_agent_cannot_be_reviewed(organisation):
    only_customer = factories.ticket_record().messages[:1]
    ticket = stored_ticket(organisation, assignee=None, messages=only_customer)
    with pytest.raises(DomainError, match="No agent"):
        draft_review(organisation, ticket=ticket)


def test_the_team_is_that_of_the_conversation_s_last_day(organisation):
    ticket = stored_ticket(organisation)
    with tenant_scope(organisation.pk):
        place = TeamMembership.objects.select_related("team").get()
    assert draft_review(organisation, ticket=ticket).team_id == place.team_id


def test_a_scorecard_of_some_teams_judges_the_work_of_those(organisation):
    """Two people of two teams wrote: whose team counts is who would be judged."""
    later = MONDAY + timedelta(hours=1)
    stored_ticket(organisation, assignee=AgentRecord(id="b1", name="Bo", team="Munich"))
    ticket = stored_ticket(
        organisation, messages=(written(1, "b1", later), written(2, "b1", later))
    )
    rules = ("most_active", "assignee", "message_author")
    with tenant_scope(organisation.pk):
        teams = dict(Team.objects.values_list("name", "pk"))
    for name, rule in product(("Berlin", "Munich"), rules):
        rubric = small_rubric(reviewee_rule=rule, conditions=Conditions(teams=(teams[name],)))
        published_scorecard(organisation, name=f"{name} {rule}", rubric=rubric)
    with tenant_scope(organisation.pk):
        found = {v.scorecard.name: v.scorecard for v in versions_for(ticket, ZoneInfo("UTC"))}
        assert set(found) == {
            "Berlin assignee", "Berlin message_author", "Munich message_author",
            "Munich most_active",
        }  # fmt: skip
        actor = factories.membership(organisation, Role.REVIEWER)
        message = Message.objects.get(ticket=ticket, external_id="m1")
        started = {"actor": actor, "ticket": ticket, "message": message}
        assert start_by_hand(scorecard=found["Munich message_author"], **started)
        with pytest.raises(DomainError, match="not meant for a conversation like this"):
            start_by_hand(scorecard=found["Berlin message_author"], **started)


def test_a_saved_answer_of_somebody_else_is_not_overwritten(organisation):
    review = draft_review(organisation, answers={"Tone": 1})
    with tenant_scope(organisation.pk):
        seen = review.revision
        answer(review, "Tone", 2, comment="Warm", revision=seen)
        with pytest.raises(services.EditedMeanwhile) as raised:
            answer(review, "Tone", 0, revision=seen)
        assert raised.value.rating.value == 2
        assert Rating.objects.get(category__key=key_of(review, "Tone")).value == 2
        # Another category, and the very same answer, are nobody's conflict.
        answer(review, "Greeting", 1, revision=seen)
        answer(review, "Tone", 2, comment="Warm", revision=seen)


@pytest.mark.parametrize("value", [-1, 3])
def test_a_value_off_the_scale_is_refused(organisation, value):
    review = draft_review(organisation)
    with tenant_scope(organisation.pk):
        with pytest.raises(DomainError, match="no such value"):
            answer(review, "Tone", value)
        assert answer(review, "Tone", 2).value == 2


def test_a_submitted_review_takes_no_answers(organisation):
    review = submitted_review(organisation)
    with tenant_scope(organisation.pk), pytest.raises(services.NotADraft):
        answer(review, "Tone", 0)


def test_reopening_needs_a_reason_and_keeps_the_day_of_the_first_submission(organisation, told):
    with time_machine.travel(MONDAY, tick=False):
        review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        with pytest.raises(DomainError, match="Say why"):
            services.reopen_review(review=review, actor=review.reviewer, reason=" ")
        opened = services.reopen_review(
            review=review, actor=review.reviewer, reason="Read it wrongly"
        )
        assert (opened.state, opened.score, opened.passed) == ("draft", None, None)
        answer(opened, "Greeting", 0)
        again = services.submit_review(review=opened, actor=review.reviewer)
        assert (again.score, again.day) == (Decimal(75), MONDAY.date())
        assert again.submitted_at > review.submitted_at
        changes_made = ReviewChange.objects.order_by("pk")
        assert [c.event for c in changes_made] == ["submitted", "reopened", "submitted"]
        sealer = Sealer(organisation.pk, [review.subject_id])
        assert sealer.open(changes_made[1], "reason", review.subject_id) == "Read it wrongly"
    assert told == [review.pk] * 3


def test_a_review_with_an_open_dispute_is_not_reopened(organisation):
    review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        Review.objects.update(is_suspended=True)
        with pytest.raises(Conflict, match="dispute"):
            services.reopen_review(review=review, actor=review.reviewer, reason="Why not")


def test_a_review_is_not_reopened_beside_another_draft_about_the_same(organisation):
    review = submitted_review(organisation)
    begun = draft_review(
        organisation, reviewer=review.reviewer, ticket=review.ticket, version=review.version
    )
    with tenant_scope(organisation.pk):
        with pytest.raises(Conflict, match="another draft"):
            services.reopen_review(review=review, actor=review.reviewer, reason="Again")
        services.discard(review=begun, actor=review.reviewer)
        services.reopen_review(review=review, actor=review.reviewer, reason="Again")


def test_another_reviewee_takes_the_words_along_and_leaves_the_history(organisation, told):
    review = draft_review(organisation, answers=FULL)
    bo = AgentRecord(id="b1", name="Bo", email="bo@support.example")
    theirs = stored_ticket(organisation, assignee=bo)
    with tenant_scope(organisation.pk):
        other = theirs.assignee
        answer(review, "Tone", 2, comment="Kind words")
        services.submit_review(review=review, actor=review.reviewer)
        services.comment_on(review=review, actor=review.reviewer, text="Look at this")
        moved = services.change_reviewee(
            review=review, agent=other, actor=review.reviewer, reason="Bo wrote it"
        )
        assert (moved.reviewee, moved.subject_id) == (other, other.subject_id)
        sealer = Sealer(organisation.pk, [other.subject_id])
        rating = Rating.objects.get(category__key=key_of(review, "Tone"))
        assert sealer.open(rating, "comment", other.subject_id) == "Kind words"
        comment = moved.comments.get()
        assert sealer.open(comment, "body", other.subject_id) == "Look at this"
        pair = list(ReviewChange.objects.filter(event="reviewee_changed").order_by("pk"))
        assert [c.reviewee_id for c in pair] == [review.reviewee_id, other.pk]
    assert told == [review.pk] * 2


def test_a_comment_mentions_members_who_may_read_the_review(organisation):
    review = submitted_review(organisation)
    lead, officer = (
        factories.membership(organisation, role, factories.user(name=name))
        for role, name in ((Role.ADMIN, "Ann Lee"), (Role.PRIVACY_OFFICER, "Paul"))
    )
    factories.membership(organisation, Role.ADMIN, factories.user(name="Ann"))
    with tenant_scope(organisation.pk):
        row = services.comment_on(
            review=review, actor=review.reviewer, text="@ann lee, @Paul and @Nobody: x@Ann"
        )
        assert [m.membership_id for m in row.mentions.all()] == [lead.pk]
    assert notices_of(lead) == [("mention", review.pk)]
    assert officer.pk != lead.pk


def test_only_a_draft_that_was_never_submitted_is_discarded(organisation):
    draft, done = draft_review(organisation, answers={"Tone": 1}), submitted_review(organisation)
    with tenant_scope(organisation.pk):
        opened = services.reopen_review(review=done, actor=done.reviewer, reason="Again")
        with pytest.raises(Conflict, match="submitted once"):
            services.discard(review=opened, actor=done.reviewer)
        services.discard(review=draft, actor=draft.reviewer)
        assert list(Review.objects.all()) == [done]


def test_a_correction_changes_the_score_and_nothing_else(organisation):
    review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        services.correct_rating(review=review, category_key=key_of(review, "Greeting"), value=0)
        assert services.rescore(Review.objects.get()).score == 75
        assert Review.objects.get().state == "submitted"


def test_time_spent_adds_up_in_small_steps(organisation):
    review = draft_review(organisation)
    with tenant_scope(organisation.pk):
        for seconds in (20, 20, 9_999, -5):
            services.note_time(review=review, seconds=seconds)
        assert Review.objects.get().seconds_spent == 40 + services.LONGEST_PING


def test_who_had_no_part_in_a_review_is_asked_for_its_check_first(organisation):
    review = submitted_review(organisation)
    looking, commented, busy, fresh = (
        factories.membership(organisation, Role.REVIEWER) for _each in range(4)
    )
    other = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        services.comment_on(review=review, actor=commented, text="Really?")
        spot_check(actor=busy, review=other)
        found = possible_checkers(review, actor=looking)
        check = spot_check(actor=looking, review=review, checker=fresh)
    people = [(each.member, each.had_part) for each in found if each.member != other.reviewer]
    assert people[:2] == [(fresh, False), (busy, False)]
    assert set(people[2:]) == {(looking, True), (commented, True)}
    assert check.reviewer == fresh
    assert notices_of(fresh) == [("spot_check_asked", check.pk)]


def test_a_spot_check_is_somebody_else_s_and_outside_what_counts(organisation):
    review = submitted_review(organisation)
    checker = factories.membership(organisation, Role.REVIEWER)
    with tenant_scope(organisation.pk):
        with pytest.raises(DomainError, match="Somebody other"):
            spot_check(actor=review.reviewer, review=review)
        with pytest.raises(DomainError, match="may not review"):
            spot_check(
                actor=checker, review=review, checker=factories.membership(organisation, Role.AGENT)
            )
        check = spot_check(actor=checker, review=review)
    assert (check.kind, check.spot_check_of, check.version) == (
        "spot_check", review, review.version,
    )  # fmt: skip
    assert check.kind not in Review.COUNTED
