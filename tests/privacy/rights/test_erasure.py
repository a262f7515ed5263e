"""From a verified request to a checked erasure."""

from __future__ import annotations

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.models import Subject
from privacy.rights.models import RequestStatus
from tests.privacy.rights import erasures
from tickets.models import Agent, Customer, Message, Ticket

pytestmark = pytest.mark.django_db


def test_a_customer_s_erasure_takes_everything_of_theirs_and_nothing_of_others(
    organisation: Organisation,
) -> None:
    own = erasures.records(3)
    other = erasures.records(2, customer=2)
    erasures.ingest(organisation, *own, *other)
    subject_id = erasures.customer_of(organisation, own[0]).subject_id

    done = erasures.erase(organisation, [subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 2
        assert Message.objects.count() == 4
        assert Customer.objects.count() == 1
        assert Subject.objects.get(pk=subject_id).state == api.SubjectState.ERASED
    assert api.ciphers_for(organisation.pk, [subject_id], create=True)[subject_id].erased
    assert all(
        state == "done" and planned == changed
        for state, planned, changed in erasures.steps(organisation, done).values()
    )


def test_an_agent_s_erasure_unlinks_them_and_keeps_the_conversations(
    organisation: Organisation,
) -> None:
    erasures.ingest(organisation, *erasures.records(3))
    agent = erasures.agent(organisation)

    done = erasures.erase(organisation, [agent.subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    with tenant_scope(organisation.pk):
        assert not Agent.objects.exists()
        assert Message.objects.filter(author_type="agent", agent=None).count() == 3
