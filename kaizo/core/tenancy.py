"""Which organisation the running code works for, in Python and in PostgreSQL.

Three lines of defence: `access.py` per app hands out objects; the manager here refuses to query
without a scope; row-level security refuses in the database whatever slips through both.
The database learns the scope by settings that are local to the transaction, so a pooled
connection can never carry one tenant's scope into another's request.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connections, models, transaction
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact
from django.db.models.sql.compiler import SQLCompiler
from typing_extensions import override

_M = TypeVar("_M", bound=models.Model)


class Purpose(StrEnum):
    """What a transaction reads personal data for (GDPR Art. 5(1)(b))."""

    SERVICE = "service"
    QUALITY_EVALUATION = "quality_evaluation"
    COACHING = "coaching"
    SUBJECT_ACCESS = "subject_access"
    STORAGE = "storage"
    SECURITY = "security"
    LEGAL_CLAIM = "legal_claim"
    CONSENTED = "consented"  # by the person, for this very use


# What may still be done with the data of somebody who had it frozen (GDPR Art. 18(2)).
ALLOWED_WHEN_FROZEN = frozenset(
    {Purpose.STORAGE, Purpose.LEGAL_CLAIM, Purpose.SUBJECT_ACCESS, Purpose.CONSENTED}
)


# What every policy asks. A statement that names its organisation in the same words gets one index
# condition out of both; with a number in its place, PostgreSQL compares the two anew for each plan
# and copies every row once more.
_ANNOUNCED = "nullif(current_setting('app.organisation_id', true), '')::bigint"
IN_SCOPE = f"organisation_id = {_ANNOUNCED}"


class NoTenantScope(RuntimeError):  # noqa: N818 - reads as what happened
    """A tenant's table was queried outside any tenant's scope."""


class CrossTenantScope(RuntimeError):  # noqa: N818 - reads as what happened
    """Code that works for one organisation tried to enter another's scope."""


@dataclass(frozen=True, slots=True)
class TenantScope:
    organisation_id: int
    purpose: Purpose


_scope: ContextVar[TenantScope | None] = ContextVar("tenant_scope", default=None)


def current_scope() -> TenantScope:
    """The scope in force. Raises NoTenantScope outside one."""
    scope = _scope.get()
    if scope is None:
        msg = "No organisation is in scope. Use tenant_scope() or a TenantTask."
        raise NoTenantScope(msg)
    return scope


def current_organisation_id() -> int:
    return current_scope().organisation_id


ANNOUNCE = (
    "SELECT set_config('app.organisation_id', %s, true),"
    " set_config('app.purpose', %s, true), set_config('app.user_id', %s, true)"
)


def announce(
    using: str, *, organisation_id: int | None, purpose: str = "", user_id: int | None = None
) -> None:
    """Tell PostgreSQL the scope of the open transaction. Must run inside one: the settings are
    local to it and vanish at its end."""
    with connections[using].cursor() as cursor:
        cursor.execute(ANNOUNCE, [str(organisation_id or ""), purpose, str(user_id or "")])


@contextmanager
def tenant_scope(
    organisation_id: int, *, purpose: Purpose = Purpose.SERVICE
) -> Iterator[TenantScope]:
    """Open a transaction in which the organisation's rows, and no others, can be seen.

    Nests for the same organisation (as a savepoint); raises CrossTenantScope for another.
    """
    outer = _scope.get()
    if outer is not None and outer.organisation_id != organisation_id:
        msg = "Finish the work for one organisation before starting another's."
        raise CrossTenantScope(msg)
    scope = TenantScope(organisation_id, purpose)
    with _restored(DEFAULT_DB_ALIAS, outer), transaction.atomic():
        announce(DEFAULT_DB_ALIAS, organisation_id=organisation_id, purpose=purpose)
        token = _scope.set(scope)
        try:
            yield scope
        finally:
            _scope.reset(token)


@contextmanager
def purpose_scope(purpose: Purpose) -> Iterator[TenantScope]:
    """Read for another purpose for a moment, within the scope in force and its transaction.

    One statement on the way in and one on the way out. Raises NoTenantScope outside a scope.
    """
    outer = current_scope()
    scope = TenantScope(outer.organisation_id, purpose)
    with _restored(DEFAULT_DB_ALIAS, outer):
        announce(DEFAULT_DB_ALIAS, organisation_id=outer.organisation_id, purpose=purpose)
        token = _scope.set(scope)
        try:
            yield scope
        finally:
            _scope.reset(token)


@contextmanager
def user_scope(user_id: int) -> Iterator[None]:
    """Open a transaction in which a person's own memberships can be seen, across organisations."""
    with _restored(DEFAULT_DB_ALIAS, _scope.get()), transaction.atomic():
        outer = _scope.get()
        announce(
            DEFAULT_DB_ALIAS,
            organisation_id=outer.organisation_id if outer else None,
            purpose=Purpose.SERVICE,
            user_id=user_id,
        )
        yield


@contextmanager
def _restored(using: str, outer: TenantScope | None) -> Iterator[None]:
    """Put the outer scope back when the transaction goes on after the inner block."""
    try:
        yield
    finally:
        connection = connections[using]
        if connection.in_atomic_block and not connection.needs_rollback:
            announce(
                using,
                organisation_id=outer.organisation_id if outer else None,
                purpose=outer.purpose if outer else "",
            )


class _Announced(models.Expression):
    """The organisation that was announced to PostgreSQL, in the words of the policies. A query for
    one organisation that is sent from within another's scope, or from none, raises."""

    output_field = models.BigIntegerField()

    def __init__(self, organisation_id: int) -> None:
        super().__init__()
        self.organisation_id = organisation_id

    @override
    def as_sql(
        self, compiler: SQLCompiler, connection: BaseDatabaseWrapper
    ) -> tuple[str, tuple[()]]:
        if current_organisation_id() != self.organisation_id:
            msg = "A query that was made for one organisation is sent from another's scope."
            raise CrossTenantScope(msg)
        return _ANNOUNCED, ()


class TenantManager(models.Manager[_M]):
    """Fails closed: a query that is made or sent outside a scope raises NoTenantScope.

    It also compares the organisation it was made for with the announced one, which PostgreSQL does
    once a statement and not for each row: where the two should ever differ, nothing is found.
    """

    def get_queryset(self) -> models.QuerySet[_M]:
        organisation_id = current_organisation_id()
        announced = _Announced(organisation_id)
        return (
            super()
            .get_queryset()
            .filter(Exact(announced, organisation_id), organisation_id=announced)
        )


class TenantForeignKey(models.ForeignKey[Any, Any]):
    """A key to another tenant table, without Django's own constraint and index.

    `EnableTenancy` adds a composite constraint that includes the organisation, so a key cannot
    cross tenants; each model names the composite indexes that its look-ups need.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs["db_constraint"] = False
        kwargs.setdefault("db_index", False)
        super().__init__(*args, **kwargs)


class TenantModel(models.Model):
    """A row that belongs to one organisation (`EnableTenancy` makes the constraint)."""

    organisation = models.ForeignKey(
        "accounts.Organisation",
        on_delete=models.CASCADE,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )

    objects: TenantManager[Any] = TenantManager()
    all_objects: models.Manager[Any] = models.Manager()

    class Meta:
        abstract = True
        base_manager_name = "all_objects"


class FreezableModel(TenantModel):
    """A row about a person who may have it frozen. `restricted` mirrors the state of their subject;
    `EnableRestriction` makes the database hide the row from every use but the allowed ones."""

    restricted = models.BooleanField(default=False, db_default=False, editable=False)

    class Meta(TenantModel.Meta):
        abstract = True
