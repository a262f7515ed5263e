"""Generated conversations: seeded, repeatable, as many as asked for.

The same seed and the same `now` give the same tickets, byte for byte. Also a command that writes
the import format, for benchmarks and for trying the import page:

    python -m integrations.demo.generator --tickets 100000 > many.jsonl
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, time, timedelta
from random import Random
from typing import Final

import msgspec

from integrations.demo.cast import make_customer, team_for
from integrations.demo.scripts import scripts
from integrations.demo.story import HOME_ZONE, SUNDAY, Story, as_record, tell
from tickets.contracts import Channel, TicketRecord

DEFAULT_TICKETS: Final = 1_200
DEFAULT_SEED: Final = 20_260
WEEKS: Final = 16
_DAYS: Final = WEEKS * 7
_FIRST_NUMBER: Final = 10_001
_TICKETS_PER_CUSTOMER: Final = 1.4

_LANGUAGE_WEIGHTS: Final = {"en": 64, "nl": 20, "de": 16}
_CHANNEL_WEIGHTS: Final = {
    Channel.EMAIL: 40,
    Channel.CHAT: 24,
    Channel.MESSAGING: 16,
    Channel.WEB: 12,
    Channel.PHONE: 8,
}
_SATURDAY: Final = 5
# Share of a day's tickets by local hour, 0 to 23.
_HOUR_WEIGHTS: Final = (1, 0, 0, 0, 0, 1, 2, 4, 8, 11, 12, 11, 9, 9, 10, 10, 9, 8, 6, 5, 5, 4, 3, 2)
_LIVE_HOURS: Final = range(9, 17)


def generate(
    tickets: int = DEFAULT_TICKETS, *, now: datetime, seed: int = DEFAULT_SEED
) -> Iterator[TicketRecord]:
    """`tickets` conversations of the sixteen weeks before `now`, oldest first."""
    rng = Random(seed)  # noqa: S311 - texts for a demo, nothing secret
    customers = max(1, round(tickets / _TICKETS_PER_CUSTOMER))
    number = _FIRST_NUMBER
    for days_ago, count in _days(tickets, now):
        day = now.astimezone(HOME_ZONE).date() - timedelta(days=days_ago)
        for moment in sorted(_moment(rng) for _ in range(count)):
            at = datetime.combine(day, moment, HOME_ZONE).astimezone(UTC)
            story = _story(rng, number, at, week=(_DAYS - days_ago) // 7, customers=customers)
            number += 1
            if at <= now:
                yield as_record(story, now)


def _days(tickets: int, now: datetime) -> Iterator[tuple[int, int]]:
    """(days ago, number of tickets): busier weekdays, slow growth, one peak four weeks back."""
    today = now.astimezone(HOME_ZONE).date()
    weights = []
    for days_ago in range(_DAYS - 1, -1, -1):
        weekday = (today - timedelta(days=days_ago)).weekday()
        weight = {SUNDAY: 0.35, _SATURDAY: 0.55, 0: 1.3}.get(weekday, 1.0)
        weight *= 1 + 0.35 * (1 - days_ago / _DAYS)
        weight *= 1.6 if days_ago // 7 == 4 else 1.0  # noqa: PLR2004 - the sale
        weights.append((days_ago, weight))
    total = sum(weight for _, weight in weights)
    share, given = 0.0, 0
    for days_ago, weight in weights:
        share += weight / total
        count = round(tickets * share) - given
        given += count
        yield days_ago, count


def _moment(rng: Random) -> time:
    (hour,) = rng.choices(range(24), _HOUR_WEIGHTS)
    return time(hour, rng.randrange(60), rng.randrange(60))


def _story(rng: Random, number: int, at: datetime, *, week: int, customers: int) -> Story:
    customer_number = rng.randrange(customers)
    own = Random(customer_number)  # noqa: S311 - the same customer looks the same in every ticket
    (language,) = own.choices(list(_LANGUAGE_WEIGHTS), list(_LANGUAGE_WEIGHTS.values()))
    available = scripts(language)
    (script,) = rng.choices(available, [one.weight for one in available])
    (channel,) = rng.choices(list(_CHANNEL_WEIGHTS), list(_CHANNEL_WEIGHTS.values()))
    local = at.astimezone(HOME_ZONE)
    if channel in {Channel.CHAT, Channel.PHONE} and (
        local.hour not in _LIVE_HOURS or local.weekday() == SUNDAY
    ):
        channel = Channel.EMAIL
    team = team_for(script.domain, language, week)
    story = Story(
        number=number,
        rng=rng,
        script=script,
        customer=make_customer(own, customer_number + 1, language),
        agent=rng.choice(team),
        channel=channel,
        at=at,
    )
    tell(story, team)
    return story


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description="Write generated conversations as JSON Lines.")
    parser.add_argument("--tickets", type=int, default=DEFAULT_TICKETS)
    parser.add_argument("--seed", type=int, default=DEFAULT_SEED)
    parser.add_argument("--now", type=datetime.fromisoformat, default=datetime.now(UTC))
    chosen = parser.parse_args(arguments)
    encoder = msgspec.json.Encoder()
    out = sys.stdout.buffer
    for record in generate(chosen.tickets, now=chosen.now, seed=chosen.seed):
        out.write(encoder.encode(record) + b"\n")


if __name__ == "__main__":
    main()
