"""A correction's way in tests."""

from __future__ import annotations

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.rights.correction import services
from privacy.rights.correction.models import Correction
from privacy.rights.models import RightsRequest
from tests.privacy.rights import erasures
from tickets.models import Customer

WRITER, SECOND = 901, 902


def asked(organisation: Organisation, customer: Customer) -> RightsRequest:
    return erasures.receive(organisation, customer.subject_id, kind="rectification")


def propose(
    organisation: Organisation, request: RightsRequest, corrector: str, row: int, value: str
) -> Correction:
    with tenant_scope(organisation.pk):
        return services.propose(
            request, corrector=corrector, target_id=row, value=value, actor_user_id=WRITER
        )


def carry_out(organisation: Organisation, correction: Correction, by: int = SECOND) -> None:
    with tenant_scope(organisation.pk):
        services.apply(correction, actor_user_id=by)


def proposed(organisation: Organisation) -> Correction:
    """Somebody's name, put down by the first of two."""
    erasures.ingest(organisation, *erasures.records(1))
    customer = erasures.customer(organisation)
    request = asked(organisation, customer)
    return propose(organisation, request, "tickets.customer.name", customer.pk, "Dora Dobbin")
