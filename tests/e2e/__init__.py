"""Journeys and pages in a real browser."""

import pytest

# So that a failing look at the console says what stood there.
pytest.register_assert_rewrite("tests.e2e.watching")
