"""A scorecard's life: created, edited as a draft, published for good, announced, archived."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Max
from django.utils.translation import gettext as _

from kaizo.accounts.models import Membership, Organisation
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from scoring.quality.models import CategoryGroup, Scorecard, ScorecardVersion
from scoring.quality.scorecards.announcing import announce_version
from scoring.quality.scorecards.checking import problems
from scoring.quality.scorecards.events import Event, record
from scoring.quality.scorecards.rubrics import Conditions, Rubric, RubricGroup
from scoring.quality.scorecards.selectors import quality_settings, rubric
from scoring.quality.scorecards.services.writing import (
    condition_fields,
    lock_draft,
    rubric_fields,
    with_cause_keys,
    write_groups,
)
from scoring.quality.scorecards.words import problem_sentence

_State = ScorecardVersion.State


@transaction.atomic
def create_scorecard(
    *,
    organisation: Organisation,
    actor: Membership | None,
    name: str,
    rubric: Rubric,
    description: str = "",
) -> ScorecardVersion:
    """A new scorecard with its first draft. Raises Conflict when the name is taken."""
    _refuse_taken(name)
    scorecard = Scorecard.objects.create(
        organisation=organisation, name=name, description=description, created_by=actor
    )
    record(Event.CREATED, actor=actor, target=scorecard)
    return _new_version(scorecard, 1, rubric)


def clone(*, version: ScorecardVersion, name: str, actor: Membership | None) -> ScorecardVersion:
    """A scorecard of its own that begins as a copy. Its categories are followed apart from the
    original's. Raises Conflict when the name is taken."""
    return create_scorecard(
        organisation=version.scorecard.organisation,
        actor=actor,
        name=name,
        description=version.scorecard.description,
        rubric=rubric(version).with_new_keys(),
    )


@transaction.atomic
def change_scorecard(
    *, scorecard: Scorecard, name: str, description: str, actor: Membership | None
) -> None:
    """Raises Conflict when the name is taken."""
    if name != scorecard.name and scorecard.archived_at is None:
        _refuse_taken(name, besides=scorecard)
    scorecard.name, scorecard.description = name, description
    scorecard.save(update_fields=["name", "description"])
    record(Event.CHANGED, actor=actor, target=scorecard)


@transaction.atomic
def start_draft(*, scorecard: Scorecard, actor: Membership | None) -> ScorecardVersion:  # noqa: ARG001 - every service takes its actor
    """The open draft, or a new one from the last published version, with the same keys.

    Raises Conflict when the scorecard is archived.
    """
    _lock(scorecard)
    if scorecard.archived_at is not None:
        raise Conflict(_("Take the scorecard out of the archive first."))
    versions = ScorecardVersion.objects.filter(scorecard=scorecard)
    draft: ScorecardVersion | None = versions.filter(state=_State.DRAFT).first()
    if draft is not None:
        return draft
    last = versions.order_by("-number")[0]
    return _new_version(scorecard, last.number + 1, rubric(last))


@transaction.atomic
def change_details(
    *,
    version: ScorecardVersion,
    mode: str,
    pass_mark: Decimal,
    reviewee_rule: str,
    change_note: str,
    conditions: Conditions,
) -> None:
    """What holds for the whole draft. Raises Conflict when it is no draft any more."""
    draft = lock_draft(version)
    fields = {
        "mode": mode,
        "pass_mark": pass_mark,
        "reviewee_rule": reviewee_rule,
        "change_note": change_note,
        **condition_fields(conditions),
    }
    _update(draft, **fields)


@transaction.atomic
def replace_rubric(*, version: ScorecardVersion, rubric: Rubric) -> None:
    """Make the draft say what `rubric` says. Groups, categories and causes of the same names keep
    their keys. Raises Conflict when it is no draft any more."""
    draft = lock_draft(version)
    kept = _with_keys_of(_rubric_of(draft), rubric)
    CategoryGroup.objects.filter(version=draft).delete()
    _update(draft, **rubric_fields(kept))
    write_groups(draft, kept.groups)


@transaction.atomic
def discard_draft(*, version: ScorecardVersion, actor: Membership | None) -> None:
    """Delete the draft, and the scorecard with it when nothing of it was ever published."""
    draft = lock_draft(version)
    scorecard = Scorecard.objects.get(pk=draft.scorecard_id)
    record(Event.DISCARDED, actor=actor, target=scorecard)
    draft.delete()
    if not ScorecardVersion.objects.filter(scorecard=scorecard).exists():
        scorecard.delete()


