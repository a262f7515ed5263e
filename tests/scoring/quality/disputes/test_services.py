"""A dispute from its opening to what it changes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from uuid import UUID

import pytest

from kaizo.accounts.models import Membership, Notice, NoticeKind, Organisation
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.permissions import Role
from privacy import api as privacy
from scoring.quality import changes
from scoring.quality.disputes.reminders import remind_deciders
from scoring.quality.disputes.selectors import dispute_detail
from scoring.quality.disputes.services import (
    Claim,
    Remedy,
    decide_dispute,
    open_dispute,
    withdraw_dispute,
)
from scoring.quality.models import Category, Dispute, QualitySettings, Review, ReviewChange
from scoring.quality.reviews.selectors import received_page
from scoring.quality.reviews.services import change_reviewee, reopen_review
from tests.scoring.quality.factories import stored_ticket, submitted_review
from tickets.contracts import AgentRecord
from tickets.models import Agent

Make = Callable[[Role], Membership]

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("scope")]

LOW = {"Greeting": 1, "Tone": 2, "Right answer": 2}  # 10/10 + 20/20 + 5/10 of 40: 87.50


@pytest.fixture
def review(organisation: Organisation) -> Review:
    return submitted_review(organisation, answers=LOW)


@pytest.fixture
def agent(review: Review, member: Make) -> Membership:
    """Who was reviewed."""
    who = member(Role.AGENT)
    Agent.objects.filter(pk=review.reviewee_id).update(membership=who)
    return who


@pytest.fixture
def decider(member: Make) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def told() -> Iterator[list[int]]:
    """Which reviews' figures were said to have changed."""
    heard: list[int] = []

    def follower(ids: object) -> None:
        heard.extend(ids)  # type: ignore[call-overload]

    changes.follow(follower)
    yield heard
    changes._followers.remove(follower)


def key_of(review: Review, name: str) -> UUID:
    return Category.objects.get(group__version=review.version_id, name=name).key


def about(review: Review, name: str = "Right answer", **fields: object) -> Claim:
    return Claim(about="category", category_key=key_of(review, name), **fields)  # type: ignore[arg-type]


def dispute_of(review: Review, agent: Membership, claim: Claim | None = None) -> Dispute:
    return open_dispute(
        review=review,
        actor=agent,
        claim=claim or about(review, value=4),
        reason="The parcel was found the same day.",
    )


def decide(dispute: Dispute, actor: Membership, verdict: str, **remedy: object) -> Dispute:
    return decide_dispute(
        dispute=dispute,
        actor=actor,
        verdict=verdict,
        reasons="It says so in the second message.",
        remedy=Remedy(**remedy),  # type: ignore[arg-type]
    )


def fresh(review: Review) -> Review:
    return Review.objects.get(pk=review.pk)


def test_an_accepted_rating_changes_the_score_and_leaves_a_pair(
    review: Review, agent: Membership, decider: Membership, told: list[int]
) -> None:
    assert review.score == Decimal("87.50")
    day = review.day
    dispute = dispute_of(review, agent)
    assert fresh(review).is_suspended
    assert told == [review.pk]
    decide(dispute, decider, "accepted", ratings={key_of(review, "Right answer"): 4})
    now = fresh(review)
    assert (now.score, now.passed, now.is_suspended, now.day) == (100, True, False, day)
    assert told == [review.pk, review.pk]
    pair = ReviewChange.objects.filter(review=review, event__in=["disputed", "decided"])
    assert [change.score for change in pair.order_by("at", "pk")] == [Decimal("87.50"), 100]


def test_a_dispute_shows_what_failed_the_review_before_and_after(
    organisation: Organisation, member: Make, decider: Membership
) -> None:
    failed = submitted_review(organisation, answers=LOW | {"Right answer": 1})
    agent = member(Role.AGENT)
    Agent.objects.filter(pk=failed.reviewee_id).update(membership=agent)
    dispute = dispute_of(failed, agent)
    assert dispute_detail(dispute, decider).auto_failed_before
    dispute = decide(dispute, decider, "accepted", ratings={key_of(failed, "Right answer"): 4})
    assert dispute_detail(dispute, decider).auto_failed_before
    assert not fresh(failed).auto_failed


