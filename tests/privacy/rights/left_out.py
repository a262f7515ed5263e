"""An agent who may be left out, and the places where others might find them."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, Team
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights import requests
from privacy.rights.models import RequestMessage, RightsRequest
from privacy.rights.objection import services as objections
from scoring.coaching.services import pin_conversation
from scoring.metrics import services as metrics
from scoring.metrics.models import TeamDay, TicketActs
from scoring.quality.calibration.services import Plan, create_session
from scoring.quality.dashboards.rollups import recompute
from scoring.quality.disputes.services import Claim, open_dispute
from scoring.quality.models import AssignmentCycle, Pick, QualityDay, Review
from tests import factories
from tests.privacy.rights import freezes
from tests.scoring.quality.assignments.world import assign
from tests.scoring.quality.factories import stored_ticket, submitted_review
from tickets.contracts import AgentRecord, AuthorRecord, AuthorType, MessageRecord
from tickets.models import Agent, Ticket

NAME = "Ada Agent"
WEIGHED = {"interests": "Answers get better.", "situation": "Fears.", "less": "No names."}


class Scene:
    """An agent who is a member, with a conversation that was reviewed, and an owner who looks."""

    def __init__(self, organisation: Organisation, agent: Membership, owner: Membership) -> None:
        self.organisation, self.member, self.owner = organisation, agent, owner
        self.owner = owner
        self.review = submitted_review(organisation, sample=Review.Sample.RANDOM)
        with tenant_scope(organisation.pk):
            self.agent = Agent.objects.get(pk=self.review.reviewee_id)
            Agent.objects.filter(pk=self.agent.pk).update(membership=agent)
            recompute(organisation_id=organisation.pk)
            metrics.recompute(organisation_id=organisation.pk)

    def freeze(self) -> RightsRequest:
        return freezes.frozen(self.organisation, self.agent)

    def object_to(self, use: str = "quality_evaluation") -> RightsRequest:
        with tenant_scope(self.organisation.pk):
            request = requests.receive_request(
                kind="objection", channel="mail", contact="ada@support.example", purpose=use
            )
            requests.verify_request(request, how="staff", subject_ids=[self.agent.subject_id])
        return request

    def come_back(self, *requests: RightsRequest) -> None:
        """What was asked for ends."""
        for request in requests:
            if request.kind == "objection":
                self._overrule(request)
            else:
                self._thaw(request)

    def _overrule(self, objection: RightsRequest) -> None:
        with tenant_scope(self.organisation.pk):
            balancing = objections.weigh(
                objection, words=WEIGHED, proposed="overridden", actor_user_id=901
            )
            objections.decide(balancing, outcome="overridden", text="Because.", actor_user_id=902)

    def _thaw(self, frozen: RightsRequest) -> None:
        freezes.announce(self.organisation, frozen)
        with tenant_scope(self.organisation.pk):
            RequestMessage.objects.update(told_at=clock.now())
        freezes.lift(self.organisation, frozen)

    def totals(self) -> list[Any]:
        with tenant_scope(self.organisation.pk):
            days = TeamDay.objects.order_by("pk").values(
                "day", "channel", "team_id", "solved", "acts"
            )
            scores = QualityDay.objects.order_by("pk").values("day", "reviews", "total")
            return [*days, *scores]

    def url(self, name: str, *args: object) -> str:
        asked = {"first": "2026-11-01", "last": factories.today(self.organisation)}
        address = reverse(name, args=[self.organisation.slug, *args])
        return f"{address}?{urlencode(asked)}"

    def shown_to(self, client: Client) -> set[str]:
        """The pages on which the agent's name stands."""
        return {name for name, url in self.pages() if NAME in client.get(url).content.decode()}

    def pages(self) -> list[tuple[str, str]]:
        names = ("scoring:dashboard", "quality:dashboard", "quality:review_list")
        file = self.url("quality:dashboard_csv", "agent")
        return [*((name, self.url(name)) for name in names), ("file", file)]


class Places(Scene):
    """Besides: a note for a talk, an open dispute, a calibration and an assignment with a pick."""

    def __init__(self, organisation: Organisation, agent: Membership, owner: Membership) -> None:
        super().__init__(organisation, agent, owner)
        self.colleague = factories.membership(organisation, Role.REVIEWER)
        self.ticket, version = self.review.ticket, self.review.version
        everybody = [owner, self.colleague]
        plan = Plan(name="July", version=version, due_on=factories.today(organisation),
                    tickets=[stored_ticket(organisation)], participants=everybody)  # fmt: skip
        with tenant_scope(organisation.pk):
            self.pin = pin_conversation(
                ticket=self.ticket, agent=self.agent, actor=owner, note="Praise it."
            )
            self.dispute = open_dispute(
                review=self.review, actor=agent, claim=Claim(about="review"), reason="Not fair."
            )
            self.session = create_session(actor=owner, plan=plan)
            self.item = self.session.items.get()
            self.day = TicketActs.objects.filter(public_replies__gt=0).latest("day").day
        self.assignment = assign(
            organisation, reviewers=[self.colleague], actor=owner, agents=[self.agent.pk],
            scorecard=version.scorecard,
        )  # fmt: skip
        self.pick = self._picked()

    def _picked(self) -> Pick:
        """The conversation, in the assignment's first cycle."""
        today = factories.today(self.organisation)
        with tenant_scope(self.organisation.pk):
            cycle = AssignmentCycle.objects.create(
                organisation=self.organisation, assignment=self.assignment, number=1,
                starts_on=today, ends_on=today + timedelta(days=7), due_on=today, seed=1,
            )  # fmt: skip
            found: Pick = Pick.objects.create(
                organisation=self.organisation, cycle=cycle, position=1, ticket=self.ticket,
                reviewee=self.agent, reviewer=self.colleague, why=Pick.Why.RANDOM,
            )  # fmt: skip
        return found

    def team(self) -> int:
        with tenant_scope(self.organisation.pk):
            return int(Team.objects.get().pk)

    def pages(self) -> list[tuple[str, str]]:
        """Lists, pages and forms: what an owner opens and on which the agent's name stands."""
        chosen = self.url("scoring:coaching") + f"&agent={self.agent.pk}"
        behind = self.url("scoring:kpi_day", "public_replies", self.day)
        return [
            ("coaching", self.url("scoring:coaching")),
            ("notes", chosen),
            ("keep", self.url("scoring:pin_new", self.ticket.pk)),
            ("disputes", self.url("quality:dispute_list")),
            ("dispute", self.url("quality:dispute", self.dispute.pk)),
            ("session", self.url("quality:calibration", self.session.pk)),
            ("calibrate", self.url("quality:calibration_pick")),
            ("calibrate reviews", self.url("quality:calibration_pick") + "&from=reviews"),
            ("behind a figure", behind),
            ("tickets", self.url("tickets:ticket_list")),
            ("narrow reviews", self.url("quality:review_list")),
            ("begin a review", self.url("quality:review_start", self.ticket.pk)),
            ("assignment", self.url("quality:assignment", self.assignment.pk)),
            ("change assignment", self.url("quality:assignment_edit", self.assignment.pk)),
        ]


def another_agents(organisation: Organisation) -> Ticket:
    """A conversation of Ben's."""
    ben = AgentRecord(id="a2", name="Ben Agent", email="ben@support.example", team="Berlin")
    said = MessageRecord(
        id="m1", author=AuthorRecord(type=AuthorType.AGENT, id="a2"), sent_at=factories.MONDAY,
        public=True, text="It is on its way.",
    )  # fmt: skip
    return stored_ticket(organisation, assignee=ben, messages=(said,), events=())
