"""What a review's form and the list's filters send. The rubric makes the fields, so answers are
read by category: `v-` value, `c-` comment, `k-` causes, `s-` the revision last seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django import forms
from django.http import QueryDict
from django.utils.translation import gettext as _now
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.models import Membership
from kaizo.core.days import DayField
from scoring.quality.models import Review, Scorecard
from scoring.quality.reviews.checking import Checker
from scoring.quality.reviews.scales import NOT_APPLICABLE
from scoring.quality.reviews.words import LONGEST
from scoring.quality.scorecards.rubrics import RubricCategory
from tickets.models import Channel

_NO_VALUE = -1  # on no scale
_MOST_DIGITS = 9


@dataclass(frozen=True, slots=True)
class Typed:
    """An answer as somebody sent it. `seen` is the revision at which they last saw it."""

    key: UUID
    value: int | None
    is_na: bool
    comment: str
    causes: frozenset[UUID]
    seen: int


def read_answers(data: QueryDict, categories: Iterable[RubricCategory]) -> list[Typed]:
    """The answers to those categories that the form held."""
    return [read_answer(data, c.key) for c in categories if f"s-{c.key}" in data]


def read_answer(data: QueryDict, key: UUID) -> Typed:
    """One category's answer; nonsense becomes a value that no scale has."""
    chosen = data.get(f"v-{key}", "")
    is_na = chosen == NOT_APPLICABLE
    return Typed(
        key=key,
        value=None if is_na or not chosen else _whole(chosen),
        is_na=is_na,
        comment=data.get(f"c-{key}", "").replace("\r\n", "\n"),
        causes=frozenset(filter(None, map(_uuid, data.getlist(f"k-{key}")))),
        seen=max(_whole(data.get(f"s-{key}", "")), 0),
    )


def _whole(text: str) -> int:
    fits = text.isascii() and text.isdecimal() and len(text) <= _MOST_DIGITS
    return int(text) if fits else _NO_VALUE


def _uuid(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None


class ReasonForm(forms.Form):
    """Why something that was settled is taken up again."""

    reason = forms.CharField(
        label=_("Why?"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("Whoever may see the review can read it."),
    )


class RevieweeForm(ReasonForm):
    agent = forms.TypedChoiceField(label=_("Whose work was it?"), coerce=int)
    field_order = ["agent", "reason"]

    def __init__(self, *args: Any, agents: dict[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field = self.fields["agent"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        named: list[tuple[int, str]] = sorted(agents.items(), key=lambda item: item[1].casefold())
        field.choices = named


class CheckerForm(forms.Form):
    """Who does a spot check: offered in the order in which they are preferred."""

    checker = forms.TypedChoiceField(label=_("Who checks"), coerce=int)

    def __init__(self, *args: Any, people: Iterable[Checker], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.people = {each.member.pk: each for each in people}
        field = self.fields["checker"]
        assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
        field.choices = [(key, _name_of(each)) for key, each in self.people.items()]
        field.help_text = _("People who had no part in the review come first.")

    def checker_of(self) -> Membership:
        """Whoever was chosen, once the form is valid."""
        return self.people[self.cleaned_data["checker"]].member


def _name_of(checker: Checker) -> str:
    name = checker.member.user.name
    if not checker.had_part:
        return name
    return _now("%(name)s (had a part in it, or has seen it)") % {"name": name}


class StartForm(forms.Form):
    """By which scorecard, and whether one message or the whole conversation is judged."""

    scorecard = forms.TypedChoiceField(label=_("Scorecard"), coerce=int)
    message = forms.TypedChoiceField(
        label=_("What is reviewed"), coerce=int, required=False, empty_value=None
    )

    def __init__(
        self, *args: Any, cards: dict[int, Scorecard], messages: dict[int, str], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        scorecard, message = self.fields["scorecard"], self.fields["message"]
        assert isinstance(scorecard, forms.TypedChoiceField)  # noqa: S101 - declared above
        assert isinstance(message, forms.TypedChoiceField)  # noqa: S101 - declared above
        scorecard.choices = [(key, card.name) for key, card in cards.items()]
        message.choices = [("", _("The whole conversation")), *messages.items()]


RESULTS = [
    ("", _("Any result")),
    ("passed", _("Passed")),
    ("failed", _("Not passed")),
    ("auto_failed", _("Auto-fail")),
    ("none", _("No score")),
]
STATES = [
    ("", _("Submitted")),
    ("counted", _("Counted in the score")),
    ("draft", _("Drafts")),
    ("unread", _("Not yet read by the agent")),
    ("suspended", _("Suspended by a dispute")),
    ("disputed", _("Ever disputed")),
]


_ANYTHING = {
    "reviewee": _("Any agent"),
    "reviewer": _("Any reviewer"),
    "team": _("Any team"),
    "scorecard": _("Any scorecard"),
    "low": _("Any category"),
    "rated": _("Any category"),
    "left_out": _("Any category"),
    "cause": _("Any root cause"),
}


def _key(label: Any) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(label=label, required=False, coerce=UUID, empty_value=None)


class ReviewFilters(forms.Form):
    """Everything the list can be narrowed by. People, teams and scorecards are given.

    Categories, root causes and `mine` are where figures lead: they are there when they are asked
    for.
    """

    reviewee = forms.TypedChoiceField(
        label=_("Agent"), required=False, coerce=int, empty_value=None
    )
    reviewer = forms.TypedChoiceField(
        label=_("Reviewer"), required=False, coerce=int, empty_value=None
    )
    scorecard = forms.TypedChoiceField(
        label=_("Scorecard"), required=False, coerce=int, empty_value=None
    )
    team = forms.TypedChoiceField(label=_("Team"), required=False, coerce=int, empty_value=None)
    channel = forms.ChoiceField(
        label=_("Channel"), required=False, choices=[("", _("Any channel")), *Channel.choices]
    )
    sample = forms.ChoiceField(
        label=_("Sample"), required=False, choices=[("", _("Any sample")), *Review.Sample.choices]
    )
    kind = forms.ChoiceField(
        label=_("Kind"), required=False, choices=[("", _("Any kind")), *Review.Kind.choices]
    )
    state = forms.ChoiceField(label=_("State"), required=False, choices=STATES)
    result = forms.ChoiceField(label=_("Result"), required=False, choices=RESULTS)
    since = DayField(label=_("From"), required=False)
    until = DayField(label=_("To"), required=False)

    low = _key(_("Low rating in"))
    rated = _key(_("Rated in"))
    left_out = _key(_("Not applicable in"))
    cause = _key(_("Root cause"))
    mine = forms.BooleanField(label=_("Reviews of my work"), required=False)

    def offer(self, offered: Mapping[str, Mapping[Any, str]]) -> None:
        """What can be chosen in each field, by name; a field without anything to choose goes."""
        if not self.data.get("mine"):
            del self.fields["mine"]
        for name, anything in _ANYTHING.items():
            if name not in offered:
                del self.fields[name]
                continue
            field = self.fields[name]
            assert isinstance(field, forms.TypedChoiceField)  # noqa: S101 - declared above
            by_name = sorted(offered[name].items(), key=lambda item: item[1].casefold())
            field.choices = [("", anything), *by_name]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        since, until = data.get("since"), data.get("until")
        if since and until and since > until:
            self.add_error("until", _("This day lies before the first one."))
        return data
