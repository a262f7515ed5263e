from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 5_000


class LetterForm(forms.Form):
    text = forms.CharField(
        label=_("What to write"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "It stands behind the person's link; the mail says only that there is a letter."
        ),
    )
