"""Migration operations that make a table a tenant's table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import models
from django.db.backends.base.schema import BaseDatabaseSchemaEditor
from django.db.migrations.exceptions import IrreversibleError
from django.db.migrations.operations import CreateModel
from django.db.migrations.operations.base import Operation
from django.db.migrations.state import ProjectState

from kaizo.core.tenancy import ALLOWED_WHEN_FROZEN, TenantForeignKey
from kaizo.core.tenancy import IN_SCOPE as TENANT

OWN_ROW = "user_id = nullif(current_setting('app.user_id', true), '')::bigint"

_REFUSE = """
CREATE OR REPLACE FUNCTION kaizo_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'rows of % are never changed or deleted', TG_TABLE_NAME
        USING ERRCODE = 'restrict_violation';
END $$
"""

# The database does what the model says, so that bulk deletion needs one statement.
_ON_DELETE: dict[Any, str] = {
    models.CASCADE: " ON DELETE CASCADE",
    models.SET_NULL: ' ON DELETE SET NULL ("{column}")',
}


def _tenant_keys(model: type[models.Model]) -> list[models.ForeignKey[Any, Any]]:
    return [
        field
        for field in model._meta.local_fields  # noqa: SLF001 - Django's documented Meta API
        if isinstance(field, TenantForeignKey)
    ]


class CreateTables(Operation):
    """Several `CreateModel`s as one step, none of which changes what another one makes.

    After every operation Django renders all models anew that are connected with its own, and
    everything is connected by the organisation: a hundred tables one by one take longer for their
    pictures than for themselves.
    """

    serialization_expand_args = ["tables"]

    def __init__(self, tables: Sequence[CreateModel]) -> None:
        self.tables = tables

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        if "apps" in vars(state):
            del state.apps  # rendered again when somebody asks, after the last table
        for table in self.tables:
            table.state_forwards(app_label, state)

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for table in self.tables:
            table.database_forwards(app_label, schema_editor, from_state, to_state)

    def database_backwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,
        to_state: ProjectState,
    ) -> None:
        for table in reversed(self.tables):
            table.database_backwards(app_label, schema_editor, from_state, to_state)

    def describe(self) -> str:
        return f"Create {len(self.tables)} tables"


class EnableTenancy(Operation):
    """Composite primary key, composite foreign keys, and forced row-level security with a policy
    per command. `own_rows` also lets a person read the rows that name them (`user_id`)."""

    reversible = False

    def __init__(
        self, model_name: str, *, own_rows: bool = False, append_only: bool = False
    ) -> None:
        self.model_name = model_name
        self.own_rows = own_rows
        self.append_only = append_only

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The ORM's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        for statement in self._statements(model):
            schema_editor.execute(statement)

    def database_backwards(self, *_args: Any) -> None:
        msg = "Tenancy is not taken off a table; drop the table."
        raise IrreversibleError(msg)

    def describe(self) -> str:
        return f"Make {self.model_name} a tenant's table"

    def _statements(self, model: type[models.Model]) -> list[str]:
        table = model._meta.db_table  # noqa: SLF001 - Django's documented Meta API
        pk = model._meta.pk.column  # noqa: SLF001 - Django's documented Meta API
        select = f"({TENANT}) OR ({OWN_ROW})" if self.own_rows else TENANT
        statements = [
            f'ALTER TABLE "{table}" DROP CONSTRAINT "{table}_pkey"',
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_pkey"'
            f' PRIMARY KEY (organisation_id, "{pk}")',
            *_foreign_keys(model),
            f'ALTER TABLE "{table}" ENABLE ROW LEVEL SECURITY',
            f'ALTER TABLE "{table}" FORCE ROW LEVEL SECURITY',
            f'CREATE POLICY tenant_select ON "{table}" FOR SELECT USING ({select})',
            f'CREATE POLICY tenant_insert ON "{table}" FOR INSERT WITH CHECK ({TENANT})',
        ]
        changeable = "false" if self.append_only else TENANT
        return [
            *statements,
            f'CREATE POLICY tenant_update ON "{table}" FOR UPDATE'
            f" USING ({changeable}) WITH CHECK ({changeable})",
            f'CREATE POLICY tenant_delete ON "{table}" FOR DELETE USING ({changeable})',
        ]


class RefuseChanges(Operation):
    """A trigger that refuses to change or delete a row, whoever asks and whatever the policies say.

    The last line of an insert-only table: its policies bind the application's role, the trigger
    also binds those whom no policy binds.
    """

    reversible = False

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The ORM's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        schema_editor.execute(_REFUSE, None)
        schema_editor.execute(
            f'CREATE TRIGGER refuse_changes BEFORE UPDATE OR DELETE ON "{model._meta.db_table}"'  # noqa: SLF001 - Django's documented Meta API
            " FOR EACH ROW EXECUTE FUNCTION kaizo_refuse_change()"
        )

    def database_backwards(self, *_args: Any) -> None:
        msg = "Proof does not become changeable again; drop the table."
        raise IrreversibleError(msg)

    def describe(self) -> str:
        return f"Refuse changes of {self.model_name}"


class AddTenantForeignKey(Operation):
    """The composite constraint for a key that was added to a table after `EnableTenancy`."""

    reversible = False

    def __init__(self, model_name: str, field_name: str) -> None:
        self.model_name = model_name
        self.field_name = field_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The ORM's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        field = model._meta.get_field(self.field_name)  # noqa: SLF001 - Django's documented Meta API
        assert isinstance(field, models.ForeignKey)  # noqa: S101 - a migration's author is told at once
        schema_editor.execute(foreign_key_statement(model._meta.db_table, field))  # noqa: SLF001 - as above

    def database_backwards(self, *_args: Any) -> None:
        msg = "A tenant key is not taken off a table; remove the field."
        raise IrreversibleError(msg)

    def describe(self) -> str:
        return f"Bind {self.model_name}.{self.field_name} to its tenant"


class EnableRestriction(Operation):
    """A restrictive policy over a table: its frozen rows (see FreezableModel) exist for
    the allowed purposes alone, whoever asks and however."""

    reversible = False

    def __init__(self, model_name: str) -> None:
        self.model_name = model_name

    def state_forwards(self, app_label: str, state: ProjectState) -> None:
        """The ORM's picture of the model does not change."""

    def database_forwards(
        self,
        app_label: str,
        schema_editor: BaseDatabaseSchemaEditor,
        from_state: ProjectState,  # noqa: ARG002 - Django's signature
        to_state: ProjectState,
    ) -> None:
        model = to_state.apps.get_model(app_label, self.model_name)
        if not self.allow_migrate_model(schema_editor.connection.alias, model):
            return
        allowed = ", ".join(f"'{purpose}'" for purpose in sorted(ALLOWED_WHEN_FROZEN))
        schema_editor.execute(
            f'CREATE POLICY frozen ON "{model._meta.db_table}" AS RESTRICTIVE FOR ALL'  # noqa: SLF001 - Django's documented Meta API
            f" USING (NOT restricted OR current_setting('app.purpose', true) IN ({allowed}))"
        )

    def database_backwards(self, *_args: Any) -> None:
        msg = "A freeze is not taken off a table; drop the table."
        raise IrreversibleError(msg)

    def describe(self) -> str:
        return f"Freeze rows of {self.model_name} by purpose"


