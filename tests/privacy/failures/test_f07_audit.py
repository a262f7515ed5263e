"""F07: an audit log that keeps what was erased."""

from __future__ import annotations

import json

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.audit import registered_actions
from privacy.models import AuditEvent
from privacy.rights.models import Plan, RequestEvent
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("words", ["Dora Dobbs", "dora@post.example", "because she asked"])
def test_f07_an_event_takes_no_free_text(organisation: Organisation, words: str) -> None:
    with tenant_scope(organisation.pk):
        for action, declared in registered_actions().items():
            for key in [*declared, "note"]:
                with pytest.raises(api.UndeclaredEvent):
                    api.record_event(
                        organisation_id=organisation.pk, action=action, detail={key: words}
                    )
        assert not AuditEvent.objects.exists()


def test_f07_what_an_erasure_leaves_behind_says_nothing_of_the_person(
    organisation: Organisation,
) -> None:
    erasures.ingest(organisation, *erasures.records(2))
    erasures.erase(organisation, [erasures.customer(organisation).subject_id])

    with tenant_scope(organisation.pk):
        assert AuditEvent.objects.filter(action="privacy.subject.erased").exists()
        left = [
            *AuditEvent.objects.values_list("action", "object_type", "object_id", "detail"),
            *Plan.objects.values_list("data", "certificate"),
            *RequestEvent.objects.values_list("what", "before", "after", "reason"),
        ]
    text = json.dumps(left, default=str)
    assert "privacy.erasure.checked" in text
    assert "Dobbs" not in text
    assert "post.example" not in text
