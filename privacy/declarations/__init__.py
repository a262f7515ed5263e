"""Declarations for tables that are not ours: Django's, allauth's, Celery's."""

from __future__ import annotations

from privacy.declarations import accounts, framework, queues

__all__ = ["accounts", "framework", "queues"]
