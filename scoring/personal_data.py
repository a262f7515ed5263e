"""What figures say about people: how agents work, and when customers were dealt with."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.api import NotPersonal, Personal, Rule, Via, call, declare, no_personal_data
from scoring import contesting, copies, erasing, freezing, readings
from scoring.coaching import personal_data as coaching
from scoring.metrics.arithmetic import SUMS
from scoring.metrics.models import AgentDay, TeamDay, TicketActs
from scoring.quality import personal_data as quality

__all__ = ["coaching", "quality", "readings"]  # imported for the declarations that they make

_WORK = {Purpose.QUALITY_EVALUATION, Purpose.COACHING}
_PERFORMANCE = {name: Personal("work.performance") for name in SUMS}

declare(
    TicketActs,
    subject=[
        Via("ticket__subject", "customer", role="requester"),
        Via("agent__subject", "agent", role="author of the acts", on_erase="unlink"),
    ],
    purposes=_WORK,
    retention=Rule("ticket_record", trigger="ticket__solved_at"),
    fields={
        "day": Personal("metadata.time"),
        "channel": Personal("metadata.state"),
        **_PERFORMANCE,
    },
)

declare(
    AgentDay,
    subject=[Via("agent__subject", "agent", role="agent")],
    purposes=_WORK,
    retention=Rule("score", trigger="day"),
    fields={
        "day": Personal("metadata.time"),
        "channel": NotPersonal("a way of contact, not whose"),
        "acts": Personal("work.performance"),
        **_PERFORMANCE,
    },
)

no_personal_data(TeamDay, "sums of a whole team, without anybody's name or number")

call({TicketActs: _("figures of conversations"), AgentDay: _("figures of days")})

copies.register()
erasing.register()
freezing.register()
contesting.register()
