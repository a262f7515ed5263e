"""The vault's own tenant scope: it is another database, so it has to be told as well."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import Any

from django.db import connections, transaction

from kaizo.core.routers import VAULT
from kaizo.core.tenancy import (
    ANNOUNCE,
    CrossTenantScope,
    NoTenantScope,
    announce,
    current_scope,
)

_organisation_id: ContextVar[int | None] = ContextVar("vault_scope", default=None)


@contextmanager
def vault_scope(organisation_id: int) -> Iterator[None]:
    """Open a transaction on the vault in which the organisation's keys, and no others, are seen.

    It commits before the caller's transaction on the main database does, so that a key is always
    durable before the text under it. Nests for the same organisation; raises CrossTenantScope for
    another one, also when the main scope is another's.
    """
    outer = _organisation_id.get()
    _refuse_another(organisation_id)
    with _restored(outer), transaction.atomic(using=VAULT):
        announce(VAULT, organisation_id=organisation_id)
        token = _organisation_id.set(organisation_id)
        try:
            yield
        finally:
            _organisation_id.reset(token)


def execute_in_vault(organisation_id: int, statement: str, parameters: list[Any]) -> int:
    """Run one statement among the organisation's keys; how many rows it changed.

    Outside a transaction on the vault it is committed with its scope in a single round trip: what
    is sent as one query is one transaction. Otherwise it is part of the open transaction. Raises
    CrossTenantScope as `vault_scope` does.
    """
    connection = connections[VAULT]
    if connection.in_atomic_block:
        with vault_scope(organisation_id), connection.cursor() as cursor:
            cursor.execute(statement, parameters)
            return int(cursor.rowcount)
    _refuse_another(organisation_id)
    with connection.cursor() as cursor:
        cursor.execute(f"{ANNOUNCE}; {statement}", [str(organisation_id), "", "", *parameters])
        return int(cursor.rowcount)


def _refuse_another(organisation_id: int) -> None:
    open_ones = (_organisation_id.get(), _main_organisation())
    if any(other not in (None, organisation_id) for other in open_ones):
        msg = "Finish the work for one organisation before opening another's vault."
        raise CrossTenantScope(msg)


def _main_organisation() -> int | None:
    try:
        return current_scope().organisation_id
    except NoTenantScope:
        return None


@contextmanager
def _restored(outer: int | None) -> Iterator[None]:
    """Put the outer scope back when the vault's transaction goes on after the inner block."""
    try:
        yield
    finally:
        connection = connections[VAULT]
        if connection.in_atomic_block and not connection.needs_rollback:
            announce(VAULT, organisation_id=outer)
