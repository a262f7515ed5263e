"""Everything that changes scorecards. Each function is one transaction in the scope in force."""

from __future__ import annotations

from scoring.quality.scorecards.services.contents import (
    add_category,
    add_group,
    change_category,
    change_group,
    move_category,
    move_group,
    remove_category,
    remove_group,
    set_weights,
)
from scoring.quality.scorecards.services.settings import change_settings
from scoring.quality.scorecards.services.versions import (
    archive,
    change_details,
    change_scorecard,
    clone,
    create_scorecard,
    discard_draft,
    publish,
    replace_rubric,
    restore,
    start_draft,
)

__all__ = [
    "add_category",
    "add_group",
    "archive",
    "change_category",
    "change_details",
    "change_group",
    "change_scorecard",
    "change_settings",
    "clone",
    "create_scorecard",
    "discard_draft",
    "move_category",
    "move_group",
    "publish",
    "remove_category",
    "remove_group",
    "replace_rubric",
    "restore",
    "set_weights",
    "start_draft",
]
