"""F14: requests that lie for weeks because a worker stands still. Deadlines are watched apart from
workers and queue."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from celery import current_app
from django.core import mail
from django.core.management import call_command
from django.urls import reverse

from kaizo.accounts.models import Membership, Organisation
from kaizo.core import clock
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights.deadline_watch import services
from privacy.rights.deadline_watch.models import DeadlineAlert
from privacy.rights.models import RightsRequest
from tests.factories import MONDAY
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 6, 15, 12, tzinfo=UTC)


def at(days: float) -> datetime:
    return NOW + timedelta(days=days)


@pytest.mark.parametrize(
    ("status", "until", "moved_at", "wrong"),
    [
        ("verified", at(20), at(-1), []),
        ("verified", at(7), at(-1), ["due_soon"]),
        ("verified", at(7.01), at(-1), []),
        ("verified", at(-0.01), at(-1), ["overdue"]),
        ("verified", at(20), at(-7.01), ["stuck"]),
        ("running", at(20), at(-0.9), []),
        ("running", at(20), at(-1.1), ["stuck"]),
        ("approved", at(-3), at(-1.1), ["overdue", "stuck"]),
        ("received", None, at(-1), []),
        ("received", None, None, []),
    ],
)
def test_f14_what_is_wrong_with_a_request(
    status: str, until: datetime | None, moved_at: datetime | None, wrong: list[str]
) -> None:
    found = services.what_is_wrong(status=status, until=until, moved_at=moved_at, now=NOW)
    assert found == wrong


@pytest.fixture
def officer(member: Callable[[Role], Membership]) -> Membership:
    member(Role.AGENT)
    member(Role.OWNER)
    return member(Role.PRIVACY_OFFICER)


@pytest.fixture
def no_queue(monkeypatch: pytest.MonkeyPatch) -> None:
    """As when the broker and all workers are gone."""

    def refuse(*_args: Any, **_kwargs: Any) -> None:
        msg = "There is no queue."
        raise AssertionError(msg)

    monkeypatch.setattr(current_app, "send_task", refuse)
    monkeypatch.setattr("celery.app.task.Task.apply_async", refuse)


def late(organisation: Organisation, days: int = 40) -> RightsRequest:
    with time_machine.travel(MONDAY - timedelta(days=days), tick=False):
        request = erasures.receive(organisation, verified=False)
        with tenant_scope(organisation.pk):
            request.due_at = clock.now() + timedelta(days=30)
            request.save(update_fields=["due_at"])
    return request


@pytest.mark.usefixtures("no_queue")
def test_f14_officers_hear_of_an_overdue_request_without_any_worker(
    organisation: Organisation, officer: Membership
) -> None:
    late(organisation)
    with time_machine.travel(MONDAY, tick=False):
        call_command("privacy_deadlines", "--once")
        [sent] = mail.outbox
        assert sent.to == [officer.user.email]
        assert "Overdue" in sent.body
        assert reverse("privacy:board", args=[organisation.slug]) in sent.body
        assert "dora" not in sent.body.lower()

        call_command("privacy_deadlines", "--once")
        assert len(mail.outbox) == 1
        with tenant_scope(organisation.pk):
            RightsRequest.objects.update(extended_to=clock.now() + timedelta(days=3))
        call_command("privacy_deadlines", "--once")
        assert "Due soon" in mail.outbox[1].body


@pytest.mark.usefixtures("no_queue")
def test_f14_without_an_officer_owners_are_told(
    organisation: Organisation, member: Callable[[Role], Membership]
) -> None:
    owner = member(Role.OWNER)
    late(organisation)
    with time_machine.travel(MONDAY, tick=False):
        services.look()
    assert [sent.to for sent in mail.outbox] == [[owner.user.email]]


def test_f14_a_mail_that_failed_is_sent_the_next_time(
    organisation: Organisation, officer: Membership, monkeypatch: pytest.MonkeyPatch
) -> None:
    late(organisation)

    def fail(*_args: Any, **_kwargs: Any) -> None:
        raise OSError

    with time_machine.travel(MONDAY, tick=False):
        with monkeypatch.context() as broken:
            broken.setattr(services, "send_mail", fail)
            assert services.look() == 0
        with tenant_scope(organisation.pk):
            assert not DeadlineAlert.objects.exists()
        assert services.look() == 1
    assert [sent.to for sent in mail.outbox] == [[officer.user.email]]


def test_f14_ended_requests_alert_nobody(organisation: Organisation, officer: Membership) -> None:
    request = late(organisation)
    with tenant_scope(organisation.pk):
        from privacy.rights import requests

        requests.refuse_request(
            request,
            ground="art_11_2",
            text="Who?",
            proposed_by_id=902,
            actor_user_id=officer.user_id,
        )
    mail.outbox.clear()
    with time_machine.travel(MONDAY, tick=False):
        assert services.look() == 0
    assert mail.outbox == []


def test_f14_the_board_shows_colours_and_says_when_nobody_watches(
    organisation: Organisation, officer: Membership, sign_in: Any
) -> None:
    late(organisation)
    client = sign_in(officer.user)
    board = reverse("privacy:board", args=[organisation.slug])
    with time_machine.travel(MONDAY, tick=False):
        page = client.get(board).content.decode()
        assert "Overdue" in page
        assert "Nobody watches the deadlines" in page
        services.look()
        assert "Nobody watches the deadlines" not in client.get(board).content.decode()
    with time_machine.travel(MONDAY + timedelta(hours=2), tick=False):
        assert "Nobody watches the deadlines" in client.get(board).content.decode()
