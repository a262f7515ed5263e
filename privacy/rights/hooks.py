"""What apps register so that erasing and copying reach what a declaration cannot express.

This app imports none of them: it runs what they have registered (in `personal_data.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any, Protocol
from uuid import UUID

from privacy.detection.people import KnownIdentity

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

# (organisation id, ids of the rows that are about to go) -> rows changed, by model label.
RowHook = Callable[[int, Sequence[int]], Mapping[str, int]]


# (organisation id, records of one person, what somebody says) -> does only that person know it?
FactCheck = Callable[[int, Collection[UUID], str], bool]


# (organisation id, records of one person) -> nothing. Inside the tenant's scope, for a purpose that
# sees frozen rows.
PersonHook = Callable[[int, Collection[UUID]], None]


# organisation id -> e-mail addresses of who answers requests there. Inside the tenant's scope.
OfficerLookup = Callable[[int], Collection[str]]
# (organisation id, copy id, id of the user who asked for the copy or None). Inside the tenant's
# scope, in the transaction in which the copy is held.
HeldCopyHook = Callable[[int, int, int | None], None]


# (organisation id, request id, id of the user who cannot be the one or None). Inside the tenant's
# scope, in the transaction in which the request came to wait.
WaitingHook = Callable[[int, int, int | None], None]


class Store(Protocol):
    """Something about people outside the declared rows, or inside others' rows: mentions, files,
    caches, derived texts."""

    @property
    def name(self) -> str: ...

    def count(self, organisation_id: int, subject_ids: Collection[UUID]) -> int:
        """How much there is about the people. Inside the tenant's scope."""
        ...

    def erase(self, organisation_id: int, subject_ids: Collection[UUID], limit: int) -> int:
        """Erase at most `limit` of it in the caller's transaction; how much it was. Idempotent;
        0 says that nothing is left."""
        ...


class Answer(StrEnum):
    """What a recipient made of an order to erase."""

    DONE = "done"
    LATER = "later"  # it could not be reached, or needs time
    BY_HAND = "by_hand"  # there is no call for it
    CONFIRM = "confirm"  # the organisation has to confirm it
    NOT_INSTRUCTED = "not_instructed"


@dataclass(frozen=True, slots=True)
class Disclosed:
    """What one recipient holds about the people: `reference` says which recipient of its kind,
    `payload` what it needs to know to erase it (stored encrypted until it has)."""

    reference: str
    payload: bytes
    people: int
    records: int


@dataclass(frozen=True, slots=True)
class Receipt:
    """`proof` is hashed before it is stored; the content of an answer is not kept."""

    answer: Answer
    proof: bytes = b""


class Recipient(Protocol):
    """Somebody who has got people's data, and is told of their erasure (GDPR Art. 19)."""

    @property
    def name(self) -> str: ...

    @property
    def waits_as(self) -> str:
        """What a request waits for meanwhile: "source" or "recipient"."""
        ...

    def find(self, organisation_id: int, subject_ids: Collection[UUID]) -> Sequence[Disclosed]:
        """Whom to tell about these people. Inside the tenant's scope, before anything is erased."""
        ...

    def tell(
        self,
        organisation_id: int,
        reference: str,
        payload: bytes,
        confirmed_by_user_id: int | None,
    ) -> Receipt:
        """Tell one recipient. Outside any scope; may take its time; safe to repeat. A recipient
        that fails answers LATER."""
        ...


class Directory(Protocol):
    """Where people's records are looked up. Inside the tenant's scope, for a purpose that sees
    frozen rows."""

    def find(self, organisation_id: int, said: str) -> Collection[UUID]:
        """Records that fit what somebody says of themselves: an address, a number, a name."""
        ...

    def with_address(self, organisation_id: int, address: str) -> Collection[UUID]:
        """Records whose e-mail address it is: what a proven mailbox stands for."""
        ...

    def describe(self, organisation_id: int, subject_ids: Collection[UUID]) -> Mapping[UUID, str]:
        """Words that tell the directory's records apart, without those whose key is gone."""
        ...


class Corrector(Protocol):
    """One kind of value that can be corrected. Everything runs inside the tenant's scope, for a
    purpose that sees frozen rows."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> _StrOrPromise:
        """What the value is called."""
        ...

    def rows(
        self, organisation_id: int, subject_ids: Collection[UUID]
    ) -> Sequence[tuple[int, str]] | None:
        """The people's rows with their values; None where there are too many to choose from."""
        ...

    def is_of(self, organisation_id: int, row_id: int, subject_ids: Collection[UUID]) -> bool:
        """Whether the row is one of the people's."""
        ...

    def read(self, organisation_id: int, row_id: int) -> str: ...

    def clean(self, organisation_id: int, row_id: int, value: str) -> str:
        """The value as it is going to be stored. Raises DomainError for one that cannot be."""
        ...

    def apply(self, organisation_id: int, row_id: int, value: str) -> None:
        """Store it, keep it against the source's next word, and bring what follows up to date."""
        ...


