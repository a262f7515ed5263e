"""Notices in the product and by mail: once each, to the right person, without names."""

from __future__ import annotations

import smtplib
from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from kaizo.accounts.models import Membership, Notice, NoticeKind, Organisation, User
from kaizo.accounts.notices import digests, notify
from kaizo.accounts.notices.kinds import Frequency, register_notice_links
from kaizo.accounts.notices.mails import mail_notices
from kaizo.accounts.notices.services import choose_frequencies
from kaizo.accounts.notices.tasks import mail_digest, mail_notice, queue_digests
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests import factories

Make = Callable[[Role], Membership]
SignIn = Callable[[User], Client]
Capture = Callable[..., AbstractContextManager[Any]]

pytestmark = pytest.mark.django_db

TEAM = "accounts.team"


@pytest.fixture(autouse=True)
def _teams_have_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Any object with a page will do; a team is the nearest."""
    monkeypatch.setattr("kaizo.accounts.notices.kinds._links", {})
    register_notice_links({TEAM: ("accounts:team", "team_id")})


@pytest.fixture
def team(organisation: Organisation) -> int:
    from kaizo.accounts.services import create_team

    return create_team(organisation=organisation, name="Delft", actor=None).pk


def tell(member: Membership, team: int, kind: NoticeKind = NoticeKind.MENTION, **how: bool) -> int:
    return notify(
        organisation=member.organisation, recipients=[member], kind=kind, about=(TEAM, team), **how
    )


def notices_of(member: Membership) -> list[Notice]:
    with tenant_scope(member.organisation_id):
        return list(Notice.objects.filter(recipient=member).order_by("pk"))


def url(member: Membership, name: str, **arguments: int) -> str:
    return reverse(
        f"accounts:{name}", kwargs={"organisation": member.organisation.slug, **arguments}
    )


def test_a_notice_is_counted_listed_and_leads_to_its_object(
    member: Make, sign_in: SignIn, team: int
) -> None:
    admin = member(Role.ADMIN)
    tell(admin, team)
    client = sign_in(admin.user)
    page = client.get(url(admin, "notice_list")).content.decode()
    assert "Somebody mentioned you" in page
    assert '<span class="count">1</span>' in page
    [notice] = notices_of(admin)
    opened = client.get(url(admin, "notice_open", notice_id=notice.pk))
    assert opened.headers["Location"] == url(admin, "team", team_id=team)
    assert '<span class="count">' not in client.get(url(admin, "notice_list")).content.decode()


def test_another_member_s_notice_is_not_found(member: Make, sign_in: SignIn, team: int) -> None:
    admin, colleague = member(Role.ADMIN), member(Role.ADMIN)
    tell(colleague, team)
    [notice] = notices_of(colleague)
    address = url(admin, "notice_open", notice_id=notice.pk)
    assert sign_in(admin.user).get(address).status_code == 404
    assert notices_of(colleague)[0].read_at is None
    assert sign_in(colleague.user).get(address).status_code == 302
    assert notices_of(colleague)[0].read_at is not None


def test_what_is_gone_is_said_to_be_gone(member: Make, sign_in: SignIn) -> None:
    admin = member(Role.ADMIN)
    tell(admin, 987_654)
    client = sign_in(admin.user)
    assert "It is not there any more." in client.get(url(admin, "notice_list")).content.decode()
    [notice] = notices_of(admin)
    opened = client.get(url(admin, "notice_open", notice_id=notice.pk))
    assert opened.headers["Location"] == url(admin, "notice_list")


def test_all_notices_are_marked_read_at_once(member: Make, sign_in: SignIn, team: int) -> None:
    admin, colleague = member(Role.ADMIN), member(Role.ADMIN)
    for someone in (admin, colleague):
        tell(someone, team)
        tell(someone, team, NoticeKind.DUE_SOON)
    client = sign_in(admin.user)
    client.post(url(admin, "notices_read"))
    assert all(notice.read_at for notice in notices_of(admin))
    assert not any(notice.read_at for notice in notices_of(colleague))


def test_the_same_unread_notice_is_not_repeated(member: Make, sign_in: SignIn, team: int) -> None:
    admin = member(Role.ADMIN)
    assert [tell(admin, team), tell(admin, team)] == [1, 0]
    sign_in(admin.user).post(url(admin, "notices_read"))
    assert tell(admin, team, once=True) == 0
    assert tell(admin, team) == 1
    assert len(notices_of(admin)) == 2


def test_who_has_left_is_told_nothing(member: Make, team: int) -> None:
    from tests.permissions.test_matrix import deactivate

    stays, left = member(Role.ADMIN), member(Role.ADMIN)
    deactivate(left)
    assert [tell(stays, team), tell(left, team)] == [1, 0]


def test_mail_goes_at_once_and_names_nobody(
    member: Make, team: int, django_capture_on_commit_callbacks: Capture
) -> None:
    admin = member(Role.ADMIN)
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin, team)
    [sent] = mail.outbox
    assert sent.to == [admin.user.email]
    assert sent.subject == "Kaizo: Somebody mentioned you"
    assert url(admin, "notice_preferences") in sent.body
    assert admin.user.name not in sent.body
    [notice] = notices_of(admin)
    assert notice.mailed_at is not None
    mail_notice(organisation_id=admin.organisation_id, notice_id=notice.pk)
    assert len(mail.outbox) == 1


def test_a_mail_that_could_not_be_sent_is_still_owed(
    member: Make, team: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = member(Role.ADMIN)
    tell(admin, team)
    [notice] = notices_of(admin)

    def refuse(*_: object) -> None:
        raise smtplib.SMTPServerDisconnected

    def send() -> None:
        with tenant_scope(admin.organisation_id):
            mail_notices([notice.pk])

    with monkeypatch.context() as broken:
        broken.setattr("kaizo.accounts.notices.mails.send_mail", refuse)
        with pytest.raises(smtplib.SMTPException):
            send()
    assert notices_of(admin)[0].mailed_at is None
    mail_notice(organisation_id=admin.organisation_id, notice_id=notice.pk)
    assert len(mail.outbox) == 1


def test_a_frequency_is_chosen_on_the_page_and_kept_to(
    member: Make,
    sign_in: SignIn,
    team: int,
    django_capture_on_commit_callbacks: Capture,
) -> None:
    admin = member(Role.ADMIN)
    client = sign_in(admin.user)
    choices = dict.fromkeys(NoticeKind.values, "at_once")
    page = url(admin, "notice_preferences")
    assert client.post(page, choices | {"mention": "hourly"}).status_code == 422
    assert client.post(page, choices | {"mention": "never"}).status_code == 302
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin, team)
    assert mail.outbox == []
    with django_capture_on_commit_callbacks(execute=True):
        tell(admin, team, NoticeKind.DUE_SOON)
    assert len(mail.outbox) == 1


NOON = datetime(2026, 11, 11, 12, 0, tzinfo=UTC)  # a Wednesday


@pytest.mark.parametrize(
    ("frequency", "written", "is_due"),
    [
        (Frequency.DAILY, timedelta(hours=7), True),  # 5 o'clock in the morning
        (Frequency.DAILY, timedelta(hours=1), False),  # after today's digest
        (Frequency.WEEKLY, timedelta(days=1), False),  # Tuesday: waits for Monday
        (Frequency.WEEKLY, timedelta(days=3), True),  # Sunday
        (Frequency.DAILY, timedelta(days=15), False),  # too old to be news
        (Frequency.NEVER, timedelta(days=3), False),
        (Frequency.AT_ONCE, timedelta(days=3), False),
    ],
)
def test_a_digest_takes_what_came_before_seven_o_clock(
    member: Make,
    team: int,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Capture,
    frequency: Frequency,
    written: timedelta,
    is_due: bool,
) -> None:
    admin = member(Role.ADMIN)
    choose_frequencies(actor=admin, chosen={NoticeKind.MENTION: frequency})
    tell(admin, team)
    with tenant_scope(admin.organisation_id):
        Notice.objects.update(created_at=NOON - written)
    monkeypatch.setattr("kaizo.core.clock.now", lambda: NOON)
    with django_capture_on_commit_callbacks(execute=True):
        queue_digests(organisation_id=admin.organisation_id)
    assert len(mail.outbox) == int(is_due)
    mail_digest(organisation_id=admin.organisation_id, membership_id=admin.pk)
    assert len(mail.outbox) == int(is_due)


@given(
    moment=st.integers(0, 700 * 24 * 60).map(lambda minutes: NOON + timedelta(minutes=minutes)),
    zone=st.sampled_from(["Europe/Amsterdam", "Pacific/Auckland", "America/Sao_Paulo", "UTC"]),
)
def test_digests_are_due_at_seven_local_time(moment: datetime, zone: str) -> None:
    day, week = digests.boundaries(moment, ZoneInfo(zone))
    assert day.astimezone(ZoneInfo(zone)).hour == week.astimezone(ZoneInfo(zone)).hour == 7
    assert week.weekday() == 0
    assert week <= day <= moment
    assert moment - day <= timedelta(hours=25)
    assert day - week < timedelta(days=7, hours=2)


def test_the_count_costs_no_query_and_the_list_few(
    member: Make, sign_in: SignIn, team: int, django_assert_max_num_queries: Capture
) -> None:
    admin = member(Role.ADMIN)
    client = sign_in(admin.user)
    for kind in NoticeKind:
        tell(admin, team, kind)
    with django_assert_max_num_queries(11):
        client.get(url(admin, "notice_list"))


def test_another_organisation_s_notices_stay_there(
    member: Make, other_organisation: Organisation, team: int
) -> None:
    admin, stranger = member(Role.ADMIN), factories.membership(other_organisation, Role.ADMIN)
    assert notify(
        organisation=admin.organisation,
        recipients=[admin, stranger],
        kind=NoticeKind.MENTION,
        about=(TEAM, team),
    ) == 1  # fmt: skip
    assert notices_of(stranger) == []
