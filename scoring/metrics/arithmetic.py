"""What a ticket's timeline is worth: pure, total arithmetic behind every KPI.

Each act is credited to its *author*, on the organisation's local day of the act; what nobody did
(a ticket opened, the backlog grew) is credited to no agent. Sums and counts are kept side by side,
so that a mean is null, and never nought, until something has been counted.

Sources are not to be trusted: events come in any order, some are missing, messages precede their
ticket. Nothing here raises. An act before the ticket's creation counts as done at the creation;
a solve or reopening that only the status tells of is inferred. Times are whole seconds.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date
from typing import Final

import msgspec

from scoring.metrics.hours import BusinessCalendar, epoch_seconds
from tickets.contracts import (
    AuthorType,
    Change,
    Channel,
    CsatVerdict,
    EventType,
    Status,
    Timeline,
)

_SOLVED: Final = frozenset({Status.SOLVED, Status.CLOSED})
_WAITING_FOR_US: Final = frozenset({Status.NEW, Status.OPEN, Status.HOLD})

# Who speaks. At the same second a customer speaks before the agent who answers.
_CUSTOMER: Final = 0
_MACHINE: Final = 1
_AGENT: Final = 2
_SPEAKERS: Final = {
    AuthorType.CUSTOMER: _CUSTOMER,
    AuthorType.BOT: _MACHINE,
    AuthorType.SYSTEM: _MACHINE,
    AuthorType.AGENT: _AGENT,
}


class ActFact(msgspec.Struct, kw_only=True):
    """Everything one agent (or nobody: `None`) did on one ticket on one local day.

    `…_seconds` are sums over the acts counted in the plural field before them, in calendar time;
    `…_business_seconds` the same in the organisation's opening hours.
    """

    ticket_id: int
    channel: Channel
    day: date
    agent_id: int | None
    opened: int = 0
    backlog_change: int = 0
    first_replies: int = 0
    first_reply_seconds: int = 0
    first_reply_business_seconds: int = 0
    next_replies: int = 0
    next_reply_seconds: int = 0
    next_reply_business_seconds: int = 0
    public_replies: int = 0
    solved: int = 0
    one_touch: int = 0
    rated_solves: int = 0
    resolutions: int = 0
    resolution_seconds: int = 0
    resolution_business_seconds: int = 0
    requester_waits: int = 0
    requester_wait_seconds: int = 0
    requester_wait_business_seconds: int = 0
    reopens: int = 0
    reassignments: int = 0
    csat_good: int = 0
    csat_bad: int = 0


KEYS: Final = ("ticket_id", "channel", "day", "agent_id")
SUMS: Final = tuple(name for name in ActFact.__struct_fields__ if name not in KEYS)


class _Episode(msgspec.Struct):
    """A span in which the ticket was open: from creation or a reopening to a solve."""

    start: int
    solved_at: int | None = None
    solver_id: int | None = None
    solve_is_dated: bool = True


class _Turn(msgspec.Struct, order=True):
    """A public message; sorts by time. An agent we do not know has the id 0."""

    second: int
    speaker: int
    agent_id: int


def facts_of(timeline: Timeline, calendar: BusinessCalendar) -> list[ActFact]:
    """One fact per local day and agent, in that order; the order of the input does not matter.

    A deleted ticket has no facts: it counts nowhere. Nor does one that was merged into another: it
    was never solved, and the conversation counts where it goes on.
    """
    if timeline.status is Status.DELETED or timeline.is_merged:
        return []
    ledger = _Ledger(timeline, calendar)
    ledger.count_lifecycle()
    ledger.count_replies()
    ledger.count_solve()
    ledger.count_reassignments()
    ledger.count_rating()
    return ledger.in_order()


def without_kept(facts: Iterable[ActFact], kept: Iterable[ActFact]) -> list[ActFact]:
    """The facts less what is kept apart: acts of agents who were erased since.

    The timeline credits those to nobody, or, as a solve whose author it does not know, to whoever
    else the ticket belonged to. What is left of a day may be nothing, and is left out.
    """
    rest = list(facts)
    by_day: dict[tuple[int, date], list[ActFact]] = {}
    for apart in kept:
        by_day.setdefault((apart.ticket_id, apart.day), []).append(apart)
    for (ticket_id, day), parts in by_day.items():
        same = [fact for fact in rest if (fact.ticket_id, fact.day) == (ticket_id, day)]
        others = [fact for fact in rest if (fact.ticket_id, fact.day) != (ticket_id, day)]
        rest = [*others, *_rest_of_day(same, parts)]
    return rest


def _rest_of_day(facts: list[ActFact], kept: list[ActFact]) -> list[ActFact]:
    """Of one ticket's day. What nobody's acts cannot give was credited to somebody else."""
    first = kept[0]
    nobody = ActFact(ticket_id=first.ticket_id, channel=first.channel, day=first.day, agent_id=None)
    ordered = sorted(facts, key=lambda fact: fact.agent_id is not None)
    if not ordered or ordered[0].agent_id is not None:
        ordered = [nobody, *ordered]
    for name in SUMS:
        _take(ordered, name, sum(getattr(apart, name) for apart in kept))
    return [fact for fact in ordered if any(getattr(fact, name) for name in SUMS)]


def _take(facts: list[ActFact], name: str, amount: int) -> None:
    """Take `amount` from the facts in their order; the first owes what none of them has."""
    for fact in facts:
        given = max(min(amount, getattr(fact, name)), 0) if amount > 0 else amount
        setattr(fact, name, getattr(fact, name) - given)
        amount -= given
    setattr(facts[0], name, getattr(facts[0], name) - amount)


class _Ledger:
    def __init__(self, timeline: Timeline, calendar: BusinessCalendar) -> None:
        self.timeline = timeline
        self.calendar = calendar
        self.created = epoch_seconds(timeline.created_at)
        # What happened up to then may be missing: nothing is timed from it.
        since = timeline.complete_since
        self.unknown_until = self.created if since is None else epoch_seconds(since)
        self.facts: dict[tuple[date, int | None], ActFact] = {}
        self.turns = self._public_turns()
        self.statuses = self._dated(EventType.STATUS)
        self.assignments = self._dated(EventType.ASSIGNMENT)
        self.episodes = self._episodes()

    # Reading the timeline

    def _public_turns(self) -> list[_Turn]:
        created = self.created
        turns = []
        for said in self.timeline.utterances:
            if said.public:
                second = epoch_seconds(said.sent_at)
                second = max(created, second)
                turns.append(_Turn(second, _SPEAKERS[said.author], said.agent_id or 0))
        turns.sort()
        return turns

    def _dated(self, kind: EventType) -> list[tuple[int, Change]]:
        dated = [
            (max(epoch_seconds(change.at), self.created), change)
            for change in self.timeline.changes
            if change.type is kind
        ]
        if len(dated) > 1:
            dated.sort(key=_by_time_then_content)
            _chain(dated)
        return dated

    def _episodes(self) -> list[_Episode]:
        episodes = [_Episode(self.created)]
        for second, change in self.statuses:
            now = episodes[-1]
            if change.target_status in _SOLVED:
                if now.solved_at is None:
                    now.solved_at = second
                    now.solver_id = change.actor_agent_id or self._assignee_at(second)
            elif now.solved_at is not None and change.target_status not in {None, Status.DELETED}:
                episodes.append(_Episode(second))
        self._agree_with_status(episodes)
        return episodes

    def _agree_with_status(self, episodes: list[_Episode]) -> None:
        """Infer the solve or reopening that the ticket's status tells of and no event does."""
        now = episodes[-1]
        if self.timeline.status in _SOLVED and now.solved_at is None:
            said = self.timeline.solved_at
            solved_at = epoch_seconds(said) if said is not None else -1
            now.solve_is_dated = solved_at >= now.start
            now.solved_at = solved_at if now.solve_is_dated else self._last_activity()
            now.solver_id = self._assignee_at(now.solved_at)
        elif self.timeline.status not in _SOLVED and now.solved_at is not None:
            episodes.append(_Episode(self._last_activity()))

    def _last_activity(self) -> int:
        dated = [*self.statuses, *self.assignments]
        seconds = [turn.second for turn in self.turns] + [second for second, _ in dated]
        return max(seconds, default=self.created)

    def _assignee_at(self, second: int) -> int | None:
        assignee = self.timeline.assignee_id
        for at, change in reversed(self.assignments):
            if at <= second:
                return change.target_agent_id
            assignee = change.source_agent_id
        return assignee

    # Writing the facts

    def _fact(self, second: int, agent_id: int | None) -> ActFact:
        key = (self.calendar.day_of(second), agent_id)
        fact = self.facts.get(key)
        if fact is None:
            fact = self.facts[key] = ActFact(
                ticket_id=self.timeline.ticket_id,
                channel=self.timeline.channel,
                day=key[0],
                agent_id=agent_id,
            )
        return fact

    def count_lifecycle(self) -> None:
        solver_id = None
        for number, episode in enumerate(self.episodes):
            fact = self._fact(episode.start, None)
            fact.backlog_change += 1
            if number == 0:
                fact.opened = 1
            else:
                self._fact(episode.start, solver_id).reopens += 1
            if episode.solved_at is not None:
                self._fact(episode.solved_at, None).backlog_change -= 1
                solver_id = episode.solver_id

    def count_replies(self) -> None:
        # A ticket that an agent opened is first replied to by the agents' second message.
        is_whole = self.timeline.complete_since is None
        opening = is_whole and bool(self.turns) and self.turns[0].speaker == _AGENT
        unanswered_since = None
        episodes = iter(self.episodes)
        episode, following = next(episodes), next(episodes, None)
        first_is_due = is_whole
        for turn in self.turns:
            while following is not None and following.start <= turn.second:
                episode, following = following, next(episodes, None)
                first_is_due = True
            if turn.speaker == _CUSTOMER and unanswered_since is None:
                unanswered_since = turn.second if turn.second >= self.unknown_until else None
            if turn.speaker != _AGENT:
                continue
            fact = self._fact(turn.second, turn.agent_id or None)
            fact.public_replies += 1
            if opening:
                opening = False
            elif first_is_due and _is_open(episode, turn.second):
                first_is_due = False
                self._add_first_reply(fact, episode.start, turn.second)
            elif unanswered_since is not None:
                self._add_next_reply(fact, unanswered_since, turn.second)
            unanswered_since = None

    def _add_first_reply(self, fact: ActFact, start: int, end: int) -> None:
        fact.first_replies += 1
        fact.first_reply_seconds += end - start
        fact.first_reply_business_seconds += self.calendar.seconds_open(start, end)

    def _add_next_reply(self, fact: ActFact, start: int, end: int) -> None:
        fact.next_replies += 1
        fact.next_reply_seconds += end - start
        fact.next_reply_business_seconds += self.calendar.seconds_open(start, end)

    def count_solve(self) -> None:
        last = self.episodes[-1]
        if last.solved_at is None:
            return
        fact = self._fact(last.solved_at, last.solver_id)
        fact.solved = 1
        fact.rated_solves = int(bool(self.timeline.ratings))
        is_whole = self.timeline.complete_since is None
        replies = sum(turn.speaker == _AGENT for turn in self.turns)
        fact.one_touch = int(is_whole and replies == 1)
        if not last.solve_is_dated:
            return
        fact.resolutions = 1
        fact.resolution_seconds = last.solved_at - self.created
        fact.resolution_business_seconds = self.calendar.seconds_open(self.created, last.solved_at)
        if self.statuses and is_whole:
            self._add_requester_wait(fact, last.solved_at)

    def _add_requester_wait(self, fact: ActFact, until: int) -> None:
        fact.requester_waits = 1
        status = self.statuses[0][1].source_status or Status.NEW
        since = self.created
        for second, change in self.statuses:
            if status in _WAITING_FOR_US:
                end = min(second, until)
                fact.requester_wait_seconds += max(end - since, 0)
                fact.requester_wait_business_seconds += self.calendar.seconds_open(since, end)
            since, status = second, change.target_status or status
        if status in _WAITING_FOR_US:
            fact.requester_wait_seconds += max(until - since, 0)
            fact.requester_wait_business_seconds += self.calendar.seconds_open(since, until)

    def count_reassignments(self) -> None:
        for second, change in self.assignments:
            before, after = change.source_agent_id, change.target_agent_id
            if before is not None and after is not None and before != after:
                self._fact(second, change.actor_agent_id).reassignments += 1

    def count_rating(self) -> None:
        if not self.timeline.ratings:
            return
        rated_at, verdict = max((epoch_seconds(r.at), r.verdict) for r in self.timeline.ratings)
        second = max(rated_at, self.created)
        fact = self._fact(second, self._main_contributor(second))
        if verdict is CsatVerdict.GOOD:
            fact.csat_good = 1
        else:
            fact.csat_bad = 1

    def _main_contributor(self, until: int) -> int | None:
        """The agent with most public replies so far. A tie goes to the assignee, or else to the
        one among the tied who wrote last; without any reply it is the assignee."""
        replied = [
            turn.agent_id
            for turn in self.turns
            if turn.second <= until and turn.speaker == _AGENT and turn.agent_id
        ]
        assignee = self._assignee_at(until)
        if not replied:
            return assignee
        replies = Counter(replied)
        most = max(replies.values())
        if assignee is not None and replies[assignee] == most:
            return assignee
        return next(agent_id for agent_id in reversed(replied) if replies[agent_id] == most)

    def in_order(self) -> list[ActFact]:
        return sorted(self.facts.values(), key=lambda fact: (fact.day, fact.agent_id or 0))


def _is_open(episode: _Episode, second: int) -> bool:
    return episode.solved_at is None or second <= episode.solved_at


def _by_time_then_content(dated: tuple[int, Change]) -> tuple[int, str, str, int, int, int]:
    second, change = dated
    return (
        second,
        change.source_status or "",
        change.target_status or "",
        change.source_agent_id or 0,
        change.target_agent_id or 0,
        change.actor_agent_id or 0,
    )


def _chain(dated: list[tuple[int, Change]]) -> None:
    """Put changes of one second into the order in which each starts where the last ended."""
    for index in range(1, len(dated)):
        before = dated[index - 1][1]
        for later in _same_second(dated, index):
            if _follows(dated[later][1], before):
                dated.insert(index, dated.pop(later))
                break


def _same_second(dated: list[tuple[int, Change]], index: int) -> Iterable[int]:
    later = index
    while later < len(dated) and dated[later][0] == dated[index][0]:
        yield later
        later += 1


def _follows(change: Change, before: Change) -> bool:
    if change.type is EventType.STATUS:
        return change.source_status == before.target_status
    return change.source_agent_id == before.target_agent_id