class Contestable(Protocol):
    """Scores that a person may have looked at by another person (GDPR Art. 22(3)). Everything runs
    inside the tenant's scope."""

    @property
    def name(self) -> str: ...

    @property
    def label(self) -> _StrOrPromise: ...

    def rows(
        self, organisation_id: int, subject_ids: Collection[UUID]
    ) -> Sequence[tuple[int, str]]:
        """The people's scores, with words that tell them apart."""
        ...

    def contest(self, organisation_id: int, row_id: int, words: str) -> None:
        """Suspend the score and have somebody other than the scorer decide. Raises DomainError."""
        ...

    def verdict(self, organisation_id: int, row_id: int) -> str:
        """What they decided, in words; empty until then."""
        ...


class NotReadYet(Exception):  # noqa: N818 - reads as what happened
    """The detector has not read a text, so nobody can say whom it names. A copy waits."""


@dataclass(frozen=True, slots=True)
class Asker:
    """Whose copy it is: records here by kind, the account if they have one, and what they are
    called, which stays in texts."""

    organisation_id: int
    customers: frozenset[UUID]
    agents: frozenset[UUID]
    user_id: int | None
    identities: tuple[KnownIdentity, ...]

    @property
    def subject_ids(self) -> frozenset[UUID]:
        return self.customers | self.agents


@dataclass(frozen=True, slots=True)
class Shared:
    """A text as one person may have it. `removed`: placeholders that stand for others, and how
    many of each; `is_own`: whether the person wrote it."""

    text: str
    removed: Mapping[str, int]
    is_own: bool = False


# (whose copy, keys of rows) -> the texts of those that have one. Raises NotReadYet.
TextReader = Callable[[Asker, Sequence[Any]], Mapping[Any, Shared]]
# (organisation id, keys of rows) -> the words of those that can be read.
WordReader = Callable[[int, Sequence[Any]], Mapping[Any, str]]
# (organisation id, records, account) -> what the person is called.
IdentityFinder = Callable[[int, Collection[UUID], int | None], Sequence[KnownIdentity]]
# (organisation id, account) -> the person's records.
AccountFinder = Callable[[int, int], Collection[UUID]]
# (whose copy) -> where their data came from, in words.
SourceFinder = Callable[[Asker], Collection[str]]
# (whose copy) -> how automated figures about them are computed: {"figure": …, "text": …} each.
Logic = Callable[[Asker], Sequence[Mapping[str, str]]]
# (whose copy) -> values of a column by which rows are found that no key leads to.
ValueFinder = Callable[[Asker], Collection[Any]]


class Section(Protocol):
    """Something in a copy besides the declared tables."""

    @property
    def name(self) -> str:
        """Its file, without an ending."""
        ...

    @property
    def title(self) -> str: ...

    @property
    def columns(self) -> Sequence[str]: ...

    @property
    def given_under(self) -> str:
        """The retention rule of what the person handed over, if that is all it holds: then it
        belongs to what they take along, and not to a copy of everything. Else empty."""
        ...

    def count(self, asker: Asker) -> int:
        """How many records there are, by another way than `ids`."""
        ...

    def ids(self, asker: Asker) -> Iterable[int]:
        """In the order in which they are read."""
        ...

    def records(
        self, asker: Asker, ids: Sequence[int]
    ) -> Mapping[int, tuple[dict[str, Any], Mapping[str, int]]]:
        """Each record, as JSON has it, and the placeholders in it that stand for others. Raises
        NotReadYet."""
        ...


