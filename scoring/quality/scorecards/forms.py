"""What people may send about scorecards. Teams are set per request, inside the scope."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any, cast

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from typing_extensions import override

from scoring.quality.models import Category
from scoring.quality.models.scorecards import (
    HIGHEST_WEIGHT,
    NAME_LENGTH,
    TEXT_LENGTH,
    AutoFail,
    Mode,
    RevieweeRule,
    Scale,
)
from scoring.quality.scorecards.causes import DEEPEST, WrongTier, read_causes, written_causes
from scoring.quality.scorecards.files import LARGEST
from scoring.quality.scorecards.rubrics import (
    Conditions,
    Rubric,
    RubricCategory,
    RubricCause,
    RubricGroup,
)
from tickets.models import Channel

_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8})*")
_LONG = forms.Textarea(attrs={"rows": 3})


def _words(text: str) -> tuple[str, ...]:
    """Comma-separated words, each once, in the order given."""
    return tuple(dict.fromkeys(word for part in text.split(",") if (word := part.strip())))


def _whole(label: Any, **options: Any) -> forms.IntegerField:
    return forms.IntegerField(label=label, min_value=0, max_value=HIGHEST_WEIGHT, **options)


class ConditionFields(forms.Form):
    """When something applies. Nothing chosen asks for nothing."""

    channels = forms.MultipleChoiceField(
        label=gettext_lazy("Only in these channels"),
        choices=Channel.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    teams = forms.TypedMultipleChoiceField(
        label=gettext_lazy("Only for these teams"),
        coerce=int,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    tags = forms.CharField(
        label=gettext_lazy("Only with one of these tags"),
        required=False,
        max_length=TEXT_LENGTH,
        help_text=gettext_lazy("With commas between them."),
    )
    languages = forms.CharField(
        label=gettext_lazy("Only in these languages"),
        required=False,
        max_length=200,
        help_text=gettext_lazy("Codes such as en, de, pt-BR, with commas between them."),
    )

    def __init__(self, *args: Any, teams: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        choices = [(str(team), name) for team, name in teams.items()]
        cast("forms.TypedMultipleChoiceField", self.fields["teams"]).choices = choices
        if not choices:
            del self.fields["teams"]

    def clean_tags(self) -> tuple[str, ...]:
        tags = _words(self.cleaned_data["tags"])
        if any(len(tag) > NAME_LENGTH for tag in tags):
            raise forms.ValidationError(_("A tag has at most 120 characters."))
        return tags

    def clean_languages(self) -> tuple[str, ...]:
        languages = _words(self.cleaned_data["languages"])
        if wrong := [word for word in languages if not _LANGUAGE.fullmatch(word)]:
            raise forms.ValidationError(
                _("“%(word)s” is not a language code, such as en or pt-BR.") % {"word": wrong[0]}
            )
        return languages

    def conditions(self) -> Conditions:
        """Of a form that is valid."""
        data = self.cleaned_data
        return Conditions(
            channels=tuple(data["channels"]),
            languages=data["languages"],
            tags=data["tags"],
            teams=tuple(data.get("teams", ())),
        )

    @property
    def condition_fields(self) -> list[forms.BoundField]:
        names = ConditionFields.base_fields
        return [self[name] for name in names if name in self.fields]


def condition_values(conditions: Conditions) -> dict[str, object]:
    return {
        "channels": list(conditions.channels),
        "teams": [str(team) for team in conditions.teams],
        "tags": ", ".join(conditions.tags),
        "languages": ", ".join(conditions.languages),
    }


class _OwnFieldsMixin:
    """The fields that are not conditions, in their order."""

    @property
    def own_fields(self) -> list[forms.BoundField]:
        form = cast("forms.Form", self)
        return [form[name] for name in form.fields if name not in ConditionFields.base_fields]


class DetailsForm(_OwnFieldsMixin, ConditionFields):
    mode = forms.ChoiceField(label=gettext_lazy("How ratings become a score"), choices=Mode.choices)
    pass_mark = forms.DecimalField(
        label=gettext_lazy("Pass mark"),
        min_value=Decimal(0),
        max_value=Decimal(100),
        decimal_places=2,
        help_text=gettext_lazy("In percent. The one target there is: nothing else sets a colour."),
    )
    reviewee_rule = forms.ChoiceField(
        label=gettext_lazy("Who is reviewed"),
        choices=RevieweeRule.choices,
        help_text=gettext_lazy("Proposed when a review begins; the reviewer can change it."),
    )
    change_note = forms.CharField(
        label=gettext_lazy("What changes, and why"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=_LONG,
        help_text=gettext_lazy("Shown with the announcement."),
    )

    @staticmethod
    def values(rubric: Rubric, change_note: str) -> dict[str, object]:
        return {
            "mode": rubric.mode,
            "pass_mark": f"{rubric.pass_mark.normalize():f}",
            "reviewee_rule": rubric.reviewee_rule,
            "change_note": change_note,
            **condition_values(rubric.conditions),
        }


class GroupForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the group"), max_length=NAME_LENGTH)
    weight = _whole(
        gettext_lazy("Weight of the group"),
        initial=0,
        help_text=gettext_lazy("Matters only where groups are weighted."),
    )
    is_bonus = forms.BooleanField(
        label=gettext_lazy("Bonus group"),
        required=False,
        help_text=gettext_lazy("Its points come on top. It never lowers a score."),
    )

    def content(self) -> RubricGroup:
        return RubricGroup(**self.cleaned_data)


class CategoryForm(_OwnFieldsMixin, ConditionFields):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    description = forms.CharField(
        label=gettext_lazy("What is asked"), required=False, max_length=TEXT_LENGTH, widget=_LONG
    )
    good_example = forms.CharField(
        label=gettext_lazy("Good example"), required=False, max_length=TEXT_LENGTH, widget=_LONG
    )
    bad_example = forms.CharField(
        label=gettext_lazy("Bad example"), required=False, max_length=TEXT_LENGTH, widget=_LONG
    )
    kind = forms.ChoiceField(label=gettext_lazy("Kind"), choices=Category.Kind.choices)
    scale = forms.ChoiceField(label=gettext_lazy("Scale"), choices=Scale.choices)
    weight = _whole(
        gettext_lazy("Weight"), initial=10, help_text=gettext_lazy("A whole number from 0 to 100.")
    )
    auto_fail = forms.ChoiceField(
        label=gettext_lazy("A rating below the middle of the scale"), choices=AutoFail.choices
    )
    allows_na = forms.BooleanField(
        label=gettext_lazy("May be left out as not applicable"), required=False, initial=True
    )
    low_needs_comment = forms.BooleanField(
        label=gettext_lazy("A low rating needs a comment"), required=False
    )
    low_needs_cause = forms.BooleanField(
        label=gettext_lazy("A low rating needs a root cause"), required=False
    )
    causes = forms.CharField(
        label=gettext_lazy("Root causes to choose from"),
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 5}),
        help_text=gettext_lazy(
            "One a line. A hyphen in front puts a cause under the one above it, two hyphens one "
            "tier deeper."
        ),
    )

    def clean_causes(self) -> tuple[RubricCause, ...]:
        try:
            causes = read_causes(self.cleaned_data["causes"])
        except WrongTier as error:
            words = (
                _("“%(line)s” stands too deep: there are at most %(tiers)s tiers.")
                if error.is_too_deep
                else _("“%(line)s” stands too deep: at most one tier below the line above it.")
            )
            raise forms.ValidationError(words % {"line": error.line, "tiers": DEEPEST}) from error
        names = [cause.name for root in causes for _depth, cause in root.walk()]
        if any(len(name) > NAME_LENGTH for name in names):
            raise forms.ValidationError(_("A root cause has at most 120 characters."))
        return causes

    def content(self) -> RubricCategory:
        data = {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ConditionFields.base_fields
        }
        return RubricCategory(conditions=self.conditions(), **data)

    @staticmethod
    def values(category: RubricCategory) -> dict[str, object]:
        names = set(CategoryForm.base_fields) - set(ConditionFields.base_fields) - {"causes"}
        return {
            **{name: getattr(category, name) for name in names},
            "causes": written_causes(category.causes),
            **condition_values(category.conditions),
        }


class WeightsForm(forms.Form):
    """One number per group and category of a draft, by id."""

    def __init__(self, *args: Any, rubric: Rubric, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for group in rubric.groups:
            self.fields[f"g{group.id}"] = _whole(group.name, required=False)
            for category in group.scored:
                self.fields[f"c{category.id}"] = _whole(category.name, required=False)

    def numbers(self, letter: str) -> dict[int, int]:
        """The valid numbers, of groups (`g`) or categories (`c`); what is empty stays as it is."""
        return {
            int(name[1:]): value
            for name, value in self.cleaned_data.items()
            if name[0] == letter and value is not None
        }


class NamesForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name"), max_length=NAME_LENGTH)
    description = forms.CharField(
        label=gettext_lazy("What it is for"),
        required=False,
        max_length=TEXT_LENGTH,
        widget=_LONG,
    )


class CloneForm(forms.Form):
    name = forms.CharField(label=gettext_lazy("Name of the copy"), max_length=NAME_LENGTH)


class NewForm(forms.Form):
    name = forms.CharField(
        label=gettext_lazy("Name"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=gettext_lazy("Left empty, the name of what you start from."),
    )
    start = forms.ChoiceField(label=gettext_lazy("Start from"), widget=forms.RadioSelect)

    def __init__(self, *args: Any, examples: Iterable[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        start = cast("forms.ChoiceField", self.fields["start"])
        start.choices = [*examples, ("", _("An empty scorecard"))]
        start.required = False

    @override
    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if not data.get("start") and not data.get("name") and "name" not in self.errors:
            self.add_error("name", _("An empty scorecard needs a name."))
        return data


class ImportForm(forms.Form):
    file = forms.FileField(label=gettext_lazy("Exported scorecard (JSON)"))
    new_name = forms.CharField(
        label=gettext_lazy("New name"),
        max_length=NAME_LENGTH,
        required=False,
        help_text=gettext_lazy("Left empty, the name in the file."),
    )

    def clean_file(self) -> UploadedFile[bytes]:
        file: UploadedFile[bytes] = self.cleaned_data["file"]
        if (file.size or 0) > LARGEST:
            raise forms.ValidationError(_("A scorecard's file has at most one megabyte."))
        return file


class SettingsForm(forms.Form):
    dispute_days = forms.IntegerField(
        label=gettext_lazy("Days to dispute a review"),
        min_value=1,
        max_value=365,
        help_text=gettext_lazy("Counted from when the review is shared with the agent."),
    )
    decision_days = forms.IntegerField(
        label=gettext_lazy("Days to decide a dispute"), min_value=1, max_value=365
    )
    notice_days = forms.IntegerField(
        label=gettext_lazy("Days between announcing a scorecard and applying it"),
        min_value=0,
        max_value=365,
        help_text=gettext_lazy("A first version applies at once; a change waits this long."),
    )
    minimum_reviews = forms.IntegerField(
        label=gettext_lazy("Reviews that a figure needs"),
        min_value=2,
        max_value=100,
        help_text=gettext_lazy(
            "Below it every page, export and API answer says “not enough data” instead."
        ),
    )
