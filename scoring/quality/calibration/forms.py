"""What who leads a calibration may send."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any, cast

from django import forms
from django.utils import timezone
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.accounts.models import Membership
from kaizo.core.days import DayField
from scoring.quality.calibration.services import LONGEST_FOLLOW_UP, Plan
from scoring.quality.models import ScorecardVersion
from scoring.quality.models.scorecards import NAME_LENGTH
from tickets.access import visible_tickets
from tickets.models import Ticket

DAYS_TO_SCORE = 7
_NUMBERS = re.compile(r"[\s,;]+")


class SessionForm(forms.Form):
    """Name, rubric, people and conversations. Conversations come from the choice before (hidden)
    and from numbers that are typed."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    version = forms.TypedChoiceField(label=_("Scorecard"), coerce=int)
    due_on = DayField(label=_("Score by"))
    spread_limit = forms.IntegerField(
        label=_("Mark a spread above, in percent of the scale"),
        min_value=0,
        max_value=100,
        initial=25,
    )
    participants = forms.TypedMultipleChoiceField(
        label=_("Who scores"),
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose who scores.")},
    )
    ticket = forms.TypedMultipleChoiceField(
        coerce=int, required=False, widget=forms.MultipleHiddenInput
    )
    numbers = forms.CharField(
        label=_("Ticket numbers"),
        required=False,
        help_text=_("More conversations, by their numbers in the helpdesk, one a line."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )

    def __init__(
        self,
        data: Any = None,
        *,
        actor: Membership,
        people: Sequence[tuple[int, str]],
        versions: Sequence[ScorecardVersion],
        chosen: Mapping[int, Ticket],
    ) -> None:
        initial = {
            "due_on": timezone.localdate() + timedelta(days=DAYS_TO_SCORE),
            "ticket": list(chosen),
        }
        super().__init__(data, initial=initial)
        self.actor = actor
        self.versions = {version.pk: version for version in versions}
        self._choose("version", [(v.pk, v.scorecard.name) for v in versions])
        self._choose("participants", people)
        self._choose("ticket", [(key, key) for key in chosen])

    def _choose(self, name: str, choices: Sequence[tuple[int, object]]) -> None:
        field = cast("forms.ChoiceField", self.fields[name])
        field.choices = list(choices)

    def clean_numbers(self) -> list[Ticket]:
        """The typed tickets that the actor may see."""
        wanted = [part for part in _NUMBERS.split(self.cleaned_data["numbers"]) if part]
        if not wanted:
            return []
        found = list(visible_tickets(self.actor).filter(external_id__in=wanted))
        missing = set(wanted) - {ticket.external_id for ticket in found}
        if missing:
            raise forms.ValidationError(
                _now("Not found: %(numbers)s"), params={"numbers": ", ".join(sorted(missing))}
            )
        return found

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("ticket") and not data.get("numbers") and "numbers" not in self.errors:
            self.add_error("numbers", _("Choose at least one conversation."))
        return data

    def plan(self) -> Plan:
        data = self.cleaned_data
        chosen = list(Ticket.objects.filter(pk__in=data["ticket"]))
        every = {ticket.pk: ticket for ticket in [*chosen, *data["numbers"]]}
        return Plan(
            name=data["name"],
            version=self.versions[data["version"]],
            due_on=data["due_on"],
            spread_limit=data["spread_limit"],
            tickets=list(every.values()),
            participants=list(Membership.objects.filter(pk__in=data["participants"])),
        )


class FollowUpForm(forms.Form):
    body = forms.CharField(label=_("What to do"), max_length=LONGEST_FOLLOW_UP)
    owner = forms.TypedChoiceField(label=_("Who"), required=False, coerce=int, empty_value=None)
    due_on = DayField(label=_("Until"), required=False)

    def __init__(self, data: Any = None, *, people: Sequence[tuple[int, str]]) -> None:
        super().__init__(data)
        field = cast("forms.ChoiceField", self.fields["owner"])
        field.choices = [("", _("Nobody yet")), *people]
