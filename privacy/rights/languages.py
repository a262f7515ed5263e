"""In which languages people are spoken to, each by its own name."""

from __future__ import annotations

from typing import Final

LANGUAGES: Final = {"en": "English", "nl": "Nederlands", "de": "Deutsch"}
