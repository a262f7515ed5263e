from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 5_000


class LetterForm(forms.Form):
    """`has_mailbox`: whether a mail can tell the person that there is a letter."""

    text = forms.CharField(
        label=_("What to write"), max_length=LONGEST, widget=forms.Textarea(attrs={"rows": 4})
    )

    def __init__(self, *args: Any, has_mailbox: bool = True, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["text"].help_text = (
            _("It stands behind the person's link; the mail says only that there is a letter.")
            if has_mailbox
            else _("Nobody is mailed: send it by post or say it, and note here that you have.")
        )
