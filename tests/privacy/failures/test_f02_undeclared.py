"""F02: a field, a table or a column that nobody declared, and that no erasure reaches."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from django.core.management import call_command
from django.core.management.base import SystemCheckError
from django.db import connections

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.checks import database
from privacy.registry import registry
from privacy.rights import executor
from privacy.rights.models import RequestStatus
from tests.database import owner_connection
from tests.privacy import places
from tests.privacy.rights import erasures
from tickets.models import Customer

PERSONAL = sorted(registry.personal, key=lambda model: model._meta.label)


def leave_out(monkeypatch: pytest.MonkeyPatch, model: type, name: str) -> None:
    """As if `name` had been added to the model and not to its declaration."""
    declaration = registry.personal[model]
    fields = {key: declared for key, declared in declaration.fields.items() if key != name}
    monkeypatch.setitem(registry.personal, model, replace(declaration, fields=fields))


def test_f02_the_product_does_not_start_with_an_undeclared_field(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    call_command("check")
    leave_out(monkeypatch, Customer, "profile")
    with pytest.raises(SystemCheckError, match=r"privacy\.E002.*'profile' is not declared"):
        call_command("check")


@pytest.mark.parametrize("model", PERSONAL, ids=lambda model: model._meta.label)
def test_f02_no_declared_field_can_be_left_out_unnoticed(
    monkeypatch: pytest.MonkeyPatch, model: type
) -> None:
    from privacy.checks import coverage

    for name in registry.personal[model].fields:
        leave_out(monkeypatch, model, name)
        [error] = coverage.messages(registry, [model])
        assert f"{name!r} is not declared" in error.msg
        monkeypatch.undo()


@pytest.mark.django_db
@pytest.mark.parametrize("alias", ["default", "vault"])
def test_f02_a_table_or_a_column_made_by_hand_is_named(alias: str) -> None:
    assert list(database.messages(alias)) == []
    name = str(connections[alias].settings_dict["NAME"])
    with owner_connection(alias, name) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE handmade (email text)")
        cursor.execute("ALTER TABLE django_migrations ADD COLUMN remark text")
        try:
            complaints = {
                (str(message.id), message.msg.split(" in ")[0])
                for message in database.messages(alias)
            }
        finally:
            cursor.execute("DROP TABLE handmade")
            cursor.execute("ALTER TABLE django_migrations DROP COLUMN remark")
    assert complaints == {
        ("privacy.W016", "The column handmade.email"),
        ("privacy.W016", "The column django_migrations.remark"),
    }


@pytest.fixture
def handmade(organisation: Organisation) -> Iterator[Any]:
    """A table that the application can read and nobody has declared."""
    name = str(connections["default"].settings_dict["NAME"])
    with owner_connection("default", name) as owner, owner.cursor() as cursor:
        cursor.execute("CREATE TABLE handmade (organisation_id bigint, about uuid, remark text)")
        cursor.execute("GRANT SELECT ON handmade TO kaizo_app")
        try:
            yield cursor
        finally:
            cursor.execute("DROP TABLE handmade")


@pytest.mark.django_db(transaction=True)
def test_f02_a_person_named_where_nobody_has_declared_it_blocks_the_erasure(
    organisation: Organisation, other_organisation: Organisation, handmade: Any
) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    subject_id = erasures.customer(organisation).subject_id
    rows = [(organisation.pk, str(subject_id)), (other_organisation.pk, str(subject_id))]
    handmade.executemany("INSERT INTO handmade VALUES (%s, %s, 'prefers tea')", rows)

    with places.logs() as lines:
        done = erasures.erase(organisation, [subject_id])

    assert done.request.status == RequestStatus.BLOCKED
    assert any("handmade.about" in line for line in lines)
    handmade.execute("DELETE FROM handmade WHERE organisation_id = %s", [organisation.pk])
    with tenant_scope(organisation.pk):
        executor.resume(done, actor_user_id=erasures.APPROVER)
    assert erasures.run(organisation, done).request.status == RequestStatus.VERIFIED_DONE
