"""What personal data there is, declared beside the models.

Each app's `personal_data.py` says for every field of every model whose data it is, what for, how
long, and what erasing the person does to it. Export, erasure, retention, the data map and the
canary tests are derived from these declarations; `manage.py check` fails on whatever is missing.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from django.db import models

from kaizo.core.tenancy import FreezableModel

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

CATEGORIES: Mapping[str, str] = {
    "identity.name": "name",
    "identity.account": "account name or number",
    "identity.source": "identifier in the source system",
    "identity.pseudonym": "surrogate identifier",
    "identity.index": "keyed hash of an identifier",
    "contact.email": "e-mail address",
    "contact.phone": "telephone number",
    "contact.profile": "name, addresses and numbers",
    "content.message": "what somebody wrote",
    "content.words": "words of what somebody wrote, redacted",
    "content.note": "note about somebody",
    "opinion.rating": "somebody's judgement",
    "work.role": "role or team at work",
    "work.performance": "performance at work",
    "work.activity": "what somebody did at work",
    "security.credential": "password, key or token",
    "security.event": "security event",
    "network.address": "network address",
    "network.device": "device or browser",
    "preference": "choice or setting",
    "metadata.time": "time of something a person did",
    "metadata.state": "state of something that concerns a person",
}

PersonKind = Literal["customer", "agent", "user"]
OnErase = Literal["delete", "unlink", "keep"]
Sees = Literal["all", "part"]
ControllerRole = Literal["controller", "processor"]


class DeclarationError(ValueError):
    """A declaration that makes no sense by itself."""


@dataclass(frozen=True, slots=True)
class Strategy:
    """What erasing the person does to one field."""


@dataclass(frozen=True, slots=True)
class Null(Strategy):
    """Set to NULL."""


@dataclass(frozen=True, slots=True)
class Blank(Strategy):
    """Set to the empty string."""


@dataclass(frozen=True, slots=True)
class Surrogate(Strategy):
    """Replace by a random value that stays unique."""


@dataclass(frozen=True, slots=True)
class Generalise(Strategy):
    """Keep less of it: `to` names the step, such as "month" for a day or "/24" for an address."""

    to: str


@dataclass(frozen=True, slots=True)
class Shred(Strategy):
    """The person's key is destroyed: ciphertext everywhere, also in backups, is unreadable."""


@dataclass(frozen=True, slots=True)
class RedactSpans(Strategy):
    """Remove the mentions of the person from a text that is others' as well."""


@dataclass(frozen=True, slots=True)
class DeleteFile(Strategy):
    """Remove the file and the reference."""


@dataclass(frozen=True, slots=True)
class Keep(Strategy):
    """Stays, for this reason. `rule` names the retention rule that ends it, if another one."""

    reason: str
    rule: str = ""

    def __post_init__(self) -> None:
        _require_reason(self.reason)


@dataclass(frozen=True, slots=True)
class RowGoes(Strategy):
    """Nothing by itself: the row is deleted."""


@dataclass(frozen=True, slots=True)
class Personal:
    """A field that says something about a person.

    `sensitive`: must be encrypted. `free_text`: may mention anything; `others_possible`: also
    other people. `keys`: the keys that a JSON value may have. `index`: what a blind index is of.
    `key`: the path to the person under whose key an encrypted value lies.
    """

    category: str
    erase: Strategy = field(default_factory=RowGoes)
    sensitive: bool = False
    free_text: bool = False
    others_possible: bool = False
    keys: tuple[str, ...] = ()
    index: str = ""
    key: str = ""
    exported: bool = True

    def __post_init__(self) -> None:
        if self.category not in CATEGORIES:
            msg = f"Unknown category {self.category!r}. Known: {', '.join(CATEGORIES)}."
            raise DeclarationError(msg)


@dataclass(frozen=True, slots=True)
class NotPersonal:
    """A field that says nothing about a person, and why."""

    reason: str

    def __post_init__(self) -> None:
        _require_reason(self.reason)


@dataclass(frozen=True, slots=True)
class Via:
    """The way from a row to a person: keys joined by `__` to privacy.Subject or the user; "self"
    when the row is the person; a plain column of ids with `by_value`.

    `on_erase` says what erasing this person does to the row; `freezes`, whether the row is frozen
    with the person (GDPR Art. 18): what goes with a customer does, unless said otherwise.
    `cascades`: the table takes no changes, and the database itself cuts the link when the row that
    it leads to is deleted.
    `sees`: whether the person's copy of their data holds all of it, or only that they took part,
    because the rest is about somebody else; by default a part where erasing the person takes the
    link away only, and where a member of the staff is named by number.
    """

    path: str
    person: PersonKind
    role: str = ""
    on_erase: OnErase = "delete"
    by_value: bool = False
    freezes: bool | None = None
    cascades: bool = False
    sees: Sees | None = None

    @property
    def is_frozen_with_person(self) -> bool:
        if self.freezes is None:
            return self.person == "customer" and self.on_erase == "delete"
        return self.freezes

    @property
    def sees_all(self) -> bool:
        if self.sees is not None:
            return self.sees == "all"
        staff = self.by_value and self.person == "user" and self.on_erase == "keep"
        return self.on_erase != "unlink" and not staff


