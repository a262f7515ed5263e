"""Days and moments that somebody gives: bounded, so that reckoning with them never leaves the
calendar."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _
from rest_framework import serializers

FIRST, LAST = date(1970, 1, 1), date(2999, 12, 31)


def between(day: date) -> None:
    """Raises ValidationError for a day before 1970 or after 2999."""
    if not FIRST <= day <= LAST:
        raise ValidationError(
            _("Choose a day from %(first)s to %(last)s.")
            % {"first": FIRST.isoformat(), "last": LAST.isoformat()}
        )


class DayField(forms.DateField):
    """A day, with the browser's own calendar."""

    default_validators = [between]

    def __init__(self, **kwargs: Any) -> None:
        attrs = {"type": "date", "min": FIRST.isoformat(), "max": LAST.isoformat()}
        kwargs.setdefault("widget", forms.DateInput(attrs=attrs))
        super().__init__(**kwargs)


class Day(serializers.DateField):
    """A day that a program sends."""

    def to_internal_value(self, value: Any) -> date:
        day: date = super().to_internal_value(value)
        _check(day)
        return day


class Moment(serializers.DateTimeField):
    """A moment that a program sends."""

    def enforce_timezone(self, value: datetime) -> datetime:
        _check(value.date())
        return super().enforce_timezone(value).astimezone(UTC)


def _check(day: date) -> None:
    try:
        between(day)
    except ValidationError as error:
        raise serializers.ValidationError(error.messages) from error
