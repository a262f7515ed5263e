"""What pages read about imports and connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, QuerySet

from integrations import registry
from integrations.base import Ending, Vendor
from integrations.credentials import open_settings
from integrations.health import WORDS, Words, words_for
from integrations.models import Connection, ImportFault, ImportRun, SetAsideRecord, SyncRun
from integrations.webhooks import rejections
from kaizo.core import clock
from privacy.api import blocked_for

RECENT_RUNS = 50
_SET_ASIDE_SHOWN = 100


def recent_runs() -> QuerySet[ImportRun]:
    """The organisation's latest 50 imports with who started them, newest first."""
    found: QuerySet[ImportRun] = ImportRun.objects.select_related("started_by").order_by(
        "-created_at", "-pk"
    )
    return found[:RECENT_RUNS]


def fault_lines(run: ImportRun) -> Iterator[tuple[int, str]]:
    """(line number, reason) of every line set aside that was kept, in the file's order."""
    found = ImportFault.objects.filter(run=run).order_by("line_number", "pk")
    return iter(found.values_list("line_number", "reason"))


@dataclass(frozen=True, slots=True)
class Health:
    """A connection as its page shows it. `lag` is since the feed was last read to its end."""

    connection: Connection
    vendor: Vendor | None
    words: Words | None
    progress: int
    lag: timedelta | None
    waits_for: float  # seconds that the helpdesk has asked for
    rejected_hooks: int
    ending: Ending | None


def health_of(connection: Connection) -> Health:
    """Two look-ups in the shared cache, no query."""
    module = registry.all_helpdesks().get(connection.kind)
    return Health(
        connection=connection,
        vendor=module.VENDOR if module else None,
        words=words_for(connection),
        progress=connection.progress(clock.now()),
        lag=_lag(connection),
        waits_for=blocked_for(connection.organisation_id, connection.source),
        rejected_hooks=rejections(connection),
        ending=_ending(connection),
    )


def _ending(connection: Connection) -> Ending | None:
    if connection.credentials is None:
        return None
    settings = open_settings(connection)
    return registry.ending(connection.kind, settings, clock.now().date())


def _lag(connection: Connection) -> timedelta | None:
    """Unknown while a backfill runs: what is newest comes last."""
    if connection.synced_at is None or connection.backfilled_at is None:
        return None
    return clock.now() - connection.synced_at


def connections_by_age() -> QuerySet[Connection]:
    """The organisation's connections, the ended ones last, then the newest first."""
    found: QuerySet[Connection] = Connection.objects.order_by(
        F("disconnected_at").desc(nulls_first=True), "-created_at", "-pk"
    )
    return found


def vendors() -> list[Vendor]:
    """Every helpdesk that can be connected, by name."""
    return [module.VENDOR for module in registry.all_helpdesks().values()]


@dataclass(frozen=True, slots=True)
class RunLine:
    """A run as the history shows it; `words` say why it broke off, if it did."""

    run: SyncRun
    words: Words | None


def recent_sync_runs(connection: Connection) -> list[RunLine]:
    """Its latest 50 runs, newest first."""
    found = SyncRun.objects.filter(connection=connection).order_by("-started_at", "-pk")
    return [RunLine(run, WORDS.get(run.problem)) for run in found[:RECENT_RUNS]]


def set_aside_records(connection: Connection) -> QuerySet[SetAsideRecord]:
    """The hundred seen last."""
    found: QuerySet[SetAsideRecord] = SetAsideRecord.objects.filter(connection=connection)
    return found.order_by("-last_seen_at", "-pk")[:_SET_ASIDE_SHOWN]
