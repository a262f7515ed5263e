"""Copies over the API: ordered, followed and listed; never handed out."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from kaizo.accounts.models import Membership, Organisation
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.rights.export import running
from privacy.rights.export.models import ExportPackage
from privacy.rights.models import RightsRequest
from tests import factories
from tests.api.calling import Caller
from tests.permissions.urls import addresses
from tests.privacy.export import copies
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer(member: Callable[[Role], Membership]) -> Caller:
    return Caller(member(Role.PRIVACY_OFFICER))


@pytest.fixture
def asked(organisation: Organisation) -> RightsRequest:
    """By somebody with a ticket, by mail, and verified."""
    erasures.ingest(organisation, *erasures.records(1))
    factories.check_texts(organisation)
    return copies.ask(organisation, erasures.customer(organisation).subject_id)


def address(request: RightsRequest) -> str:
    return f"privacy/requests/{request.public_id}/copy/"


def one(package: ExportPackage) -> str:
    return f"privacy/copies/{package.public_id}/"


def test_a_copy_is_ordered_followed_and_listed(
    organisation: Organisation, officer: Caller, asked: RightsRequest
) -> None:
    ordered = officer.call("POST", address(asked))
    assert (ordered.status_code, ordered.json()["state"]) == (202, "collecting")
    again = officer.call("POST", address(asked))
    assert again.json()["id"] == ordered.json()["id"]
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.get()
    copies.run(organisation, package)

    ready = officer.call("GET", one(package)).json()
    assert (ready["state"], ready["problem"], ready["downloads_left"]) == ("ready", "", 3)
    tickets = next(part for part in ready["parts"] if part["what"] == "tickets.Ticket")
    assert (tickets["planned"], tickets["written"], tickets["state"]) == (1, 1, "done")
    [listed] = officer.call("GET", "privacy/copies/?state=ready").json()["results"]
    assert listed["request"] == str(asked.public_id)
    assert officer.call("GET", "privacy/copies/?state=deleted").json()["results"] == []
    of_it = officer.call("GET", f"privacy/copies/?request={asked.public_id}").json()
    assert len(of_it["results"]) == 1
    assert officer.call("GET", "privacy/copies/?state=lost").status_code == 422


def test_nothing_is_copied_for_somebody_nobody_has_made_sure_of(
    organisation: Organisation, officer: Caller
) -> None:
    unsure = erasures.receive(organisation, kind="access", verified=False)
    refused = officer.call("POST", address(unsure))
    assert (refused.status_code, refused.json()["code"]) == (422, "unprocessable_entity")
    with tenant_scope(organisation.pk):
        assert not ExportPackage.objects.exists()


def test_an_erasure_is_no_copy(organisation: Organisation, officer: Caller) -> None:
    assert officer.call("POST", address(erasures.receive(organisation))).status_code == 422


def test_no_endpoint_hands_the_file_or_its_passphrase_out(
    organisation: Organisation, officer: Caller, asked: RightsRequest
) -> None:
    """Not in any answer, and by no address."""
    officer.call("POST", address(asked))
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.get()
    package = copies.run(organisation, package)
    told = (
        officer.call("GET", one(package)).content + officer.call("GET", "privacy/copies/").content
    )
    with tenant_scope(organisation.pk):
        assert running.passphrase_of(package).encode() not in told
    assert package.digest.encode() not in told
    about = [each.route for each in addresses() if each.is_api and "cop" in each.route]
    assert len(about) == 3
    for way in ("file/", "passphrase/"):
        for place in (address(asked), one(package)):
            assert officer.call("POST", place + way).status_code == 404
