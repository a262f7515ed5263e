"""Days at the end of the calendar and numbers that no row has: refused in words, never an error."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.core.exceptions import ValidationError
from django.test import Client

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.days import FIRST, LAST, DayField
from kaizo.core.permissions import Role
from tests.api.calling import Caller

pytestmark = pytest.mark.django_db
Make = Callable[[Role], Membership]

PAGES = {
    "tickets/": ("since", "until"),
    "reviews/": ("since", "until"),
    "quality/": ("first", "last"),
    "dashboard/": ("first", "last"),
    "privacy/audit/": ("since", "until"),
}


@pytest.mark.parametrize("day", [date.min, date(1969, 12, 31), date(3000, 1, 1), date.max])
def test_a_day_outside_is_refused(day: date) -> None:
    with pytest.raises(ValidationError, match="from 1970-01-01 to 2999-12-31"):
        DayField().clean(day)


@pytest.mark.parametrize("page", PAGES)
@pytest.mark.parametrize(
    ("first", "last", "is_good"),
    [
        ("0001-01-01", "0001-01-02", False),
        ("9999-12-31", "9999-12-31", False),
        (FIRST.isoformat(), FIRST.isoformat(), True),
        (LAST.isoformat(), LAST.isoformat(), True),
    ],
)
def test_pages_answer_whatever_days_are_asked_for(
    organisation: Organisation,
    member: Make,
    sign_in: Callable[[User], Client],
    page: str,
    first: str,
    last: str,
    is_good: bool,
) -> None:
    client = sign_in(member(Role.OWNER).user)
    names = PAGES[page]
    asked = dict(zip(names, (first, last), strict=True))
    answer = client.get(f"/o/{organisation.slug}/{page}", asked)
    assert answer.status_code in ({200} if is_good else {200, 422})
    assert ("Choose a day from" in answer.content.decode()) == (not is_good)


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("reviews/", ("since", "until")),
        ("quality/", ("first", "last")),
        ("privacy/audit/", ("since", "until")),
    ],
)
def test_the_api_names_the_day_that_it_cannot_take(
    member: Make, path: str, names: tuple[str, str]
) -> None:
    caller = Caller(member(Role.OWNER))
    for name in names:
        refused = caller.call("GET", f"{path}?{name}=0001-01-01")
        assert refused.status_code == 422
        assert refused.json()["errors"][0]["path"] == f"$.{name}"


@pytest.mark.parametrize("page", ["quality/", "dashboard/"])
def test_pages_answer_whatever_number_is_asked_for(
    organisation: Organisation, member: Make, sign_in: Callable[[User], Client], page: str
) -> None:
    client = sign_in(member(Role.OWNER).user)
    for asked in ({"team": 2**70}, {"scorecard": 2**70}):
        assert client.get(f"/o/{organisation.slug}/{page}", asked).status_code == 200
