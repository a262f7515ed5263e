"""The audit log's page: by filters, page by page, as a file, and with people for few."""

from __future__ import annotations

import csv
import io
import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.accountability import explorer
from privacy.accountability.access_log import record_reading, register_readings
from privacy.accountability.checking import check_seals
from privacy.accountability.seals import seal_events, settled_up_to
from privacy.accountability.tasks import check_all_seals
from privacy.api import Outcome, record_event, register_actions
from privacy.models import AuditEvent
from tests import factories

CLOSED, VIEWED = "tests.gate.closed", "tests.gate.viewed"
register_actions({CLOSED: {"n": int}})
register_readings({VIEWED: "A gate"})

Enter = Callable[[User], Client]
Member = Callable[[Role], Membership]

pytestmark = pytest.mark.django_db


@pytest.fixture
def lead(member: Member) -> Membership:
    return member(Role.TEAM_LEAD)


@pytest.fixture
def happened(organisation: Organisation, lead: Membership) -> uuid.UUID:
    """Two gates closed, one refused, and one seen, with a subject; a second one in a list."""
    dora = uuid.uuid4()
    for n, outcome in enumerate((Outcome.DONE, Outcome.DONE, Outcome.REFUSED)):
        record_event(
            organisation_id=organisation.pk,
            action=CLOSED,
            actor_user_id=lead.user_id,
            object_type="tests.gate",
            object_id=n,
            outcome=outcome,
            detail={"n": n},
        )
    with tenant_scope(organisation.pk):
        record_reading(VIEWED, reader=lead, people=[dora, uuid.uuid4()], purpose=Purpose.COACHING)
    return dora


@pytest.fixture
def look(organisation: Organisation, member: Member, sign_in: Enter) -> Callable[..., str]:
    officer = member(Role.PRIVACY_OFFICER)

    def get(who: Membership | None = None, name: str = "audit", **asked: object) -> str:
        client = sign_in((who or officer).user)
        answer = client.get(reverse(f"accountability:{name}", args=[organisation.slug]), asked)
        return answer.content.decode()

    return get


def rows(page: str) -> int:
    return page.count("<tr>") - 1


def test_events_are_found_by_what_is_known_of_them(
    happened: uuid.UUID,
    look: Callable[..., str],
    lead: Membership,
    organisation: Organisation,
) -> None:
    today = factories.today(organisation)
    asked: list[tuple[dict[str, object], int]] = [
        ({"action": CLOSED}, 3),
        ({"action": "readings"}, 1),
        ({"action": CLOSED, "outcome": "refused"}, 1),
        ({"object_type": "tests.gate", "object_id": "1"}, 1),
        ({"person": lead.user.public_number, "action": CLOSED}, 3),
        ({"person": str(happened)}, 1),
        ({"since": today, "until": today, "action": CLOSED}, 3),
        ({"since": today - timedelta(days=9), "until": today - timedelta(days=8)}, 0),
    ]
    assert [rows(look(**question)) for question, _n in asked] == [n or -1 for _question, n in asked]
    assert "No event matches" in look(person=str(uuid.uuid4()))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        ({"person": "Dora"}, "Type the sixteen digits"),
        ({"person": "0" * 16}, "There is no account with this number"),
        ({"since": "2026-03-02", "until": "2026-03-01"}, "This day lies before the first one"),
        ({"action": "no.such.thing"}, "Select a valid choice"),
    ],
)
def test_what_cannot_be_asked_is_said_at_its_field(
    look: Callable[..., str], asked: dict[str, str], told: str
) -> None:
    assert told in look(**asked)


def test_names_never_stand_in_the_log_and_people_only_for_those_who_handle_requests(
    happened: uuid.UUID, look: Callable[..., str], lead: Membership, member: Member
) -> None:
    officer, auditor = look(), look(member(Role.AUDITOR))
    for page in (officer, auditor):
        assert CLOSED in page
        assert lead.user.name not in page
        assert lead.user.email not in page
    assert lead.user.public_number in officer
    assert lead.user.public_number not in auditor
    assert 'name="person"' not in auditor
    by_person = look(member(Role.AUDITOR), person=str(uuid.uuid4()))
    assert CLOSED in by_person
    assert lead.user.public_number not in look(member(Role.AUDITOR), name="audit_csv")


def test_a_page_goes_on_by_key(
    organisation: Organisation, happened: uuid.UUID, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(explorer, "PER_PAGE", 3)
    with tenant_scope(organisation.pk):
        first = explorer.events_page({}, with_people=True, up_to_id=0)
        rest = explorer.events_page({}, with_people=True, up_to_id=0, before=first.after)
        known = list(AuditEvent.objects.order_by("-pk").values_list("pk", flat=True))
    assert [line.id for line in [*first.lines, *rest.lines]] == known
    assert (len(first.lines), rest.after) == (3, None)


def test_the_file_holds_what_the_page_shows_and_is_recorded(
    organisation: Organisation, happened: uuid.UUID, look: Callable[..., str]
) -> None:
    text = look(name="audit_csv", action=CLOSED).lstrip("\N{BYTE ORDER MARK}")
    head, *lines = list(csv.reader(io.StringIO(text)))
    assert [dict(zip(head, line, strict=True))["detail"] for line in lines] == ["n=2", "n=1", "n=0"]
    with tenant_scope(organisation.pk):
        taken = AuditEvent.objects.get(action="privacy.audit.exported")
    assert taken.detail == {"rows": 3}


def test_too_much_for_one_file_is_refused_in_words(
    organisation: Organisation,
    happened: uuid.UUID,
    member: Member,
    sign_in: Enter,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(explorer, "MOST_EXPORTED", 2)
    client = sign_in(member(Role.OWNER).user)
    there = reverse("accountability:audit_csv", args=[organisation.slug])
    page = client.get(there, {"action": CLOSED}, follow=True).content.decode()
    assert "More than 2 events fit" in page


def test_the_page_says_how_far_the_log_is_sealed_and_whether_it_is_intact(
    organisation: Organisation, happened: uuid.UUID, look: Callable[..., str]
) -> None:
    assert "Not checked yet" in look()
    up_to = settled_up_to()
    assert up_to is not None
    seal_events(organisation.pk, up_to)
    assert check_seals(organisation.pk).is_intact
    assert "Intact" in look()
    with tenant_scope(organisation.pk):
        state = explorer.seal_state()
    assert (state.seals, state.is_intact, state.problems) == (1, True, 0)
    assert state.unsealed >= 1


def test_a_broken_chain_is_an_event_that_failed_and_stands_on_the_page(
    organisation: Organisation,
    happened: uuid.UUID,
    look: Callable[..., str],
    settings: pytest.FixtureRequest,
    django_capture_on_commit_callbacks: Callable[..., object],
) -> None:
    up_to = settled_up_to()
    assert up_to is not None
    seal_events(organisation.pk, up_to)
    settings.ROOT_KEY = b"another root key, thirty-two byte"[:32]
    settings.ROOT_KEY_PREVIOUS = None
    with django_capture_on_commit_callbacks(execute=True):
        check_all_seals()
    assert "Something in the log is not what was sealed" in look()
    with tenant_scope(organisation.pk):
        event = AuditEvent.objects.get(action="privacy.audit.checked")
    assert (event.outcome, event.detail["problems"]) == ("failed", 1)
