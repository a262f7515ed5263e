"""Something of an organisation's for each name that an address can hold.

A new address with an object in it needs one line in SAMPLES: the parameter's name (with its
namespace where two apps use the same) and what makes such an object.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from typing import Any

from kaizo.accounts import services
from kaizo.accounts.models import Invitation, Membership, Organisation, Team
from kaizo.core.permissions import Action, Role, can
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.permissions.urls import SLUG, Address


@dataclass(slots=True)
class World:
    """An organisation and the member who acts in it."""

    organisation: Organisation
    actor: Membership


def arguments(address: Address, world: World) -> dict[str, Any]:
    """What the address needs. Raises KeyError for a parameter without a sample."""
    space = address.name.rpartition(":")[0]
    made: dict[str, Any] = {}
    for name in address.parameters:
        if name == SLUG:
            made[name] = world.organisation.slug
        else:
            sample = SAMPLES.get(f"{space}:{name}") or SAMPLES[name]
            made[name] = sample(world, made)
    return made


def _colleague(world: World, _made: dict[str, Any]) -> str:
    return factories.membership(world.organisation, Role.REVIEWER).user.public_number


def _invitation(world: World, _made: dict[str, Any]) -> int:
    return _invite(world).pk


def _invite(world: World) -> Invitation:
    return services.invite(
        organisation=world.organisation,
        email="guest@harbour.example",
        role=Role.AGENT,
        actor=None,
        by_mail=False,
    )


def _token(world: World, _made: dict[str, Any]) -> str:
    link = services.issue_invitation_link(invitation=_invite(world))
    return link.rstrip("/").rpartition("/")[2]


def _team(world: World, _made: dict[str, Any]) -> int:
    return services.create_team(organisation=world.organisation, name="Delft", actor=None).pk


def _lead(world: World, made: dict[str, Any]) -> int:
    member = factories.membership(world.organisation, Role.TEAM_LEAD)
    with tenant_scope(world.organisation.pk):
        team = Team.objects.get(pk=made["team_id"])
    return services.appoint_lead(
        team=team, member=member, valid_from=date(2026, 1, 1), actor=None
    ).pk


def _holiday(world: World, _made: dict[str, Any]) -> int:
    return services.add_holiday(
        organisation=world.organisation, day=date(2026, 5, 5), name="Outing", actor=None
    ).pk


def _ticket(world: World, _made: dict[str, Any]) -> int:
    """A conversation that the actor took part in or whose team they led."""
    from tickets.models import Agent, TeamMembership, Ticket
    from tickets.services import ingest_tickets

    ingest_tickets(
        organisation_id=world.organisation.pk, source="file", records=[factories.ticket_record()]
    )
    _identity(world)
    with tenant_scope(world.organisation.pk):
        if world.actor.role == Role.TEAM_LEAD:
            member = TeamMembership.objects.select_related("team").get(agent=Agent.objects.get())
            services.appoint_lead(
                team=member.team, member=world.actor, valid_from=date.min, actor=None
            )
        return Ticket.objects.get().pk


def _identity(world: World) -> None:
    from tickets.models import Agent

    if world.actor.role == Role.AGENT:
        with tenant_scope(world.organisation.pk):
            Agent.objects.update(membership=world.actor)


def _place(world: World, made: dict[str, Any]) -> int:
    from tickets.models import Agent
    from tickets.teams.services import move_agent

    _ticket(world, made)
    with tenant_scope(world.organisation.pk):
        team, agent = Team.objects.get(pk=made["team_id"]), Agent.objects.get()
        move_agent(agent=agent, team=team, since=factories.MONDAY.date(), actor=None)
        return agent.team_memberships.get(team=team).pk


def _day(world: World, made: dict[str, Any]) -> date:
    _ticket(world, made)
    return factories.MONDAY.date()


def _import(world: World, _made: dict[str, Any]) -> Any:
    from integrations.models import ImportRun

    with tenant_scope(world.organisation.pk):
        run = ImportRun.objects.create(organisation=world.organisation, size=1, stored_name="")
    return run.public_id


def _connection(world: World, _made: dict[str, Any]) -> Any:
    """Paused, so that nothing calls out."""
    from integrations.models import Connection
    from kaizo.core import clock
    from privacy.api import register_processor

    processor_id = register_processor(
        organisation_id=world.organisation.pk,
        name="Helpdesk",
        service="Conversations",
        hosts=["support.example"],
        country="NL",
    )
    with tenant_scope(world.organisation.pk):
        row = Connection.objects.create(
            organisation=world.organisation,
            kind="zendesk",
            name="Support",
            source="support",
            host="support.example",
            processor_id=processor_id,
            state=Connection.State.PAUSED,
            since=clock.now(),
        )
    return row.public_id


def _notice(world: World, _made: dict[str, Any]) -> int:
    from kaizo.accounts.models import Notice, NoticeKind

    with tenant_scope(world.organisation.pk):
        return Notice.objects.create(
            organisation=world.organisation,
            recipient=world.actor,
            kind=NoticeKind.MENTION,
            object_label="scoring.review",
            object_id=1,
        ).pk


def _scorecard(world: World, _made: dict[str, Any]) -> int:
    """In force, with a draft of its next version."""
    from scoring.quality.scorecards import services as scorecards
    from tests.scoring.quality.factories import published_scorecard

    version = published_scorecard(world.organisation)
    with tenant_scope(world.organisation.pk):
        scorecards.start_draft(scorecard=version.scorecard, actor=None)
    return version.scorecard_id


def _group(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.models import CategoryGroup

    with tenant_scope(world.organisation.pk):
        return CategoryGroup.objects.filter(
            version__scorecard=made["scorecard_id"], version__state="draft"
        )[0].pk


def _category(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.models import Category

    with tenant_scope(world.organisation.pk):
        return Category.objects.filter(
            group__version__scorecard=made["scorecard_id"], group__version__state="draft"
        )[0].pk


def _assignment(world: World, _made: dict[str, Any]) -> int:
    """Made by the actor, who reviews in it, with the actor's own cycle and pick."""
    from tests.scoring.quality.assignments.world import running_assignment

    _ticket(world, {})
    return running_assignment(world.organisation, world.actor).pk


