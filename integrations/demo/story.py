"""How one ticket goes: who writes when, what changes, and what the customer says in the end.

A story is told to its end and then cut at `now`, so tickets that are under way look the way they
would in a helpdesk: unanswered, pending, or solved and not yet rated.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from random import Random
from typing import Final
from zoneinfo import ZoneInfo

from integrations.demo.cast import DemoAgent, agent_record, make_slots
from integrations.demo.scripts import Script, phrases
from tickets.contracts import (
    AuthorRecord,
    AuthorType,
    Channel,
    CsatRecord,
    CsatScale,
    EventRecord,
    EventType,
    MessageRecord,
    PersonRecord,
    Priority,
    Status,
    TicketRecord,
)

HOME_ZONE: Final = ZoneInfo("Europe/Amsterdam")
OPENS, CLOSES = time(8, 30), time(18, 0)
SUNDAY: Final = 6

# Minutes until a first reply, until an agent's next one, until the customer answers.
_TEMPO: Final = {
    Channel.CHAT: (1.6, 1.2, 0.9),
    Channel.PHONE: (0.4, 0.6, 0.4),
    Channel.MESSAGING: (14.0, 9.0, 12.0),
    Channel.EMAIL: (130.0, 90.0, 260.0),
    Channel.WEB: (150.0, 100.0, 240.0),
    Channel.SOCIAL: (45.0, 30.0, 60.0),
}
_LIVE: Final = frozenset({Channel.CHAT, Channel.PHONE})
_BOT_GREETS: Final = frozenset({Channel.CHAT, Channel.MESSAGING})
_RATED: Final = {Channel.CHAT: 0.45, Channel.MESSAGING: 0.38, Channel.PHONE: 0.3}
_RATED_BY_MAIL: Final = 0.3

# How often something happens.
_NOTE, _REASSIGNED, _ESCALATED, _HELD = 0.26, 0.12, 0.08, 0.35
_DIRECT, _THANKED = 0.3, 0.45
_REOPENED, _STUCK, _NUDGED, _NEVER_ANSWERED, _COMMENTED = 0.09, 0.04, 0.07, 0.015, 0.45
_TICKET_CLOSES_AFTER: Final = timedelta(days=10)


@dataclass(slots=True)
class Story:
    """A ticket as it is told; `at` is the moment the telling has reached."""

    number: int
    rng: Random
    script: Script
    customer: PersonRecord
    agent: DemoAgent
    channel: Channel
    at: datetime
    slots: dict[str, str] = field(init=False)
    messages: list[MessageRecord] = field(default_factory=list)
    events: list[EventRecord] = field(default_factory=list)
    ratings: list[CsatRecord] = field(default_factory=list)
    status: Status = Status.NEW

    def __post_init__(self) -> None:
        self.slots = make_slots(self.rng, self.customer, self.agent, self.at)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def phrase(self, name: str) -> str:
        return self.rng.choice(phrases(self.script.language)[name]).format_map(self.slots)

    def line(self, choices: tuple[str, ...]) -> str:
        return self.rng.choice(choices).format_map(self.slots)

    def wait(self, minutes: float) -> None:
        """Let time pass: log-normal round the given usual number of minutes."""
        self.at += timedelta(seconds=max(4, round(60 * minutes * self.rng.lognormvariate(0, 0.7))))

    def until_open(self) -> None:
        """People work in office hours; what comes in later queues for the next morning."""
        local = self.at.astimezone(HOME_ZONE)
        if local.time() >= CLOSES:
            local = datetime.combine(local + timedelta(days=1), time(0), HOME_ZONE)
        if local.weekday() == SUNDAY:
            local = datetime.combine(local + timedelta(days=1), time(0), HOME_ZONE)
        if local.time() < OPENS:
            queue = timedelta(minutes=self.rng.randrange(2, 75))
            self.at = (datetime.combine(local, OPENS, HOME_ZONE) + queue).astimezone(self.at.tzinfo)

    # Acts

    def say(self, author: AuthorRecord, text: str, *, public: bool = True) -> None:
        self.messages.append(
            MessageRecord(
                id=f"{self.number}-{len(self.messages) + 1}",
                author=author,
                sent_at=self.at,
                public=public,
                text=text,
            )
        )

    def customer_says(self, text: str) -> None:
        author = AuthorRecord(
            type=AuthorType.CUSTOMER, id=self.customer.id, name=self.customer.name
        )
        self.say(author, text)
        if self.status not in {Status.NEW, Status.OPEN}:
            self.turn(Status.OPEN, actor="system")

    def agent_says(self, text: str, *, public: bool = True) -> None:
        record = self.agent.record
        author = AuthorRecord(type=AuthorType.AGENT, id=record.id, name=record.name)
        self.say(author, text, public=public)

    def happen(self, kind: EventType, source: str | None, target: str, actor: str) -> None:
        self.events.append(
            EventRecord(type=kind, at=self.at, source=source, target=target, actor=actor)
        )

    def turn(self, status: Status, *, actor: str | None = None) -> None:
        if status is not self.status:
            self.happen(EventType.STATUS, self.status, status, actor or self.agent.record.id)
            self.status = status

    def hand_to(self, agent: DemoAgent, *, actor: str) -> None:
        before = self.agent.record.id if self.events else None
        self.happen(EventType.ASSIGNMENT, before, agent.record.id, actor)
        self.agent = agent
        self.slots["agent"] = agent.first_name


def tell(story: Story, colleagues: tuple[DemoAgent, ...]) -> None:
    """From the first message to the rating."""
    _open(story)
    if story.chance(_NEVER_ANSWERED):
        return
    _first_reply(story, colleagues)
    if story.chance(_STUCK):
        _reply(story, story.line(story.script.ask))
        story.turn(story.rng.choice((Status.HOLD, Status.PENDING, Status.OPEN)))
        return
    if not story.chance(_DIRECT):
        _reply(story, story.line(story.script.ask))
        _work(story)
    else:
        _reply(story, story.line(story.script.resolve))
    _solve(story)
    if story.chance(_REOPENED):
        _reopen(story)
    _rate(story)
    story.at += _TICKET_CLOSES_AFTER
    story.turn(Status.CLOSED, actor="system")


def _open(story: Story) -> None:
    text = story.line(story.script.open)
    if story.channel in _LIVE or story.channel is Channel.MESSAGING:
        story.customer_says(f"{story.phrase('hello')} {text}")
    else:
        story.customer_says(f"{story.phrase('hello')}\n\n{text}\n\n{story.phrase('sign')}".rstrip())
    if story.channel in _BOT_GREETS:
        story.at += timedelta(seconds=3)
        story.say(
            AuthorRecord(type=AuthorType.BOT, id="bot-1", name="Pine assistant"),
            story.phrase("bot"),
        )
        story.at += timedelta(seconds=25)
        story.customer_says(story.slots["order" if story.script.domain == "shop" else "booking"])
    story.at += timedelta(seconds=2)
    story.hand_to(story.agent, actor="system")


def _first_reply(story: Story, colleagues: tuple[DemoAgent, ...]) -> None:
    first, _, _ = _TEMPO[story.channel]
    # Monday's queue and the hours round noon are the slow ones.
    local = story.at.astimezone(HOME_ZONE)
    rush = 1.5 if local.weekday() == 0 else 1.0
    rush *= 1.35 if local.hour in {11, 12, 13} else 1.0
    story.wait(first * story.agent.pace * rush)
    if story.channel not in _LIVE:
        story.until_open()
    others = [agent for agent in colleagues if agent is not story.agent]
    if others and story.chance(_REASSIGNED):
        _hand_over(story, story.rng.choice(others))
    if story.chance(_ESCALATED):
        priority = story.rng.choice((Priority.HIGH, Priority.URGENT))
        story.happen(EventType.PRIORITY, Priority.NORMAL, priority, story.agent.record.id)
    story.turn(Status.OPEN)
    if story.channel in _LIVE and story.chance(_HELD):
        story.agent_says(story.phrase("hold"))
        story.wait(1)


def _hand_over(story: Story, agent: DemoAgent) -> None:
    story.turn(Status.OPEN)
    story.agent_says(story.phrase("handover"), public=False)
    story.hand_to(agent, actor=story.agent.record.id)
    story.wait(6)


def _reply(story: Story, text: str) -> None:
    if story.channel in _LIVE:
        story.agent_says(text)
        return
    greeting, sign = story.phrase("agent_hello"), story.phrase("agent_sign")
    story.agent_says(f"{greeting}\n\n{text}\n\n{sign}")


def _work(story: Story) -> None:
    _, again, answer = _TEMPO[story.channel]
    if story.channel not in _LIVE:
        story.turn(Status.PENDING)
    story.wait(answer)
    story.customer_says(story.line(story.script.answer))
    if story.chance(_NOTE):
        story.wait(again / 3)
        story.agent_says(story.phrase("note"), public=False)
    if story.channel not in _LIVE and story.chance(_NUDGED):
        story.wait(answer * 3)
        story.customer_says(story.phrase("nudge"))
    story.wait(again * story.agent.pace)
    if story.channel not in _LIVE:
        story.until_open()
    _reply(story, story.line(story.script.resolve))


def _solve(story: Story) -> None:
    _, again, answer = _TEMPO[story.channel]
    if story.chance(_THANKED):
        story.wait(answer / 2)
        story.customer_says(story.phrase("thanks"))
        story.wait(again / 2)
        if story.channel not in _LIVE:
            story.until_open()
    else:
        story.at += timedelta(seconds=20)
    story.turn(Status.SOLVED)


def _reopen(story: Story) -> None:
    story.at += timedelta(hours=story.rng.randrange(6, 70))
    story.customer_says(story.phrase("reopen"))
    story.wait(_TEMPO[story.channel][0] * story.agent.pace)
    story.until_open()
    _reply(story, story.phrase("apology"))
    story.at += timedelta(minutes=story.rng.randrange(3, 240))
    story.turn(Status.SOLVED)


def _rate(story: Story) -> None:
    if not story.chance(_RATED.get(story.channel, _RATED_BY_MAIL)):
        return
    story.at += timedelta(minutes=story.rng.randrange(4, 2000))
    reopened = any(event.source == Status.SOLVED for event in story.events)
    good = story.chance(story.agent.care * (0.55 if reopened else 1.0))
    comment = story.phrase("good" if good else "bad") if story.chance(_COMMENTED) else None
    if story.channel is Channel.MESSAGING:
        scale, score = CsatScale.GOOD_BAD, "good" if good else "bad"
        story.ratings.append(CsatRecord(score=score, scale=scale, at=story.at, comment=comment))
        return
    stars = story.rng.choice((4, 5, 5, 5)) if good else story.rng.choice((1, 2, 3, 3))
    story.ratings.append(
        CsatRecord(score=stars, scale=CsatScale.ONE_TO_FIVE, at=story.at, comment=comment)
    )


def as_record(story: Story, now: datetime) -> TicketRecord:
    """What a helpdesk would show of the story at `now`."""
    messages = tuple(message for message in story.messages if message.sent_at <= now)
    events = tuple(event for event in story.events if event.at <= now)
    ratings = tuple(rating for rating in story.ratings if rating.at <= now)
    status, solved_at, assignee, priority = Status.NEW, None, None, Priority.NORMAL
    for event in events:
        if event.type is EventType.STATUS:
            status = Status(event.target or Status.NEW)
            solved_at = _solved_at(event, status, solved_at)
        elif event.type is EventType.ASSIGNMENT:
            assignee = event.target
        else:
            priority = Priority(event.target or Priority.NORMAL)
    acts = [message.sent_at for message in messages] + [event.at for event in events]
    return TicketRecord(
        id=f"demo-{story.number}",
        subject=story.line(story.script.subjects),
        channel=story.channel,
        status=status,
        priority=priority,
        language=story.script.language,
        created_at=story.messages[0].sent_at,
        updated_at=max(acts + [rating.at for rating in ratings]),
        solved_at=solved_at,
        tags=story.script.tags,
        requester=story.customer,
        assignee=agent_record(assignee),
        messages=messages,
        events=events,
        csat=ratings,
    )


def _solved_at(event: EventRecord, status: Status, before: datetime | None) -> datetime | None:
    if status is Status.SOLVED:
        return event.at
    return before if status is Status.CLOSED else None