@dataclass(slots=True)
class Hooks:
    rows: dict[str, list[RowHook]] = field(default_factory=dict)
    stores: dict[str, Store] = field(default_factory=dict)
    recipients: dict[str, Recipient] = field(default_factory=dict)
    links: dict[tuple[str, str], list[RowHook]] = field(default_factory=dict)
    facts: list[FactCheck] = field(default_factory=list)
    freezing: list[PersonHook] = field(default_factory=list)
    thawing: list[PersonHook] = field(default_factory=list)
    officers: list[OfficerLookup] = field(default_factory=list)
    held_copies: list[HeldCopyHook] = field(default_factory=list)
    waiting: list[WaitingHook] = field(default_factory=list)
    contestable: dict[str, Contestable] = field(default_factory=dict)
    correctors: dict[str, Corrector] = field(default_factory=dict)
    directories: list[Directory] = field(default_factory=list)
    barring: dict[str, list[PersonHook]] = field(default_factory=dict)
    allowing: dict[str, list[PersonHook]] = field(default_factory=dict)
    texts: dict[str, TextReader] = field(default_factory=dict)
    words: dict[str, WordReader] = field(default_factory=dict)
    identities: list[IdentityFinder] = field(default_factory=list)
    accounts: list[AccountFinder] = field(default_factory=list)
    values: dict[tuple[str, str], ValueFinder] = field(default_factory=dict)
    sections: dict[str, Section] = field(default_factory=dict)
    sources: list[SourceFinder] = field(default_factory=list)
    logics: list[Logic] = field(default_factory=list)

    def share_text(self, label: str, reader: TextReader) -> None:
        """Read the field `label` (app.Model.field) for a copy with `reader`, which leaves others
        out. Other encrypted texts are read by the key that their declaration names."""
        self.texts[label] = reader

    def read_words(self, label: str, reader: WordReader) -> None:
        """Decrypt the field `label` for a copy: for what lies under no person's key."""
        self.words[label] = reader

    def find_identities(self, finder: IdentityFinder) -> None:
        _once(self.identities, finder)

    def find_account(self, finder: AccountFinder) -> None:
        _once(self.accounts, finder)

    def find_values(self, label: str, path: str, finder: ValueFinder) -> None:
        """Find rows of `label` by the column `path`, whose values `finder` knows."""
        self.values[label, path] = finder

    def name_sources(self, finder: SourceFinder) -> None:
        _once(self.sources, finder)

    def explain_logic(self, logic: Logic) -> None:
        _once(self.logics, logic)

    def add_section(self, section: Section) -> None:
        self.sections[section.name] = section

    def ask_fact(self, check: FactCheck) -> None:
        """Use `check` to make sure who somebody is. Inside the tenant's scope."""
        if check not in self.facts:
            self.facts.append(check)

    def before_rows_go(self, label: str, hook: RowHook) -> None:
        """Run `hook` in the transaction that deletes rows of the model `label`, before it does."""
        found = self.rows.setdefault(label, [])
        if hook not in found:
            found.append(hook)

    def before_links_go(self, label: str, key: str, hook: RowHook) -> None:
        """Run `hook` in the transaction that takes the person's link `key` off rows of `label`,
        before it does."""
        found = self.links.setdefault((label, key), [])
        if hook not in found:
            found.append(hook)

    def before_freeze(self, hook: PersonHook) -> None:
        """Run `hook` in the transaction that freezes people: what was made of their rows goes."""
        if hook not in self.freezing:
            self.freezing.append(hook)

    def after_thaw(self, hook: PersonHook) -> None:
        """Run `hook` in the transaction that gives people's rows back: it is made again."""
        if hook not in self.thawing:
            self.thawing.append(hook)

    def ask_officers(self, lookup: OfficerLookup) -> None:
        """Say who answers requests, so that they can be told of them."""
        if lookup not in self.officers:
            self.officers.append(lookup)

    def when_copy_held(self, hook: HeldCopyHook) -> None:
        """Call when a copy waits for somebody to look through it. Repeatable."""
        if hook not in self.held_copies:
            self.held_copies.append(hook)

    def when_request_waits(self, hook: WaitingHook) -> None:
        """Call when a request waits for somebody of the staff. Repeatable."""
        if hook not in self.waiting:
            self.waiting.append(hook)

    def let_contest(self, scores: Contestable) -> None:
        """Let scores of this kind be contested by a request."""
        self.contestable[scores.name] = scores

    def correct(self, corrector: Corrector) -> None:
        """Let values of this kind be corrected."""
        self.correctors[corrector.name] = corrector

    def look_people_up(self, directory: Directory) -> None:
        """Find the records of whoever asks for their rights in this directory, too."""
        _once(self.directories, directory)

    def when_barred(self, use: str, hook: PersonHook) -> None:
        """Run `hook` in the transaction that stops a use of people's data."""
        found = self.barring.setdefault(use, [])
        if hook not in found:
            found.append(hook)

    def when_allowed(self, use: str, hook: PersonHook) -> None:
        """Run `hook` in the transaction that lets a stopped use go on."""
        found = self.allowing.setdefault(use, [])
        if hook not in found:
            found.append(hook)

    def erase_store(self, store: Store) -> None:
        self.stores[store.name] = store

    def tell_recipient(self, recipient: Recipient) -> None:
        self.recipients[recipient.name] = recipient


def _once(found: list[Any], one: Any) -> None:
    if one not in found:
        found.append(one)


hooks = Hooks()
