from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.rights.correspondence.forms import LONGEST
from privacy.rights.restriction.models import FreezeGround, LiftReason


class FreezeForm(forms.Form):
    ground = forms.ChoiceField(label=_("Ground of the freeze"), choices=FreezeGround.choices)


class AnnounceForm(forms.Form):
    reason = forms.ChoiceField(label=_("Why it ends"), choices=LiftReason.choices)
    words = forms.CharField(
        label=_("What to write to the person"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("The freeze ends only after this has been sent."),
    )
