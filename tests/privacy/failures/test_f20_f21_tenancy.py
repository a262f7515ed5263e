"""F20 and F21: row-level security that binds nobody, and keys that cross organisations. The
catalogue's tests go through every table; these try one."""

from __future__ import annotations

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import IntegrityError, connections
from django.db.utils import ConnectionHandler

from kaizo.accounts.models import Organisation
from kaizo.core import checks
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import Plan, RightsRequest
from tests import database
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("role", ["postgres", "kaizo_owner"])
def test_f20_a_role_that_no_policy_binds_does_not_start(
    monkeypatch: pytest.MonkeyPatch, role: str
) -> None:
    checks.refuse_unsafe_roles()
    settings = {
        alias: database.owner_settings(alias)
        | {"NAME": connections[alias].settings_dict["NAME"], "USER": role}
        for alias in ("default", "vault")
    }
    handler = ConnectionHandler(settings)
    monkeypatch.setattr(checks, "connections", handler)
    with pytest.raises(ImproperlyConfigured, match="could see every organisation"):
        checks.refuse_unsafe_roles()
    handler.close_all()


def test_f20_requests_of_others_are_not_seen(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    erasures.receive(organisation, verified=False)
    with tenant_scope(other_organisation.pk):
        assert not RightsRequest.objects.exists()
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.exists()


def test_f21_a_plan_cannot_hang_on_another_organisation_s_request(
    organisation: Organisation, other_organisation: Organisation
) -> None:
    foreign = erasures.receive(other_organisation, verified=False)

    def plan_for(request: RightsRequest) -> None:
        with tenant_scope(organisation.pk):
            Plan(organisation=organisation, request=request, digest="0" * 64).save(
                force_insert=True
            )

    with pytest.raises(IntegrityError, match="tenant_fk"):
        plan_for(foreign)
    plan_for(erasures.receive(organisation, verified=False))
