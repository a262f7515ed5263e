"""What is left of an agent who was erased: others' conversations, and figures of the team."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from msgspec.structs import replace

from kaizo.accounts.models import Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import AuditEvent
from privacy.rights.models import RequestStatus
from scoring.coaching.models import Pin
from scoring.metrics import services
from scoring.metrics.models import AgentDay, TeamDay, TicketActs
from scoring.quality.models import QualityAgentDay, QualityDay, Review
from scoring.quality.reviews.services import comment_on
from tests import factories
from tests.privacy import places
from tests.privacy.canary import Marker, found
from tests.privacy.rights import erasures
from tests.scoring.quality.factories import submitted_review
from tickets.contracts import AgentRecord
from tickets.models import Agent, Message, Ticket
from tickets.timelines import timelines_of

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


class Teams:
    """Two teams' figures: two agents of Berlin, who also share a ticket, and one of nowhere."""

    def __init__(self, organisation: Organisation) -> None:
        self.organisation = organisation
        first, second, shared = erasures.records(3)
        self.shared = replace(
            erasures.by_agent(shared, 1),
            assignee=AgentRecord(id="agent2", name="Ada 2", team="Berlin"),
        )
        self.records = [erasures.by_agent(first, 1), erasures.by_agent(second, 2), self.shared]
        erasures.ingest(organisation, *self.records, *erasures.records(1, customer=2))

    def figures(self) -> list[Any]:
        return sums(self.organisation, TeamDay)

    def erase(self, name: str) -> None:
        digest = api.blind_index(self.organisation.pk).external("file", name)
        with tenant_scope(self.organisation.pk):
            subject_id = Agent.objects.get(external_index=digest).subject_id
        erasures.erase(self.organisation, [subject_id])


@pytest.fixture
def teams(organisation: Organisation) -> Teams:
    made = Teams(organisation)
    with tenant_scope(organisation.pk):
        assert TeamDay.objects.filter(team__isnull=False, public_replies__gt=0).exists()
    return made


def test_a_team_s_figures_stay_as_they_were_and_so_after_a_recompute(teams: Teams) -> None:
    before = teams.figures()
    teams.erase("agent1")
    assert teams.figures() == before
    with tenant_scope(teams.organisation.pk):
        assert TicketActs.objects.filter(agent=None, team__isnull=False).exists()
        services.recompute(organisation_id=teams.organisation.pk)
    assert teams.figures() == before
    teams.erase("agent2")
    assert teams.figures() == before


def test_a_ticket_that_is_taken_in_again_leaves_the_team_s_past_alone(teams: Teams) -> None:
    before = teams.figures()
    teams.erase("agent1")
    with tenant_scope(teams.organisation.pk):
        ids = list(Ticket.objects.values_list("pk", flat=True))
        again = {"organisation_id": teams.organisation.pk, "timelines": timelines_of(ids)}
        services.refresh(**again)
    assert teams.figures() == before
    with tenant_scope(teams.organisation.pk):
        services.recompute(organisation_id=teams.organisation.pk)
    assert teams.figures() == before


def test_what_happens_after_the_erasure_counts_as_nobody_s(teams: Teams) -> None:
    teams.erase("agent1")
    with tenant_scope(teams.organisation.pk):
        berlin = list(TeamDay.objects.filter(team__isnull=False).order_by("pk").values())
    later = max(message.sent_at for message in teams.shared.messages) + timedelta(days=2)
    reply = replace(teams.shared.messages[-1], id="later", sent_at=later)
    grown = replace(teams.shared, messages=(*teams.shared.messages, reply), updated_at=later)
    erasures.ingest(teams.organisation, grown)
    with tenant_scope(teams.organisation.pk):
        past = TeamDay.objects.filter(team__isnull=False, day__lt=later.date())
        assert list(past.order_by("pk").values()) == berlin
        incremental = teams.figures()
        services.recompute(organisation_id=teams.organisation.pk)
    assert teams.figures() == incremental


def test_a_ticket_that_goes_takes_its_share_of_the_team_along(teams: Teams) -> None:
    teams.erase("agent1")
    with tenant_scope(teams.organisation.pk):
        ids = list(Ticket.objects.values_list("pk", flat=True))
        services.forget(organisation_id=teams.organisation.pk, ticket_ids=ids[:2])
        incremental = teams.figures()
        services.recompute(organisation_id=teams.organisation.pk)
        assert teams.figures() == incremental
        services.forget(organisation_id=teams.organisation.pk, ticket_ids=ids)
        assert not TeamDay.objects.exists()


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
