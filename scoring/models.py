"""Every table of the app, gathered from its parts: Django looks for models here."""

from __future__ import annotations

from scoring.coaching.models import Pin
from scoring.metrics.models import AgentDay, TeamDay, TicketActs
from scoring.quality.models import *  # noqa: F403 - the package's __all__ is the list
from scoring.quality.models import __all__ as quality_models

__all__ = ["AgentDay", "Pin", "TeamDay", "TicketActs", *quality_models]  # noqa: PLE0604 - names, all strings
