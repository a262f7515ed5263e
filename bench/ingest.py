"""Ingest: the product's import against COPY, `bulk_create` and `update_or_create` (G1, G3, G5).

Ours is the whole way: JSON Lines are read strictly, people get keys, words are encrypted, rows and
rollups are written, each page committed. COPY writes the very rows that ours wrote, as text that
is ready, into clones of the tables with their indexes, checks and foreign keys, as the owner: the
least PostgreSQL can do. The ORM's ways do the same job: they parse the same lines, hide the same
card numbers, encrypt the same words, work out the same figures with the same functions, and write
the same rows into the same tables; who is who, and the cells of the rollups, they are given for
nothing. CPU is that of this process and of the backends of both databases; every round works in an
organisation of its own.
"""

from __future__ import annotations

import argparse
import cProfile
import io
import json
import os
import pstats
import uuid
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
django.setup()

import dj_database_url  # noqa: E402 - Django must be set up first
import msgspec  # noqa: E402 - as above
import psycopg2  # noqa: E402 - as above
from django.apps import apps  # noqa: E402 - as above
from django.db import connection, connections  # noqa: E402 - as above

from bench.harness import Goal, Spent, backend_pid, cpu, finish, median, table  # noqa: E402 - as above
from integrations.demo.generator import generate  # noqa: E402 - as above
from integrations.helpdesks.file.reader import TicketFile  # noqa: E402 - as above
from integrations.imports import paged, store_page  # noqa: E402 - as above
from kaizo.accounts.models import Organisation  # noqa: E402 - as above
from kaizo.core import tenancy  # noqa: E402 - as above
from kaizo.core.tenancy import Purpose, TenantScope, tenant_scope  # noqa: E402 - as above
from privacy import api as privacy  # noqa: E402 - as above
from privacy.vault.scope import vault_scope  # noqa: E402 - as above
from scoring.metrics.arithmetic import facts_of  # noqa: E402 - as above
from scoring.metrics.calendars import calendar_of  # noqa: E402 - as above
from tickets.contracts import TicketRecord  # noqa: E402 - as above
from tickets.ingest import rows as rows_of  # noqa: E402 - as above
from tickets.ingest.masking import masked  # noqa: E402 - as above
from tickets.services import IngestReport  # noqa: E402 - as above

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
# In an order that satisfies foreign keys. Search is indexed behind ingest and left out of all.
TABLES = (
    "privacy_subject", "accounts_team", "tickets_agent", "tickets_teammembership",
    "tickets_customer", "tickets_ticket", "tickets_message", "tickets_ticketevent",
    "tickets_csatresponse", "tickets_tag", "tickets_tickettag", "scoring_ticketacts",
    "scoring_agentday", "scoring_teamday",
)  # fmt: skip
VAULT_TABLES = ("vault_subjectkey",)
BEFORE_TICKETS = (
    "privacy_subject", "accounts_team", "tickets_agent", "tickets_teammembership",
    "tickets_customer", "tickets_tag",
)  # fmt: skip
OF_A_TICKET = (
    "tickets_message", "tickets_ticketevent", "tickets_csatresponse", "tickets_tickettag",
    "scoring_ticketacts",
)  # fmt: skip
KEYS = ["organisation", "id"]
KEYS_OF_ROW = ("organisation_id", "id")
_numbers = count(1)


def new_organisation() -> Organisation:
    name = f"ingest-{next(_numbers)}"
    return Organisation.objects.create(name=name, slug=name, is_demo=True)


def pids() -> list[int]:
    return [backend_pid(connections[alias]) for alias in ("default", "vault")]


# --- Ours --------------------------------------------------------------------------------------


def ours(organisation: Organisation, content: bytes) -> tuple[Spent, IngestReport]:
    backends = pids()
    total = IngestReport()
    with cpu(*backends) as spent, TicketFile(io.BytesIO(content), now=NOW) as tickets:
        for page in paged(tickets):
            total.add(store_page(organisation.pk, page))
    return spent, total


