"""A freeze's way in tests."""

from __future__ import annotations

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights.models import RightsRequest
from privacy.rights.restriction import services
from tests.privacy.rights import erasures
from tickets.models import Customer

OFFICER = 901


def frozen(organisation: Organisation, customer: Customer) -> RightsRequest:
    """A verified request of the customer's, and everything about them frozen."""
    request = erasures.receive(organisation, customer.subject_id, kind="restriction")
    with tenant_scope(organisation.pk):
        services.freeze_on_request(request, ground="art_18_1_a", actor_user_id=OFFICER)
    return request


def announce(organisation: Organisation, request: RightsRequest) -> None:
    """Told on the telephone: the request has an address, so a mail goes out as well."""
    with tenant_scope(organisation.pk):
        services.announce_lifting(
            request, reason="settled", text="The freeze is about to end.", actor_user_id=OFFICER
        )


def lift(organisation: Organisation, request: RightsRequest) -> None:
    with tenant_scope(organisation.pk):
        services.lift(request, actor_user_id=OFFICER)
