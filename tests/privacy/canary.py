"""Markers in every declared field, and a search for them everywhere data could lie.

The registry says what is personal. `plant` fills each such field of each model with a marker of
its own; `Place` by place, `found` says which markers are readable there, in which disguise. What
an erasure, a dump or a log must not show is then a question about markers, not about belief.
"""

from __future__ import annotations

import base64
import html
import itertools
import json
import secrets
import unicodedata
import uuid
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import quote, quote_plus

from django.contrib.auth import get_user_model
from django.contrib.postgres.fields import ArrayField
from django.core.files.base import ContentFile
from django.db import models

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import Subject
from privacy.registry import Declaration, Personal, registry

SHORTEST = 10  # a marker that fits less would be found by chance


class CannotFill(Exception):  # noqa: N818 - reads as what happened
    """A field that the factory has no filler for: its erasure would go unproven."""


@dataclass(frozen=True, slots=True)
class Marker:
    """`text` is unique; `sensitive` ones must be unreadable wherever they lie."""

    label: str  # app.Model.field
    text: str
    sensitive: bool


@dataclass
class Planted:
    """What one planting has put where."""

    subjects: dict[str, uuid.UUID] = field(default_factory=dict)
    rows: dict[type[models.Model], models.Model] = field(default_factory=dict)
    markers: list[Marker] = field(default_factory=list)
    # Numbers, dates and choices: too small a domain for a marker. By label, with their reason.
    unmarked: dict[str, str] = field(default_factory=dict)
    # label -> (ciphertext, associated data, person)
    encrypted: dict[str, tuple[bytes, bytes, uuid.UUID]] = field(default_factory=dict)

    @property
    def sensitive(self) -> list[Marker]:
        return [marker for marker in self.markers if marker.sensitive]

    @property
    def plain(self) -> list[Marker]:
        return [marker for marker in self.markers if not marker.sensitive]


_numbers = itertools.count(1_900_000_000)  # fits the narrowest key, far from real ones
_alert_kinds = itertools.cycle(["opened", "seen"])  # an organisation has one limit of each
_WHEN = datetime(2031, 5, 17, 3, 4, 5, tzinfo=UTC)

_Value = tuple[Any, str | None]


def _digits(length: int) -> _Value:
    text = "".join(secrets.choice("0123456789") for _ in range(length))
    return text, text


def _words() -> _Value:
    text = f"zq{secrets.token_hex(6)}"
    return text, text


# What a constraint ties together: how to make a value, and the marker in it if there is room.
CONSTRAINED: dict[str, dict[str, Callable[[], _Value]]] = {
    "accounts.User": {"public_number": lambda: _digits(16)},
    "accounts.Membership": {"is_active": lambda: (False, None)},
    "accounts.TeamLead": {"valid_to": lambda: (date(2032, 1, 1), None)},
    "privacy.Alert": {"acknowledged_by_id": lambda: (8, None)},
    "privacy.AlertLimit": {"kind": lambda: (next(_alert_kinds), None)},
    "privacy_rights.RightsRequest": {
        "appeal_decided_by_id": lambda: (8, None),
        "decision_proposed_by_id": lambda: (9, None),
    },
    "privacy_rights.Refusal": {"outcome": lambda: ("dropped", None)},
    "privacy_rights.Balancing": {"decided_by_id": lambda: (8, None)},
    "privacy_rights.RequestMessage": {"is_from_person": lambda: (False, None)},
    "privacy_rights.Correction": {"applied_by_id": lambda: (8, None)},
    "privacy_rights.Plan": {"approved_by_id": lambda: (8, None)},
    "privacy_rights.ExportPackage": {"deleted_at": lambda: (None, None)},
    "privacy_rights.ExportCheck": {"is_withheld": lambda: (False, None)},
    "privacy_rights.LegalHold": {
        "approved_by_id": lambda: (8, None),
        "opened_at": lambda: (_WHEN.replace(year=2030), None),
    },
    "scoring.AssignmentCycle": {"ends_on": lambda: (date(2032, 1, 1), None)},
    "scoring.AssignmentReviewee": {"team": lambda: (None, None)},
    "scoring.Dispute": {"decided_at": lambda: (None, None)},
    "scoring.Pick": {"reason": lambda: ("", None)},
    "scoring.Rating": {"is_na": lambda: (False, None), "value": lambda: (1, None)},
    "scoring.Review": {"annulled_at": lambda: (None, None)},
    "scoring.TicketActs": {"team": lambda: (None, None)},
    "scoring.ScorecardVersion": {
        "published_at": lambda: (None, None),
        "applies_from": lambda: (None, None),
    },
    "tickets.CorrectedValue": {
        name: lambda: (None, None) for name in ("agent", "ticket", "message")
    },
    "tickets.TeamMembership": {"valid_to": lambda: (date(2032, 1, 1), None)},
    "tickets.TicketSearch": {"words": _words},
    "accounts.Organisation": {"country": lambda: ("NL", None), "slug": _words},
}
# Of whatever table: a frozen row would hide from those who look for its markers.
EVERYWHERE: dict[str, Callable[[], _Value]] = {"restricted": lambda: (False, None)}
# Made by the vault itself, which is the only one that may.
VAULT = "vault"


