"""Builders of quality rows. Scorecards go the way of the services; what they judge is tiny."""

from __future__ import annotations

import itertools
from typing import Any

from kaizo.accounts.models import Membership, Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.quality.models import Review, ScorecardVersion
from scoring.quality.reviews.services import rate, start_review, submit_review
from scoring.quality.scorecards import services
from scoring.quality.scorecards.rubrics import Rubric, RubricCategory, RubricCause, RubricGroup
from scoring.quality.scorecards.selectors import rubric
from tests import factories
from tickets.models import Ticket
from tickets.services import ingest_tickets

_count = itertools.count(1)


def small_rubric(**fields: Any) -> Rubric:
    """Two groups, three scored categories (weights 10, 20 and 10, the last one a 5-point scale that
    fails the review and has root causes in two tiers) and a question that is not scored."""
    why = (RubricCause(name="Missing", children=(RubricCause(name="No order number"),)),)
    values: dict[str, Any] = {
        "groups": (
            RubricGroup(
                name="Communication",
                weight=40,
                categories=(
                    RubricCategory(name="Greeting", weight=10),
                    RubricCategory(name="Tone", weight=20, scale="3", low_needs_comment=True),
                ),
            ),
            RubricGroup(
                name="Solution",
                weight=60,
                categories=(
                    RubricCategory(
                        name="Right answer", weight=10, scale="5", auto_fail="review", causes=why
                    ),
                    RubricCategory(name="What was it about?", kind="text", weight=0),
                ),
            ),
        )
    }
    return Rubric(**(values | fields))


def draft_scorecard(
    organisation: Organisation, *, name: str | None = None, rubric: Rubric | None = None
) -> ScorecardVersion:
    """The first version of a new scorecard, still a draft."""
    with tenant_scope(organisation.pk):
        return services.create_scorecard(
            organisation=organisation,
            actor=None,
            name=name or f"Scorecard {next(_count)}",
            rubric=small_rubric() if rubric is None else rubric,
        )


def published_scorecard(
    organisation: Organisation, *, name: str | None = None, rubric: Rubric | None = None
) -> ScorecardVersion:
    """A published version in force, of a scorecard of its own (`.scorecard`)."""
    version = draft_scorecard(organisation, name=name, rubric=rubric)
    with tenant_scope(organisation.pk):
        return services.publish(version=version, actor=None)


# Names of `small_rubric` and the best answer to each: 100 percent.
FULL = {"Greeting": 1, "Tone": 2, "Right answer": 4}


def stored_ticket(organisation: Organisation, **fields: Any) -> Ticket:
    """A ticket of `factories.ticket_record`, kept and checked for personal data."""
    record = factories.ticket_record(**fields)
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])
    factories.check_texts(organisation)
    with tenant_scope(organisation.pk):
        found: Ticket = Ticket.objects.get(external_id=record.id)
        return found


def draft_review(
    organisation: Organisation,
    *,
    reviewer: Membership | None = None,
    ticket: Ticket | None = None,
    version: ScorecardVersion | None = None,
    answers: dict[str, int | None] | None = None,
    **fields: Any,
) -> Review:
    """A review that is not submitted. `answers` by the names of categories, None for what does not
    apply; other fields go to `start_review`."""
    actor = reviewer or factories.membership(organisation, Role.REVIEWER)
    about = ticket or stored_ticket(organisation)
    by = version or published_scorecard(organisation)
    with tenant_scope(organisation.pk):
        review = start_review(actor=actor, ticket=about, version=by, **fields)
        keys = {category.name: category.key for category in rubric(by).categories()}
        for name, value in (answers or {}).items():
            rate(
                review=review, category_key=keys[name], value=value, is_na=value is None,
                revision=review.revision,
            )  # fmt: skip
        return _with_people(review)


def _with_people(review: Review) -> Review:
    """With what tests ask of it outside any scope."""
    people = ("reviewer__user", "reviewee", "ticket", "version__scorecard")
    found: Review = Review.objects.select_related(*people).get(pk=review.pk)
    return found


def submitted_review(
    organisation: Organisation, *, answers: dict[str, int | None] | None = None, **fields: Any
) -> Review:
    """As `draft_review`, with the best answers of `small_rubric` unless others are given, and
    submitted by its reviewer (now; travel in time for another day)."""
    draft = draft_review(organisation, answers=FULL if answers is None else answers, **fields)
    with tenant_scope(organisation.pk):
        submit_review(review=draft, actor=draft.reviewer)
        return _with_people(draft)