def test_a_rejection_changes_nothing_but_says_why(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = decide(dispute_of(review, agent), decider, "rejected")
    now = fresh(review)
    assert (now.score, now.is_suspended) == (Decimal("87.50"), False)
    detail = dispute_detail(dispute, agent)
    assert detail.reason == "The parcel was found the same day."
    assert detail.decision == "It says so in the second message."


def test_only_the_reviewee_disputes_and_only_with_a_reason(
    review: Review, agent: Membership, member: Make
) -> None:
    with pytest.raises(DomainError, match="Only the agent"):
        dispute_of(review, member(Role.AGENT))
    with pytest.raises(DomainError, match="Say what is wrong"):
        open_dispute(review=review, actor=agent, claim=about(review), reason="  ")
    assert dispute_of(review, agent).state == "open"


def test_after_the_window_it_is_too_late(
    review: Review, agent: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    QualitySettings.objects.create(organisation_id=review.organisation_id, dispute_days=3)
    travel(monkeypatch, fresh(review).submitted_at + timedelta(days=3, seconds=1))
    with pytest.raises(DomainError, match="3 days"):
        dispute_of(review, agent)
    travel(monkeypatch, fresh(review).submitted_at + timedelta(days=3))
    assert dispute_of(review, agent).state == "open"


def travel(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    monkeypatch.setattr("kaizo.core.clock.now", lambda: moment)


def test_whom_a_review_is_moved_to_is_told_and_has_the_whole_time(
    review: Review,
    agent: Membership,
    member: Make,
    organisation: Organisation,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    bo = stored_ticket(organisation, assignee=AgentRecord(id="b1", name="Bo")).assignee
    assert bo is not None
    newcomer = member(Role.AGENT)
    bo.membership = newcomer
    bo.save(update_fields=["membership"])
    travel(monkeypatch, fresh(review).submitted_at + timedelta(days=30))
    with pytest.raises(DomainError, match="days"):
        dispute_of(review, agent)
    assert review.reviewer is not None
    moved = change_reviewee(review=review, agent=bo, actor=review.reviewer, reason="Bo wrote it")
    assert NoticeKind.REVIEW_SHARED in set(
        Notice.objects.filter(recipient=newcomer).values_list("kind", flat=True)
    )
    days = timedelta(days=QualitySettings().dispute_days)
    [row] = received_page(actor=newcomer).rows
    assert row.disputable_until == fresh(review).submitted_at + timedelta(days=30) + days
    assert dispute_of(moved, newcomer)


def test_one_thing_has_one_open_dispute_and_each_suspends(
    review: Review, agent: Membership, decider: Membership
) -> None:
    first = dispute_of(review, agent)
    with pytest.raises(Conflict):
        dispute_of(review, agent)
    second = dispute_of(review, agent, about(review, "Tone"))
    decide(first, decider, "rejected")
    assert fresh(review).is_suspended
    withdraw_dispute(dispute=second, actor=agent)
    assert not fresh(review).is_suspended


def test_nobody_who_has_a_part_in_it_decides(
    review: Review, agent: Membership, decider: Membership, member: Make
) -> None:
    dispute = dispute_of(review, agent)
    for someone in (review.reviewer, agent):
        with pytest.raises(DomainError, match="somebody else decides"):
            decide(dispute, someone, "rejected")
    decide(dispute, decider, "rejected")
    again = dispute_of(review, agent)
    with pytest.raises(DomainError, match="an earlier dispute"):
        decide(again, decider, "rejected")
    assert decide(again, member(Role.OWNER), "rejected").state == "rejected"


def test_after_a_rejection_the_window_opens_anew(
    review: Review, agent: Membership, decider: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute = dispute_of(review, agent)
    shared = fresh(review).submitted_at
    travel(monkeypatch, shared + timedelta(days=20))
    decide(dispute, decider, "rejected")
    travel(monkeypatch, shared + timedelta(days=30))
    assert dispute_of(review, agent).state == "open"


def test_a_verdict_and_its_remedy_must_match(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = dispute_of(review, agent)
    with pytest.raises(DomainError, match="match your decision"):
        decide(dispute, decider, "accepted")
    with pytest.raises(DomainError, match="Only the disputed rating"):
        decide(dispute, decider, "accepted", ratings={key_of(review, "Tone"): 0})
    with pytest.raises(DomainError, match="Nothing changes"):
        decide(dispute, decider, "partly", ratings={key_of(review, "Right answer"): 2})
    assert fresh(review).score == Decimal("87.50")
    decide(dispute, decider, "partly", ratings={key_of(review, "Right answer"): 3})
    assert fresh(review).score == Decimal("93.75")


def test_a_review_moves_to_whose_work_it_was_with_its_words(
    organisation: Organisation, review: Review, agent: Membership, decider: Membership
) -> None:
    other = another_agent(organisation)
    dispute = dispute_of(review, agent, Claim(about="reviewee", reviewee=other))
    decide(dispute, decider, "accepted", reviewee=other)
    now = fresh(review)
    assert (now.reviewee_id, now.subject_id) == (other.pk, other.subject_id)
    detail = dispute_detail(Dispute.objects.get(pk=dispute.pk), agent)
    assert detail.reason == "The parcel was found the same day."
    assert detail.decision == "It says so in the second message."
    with pytest.raises(DomainError, match="Only the agent"):
        dispute_of(now, agent)


def another_agent(organisation: Organisation) -> Agent:
    from tests import factories
    from tickets.contracts import AgentRecord
    from tickets.services import ingest_tickets

    record = factories.ticket_record(assignee=AgentRecord(id="a2", name="Ben Agent"))
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    found: Agent = Agent.objects.exclude(reviews__isnull=False).get()
    return found


def test_an_annulled_review_counts_nowhere_and_ends_other_disputes(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = dispute_of(review, agent, Claim(about="review"))
    other = dispute_of(review, agent, about(review, "Tone"))
    decide(dispute, decider, "accepted", annuls=True)
    now = fresh(review)
    assert now.is_suspended
    assert now.annulled_at is not None
    assert Dispute.objects.get(pk=other.pk).state == "withdrawn"
    with pytest.raises(DomainError, match="annulled"):
        dispute_of(now, agent)


def test_several_ratings_change_when_the_whole_review_was_disputed(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = dispute_of(review, agent, Claim(about="review"))
    keys = (key_of(review, "Greeting"), key_of(review, "Right answer"))
    decide(dispute, decider, "accepted", ratings={keys[0]: None, keys[1]: 4})
    assert fresh(review).score == 100


def test_a_disputed_review_is_not_reopened(review: Review, agent: Membership) -> None:
    dispute = dispute_of(review, agent)
    with pytest.raises(Conflict, match="dispute"):
        reopen_review(review=review, actor=review.reviewer, reason="A slip.")
    withdraw_dispute(dispute=dispute, actor=agent)
    assert reopen_review(review=review, actor=review.reviewer, reason="A slip.").state == "draft"


def test_who_did_not_open_it_does_not_withdraw_it(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = dispute_of(review, agent)
    with pytest.raises(DomainError, match="Only who opened"):
        withdraw_dispute(dispute=dispute, actor=decider)
    assert withdraw_dispute(dispute=dispute, actor=agent).state == "withdrawn"


def test_deciders_are_told_and_then_both_sides(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = dispute_of(review, agent)
    assert told_of("dispute_opened") == {decider.pk, review.reviewer_id}
    decide(dispute, decider, "rejected")
    assert told_of("dispute_decided") == {agent.pk, review.reviewer_id}


def told_of(kind: str) -> set[int]:
    return set(Notice.objects.filter(kind=kind).values_list("recipient_id", flat=True))


def test_after_the_agent_s_erasure_a_dispute_shows_plainly_and_can_be_closed(
    review: Review, agent: Membership, decider: Membership
) -> None:
    dispute = dispute_of(review, agent)
    privacy.destroy_key(review.organisation_id, review.subject_id)
    detail = dispute_detail(dispute, decider)
    assert (detail.is_erased, detail.reason) == (True, None)
    assert [line.now for line in detail.lines] == ["Yes", "3 of 3", "3 of 5"]
    with pytest.raises(DomainError, match="erased"):
        decide(dispute, decider, "rejected")
    assert withdraw_dispute(dispute=dispute, actor=decider).state == "withdrawn"
    assert not fresh(review).is_suspended


def test_a_decision_is_written_down_for_the_person_it_affects(
    review: Review, agent: Membership, decider: Membership
) -> None:
    decide(dispute_of(review, agent), decider, "rejected")
    actions = [event.action for event in privacy.events_for_user(agent.user_id)]
    assert {"scoring.dispute.opened", "scoring.dispute.decided"} <= set(actions)


def test_deciders_are_reminded_once_when_the_day_comes_near(
    review: Review, agent: Membership, decider: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    dispute = dispute_of(review, agent)
    assert remind_deciders() == 0
    travel(monkeypatch, dispute.due_at - timedelta(days=2))
    assert [remind_deciders(), remind_deciders()] == [1, 0]
    assert told_of("due_soon") == {decider.pk}
    withdraw_dispute(dispute=dispute, actor=agent)
    Notice.objects.all().delete()
    assert remind_deciders() == 0
