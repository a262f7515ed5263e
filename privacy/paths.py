"""Following keys from a row to the person it is about."""

from __future__ import annotations

from typing import Any

from django.contrib.auth import get_user_model
from django.core.exceptions import FieldDoesNotExist
from django.db import models

from privacy.models import Subject
from privacy.registry import PersonKind, Via

SELF = "self"


class BrokenPath(ValueError):  # noqa: N818 - reads as what happened
    """A declared path does not lead anywhere."""


def person_models() -> tuple[type[models.Model], ...]:
    return (Subject, get_user_model())


def person_model(kind: PersonKind) -> type[models.Model]:
    return get_user_model() if kind == "user" else Subject


def find_field(model: type[models.Model], name: str) -> models.Field[Any, Any]:
    """A concrete field by its name. Raises BrokenPath."""
    try:
        found = model._meta.get_field(name)  # noqa: SLF001 - Django's documented Meta API
    except FieldDoesNotExist:
        found = None
    if not isinstance(found, models.Field):
        msg = f"{model._meta.label} has no field {name!r}"  # noqa: SLF001 - as above
        raise BrokenPath(msg)
    return found


def end_of_path(model: type[models.Model], path: str) -> tuple[type[models.Model], str]:
    """The model that holds the last part of `path`, and that part. Raises BrokenPath."""
    *keys, last = path.split("__")
    for key in keys:
        model = target_of(find_field(model, key))
    find_field(model, last)
    return model, last


def target_of(field: models.Field[Any, Any]) -> type[models.Model]:
    """The model that a key leads to. Raises BrokenPath for a plain column."""
    related = field.related_model
    if not isinstance(related, type):
        msg = f"{field} is no key"
        raise BrokenPath(msg)
    return related


def broken_way(model: type[models.Model], via: Via) -> str | None:
    """Why `via` does not lead from a row of `model` to a person, or None."""
    wanted = person_model(via.person)
    try:
        if via.path == SELF:
            reached = model
        elif via.by_value:
            end_of_path(model, via.path)
            return None
        else:
            holder, last = end_of_path(model, via.path)
            reached = target_of(find_field(holder, last))
    except BrokenPath as error:
        return str(error)
    if reached is wanted:
        return None
    return f"it ends at {reached._meta.label}, not at {wanted._meta.label}"  # noqa: SLF001 - Django's documented Meta API
