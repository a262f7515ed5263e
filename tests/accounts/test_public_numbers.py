"""The sixteen-digit user number: random, unique, and only ever sixteen digits."""

from __future__ import annotations

from itertools import pairwise

import pytest
from django.db import DataError, IntegrityError, transaction

from kaizo.accounts.models import User, new_public_number
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.mark.promise("KZ-05-03")
def test_numbers_are_sixteen_digits_in_no_order_and_say_nothing_of_the_person() -> None:
    numbers = [new_public_number() for _ in range(2_000)]
    assert all(len(number) == 16 and number.isdecimal() for number in numbers)
    assert len(set(numbers)) == len(numbers)
    rising = sum(earlier < later for earlier, later in pairwise(numbers))
    assert 850 < rising < 1150  # a coin's throw each; 6.7 standard deviations either way
    first, second = factories.user(), factories.user()
    assert first.public_number != second.public_number
    assert str(first.pk) not in {first.public_number, str(int(first.public_number))}


@pytest.mark.promise("KZ-05-03")
@pytest.mark.parametrize("number", ["123", "12345678901234567", "123456789012345x", ""])
def test_the_database_takes_no_other_form(number: str) -> None:
    person = factories.user()
    with pytest.raises((IntegrityError, DataError)), transaction.atomic():
        User.objects.filter(pk=person.pk).update(public_number=number)


@pytest.mark.promise("KZ-05-03")
def test_the_database_takes_no_number_twice() -> None:
    one, other = factories.user(), factories.user()
    with pytest.raises(IntegrityError), transaction.atomic():
        User.objects.filter(pk=one.pk).update(public_number=other.public_number)
