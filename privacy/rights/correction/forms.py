from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from privacy.rights.hooks import hooks


class CorrectionForm(forms.Form):
    """One value. Of profiles the row is known; conversations and messages are named by number."""

    what = forms.ChoiceField(label=_("What is wrong"))
    number = forms.IntegerField(
        label=_("Its number"),
        required=False,
        min_value=1,
        help_text=_("Of a conversation or message, as it stands in the page's address."),
    )
    value = forms.CharField(
        label=_("What is right"),
        max_length=254,
        help_text=_("For who wrote or handled something: the agent's name."),
    )

    @override
    def __init__(self, rows: list[tuple[str, str]], *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["what"].choices = rows  # type: ignore[attr-defined]  # a ChoiceField

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        name, _colon, row = given.get("what", "").partition(":")
        if name in hooks.correctors and not row and not given.get("number"):
            self.add_error("number", _("Name the conversation or the message."))
        target = row or given.get("number") or 0
        return given | {"corrector": name, "target_id": int(target)}
