"""A section of a copy with one record for each row of a table."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from typing import Any, Final

from django.db.models import QuerySet

from privacy.rights.hooks import Asker

_AT_ONCE: Final = 2_000


class RowSection(ABC):
    """Counts and walks through `rows` as `hooks.Section` asks; the rest is the section's own."""

    @abstractmethod
    def rows(self, asker: Asker) -> QuerySet[Any]:
        """The rows about the person."""

    def count(self, asker: Asker) -> int:
        return len({*self.rows(asker).values_list("pk", flat=True)})

    def ids(self, asker: Asker) -> Iterable[int]:
        return self.rows(asker).order_by("pk").values_list("pk", flat=True).iterator(_AT_ONCE)
