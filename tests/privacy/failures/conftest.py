"""What the failures need."""

from __future__ import annotations

import pytest


@pytest.fixture
def by_hand(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is queued: the test itself says when an erasure runs."""
    monkeypatch.setattr("privacy.rights.tasks.queue_erasure", lambda _request: None)
