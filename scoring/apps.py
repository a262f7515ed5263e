from __future__ import annotations

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ScoringConfig(AppConfig):
    name = "scoring"
    verbose_name = _("Scoring")

    def ready(self) -> None:
        from scoring.quality import changes, notices
        from scoring.quality.calibration.services import follow_scores
        from scoring.quality.dashboards.rollups import follow_reviews

        changes.follow(follow_reviews)
        changes.follow(follow_scores)
        notices.register()
