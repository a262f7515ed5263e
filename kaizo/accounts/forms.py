"""What people may send. Plain forms: choices that belong to an organisation are set per request,
inside its scope."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Any, cast
from zoneinfo import available_timezones

import holidays
from django import forms
from django.contrib.auth.password_validation import validate_password
from django.core.validators import RegexValidator
from django.utils.translation import gettext_lazy as _
from typing_extensions import override

from kaizo.accounts.hours import BadHours, parse_hours, write_hours
from kaizo.accounts.models import Membership, User
from kaizo.accounts.selectors import possible_leads
from kaizo.core.days import DayField
from kaizo.core.permissions import Role

WEEKDAYS = (
    _("Monday"),
    _("Tuesday"),
    _("Wednesday"),
    _("Thursday"),
    _("Friday"),
    _("Saturday"),
    _("Sunday"),
)
FEWEST_PLACES = 4
_COUNTRY_CODE = re.compile(r"[A-Z]{2}")


@cache
def country_choices() -> list[tuple[str, str]]:
    """Countries with known public holidays, by English name (split from the library's own)."""
    found = {
        code: re.sub(r"(?<=[a-z])(?=[A-Z])", " ", names[0])
        for names in holidays.registry.COUNTRIES.values()
        for code in names[1:]
        if _COUNTRY_CODE.fullmatch(code)
    }
    return sorted(found.items(), key=lambda item: item[1])


@cache
def time_zone_choices() -> list[tuple[str, str]]:
    return [(name, name.replace("_", " ")) for name in sorted(available_timezones()) if "/" in name]


class LinesField(forms.CharField):
    """A list, one a line; empty lines and repetitions are left out."""

    def __init__(self, *, longest: int, most: int, **options: Any) -> None:
        super().__init__(widget=forms.Textarea(attrs={"rows": 4}), required=False, **options)
        self.longest, self.most = longest, most

    @override
    def prepare_value(self, value: Any) -> Any:
        return "\n".join(value) if isinstance(value, list) else value

    @override
    def clean(self, value: Any) -> list[str]:
        lines = [line.strip() for line in str(super().clean(value)).splitlines()]
        found = list(dict.fromkeys(filter(None, lines)))
        if len(found) > self.most:
            raise forms.ValidationError(_("At most %(most)d lines."), params={"most": self.most})
        if any(len(line) > self.longest for line in found):
            message = _("A line has at most %(longest)d characters.")
            raise forms.ValidationError(message, params={"longest": self.longest})
        return found


class SlugField(forms.CharField):
    def __init__(self) -> None:
        wanted = _("Use two or more small letters, digits and hyphens, with no hyphen in front.")
        super().__init__(
            label=_("Short name in addresses"),
            max_length=50,
            help_text=_("Small letters, digits and hyphens, such as acme-support."),
            validators=[RegexValidator(r"^[a-z0-9][a-z0-9-]+\Z", wanted)],
        )


class PasswordField(forms.CharField):
    def __init__(self) -> None:
        super().__init__(
            label=_("Password"),
            strip=False,
            widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
            help_text=_("At least ten characters; a phrase of several words is best."),
        )


class OrganisationForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)
    country = forms.ChoiceField(label=_("Country"), choices=country_choices)
    time_zone = forms.ChoiceField(
        label=_("Time zone"),
        choices=time_zone_choices,
        help_text=_("Days and business hours are counted in this zone."),
    )
    order_number_forms = LinesField(
        longest=40,
        most=50,
        label=_("Forms of your order numbers"),
        help_text=_(
            "One a line; 9 stands for a digit, A for a letter, such as SO-999999. They are hidden"
            " in conversations, because they lead to a person."
        ),
    )
    brand_names = LinesField(
        longest=80,
        most=500,
        label=_("Names of products and partners"),
        help_text=_(
            "One a line. Names that look like a person's stay readable in conversations, unless"
            " somebody in it has the same name. Texts are read again within minutes."
        ),
    )

    def clean_order_number_forms(self) -> list[str]:
        """A form of few places would hide every second number or word."""
        forms_given: list[str] = self.cleaned_data["order_number_forms"]
        for form in forms_given:
            if sum(sign in "9A" for sign in form) < FEWEST_PLACES:
                message = _("%(form)s: give at least %(count)d digits or letters.")
                params = {"form": form, "count": FEWEST_PLACES}
                raise forms.ValidationError(message, params=params)
        return forms_given