@transaction.atomic
def publish(*, version: ScorecardVersion, actor: Membership | None) -> ScorecardVersion:
    """Fix the draft for good. The first version applies at once, a later one when the days of
    notice have passed; whoever works with scorecards is told.

    Raises DomainError with one sentence for each thing that is wrong with the rubric, Conflict when
    it is no draft any more.
    """
    draft = lock_draft(version)
    found = problems(_rubric_of(draft))
    if found:
        raise DomainError(" ".join(problem_sentence(problem) for problem in found))
    scorecard = _lock(Scorecard.objects.get(pk=draft.scorecard_id))
    if scorecard.archived_at is not None:
        raise Conflict(_("Take the scorecard out of the archive first."))
    now = clock.now()
    earlier = ScorecardVersion.objects.filter(scorecard=scorecard, state=_State.PUBLISHED)
    days = quality_settings().notice_days if earlier.exists() else 0
    last = earlier.aggregate(last=Max("applies_from"))["last"]
    applies_from = max(filter(None, [now + timedelta(days=days), last]))
    _update(
        draft,
        state=_State.PUBLISHED,
        published_at=now,
        published_by=actor,
        applies_from=applies_from,
    )
    record(Event.PUBLISHED, actor=actor, target=scorecard, number=draft.number)
    announce_version(draft, actor)
    draft.scorecard = scorecard
    return draft


@transaction.atomic
def archive(*, scorecard: Scorecard, actor: Membership | None) -> None:
    """No new review is given by it; those there are keep it. Idempotent."""
    _lock(scorecard)
    if scorecard.archived_at is None:
        scorecard.archived_at = clock.now()
        scorecard.save(update_fields=["archived_at"])
        record(Event.ARCHIVED, actor=actor, target=scorecard)


@transaction.atomic
def restore(*, scorecard: Scorecard, actor: Membership | None) -> None:
    """Idempotent. Raises Conflict when another scorecard has taken its name meanwhile."""
    _lock(scorecard)
    if scorecard.archived_at is not None:
        _refuse_taken(scorecard.name)
        scorecard.archived_at = None
        scorecard.save(update_fields=["archived_at"])
        record(Event.RESTORED, actor=actor, target=scorecard)


def _refuse_taken(name: str, besides: Scorecard | None = None) -> None:
    others = Scorecard.objects.filter(name=name, archived_at__isnull=True)
    if besides is not None:
        others = others.exclude(pk=besides.pk)
    if others.exists():
        raise Conflict(_("Another scorecard has this name."))


def _lock(scorecard: Scorecard) -> Scorecard:
    """Held while versions are numbered or dated; brings the caller's row up to date."""
    row = Scorecard.objects.select_for_update().get(pk=scorecard.pk)
    scorecard.archived_at = row.archived_at
    return scorecard


def _new_version(scorecard: Scorecard, number: int, content: Rubric) -> ScorecardVersion:
    version: ScorecardVersion = ScorecardVersion.objects.create(
        organisation_id=scorecard.organisation_id,
        scorecard=scorecard,
        number=number,
        **rubric_fields(content),
    )
    write_groups(version, content.groups)
    return version


def _update(draft: ScorecardVersion, **fields: object) -> None:
    for name, value in fields.items():
        setattr(draft, name, value)
    draft.save(update_fields=list(fields))


def _rubric_of(version: ScorecardVersion) -> Rubric:
    return rubric(version)  # under another name, for functions with an argument called so


def _with_keys_of(before: Rubric, after: Rubric) -> Rubric:
    """`after` with the keys that groups and categories of the same names have in `before`."""
    groups = {group.name: group for group in before.groups}
    return replace(
        after, groups=tuple(_group_with_keys(groups.get(g.name), g) for g in after.groups)
    )


def _group_with_keys(before: RubricGroup | None, after: RubricGroup) -> RubricGroup:
    if before is None:
        return after
    old = {category.name: category for category in before.categories}
    categories = tuple(
        replace(
            category,
            key=old[category.name].key,
            causes=with_cause_keys(old[category.name].causes, category.causes),
        )
        if category.name in old
        else category
        for category in after.categories
    )
    return replace(after, key=before.key, categories=categories)
