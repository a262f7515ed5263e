#!/usr/bin/env python3
"""Django's command line, with the environment of the running instance."""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
    from kaizo.embedded.environment import provide

    provide(sys.argv[1:])
    try:
        from django.core.management import execute_from_command_line
    except ImportError:
        sys.exit("Django is not installed here: use ./dev manage, or .venv/bin/python manage.py")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
