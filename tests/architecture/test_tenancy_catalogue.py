"""What the database itself says about tenancy, in both databases, as the application sees it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import date
from typing import Any

import psycopg2
import pytest
from django.apps import apps
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, ProgrammingError, connections, transaction
from django.db.utils import ConnectionHandler

from kaizo.accounts import services
from kaizo.accounts.models import Membership, Organisation, Team, TeamLead
from kaizo.core import checks
from kaizo.core.permissions import Role
from kaizo.core.tenancy import (
    ALLOWED_WHEN_FROZEN,
    CrossTenantScope,
    FreezableModel,
    NoTenantScope,
    TenantForeignKey,
    TenantModel,
    announce,
    tenant_scope,
)
from tests import database, factories
from tickets.services import ingest_tickets

pytestmark = pytest.mark.django_db

ALIASES = ("default", "vault")

# Tables that belong to no organisation. Each line is a decision: what lies here can be read by
# every organisation's requests, so it holds no organisation's data.
SHARED = {
    "account_emailaddress",  # a person's sign-in, across organisations
    "account_emailconfirmation",
    "accounts_organisation",  # found before a scope is known
    "accounts_user",
    "auth_group",
    "auth_group_permissions",
    "auth_permission",
    "django_content_type",
    "django_migrations",
    "django_session",
    "integrations_connectionaddress",  # a webhook's organisation, found before a scope is known
    "mfa_authenticator",
    "privacy_rights_deadlinewatch",  # one time: when all deadlines were last looked at
    "privacy_rights_restoreepoch",  # one number: how many ledger entries this database knows of
    "usersessions_usersession",
    "vault_ledgerepoch",  # one number: how many ledger entries there are
}

_TABLES = """
SELECT c.relname, c.relrowsecurity, c.relforcerowsecurity
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
   AND EXISTS (SELECT 1 FROM pg_attribute a
                WHERE a.attrelid = c.oid AND a.attname = 'organisation_id' AND NOT a.attisdropped)
"""
_OTHERS = """
SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p')
   AND NOT EXISTS (SELECT 1 FROM pg_attribute a
                    WHERE a.attrelid = c.oid AND a.attname = 'organisation_id'
                      AND NOT a.attisdropped)
"""
# What lets rows be seen and written. Restrictive policies only take some of them away again.
_POLICIES = """
SELECT tablename, cmd, coalesce(qual, ''), coalesce(with_check, '')
  FROM pg_policies WHERE schemaname = 'public' AND permissive = 'PERMISSIVE'
"""
_RESTRICTIVE = """
SELECT tablename, policyname, cmd, qual, with_check
  FROM pg_policies WHERE schemaname = 'public' AND permissive = 'RESTRICTIVE'
"""
_KEYS = """
SELECT c.conrelid::regclass::text, c.contype,
       (SELECT array_agg(a.attname::text ORDER BY k.ord) FROM unnest(c.conkey) WITH ORDINALITY k (num, ord)
         JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.num),
       nullif(c.confrelid, 0)::regclass::text,
       (SELECT array_agg(a.attname::text ORDER BY k.ord) FROM unnest(c.confkey) WITH ORDINALITY k (num, ord)
         JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.num),
       c.convalidated
  FROM pg_constraint c WHERE c.contype IN ('p', 'f')
   AND c.connamespace = 'public'::regnamespace
