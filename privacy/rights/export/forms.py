"""What is asked for around a copy."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.rights.models import RequestKind


class AskForm(forms.Form):
    """A member asks for their own data."""

    kind = forms.ChoiceField(
        label=_("What do you ask for?"),
        choices=[
            (kind.value, kind.label) for kind in (RequestKind.ACCESS, RequestKind.PORTABILITY)
        ],
    )


class FactForm(forms.Form):
    fact = forms.CharField(
        label=_("The number of one of your conversations with us"),
        max_length=120,
        help_text=_("It stands in our mails. Only you should know it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class TransferForm(forms.Form):
    controller = forms.CharField(
        label=_("Who is to get your data?"),
        max_length=200,
        help_text=_("The company or service as it calls itself."),
        widget=forms.TextInput(attrs={"autocomplete": "organization"}),
    )
