"""What a quality page is asked for."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaizo.core.days import DayField
from scoring.dashboards.periods import Period
from scoring.forms import DEFAULT_DAYS, PERIOD_DAYS, chosen_key
from scoring.quality.models import Review


@dataclass(frozen=True, slots=True)
class QualityQuestion:
    """`days` is None for a period of one's own."""

    period: Period
    sample: str
    team_id: int | None
    scorecard_id: int | None
    days: int | None


class QualityFilters(forms.Form):
    """Everything is optional; what cannot be understood falls back to the last 28 days of random
    samples."""

    days = forms.TypedChoiceField(
        required=False,
        coerce=int,
        empty_value=None,
        choices=[(n, n) for n in PERIOD_DAYS],
        widget=forms.HiddenInput,
    )
    sample = forms.ChoiceField(label=_("Sample"), required=False, choices=Review.Sample.choices)
    team = chosen_key(_("Team"))
    scorecard = chosen_key(_("Scorecard"))
    first = DayField(label=_("From"), required=False)
    last = DayField(label=_("To"), required=False)

    def offer(self, teams: dict[int, str], scorecards: dict[int, str], *, all_teams: bool) -> None:
        """Name what there is to choose from. An unknown one is no error: it has no figures."""
        named = sorted(teams.items(), key=lambda item: item[1].casefold())
        self._choose("team", [("", _("All teams")), *named] if all_teams else named)
        cards = sorted(scorecards.items(), key=lambda item: item[1].casefold())
        self._choose("scorecard", [("", _("All scorecards")), *cards])

    def _choose(self, name: str, choices: list[tuple[Any, Any]]) -> None:
        widget = self.fields[name].widget
        assert isinstance(widget, forms.Select)  # noqa: S101 - declared above
        widget.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("first"), data.get("last")
        if first and last:
            try:
                data["period"] = Period(first, last)
            except ValueError:
                self.add_error("last", _("Choose from one day to three years."))
        return data

    def question(self, *, today: date) -> QualityQuestion:
        """What is asked for, with the usual where nothing is said."""
        self.is_valid()
        asked = self.cleaned_data
        own = asked.get("period")
        days = None if own else asked.get("days") or DEFAULT_DAYS
        return QualityQuestion(
            period=own or Period.of_last_days(days or DEFAULT_DAYS, today=today),
            sample=asked.get("sample") or Review.Sample.RANDOM,
            team_id=asked.get("team"),
            scorecard_id=asked.get("scorecard"),
            days=days,
        )