"""  # noqa: E501 - one line per column


def rows(alias: str, statement: str) -> list[tuple[Any, ...]]:
    with connections[alias].cursor() as cursor:
        cursor.execute(statement)
        return list(cursor.fetchall())


def tenant_tables(alias: str) -> set[str]:
    return {name for name, *_flags in rows(alias, _TABLES)}


both_databases = pytest.mark.parametrize("alias", ALIASES)


@both_databases
def test_there_are_tenant_tables_to_look_at(alias: str) -> None:
    known = {"default": "tickets_ticket", "vault": "vault_subjectkey"}
    assert known[alias] in tenant_tables(alias)


@both_databases
def test_a_table_without_an_organisation_is_there_on_purpose(alias: str) -> None:
    others = {name for (name,) in rows(alias, _OTHERS)}
    assert others - SHARED == set()


@both_databases
def test_row_level_security_is_enabled_and_forced(alias: str) -> None:
    assert [name for name, on, forced in rows(alias, _TABLES) if not (on and forced)] == []


@both_databases
def test_every_command_has_a_policy(alias: str) -> None:
    commands: dict[str, set[str]] = {name: set() for name in tenant_tables(alias)}
    for table, command, _using, _check in rows(alias, _POLICIES):
        commands.setdefault(table, set()).add(command)
    wanted = {"SELECT", "INSERT", "UPDATE", "DELETE"}
    assert {table: found for table, found in commands.items() if found != wanted} == {}


def test_exactly_the_tables_that_can_be_frozen_hide_frozen_rows() -> None:
    found = rows("default", _RESTRICTIVE)
    assert rows("vault", _RESTRICTIVE) == []
    freezable = {
        model._meta.db_table for model in apps.get_models() if issubclass(model, FreezableModel)
    }
    assert {table for table, *_rest in found} == freezable
    assert len({guard for *_rest, guard, _check in found}) == 1
    for table, name, command, guard, check in found:
        assert (name, command, check) == ("frozen", "ALL", None), table
        purposes = set(re.findall(r"'(\w+)'::text\]?[,)\]]", guard.partition("ARRAY")[2]))
        assert purposes == {str(purpose) for purpose in ALLOWED_WHEN_FROZEN}
        assert guard.startswith("((NOT restricted) OR (current_setting('app.purpose'"), table


@both_databases
def test_every_policy_compares_with_the_scope_and_queries_nothing(alias: str) -> None:
    for table, command, using, check in rows(alias, _POLICIES):
        guard = check if command == "INSERT" else using
        assert guard == "false" or "current_setting('app.organisation_id'" in guard, table
        assert "SELECT" not in (using + check).upper(), table
        if command in {"INSERT", "UPDATE"}:
            assert "app.user_id" not in check, table


@both_databases
def test_primary_keys_start_with_the_organisation(alias: str) -> None:
    keys = {table: columns for table, kind, columns, *_rest in rows(alias, _KEYS) if kind == "p"}
    wrong = {
        table: keys.get(table)
        for table in tenant_tables(alias)
        if (keys.get(table) or [""])[0] != "organisation_id"
    }
    assert wrong == {}


@both_databases
def test_foreign_keys_between_tenant_tables_include_the_organisation(alias: str) -> None:
    tenants = tenant_tables(alias)
    wrong = [
        (table, columns)
        for table, kind, columns, target, target_columns, valid in rows(alias, _KEYS)
        if kind == "f"
        and table in tenants
        and target in tenants
        and not (
            valid
            and ("organisation_id", "organisation_id") in zip(columns, target_columns, strict=True)
        )
    ]
    assert wrong == []


def test_every_tenant_key_of_a_model_is_a_constraint_of_the_database() -> None:
    constrained = {
        (table, columns[1])
        for table, kind, columns, *_rest in rows("default", _KEYS)
        if kind == "f" and columns[0] == "organisation_id" and len(columns) == 2
    }
    declared = {
        (model._meta.db_table, field.column)
        for model in apps.get_models()
        if model._meta.managed and not model._meta.proxy
        for field in model._meta.local_fields
        if isinstance(field, TenantForeignKey)
    }
    assert declared - constrained == set()


def test_every_model_of_an_organisation_fails_closed() -> None:
    open_models = [
        model._meta.label
        for model in apps.get_models()
        if model._meta.db_table in tenant_tables("default") and not issubclass(model, TenantModel)
    ]
    assert open_models == []


# --- Behaviour, as the application's role ------------------------------------------------------


@pytest.fixture
def full(organisation: Organisation) -> Organisation:
    """An organisation with something in many tables."""
    lead = factories.membership(organisation, Role.TEAM_LEAD)
    team = services.create_team(organisation=organisation, name="Delft", actor=lead)
    services.appoint_lead(team=team, member=lead, valid_from=date(2026, 1, 1), actor=lead)
    services.set_opening_hours(organisation=organisation, spans=[(0, 540, 1020)], actor=lead)
    services.load_public_holidays(organisation=organisation, actor=lead)
    services.invite(
        organisation=organisation,
        email="guest@harbour.example",
        role=Role.AGENT,
        actor=None,
        by_mail=False,
    )
    ingest_tickets(
        organisation_id=organisation.pk,
        source="file",
        records=[factories.ticket_record() for _number in range(3)],
    )
    return organisation


def filled(alias: str, organisation: Organisation) -> dict[str, int]:
    with transaction.atomic(using=alias):
        announce(alias, organisation_id=organisation.pk)
        counts = {
            table: rows(alias, f"SELECT count(*) FROM {table}")[0][0]
            for table in tenant_tables(alias)
        }
        announce(alias, organisation_id=None)
    return {table: count for table, count in counts.items() if count}


@both_databases
def test_without_a_scope_no_table_shows_a_row(alias: str, full: Organisation) -> None:
    seen = filled(alias, full)
    assert len(seen) >= {"default": 15, "vault": 2}[alias]
    for table in seen:
        assert rows(alias, f"SELECT count(*) FROM {table}") == [(0,)]


@both_databases
def test_another_scope_reads_changes_and_deletes_nothing(
    alias: str, full: Organisation, other_organisation: Organisation
) -> None:
    seen = filled(alias, full)
    with transaction.atomic(using=alias), connections[alias].cursor() as cursor:
        announce(alias, organisation_id=other_organisation.pk)
        for table in seen:
            cursor.execute(f"SELECT count(*) FROM {table} WHERE organisation_id = %s", [full.pk])
            assert cursor.fetchone() == (0,), table
            cursor.execute(f"UPDATE {table} SET organisation_id = organisation_id")
            assert cursor.rowcount == 0, table
            cursor.execute(f"DELETE FROM {table}")
            assert cursor.rowcount == 0, table
    assert filled(alias, full) == seen


def test_a_row_cannot_be_moved_to_another_organisation(
    full: Organisation, other_organisation: Organisation
) -> None:
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(full.pk):
        Team.objects.update(organisation_id=other_organisation.pk)


def test_a_row_cannot_be_made_in_another_organisation(
    full: Organisation, other_organisation: Organisation
) -> None:
    with tenant_scope(full.pk):
        Team.objects.create(organisation=full, name="Ours")
    with pytest.raises(ProgrammingError, match="row-level security"), tenant_scope(full.pk):
        Team.objects.create(organisation=other_organisation, name="Theirs")


def test_a_key_cannot_point_into_another_organisation(
    full: Organisation, other_organisation: Organisation
) -> None:
    foreign = services.create_team(organisation=other_organisation, name="Foreign", actor=None)
    with tenant_scope(full.pk):
        own = Team.objects.get(name="Delft")
        member = Membership.objects.get()

    def lead_of(team: Team) -> None:
        with tenant_scope(full.pk):
            TeamLead.objects.create(
                organisation=full,
                team=team,
                membership=member,
                valid_from=date(2020, 1, 1),
                valid_to=date(2021, 1, 1),
            )

    with pytest.raises(IntegrityError, match="tenant_fk"):
        lead_of(foreign)
    lead_of(own)


def test_a_query_outside_a_scope_raises(full: Organisation) -> None:
    with pytest.raises(NoTenantScope):
        Team.objects.count()
    assert Team.all_objects.count() == 0


def test_a_query_is_sent_in_the_scope_it_was_made_in_or_not_at_all(
    full: Organisation, other_organisation: Organisation
) -> None:
    with tenant_scope(full.pk):
        made = Team.objects.all()
        assert made.exists()
    with pytest.raises(NoTenantScope):
        made.count()
    with tenant_scope(other_organisation.pk), pytest.raises(CrossTenantScope):
        made.count()
    with tenant_scope(full.pk):
        assert made.count()


def test_where_another_organisation_was_announced_nothing_is_found(
    full: Organisation, other_organisation: Organisation
) -> None:
    """Python's scope and PostgreSQL's cannot come apart by the product's own means."""
    with tenant_scope(other_organisation.pk):
        Team.objects.create(organisation=other_organisation, name="Elsewhere")
    with tenant_scope(full.pk):
        assert Team.objects.exists()
        announce("default", organisation_id=other_organisation.pk)
        assert Team.all_objects.exists()
        assert not Team.objects.exists()


