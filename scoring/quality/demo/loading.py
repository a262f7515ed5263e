"""Puts eight weeks of quality work into the demo organisation.

The scorecard is one of the examples, picks come from the real sampling with fixed seeds, and what
people said about the reviews goes the way of the services.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

from kaizo.accounts.filters import save_filter
from kaizo.accounts.models import Membership, Organisation, Team
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.coaching.services import pin_conversation
from scoring.quality.arithmetic import TOPS, Scale
from scoring.quality.assignments import running, services
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.services import People, Terms
from scoring.quality.calibration import services as calibration
from scoring.quality.demo.history import Given, write
from scoring.quality.demo.judging import judge
from scoring.quality.disputes.services import Claim, Remedy, decide_dispute, open_dispute
from scoring.quality.models import (
    Assignment,
    AssignmentCycle,
    CalibrationItem,
    Dispute,
    Pick,
    Rating,
    Review,
    Scorecard,
    ScorecardVersion,
)
from scoring.quality.reviews.services import rate, submit_review
from scoring.quality.scorecards import files
from scoring.quality.scorecards import services as scorecards
from scoring.quality.scorecards.rubrics import Rubric
from scoring.quality.scorecards.selectors import rubric
from tickets.models import Agent

WEEKS = 8
_SEED = 40_260
_DONE_THIS_WEEK = 0.4
_STRICT = {Role.REVIEWER: 0.0, Role.ADMIN: 0.05, Role.TEAM_LEAD: -0.04}


def load_demo_quality(organisation_id: int, *, now: datetime) -> int:
    """Returns how many reviews were made: none when the organisation has a scorecard already, or
    nobody to review. Deterministic for the same tickets and the same `now`."""
    organisation = Organisation.objects.get(pk=organisation_id)
    with tenant_scope(organisation_id):
        people = {
            Role(member.role): member
            for member in Membership.objects.select_related("user", "organisation")
        }
        if Scorecard.objects.exists() or not set(_STRICT) <= set(people):
            return 0
        monday = _monday(now, ZoneInfo(organisation.time_zone))
        version = _scorecard(organisation, people[Role.OWNER], monday)
        assignment = _assignment(organisation, people, version, monday)
        reviews = _reviews(assignment, version, monday, now)
        if not reviews:
            return 0
        _disputes(people, now)
        _calibrate(people, version, now)
        _pins_and_filters(people)
    return len(reviews)


def _monday(now: datetime, zone: ZoneInfo) -> date:
    """The first day of the first week."""
    today = now.astimezone(zone).date()
    return today - timedelta(days=today.weekday() + 7 * WEEKS)


def _scorecard(organisation: Organisation, owner: Membership, monday: date) -> ScorecardVersion:
    """In force since before the first review."""
    example = next(iter(files.examples().values()))
    version = scorecards.create_scorecard(
        organisation=organisation,
        actor=owner,
        name=example.name,
        rubric=files.rubric_of(example, {}),
        description=example.description,
    )
    since = datetime.combine(monday, time(8), UTC)
    ScorecardVersion.objects.filter(pk=version.pk).update(
        state=ScorecardVersion.State.PUBLISHED,
        created_at=since,
        published_at=since,
        published_by=owner,
        applies_from=since,
    )
    found: ScorecardVersion = ScorecardVersion.objects.select_related("scorecard").get(
        pk=version.pk
    )
    return found


def _assignment(
    organisation: Organisation,
    people: dict[Role, Membership],
    version: ScorecardVersion,
    monday: date,
) -> Assignment:
    return services.create_assignment(
        organisation=organisation,
        terms=Terms(
            name="Two conversations a week",
            scorecard_id=version.scorecard_id,
            cycle=Assignment.Cycle.WEEKLY,
            starts_on=monday,
            time_zone=organisation.time_zone,
            method=Assignment.Method.STRATIFIED,
            goal=2,
            filters=Filters(replies_min=2),
        ),
        people=People(
            reviewers=[people[role].pk for role in _STRICT],
            teams=list(Team.objects.values_list("pk", flat=True)),
        ),
        actor=people[Role.OWNER],
    )


def _reviews(
    assignment: Assignment, version: ScorecardVersion, monday: date, now: datetime
) -> list[Review]:
    zone = ZoneInfo(assignment.time_zone)
    whole = rubric(version)
    given: list[Given] = []
    for week in range(WEEKS + 1):
        first = datetime.combine(monday + timedelta(weeks=week), time(6), zone)
        cycle = running.start_cycle(assignment=assignment, now=min(first, now), seed=_SEED + week)
        if cycle is not None:
            given += _given(cycle, whole, week, first, now)
    return write(given, version=version, rubric=whole, zone=zone) if given else []


def _given(
    cycle: AssignmentCycle, whole: Rubric, week: int, first: datetime, now: datetime
) -> list[Given]:
    """The cycle's reviews: all of a past week, some of this one."""
    AssignmentCycle.objects.filter(pk=cycle.pk).update(frozen_at=min(first, now))
    picks = list(Pick.objects.filter(cycle=cycle).select_related("ticket", "reviewee", "reviewer"))
    agents = list(Agent.objects.order_by("pk").values_list("pk", flat=True))
    rng = Random(_SEED + week)  # noqa: S311 - figures for a demo, nothing secret
    wanted = picks if week < WEEKS else picks[: int(len(picks) * _DONE_THIS_WEEK)]
    made = []
    for pick in wanted:
        at = first + timedelta(days=rng.randrange(4), hours=2, minutes=rng.randrange(480))
        if at > now:
            at = now - timedelta(minutes=15 + rng.randrange(60))
        answers = judge(
            whole,
            agent=agents.index(pick.reviewee_id),
            week=week,
            channel=pick.ticket.channel if pick.ticket else "",
            strictness=_STRICT[Role(pick.reviewer.role)] if pick.reviewer else 0.0,
            rng=rng,
        )
        made.append(Given(pick, answers, at, timedelta(seconds=rng.randrange(180, 780))))
    return made


