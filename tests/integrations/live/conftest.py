"""Services that nobody here wrote. Without them these tests say so, loudly."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.integrations.live import request_tracker, roundup
from tests.integrations.live.request_tracker import RequestTracker, running

WHY_NOT = {
    "test_request_tracker_live.py": request_tracker.why_not,
    "test_roundup_live.py": roundup.why_not,
}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.live)
            item.add_marker(pytest.mark.timeout(240))
            reason = WHY_NOT[item.path.name]()
            if reason:
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(scope="module")
def there(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RequestTracker]:
    """A Request Tracker with people and rights, and no tickets."""
    with running(tmp_path_factory.mktemp("rt")) as started:
        yield started
