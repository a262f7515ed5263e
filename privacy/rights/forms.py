"""Forms of privacy officers."""

from __future__ import annotations

from datetime import UTC, datetime, time
from typing import Any

from django import forms
from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.core.days import DayField
from privacy.registry import registry
from privacy.rights.graph import graph_of
from privacy.rights.languages import LANGUAGES
from privacy.rights.models import RIGHTS, HoldReason, RequestChannel


def _tables() -> list[tuple[str, str]]:
    labels = {edge.label for kind in ("customer", "agent") for edge in graph_of(kind).changing}
    return sorted(((label, registry.name_of(label)) for label in labels), key=lambda pair: pair[1])


class IntakeForm(forms.Form):
    """A request that did not come by the privacy page."""

    kind = forms.ChoiceField(label=_("What is asked for"), choices=list(RIGHTS.items()))
    channel = forms.ChoiceField(
        label=_("Came by"),
        choices=[
            (channel.value, channel.label)
            for channel in (RequestChannel.MAIL, RequestChannel.POST, RequestChannel.PHONE)
        ],
    )
    received_on = DayField(
        label=_("Came on"),
        help_text=_("The month for the answer runs from this day."),
        initial=timezone.localdate,
    )
    contact = forms.CharField(
        label=_("Where to answer"),
        max_length=254,
        help_text=_("An e-mail address also finds the person's records. Kept encrypted."),
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    language = forms.ChoiceField(
        label=_("Language of the answer"),
        required=False,
        choices=list(LANGUAGES.items()),
        initial=settings.LANGUAGE_CODE,
    )
    message = forms.CharField(
        label=_("What was said"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def clean_received_on(self) -> Any:
        day = self.cleaned_data["received_on"]
        if day > timezone.localdate():
            raise forms.ValidationError(_("This day is still to come."))
        return day


class ExtendForm(forms.Form):
    reason = forms.CharField(
        label=_("Why it takes longer"),
        max_length=2_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("The person is written this, with the new day. In their language, please."),
    )


class HoldForm(forms.Form):
    reason = forms.ChoiceField(label=_("Ground"), choices=HoldReason.choices)
    matter = forms.CharField(
        label=_("Matter"), max_length=200, help_text=_("The case. Kept encrypted.")
    )
    table = forms.ChoiceField(label=_("What has to stay"), choices=_tables)
    numbers = forms.CharField(
        label=_("Numbers"),
        help_text=_("As they stand in the pages' addresses, separated by commas."),
    )
    review_on = DayField(label=_("Review on"))
    expires_on = DayField(label=_("Ends on"))

    @override
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial.setdefault("table", "tickets.Ticket")

    def clean_numbers(self) -> list[int]:
        try:
            found = [int(part) for part in self.cleaned_data["numbers"].split(",") if part.strip()]
        except ValueError:
            raise forms.ValidationError(_("Write numbers, separated by commas.")) from None
        return found

    def clean_review_on(self) -> datetime:
        return _end_of(self.cleaned_data["review_on"])

    def clean_expires_on(self) -> datetime:
        return _end_of(self.cleaned_data["expires_on"])


def _end_of(day: Any) -> datetime:
    return datetime.combine(day, time.max, UTC)
