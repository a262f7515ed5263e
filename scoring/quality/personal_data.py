"""What reviews say about people: agents who are judged, members who judge, customers quoted.

Nobody's erasure deletes a review: an agent's unlinks it and destroys the key of its words, and
what is left are figures of a team (GDPR Art. 17; promise KZ-13-02). A customer's takes the quotes.
"""

from __future__ import annotations

from dataclasses import replace

from django.utils.translation import gettext_lazy as _

from kaizo.core.tenancy import Purpose
from privacy.api import (
    Keep,
    NotPersonal,
    Personal,
    Rule,
    Shred,
    Via,
    call,
    declare,
    no_personal_data,
)
from scoring.quality.models import (
    Assignment,
    AssignmentCycle,
    AssignmentReviewee,
    AssignmentReviewer,
    CalibrationItem,
    CalibrationParticipant,
    CalibrationSession,
    Category,
    CategoryGroup,
    CommentMention,
    Dispute,
    Evidence,
    FollowUp,
    Pick,
    QualityAgentCategoryDay,
    QualityAgentDay,
    QualityCategoryDay,
    QualityCauseDay,
    QualityDay,
    QualityReviewerDay,
    QualitySettings,
    Rating,
    RatingCause,
    Review,
    ReviewChange,
    ReviewComment,
    RootCause,
    Scorecard,
    ScorecardVersion,
)

_WORK = {Purpose.QUALITY_EVALUATION, Purpose.COACHING}
_STAYS = Keep("the row is unlinked from the person and counts in the team's figures only")
_NOTE = Personal(
    "content.note",
    erase=Shred(),
    sensitive=True,
    free_text=True,
    others_possible=True,
    key="review__subject",
)
_TIME = Personal("metadata.time", erase=_STAYS)
_STATE = Personal("metadata.state", erase=_STAYS)
_SCORE = Personal("work.performance", erase=_STAYS)
_SETTING = NotPersonal("a setting, chosen by the organisation")
_OF_A_VERSION = (
    "number",
    "state",
    "mode",
    "pass_mark",
    "reviewee_rule",
    "change_note",
    "applies_from",
    "channels",
    "languages",
    "tags",
    "teams",
)
_OF_AN_ASSIGNMENT = (
    "name",
    "state",
    "cycle",
    "starts_on",
    "ends_on",
    "time_zone",
    "who",
    "method",
    "goal",
    "goal_of",
    "filters",
    "due_days",
    "is_blind",
    "may_replace",
)


def _unlinked(path: str, person: str, role: str, *, sees: str | None = None) -> Via:
    return Via(path, person, role=role, on_erase="unlink", sees=sees)  # type: ignore[arg-type]  # one of PersonKind, of Sees


_REVIEWER = _unlinked("review__reviewer__user", "user", "reviewer")
_OF_REVIEW = [
    _unlinked("review__reviewee__subject", "agent", "reviewee", sees="all"),
    _REVIEWER,
]

declare(
    Review,
    subject=[
        _unlinked("reviewee__subject", "agent", "reviewee", sees="all"),
        _unlinked("subject", "agent", "reviewee, whose key the words are under", sees="all"),
        _unlinked("reviewer__user", "user", "reviewer"),
        _unlinked("ticket__subject", "customer", "requester of the conversation"),
    ],
    purposes=_WORK,
    retention=Rule("score", trigger="started_at"),
    fields={
        "kind": _STATE,
        "sample": NotPersonal("how the conversation was picked"),
        "state": _STATE,
        "channel": NotPersonal("a way of contact, not whose"),
        "started_at": _TIME,
        "submitted_at": _TIME,
        "day": _TIME,
        "seconds_spent": Personal("work.activity", erase=_STAYS),
        "score": _SCORE,
        "passed": _SCORE,
        "auto_failed": _SCORE,
        "is_suspended": _STATE,
        "annulled_at": _TIME,
        "acknowledged_at": _TIME,
        "revision": NotPersonal("counts saves, so that two editors notice each other"),
    },
)

declare(
    Rating,
    subject=_OF_REVIEW,
    purposes=_WORK,
    retention=Rule("score", trigger="updated_at"),
    fields={
        "value": _SCORE,
        "is_na": _SCORE,
        "comment": _NOTE,
        "revision": NotPersonal("counts saves, so that two editors notice each other"),
        "updated_at": _TIME,
    },
)

