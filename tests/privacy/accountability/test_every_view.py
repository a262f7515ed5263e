"""Whoever sees words of a conversation or another person's scores leaves exactly one event.

The addresses come from the URL configuration. One that shows something of the sort is listed here
with what it writes; every other one writes nothing, and its answer holds none of the words that
stand in the world's conversation. So a new page is covered by being there.
"""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from django.http import HttpResponse
from django.urls import reverse

from kaizo.accounts.api.base import Need
from kaizo.core.permissions import ROLE_ACTIONS, Role
from kaizo.core.tenancy import tenant_scope
from privacy.accountability.access_log import registered_readings
from privacy.models import AuditEvent
from privacy.rights.readings import Reading as Copies
from scoring.metrics.services import recompute as recompute_figures
from scoring.quality.dashboards.rollups import recompute
from scoring.quality.models import Review
from scoring.readings import Reading as Scores
from tests import factories
from tests.api.calling import Caller
from tests.permissions import samples
from tests.permissions.samples import World, arguments
from tests.permissions.test_api import CALLS, ENDPOINTS, allowed_role
from tests.permissions.test_matrix import enter, world_of
from tests.permissions.urls import Address, addresses
from tests.scoring.quality.factories import submitted_review
from tickets.models import Agent, Ticket
from tickets.readings import Reading as Tickets

pytestmark = pytest.mark.django_db

# What each address that shows words or others' scores writes.
SHOWS = {
    "tickets:ticket_list": Tickets.LIST,
    "tickets:ticket_detail": Tickets.CONVERSATION,
    "scoring:dashboard": Scores.FIGURES,
    "scoring:kpi_day": Scores.TICKETS,
    "scoring:my_day": Scores.TICKETS,
    "scoring:coaching": Scores.PINS,
    "quality:dashboard": Scores.QUALITY,
    "quality:dashboard_csv": Scores.QUALITY,
    "quality:review_list": Scores.REVIEWS,
    "quality:reviews_received": Scores.REVIEWS,
    "quality:review": Scores.REVIEW,
    "quality:review_edit": Tickets.CONVERSATION,
    "quality:dispute_list": Scores.DISPUTES,
    "quality:dispute": Scores.DISPUTE,
    "quality:dispute_new": Scores.REVIEW,
    "quality:assignment": Scores.PICKS,
    "quality:to_review": Scores.PICKS,
    "quality:own_cycle": Scores.PICKS,
    "quality:pick_replace": Scores.PICKS,
    "privacy:review_copy": Copies.COPY,
    "quality:pick_remove": Scores.PICKS,
    "quality:pick_reassign": Scores.PICKS,
    "quality:calibration": Scores.CALIBRATION,
    "quality:calibration_pick": Tickets.LIST,
    "quality:calibration_new": Tickets.LIST,
    "quality:calibration_distances": Scores.DISTANCES,
    "api:quality": Scores.QUALITY,
    "api:reviews": Scores.REVIEWS,
    "api:review": Scores.REVIEW,
    "api:disputes": Scores.DISPUTES,
    "api:dispute": Scores.DISPUTE,
}
# The agent's name without a score or a word beside it.
ONLY_NAMES = {
    "quality:review_start",  # whose message is to be reviewed
    "quality:assignment_new",  # whom to review
    "quality:assignment_edit",
    "quality:review_reviewee",  # whose work it was
    "scoring:pin_new",  # about whom
    "tickets:team_agents",
}
WORDS = re.compile(r"Where is my parcel|It is on its way|Question \d")
NAME = "Ada Agent"

# What stands on a page that has no object in its address.
WORLD_OF = {
    "quality:to_review": "assignment_id",
    "scoring:coaching": "pin_id",
    "quality:dashboard": "counted",
    "quality:dashboard_csv": "counted",
    "api:quality": "counted",
}
# Where one's own draft, which the samples have, would lead elsewhere.
OF_OTHERS = {"quality:review", "quality:dispute_new", "quality:review_reopen", "api:review"}
# Pages about the reader's own work, which others may open and find empty.
AS_AGENT = {"quality:reviews_received"}

