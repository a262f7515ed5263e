"""What somebody looks at before a copy is handed out."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from django.db.models import QuerySet

from privacy.registry import registry
from privacy.rights.export.models import ExportPackage
from privacy.rights.export.review.models import ExportCheck
from privacy.rights.export.review.services import words_at
from privacy.rights.hooks import hooks

AT_ONCE: Final = 200


@dataclass(frozen=True, slots=True)
class CheckLine:
    """A text as the person would get it, with how often others were taken out of it."""

    check: ExportCheck
    what: str
    words: str


def check_lines(package: ExportPackage) -> Sequence[CheckLine]:
    """The texts that nobody has seen yet, those with the most mentions first, at most AT_ONCE. In
    the tenant's scope."""
    checks = list(_unseen(package).order_by("-mentions", "pk")[:AT_ONCE])
    words = words_at(package, checks)
    return [CheckLine(check, _name(check), _shown(words[check.pk])) for check in checks]


def count_unseen(package: ExportPackage) -> int:
    return int(_unseen(package).count())


def _unseen(package: ExportPackage) -> QuerySet[ExportCheck]:
    return ExportCheck.objects.filter(package=package, is_seen=False)


def _name(check: ExportCheck) -> str:
    section = hooks.sections.get(check.label)
    return section.title if section else registry.name_of(check.label)


def _shown(words: Any) -> str:
    if isinstance(words, str):
        return words
    return json.dumps(words, ensure_ascii=False, indent=2)
