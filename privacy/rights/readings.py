"""Who looked at what of a copy before it was handed out."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from privacy.accountability.access_log import register_readings


class Reading(models.TextChoices):
    """An event's name in the log, and what the people concerned are told was looked at."""

    COPY = "privacy.copy.looked_through", _("Texts of a copy, before it was handed out")


register_readings({reading.value: reading.label for reading in Reading})
