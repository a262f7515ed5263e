"""F15 for copies: a person with very much takes no more memory than one with little."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest

from kaizo.accounts.models import Organisation
from privacy.rights.export import collecting
from privacy.rights.models import RequestStatus
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]


def peak_of(organisation: Organisation, subject_id: Any) -> int:
    package = copies.begin(organisation, copies.ask(organisation, subject_id))
    tracemalloc.start()
    try:
        done = copies.run(organisation, package, seconds=300)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert done.request.status == RequestStatus.VERIFIED_DONE
    return peak


def test_f15_ten_times_the_rows_take_no_more_memory(
    organisation: Organisation, other_organisation: Organisation, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "CHUNK", 10)
    monkeypatch.setattr("privacy.rights.export.pages.PER_PAGE", 5)
    peaks = []
    for tenant, tickets in ((organisation, 5), (organisation, 5), (other_organisation, 60)):
        erasures.ingest(tenant, *erasures.records(tickets))
        factories.check_texts(tenant)
        peaks.append(peak_of(tenant, erasures.customer(tenant).subject_id))
    # The first one also pays for what is imported and cached once.
    assert peaks[2] < 1.5 * peaks[1]
