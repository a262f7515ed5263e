"""Every statement that an erasure runs finds its rows by an index, however large the tables get."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.apps import apps
from django.db import connection, models

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import TenantForeignKey, tenant_scope
from privacy.paths import find_field, target_of
from privacy.registry import registry
from privacy.rights import canaries
from privacy.rights.graph import Edge, graph_of, statements
from tests import factories
from tests.database import owner_connection
from tests.privacy.rights import erasures

KINDS = pytest.mark.parametrize("kind", ["customer", "agent"])
# What the policy alone compares: it finds all the organisation's rows.
WHOLE_TENANT = "organisation_id"
COMPARED = re.compile(r"\((\w+) = ")
# An organisation has few of these, and nothing of a ticket's or a message's number.
FEW_ROWS = {
    "integrations_connection",
    "privacy_rights_barreduse",
    "privacy_rights_recipientnotice",
    "privacy_rights_restriction",
}
FILLED = 100  # rows from which a table tells something about plans

_INDEXES = """
SELECT c.relname,
       (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = i.indkey[0]),
       (SELECT a.attname FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = i.indkey[1])
  FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
 WHERE i.indisvalid AND c.relnamespace = 'public'::regnamespace AND i.indnatts > 1
   AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
"""


@pytest.fixture
def indexed(db: None) -> set[tuple[str, str]]:
    """Columns by which an organisation's rows of a table can be found."""
    with connection.cursor() as cursor:
        cursor.execute(_INDEXES)
        return {(table, second) for table, first, second in cursor if first == WHOLE_TENANT}


def looked_up(edge: Edge) -> Iterator[tuple[str, str]]:
    """Tables and columns that following the edge's path compares."""
    model = edge.model
    for key in edge.path:
        field = find_field(model, key)
        yield model._meta.db_table, field.column
        if field.is_relation:
            model = target_of(field)


@KINDS
def test_every_way_to_a_person_is_indexed(indexed: set[tuple[str, str]], kind: str) -> None:
    graph = graph_of(kind)
    ways = {way for edge in graph.changing for way in looked_up(edge)}
    assert len(ways) > 5
    assert ways - indexed == set()


@KINDS
def test_every_key_to_a_row_that_goes_is_indexed(indexed: set[tuple[str, str]], kind: str) -> None:
    """The database looks each of them up when a row goes."""
    going = {edge.model for edge in graph_of(kind).deletes}
    keys = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey) and field.related_model in going
    }
    assert keys - indexed == set()


def test_every_column_where_a_person_s_id_is_looked_for_is_indexed_or_small(
    indexed: set[tuple[str, str]],
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(canaries._COLUMNS)
        columns = set(cursor.fetchall())
    assert ("tickets_ticket", "subject_id") in columns
    small = FEW_ROWS | {model._meta.db_table for model in registry.not_personal}
    assert {(t, c) for t, c in columns - indexed if t not in small} == set()


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for inner in plan.get("Plans", []):
        yield from nodes(inner)


def explained(statement: str, subject: models.Model) -> list[dict[str, Any]]:
    """Without sequential scans where there is any other way: small tables look like large ones."""
    parameters = {"subjects": [str(subject.pk)], "ids": [1, 2, 3], "kept": [], "limit": 500}
    parameters["now"] = clock.now()
    parameters |= {f"kept{number}": [] for number in range(50)}
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute("SET LOCAL enable_bitmapscan = off")
        cursor.execute(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        answer = cursor.fetchone()[0]
    plans = json.loads(answer) if isinstance(answer, str) else answer
    return list(nodes(plans[0]["Plan"]))


def reads_too_much(node: dict[str, Any]) -> str | None:
    """Why a node reads more than the rows it is after."""
    where = node.get("Relation Name", "")
    if node["Node Type"] == "Seq Scan":
        return f"sequential scan of {where}"
    if "Index" in node["Node Type"] and "Scan" in node["Node Type"]:
        columns = set(COMPARED.findall(node.get("Index Cond", ""))) - {WHOLE_TENANT}
        if not columns:
            return f"all of the organisation's {where} by {node.get('Index Name')}"
    return None


def analysed() -> set[str]:
    """Bring the statistics up to date; the tables that hold enough to tell."""
    name = connection.settings_dict["NAME"]
    with owner_connection("default", name) as owner, owner.cursor() as cursor:
        cursor.execute("ANALYZE")
        cursor.execute("SELECT relname FROM pg_class WHERE reltuples >= %s", [FILLED])
        return {table for (table,) in cursor.fetchall()}


@pytest.mark.django_db(transaction=True)
@KINDS
def test_no_erase_statement_scans_a_table(organisation: Organisation, kind: str) -> None:
    records = (factories.ticket_record() for _ in range(FILLED * 2))
    erasures.ingest(organisation, *(erasures.by_agent(r, n % 20) for n, r in enumerate(records)))
    filled = analysed()
    assert {"tickets_ticket", "tickets_message", "scoring_ticketacts"} <= filled
    person = erasures.agent(organisation) if kind == "agent" else erasures.customer(organisation)

    with tenant_scope(organisation.pk):
        found = {
            f"{name}: {reason}"
            for name, statement in statements(graph_of(kind))
            for node in explained(statement, person.subject)
            if node.get("Relation Name") in filled and (reason := reads_too_much(node))
        }
    assert found == set()
