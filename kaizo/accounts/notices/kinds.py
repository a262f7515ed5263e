"""Where notices lead and how often they are mailed when nobody chose otherwise."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from django.apps import apps
from django.urls import reverse

from kaizo.accounts.models import NoticeKind, NoticePreference

Frequency = NoticePreference.Frequency

DEFAULTS: Final[Mapping[NoticeKind, Frequency]] = {
    **dict.fromkeys(NoticeKind, Frequency.AT_ONCE),
    NoticeKind.SPOT_CHECK: Frequency.DAILY,
    NoticeKind.SCORECARD_ANNOUNCED: Frequency.DAILY,
}

# A model's label: the name of the page that shows one, and what its address calls the id.
_links: dict[str, tuple[str, str]] = {}


def register_notice_links(links: Mapping[str, tuple[str, str]]) -> None:
    """Say where the objects of an app's notices are shown: label to (URL name, parameter). Call it
    from the app's `ready`, so that workers know it, too. Raises LookupError for an unknown model.
    """
    for label in links:
        apps.get_model(label)
    _links.update(links)


def address_of(label: str, object_id: int, slug: str) -> str:
    """The path of the object's page. Raises LookupError when no app registered one."""
    view, parameter = _links[label]
    return reverse(view, kwargs={"organisation": slug, parameter: object_id})


def known_labels() -> frozenset[str]:
    return frozenset(_links)
