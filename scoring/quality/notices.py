"""Where notices about quality lead."""

from __future__ import annotations

from kaizo.accounts.notices import register_notice_links

LINKS = {
    "scoring.review": ("quality:review", "review_id"),
    "scoring.dispute": ("quality:dispute", "dispute_id"),
    "scoring.calibrationsession": ("quality:calibration", "session_id"),
    "scoring.scorecard": ("quality:scorecard", "scorecard_id"),
    "scoring.assignmentcycle": ("quality:own_cycle", "cycle_id"),
}


def register() -> None:
    register_notice_links(LINKS)
