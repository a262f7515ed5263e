"""Words about people, under the right person's key."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.db import models

from privacy import api as privacy
from tickets.ingest.copying import new_ids


def new_id(model: type[models.Model]) -> int:
    """Reserve a row's id, so that words can be sealed for it before it is inserted."""
    return new_ids(model._meta.db_table, 1)[0]  # noqa: SLF001 - Django's documented Meta API


class Sealer:
    """Encrypts and decrypts fields of quality rows for the subjects it was made for.

    One query for keys this process does not hold. A destroyed key opens nothing: `open` then
    answers None, and `seal` raises `privacy.api.Erased`.
    """

    def __init__(self, organisation_id: int, subject_ids: Iterable[UUID | None]) -> None:
        self.organisation_id = organisation_id
        wanted = {subject for subject in subject_ids if subject is not None}
        self.ciphers = dict(privacy.ciphers_for(organisation_id, wanted, create=False))

    def seal(self, row: models.Model, field: str, subject_id: UUID, text: str) -> bytes:
        """`row` must have its id already."""
        return self.ciphers[subject_id].encrypt(text, self._aad(row, field, subject_id))

    def open(self, row: models.Model, field: str, subject_id: UUID | None) -> str | None:
        """The words; None when there are none or the person was permanently erased."""
        stored = getattr(row, field)
        cipher = self.ciphers.get(subject_id) if subject_id else None
        if stored is None or subject_id is None or cipher is None or cipher.erased:
            return None
        return cipher.decrypt(stored, self._aad(row, field, subject_id))

    def _aad(self, row: models.Model, field: str, subject_id: Any) -> bytes:
        return privacy.aad(self.organisation_id, f"{row._meta.label}.{field}", row.pk, subject_id)  # noqa: SLF001 - Django's documented Meta API
