"""Refusals and standings in words; word, icon and tone always go together."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from kaizo.core.errors import Conflict, DomainError
from scoring.quality.disputes.rules import Deadline, Refusal

_REFUSALS: dict[Refusal, str | Promise] = {
    Refusal.NOT_THEIRS: _("Only the agent whose work was reviewed can dispute a review."),
    Refusal.NOT_SUBMITTED: _("This review is not finished. Dispute it once it is shared."),
    Refusal.NOT_DISPUTABLE: _("This review counts in no figure, so there is nothing to dispute."),
    Refusal.ANNULLED: _("This review was annulled and counts nowhere."),
    Refusal.TOO_LATE: _(
        "The time to dispute this review is over: %(days)s days from when it was shared or last "
        "decided."
    ),
    Refusal.SETTLED: _("This dispute was settled meanwhile."),
    Refusal.OWN_REVIEW: _("You gave this review, so somebody else decides."),
    Refusal.OWN_DISPUTE: _("You opened this dispute, so somebody else decides."),
    Refusal.OWN_WORK: _("The review is about your work, so somebody else decides."),
    Refusal.DECIDED_BEFORE: _(
        "You decided an earlier dispute about the same, so somebody else decides this one."
    ),
}


def sentence(refusal: Refusal, *, days: int = 0) -> str:
    return str(_REFUSALS[refusal]) % {"days": days}


def refuse(refusal: Refusal | None, *, days: int = 0) -> None:
    """Raise what the refusal says: Conflict when somebody else was faster, else DomainError."""
    if refusal is not None:
        raise (Conflict if refusal == Refusal.SETTLED else DomainError)(
            sentence(refusal, days=days)
        )


@dataclass(frozen=True, slots=True)
class Status:
    word: str | Promise
    icon: str
    tone: str


STATUSES: dict[Deadline, Status] = {
    Deadline.OVERDUE: Status(_("Overdue"), "exclamation-triangle-fill", "poor"),
    Deadline.SOON: Status(_("Due soon"), "hourglass-split", "weak"),
    Deadline.IN_TIME: Status(_("Open"), "clock", "info"),
    Deadline.ACCEPTED: Status(_("Accepted"), "check-lg", "excellent"),
    Deadline.PARTLY: Status(_("Partly accepted"), "dash-circle-fill", "good"),
    Deadline.REJECTED: Status(_("Rejected"), "x-lg", "outline"),
    Deadline.WITHDRAWN: Status(_("Withdrawn"), "reply", "outline"),
}
