"""Finding every mention of a person, also in what is about others.

This app knows no texts: who keeps some registers a finder and answers by blind index.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from privacy.detection.mentions import Trait, of_person
from privacy.vault.blind_index import BlindIndex

INDEX_BYTES = 16
_TRAITS = {
    Trait.EMAIL: _("e-mail address"),
    Trait.PHONE: _("telephone number"),
    Trait.NUMBER: _("number"),
    Trait.NAME: _("name"),
    Trait.NAME_PART: _("part of the name"),
}


@dataclass(frozen=True, slots=True)
class MentionedIn:
    """Something in which a person is mentioned: `object_type` is `app.model`. A mention by part of
    a name alone is a hint, not a finding."""

    object_type: str
    object_id: int
    traits: frozenset[Trait]

    @property
    def is_certain(self) -> bool:
        return bool(self.traits - {Trait.NAME_PART})

    @property
    def traits_in_words(self) -> list[str]:
        return [str(_TRAITS[trait]) for trait in Trait if trait in self.traits]


# (organisation id, traits by their index) -> what holds them.
Finder = Callable[[int, dict[bytes, Trait]], list[MentionedIn]]
_finders: list[Finder] = []
# How much has not been read for mentions yet, in the organisation in scope.
_waiting: list[Callable[[], int]] = []
# An object type: the name of the page that shows one, and what its address calls the id.
_pages: dict[str, tuple[str, str]] = {}


def register_mention_finder(
    finder: Finder,
    *,
    waiting: Callable[[], int] | None = None,
    pages: Mapping[str, tuple[str, str]] | None = None,
) -> None:
    """`waiting` says how much `finder` cannot know yet, `pages` where its objects are shown."""
    _finders.append(finder)
    if waiting is not None:
        _waiting.append(waiting)
    _pages.update(pages or {})


def unread_count() -> int:
    """How much has not been read for mentions yet: what is in it cannot be found."""
    return sum(waiting() for waiting in _waiting)


def page_of(found: MentionedIn, slug: str) -> str:
    """The address of the page that shows where somebody is mentioned; empty without one."""
    if found.object_type not in _pages:
        return ""
    view, parameter = _pages[found.object_type]
    return reverse(view, kwargs={"organisation": slug, parameter: found.object_id})


def mention_index(index: BlindIndex, trait: Trait, value: str) -> bytes:
    """The keyed hash under which a mention is kept: nobody without the key can try names out."""
    return index.digest(f"mention:{trait}\0{value}".encode("utf-8", "replace"))[:INDEX_BYTES]


def find_mentions(
    *,
    organisation_id: int,
    names: Sequence[str] = (),
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
    numbers: Sequence[str] = (),
) -> list[MentionedIn]:
    """Everything of the organisation that mentions somebody with one of these names, addresses or
    numbers (of accounts, of states, of orders), certain ones first. Must run in the tenant's
    scope. What has not been checked yet cannot be found: ask how much that is before answering a
    request (`unread_count`)."""
    from privacy.vault.keys import blind_index

    index = blind_index(organisation_id)
    wanted = of_person(names=names, emails=emails, phones=phones, numbers=numbers)
    traits = {mention_index(index, trait, value): trait for trait, value in wanted}
    found = [each for finder in _finders for each in finder(organisation_id, traits)]
    return sorted(found, key=lambda each: (not each.is_certain, each.object_type, each.object_id))


def mention_indexes(
    *,
    organisation_id: int,
    names: Sequence[str] = (),
    emails: Sequence[str] = (),
    phones: Sequence[str] = (),
) -> list[bytes]:
    """Under which keyed hashes a person's certain mentions are kept, without parts of names."""
    from privacy.vault.keys import blind_index

    index = blind_index(organisation_id)
    wanted = of_person(names=names, emails=emails, phones=phones, numbers=())
    return [
        mention_index(index, trait, value) for trait, value in wanted if trait != Trait.NAME_PART
    ]
