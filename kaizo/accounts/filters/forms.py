"""What somebody who keeps a filter is asked."""

from __future__ import annotations

from django import forms
from django.utils.translation import gettext_lazy as _


class SaveFilterForm(forms.Form):
    """`query`: the list's own query string, as it stands."""

    query = forms.CharField(max_length=2_000, widget=forms.HiddenInput)
    name = forms.CharField(label=_("Name of the filter"), max_length=60)
    is_shared = forms.BooleanField(label=_("For everybody who sees this list"), required=False)
