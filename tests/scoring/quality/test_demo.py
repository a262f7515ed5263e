"""The demo organisation shows quality work as it looks after two months."""

from __future__ import annotations

import pytest

from integrations.demo.loading import DEMO_SLUG, load_demo
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from scoring.coaching.models import Pin
from scoring.quality.demo import load_demo_quality
from scoring.quality.models import (
    AssignmentCycle,
    CalibrationSession,
    Dispute,
    Pick,
    QualityDay,
    Review,
    Scorecard,
)

pytestmark = pytest.mark.django_db


def test_the_demo_has_eight_weeks_of_reviews_and_what_came_of_them() -> None:
    now = clock.now()
    load_demo(now=now, tickets=600)
    organisation = Organisation.objects.get(slug=DEMO_SLUG)
    made = load_demo_quality(organisation.pk, now=now)
    with tenant_scope(organisation.pk):
        given = Review.objects.filter(kind=Review.Kind.QUALITY)
        assert given.count() == made > 60
        assert not given.filter(submitted_at__gt=now).exists()
        assert AssignmentCycle.objects.count() == 9
        assert Pick.objects.filter(state=Pick.State.OPEN).exists()
        counted = given.filter(is_suspended=False).count()
        assert sum(QualityDay.objects.values_list("reviews", flat=True)) == counted
        agents = set(Dispute.objects.values_list("opened_by__role", flat=True))
        assert agents == {Role.AGENT}
        assert CalibrationSession.objects.count() == 1
        assert Pin.objects.exists()
        scores = set(given.values_list("score", flat=True))
        assert len(scores) > 10
    assert load_demo_quality(organisation.pk, now=now) == 0


def test_an_organisation_with_a_scorecard_is_left_alone(organisation: Organisation) -> None:
    with tenant_scope(organisation.pk):
        Scorecard.objects.create(organisation=organisation, name="Ours")
    assert load_demo_quality(organisation.pk, now=clock.now()) == 0