PAGES = [address for address in addresses() if address.action is not None]
READING_CALLS = [(a, need) for a, method, need in CALLS if method == "GET"]
NAMES = [address.name for address, _need in READING_CALLS]


def looks_in(world: World) -> list[str]:
    with tenant_scope(world.organisation.pk):
        seen = AuditEvent.objects.filter(action__in=registered_readings())
        return list(seen.order_by("pk").values_list("action", flat=True))


def role_for(address: Address) -> Role:
    """Somebody who looks at others': an agent only where nobody else may."""
    if address.name in AS_AGENT:
        return Role.AGENT
    return next(role for role in Role if address.action in ROLE_ACTIONS[role])


def furnish(world: World, address: Address) -> str:
    """The address in a world with a reviewed, disputed conversation; with its text scanned and
    every figure computed."""
    with pytest.MonkeyPatch.context() as patch:
        if address.name in OF_OTHERS:
            patch.setitem(samples.SAMPLES, "review_id", _review_by_somebody)
        made = arguments(address, world)
    if not address.objects and "day" not in made:
        stands = WORLD_OF.get(address.name, "dispute_id")
        make = _counted_review if stands == "counted" else samples.SAMPLES[stands]
        make(world, {})
    factories.check_texts(world.organisation)
    with tenant_scope(world.organisation.pk):
        recompute(organisation_id=world.organisation.pk)
        recompute_figures(organisation_id=world.organisation.pk)
        asked = {
            "first": "2026-11-01",
            "last": factories.today(world.organisation),
            "ticket": getattr(Ticket.objects.first(), "pk", ""),
        }
        if address.name == "scoring:coaching":
            asked["agent"] = Agent.objects.get().pk
    return f"{reverse(address.name, kwargs=made)}?{urlencode(asked)}"


def _counted_review(world: World, made: dict[str, object]) -> None:
    """Not in dispute: a disputed one counts nowhere."""
    ticket_id = samples.SAMPLES["ticket_id"](world, made)
    with tenant_scope(world.organisation.pk):
        ticket = Ticket.objects.get(pk=ticket_id)
    submitted_review(world.organisation, ticket=ticket, sample=Review.Sample.RANDOM)


def _review_by_somebody(world: World, made: dict[str, object]) -> int:
    samples.SAMPLES["dispute_id"](world, made)
    with tenant_scope(world.organisation.pk):
        return Review.objects.get().pk


def judge(address: Address, world: World, response: HttpResponse) -> None:
    body = b"".join(response.streaming_content) if response.streaming else response.content
    text = body.decode("utf-8", "replace")
    expected = SHOWS.get(address.name)
    if expected is None:
        assert not WORDS.search(text), f"{address.name} shows words: list it in SHOWS"
        assert NAME not in text or address.name in ONLY_NAMES, f"{address.name} names the agent"
        assert looks_in(world) == []
    else:
        assert response.status_code == 200
        assert looks_in(world) == [expected.value]


@pytest.mark.promise("KZ-09-04")
@pytest.mark.parametrize("address", PAGES, ids=lambda address: address.name)
def test_a_page_writes_what_it_shows(address: Address) -> None:
    world = world_of(role_for(address))
    url = furnish(world, address)
    judge(address, world, enter(world.actor.user).get(url))


@pytest.mark.promise("KZ-09-04")
@pytest.mark.parametrize(("address", "need"), READING_CALLS, ids=NAMES)
def test_an_answer_of_the_api_writes_what_it_shows(address: Address, need: Need) -> None:
    world = world_of(allowed_role(need))
    url = furnish(world, address)
    judge(address, world, Caller(world.actor).call("GET", url))
    if address.name in SHOWS:
        with tenant_scope(world.organisation.pk):
            event = AuditEvent.objects.get(action=SHOWS[address.name])
        assert event.detail["channel"] == "api"


def test_no_line_of_the_lists_is_stale() -> None:
    known = {address.name for address in [*PAGES, *ENDPOINTS]}
    assert (set(SHOWS) | ONLY_NAMES) - known == set()
