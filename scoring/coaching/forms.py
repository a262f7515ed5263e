"""What somebody who keeps a conversation for a talk is asked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

LONGEST = 4_000


class PinForm(forms.Form):
    agent = forms.TypedChoiceField(label=_("With whom?"), coerce=int)
    message = forms.TypedChoiceField(
        label=_("About what?"), coerce=int, required=False, empty_value=None
    )
    note = forms.CharField(
        label=_("Note"),
        required=False,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_(
            "For coaching only, and the agent can read it. Leave customers' names out of it."
        ),
    )

    def __init__(
        self,
        *args: Any,
        agents: Mapping[int, str],
        messages: Mapping[int, str],
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["agent"]).choices = list(agents.items())
        whole = ("", _("The whole conversation"))
        cast("forms.ChoiceField", self.fields["message"]).choices = [whole, *messages.items()]