_OBJECTION = "The customer confirmed that this was what they needed; see their last message."
_VERDICTS = (
    ("", ""),  # not decided yet
    (
        Dispute.State.ACCEPTED,
        "You are right: the last message shows it. I have corrected the rating.",
    ),
    (
        Dispute.State.REJECTED,
        "The customer had to ask twice before that, which is what the category is about.",
    ),
)


def _disputes(people: dict[Role, Membership], now: datetime) -> None:
    """The agent who signs in disputes what they got lately; one dispute is decided."""
    agent, owner = people.get(Role.AGENT), people[Role.OWNER]
    if agent is None:
        return
    mine = Review.objects.filter(
        reviewee__membership=agent, submitted_at__gte=now - timedelta(days=13)
    ).order_by("-submitted_at", "-pk")
    lost = [(review, rating) for review in mine if (rating := _lowest(review)) is not None]
    if not lost and mine:  # nothing but full marks: then it is the review itself
        claim = Claim(about=Dispute.About.REVIEW)
        open_dispute(review=mine[0], actor=agent, claim=claim, reason=_OBJECTION)
    for (review, rating), (verdict, reasons) in zip(lost, _VERDICTS, strict=False):
        key, top = rating.category.key, _top(rating)
        claim = Claim(about=Dispute.About.CATEGORY, category_key=key, value=top)
        dispute = open_dispute(review=review, actor=agent, claim=claim, reason=_OBJECTION)
        if verdict:
            remedy = Remedy(ratings={key: top} if verdict == Dispute.State.ACCEPTED else {})
            decide_dispute(
                dispute=dispute, actor=owner, verdict=verdict, reasons=reasons, remedy=remedy
            )


def _lowest(review: Review) -> Rating | None:
    rated = Rating.objects.filter(review=review, value__isnull=False, category__kind="scored")
    low = [row for row in rated.select_related("category") if (row.value or 0) < _top(row)]
    return min(low, key=lambda row: ((row.value or 0) / _top(row), row.pk), default=None)


def _top(rating: Rating) -> int:
    return TOPS[Scale(rating.category.scale)]


def _calibrate(people: dict[Role, Membership], version: ScorecardVersion, now: datetime) -> None:
    """Three conversations, scored by two people, waiting to be talked about by all three."""
    scoring = [people[role] for role in (Role.OWNER, Role.ADMIN, Role.REVIEWER)]
    picks = Pick.objects.filter(state=Pick.State.DONE, ticket__isnull=False)
    tickets = [pick.ticket for pick in picks.select_related("ticket").order_by("pk")[:3]]
    session = calibration.create_session(
        actor=people[Role.OWNER],
        plan=calibration.Plan(
            name="Same conversation, same score?",
            version=version,
            due_on=(now + timedelta(days=7)).date(),
            tickets=[ticket for ticket in tickets if ticket],
            participants=scoring,
        ),
    )
    whole = rubric(version)
    items = CalibrationItem.objects.filter(session=session).select_related("session", "ticket")
    for item in items:
        for who, member in enumerate(scoring[1:]):
            rng = Random(_SEED + 10 * item.position + who)  # noqa: S311 - as above
            _score(item, member, whole, rng)


def _score(item: CalibrationItem, member: Membership, whole: Rubric, rng: Random) -> None:
    review = calibration.start_scoring(actor=member, item=item)
    strict = _STRICT[Role(member.role)]
    answers = judge(whole, agent=item.position, week=3, channel="", strictness=strict, rng=rng)
    for answer in answers:
        rate(
            review=review,
            category_key=answer.category.key,
            value=answer.value,
            is_na=answer.is_na,
            comment=answer.comment,
            causes=[answer.cause] if answer.cause else [],
            revision=review.revision,
        )
    submit_review(review=review, actor=member)


_NOTES = (
    "Worth showing to the team: the summary at the end saved the customer another message.",
    "Talk about how to say no kindly. The answer is right, the first sentence is hard to read.",
)


def _pins_and_filters(people: dict[Role, Membership]) -> None:
    reviewer = people[Role.REVIEWER]
    picks = list(
        Pick.objects.filter(state=Pick.State.DONE, reviewee__membership__isnull=False)
        .select_related("ticket", "reviewee__membership")
        .order_by("-pk")[: len(_NOTES)]
    )
    for pick, note in zip(picks, _NOTES, strict=False):
        if pick.ticket and pick.reviewee:
            pin_conversation(ticket=pick.ticket, agent=pick.reviewee, actor=reviewer, note=note)
    save_filter(
        actor=reviewer, page="tickets", name="Chats rated badly", query="channel=chat&csat=bad",
        is_shared=True,
    )  # fmt: skip