def _foreign_keys(model: type[models.Model]) -> list[str]:
    """Composite keys to other tenant tables. A row with a mandatory one needs no key of its own to
    the organisation: its parent has it."""
    table, keys = model._meta.db_table, _tenant_keys(model)  # noqa: SLF001 - Django's documented Meta API
    statements = [foreign_key_statement(table, field) for field in keys]
    if all(field.null for field in keys) and _has_organisation(model):
        statements.append(
            f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_organisation_fk"'
            " FOREIGN KEY (organisation_id) REFERENCES accounts_organisation (id)"
        )
    return statements


def _has_organisation(model: type[models.Model]) -> bool:
    """The vault's tables name the organisation without a key: it lives in another database."""
    return any(
        field.name == "organisation"
        for field in model._meta.local_fields  # noqa: SLF001 - Django's documented Meta API
    )


def foreign_key_statement(table: str, field: models.ForeignKey[Any, Any]) -> str:
    target = field.related_model._meta  # noqa: SLF001 - Django's documented Meta API
    deletion = _ON_DELETE.get(field.remote_field.on_delete, "").format(column=field.column)
    return (
        f'ALTER TABLE "{table}" ADD CONSTRAINT "{table}_{field.column}_tenant_fk"'
        f' FOREIGN KEY (organisation_id, "{field.column}")'
        f' REFERENCES "{target.db_table}" (organisation_id, "{target.pk.column}"){deletion}'
    )
