"""What is wrong with a connection, in words, and whom to tell."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from integrations.base import Problem
from integrations.models import Connection
from kaizo.core import clock

SKEW_SHOWN: Final = 120  # seconds
# Trouble that may pass is not worth a mail at once; nor is the same trouble twice a day.
_PATIENCE: Final = timedelta(hours=1)
_SILENCE: Final = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class Words:
    """What happened, and what to do about it."""

    what: str | Promise
    advice: str | Promise


WORDS: Final[dict[str, Words]] = {
    Problem.WRONG_ADDRESS: Words(
        _("The helpdesk was not found at its address."),
        _("Check the address or sub-domain. We keep trying."),
    ),
    Problem.WRONG_CREDENTIALS: Words(
        _("The helpdesk does not accept the credentials."),
        _("Enter them again. Nothing is fetched until then."),
    ),
    Problem.MISSING_SCOPE: Words(
        _("The account we use in the helpdesk lacks a right."),
        _("Give it the rights listed on this page, then authorise the connection again."),
    ),
    Problem.REVOKED: Words(
        _("Access was revoked or has expired."),
        _("Authorise the connection again. Nothing is fetched until then."),
    ),
    Problem.UNREACHABLE: Words(
        _("The helpdesk does not answer."),
        _("Nothing to do: we keep trying and go on where we stopped."),
    ),
    Problem.RATE_LIMITED: Words(
        _("The helpdesk asks us to wait."),
        _("Nothing to do: we go on when it allows. Other programs may be using up the allowance."),
    ),
    Problem.MALFORMED: Words(
        _("The helpdesk's answer cannot be read."),
        _("We keep trying. If it stays so, tell whoever runs this installation."),
    ),
    Problem.CURSOR_REJECTED: Words(
        _("The helpdesk no longer knows the place where we stopped."),
        _("Start again from a date. What is already here is not doubled."),
    ),
    Problem.CLOCK_SKEW: Words(
        _("The helpdesk's clock and ours differ."),
        _("Tell whoever runs this installation, or your own helpdesk, to set the clock."),
    ),
    Problem.REFUSED_HERE: Words(
        _("Our own rules forbid to call this address."),
        _("Check the register of processors: the host must be listed and its transfer tool valid."),
    ),
    Problem.STOPPED: Words(
        _("The worker broke off several times at the same place."),
        _("Tell whoever runs this installation."),
    ),
    Problem.UNSUPPORTED: Words(
        _("This version of the product does not speak to this helpdesk."),
        _("Disconnect it, or ask whoever runs this installation."),
    ),
    Problem.MANY_MISSING: Words(
        _("More than a tenth of the tickets or customers look deleted in the helpdesk."),
        _("Check that our account there still sees everything. Nothing is erased here meanwhile."),
    ),
}
# Somebody has to act: told at once.
_URGENT: Final = frozenset(
    {
        Problem.WRONG_CREDENTIALS, Problem.MISSING_SCOPE, Problem.REVOKED, Problem.REFUSED_HERE,
        Problem.MANY_MISSING,
    }
)  # fmt: skip


def words_for(connection: Connection) -> Words | None:
    """None when all is well."""
    if connection.problem:
        return WORDS.get(connection.problem)
    if abs(connection.clock_skew) > SKEW_SHOWN:
        return WORDS[Problem.CLOCK_SKEW]
    return None


def note_problem(connection: Connection, problem: Problem) -> list[str]:
    """Set the problem on the row, in memory; returns the fields that changed."""
    if connection.problem == problem:
        return []
    connection.problem = problem
    connection.problem_since = clock.now()
    return ["problem", "problem_since"]


def clear_problem(connection: Connection) -> list[str]:
    connection.problem = ""
    connection.problem_since = None
    connection.failures = 0
    return ["problem", "problem_since", "failures"]


def clear_by_page(connection: Connection) -> list[str]:
    """A page has come, which ends every trouble but the one that only a comparison can end."""
    if connection.problem == Problem.MANY_MISSING:
        connection.failures = 0
        return ["failures"]
    return clear_problem(connection)


def is_worth_a_mail(connection: Connection, now: datetime) -> bool:
    """Whether the owner should hear of the problem now: once, and not again the same day."""
    since = connection.problem_since
    if not connection.problem or since is None:
        return False
    if connection.problem not in _URGENT and now - since < _PATIENCE:
        return False
    told = connection.told_at
    return told is None or (told < since and now - told > _SILENCE)
