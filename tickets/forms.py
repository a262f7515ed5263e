"""Filters of the ticket list, and the question before a reveal."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaizo.core.days import DayField
from tickets.events import RevealReason
from tickets.models import Channel, Status

CSAT_CHOICES = [
    ("", _("Any rating")),
    ("good", _("Good")),
    ("bad", _("Bad")),
    ("none", _("Not rated")),
]


class TicketFilters(forms.Form):
    """Everything the list can be narrowed by. Unbound choices (agents, teams) are given."""

    q = forms.CharField(
        label=_("Search"),
        required=False,
        max_length=200,
        widget=forms.TextInput(attrs={"type": "search", "placeholder": _("Words, or a ticket id")}),
    )
    status = forms.ChoiceField(
        label=_("Status"), required=False, choices=[("", _("Any status")), *Status.choices]
    )
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("Any channel")), *Channel.choices]
    )
    agent = forms.TypedChoiceField(label=_("Agent"), required=False, coerce=int, empty_value=None)
    csat = forms.ChoiceField(label=_("Rating"), required=False, choices=CSAT_CHOICES)
    tag = forms.CharField(label=_("Tag"), required=False, max_length=120)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    def __init__(self, *args: Any, agents: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(agents.items(), key=lambda item: item[1].casefold())
        field = self.fields["agent"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [("", _("Any agent")), *named]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day lies before the first one."))
        return data


class RevealForm(forms.Form):
    reason = forms.ChoiceField(
        label=_("Why do you need to see it?"),
        choices=RevealReason.choices,
        widget=forms.RadioSelect,
        help_text=_("Your name, the reason and the time are recorded."),
    )