class HoursForm(forms.Form):
    """One line of text per weekday."""

    def __init__(self, *args: Any, week: dict[int, list[tuple[int, int]]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for weekday, label in enumerate(WEEKDAYS):
            self.fields[f"day_{weekday}"] = forms.CharField(
                label=label, required=False, max_length=120, initial=write_hours(week[weekday])
            )

    @override
    def clean(self) -> dict[str, Any]:
        spans: list[tuple[int, int, int]] = []
        for weekday in range(len(WEEKDAYS)):
            name = f"day_{weekday}"
            try:
                day = parse_hours(self.cleaned_data.get(name, ""))
            except BadHours:
                self.add_error(name, _("Write spans such as 09:00-12:30, 13:00-17:30."))
                continue
            spans += [(weekday, opens, closes) for opens, closes in day]
        return {**self.cleaned_data, "spans": spans}


class HolidayForm(forms.Form):
    day = DayField(label=_("Day"))
    name = forms.CharField(label=_("Name"), max_length=120)


class InvitationForm(forms.Form):
    email = forms.EmailField(label=_("E-mail address"))
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.AGENT)

    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["role"]).choices = roles_to_give(actor)


class RoleForm(forms.Form):
    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)

    def __init__(self, *args: Any, actor: Membership, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("forms.ChoiceField", self.fields["role"]).choices = roles_to_give(actor)


def roles_to_give(actor: Membership) -> list[tuple[str, str]]:
    """Only an owner may make somebody an owner."""
    return [
        (role.value, str(role.label))
        for role in Role
        if role != Role.OWNER or actor.role == Role.OWNER
    ]


class TeamForm(forms.Form):
    name = forms.CharField(label=_("Name"), max_length=120)


if TYPE_CHECKING:
    _MemberField = forms.ModelChoiceField[Membership]
else:
    _MemberField = forms.ModelChoiceField  # not generic at run time


class MemberField(_MemberField):
    @override
    def label_from_instance(self, obj: Membership) -> str:
        return obj.user.name


class LeadForm(forms.Form):
    member = MemberField(label=_("Lead"), queryset=None, empty_label=_("Choose a member"))
    valid_from = DayField(label=_("From"))
    valid_to = DayField(
        label=_("Until, not including"),
        required=False,
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        cast("MemberField", self.fields["member"]).queryset = possible_leads()


class EndLeadForm(forms.Form):
    valid_to = DayField(label=_("Last day, not including"))


class AccountForm(forms.Form):
    """Name and password of a new account. `email` is known and not asked for."""

    name = forms.CharField(
        label=_("Your name"),
        max_length=120,
        widget=forms.TextInput(attrs={"autocomplete": "name"}),
    )
    password = PasswordField()

    def __init__(self, *args: Any, email: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.known_email = email

    @override
    def clean(self) -> dict[str, Any]:
        password = self.cleaned_data.get("password")
        if password:
            person = User(
                email=self.cleaned_data.get("email", self.known_email),
                name=self.cleaned_data.get("name", ""),
            )
            try:
                validate_password(password, person)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return self.cleaned_data


class SetupForm(AccountForm):
    code = forms.CharField(
        label=_("Set-up code"),
        max_length=40,
        help_text=_("Printed by ./dev up --no-demo, and by manage.py setup_code."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )
    organisation_name = forms.CharField(label=_("Name of your organisation"), max_length=120)
    slug = SlugField()
    email = forms.EmailField(
        label=_("Your e-mail address"),
        widget=forms.EmailInput(attrs={"autocomplete": "username"}),
    )

    field_order = ("code", "organisation_name", "slug", "name", "email", "password")


class ProfileForm(forms.Form):
    name = forms.CharField(label=_("Your name"), max_length=120)
    theme = forms.ChoiceField(
        label=_("Colours"), choices=User.Theme.choices, widget=forms.RadioSelect
    )
