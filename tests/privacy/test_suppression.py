"""Who must not come back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from kaizo.accounts.models import Organisation
from privacy import api

CUTOFF = datetime(2026, 11, 2, tzinfo=UTC)
GONE, STRANGER = b"g" * 32, b"s" * 32

pytestmark = pytest.mark.django_db


@pytest.fixture
def gone(organisation: Organisation) -> Organisation:
    api.suppress(
        organisation_id=organisation.pk, kind="customer", hashes=[GONE, GONE], cutoff=CUTOFF
    )
    return organisation


def test_only_whom_the_list_names_is_refused(gone: Organisation) -> None:
    assert api.suppressed(gone.pk, "customer", [GONE, STRANGER]) == {GONE}
    assert api.suppressed(gone.pk, "ticket", [GONE]) == set()
    assert api.suppressed(gone.pk, "customer", []) == set()


def test_another_organisation_refuses_nobody(
    gone: Organisation, other_organisation: Organisation
) -> None:
    assert api.suppressed(other_organisation.pk, "customer", [GONE]) == set()


def test_a_new_contact_after_the_cutoff_is_let_in(gone: Organisation) -> None:
    just_before = {GONE: CUTOFF - timedelta(seconds=1)}
    assert api.suppressed(gone.pk, "customer", just_before) == {GONE}
    assert api.suppressed(gone.pk, "customer", {GONE: CUTOFF}) == set()


def test_a_block_refuses_what_comes_later_too(gone: Organisation) -> None:
    api.suppress(organisation_id=gone.pk, kind="customer", hashes=[GONE], mode="block")
    assert api.suppressed(gone.pk, "customer", {GONE: CUTOFF + timedelta(days=900)}) == {GONE}


def test_an_expired_entry_refuses_nobody(gone: Organisation) -> None:
    api.suppress(
        organisation_id=gone.pk,
        kind="customer",
        hashes=[GONE],
        expires_at=datetime(2020, 1, 1, tzinfo=UTC),
    )
    assert api.suppressed(gone.pk, "customer", [GONE]) == set()
