"""Events: what may be in one, who reads it, and that nobody edits it."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import CrossTenantScope, Purpose, tenant_scope
from privacy import api
from privacy.models import AuditEvent
from tests import factories

api.register_actions(
    {"tests.parcel.opened": {"reason": frozenset({"complaint", "audit"}), "count": int}}
)
OPENED = "tests.parcel.opened"

pytestmark = pytest.mark.django_db


def test_an_event_says_who_did_what_to_whose_data_and_what_for(
    organisation: Organisation,
) -> None:
    subject_id = uuid.uuid4()
    with tenant_scope(organisation.pk, purpose=Purpose.COACHING):
        api.record_event(
            organisation_id=organisation.pk,
            action=OPENED,
            actor_user_id=7,
            object_type="tickets.Ticket",
            object_id=12,
            subject_id=subject_id,
            detail={"reason": "complaint", "count": 3},
        )
        event = AuditEvent.objects.get()

    assert (event.action, event.actor_user_id, event.object_id) == (OPENED, 7, "12")
    assert (event.subject_id, event.purpose, event.outcome) == (subject_id, "coaching", "done")
    assert event.detail == {"reason": "complaint", "count": 3}
    assert event.occurred_at is not None


@pytest.mark.parametrize(
    "words",
    [
        {"action": "tests.parcel.eaten"},
        {"detail": {"reason": "because I felt like it"}},
        {"detail": {"name": "Dora"}},
        {"detail": {"count": "3"}},
        {"detail": {"count": True}},
        {"detail": {"reason": ["complaint"]}},
    ],
)
def test_what_the_action_does_not_declare_is_refused(
    organisation: Organisation, words: dict[str, Any]
) -> None:
    with pytest.raises(api.UndeclaredEvent):
        api.record_event(**{"organisation_id": organisation.pk, "action": OPENED, **words})
    with tenant_scope(organisation.pk):
        assert not AuditEvent.objects.exists()


def test_an_action_is_declared_once_and_for_all() -> None:
    api.register_actions({"tests.parcel.sent": {}})
    api.register_actions({"tests.parcel.sent": {}})
    with pytest.raises(api.UndeclaredEvent):
        api.register_actions({"tests.parcel.sent": {"count": int}})


def test_without_a_scope_the_event_opens_its_own(organisation: Organisation) -> None:
    api.record_event(organisation_id=organisation.pk, action=OPENED, purpose=Purpose.SECURITY)
    with tenant_scope(organisation.pk):
        assert AuditEvent.objects.get().purpose == Purpose.SECURITY


def test_in_the_scope_of_another_organisation_nothing_is_recorded(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    with tenant_scope(other_organisation.pk), pytest.raises(CrossTenantScope):
        api.record_event(organisation_id=organisation.pk, action=OPENED)


def test_the_application_can_neither_change_nor_remove_an_event(
    organisation: Organisation,
) -> None:
    api.record_event(organisation_id=organisation.pk, action=OPENED, actor_user_id=7)

    with tenant_scope(organisation.pk):
        assert AuditEvent.objects.update(actor_user_id=8) == 0
        AuditEvent.objects.all()._raw_delete("default")
        assert AuditEvent.objects.get().actor_user_id == 7


def test_people_read_what_was_done_to_them_newest_first(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    user = factories.user()
    for where, whom in (
        (organisation, user.pk),
        (organisation, user.pk),
        (organisation, user.pk + 1),
        (other_organisation, user.pk),
    ):
        api.record_event(organisation_id=where.pk, action=OPENED, affected_user_id=whom)

    with tenant_scope(organisation.pk):
        events = list(api.events_for_user(user.pk))

    assert [event.affected_user_id for event in events] == [user.pk] * 2
    assert events[0].pk > events[1].pk
