"""What the person is told when it is done: what was erased, what stays, on which ground and until
when, and who was told. Holds no values, so that it may stay; words are found when it is shown."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as later
from django.utils.translation import ngettext

from kaizo.core import clock
from privacy.policy import parts_of, retention_rules
from privacy.registry import registry
from privacy.rights.graph import graph_of
from privacy.rights.holds import holds_over, kept_rows
from privacy.rights.models import HoldReason, Plan, PlanStep, RecipientNotice, RightsRequest
from privacy.rights.people import load_person
from privacy.rights.requests import subject_ids_of

# From when the periods count, of what stays of an erased person (see policy.toml).
_STARTS = (later("the request was closed"), later("the code was sent"), later("the event"))


def write_certificate(plan: Plan) -> None:
    """Put the certificate, as things stand, on the plan. In the tenant's scope."""
    steps = list(PlanStep.objects.filter(plan=plan).order_by("position"))
    plan.certificate = {
        "plan": plan.digest,
        "checked_at": clock.now().isoformat(timespec="seconds"),
        "erased": [_line(step) for step in steps if step.action == "delete" and step.changed],
        "unlinked": [_line(step) for step in steps if step.action == "unlink" and step.changed],
        "inside_others": [_line(step) for step in steps if step.action == "store"],
        "key_destroyed": any(
            step.action == "key" and step.state == PlanStep.State.DONE for step in steps
        ),
        "held": list(_held(plan)),
        "stays": list(_stays(plan)),
        "told": [
            {"recipient": notice.recipient, "state": notice.state}
            for notice in RecipientNotice.objects.filter(plan=plan).order_by("pk")
        ],
    }
    plan.save(update_fields=["certificate"])


def _line(step: PlanStep) -> dict[str, Any]:
    return {"label": step.label, "rows": step.changed}


def _held(plan: Plan) -> Iterator[dict[str, Any]]:
    person = load_person(plan.organisation_id, subject_ids_of(plan.request))
    for kind, subject_ids in person.by_kind():
        for hold in holds_over(kept_rows(graph_of(kind), subject_ids)):
            yield {"reason": hold.reason, "until": hold.expires_at.date().isoformat()}


def _stays(plan: Plan) -> Iterator[dict[str, Any]]:
    rules = retention_rules()
    for line in plan.data["stays"]:
        rule = rules[line["rule"]]
        yield {**line, "period": rule.period, "starts": rule.starts}


@dataclass(frozen=True, slots=True)
class Certificate:
    """In words of the reader's language; pairs are (what, how many)."""

    checked_at: datetime
    erased: list[tuple[str, int]]
    unlinked: list[tuple[str, int]]
    inside_others: list[tuple[str, int]]
    key_destroyed: bool
    held: list[tuple[str, date]]
    stays: list[tuple[str, str, str]]  # what, on which ground, how long
    told: list[tuple[str, str]]  # whom, and what became of it


def certificate_of(plan: Plan | None) -> Certificate | None:
    """The certificate to show, None before there is one."""
    if plan is None or plan.certificate is None:
        return None
    kept: Mapping[str, Any] = plan.certificate
    return Certificate(
        checked_at=datetime.fromisoformat(kept["checked_at"]),
        erased=_by_name(kept["erased"]),
        unlinked=_by_name(kept["unlinked"]),
        inside_others=_by_name(kept["inside_others"]),
        key_destroyed=kept["key_destroyed"],
        held=[
            (str(HoldReason(each["reason"]).label), date.fromisoformat(each["until"]))
            for each in kept["held"]
        ],
        stays=_stays_in_words(kept["stays"]),
        told=[
            (
                registry.name_of(each["recipient"]),
                str(RecipientNotice.State(each["state"]).label),
            )
            for each in kept["told"]
        ],
    )


def certificate_of_request(request: RightsRequest) -> Certificate | None:
    """That of the request's current plan. In the tenant's scope."""
    plans = Plan.objects.filter(request=request, superseded_at__isnull=True)
    return certificate_of(plans.first())


def _by_name(lines: Iterable[Mapping[str, Any]]) -> list[tuple[str, int]]:
    counts: dict[str, int] = {}
    for line in lines:
        name = registry.name_of(line["label"])
        counts[name] = counts.get(name, 0) + line["rows"]
    return [(name, rows) for name, rows in counts.items() if rows]


def _stays_in_words(lines: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    found = {
        (
            registry.name_of(line["label"]),
            _(line["reason"]) if line["reason"] else "",
            _("%(period)s, counted from: %(starts)s")
            % {"period": period_in_words(line["period"]), "starts": _(line["starts"])},
        ): None
        for line in lines
    }
    return list(found)


def period_in_words(period: str) -> str:
    """An ISO 8601 duration, as far as periods are written in the policy's table."""
    words = {
        "years": lambda n: ngettext("%(n)s year", "%(n)s years", n),
        "months": lambda n: ngettext("%(n)s month", "%(n)s months", n),
        "days": lambda n: ngettext("%(n)s day", "%(n)s days", n),
        "hours": lambda n: ngettext("%(n)s hour", "%(n)s hours", n),
        "minutes": lambda n: ngettext("%(n)s minute", "%(n)s minutes", n),
    }
    return " ".join(words[unit](n) % {"n": n} for unit, n in parts_of(period).items())
