"""`manage.py load_demo_quality`: reviews, disputes and a calibration for the demo organisation."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand
from typing_extensions import override

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from scoring.quality.demo import load_demo_quality


class Command(BaseCommand):
    help = "Give every demo organisation eight weeks of quality reviews."

    @override
    def handle(self, *_args: Any, **_options: Any) -> None:
        """Changes nothing where there is a scorecard already."""
        for organisation_id in Organisation.objects.filter(is_demo=True).values_list(
            "pk", flat=True
        ):
            made = load_demo_quality(organisation_id, now=clock.now())
            if made:
                self.stderr.write(f"Made {made} reviews.")