def _text(length: int | None = None) -> str:
    """With a capital, a diacritic and signs, so that every disguise looks different."""
    return f"Zé&<{secrets.token_hex(8)}"[:length]


def plant(organisation: Organisation) -> Planted:
    """One customer, one agent and one user, and one row of every declared model about them.

    Raises CannotFill for a field that no filler fits.
    """
    planted = Planted()
    with tenant_scope(organisation.pk):
        for kind in (api.SubjectKind.CUSTOMER, api.SubjectKind.AGENT):
            planted.subjects[kind.value] = uuid.uuid4()
            api.create_subjects(organisation.pk, kind, [planted.subjects[kind.value]])
        planter = _Planter(organisation, planted)
        for declaration in registry.declarations():
            planter.row(declaration.model)
    api.suppress(
        organisation_id=organisation.pk,
        kind=api.SuppressionKind.CUSTOMER,
        hashes=[api.blind_index(organisation.pk).email("gone@post.example")],
    )
    return planted


class _Planter:
    def __init__(self, organisation: Organisation, planted: Planted) -> None:
        self.organisation = organisation
        self.planted = planted
        self.ciphers = api.ciphers_for(organisation.pk, planted.subjects.values(), create=True)

    def row(self, model: type[models.Model]) -> models.Model | None:
        """The model's one row, made with those it needs on first use."""
        if model._meta.app_label == VAULT or model is Subject:
            return None
        if isinstance(self.organisation, model):
            return self.organisation
        if model not in self.planted.rows:
            row = model()
            self.planted.rows[model] = row
            self._fill(row)
            row.save(force_insert=True)
        return self.planted.rows[model]

    def _fill(self, row: models.Model) -> None:
        model = type(row)
        declaration = registry.personal.get(model)
        meta = model._meta
        if isinstance(meta.pk, models.AutoField | models.BigAutoField):
            row.pk = next(_numbers)
        for column in meta.concrete_fields:
            if isinstance(column, models.ForeignKey):
                self._point(row, column, declaration)
            elif not column.primary_key or not isinstance(
                column, models.AutoField | models.BigAutoField
            ):
                self._set(row, column, declaration)

    def _point(
        self, row: models.Model, key: models.ForeignKey[Any, Any], declaration: Declaration | None
    ) -> None:
        target = key.related_model
        constrained = CONSTRAINED.get(row._meta.label, {}).get(key.name)
        if constrained:
            setattr(row, key.name, constrained()[0])
        elif target is Subject:
            setattr(row, key.attname, self._person(declaration, key.name))
        else:
            setattr(row, key.name, self.row(target))

    def _person(self, declaration: Declaration | None, path: str) -> uuid.UUID:
        kinds = [
            via.person
            for via in (declaration.subject if declaration else ())
            if via.path == path and via.person != "user"
        ]
        return self.planted.subjects[kinds[0] if kinds else "customer"]

    def _set(
        self,
        row: models.Model,
        column: models.Field[Any, Any],
        declaration: Declaration | None,
    ) -> None:
        label = str(column)
        declared = declaration.fields.get(column.name) if declaration else None
        constrained = (EVERYWHERE | CONSTRAINED.get(row._meta.label, {})).get(column.name)
        if not isinstance(declared, Personal) and not constrained:
            if not column.has_default() and not column.null and not column.has_db_default():
                setattr(row, column.name, filler(column, None)[0])
            return
        if isinstance(column, api.EncryptedField):
            self._encrypt(row, column, label)
            return
        if not constrained and (own := self._own_value(column, declaration)) is not None:
            value, marker = own, None if isinstance(own, int) else str(own)
        else:
            value, marker = constrained() if constrained else filler(column, declared)
        setattr(row, column.name, value)
        if marker is None:
            self.planted.unmarked[label] = type(column).__name__
        elif isinstance(declared, Personal):
            self.planted.markers.append(Marker(label, marker, declared.sensitive))

    def _own_value(
        self, column: models.Field[Any, Any], declaration: Declaration | None
    ) -> int | uuid.UUID | str | None:
        """The person's own number or address, in a column of those that leads to them."""
        ways = declaration.subject if declaration else ()
        for via in ways:
            if via.by_value and via.path == column.name:
                if via.person == "user" and isinstance(column, models.IntegerField):
                    return int(self.row(get_user_model()).pk)
                if via.person == "user" and isinstance(column, models.EmailField):
                    return str(self.row(get_user_model()).email)
                if isinstance(column, models.UUIDField):
                    return self.planted.subjects[via.person]
        return None

    def _encrypt(self, row: models.Model, column: models.Field[Any, Any], label: str) -> None:
        declaration = registry.personal[type(row)]
        personal = declaration.fields[column.name]
        assert isinstance(personal, Personal)
        person = self._holder(row, declaration, personal)
        aad = api.aad(self.organisation.pk, label, row.pk, person)
        marker = _text()
        words = marker
        if personal.category == "contact.profile":
            words = json.dumps({"id": marker, "name": "Nobody"}, ensure_ascii=False)
        stored = self.ciphers[person].encrypt(words, aad)
        setattr(row, column.name, stored)
        self.planted.encrypted[label] = (stored, aad, person)
        self.planted.markers.append(Marker(label, marker, sensitive=True))

    def _holder(self, row: models.Model, declaration: Declaration, personal: Personal) -> uuid.UUID:
        """Under whose key a value lies."""
        found: Any = row
        if personal.key:
            for part in personal.key.split("__"):
                found = getattr(found, f"{part}_id" if part == "subject" else part)
            holder: uuid.UUID = found
            return holder
        owners = (via.person for via in declaration.subject if via.on_erase == "delete")
        # What outlives the person lies under another key.
        return self.planted.subjects[next(owners, "customer")]


