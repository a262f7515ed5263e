"""What lies under a request's own key, read for a copy of the person's data."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Final
from uuid import UUID

from django.apps import apps

from privacy.rights.hooks import hooks
from privacy.rights.models import RightsRequest
from privacy.rights.words import FIELDS, cipher_of
from privacy.vault.cipher import aad


@dataclass(frozen=True, slots=True)
class Sealed:
    """A field under the key of the request at the end of `request` (keys joined by `__`; empty: the
    row itself). `bound_to`: whose public id the value is bound to, as a path from the row."""

    model: str
    field: str
    request: str = "request"
    bound_to: str = "public_id"

    @property
    def label(self) -> str:
        return f"{self.model}.{self.field}"

    def request_of(self, row: Any) -> RightsRequest:
        found: RightsRequest = _follow(row, self.request)
        return found

    def aad(self, row: Any) -> bytes:
        place: UUID = _follow(row, self.bound_to)
        return aad(row.organisation_id, self.label, place, self.request_of(row).public_id)


SEALED: Final = (
    *(Sealed("privacy_rights.RightsRequest", field, request="") for field in FIELDS),
    Sealed("privacy_rights.RecipientNotice", "payload", request="plan__request"),
    Sealed("privacy_rights.ExportTransfer", "controller", request="package__request"),
    Sealed("privacy_rights.RequestMessage", "body"),
    Sealed("privacy_rights.Refusal", "reasons"),
    Sealed("privacy_rights.Correction", "before"),
    Sealed("privacy_rights.Correction", "after"),
    *(
        Sealed("privacy_rights.Balancing", field, bound_to="request__public_id")
        for field in ("interests", "situation", "less")
    ),
)


def read(sealed: Sealed, _organisation_id: int, keys: Sequence[int]) -> dict[int, str]:
    """The words of rows, as far as they have not ended."""
    model = apps.get_model(sealed.model)
    rows = model._default_manager.filter(pk__in=keys).exclude(**{sealed.field: None})  # noqa: SLF001 - Django's documented API
    found: dict[int, str] = {}
    for row in rows.select_related(sealed.request) if sealed.request else rows:
        cipher = cipher_of(sealed.request_of(row))
        if not cipher.erased:
            stored = getattr(row, sealed.field)
            found[row.pk] = cipher.decrypt(stored, sealed.aad(row))
    return found


def register() -> None:
    for sealed in SEALED:
        hooks.read_words(sealed.label, partial(read, sealed))


def _follow(row: Any, path: str) -> Any:
    for part in path.split("__") if path else ():
        row = getattr(row, part)
    return row