declare(
    RatingCause,
    subject=[_unlinked("rating__review__reviewee__subject", "agent", "reviewee")],
    purposes=_WORK,
    retention=Rule("score", trigger="rating__updated_at"),
    fields={},
)

declare(
    Evidence,
    subject=[
        Via("subject", "customer", role="requester, whose key the quote is under"),
        _unlinked("review__reviewee__subject", "agent", "reviewee"),
    ],
    purposes=_WORK,
    retention=Rule("ticket_content", trigger="added_at"),
    fields={
        "quote": replace(_NOTE, category="content.message", key="subject"),
        "added_at": Personal("metadata.time"),
    },
)

declare(
    ReviewComment,
    subject=[*_OF_REVIEW, _unlinked("author__user", "user", "author", sees="all")],
    purposes=_WORK,
    retention=Rule("score", trigger="written_at"),
    fields={"body": _NOTE, "written_at": _TIME},
)

declare(
    CommentMention,
    subject=[Via("membership__user", "user", role="mentioned")],
    purposes=_WORK,
    retention=Rule("score", trigger="comment__written_at"),
    fields={},
)

declare(
    ReviewChange,
    subject=[
        # Who is reviewed now may not be who was when it was written.
        _unlinked("review__reviewee__subject", "agent", "reviewee"),
        _REVIEWER,
        Via(
            "reviewee__subject",
            "agent",
            role="reviewee then",
            on_erase="unlink",
            sees="all",
            cascades=True,
        ),
        _unlinked("actor__user", "user", "who changed it"),
    ],
    purposes=_WORK,
    retention=Rule("score", trigger="at"),
    fields={
        "event": _STATE,
        "at": _TIME,
        "score": _SCORE,
        "passed": _SCORE,
        "ratings": Personal("work.performance", erase=_STAYS, keys=("category", "value", "is_na")),
        "reason": replace(_NOTE, key="reviewee__subject"),
    },
)

declare(
    Dispute,
    subject=[
        *_OF_REVIEW,
        _unlinked("opened_by__user", "user", "who disputed", sees="all"),
        _unlinked("decided_by__user", "user", "who decided"),
        _unlinked("proposed_reviewee__subject", "agent", "proposed instead"),
    ],
    purposes=_WORK,
    retention=Rule("score", trigger="opened_at"),
    fields={
        "about": _STATE,
        "opened_at": _TIME,
        "due_at": _TIME,
        "reason": _NOTE,
        "proposed_value": _SCORE,
        "proposes_na": _SCORE,
        "state": _STATE,
        "decided_at": _TIME,
        "decision": _NOTE,
    },
)

declare(
    AssignmentReviewer,
    subject=[Via("membership__user", "user", role="reviewer")],
    purposes=_WORK,
    retention=Rule("score"),
    fields={},
)

declare(
    AssignmentReviewee,
    subject=[Via("agent__subject", "agent", role="reviewee")],
    purposes=_WORK,
    retention=Rule("score"),
    fields={},
)

declare(
    Pick,
    subject=[
        _unlinked("reviewee__subject", "agent", "reviewee"),
        _unlinked("reviewer__user", "user", "reviewer"),
        _unlinked("closed_by__user", "user", "who replaced or removed it"),
        _unlinked("ticket__subject", "customer", "requester of the conversation"),
    ],
    purposes=_WORK,
    retention=Rule("score", trigger="cycle__frozen_at"),
    fields={
        "position": NotPersonal("order within the cycle"),
        "why": NotPersonal("how the conversation was picked"),
        "why_measure": NotPersonal("how unusual the conversation was"),
        "why_stratum": NotPersonal("a channel"),
        "state": _STATE,
        "reason": _STATE,
        "closed_at": _TIME,
    },
)

declare(
    CalibrationParticipant,
    subject=[Via("membership__user", "user", role="participant")],
    purposes=_WORK,
    retention=Rule("score", trigger="session__created_at"),
    fields={},
)

declare(
    CalibrationItem,
    subject=[
        _unlinked("reviewee__subject", "agent", "reviewee"),
        _unlinked("ticket__subject", "customer", "requester of the conversation"),
    ],
    purposes=_WORK,
    retention=Rule("score", trigger="session__created_at"),
    fields={"position": NotPersonal("order within the session")},
)

