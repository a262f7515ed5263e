"""`field__any_of=[...]`: as `__in`, with the whole list as one array.

Django prepares every value of an `__in` by itself and makes a placeholder for each; for the
thousand values of a page that costs more than the query. `= ANY(array)` has the same plan.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import Field, Lookup
from django.db.models.sql.compiler import SQLCompiler

if TYPE_CHECKING:
    _Base = Lookup[Any]
else:
    _Base = Lookup


@Field.register_lookup
class AnyOf(_Base):
    """Takes plain values of the column's own Python type, as the driver adapts them."""

    lookup_name = "any_of"
    prepare_rhs = False

    def as_sql(self, compiler: SQLCompiler, connection: BaseDatabaseWrapper) -> tuple[str, Any]:
        column, parameters = self.process_lhs(compiler, connection)
        return f"{column} = ANY(%s)", (*parameters, list(self.rhs))
