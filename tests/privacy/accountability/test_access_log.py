"""Who looked at whose data."""

from __future__ import annotations

import uuid

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import Purpose, tenant_scope
from privacy.accountability.access_log import (
    Channel,
    access_log_of,
    record_reading,
    register_readings,
)
from privacy.api import UndeclaredEvent, record_event, register_actions
from privacy.models import AuditEvent
from tests import factories

VIEWED = "tests.letter.viewed"
register_readings({VIEWED: "A letter"}, {VIEWED: {"folded": bool}})
register_actions({"tests.letter.sent": {}})

pytestmark = pytest.mark.django_db


def test_each_of_several_people_learns_when_what_for_and_in_which_role(
    organisation: Organisation,
) -> None:
    reader = factories.membership(organisation, Role.REVIEWER)
    dora, emil, nobody = uuid.uuid4(), uuid.uuid4(), uuid.uuid4()
    with tenant_scope(organisation.pk):
        record_reading(
            VIEWED, reader=reader, people=[dora, emil, dora, None], purpose=Purpose.COACHING
        )
        record_reading(
            VIEWED,
            reader=reader,
            people=[dora],
            purpose=Purpose.SECURITY,
            channel=Channel.API,
            detail={"folded": True},
        )
        record_event(organisation_id=organisation.pk, action="tests.letter.sent", subject_id=dora)
        hers, his = list(access_log_of([dora])), list(access_log_of([emil]))
        both = list(access_log_of([dora, emil]))

        assert list(access_log_of([nobody])) == []
        assert list(access_log_of([])) == []
        details = list(AuditEvent.objects.filter(action=VIEWED).order_by("pk").values("detail"))
    assert [(line.purpose, line.action, line.role) for line in hers] == [
        ("security", VIEWED, "reviewer"),
        ("coaching", VIEWED, "reviewer"),
    ]
    assert (str(hers[0].what), str(hers[0].by)) == ("A letter", "Reviewer")
    assert his == hers[1:]
    assert both == hers
    assert hers[0].occurred_at is not None
    assert [row["detail"] for row in details] == [
        {"role": "reviewer", "channel": "page", "people": 2},
        {"role": "reviewer", "channel": "api", "people": 1, "folded": True},
    ]


def test_of_one_s_account_others_looks_count_and_one_s_own_do_not(
    organisation: Organisation,
) -> None:
    me = factories.membership(organisation, Role.AGENT)
    lead = factories.membership(organisation, Role.TEAM_LEAD)
    with tenant_scope(organisation.pk):
        for reader in (me, lead):
            record_reading(
                VIEWED,
                reader=reader,
                people=[],
                purpose=Purpose.COACHING,
                affected_user_id=me.user_id,
            )
        found = list(access_log_of([], user_id=me.user_id))
    assert [line.role for line in found] == ["team_lead"]


def test_a_reading_is_declared(organisation: Organisation) -> None:
    reader = factories.membership(organisation, Role.AGENT)
    with tenant_scope(organisation.pk), pytest.raises(UndeclaredEvent):
        record_reading("tests.letter.eaten", reader=reader, people=[], purpose=Purpose.COACHING)


def test_another_organisation_s_readings_are_not_found(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    dora, emil = uuid.uuid4(), uuid.uuid4()
    for place in (organisation, other_organisation):
        reader = factories.membership(place, Role.REVIEWER)
        with tenant_scope(place.pk):
            record_reading(VIEWED, reader=reader, people=[dora, emil], purpose=Purpose.COACHING)
    with tenant_scope(organisation.pk):
        assert len(list(access_log_of([dora]))) == 1
