"""The product's settings plus the migration linter, which is a development tool."""

from __future__ import annotations

from kaizo import settings
from kaizo.embedded.checks import PACKAGES
from kaizo.settings import *  # noqa: F403 - the product's settings are the base

INSTALLED_APPS = [*settings.INSTALLED_APPS, "django_migration_linter"]
MIGRATION_LINTER_OPTIONS = {
    "include_apps": [
        name.rpartition(".")[2]
        for name in settings.INSTALLED_APPS
        if name.partition(".")[0] in PACKAGES
    ],
    "ignore_initial_migrations": True,  # nothing runs yet that they could break
    "sql_analyser": "postgresql",
    "no_cache": True,
}
