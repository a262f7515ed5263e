"""What the portal asks for. Nothing that is not needed to answer (GDPR Art. 5(1)(c), 12(2))."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.rights.objection.models import OBJECTABLE
from privacy.rights.states import Kind

LONGEST = 5_000
# Without words these cannot be answered.
_NEEDS_WORDS = frozenset({Kind.RECTIFICATION, Kind.OBJECTION, Kind.CONTEST})
_HINTS = {
    Kind.RECTIFICATION: _("What is wrong, and what is right?"),
    Kind.OBJECTION: _("What in your situation speaks against it?"),
    Kind.CONTEST: _("Which score, and why is it wrong?"),
}


class AskForm(forms.Form):
    """One right. `message` and `purpose` stay only where the right needs them."""

    contact = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        help_text=_("The one you wrote to us from. We send a link there to make sure it is you."),
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    purpose = forms.ChoiceField(
        label=_("What do you object to?"), choices=[(use.value, use.label) for use in OBJECTABLE]
    )
    message = forms.CharField(
        label=_("Anything we should know"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )

    def __init__(self, kind: Kind, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if kind is not Kind.OBJECTION:
            del self.fields["purpose"]
        if kind in _NEEDS_WORDS:
            self.fields["message"].required = True
            self.fields["message"].label = _HINTS[kind]


class SeeForm(forms.Form):
    contact = forms.EmailField(
        label=_("Your e-mail address"),
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class ConfirmForm(forms.Form):
    fact = forms.CharField(
        label=_("The number of one of your conversations with us"),
        required=False,
        max_length=120,
        help_text=_("It stands in our mails. Only you should know it."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )


class AppealForm(forms.Form):
    text = forms.CharField(
        label=_("Why do you not agree?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
    )
