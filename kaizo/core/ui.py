"""What numbers, scores and names look like: pure words and tones, shared by tags and pages."""

from __future__ import annotations

import math
import re
import zlib
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from fractions import Fraction
from functools import lru_cache

from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import get_language, gettext_lazy, ngettext
from django.utils.translation import gettext as _

Exact = float | Decimal | Fraction

NOTHING = "–"
MINUS = "\N{MINUS SIGN}"
_MINUTE, _HOUR, _DAY = 60, 3600, 86400
_AVATAR_TONES = 6
_GROUPED_FROM = 1000


class Unit(StrEnum):
    """How a figure is written. Business seconds are never turned into days: a working day has
    no fixed length."""

    SECONDS = "seconds"
    BUSINESS_SECONDS = "business_seconds"
    PERCENT = "percent"
    POINTS = "points"  # difference of two percentages
    COUNT = "count"
    NUMBER = "number"

    @property
    def is_duration(self) -> bool:
        return self in {Unit.SECONDS, Unit.BUSINESS_SECONDS}


@dataclass(frozen=True, slots=True)
class Grade:
    """A step of the score scale: colour, icon and word always go together."""

    at_least: float
    tone: str
    icon: str
    word: str | Promise


# What stands in a text where personal data was; the words are those of the detection's kinds.
REDACTED = re.compile(
    r"(\[(?:person|e-mail|phone|bank account|card|network address|national id|date of birth|address"
    r"|order)(?: \d+)?\])"
)

GRADES = (
    Grade(90, "excellent", "star-fill", gettext_lazy("Excellent")),
    Grade(75, "good", "check-circle-fill", gettext_lazy("Good")),
    Grade(60, "fair", "dash-circle-fill", gettext_lazy("Fair")),
    Grade(40, "weak", "exclamation-triangle-fill", gettext_lazy("Weak")),
    Grade(0, "poor", "x-octagon-fill", gettext_lazy("Poor")),
)


def grade(score: float) -> Grade:
    """The step of the scale that a score from 0 to 100 stands on."""
    return next((g for g in GRADES if score >= g.at_least), GRADES[-1])


@dataclass(frozen=True, slots=True)
class Writer:
    """How one language writes figures. Who writes hundreds asks for it once: finding out the
    reader's language costs more than writing a figure."""

    language: str | None
    second: str
    minute: str
    hour: str
    day: str

    def duration(self, seconds: float | None, *, days: bool = True) -> str:
        """Seconds as a person says them, in at most two units, rounded to the smaller one."""
        if seconds is None:
            return NOTHING
        sign, total = (MINUS, -seconds) if seconds < 0 else ("", seconds)
        if round(total) < _MINUTE:
            return f"{sign}{round(total)}\N{NO-BREAK SPACE}{self.second}"
        if total < 10 * _MINUTE:
            return sign + self._two(round(total), _MINUTE, self.minute, 1, self.second)
        minutes = round(total / _MINUTE) * _MINUTE
        if minutes < _HOUR:
            return sign + self._two(minutes, _MINUTE, self.minute, 1, self.second)
        if minutes < _DAY or not days:
            return sign + self._two(minutes, _HOUR, self.hour, _MINUTE, self.minute)
        hours = round(total / _HOUR) * _HOUR
        return sign + self._two(hours, _DAY, self.day, _HOUR, self.hour)

    def _two(self, total: int, big: int, big_name: str, small: int, small_name: str) -> str:
        whole, rest = divmod(total, big)
        text = f"{self.number(whole)}\N{NO-BREAK SPACE}{big_name}"
        if rest // small:
            text += f" {rest // small}\N{NO-BREAK SPACE}{small_name}"
        return text

    def number(self, value: float | None, decimals: int = 0) -> str:
        """A number as the reader's language writes it."""
        if value is None:
            return NOTHING
        rounded = round(value, decimals)
        sign = MINUS if rounded < 0 else ""
        if not decimals and abs(rounded) < _GROUPED_FROM:
            return f"{sign}{int(abs(rounded))}"
        return sign + _grouped(abs(rounded), decimals, self.language)

    def signed(self, value: float | None, decimals: int = 0) -> str:
        """A difference: its sign is always written, except where it rounds to nothing."""
        written = self.number(value, decimals)
        return f"+{written}" if value is not None and round(value, decimals) > 0 else written

    def percent(self, value: float | None, decimals: int = 0) -> str:
        """A share given as 0 to 100."""
        if value is None:
            return NOTHING
        return _percent_of(self.number(value, decimals), self.language)

    def exact_number(self, value: Exact | None, least: int = 0) -> str:
        """With as many decimals as it has, from `least` to two, half up."""
        if value is None:
            return NOTHING
        hundredths = math.floor(Fraction(value) * 100 + Fraction(1, 2))
        decimals = 0 if hundredths % 100 == 0 else 1 if hundredths % 10 == 0 else 2
        return self.number(hundredths / 100, max(decimals, least))

    def exact_percent(self, value: Exact | None, least: int = 0) -> str:
        """A share given as 0 to 100, as `exact_number`."""
        if value is None:
            return NOTHING
        return _percent_of(self.exact_number(value, least), self.language)

    def measure(self, value: float | None, unit: str) -> str:
        """Any figure in its unit."""
        match Unit(unit):
            case Unit.SECONDS:
                return self.duration(value)
            case Unit.BUSINESS_SECONDS:
                return self.duration(value, days=False)
            case Unit.PERCENT:
                return self.percent(value)
            case Unit.POINTS:
                return _("%(number)s points") % {"number": self.number(value, 1)}
            case Unit.COUNT:
                return self.number(value)
            case _:
                return self.number(value, 1)

    def short_day(self, day: date) -> str:
        """A day without its year: 9 Mar."""
        return _day(day, self.language, "j M")

    def long_day(self, day: date) -> str:
        """9 Mar 2026, the day before the month whatever the language."""
        return _day(day, self.language, "j M Y")


