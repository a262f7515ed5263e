"""By what the list of looks is narrowed."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from kaizo.core.days import DayField
from privacy.api import PURPOSES, registered_readings


class LookFilters(forms.Form):
    """Everything is optional."""

    what = forms.ChoiceField(label=_("What"), required=False)
    purpose = forms.ChoiceField(label=_("Purpose"), required=False)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        readings = sorted(registered_readings().items(), key=lambda pair: str(pair[1]).casefold())
        self._choose("what", [("", _("Anything")), *readings])
        self._choose("purpose", [("", _("Any purpose")), *PURPOSES.items()])

    def _choose(self, name: str, choices: list[tuple[str, Any]]) -> None:
        field = self.fields[name]
        assert isinstance(field, forms.ChoiceField)  # noqa: S101 - declared above
        field.choices = choices

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day lies before the first one."))
        return data
