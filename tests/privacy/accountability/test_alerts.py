"""Mass reading is noticed once, told to those who may judge it, and judged by somebody else."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Notice, NoticeKind, Organisation, User
from kaizo.core import clock
from kaizo.core.errors import Conflict
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.accountability.access_log import record_reading, register_readings
from privacy.accountability.alerts import OwnReading, acknowledge, raise_alerts
from privacy.accountability.limits import OutsidePolicy, people_allowed, set_limits
from privacy.accountability.models import AlertKind
from privacy.accountability.tasks import watch_readings
from privacy.models import Alert, AuditEvent
from privacy.policy import limit_of, limits
from tests import factories

OPENED = "tests.drawer.opened"
register_readings({OPENED: "A drawer"})
MINUTE = timedelta(minutes=1)

Enter = Callable[[User], Client]

pytestmark = pytest.mark.django_db


@pytest.fixture
def reader(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def officer(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.PRIVACY_OFFICER)


@pytest.fixture(autouse=True)
def _small_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    small = {AlertKind.OPENED: 3, AlertKind.SEEN: 5}
    monkeypatch.setattr("privacy.accountability.alerts.people_allowed", lambda: small)


def open_drawers(reader: Membership, people: int, *, same: uuid.UUID | None = None) -> None:
    with tenant_scope(reader.organisation_id):
        for _ in range(people):
            record_reading(
                OPENED,
                reader=reader,
                people=[],
                subject_id=same or uuid.uuid4(),
                purpose=Purpose.COACHING,
            )


def see_list(reader: Membership, people: list[uuid.UUID]) -> None:
    with tenant_scope(reader.organisation_id):
        record_reading(OPENED, reader=reader, people=people, purpose=Purpose.COACHING)


def alerts_of(organisation: Organisation) -> list[tuple[str, int, int]]:
    with tenant_scope(organisation.pk):
        return list(Alert.objects.order_by("pk").values_list("kind", "actor_user_id", "people"))


def test_people_are_counted_and_not_clicks(
    organisation: Organisation, reader: Membership, officer: Membership
) -> None:
    one = uuid.uuid4()
    open_drawers(reader, 20, same=one)
    open_drawers(officer, 3)
    assert raise_alerts(organisation.pk) == []

    open_drawers(reader, 3)
    [alert] = raise_alerts(organisation.pk)
    assert (alert.kind, alert.actor_user_id, alert.people) == ("opened", reader.user_id, 4)


def test_many_in_lists_are_another_alert(organisation: Organisation, reader: Membership) -> None:
    people = [uuid.uuid4() for _ in range(6)]
    for _ in range(4):
        see_list(reader, people[:5])
    assert raise_alerts(organisation.pk) == []
    see_list(reader, people)
    [alert] = raise_alerts(organisation.pk)
    assert (alert.kind, alert.people) == ("seen", 6)


def test_a_burst_is_one_alert_however_long_it_goes_on(
    organisation: Organisation, reader: Membership
) -> None:
    open_drawers(reader, 4)
    watch_readings()
    open_drawers(reader, 2)
    watch_readings()
    watch_readings()
    assert alerts_of(organisation) == [("opened", reader.user_id, 6)]

    with tenant_scope(organisation.pk):
        Alert.objects.update(
            started_at=clock.now() - 3 * 60 * MINUTE, last_at=clock.now() - 2 * 60 * MINUTE
        )
    watch_readings()
    assert len(alerts_of(organisation)) == 2


@pytest.mark.promise("KU-11-03")
def test_an_hour_later_nothing_is_left_of_it(
    organisation: Organisation, reader: Membership
) -> None:
    open_drawers(reader, 4)
    with time_machine.travel(clock.now() + 61 * MINUTE, tick=False):
        assert raise_alerts(organisation.pk) == []


def test_those_who_may_judge_it_are_told_once_and_the_reader_is_not(
    organisation: Organisation,
    other_organisation: Organisation,
    reader: Membership,
    officer: Membership,
    member: Callable[[Role], Membership],
) -> None:
    owner = member(Role.OWNER)
    member(Role.TEAM_LEAD)
    factories.membership(other_organisation, Role.PRIVACY_OFFICER)
    open_drawers(reader, 4)
    watch_readings()
    open_drawers(reader, 1)
    watch_readings()
    with tenant_scope(organisation.pk):
        told = Notice.objects.filter(kind=NoticeKind.MASS_READING)
        assert {notice.recipient_id for notice in told} == {owner.pk, officer.pk}
        assert told.count() == 2
        raised = AuditEvent.objects.get(action="privacy.alert.raised")
    assert raised.detail == {"kind": "opened", "people": 4}
    assert alerts_of(other_organisation) == []


def test_an_alert_is_judged_on_its_page_by_somebody_else(
    organisation: Organisation, reader: Membership, officer: Membership, sign_in: Enter
) -> None:
    open_drawers(reader, 4)
    [alert] = raise_alerts(organisation.pk)
    page = reverse("accountability:alert", args=[organisation.slug, alert.pk])
    listed = reverse("accountability:alert_list", args=[organisation.slug])

    own = sign_in(reader.user)
    assert "This is about your own reading" in own.get(page).content.decode()
    assert own.post(page, {"conclusion": "expected"}).status_code == 422

    client = sign_in(officer.user)
    shown = client.get(page).content.decode()
    assert reader.user.name in shown
    assert reader.user.public_number in shown
    assert reader.user.name not in client.get(listed).content.decode()
    assert client.post(page, {"conclusion": "why not"}).status_code == 422
    assert client.post(page, {"conclusion": "incident"}).status_code == 302
    assert "It is treated as an incident" in client.get(listed).content.decode()
    with tenant_scope(organisation.pk):
        event = AuditEvent.objects.get(action="privacy.alert.acknowledged")
        with pytest.raises(Conflict):
            acknowledge(alert, conclusion="expected", actor_user_id=officer.user_id)
    assert (event.actor_user_id, event.detail) == (officer.user_id, {"conclusion": "incident"})


def test_nobody_judges_their_own_reading_not_even_past_the_service(
    organisation: Organisation, reader: Membership
) -> None:
    open_drawers(reader, 4)
    [alert] = raise_alerts(organisation.pk)
    with tenant_scope(organisation.pk):
        with pytest.raises(OwnReading):
            acknowledge(alert, conclusion="expected", actor_user_id=reader.user_id)
        alert.acknowledged_at, alert.acknowledged_by_id = clock.now(), reader.user_id
        alert.conclusion = "expected"
        with pytest.raises(IntegrityError), transaction.atomic():
            alert.save()


def test_the_limits_stand_in_the_policy() -> None:
    assert {"people_opened_per_hour", "people_seen_per_hour"} <= set(limits())
    assert limit_of("people_opened_per_hour") < limit_of("people_seen_per_hour")


def choose(client: Client, organisation: Organisation, opened: int, seen: int) -> int:
    page = reverse("accountability:alert_list", args=[organisation.slug])
    return client.post(page, {"opened": opened, "seen": seen}).status_code


def test_an_organisation_chooses_what_is_ordinary_between_floor_and_ceiling(
    monkeypatch: pytest.MonkeyPatch,
    organisation: Organisation,
    other_organisation: Organisation,
    reader: Membership,
    officer: Membership,
    sign_in: Enter,
) -> None:
    monkeypatch.setattr("privacy.accountability.alerts.people_allowed", people_allowed)
    shipped = limits()["people_opened_per_hour"], limits()["people_seen_per_hour"]
    floor = shipped[0].floor
    client = sign_in(officer.user)
    for wrong in (floor - 1, shipped[0].ceiling + 1):
        assert choose(client, organisation, wrong, shipped[1].value) == 422
    assert choose(client, organisation, floor, shipped[1].value) == 302
    with tenant_scope(organisation.pk):
        event = AuditEvent.objects.get(action="privacy.alert.limit_set")
        assert people_allowed() == {"opened": floor, "seen": shipped[1].value}
        with pytest.raises(OutsidePolicy):
            set_limits({AlertKind.SEEN: 1}, actor_user_id=officer.user_id)
    assert event.detail == {"kind": "opened", "before": shipped[0].value, "people": floor}
    with tenant_scope(other_organisation.pk):
        assert people_allowed()["opened"] == shipped[0].value

    open_drawers(reader, floor)
    assert raise_alerts(organisation.pk) == []
    open_drawers(reader, 1)
    [alert] = raise_alerts(organisation.pk)
    assert (alert.people, alert.allowed) == (floor + 1, floor)