def writer() -> Writer:
    """For the reader's language, as long as it is the active one."""
    return _writer(get_language())


@lru_cache(maxsize=64)
def _writer(language: str | None) -> Writer:
    return Writer(language, _("s"), _("min"), _("h"), _("d"))


@lru_cache(maxsize=4096)
def _grouped(value: float, decimals: int, _language: str | None) -> str:
    """Remembered by language: a dashboard writes hundreds of figures."""
    return str(number_format(value, decimals, use_l10n=True, force_grouping=True))


@lru_cache(maxsize=1024)
def _percent_of(written: str, _language: str | None) -> str:
    return _("%(number)s%%") % {"number": written}


@lru_cache(maxsize=4096)
def _day(day: date, _language: str | None, form: str) -> str:
    return date_format(day, form)


def duration(seconds: float | None, *, days: bool = True) -> str:
    return writer().duration(seconds, days=days)


def number(value: float | None, decimals: int = 0) -> str:
    return writer().number(value, decimals)


def signed(value: float | None, decimals: int = 0) -> str:
    return writer().signed(value, decimals)


def percent(value: float | None, decimals: int = 0) -> str:
    return writer().percent(value, decimals)


def exact_number(value: Exact | None, least: int = 0) -> str:
    return writer().exact_number(value, least)


def exact_percent(value: Exact | None, least: int = 0) -> str:
    return writer().exact_percent(value, least)


def measure(value: float | None, unit: str) -> str:
    return writer().measure(value, unit)


def short_day(day: date) -> str:
    return writer().short_day(day)


def long_day(day: date) -> str:
    return writer().long_day(day)


def initials(name: str) -> str:
    """Up to two letters that stand for a name."""
    words = [word for word in name.split() if word[0].isalnum()]
    letters = [words[0][0], words[-1][0]] if len(words) > 1 else [w[0] for w in words]
    return "".join(letters).upper() or "?"


def avatar_tone(name: str) -> int:
    """A tone that stays the same for a name."""
    return zlib.crc32(name.encode()) % _AVATAR_TONES


def tickets_counted(n: int) -> str:
    """How many tickets a figure rests on."""
    return ngettext("%(n)s ticket", "%(n)s tickets", n) % {"n": number(n)}
