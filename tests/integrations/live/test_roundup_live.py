"""The egress client against a service that means its limits: it waits as it is told, no longer and
no shorter."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from bench.arrivals import watched
from kaizo.accounts.models import Organisation
from privacy.api import Egress, EgressFailed, Failure, Limits, register_processor
from tests.integrations.live.roundup import Roundup, running

pytestmark = pytest.mark.django_db

ISSUES = "/rest/data/issue?@page_size=1"


@pytest.fixture(scope="module")
def tracker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Roundup]:
    """Two calls at once, then one every six seconds: less than they take on a busy machine."""
    with running(tmp_path_factory.mktemp("roundup"), calls=2, seconds=12) as started:
        yield started


def way(organisation: Organisation, tracker: Roundup, limits: Limits | None = None) -> Egress:
    register_processor(
        organisation_id=organisation.pk,
        name="Tracker",
        service="Issues",
        hosts=["127.0.0.1"],
        country="NL",
        allows_private_address=True,
    )
    return Egress(
        organisation_id=organisation.pk,
        base_url=tracker.url,
        account=tracker.url,
        headers=tracker.headers,
        limits=limits or Limits(backoff=0.01, attempts=8),
    )


def is_a_list(body: bytes) -> bool:
    return isinstance(json.loads(body)["data"]["collection"], list)


def test_one_after_the_other_is_answered_after_the_waits_it_asks_for(organisation, tracker) -> None:
    with watched() as found, way(organisation, tracker) as out:
        answers = [out.request("GET", ISSUES) for _each in range(4)]
    assert [answer.status for answer in answers] == [200] * 4
    assert all(is_a_list(answer.body) for answer in answers)
    assert found.asked, "it never said 429"
    assert found.too_early == 0
    # What its reset header says is when all calls are allowed again: longer than one has to wait.
    assert all(wait <= tracker.seconds / tracker.calls + 1 for _at, wait in found.asked)


def test_side_by_side_nothing_goes_out_behind_a_refusal(organisation, tracker) -> None:
    tracker.use_up(ISSUES)
    with watched() as found, way(organisation, tracker) as out:
        answers = out.get_many([ISSUES] * 4)
    assert [answer.status for answer in answers] == [200] * 4
    assert found.asked, "it never said 429"
    assert found.too_early == 0


def test_who_will_not_wait_hears_when_to_come_back(organisation, tracker) -> None:
    impatient = Limits(patience=0.1, attempts=2)
    with way(organisation, tracker, impatient) as out, pytest.raises(EgressFailed) as caught:
        out.get_many([ISSUES] * 20)
    assert caught.value.failure is Failure.RATE_LIMITED
    assert caught.value.retry_at is not None
