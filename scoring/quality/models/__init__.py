"""Quality reviews: what is judged by, what was judged, who picked it, and who disagreed."""

from scoring.quality.models.assignments import (
    Assignment,
    AssignmentCycle,
    AssignmentReviewee,
    AssignmentReviewer,
    Pick,
)
from scoring.quality.models.calibration import (
    CalibrationItem,
    CalibrationParticipant,
    CalibrationSession,
    FollowUp,
)
from scoring.quality.models.disputes import Dispute
from scoring.quality.models.reviews import (
    CommentMention,
    Evidence,
    Rating,
    RatingCause,
    Review,
    ReviewChange,
    ReviewComment,
)
from scoring.quality.models.rollups import (
    QualityAgentCategoryDay,
    QualityAgentDay,
    QualityCategoryDay,
    QualityCauseDay,
    QualityDay,
    QualityReviewerDay,
)
from scoring.quality.models.scorecards import (
    Category,
    CategoryGroup,
    QualitySettings,
    RootCause,
    Scorecard,
    ScorecardVersion,
)

__all__ = [
    "Assignment",
    "AssignmentCycle",
    "AssignmentReviewee",
    "AssignmentReviewer",
    "CalibrationItem",
    "CalibrationParticipant",
    "CalibrationSession",
    "Category",
    "CategoryGroup",
    "CommentMention",
    "Dispute",
    "Evidence",
    "FollowUp",
    "Pick",
    "QualityAgentCategoryDay",
    "QualityAgentDay",
    "QualityCategoryDay",
    "QualityCauseDay",
    "QualityDay",
    "QualityReviewerDay",
    "QualitySettings",
    "Rating",
    "RatingCause",
    "Review",
    "ReviewChange",
    "ReviewComment",
    "RootCause",
    "Scorecard",
    "ScorecardVersion",
]
