"""Migrate both databases in one process, as the owner. `python -m kaizo.embedded.prepare`."""

from __future__ import annotations

import os


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
    os.environ["KAIZO_DATABASE_ROLE"] = "owner"
    import django
    from django.core.management import call_command

    django.setup()
    from kaizo.core.routers import labels_of

    for alias in ("default", "vault"):
        call_command("migrate", *labels_of(alias), database=alias, interactive=False, verbosity=0)


if __name__ == "__main__":
    main()