def _cycle(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.models import AssignmentCycle

    _assignment(world, made)
    with tenant_scope(world.organisation.pk):
        return AssignmentCycle.objects.get().pk


def _pick(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.models import Pick

    _assignment(world, made)
    with tenant_scope(world.organisation.pk):
        return Pick.objects.get().pk


def _review(world: World, made: dict[str, Any]) -> int:
    """A draft of the actor's own: agents write them about themselves."""
    from tests.scoring.quality.factories import draft_review
    from tickets.models import Ticket

    ticket_id = _ticket(world, made)
    factories.check_texts(world.organisation)
    with tenant_scope(world.organisation.pk):
        ticket = Ticket.objects.get(pk=ticket_id)
    kind = "self" if world.actor.role == Role.AGENT else "quality"
    review = draft_review(world.organisation, reviewer=world.actor, ticket=ticket, kind=kind)
    return review.pk


def _category_key(world: World, made: dict[str, Any]) -> Any:
    from scoring.quality.models import Category

    with tenant_scope(world.organisation.pk):
        found = Category.objects.filter(group__version__reviews=made["review_id"])
        return found.values_list("key", flat=True)[0]


def _evidence(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.models import Review
    from scoring.quality.reviews.services import quote
    from tickets.conversations import read_conversation

    with tenant_scope(world.organisation.pk):
        review = Review.objects.get(pk=made["review_id"])
        conversation = read_conversation(world.organisation.pk, review.ticket)
        return quote(
            review=review,
            conversation=conversation,
            message=review.ticket.messages.first(),
            text="",
            category_key=_category_key(world, made),
        ).pk


def _pin(world: World, _made: dict[str, Any]) -> int:
    """Of the actor's own."""
    from scoring.coaching.services import pin_conversation
    from tickets.models import Agent, Ticket

    _ticket(world, {})
    with tenant_scope(world.organisation.pk):
        agent, ticket = Agent.objects.get(), Ticket.objects.get()
        return pin_conversation(ticket=ticket, agent=agent, actor=world.actor, note="x").pk


def _filter(world: World, _made: dict[str, Any]) -> int:
    from kaizo.accounts.filters import save_filter

    return save_filter(actor=world.actor, page="tickets", name="Chats", query="channel=chat").pk


def _dispute(world: World, made: dict[str, Any]) -> int:
    """Open, and for the actor to see: an agent's own, or about a review that a reviewer gave."""
    from scoring.quality.disputes.services import Claim, open_dispute
    from tests.scoring.quality.factories import submitted_review
    from tickets.models import Agent, Ticket

    ticket_id = _ticket(world, made)
    with tenant_scope(world.organisation.pk):
        ticket = Ticket.objects.get(pk=ticket_id)
    gives = world.actor if world.actor.role == Role.REVIEWER else None
    review = submitted_review(world.organisation, reviewer=gives, ticket=ticket)
    opener = world.actor
    if world.actor.role != Role.AGENT:
        opener = factories.membership(world.organisation, Role.AGENT)
    with tenant_scope(world.organisation.pk):
        Agent.objects.update(membership=opener)
        claim = Claim(about="review")
        return open_dispute(review=review, actor=opener, claim=claim, reason="No.").pk


def _calibration(world: World, made: dict[str, Any]) -> int:
    """Led by the actor, who takes part; by an admin where the actor's role does not review."""
    from scoring.quality.calibration.services import Plan, create_session
    from tests.scoring.quality.factories import published_scorecard
    from tickets.models import Ticket

    ticket_id = _ticket(world, made)
    colleague = factories.membership(world.organisation, Role.REVIEWER)
    leader = world.actor
    if not can(leader, Action.CALIBRATE):
        leader = factories.membership(world.organisation, Role.ADMIN)
    plan = {"version": published_scorecard(world.organisation), "name": "July"}
    with tenant_scope(world.organisation.pk):
        return create_session(
            actor=leader,
            plan=Plan(
                **plan,
                due_on=factories.today(world.organisation),
                tickets=[Ticket.objects.get(pk=ticket_id)],
                participants=[leader, colleague],
            ),
        ).pk


def _calibration_item(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.models import CalibrationItem

    with tenant_scope(world.organisation.pk):
        return CalibrationItem.objects.get(session=made["session_id"]).pk


def _follow_up(world: World, made: dict[str, Any]) -> int:
    from scoring.quality.calibration.services import add_follow_up
    from scoring.quality.models import CalibrationSession

    with tenant_scope(world.organisation.pk):
        session = CalibrationSession.objects.select_related("facilitator").get(
            pk=made["session_id"]
        )
        session.state = CalibrationSession.State.DISCUSSING
        session.save(update_fields=["state"])
        return add_follow_up(session=session, actor=session.facilitator, body="Tone.").pk


def _api_token(world: World, _made: dict[str, Any]) -> int:
    from datetime import timedelta

    from kaizo.accounts.api.models import Scope
    from kaizo.accounts.api.tokens import create_token

    token, _secret = create_token(
        actor=world.actor,
        name="Reports",
        scopes=[Scope.REVIEWS_READ],
        valid_for=timedelta(days=1),
    )
    return token.pk


def _privacy_request(world: World, _made: dict[str, Any]) -> Any:
    """A planned erasure of somebody with a ticket, planned by somebody else."""
    return _erasure(world).request.public_id


def _erasure(world: World) -> Any:
    from tests.privacy.rights import erasures

    erasures.ingest(world.organisation, *erasures.records(1))
    subject_id = erasures.customer(world.organisation).subject_id
    return erasures.plan(world.organisation, erasures.receive(world.organisation, subject_id))


def _own_copy(world: World, _made: dict[str, Any]) -> Any:
    """A copy that the actor has asked for, and that is not made yet."""
    from privacy.rights import requests
    from privacy.rights.models import ExportPackage

    with tenant_scope(world.organisation.pk):
        asked = requests.receive_request(
            kind="access", channel="signed_in", account_user_id=world.actor.user_id
        )
        return ExportPackage.objects.create(
            organisation=world.organisation, request=asked
        ).public_id


def _any_copy(world: World, _made: dict[str, Any]) -> Any:
    """Of a customer's data; waits for somebody to look through it."""
    from privacy.rights.models import ExportPackage
    from tests.privacy.rights import erasures

    asked = erasures.receive(world.organisation, kind="access", verified=False)
    with tenant_scope(world.organisation.pk):
        return ExportPackage.objects.create(
            organisation=world.organisation, request=asked, state=ExportPackage.State.REVIEW
        ).public_id


def _waiting_request(world: World, _made: dict[str, Any]) -> int:
    return int(_erasure(world).request.pk)


def _held_copy(world: World, made: dict[str, Any]) -> int:
    from privacy.rights.models import ExportPackage

    copy = _any_copy(world, made)
    with tenant_scope(world.organisation.pk):
        return ExportPackage.objects.get(public_id=copy).pk


def _recipient_notice(world: World, _made: dict[str, Any]) -> Any:
    from privacy.rights.models import RecipientNotice

    plan = _erasure(world)
    with tenant_scope(world.organisation.pk):
        return RecipientNotice.objects.create(
            organisation=world.organisation, plan=plan, recipient="helpdesk", reference="1"
        ).public_id


def _alert(world: World, _made: dict[str, Any]) -> int:
    """About somebody else's reading."""
    from datetime import timedelta

    from kaizo.core import clock
    from privacy.models import Alert

    reader = factories.membership(world.organisation, Role.REVIEWER)
    with tenant_scope(world.organisation.pk):
        return Alert.objects.create(
            organisation=world.organisation,
            kind="opened",
            actor_user_id=reader.user_id,
            people=80,
            allowed=60,
            started_at=clock.now() - timedelta(minutes=20),
            last_at=clock.now(),
        ).pk


def _check(world: World, _made: dict[str, Any]) -> int:
    from privacy.accountability.checking import CHECKED, check_seals
    from privacy.models import AuditEvent

    check_seals(world.organisation.pk)
    with tenant_scope(world.organisation.pk):
        return AuditEvent.objects.filter(action=CHECKED).latest("pk").pk


def _letter(world: World, _made: dict[str, Any]) -> Any:
    from privacy.rights.correspondence.services import write_to_person
    from tests.privacy.rights import erasures

    request = erasures.receive(world.organisation, verified=False)
    with tenant_scope(world.organisation.pk):
        return write_to_person(request, text="We are at it.", actor_user_id=901).public_id


def _correction(world: World, _made: dict[str, Any]) -> Any:
    from tests.privacy.rights import corrections

    return corrections.proposed(world.organisation).public_id


def _refusal(world: World, _made: dict[str, Any]) -> Any:
    """Proposed by somebody else."""
    from privacy.rights.refusal.services import propose
    from tests.privacy.rights import erasures

    request = erasures.receive(world.organisation, verified=False)
    with tenant_scope(world.organisation.pk):
        return propose(
            request, ground="art_11_2", reasons="Who are you?", actor_user_id=901
        ).public_id


def _correction_notice(world: World, _made: dict[str, Any]) -> Any:
    from privacy.rights.correction.models import CorrectionNotice
    from tests.privacy.rights import erasures

    request = erasures.receive(world.organisation, verified=False, kind="rectification")
    with tenant_scope(world.organisation.pk):
        return CorrectionNotice.objects.create(
            organisation=world.organisation, request=request, recipient="helpdesk", reference="1"
        ).public_id


def _hold(world: World, made: dict[str, Any]) -> Any:
    from datetime import timedelta

    from kaizo.core import clock
    from privacy.rights.holds import open_hold

    with tenant_scope(world.organisation.pk):
        return open_hold(
            reason="litigation",
            matter="A case",
            rows=[("tickets.Ticket", 1)],
            review_at=clock.now() + timedelta(days=1),
            expires_at=clock.now() + timedelta(days=2),
            opened_by_id=901,
        ).public_id


SAMPLES: dict[str, Callable[[World, dict[str, Any]], Any]] = {
    "privacy:request_id": _privacy_request,
    "privacy:notice_id": _recipient_notice,
    "privacy:copy_id": _own_copy,
    "privacy:package_id": _any_copy,
    "privacy:held_copy_id": _held_copy,
    "privacy:waiting_request_id": _waiting_request,
    "api:copy_id": _any_copy,
    "privacy:hold_id": _hold,
    "api:request_id": _privacy_request,
    "api:hold_id": _hold,
    "alert_id": _alert,
    "event_id": _check,
    "privacy:message_id": _letter,
    "privacy:correction_id": _correction,
    "privacy:refusal_id": _refusal,
    "privacy:correction_notice_id": _correction_notice,
    "api_token_id": _api_token,
    "category_id": _category,
    "assignment_id": _assignment,
    "category_key": _category_key,
    "code": lambda _world, _made: "public_replies",
    "connection_id": _connection,
    "dispute_id": _dispute,
    "follow_up_id": _follow_up,
    "item_id": _calibration_item,
    "session_id": _calibration,
    "cycle_id": _cycle,
    "day": _day,
    "filter_id": _filter,
    "group_id": _group,
    "evidence_id": _evidence,
    "holiday_id": _holiday,
    "integrations:public_id": _import,
    "invitation_id": _invitation,
    "lead_id": _lead,
    "notice_id": _notice,
    "number": _colleague,
    "pick_id": _pick,
    "pin_id": _pin,
    "place_id": _place,
    "scorecard_id": _scorecard,
    "review_id": _review,
    "table": lambda _world, _made: "categories",
    "team_id": _team,
    "ticket_id": _ticket,
    "token": _token,
    "version_number": lambda _world, _made: 1,
}
