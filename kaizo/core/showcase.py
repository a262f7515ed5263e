"""What the component page is filled with: invented figures and people, the same on every visit."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django import forms
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core.charts import Point
from kaizo.core.ui import GRADES, duration

_START = date(2026, 3, 2)
_DAYS = 28


def _wave(base: float, swing: float, phase: float) -> list[Point]:
    """Four weeks with quiet weekends, one day without data."""
    points = []
    for i in range(_DAYS):
        day = _START + timedelta(days=i)
        value = base + swing * math.sin(i / 3 + phase) + swing * 0.5 * math.sin(i * 1.7 + phase)
        gap = i == _DAYS // 2 + 3
        points.append(Point(date_format(day, "j M"), None if gap else round(value, 1)))
    return points


class FilterForm(forms.Form):
    query = forms.CharField(label=gettext_lazy("Search"), required=False)
    team = forms.ChoiceField(
        label=gettext_lazy("Team"),
        required=False,
        choices=[("", gettext_lazy("All teams")), ("1", "Orders"), ("2", "Returns")],
    )
    channel = forms.ChoiceField(
        label=gettext_lazy("Channel"),
        required=False,
        choices=[("", gettext_lazy("All channels")), ("email", "E-mail"), ("chat", "Chat")],
    )


class ProfileForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=80)
    email = forms.EmailField(
        label=gettext_lazy("E-mail address"),
        help_text=gettext_lazy("Used for sign-in and for notices about your own data."),
    )
    language = forms.ChoiceField(
        label=gettext_lazy("Language"), choices=[("en", "English"), ("nl", "Nederlands")]
    )
    digest = forms.ChoiceField(
        label=gettext_lazy("Summary by mail"),
        widget=forms.RadioSelect,
        choices=[("week", gettext_lazy("Every week")), ("never", gettext_lazy("Never"))],
        initial="week",
    )
    remember = forms.BooleanField(label=gettext_lazy("Show my name on the board"), required=False)
    note = forms.CharField(
        label=gettext_lazy("Note"), required=False, widget=forms.Textarea(attrs={"rows": 3})
    )


def _tiles() -> list[dict[str, Any]]:
    return [
        {"label": _("First reply time"), "value": duration(4320),
         "change": -8.4, "better": "lower", "previous": "was 1 h 19 min",
         "points": _wave(4300, 900, 0.4), "unit": "seconds"},
        {"label": _("Customer satisfaction"), "value": "91%", "change": 2.1, "better": "higher",
         "previous": "was 89%", "points": _wave(90, 4, 1.1), "unit": "percent"},
        {"label": _("Tickets solved"), "value": "1,284", "change": 0.0, "better": "higher",
         "previous": "was 1,284", "points": _wave(46, 14, 2.2), "unit": "count"},
        {"label": _("Reopened"), "value": "4.2%", "change": 1.3, "better": "lower",
         "previous": "was 2.9%", "points": _wave(4, 1.5, 3.0), "unit": "percent"},
        {"label": _("Backlog"), "value": "73", "change": 4.3, "better": None, "previous": "was 70",
         "points": _wave(70, 9, 0.0), "unit": "count"},
        {"label": _("Internal Quality Score"), "value": None, "change": None, "better": "higher",
         "previous": "", "points": [], "unit": "percent"},
    ]  # fmt: skip


def _agents() -> list[dict[str, Any]]:
    rows = [
        ("Ada Jansen", 142, 2520.0, 94.0, 88),
        ("Bram de Wit", 118, 3960.0, 91.0, 71),
        ("Chiara Russo", 97, 4700.0, 86.0, 64),
        ("Dilan Yildiz", 64, 8100.0, 79.0, 33),
        ("Elif Kaya", 3, None, None, 1),
    ]
    names = ("name", "solved", "reply", "csat", "answers")
    return [dict(zip(names, row, strict=True)) for row in rows]


def _thread() -> list[dict[str, Any]]:
    at = datetime(2026, 3, 9, 9, 14, tzinfo=UTC)
    rows = [
        ("bot", "Kaizo Bot", _("Hello! A colleague will be with you shortly."), False, 0),
        ("customer", "Customer 4f2a", _("The parcel I ordered is not here yet."), False, 1),
        ("agent", "Ada Jansen", _("Sorry to hear that. I asked the carrier."), False, 9),
        ("agent", "Ada Jansen", _("Carrier claims a neighbour signed."), True, 12),
        ("customer", "Customer 4f2a", _("Thank you, the neighbour has it after all."), False, 40),
    ]  # fmt: skip
    return [
        {"side": side, "name": name, "text": text, "is_internal": internal,
         "sent_at": at + timedelta(minutes=minutes)}
        for side, name, text, internal, minutes in rows
    ]  # fmt: skip


def _histogram() -> list[Point]:
    ranges = ("< 15 min", "15–30", "30–60", "1–2 h", "2–4 h", "4–8 h", "> 8 h")
    return [Point(r, v) for r, v in zip(ranges, (6, 14, 31, 22, 11, 5, 2), strict=True)]


def showcase() -> dict[str, Any]:
    """The context of the component page."""
    trend = _wave(4300, 900, 0.4)
    return {
        "tiles": _tiles(),
        "agents": _agents(),
        "thread": _thread(),
        "grades": [{"score": g.at_least + 4, "grade": g} for g in GRADES],
        "trend": trend,
        "earlier": _wave(4900, 700, 1.9),
        "usual_range": (3200.0, 5600.0),
        "histogram_bins": _histogram(),
        "reasons": [
            Point(_("Delivery"), 412), Point(_("Returns"), 287), Point(_("Payment"), 143),
            Point(_("Account"), 88), Point(_("Product question"), 41),
        ],
        "periods": [
            {"label": _("7 days"), "url": "?period=7", "is_current": False},
            {"label": _("28 days"), "url": "?period=28", "is_current": True},
            {"label": _("Quarter"), "url": "?period=90", "is_current": False},
        ],
        "crumbs": [
            {"label": _("Dashboard"), "url": "#"}, {"label": _("First reply time"), "url": "#"},
            {"label": "9 March", "url": ""},
        ],
        "filter_form": FilterForm(),
        "form": ProfileForm({"name": "", "email": "nora@", "language": "en", "digest": "week"}),
    }  # fmt: skip
