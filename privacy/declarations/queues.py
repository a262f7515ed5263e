"""What Celery keeps. It has no tables here: queues live in Valkey and results are not stored."""

from __future__ import annotations

from privacy.registry import register_store

register_store("valkey.queues", "Tasks that wait: names and ids only (check privacy.E012).")