def filler(column: models.Field[Any, Any], declared: Personal | None) -> _Value:
    """A value for the column and the marker in it, None where the domain is too small for one."""
    if column.choices:
        return column.choices[0][0], None  # type: ignore[index]
    for kind, fill in _FILLERS:
        if isinstance(column, kind):
            return fill(column, declared)
    raise CannotFill(f"{column} is a {type(column).__name__}: give it a filler or a marker")


def _fill_text(column: models.Field[Any, Any], _declared: Personal | None) -> _Value:
    length = getattr(column, "max_length", None)
    if length is not None and length < SHORTEST:
        return "x" * min(length, 2), None
    text = _text(length)
    return text, text


def _fill_email(_column: models.Field[Any, Any], _declared: Personal | None) -> _Value:
    word, _marker = _words()
    return f"{word}@canary.example", word


def _fill_bytes(_column: models.Field[Any, Any], _declared: Personal | None) -> _Value:
    text = _text()
    return text.encode(), text


def _fill_json(_column: models.Field[Any, Any], declared: Personal | None) -> _Value:
    text = _text()
    return dict.fromkeys((declared.keys if declared else ()) or ("text",), text), text


def _fill_address(_column: models.Field[Any, Any], _declared: Personal | None) -> _Value:
    word = secrets.token_hex(2)
    address = f"2001:db8:{word.lstrip('0') or '1'}:1111:2222:3333:4444:5555"
    return address, address


