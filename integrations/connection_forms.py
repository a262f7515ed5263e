"""What the pages about connections ask. The questions of a helpdesk come from its `Vendor`."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime, time, timedelta
from typing import Any, Final

from django import forms
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from typing_extensions import override

from integrations.base import SettingField, Vendor
from integrations.connections import Terms
from integrations.models import Connection
from kaizo.accounts.forms import country_choices
from kaizo.core import clock
from kaizo.core.days import DayField
from privacy.api import TransferTool

_WINDOWS: Final = (30, 90, 180, 365)
_PREFIX: Final = "setting_"
_REGISTER: Final = ("country", "tool", "tool_reference", "tool_valid_from", "tool_valid_to")
_OF_CONNECTION: Final = ("name", "window", "erase_instruction")


def _window_choices() -> list[tuple[int, str]]:
    return [
        (days, ngettext("The last day", "The last %(days)s days", days) % {"days": days})
        for days in _WINDOWS
    ]


def _question(setting: SettingField, *, required: bool) -> forms.Field:
    """A secret is never written back into a page, also not after a mistake."""
    widget = (
        forms.PasswordInput(attrs={"autocomplete": "off"})
        if setting.is_secret
        else forms.TextInput(attrs={"autocomplete": "off"})
    )
    return forms.CharField(
        label=_(setting.label),
        help_text=_(setting.help_text) if setting.help_text else "",
        required=required,
        max_length=2_000,
        widget=widget,
    )


class _VendorForm(forms.Form):
    """The fields of a vendor's settings, before the form's own."""

    def ask(self, settings: Iterable[SettingField], *, all_optional: bool = False) -> None:
        # Secrets side by side: browsers take a form with scattered ones for several sign-ins.
        questions = {
            f"{_PREFIX}{setting.name}": _question(
                setting, required=setting.required and not all_optional
            )
            for setting in sorted(settings, key=lambda setting: setting.is_secret)
        }
        self.fields = {**questions, **self.fields}

    def settings(self) -> dict[str, str]:
        """The answers by the settings' names; unanswered questions are left out."""
        return {
            name.removeprefix(_PREFIX): value
            for name, value in self.cleaned_data.items()
            if name.startswith(_PREFIX) and value
        }


class ConnectForm(_VendorForm):
    """Everything that is needed before the first ticket is fetched."""

    name = forms.CharField(
        label=gettext_lazy("Name of the connection"), max_length=100, required=False
    )
    window = forms.TypedChoiceField(
        label=gettext_lazy("Fetch conversations from"), coerce=int, initial=_WINDOWS[1]
    )
    country = forms.ChoiceField(
        label=gettext_lazy("Country in which the helpdesk keeps the data"),
        choices=country_choices,
        help_text=gettext_lazy("It goes into your register of processors."),
    )
    tool = forms.ChoiceField(
        label=gettext_lazy("Transfer tool"),
        required=False,
        choices=[("", gettext_lazy("None is needed")), *TransferTool.choices],
        help_text=gettext_lazy("Needed for countries without an adequacy decision."),
    )
    tool_reference = forms.CharField(
        label=gettext_lazy("Reference of the contract or certificate"),
        max_length=200,
        required=False,
    )
    tool_valid_from = DayField(
        label=gettext_lazy("In force from"),
        required=False,
    )
    tool_valid_to = DayField(
        label=gettext_lazy("Until"),
        required=False,
    )
    erase_instruction = forms.ChoiceField(
        label=gettext_lazy("When somebody is erased here"),
        choices=Connection.Erase.choices,
        initial=Connection.Erase.ASK,
    )
    allows_private_address = forms.BooleanField(
        label=gettext_lazy("The helpdesk is in our own network"),
        required=False,
        help_text=gettext_lazy("Allows addresses that the operator of this installation permits."),
    )

    def __init__(self, vendor: Vendor, country: str, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.ask(vendor.settings)
        self.fields["name"].initial = vendor.name
        self.fields["country"].initial = country
        window = self.fields["window"]
        assert isinstance(window, forms.TypedChoiceField)  # noqa: S101 - declared above
        window.choices = _window_choices()
        if vendor.cloud_suffix:
            del self.fields["allows_private_address"]
        if not vendor.can_erase_at_source:
            del self.fields["erase_instruction"]

    def groups(self) -> list[tuple[str, list[forms.BoundField]]]:
        """The questions under their headings."""
        later = {*_OF_CONNECTION, *_REGISTER}
        access = [field for field in self if field.name not in later]
        return [
            (_("Access to the helpdesk"), access),
            (_("This connection"), [field for field in self if field.name in _OF_CONNECTION]),
            (_("Where the data lies"), [field for field in self if field.name in _REGISTER]),
        ]

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        first, last = data.get("tool_valid_from"), data.get("tool_valid_to")
        if first and last and last < first:
            self.add_error("tool_valid_to", _("It ends before it begins."))
        return data

    def since(self) -> datetime:
        return clock.now() - timedelta(days=self.cleaned_data["window"])

    def terms(self) -> Terms:
        data = self.cleaned_data
        return Terms(
            country=data["country"],
            tool=data["tool"],
            tool_reference=data["tool_reference"],
            tool_valid_from=data["tool_valid_from"],
            tool_valid_to=data["tool_valid_to"],
            allows_private_address=data.get("allows_private_address", False),
        )


class AuthoriseForm(_VendorForm):
    """New answers to a helpdesk's questions; what is left empty stays as it was."""

    def __init__(self, vendor: Vendor, *args: Any, may_stay: bool = False, **kwargs: Any) -> None:
        """`may_stay`: nothing has to change, since the helpdesk is asked for consent anew."""
        super().__init__(*args, **kwargs)
        self.may_stay = may_stay
        self.ask(vendor.settings, all_optional=True)

    @override
    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not (self.may_stay or any(data.values())):
            raise forms.ValidationError(_("Change at least one answer."))
        return data


class RunAgainForm(forms.Form):
    since = DayField(label=gettext_lazy("Read again from"))

    def clean_since(self) -> datetime:
        moment = datetime.combine(self.cleaned_data["since"], time(), UTC)
        if moment > clock.now():
            raise forms.ValidationError(_("This day has not come yet."))
        return moment


class OptionsForm(forms.Form):
    erase_instruction = forms.ChoiceField(
        label=gettext_lazy("When somebody is erased here"), choices=Connection.Erase.choices
    )
    hook_secret = forms.CharField(
        label=gettext_lazy("Secret for webhooks"),
        required=False,
        max_length=500,
        widget=forms.PasswordInput(attrs={"autocomplete": "off"}),
        help_text=gettext_lazy("As the helpdesk shows it. Left empty, it stays as it is."),
    )

    def __init__(self, vendor: Vendor | None, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if vendor is None or not vendor.can_erase_at_source:
            del self.fields["erase_instruction"]
        if vendor is None or not vendor.has_webhooks:
            del self.fields["hook_secret"]