def encryption(organisation: Organisation, records: Sequence[TicketRecord]) -> Spent:
    """Every value that ours encrypts, with its binding and in hexadecimal, by keys at hand."""
    people = [uuid.uuid4() for _ in {record.requester.id for record in records}]
    ciphers = list(privacy.ciphers_for(organisation.pk, people, create=True).items())
    values = list(_encrypted_values(records))
    with cpu() as spent:
        for number, (subject_id, cipher) in zip(
            count(), _cycle(ciphers, len(values)), strict=False
        ):
            kind, value = values[number]
            cipher.encrypt(value, privacy.aad(organisation.pk, kind, number, subject_id)).hex()
    return spent


def _cycle(items: Sequence[Any], length: int) -> Iterator[Any]:
    return (items[number % len(items)] for number in range(length))


def _encrypted_values(records: Sequence[TicketRecord]) -> Iterator[tuple[str, str | bytes]]:
    seen = set()
    for record in records:
        yield "tickets.Ticket.title", record.subject
        for message in record.messages:
            yield "tickets.Message.body", message.text
        for rating in record.csat:
            if rating.comment:
                yield "tickets.CsatResponse.comment", rating.comment
        if record.requester.id not in seen:
            seen.add(record.requester.id)
            yield "tickets.Customer.profile", msgspec.json.encode(record.requester)


def fingerprint(organisation: Organisation) -> list[tuple[Any, ...]]:
    """Changes as soon as any row of the organisation is written again."""
    with tenant_scope(organisation.pk), connection.cursor() as cursor:
        found = []
        for name in TABLES:
            cursor.execute(f"SELECT count(*), sum(hashtext(ctid::text || xmin::text)) FROM {name}")
            found.append((name, *cursor.fetchone()))
    return found


# --- COPY --------------------------------------------------------------------------------------


class Clones:
    """Copies of the tables with all that PostgreSQL has to check and keep up on a write."""

    def __init__(self, variable: str, tables: Sequence[str]) -> None:
        options = dj_database_url.parse(os.environ[variable])
        self.tables = tables
        self.owner = psycopg2.connect(
            host=options["HOST"], port=options["PORT"] or None, user=options["USER"],
            password=options["PASSWORD"] or None, dbname=options["NAME"],
        )  # fmt: skip
        with self.owner, self.owner.cursor() as cursor:
            for name in tables:
                cursor.execute(f"CREATE TABLE clone_{name} (LIKE {name} INCLUDING ALL)")
                cursor.execute(
                    "SELECT pg_get_constraintdef(oid) FROM pg_constraint"
                    " WHERE contype = 'f' AND conrelid = %s::regclass",
                    [name],
                )
                for (definition,) in cursor.fetchall():
                    cursor.execute(f"ALTER TABLE clone_{name} ADD {definition}")

    def fill(self, payloads: dict[str, str]) -> Spent:
        with self.owner, self.owner.cursor() as cursor:
            cursor.execute("TRUNCATE " + ", ".join(f"clone_{name}" for name in self.tables))
        with cpu(backend_pid(self.owner)) as spent, self.owner, self.owner.cursor() as cursor:
            for name in self.tables:
                cursor.copy_expert(f"COPY clone_{name} FROM STDIN", io.StringIO(payloads[name]))
        return spent

    def drop(self) -> None:
        with self.owner, self.owner.cursor() as cursor:
            for name in self.tables:
                cursor.execute(f"DROP TABLE clone_{name}")
        self.owner.close()


def written_rows(alias: str, organisation_id: int, tables: Sequence[str]) -> dict[str, str]:
    """The organisation's rows of each table as COPY text, seen through row-level security."""
    payloads = {}
    scope: Callable[[int], Any] = tenant_scope if alias == "default" else vault_scope
    with scope(organisation_id), connections[alias].cursor() as cursor:
        for name in tables:
            out = io.StringIO()
            cursor.copy_expert(f"COPY (SELECT * FROM {name}) TO STDOUT", out)
            payloads[name] = out.getvalue()
    return payloads


def add(one: Spent, other: Spent) -> Spent:
    return Spent(one.wall + other.wall, one.client + other.client, one.backend + other.backend)


# --- The ORM's ways ----------------------------------------------------------------------------

