"""What is left of an agent who was erased: others' conversations, and figures of the team."""

from __future__ import annotations

from typing import Any

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import AuditEvent
from privacy.rights.models import RequestStatus
from scoring.coaching.models import Pin
from scoring.metrics.models import AgentDay, TeamDay
from scoring.quality.models import QualityAgentDay, QualityDay, Review
from scoring.quality.reviews.services import comment_on
from tests import factories
from tests.privacy import places
from tests.privacy.canary import Marker, found
from tests.privacy.rights import erasures
from tests.scoring.quality.factories import submitted_review
from tickets.models import Agent, Message

pytestmark = pytest.mark.django_db(transaction=True)
NOTE = "zq41d07c3be2 was curt again"
MARKERS = [
    Marker("scoring.ReviewComment.text", NOTE, sensitive=True),
    Marker("tickets.Agent.profile", "Ada Agent", sensitive=True),
    Marker("tickets.Agent.profile", "ada@support.example", sensitive=True),
]


@pytest.fixture
def review(organisation: Organisation) -> Review:
    """A submitted one of the agent, with a comment that says something about them."""
    made: Review = submitted_review(organisation)
    with tenant_scope(organisation.pk):
        comment_on(review=made, actor=made.reviewer, text=NOTE)
    return made


def sums(organisation: Organisation, model: Any) -> list[Any]:
    """The rows without their keys."""
    names = [
        field.attname
        for field in model._meta.concrete_fields
        if field.name not in {"id", "organisation"}
    ]
    with tenant_scope(organisation.pk):
        return sorted(model.objects.values_list(*names), key=repr)


def replied(organisation: Organisation) -> int:
    """Public replies of everybody, whatever team they count for."""
    with tenant_scope(organisation.pk):
        return sum(TeamDay.objects.filter(channel="").values_list("public_replies", flat=True))


def test_the_person_goes_and_the_quality_s_and_the_organisation_s_figures_stay(
    organisation: Organisation, review: Review
) -> None:
    subject_id = review.subject_id
    whole = sums(organisation, QualityDay)
    with tenant_scope(organisation.pk):
        assert QualityAgentDay.objects.exists()
        assert AgentDay.objects.filter(agent__isnull=False).exists()
    replies = replied(organisation)

    done = erasures.erase(organisation, [subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    with tenant_scope(organisation.pk):
        stored = Review.objects.get()
        assert (stored.reviewee_id, stored.subject_id, stored.score) == (None, None, review.score)
        assert not Agent.objects.exists()
        assert not QualityAgentDay.objects.exists()
        assert not AgentDay.objects.filter(agent__isnull=False).exists()
        assert not Pin.objects.exists()
        assert Message.objects.filter(author_type="agent", agent=None).exists()
        assert not AuditEvent.objects.filter(detail__icontains="Ada").exists()
    assert sums(organisation, QualityDay) == whole
    assert replied(organisation) == replies > 0
    assert found(MARKERS, places.everywhere(organisation)) == []


def test_words_about_an_erased_agent_can_be_read_by_nobody(
    organisation: Organisation, review: Review, sign_in: Any
) -> None:
    where = f"/o/{organisation.slug}/reviews/{review.pk}/"
    client = sign_in(factories.membership(organisation, Role.OWNER).user)
    assert NOTE in client.get(where).content.decode()
    erasures.erase(organisation, [review.subject_id])
    page = client.get(where).content.decode()
    assert NOTE not in page
    assert "Ada" not in page
    assert api.ciphers_for(organisation.pk, [review.subject_id], create=True)[
        review.subject_id
    ].erased
