from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from privacy.rights import decisions
from privacy.rights.models import RefusalGround


class RefuseForm(forms.Form):
    """Offers the grounds that the law has against this right."""

    ground = forms.ChoiceField(
        label=_("Ground"),
        error_messages={"invalid_choice": _("A refusal needs one of the law's grounds.")},
    )
    text = forms.CharField(
        label=_("Reasons"), max_length=5_000, widget=forms.Textarea(attrs={"rows": 3})
    )

    @override
    def __init__(self, kind: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offered = [RefusalGround(ground) for ground in decisions.offered(kind)]
        self.fields["ground"].choices = [(each.value, each.label) for each in offered]  # type: ignore[attr-defined]  # a ChoiceField
