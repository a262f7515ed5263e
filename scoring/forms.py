"""What a dashboard is asked for: a period, a part of the organisation, a clock, an order."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.db.models import BigIntegerField
from django.utils.translation import gettext_lazy as _

from kaizo.core.days import DayField
from scoring.dashboards.periods import Period
from scoring.dashboards.queries import Slice
from tickets.models import Channel

PERIOD_DAYS = (7, 28, 91)
DEFAULT_DAYS = 28
CALENDAR, BUSINESS = "calendar", "business"


def chosen_key(label: Any) -> forms.IntegerField:
    """A row's number out of a list; one that no row can have is refused."""
    return forms.IntegerField(
        label=label, required=False, max_value=BigIntegerField.MAX_BIGINT, widget=forms.Select
    )


@dataclass(frozen=True, slots=True)
class Question:
    """A dashboard's question, understood. `days` is None for a period of one's own."""

    period: Period
    part: Slice
    clock: str
    days: int | None


class DashboardFilters(forms.Form):
    """Everything is optional; what cannot be understood falls back to the last 28 days."""

    days = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, n) for n in PERIOD_DAYS],
        widget=forms.HiddenInput,
    )
    sort = forms.CharField(required=False, max_length=60, widget=forms.HiddenInput)
    team = chosen_key(_("Team"))
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("All channels")), *Channel.choices]
    )
    clock = forms.ChoiceField(
        label=_("Time counts"),
        required=False,
        choices=[("", _("By the calendar")), (BUSINESS, _("In business hours"))],
    )
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)

    def offer(self, teams: dict[int, str], *, all_teams: bool) -> None:
        """Name the teams to choose from. An unknown one is no error: it has no figures."""
        named = sorted(teams.items(), key=lambda item: item[1].casefold())
        widget = self.fields["team"].widget
        assert isinstance(widget, forms.Select)  # noqa: S101 - declared above
        widget.choices = [("", _("All teams")), *named] if all_teams else named

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last:
            try:
                data["period"] = Period(first, last)
            except ValueError:
                self.add_error("last", _("Choose from one day to three years."))
        return data

    def question(self, *, today: date) -> Question:
        """What is asked for, with the usual where nothing is said."""
        self.is_valid()
        asked = self.cleaned_data
        own = asked.get("period")
        days = None if own else asked.get("days") or DEFAULT_DAYS
        return Question(
            period=own or Period.of_last_days(days or DEFAULT_DAYS, today=today),
            part=Slice(team_id=asked.get("team"), channel=asked.get("channel") or ""),
            clock=asked.get("clock") or CALENDAR,
            days=days,
        )
