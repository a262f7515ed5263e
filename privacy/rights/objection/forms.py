from __future__ import annotations

from typing import TYPE_CHECKING

from django import forms
from django.utils.translation import gettext_lazy as _

from privacy.rights.correspondence.forms import LONGEST
from privacy.rights.objection.models import Balancing

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise


def _words(label: _StrOrPromise, hint: _StrOrPromise) -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=hint,
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
    )


class BalancingForm(forms.Form):
    """The three questions of GDPR Art. 21(1), each answered in words."""

    interests = _words(
        _("What speaks for the use?"),
        _("Interests of the organisation or of others, and why they need this data."),
    )
    situation = _words(
        _("What in the person's situation speaks against it?"), _("Begin with what they wrote.")
    )
    less = _words(
        _("What would do less harm?"), _("A shorter period, fewer people, figures without names.")
    )
    proposed = forms.ChoiceField(label=_("Proposal"), choices=Balancing.Outcome.choices)


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(label=_("Decision"), choices=Balancing.Outcome.choices)
    words = forms.CharField(
        label=_("Reasons for the person"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("How to appeal and where to complain is added."),
    )
