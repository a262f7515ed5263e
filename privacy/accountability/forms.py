"""What the pages of the audit log and of mentions are asked."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.days import DayField
from privacy.accountability.explorer import READINGS, user_of
from privacy.accountability.limits import AlertLimitLine
from privacy.accountability.models import AlertKind, Conclusion
from privacy.audit import registered_actions
from privacy.models import Outcome

_DIGITS = 16
_MOST_VALUES = 20


class AuditFilters(forms.Form):
    """Everything is optional. `question` is what `explorer.matching` takes."""

    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)
    action = forms.ChoiceField(label=_("Action"), required=False)
    outcome = forms.ChoiceField(
        label=_("Outcome"), required=False, choices=[("", _("Any outcome")), *Outcome.choices]
    )
    object_type = forms.CharField(
        label=_("Object"),
        required=False,
        max_length=80,
        widget=forms.TextInput(attrs={"placeholder": "tickets.ticket"}),
    )
    object_id = forms.CharField(label=_("Its number"), required=False, max_length=64)
    person = forms.CharField(
        label=_("Person"),
        required=False,
        max_length=40,
        widget=forms.TextInput(attrs={"placeholder": _("16 digits, or a record's id")}),
    )

    def __init__(self, *args: Any, with_people: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        actions = sorted(registered_actions())
        self._choose(
            "action",
            [
                ("", _("Any action")),
                (READINGS, _("Every look at data")),
                *zip(actions, actions, strict=True),
            ],
        )
        if not with_people:
            del self.fields["person"]
            del self.fields["object_id"]

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def clean_person(self) -> int | UUID | None:
        """An account by its digits, or a person's record by its id."""
        typed = str(self.cleaned_data["person"]).replace(" ", "")
        if not typed:
            return None
        if typed.isdecimal() and len(typed) == _DIGITS:
            found = user_of(typed)
            if found is None:
                raise forms.ValidationError(_("There is no account with this number."))
            return found
        try:
            return UUID(typed)
        except ValueError:
            told = _("Type the sixteen digits of an account, or the id of a person's record.")
            raise forms.ValidationError(told) from None

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day lies before the first one."))
        return data

    def question(self, zone: ZoneInfo) -> dict[str, Any]:
        asked = dict(self.cleaned_data)
        if asked.get("since"):
            asked["since"] = datetime.combine(asked["since"], time.min, zone)
        if asked.get("until"):
            asked["until"] = datetime.combine(asked["until"] + timedelta(days=1), time.min, zone)
        return asked


class ConclusionForm(forms.Form):
    conclusion = forms.ChoiceField(
        label=_("What came of it?"), choices=Conclusion.choices, widget=forms.RadioSelect
    )


def _several(label: Any, help_text: Any = "") -> forms.CharField:
    return forms.CharField(
        label=label,
        required=False,
        max_length=2_000,
        help_text=help_text,
        widget=forms.Textarea(attrs={"rows": 2, "autocomplete": "off"}),
    )


class MentionsForm(forms.Form):
    """One value a line. At least one is needed."""

    emails = _several(_("E-mail addresses"), _("One a line."))
    phones = _several(_("Telephone numbers"), _("With the country code, such as +31."))
    names = _several(
        _("Names"), _("First and last name. Names alone also find others of that name.")
    )
    numbers = _several(_("Numbers"), _("Of accounts, orders or from the state."))

    def values(self, name: str) -> list[str]:
        lines = (line.strip() for line in self.cleaned_data[name].splitlines())
        return [line for line in dict.fromkeys(lines) if line][:_MOST_VALUES]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not self.errors and not any(self.values(name) for name in self.fields):
            raise forms.ValidationError(_("Type at least one of them."))
        return data


class LimitsForm(forms.Form):
    """How many people an hour are ordinary, between the policy's floors and ceilings."""

    @override
    def __init__(self, lines: Sequence[AlertLimitLine], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for line in lines:
            self.fields[line.kind.value] = forms.IntegerField(
                label=line.kind.label,
                initial=line.people,
                min_value=line.shipped.floor,
                max_value=line.shipped.ceiling,
                help_text=_("People within an hour: from %(floor)d to %(ceiling)d.")
                % {"floor": line.shipped.floor, "ceiling": line.shipped.ceiling},
            )

    def wanted(self) -> dict[AlertKind, int]:
        return {AlertKind(kind): people for kind, people in self.cleaned_data.items()}
