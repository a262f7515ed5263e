"""Scorecards in plain words: what is wrong with a draft, what changed, what weights give."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from fractions import Fraction

from django.db.models import Choices
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from kaizo.core import ui
from scoring.quality.arithmetic import Mode
from scoring.quality.models import Category
from scoring.quality.models import scorecards as rows
from scoring.quality.scorecards.checking import Fault, Problem
from scoring.quality.scorecards.comparing import Change
from tickets.models import Channel

_PROBLEMS: dict[Fault, str | Promise] = {
    Fault.NOTHING_SCORED: gettext_lazy("No category is scored outside a bonus group."),
    Fault.NO_WEIGHT: gettext_lazy("Every scored category has the weight 0."),
    Fault.NO_GROUP_WEIGHT: gettext_lazy(
        "Groups are weighted, but every group with a scored category has the weight 0."
    ),
    Fault.GROUP_WITHOUT_WEIGHTS: gettext_lazy(
        "The group “%(group)s” has a weight, but none of its scored categories has."
    ),
    Fault.OUT_OF_REACH: gettext_lazy("All points together do not reach the pass mark."),
    Fault.EMPTY_GROUP: gettext_lazy("The group “%(group)s” has no category."),
    Fault.SAME_GROUP: gettext_lazy("Two groups are called “%(group)s”."),
    Fault.SAME_CATEGORY: gettext_lazy(
        "Two categories of the group “%(group)s” are called “%(category)s”."
    ),
    Fault.SAME_CAUSE: gettext_lazy(
        "Two root causes of “%(group)s: %(category)s” stand beside each other as “%(cause)s”."
    ),
    Fault.NO_CAUSES: gettext_lazy(
        "“%(group)s: %(category)s” asks for a root cause but has none to choose from."
    ),
    Fault.FAILS_UNSCORED: gettext_lazy(
        "“%(group)s: %(category)s” is not scored, so it cannot fail anything."
    ),
    Fault.NEVER_ASKED: gettext_lazy(
        "“%(group)s: %(category)s” is never asked: its conditions lie outside the scorecard’s."
    ),
}

_FIELDS: dict[str, str | Promise] = {
    "mode": gettext_lazy("how the score is worked out"),
    "pass_mark": gettext_lazy("the pass mark"),
    "reviewee_rule": gettext_lazy("who is reviewed"),
    "name": gettext_lazy("the name"),
    "weight": gettext_lazy("the weight"),
    "is_bonus": gettext_lazy("whether it is a bonus group"),
    "kind": gettext_lazy("the kind"),
    "scale": gettext_lazy("the scale"),
    "allows_na": gettext_lazy("whether it may be not applicable"),
    "auto_fail": gettext_lazy("auto-fail"),
    "low_needs_comment": gettext_lazy("whether a low rating needs a comment"),
    "low_needs_cause": gettext_lazy("whether a low rating needs a root cause"),
    "channels": gettext_lazy("the channels it applies to"),
    "languages": gettext_lazy("the languages it applies to"),
    "tags": gettext_lazy("the tags it applies to"),
    "teams": gettext_lazy("the teams it applies to"),
}

# Long texts are said to have changed; both versions can be read beside each other.
_TEXTS: dict[str, str | Promise] = {
    "description": gettext_lazy("The description of “%(where)s” changed."),
    "good_example": gettext_lazy("The good example of “%(where)s” changed."),
    "bad_example": gettext_lazy("The bad example of “%(where)s” changed."),
    "causes": gettext_lazy("The root causes of “%(where)s” changed."),
}

_CHOICES: dict[str, type[Choices]] = {
    "mode": rows.Mode,
    "reviewee_rule": rows.RevieweeRule,
    "kind": Category.Kind,
    "scale": rows.Scale,
    "auto_fail": rows.AutoFail,
}

_OTHERS: dict[str, Callable[[str, Change], str]] = {
    "added": lambda where, change: (
        (
            _("New: the category “%(where)s”.")
            if change.category
            else _("New: the group “%(where)s”.")
        )
        % {"where": where}
    ),
    "removed": lambda where, change: (
        (
            _("Gone: the category “%(where)s”.")
            if change.category
            else _("Gone: the group “%(where)s”.")
        )
        % {"where": where}
    ),
    "moved": lambda where, change: (
        _("“%(where)s” stood in the group “%(before)s” before.")
        % {"where": where, "before": change.before}
    ),
    "order": lambda _where, _change: _("Groups or categories stand in another order."),
}


def problem_sentence(problem: Problem) -> str:
    return str(_PROBLEMS[problem.fault]) % {
        "group": problem.group,
        "category": problem.category,
        "cause": problem.cause,
    }


def change_sentence(change: Change, teams: Mapping[int, str]) -> str:
    """`teams`: names by id, for conditions."""
    where = ": ".join(filter(None, (change.group, change.category)))
    if change.what in _OTHERS:
        return _OTHERS[change.what](where, change)
    if change.what in _TEXTS:
        return str(_TEXTS[change.what]) % {"where": where}
    values = {
        "where": where,
        "field": _FIELDS[change.what],
        "before": _value(change.what, change.before, teams),
        "after": _value(change.what, change.after, teams),
    }
    if not where:
        return _("The scorecard: %(field)s, from %(before)s to %(after)s.") % values
    return _("“%(where)s”: %(field)s, from %(before)s to %(after)s.") % values


def _value(name: str, value: object, teams: Mapping[int, str]) -> str:
    if name in _CHOICES:
        return f"“{_CHOICES[name](value).label}”"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, tuple):
        return condition_words(name, value, teams) or _("any")
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    return f"“{value}”" if isinstance(value, str) else str(value)


def condition_words(name: str, values: tuple[object, ...], teams: Mapping[int, str]) -> str:
    """The values of one condition, by name and in a row; empty when there are none."""
    if name == "teams":
        values = tuple(teams.get(int(str(team)), _("a team that is gone")) for team in values)
    elif name == "channels":
        values = tuple(str(Channel(str(channel)).label) for channel in values)
    return ", ".join(map(str, values))


def worth_words(part: Fraction, mode: str, *, is_bonus: bool) -> str:
    """What a full rating gives, with its unit."""
    written = ui.number(float(part), 0 if part.denominator == 1 else 1)
    if is_bonus:
        return _("up to %(points)s points on top") % {"points": written}
    if mode == Mode.ADDITIVE:
        return _("up to %(points)s points") % {"points": written}
    if mode == Mode.DEDUCTIVE:
        return _("up to %(points)s points off") % {"points": written}
    return _("%(percent)s%% of the score") % {"percent": written}