def test_one_organisation_s_work_cannot_enter_another_s(
    full: Organisation, other_organisation: Organisation
) -> None:
    with tenant_scope(full.pk):
        with pytest.raises(CrossTenantScope), tenant_scope(other_organisation.pk):
            pass
        assert Team.objects.exists()


def test_a_person_sees_their_own_memberships_and_nobody_else_s(
    full: Organisation, other_organisation: Organisation
) -> None:
    from kaizo.accounts.selectors import own_memberships

    here = factories.membership(full, Role.AGENT)
    factories.membership(other_organisation, Role.AUDITOR, who=here.user)
    factories.membership(other_organisation, Role.OWNER)
    roles = {found.role for found in own_memberships(user_id=here.user_id)}
    assert roles == {Role.AGENT, Role.AUDITOR}


# --- Start-up ----------------------------------------------------------------------------------


@pytest.fixture
def as_role(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Let the start-up check connect as another role of the test cluster."""
    handlers: list[ConnectionHandler] = []

    def use(role: str) -> None:
        settings = {
            alias: database.owner_settings(alias)
            | {"NAME": connections[alias].settings_dict["NAME"], "USER": role}
            for alias in ALIASES
        }
        handlers.append(ConnectionHandler(settings))
        monkeypatch.setattr(checks, "connections", handlers[-1])

    yield use
    for handler in handlers:
        handler.close_all()


@pytest.fixture
def superuser() -> Iterator[Any]:
    settings = database.owner_settings("default")
    connection = psycopg2.connect(
        host=settings["HOST"] or None,
        port=settings["PORT"] or None,
        user="postgres",
        dbname=settings["NAME"],
    )
    connection.autocommit = True
    yield connection
    connection.close()


@pytest.fixture
def role_with(superuser: Any) -> Iterator[Callable[[str], AbstractContextManager[str]]]:
    made: list[str] = []

    def make(grant: str) -> str:
        name = f"kaizo_unsafe_{connections['default'].settings_dict['NAME'][-20:]}"
        with superuser.cursor() as cursor:
            cursor.execute(f'DROP ROLE IF EXISTS "{name}"')
            cursor.execute(f'CREATE ROLE "{name}" LOGIN')
            made.append(name)
            cursor.execute(grant.format(role=f'"{name}"'))
        return name

    yield make
    with superuser.cursor() as cursor:
        for name in made:
            cursor.execute(f'DROP ROLE IF EXISTS "{name}"')


def test_the_product_starts_as_the_application_s_role(as_role: Callable[[str], None]) -> None:
    as_role("kaizo_app")
    checks.refuse_unsafe_roles()


def test_the_product_refuses_to_start_as_the_owner(as_role: Callable[[str], None]) -> None:
    as_role("kaizo_owner")
    with pytest.raises(ImproperlyConfigured, match="owns tables"):
        checks.refuse_unsafe_roles()


def test_the_product_refuses_to_start_as_a_superuser(as_role: Callable[[str], None]) -> None:
    as_role("postgres")
    with pytest.raises(ImproperlyConfigured, match="superuser"):
        checks.refuse_unsafe_roles()


@pytest.mark.parametrize(
    ("grant", "reason"),
    [
        ("ALTER ROLE {role} BYPASSRLS", "BYPASSRLS"),
        ("GRANT kaizo_owner TO {role}", "owns tables"),
        ("GRANT postgres TO {role}", "superuser"),
    ],
    ids=["bypass", "member of the owner", "member of a superuser"],
)
def test_the_product_refuses_to_start_as_a_role_that_can_bypass_the_policies(
    as_role: Callable[[str], None], role_with: Callable[[str], str], grant: str, reason: str
) -> None:
    as_role(role_with(grant))
    with pytest.raises(ImproperlyConfigured, match=reason):
        checks.refuse_unsafe_roles()
