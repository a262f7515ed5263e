"""What an admin sends about an agent's team."""

from __future__ import annotations

from typing import Any, cast

from django import forms
from django.utils.translation import gettext_lazy as _

from kaizo.core.days import DayField


def _day(label: Any) -> forms.DateField:
    return DayField(label=label)


class MoveForm(forms.Form):
    agent = forms.TypedChoiceField(label=_("Agent"), coerce=int)
    since = _day(_("From"))

    def __init__(self, *args: Any, agents: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(agents.items(), key=lambda pair: pair[1].casefold())
        cast("forms.ChoiceField", self.fields["agent"]).choices = named


class TakeOutForm(forms.Form):
    since = _day(_("Until, not including"))
