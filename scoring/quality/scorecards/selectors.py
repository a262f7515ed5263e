"""Which rubric holds, and what it says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import QuerySet

from kaizo.accounts.models import Team
from kaizo.core import clock
from scoring.quality.models import (
    Category,
    CategoryGroup,
    QualitySettings,
    RootCause,
    Scorecard,
    ScorecardVersion,
)
from scoring.quality.scorecards.rubrics import (
    Conditions,
    ConversationFacts,
    Rubric,
    RubricCategory,
    RubricCause,
    RubricGroup,
)

_PUBLISHED = ScorecardVersion.State.PUBLISHED


def quality_settings() -> QualitySettings:
    """The settings in force, from the defaults when the organisation chose none (unsaved then)."""
    found: QualitySettings | None = QualitySettings.objects.first()
    return found or QualitySettings()


def versions_in_force(at: datetime | None = None) -> QuerySet[ScorecardVersion]:
    """Of each scorecard, archived ones included, the version that holds at `at` (now): the last
    published of those that apply already."""
    moment = at or clock.now()
    found: QuerySet[ScorecardVersion] = (
        ScorecardVersion.objects.filter(state=_PUBLISHED, applies_from__lte=moment)
        .order_by("scorecard_id", "-applies_from", "-number")
        .distinct("scorecard_id")
    )
    return found


def version_in_force(scorecard: Scorecard, at: datetime | None = None) -> ScorecardVersion | None:
    """The version by which a review that starts at `at` (now) is given; None before the first."""
    return versions_in_force(at).filter(scorecard=scorecard).first()


def usable_versions() -> list[ScorecardVersion]:
    """The versions in force of scorecards that are not archived, with these, by name. One query."""
    current = versions_in_force().filter(scorecard__archived_at__isnull=True)
    return sorted(
        current.select_related("scorecard"), key=lambda version: version.scorecard.name.casefold()
    )


def rubric(version: ScorecardVersion, facts: ConversationFacts | None = None) -> Rubric:
    """The version as a tree, in three queries. With `facts`, only the categories whose conditions
    fit the conversation, and no group that has none left."""
    groups = list(CategoryGroup.objects.filter(version=version))
    categories = list(Category.objects.filter(group__version=version))
    causes = list(RootCause.objects.filter(category__group__version=version))
    whole = _tree(version, groups, categories, causes)
    return whole.for_conversation(facts) if facts else whole


def conditions_of(row: ScorecardVersion | Category) -> Conditions:
    return Conditions(
        channels=tuple(row.channels),
        languages=tuple(row.languages),
        tags=tuple(row.tags),
        teams=tuple(row.teams),
    )


def _tree(
    version: ScorecardVersion,
    groups: Sequence[CategoryGroup],
    categories: Sequence[Category],
    causes: Sequence[RootCause],
) -> Rubric:
    roots: dict[int, list[RootCause]] = defaultdict(list)
    below: dict[int, list[RootCause]] = defaultdict(list)
    for cause in causes:
        if cause.parent_id is None:
            roots[cause.category_id].append(cause)
        else:
            below[cause.parent_id].append(cause)
    inside: dict[int, list[RubricCategory]] = defaultdict(list)
    for row in categories:
        inside[row.group_id].append(_category(row, _causes(roots[row.pk], below)))
    return Rubric(
        version_id=version.pk,
        mode=version.mode,
        pass_mark=version.pass_mark,
        reviewee_rule=version.reviewee_rule,
        conditions=conditions_of(version),
        groups=tuple(_group(row, inside[row.pk]) for row in groups),
    )


def _group(row: CategoryGroup, categories: Sequence[RubricCategory]) -> RubricGroup:
    return RubricGroup(
        id=row.pk,
        key=row.key,
        name=row.name,
        weight=row.weight,
        is_bonus=row.is_bonus,
        categories=tuple(categories),
    )


def _category(row: Category, causes: tuple[RubricCause, ...]) -> RubricCategory:
    return RubricCategory(
        id=row.pk,
        key=row.key,
        name=row.name,
        description=row.description,
        good_example=row.good_example,
        bad_example=row.bad_example,
        kind=row.kind,
        scale=row.scale,
        weight=row.weight,
        allows_na=row.allows_na,
        auto_fail=row.auto_fail,
        low_needs_comment=row.low_needs_comment,
        low_needs_cause=row.low_needs_cause,
        conditions=conditions_of(row),
        causes=causes,
    )


def _causes(
    rows: Sequence[RootCause], below: Mapping[int, Sequence[RootCause]]
) -> tuple[RubricCause, ...]:
    return tuple(
        RubricCause(
            id=row.pk, key=row.key, name=row.name, children=_causes(below.get(row.pk, ()), below)
        )
        for row in rows
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class CardState:
    """A scorecard and its versions that matter now. `in_force` is None before the first is
    published; `announced` is the next that will apply."""

    scorecard: Scorecard
    in_force: ScorecardVersion | None
    announced: ScorecardVersion | None
    draft: ScorecardVersion | None

    @property
    def shown(self) -> ScorecardVersion:
        """The version to look at first."""
        return next(v for v in (self.in_force, self.announced, self.draft) if v is not None)


def card_states(
    scorecards: Iterable[Scorecard], versions: QuerySet[ScorecardVersion]
) -> list[CardState]:
    """The state of each scorecard by those of its versions that may be seen, by name; archived
    ones last. One query besides the scorecards'."""
    by_card: dict[int, list[ScorecardVersion]] = defaultdict(list)
    cards = {card.pk: card for card in scorecards}
    for version in versions.filter(scorecard__in=cards).order_by("applies_from", "number"):
        by_card[version.scorecard_id].append(version)
    states = [_state(cards[pk], found) for pk, found in by_card.items()]
    return sorted(
        states,
        key=lambda s: (s.scorecard.archived_at is not None, s.scorecard.name.casefold()),
    )


def _state(scorecard: Scorecard, versions: Sequence[ScorecardVersion]) -> CardState:
    now = clock.now()
    applying = [v for v in versions if v.applies_from and v.applies_from <= now]
    coming = [v for v in versions if v.applies_from and v.applies_from > now]
    return CardState(
        scorecard=scorecard,
        in_force=applying[-1] if applying else None,
        announced=coming[0] if coming else None,
        draft=next((v for v in versions if v.applies_from is None), None),
    )


def published_before(version: ScorecardVersion) -> ScorecardVersion | None:
    """The published version that `version` follows."""
    found: ScorecardVersion | None = (
        ScorecardVersion.objects.filter(
            scorecard_id=version.scorecard_id, state=_PUBLISHED, number__lt=version.number
        )
        .order_by("-number")
        .first()
    )
    return found


def team_names() -> dict[int, str]:
    """Every team's name by id."""
    return dict(Team.objects.order_by("name").values_list("pk", "name"))
