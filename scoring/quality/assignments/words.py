"""Why a conversation was picked, what an assignment asks and what a preview found, in words."""

from __future__ import annotations

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from kaizo.core import ui
from scoring.quality.assignments.filters import Filters
from scoring.quality.assignments.planning import Plan
from scoring.quality.models import Assignment, Pick
from tickets.models import Channel, Priority, Status

RATING_LABELS = {
    "good": gettext_lazy("Good"),
    "bad": gettext_lazy("Bad"),
    "rated": gettext_lazy("Any rating"),
    "none": gettext_lazy("Not rated"),
}


def why_of(pick: Pick) -> str:
    """One sentence, with the figure behind it where there is one."""
    times = ui.exact_number(pick.why_measure) if pick.why_measure is not None else ""
    match pick.why:
        case Pick.Why.STRATUM:
            return _("Drawn at random from %(channel)s") % {"channel": _channel(pick.why_stratum)}
        case Pick.Why.LONG:
            return _("%(times)s times as many replies as usual") % {"times": times}
        case Pick.Why.SLOW:
            return _("Took %(times)s times as long as usual") % {"times": times}
        case Pick.Why.REOPENED if pick.why_measure == 1:
            return _("Reopened once, which is unusual")
        case Pick.Why.REOPENED:
            return _("Reopened more often than usual (%(times)s times)") % {"times": times}
        case _other:
            return str(pick.get_why_display())


def _channel(code: str) -> str:
    return str(dict(Channel.choices).get(code, code))


def goal_of(assignment: Assignment) -> str:
    """`2 per reviewee every week`."""
    if assignment.method == Assignment.Method.LOW_CSAT:
        return _("All with a bad rating, %(cycle)s") % {"cycle": _cycle(assignment)}
    whom = assignment.get_goal_of_display()
    return _("%(n)s %(whom)s, %(cycle)s") % {
        "n": assignment.goal, "whom": whom, "cycle": _cycle(assignment),
    }  # fmt: skip


def _cycle(assignment: Assignment) -> str:
    return str(assignment.get_cycle_display()).lower()


def found_in(plan: Plan) -> str:
    """`This would pick 24 of 310 conversations: 12 e-mail, 12 chat.`"""
    found = ngettext(
        "This would pick %(n)s of %(all)s conversation",
        "This would pick %(n)s of %(all)s conversations",
        plan.conversations,
    ) % {"n": ui.number(len(plan.picks)), "all": ui.number(plan.conversations)}
    parts = [f"{n} {_channel(code)}" for code, n in plan.channels.most_common()]
    return f"{found}: {', '.join(parts)}." if parts else f"{found}."


def conditions_of(filters: Filters, teams: dict[int, str]) -> Iterator[tuple[str, str]]:
    """What is asked of conversations, as pairs of a label and a value."""
    lists = (
        (_("Channel"), [_channel(code) for code in filters.channels]),
        (_("Status"), [str(dict(Status.choices).get(s, s)) for s in filters.statuses]),
        (_("Priority"), [str(dict(Priority.choices).get(p, p)) for p in filters.priorities]),
        (_("Language"), list(filters.languages)),
        (_("Tag"), list(filters.tags)),
        (_("Team"), [teams.get(key, "") for key in filters.teams]),
    )
    yield from ((label, ", ".join(filter(None, values))) for label, values in lists if values)
    if filters.rating:
        yield _("Rating"), str(RATING_LABELS.get(filters.rating, ""))
    if filters.is_reopened:
        yield _("Reopened"), _("Yes")
    if filters.days:
        days = ngettext("the last day", "the last %(n)s days", filters.days) % {"n": filters.days}
        yield _("Looks back"), days
    yield from _ranges(filters)


def _ranges(filters: Filters) -> Iterator[tuple[str, str]]:
    ranges = (
        (_("Replies"), filters.replies_min, filters.replies_max),
        (_("Hours to the solution"), filters.hours_min, filters.hours_max),
        (_("Hours the requester waited"), filters.wait_hours_min, filters.wait_hours_max),
    )
    for label, low, high in ranges:
        if low is not None and high is not None:
            yield label, _("%(low)s to %(high)s") % {"low": low, "high": high}
        elif low is not None:
            yield label, _("at least %(low)s") % {"low": low}
        elif high is not None:
            yield label, _("at most %(high)s") % {"high": high}
