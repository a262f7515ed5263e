"""The code that proves, on first run, that whoever opens the set-up page runs the machine."""

from __future__ import annotations

from django.utils.crypto import constant_time_compare, salted_hmac

_LENGTH = 20
_GROUP = 5


def setup_code() -> str:
    """Derived from the instance's secret, so nothing is stored and every start prints the same.
    It stops working once an account exists, because the page is gone then."""
    digits = salted_hmac("kaizo.accounts.setup", "first run", algorithm="sha256").hexdigest()
    groups = (digits[start : start + _GROUP] for start in range(0, _LENGTH, _GROUP))
    return "-".join(groups)


def is_setup_code(given: str) -> bool:
    return constant_time_compare(given.strip().lower(), setup_code())