MODELS = {model._meta.db_table: model for model in apps.get_models()}  # noqa: SLF001 - Django's documented Meta API
Rows = dict[str, list[dict[str, Any]]]
Records = Sequence[TicketRecord]


@contextmanager
def lasting_scope(organisation: Organisation) -> Iterator[None]:
    """The scope for the whole session instead of one transaction: the ORM's ways commit as Django
    does by itself, row by row, and are spared what tenancy costs."""
    token = tenancy._scope.set(TenantScope(organisation.pk, Purpose.SERVICE))  # noqa: SLF001 - see above
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('app.organisation_id', %s, false)", [str(organisation.pk)]
        )
    try:
        yield
    finally:
        tenancy._scope.reset(token)  # noqa: SLF001 - see above
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('app.organisation_id', '', false)")


def taken_rows(organisation: Organisation) -> Rows:
    """Everything ours wrote, as values for the ORM; the tables are empty afterwards."""
    rows: Rows = {}
    with tenant_scope(organisation.pk):
        for name in TABLES:
            found = MODELS[name].objects.values()
            rows[name] = [{key: _plain(value) for key, value in row.items()} for row in found]
    clear(organisation)
    return rows


def _plain(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value


def clear(organisation: Organisation) -> None:
    with tenant_scope(organisation.pk), connection.cursor() as cursor:
        for name in reversed(TABLES):
            cursor.execute(f"DELETE FROM {name}")


def write_in_bulk(name: str, rows: list[dict[str, Any]]) -> None:
    changing = [key for key in rows[0] if key not in KEYS_OF_ROW] if rows else []
    MODELS[name].objects.bulk_create(
        [MODELS[name](**row) for row in rows],
        batch_size=1_000,
        update_conflicts=True,
        unique_fields=KEYS,
        update_fields=changing,
    )


def bulk_create(organisation: Organisation, records: Records, rows: Rows) -> Spent:
    with lasting_scope(organisation), cpu(*pids()) as spent:
        for name in TABLES:
            write_in_bulk(name, rows[name])
    clear(organisation)
    return add(spent, thinking(organisation, records))


def thinking(organisation: Organisation, records: Records) -> Spent:
    """What any way has to do before it writes: parse, hide cards, encrypt, work out the figures."""
    lines = [msgspec.json.encode(record) for record in records]
    cast = rows_of.Cast(organisation.pk, "file", {}, {}, {}, frozenset())
    with tenant_scope(organisation.pk):
        calendar = calendar_of(organisation.pk)
    with cpu() as spent:
        for line in lines:
            json.loads(line)
        masked(records)
        for number, record in enumerate(records):
            facts_of(rows_of.timeline_of(cast, record, number), calendar)
    return add(spent, encryption(organisation, records))


def one_by_one(organisation: Organisation, records: Records, rows: Rows) -> Spent:
    """`update_or_create` for every row of some tickets and for their share of the rollups."""
    few = sample_of(rows, len(records))
    with tenant_scope(organisation.pk):
        for name in BEFORE_TICKETS:
            chosen = {row["id"] for row in few.get(name, [])}
            write_in_bulk(name, [row for row in rows[name] if row["id"] not in chosen])
    with lasting_scope(organisation), cpu(*pids()) as spent:
        for name, chosen_rows in few.items():
            for row in chosen_rows:
                keys = {key: row[key] for key in KEYS_OF_ROW}
                rest = {key: value for key, value in row.items() if key not in keys}
                MODELS[name].objects.update_or_create(**keys, defaults=rest)
    clear(organisation)
    return add(spent, thinking(organisation, records))


def sample_of(rows: Rows, number: int) -> Rows:
    """The rows of the first tickets with their customers, in an order foreign keys allow."""
    tickets = rows["tickets_ticket"][:number]
    ids = {row["id"] for row in tickets}
    customers = {row["requester_id"] for row in tickets}
    people = {row["subject_id"] for row in tickets}
    few = {
        "privacy_subject": [row for row in rows["privacy_subject"] if row["id"] in people],
        "tickets_customer": [row for row in rows["tickets_customer"] if row["id"] in customers],
        "tickets_ticket": tickets,
    }
    for name in OF_A_TICKET:
        few[name] = [row for row in rows[name] if row["ticket_id"] in ids]
    for name in ("scoring_agentday", "scoring_teamday"):
        few[name] = rows[name][: len(rows[name]) * number // len(rows["tickets_ticket"])]
    return few


# --- The run -----------------------------------------------------------------------------------


def run_round(content: bytes, sample: int, results: dict[str, list[Spent]]) -> int:
    """All ways once; returns how many rows an unchanged import rewrote."""
    lines = content.splitlines()
    records = [item.record for item in TicketFile(io.BytesIO(content), now=NOW)]  # type: ignore[union-attr]
    organisation = new_organisation()
    new, first = ours(organisation, content)
    before = fingerprint(organisation)
    again, repeated = ours(organisation, content)
    if (first.tickets.created, repeated.tickets.unchanged) != (len(lines), len(lines)):
        raise RuntimeError("The import did not do what is measured.")
    rewritten = sum(one != two for one, two in zip(before, fingerprint(organisation), strict=True))
    copied = Spent()
    for alias, variable, names in (
        ("default", "DATABASE_OWNER_URL", TABLES),
        ("vault", "VAULT_DATABASE_OWNER_URL", VAULT_TABLES),
    ):
        clones = Clones(variable, names)
        copied = add(copied, clones.fill(written_rows(alias, organisation.pk, names)))
        clones.drop()
    rows = taken_rows(organisation)
    for name, spent in (
        ("ours, new", new),
        ("ours, unchanged", again),
        ("COPY", copied),
        ("bulk_create", bulk_create(organisation, records, rows)),
        ("update_or_create", one_by_one(organisation, records[:sample], rows)),
        ("encryption", encryption(organisation, records)),
    ):
        results.setdefault(name, []).append(spent)
    return rewritten


def profile(content: bytes) -> None:
    """Where the client's time goes, for whoever has missed a goal."""
    profiler = cProfile.Profile()
    profiler.enable()
    ours(new_organisation(), content)
    profiler.disable()
    pstats.Stats(profiler).sort_stats("cumulative").print_stats(45)


def report(results: dict[str, list[Spent]], tickets: int, sample: int, rewritten: int) -> None:
    numbers = {name: sample if name == "update_or_create" else tickets for name in results}
    per_ticket = {name: median(r) / numbers[name] * 1e6 for name, r in results.items()}
    table(
        ("way", "tickets/s", "client us/ticket", "backend us/ticket", "CPU us/ticket"),
        [
            (
                name,
                round(numbers[name] / max(median(spent, "wall"), 1e-9)),
                median(spent, "client") / numbers[name] * 1e6,
                median(spent, "backend") / numbers[name] * 1e6,
                per_ticket[name],
            )
            for name, spent in results.items()
        ],
    )
    mine = per_ticket["ours, new"]
    goals = {
        "G1": Goal(mine / per_ticket["COPY"], at_most=3.0),
        "G1 bulk_create": Goal(per_ticket["bulk_create"] / mine, at_least=3.5),
        "G1 one by one": Goal(per_ticket["update_or_create"] / mine, at_least=100.0),
        "G3": Goal(per_ticket["ours, unchanged"] / mine, at_most=0.8),
        "G3 rewritten": Goal(rewritten, at_most=0),
        "G5": Goal(per_ticket["encryption"] / mine, at_most=0.12),
    }
    finish("ingest", goals, {"tickets": tickets, "cpu_us_per_ticket": per_ticket})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--profile", action="store_true")
    chosen = parser.parse_args()
    tickets, count_of_rounds, sample = (1_000, 3, 10) if chosen.quick else (5_000, 5, 100)
    encode = msgspec.json.Encoder().encode
    content = b"\n".join(encode(record) for record in generate(tickets, now=NOW))
    ours(new_organisation(), content)  # warms caches and prepared plans
    if chosen.profile:
        profile(content)
    results: dict[str, list[Spent]] = {}
    rewritten = sum(run_round(content, sample, results) for _ in range(count_of_rounds))
    report(results, len(content.splitlines()), sample, rewritten)


if __name__ == "__main__":
    main()