def _fill_uuid(_column: models.Field[Any, Any], _declared: Personal | None) -> _Value:
    value = uuid.uuid4()
    return value, str(value)


def _fill_file(_column: models.Field[Any, Any], _declared: Personal | None) -> _Value:
    text = _text()
    return ContentFile(text.encode(), name=f"{uuid.uuid4()}.txt"), text


def _fill_list(column: models.Field[Any, Any], declared: Personal | None) -> _Value:
    assert isinstance(column, ArrayField)
    value, marker = filler(column.base_field, declared)
    return [value], marker


_Filler = Callable[..., _Value]  # of a column and its declaration
# In this order: a kind before the kinds that it is built on.
_FILLERS: list[tuple[type[models.Field[Any, Any]], _Filler]] = [
    (models.EmailField, _fill_email),
    (models.FileField, _fill_file),
    (models.CharField, _fill_text),
    (models.TextField, _fill_text),
    (models.BinaryField, _fill_bytes),
    (models.JSONField, _fill_json),
    (models.GenericIPAddressField, _fill_address),
    (models.UUIDField, _fill_uuid),
    (ArrayField, _fill_list),
    (models.BooleanField, lambda _column, _declared: (True, None)),
    (models.IntegerField, lambda _column, _declared: (7, None)),
    (models.DecimalField, lambda _column, _declared: (7, None)),
    (models.FloatField, lambda _column, _declared: (7.0, None)),
    (models.DateTimeField, lambda _column, _declared: (_WHEN, None)),
    (models.DateField, lambda _column, _declared: (_WHEN.date(), None)),
    (models.TimeField, lambda _column, _declared: (_WHEN.time(), None)),
    (models.DurationField, lambda _column, _declared: (_WHEN - _WHEN, None)),
]


def disguises(text: str) -> Iterator[tuple[str, bytes]]:
    """The forms in which a text may lie somewhere and still be readable."""
    bare = "".join(c for c in unicodedata.normalize("NFD", text) if not unicodedata.combining(c))
    forms = {
        "plain": text,
        "lower case": text.lower(),
        "upper case": text.upper(),
        "without diacritics": bare,
        "without diacritics, lower case": bare.lower(),
        "URL-encoded": quote(text, safe=""),
        "form-encoded": quote_plus(text, safe=""),
        "HTML-escaped": html.escape(text),
        "JSON-escaped": json.dumps(text)[1:-1],
    }
    for name, form in forms.items():
        data = form.encode()
        yield name, data
        yield f"{name}, hexadecimal", data.hex().encode()
        for offset in range(3):
            yield f"{name}, base64", _base64_core(data, offset)
    yield "UTF-16", text.encode("utf-16-le")


def _base64_core(data: bytes, offset: int) -> bytes:
    """The letters that stay the same whatever stands around, `offset` bytes into a group."""
    encoded = base64.b64encode(b"\0" * offset + data)
    whole = (offset + len(data)) // 3 * 4
    return encoded[(0, 2, 3)[offset] if offset else 0 : whole]


def found(markers: Iterable[Marker], places: dict[str, bytes]) -> list[str]:
    """Which markers are readable where: `place: app.Model.field (disguise)`."""
    return [
        f"{place}: {marker.label} ({name})"
        for place, data in places.items()
        for marker in markers
        for name, form in disguises(marker.text)
        if form in data
    ]
