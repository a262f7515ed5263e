"""What the pages about assignments ask."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, cast
from zoneinfo import ZoneInfo

from django import forms
from django.utils.translation import gettext_lazy as _

from kaizo.accounts.forms import time_zone_choices
from kaizo.core import clock
from kaizo.core.days import DayField
from scoring.quality.assignments.cycles import LOOK_BACK_DAYS, Calendar, Cycle, local_day
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.services import People, Terms
from scoring.quality.assignments.words import RATING_LABELS
from scoring.quality.models import Assignment, Pick
from scoring.quality.models.scorecards import NAME_LENGTH
from tickets.models import Channel, Priority, Status

MOST = 100  # reviews per reviewee or reviewer and cycle
_MOST_ASKED = 100_000  # replies, or hours: more than eleven years
_RANGES = ("replies", "hours", "wait_hours")


def _is_over(data: Mapping[str, Any]) -> bool:
    """Whether the last cycle has passed, in the assignment's zone."""
    if not data.get("cycle") or not data.get("time_zone"):
        return False
    calendar = Calendar(Cycle(data["cycle"]), data["starts_on"], data.get("ends_on"))
    return calendar.current_or_next(local_day(clock.now(), ZoneInfo(data["time_zone"]))) is None


class _Words(forms.CharField):
    """Words with commas between them, as a tuple."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(required=False, max_length=300, **kwargs)

    def clean(self, value: Any) -> tuple[str, ...]:
        words = super().clean(value).split(",")
        return tuple(dict.fromkeys(word.strip() for word in words if word.strip()))


def _several(label: Any, choices: Iterable[Any] = ()) -> forms.TypedMultipleChoiceField:
    return forms.TypedMultipleChoiceField(
        label=label, required=False, choices=list(choices), widget=forms.CheckboxSelectMultiple
    )


def _ids(label: Any) -> forms.TypedMultipleChoiceField:
    field = _several(label)
    field.coerce = int
    return field


def _number(label: Any, **kwargs: Any) -> forms.IntegerField:
    return forms.IntegerField(
        label=label, required=False, min_value=0, max_value=_MOST_ASKED, **kwargs
    )


def _day(label: Any, **kwargs: Any) -> forms.DateField:
    return DayField(label=label, **kwargs)


class AssignmentForm(forms.Form):
    """A standing order for reviews. Who can take part and which scorecards there are is given."""

    name = forms.CharField(label=_("Name"), max_length=NAME_LENGTH)
    scorecard_id = forms.TypedChoiceField(label=_("Scorecard"), coerce=int)

    who = forms.ChoiceField(label=_("Who reviews"), choices=Assignment.Who.choices)
    reviewers = _ids(_("Reviewers"))
    teams = _ids(_("Teams to be reviewed"))
    agents = _ids(_("Agents to be reviewed"))

    cycle = forms.ChoiceField(label=_("How often"), choices=Assignment.Cycle.choices)
    goal = forms.IntegerField(label=_("Reviews"), min_value=1, max_value=MOST, initial=2)
    goal_of = forms.ChoiceField(label=_("Counted"), choices=Assignment.Goal.choices)
    starts_on = _day(_("First day"))
    ends_on = _day(_("Last day"), required=False)
    due_days = forms.IntegerField(
        label=_("Days to finish"),
        required=False,
        min_value=0,
        max_value=60,
        help_text=_("From a cycle's first day on. Empty: until the cycle ends."),
    )
    time_zone = forms.ChoiceField(label=_("Time zone"), choices=time_zone_choices)

    method = forms.ChoiceField(
        label=_("Sample"),
        choices=Assignment.Method.choices,
        help_text=_(
            "Only random samples tell how good the work is on the whole. Unusual and badly rated"
            " conversations are counted apart."
        ),
    )
    is_blind = forms.BooleanField(
        label=_("Reviewers do not see what others gave the same conversation"), required=False
    )
    may_replace = forms.BooleanField(
        label=_("Reviewers may replace what does not fit, with a reason"),
        required=False,
        initial=True,
    )

    days = forms.IntegerField(
        label=_("Days to look back"),
        required=False,
        min_value=1,
        max_value=365,
        help_text=_("Conversations solved in this many days before a cycle begins."),
    )
    channels = _several(_("Channels"), Channel.choices)
    statuses = _several(_("Status"), Status.choices)
    priorities = _several(_("Priority"), Priority.choices)
    rating = forms.ChoiceField(
        label=_("Rating"),
        required=False,
        choices=[("", _("No matter")), *RATING_LABELS.items()],
    )
    is_reopened = forms.BooleanField(label=_("Only reopened conversations"), required=False)
    languages = _Words(label=_("Languages"), help_text=_("Codes, such as nl, de"))
    tags = _Words(label=_("Tags"), help_text=_("One of these, separated by commas"))
    from_teams = _ids(_("Assigned to somebody in"))
    replies_min = _number(_("Replies, at least"))
    replies_max = _number(_("Replies, at most"))
    hours_min = _number(_("Hours to the solution, at least"))
    hours_max = _number(_("Hours to the solution, at most"))
    wait_hours_min = _number(_("Hours the requester waited, at least"))
    wait_hours_max = _number(_("Hours the requester waited, at most"))

    WHAT = ("name", "scorecard_id")
    WHEN = ("cycle", "goal", "goal_of", "starts_on", "ends_on", "due_days", "time_zone")
    HOW = ("method", "may_replace", "is_blind")
    LISTS = ("channels", "statuses", "priorities", "from_teams")
    WHICH = (
        "days", "rating", "languages", "tags", "replies_min", "replies_max", "hours_min",
        "hours_max", "wait_hours_min", "wait_hours_max",
    )  # fmt: skip

    def offer(
        self,
        *,
        scorecards: Mapping[int, str],
        reviewers: Mapping[int, str],
        teams: Mapping[int, str],
        agents: Mapping[int, str],
    ) -> None:
        """Names of what may be chosen, by id."""
        offered = {
            "scorecard_id": scorecards, "reviewers": reviewers, "teams": teams, "agents": agents,
            "from_teams": teams,
        }  # fmt: skip
        for name, named in offered.items():
            ordered = sorted(named.items(), key=lambda item: item[1].casefold())
            cast("forms.ChoiceField", self.fields[name]).choices = ordered

    def part(self, names: Iterable[str]) -> list[forms.BoundField]:
        return [self[name] for name in names]

    def what(self) -> list[forms.BoundField]:
        return self.part(self.WHAT)

    def when(self) -> list[forms.BoundField]:
        return self.part(self.WHEN)

    def how(self) -> list[forms.BoundField]:
        return self.part(self.HOW)

    def lists(self) -> list[forms.BoundField]:
        return self.part(self.LISTS)

    def which(self) -> list[forms.BoundField]:
        return self.part(self.WHICH)

    def has_conditions(self) -> bool:
        """Whether any is asked or wrong, so that the page shows them."""
        names = (*self.LISTS, *self.WHICH, "is_reopened")
        return any(self[name].value() or self[name].errors for name in names)

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        for name in _RANGES:
            low, high = data.get(f"{name}_min"), data.get(f"{name}_max")
            if low is not None and high is not None and low > high:
                self.add_error(f"{name}_max", _("This is less than the lower limit."))
        starts, ends = data.get("starts_on"), data.get("ends_on")
        if starts and ends and ends < starts:
            self.add_error("ends_on", _("This day lies before the first one."))
        elif starts and _is_over(data):
            self.add_error("ends_on" if ends else "starts_on", _("No cycle is left to begin."))
        if not data.get("teams") and not data.get("agents"):
            self.add_error("teams", _("Choose at least one team or agent."))
        if data.get("who") == Assignment.Who.REVIEWERS and not data.get("reviewers"):
            self.add_error("reviewers", _("Choose at least one reviewer."))
        return data

    def terms(self) -> Terms:
        data = self.cleaned_data
        names = (*self.WHAT, "who", *self.WHEN, *self.HOW)
        return Terms(filters=self._filters(), **{name: data[name] for name in names})

    def people(self) -> People:
        data = self.cleaned_data
        return People(reviewers=data["reviewers"], agents=data["agents"], teams=data["teams"])

    def _filters(self) -> Filters:
        data = self.cleaned_data
        usual = data["days"] == LOOK_BACK_DAYS[Cycle(data["cycle"])]
        return Filters(
            days=None if usual else data["days"],
            channels=tuple(data["channels"]),
            statuses=tuple(data["statuses"]),
            priorities=tuple(data["priorities"]),
            languages=data["languages"],
            tags=data["tags"],
            teams=tuple(data["from_teams"]),
            rating=data["rating"],
            is_reopened=data["is_reopened"],
            **{
                f"{name}_{end}": data[f"{name}_{end}"] for name in _RANGES for end in ("min", "max")
            },
        )


def initial_of(assignment: Assignment, people: People) -> dict[str, Any]:
    """What the form shows of an assignment as it is."""
    filters = Filters.from_json(assignment.filters)
    names = ("name", "scorecard_id", "who", *AssignmentForm.WHEN, *AssignmentForm.HOW)
    same = (*AssignmentForm.WHICH, "channels", "statuses", "priorities", "is_reopened")
    return {
        **{name: getattr(assignment, name) for name in names},
        **{name: getattr(filters, name) for name in same},
        "languages": ", ".join(filters.languages),
        "tags": ", ".join(filters.tags),
        "from_teams": filters.teams,
        "reviewers": people.reviewers,
        "teams": people.teams,
        "agents": people.agents,
    }


class ReasonForm(forms.Form):
    """Why a pick goes. The reasons of the schedule are not offered."""

    REASONS = tuple(c for c in Pick.Reason.choices if c[0] != Pick.Reason.GONE)

    reason = forms.ChoiceField(
        label=_("Why?"),
        choices=REASONS,
        widget=forms.RadioSelect,
        help_text=_("Replaced and removed conversations are counted and reported."),
    )


class ReassignForm(forms.Form):
    reviewer = forms.TypedChoiceField(label=_("New reviewer"), coerce=int)

    def __init__(self, *args: Any, reviewers: Mapping[int, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = sorted(reviewers.items(), key=lambda item: item[1].casefold())
        cast("forms.ChoiceField", self.fields["reviewer"]).choices = named
