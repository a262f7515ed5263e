"""Everything of the demo in one process: starting one costs more than loading what is here already.

`python -m kaizo.embedded.demo [--sandbox ADDRESS]`; prints the sign-ins.
"""

from __future__ import annotations

import os
import sys


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "kaizo.settings")
    import django
    from django.core.management import call_command

    django.setup()
    call_command("load_demo", *sys.argv[1:])
    call_command("load_demo_quality")


if __name__ == "__main__":
    main()
