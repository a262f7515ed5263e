"""Choices of a list's form that somebody keeps, for themselves or for everybody who sees the list.

A list keeps and uses them through its own form, which checks them both times: a filter never shows
more than its reader may see.
"""

from __future__ import annotations

from kaizo.accounts.filters.forms import SaveFilterForm
from kaizo.accounts.filters.selectors import ShownFilter, saved_filters
from kaizo.accounts.filters.services import delete_filter, kept_choices, save_filter

__all__ = [
    "SaveFilterForm",
    "ShownFilter",
    "delete_filter",
    "kept_choices",
    "save_filter",
    "saved_filters",
]