declare(
    CalibrationSession,
    subject=[_unlinked("facilitator__user", "user", "facilitator")],
    purposes=_WORK,
    retention=Rule("score", trigger="created_at"),
    fields={
        "name": NotPersonal("a title chosen by the facilitator"),
        "state": _STATE,
        "due_on": NotPersonal("a date set for everybody"),
        "spread_limit": _SETTING,
        "created_at": _TIME,
        "discussed_at": _TIME,
        "closed_at": _TIME,
    },
)

declare(
    FollowUp,
    subject=[_unlinked("owner__user", "user", "owner")],
    purposes=_WORK,
    retention=Rule("score", trigger="session__created_at"),
    fields={
        "body": Personal(
            "content.note",
            erase=Keep("what a session agreed about scoring, under the organisation's key"),
            sensitive=True,
            free_text=True,
            others_possible=True,
        ),
        "due_on": _TIME,
        "done_at": _TIME,
    },
)

declare(
    Scorecard,
    subject=[_unlinked("created_by__user", "user", "author")],
    purposes=_WORK,
    retention=Rule("organisation"),
    fields={
        "name": _SETTING,
        "description": _SETTING,
        "created_at": _TIME,
        "archived_at": _TIME,
    },
)

declare(
    ScorecardVersion,
    subject=[_unlinked("published_by__user", "user", "publisher")],
    purposes=_WORK,
    retention=Rule("organisation"),
    fields={
        **dict.fromkeys(_OF_A_VERSION, _SETTING),
        "created_at": _TIME,
        "published_at": _TIME,
    },
)  # fmt: skip

declare(
    Assignment,
    subject=[_unlinked("created_by__user", "user", "author")],
    purposes=_WORK,
    retention=Rule("organisation"),
    fields={
        **dict.fromkeys(_OF_AN_ASSIGNMENT, _SETTING),
        "created_at": _TIME,
    },
)  # fmt: skip

_SUMS: dict[str, Personal | NotPersonal] = {
    "day": Personal("metadata.time"),
    "sample": NotPersonal("how the conversations were picked"),
    **dict.fromkeys(
        ("reviews", "passes", "auto_fails", "total", "squares"), Personal("work.performance")
    ),
}

_RATED: dict[str, Personal | NotPersonal] = {
    "day": Personal("metadata.time"),
    "sample": NotPersonal("how the conversations were picked"),
    "category_key": NotPersonal("part of a rubric"),
    **dict.fromkeys(
        (
            "ratings", "low", "not_applicable", "total", "squares", "failed_total",
            "failed_squares",
        ),
        Personal("work.performance"),
    ),
}  # fmt: skip

declare(
    QualityAgentDay,
    subject=[Via("agent__subject", "agent", role="reviewee")],
    purposes=_WORK,
    retention=Rule("score", trigger="day"),
    fields=_SUMS,
)

declare(
    QualityAgentCategoryDay,
    subject=[Via("agent__subject", "agent", role="reviewee")],
    purposes=_WORK,
    retention=Rule("score", trigger="day"),
    fields=_RATED,
)

declare(
    QualityReviewerDay,
    subject=[Via("reviewer__user", "user", role="reviewer")],
    purposes=_WORK,
    retention=Rule("score", trigger="day"),
    fields={**_SUMS, "seconds": Personal("work.activity")},
)

no_personal_data(QualityDay, "sums of a whole team, without anybody's name or number")
no_personal_data(QualityCategoryDay, "sums of a whole team, without anybody's name or number")
no_personal_data(QualityCauseDay, "sums of a whole team, without anybody's name or number")
no_personal_data(QualitySettings, "settings of the organisation")
no_personal_data(CategoryGroup, "part of a rubric")
no_personal_data(Category, "part of a rubric")
no_personal_data(RootCause, "part of a rubric")
no_personal_data(AssignmentCycle, "when a cycle ran, not who was in it")

call(
    {
        Review: _("reviews"),
        ReviewChange: _("changes of reviews"),
        Evidence: _("quotes in reviews"),
        Dispute: _("disputes"),
        Pick: _("conversations chosen for review"),
        AssignmentReviewee: _("places in review assignments"),
        CalibrationItem: _("conversations of calibrations"),
        QualityAgentDay: _("quality figures of days"),
        QualityAgentCategoryDay: _("quality figures of categories and days"),
    }
)