@dataclass(frozen=True, slots=True)
class Rule:
    """Which retention rule applies; `trigger` is the path to the time from which it counts."""

    name: str
    trigger: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    model: type[models.Model]
    subject: tuple[Via, ...]
    tenant: str
    role: ControllerRole
    purposes: frozenset[str]
    retention: Rule
    row: OnErase | Keep
    fields: Mapping[str, Personal | NotPersonal]
    derived: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        return self.model._meta.label  # noqa: SLF001 - Django's documented Meta API

    @property
    def freezing(self) -> tuple[Via, ...]:
        """The ways by which a row is frozen with somebody."""
        return tuple(way for way in self.subject if way.is_frozen_with_person)

    def personal_fields(self) -> Iterator[tuple[str, Personal]]:
        for name, declared in self.fields.items():
            if isinstance(declared, Personal):
                yield name, declared


class Registry:
    """Declarations by model. The product has one; tests of the checks make their own."""

    def __init__(self) -> None:
        self.personal: dict[type[models.Model], Declaration] = {}
        self.not_personal: dict[type[models.Model], str] = {}
        self.stores: dict[str, str] = {}
        self.names: dict[str, _StrOrPromise] = {}

    def declare(  # noqa: PLR0913 - a declaration answers that many questions
        self,
        model: type[models.Model],
        *,
        subject: Sequence[Via],
        purposes: Iterable[str],
        retention: Rule,
        fields: Mapping[str, Personal | NotPersonal],
        tenant: str = "organisation",
        role: ControllerRole = "processor",
        row: OnErase | Keep = "delete",
        derived: Sequence[str] = (),
    ) -> None:
        """Say what a model holds about people. `tenant` is the key to the organisation, empty for
        tables of the whole installation; `role` is the operator's under GDPR Art. 4(7) and (8)."""
        self._refuse_second(model)
        if issubclass(model, FreezableModel):
            fields = {**fields, "restricted": Personal("metadata.state")}
        self.personal[model] = Declaration(
            model=model,
            subject=tuple(subject),
            tenant=tenant,
            role=role,
            purposes=frozenset(purposes),
            retention=retention,
            row=row,
            fields=dict(fields),
            derived=tuple(derived),
        )

    def no_personal_data(self, model: type[models.Model], reason: str) -> None:
        """Say why a whole model holds nothing about people. Refuted by its structure (E004)."""
        self._refuse_second(model)
        _require_reason(reason)
        self.not_personal[model] = reason

    def register_store(self, name: str, description: str) -> None:
        """A place outside the tables that holds something derived from them."""
        self.stores[name] = description

    def call(self, names: Mapping[type[models.Model] | str, _StrOrPromise]) -> None:
        """What tables, stores and recipients are called where people are told of them, in their
        language; an app's label names those of its tables that have no name of their own. Those
        with the same name are told of together."""
        for thing, words in names.items():
            label = thing if isinstance(thing, str) else thing._meta.label  # noqa: SLF001 - Django's documented Meta API
            self.names[label] = words

    def name_of(self, label: str) -> str:
        """A table's, store's or recipient's name in words; its label when it has none."""
        of_app = self.names.get(label.partition(".")[0], label)
        return str(self.names.get(label, of_app))

    def declarations(self) -> list[Declaration]:
        return sorted(self.personal.values(), key=lambda declared: declared.label)

    def derived(self) -> frozenset[str]:
        """Tables that are made from others: their rows come and go by themselves."""
        return frozenset(name for found in self.personal.values() for name in found.derived)

    def _refuse_second(self, model: type[models.Model]) -> None:
        if model in self.personal or model in self.not_personal:
            msg = f"{model._meta.label} is declared twice."  # noqa: SLF001 - Django's documented Meta API
            raise DeclarationError(msg)


def _require_reason(reason: str) -> None:
    if not reason.strip():
        msg = "A reason is needed."
        raise DeclarationError(msg)


registry = Registry()
declare = registry.declare
call = registry.call
no_personal_data = registry.no_personal_data
register_store = registry.register_store
