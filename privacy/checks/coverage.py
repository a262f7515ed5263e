"""E001 to E004: is everything declared, and only what is there?"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

from django.core.checks import Error
from django.db import models

from privacy.paths import person_models
from privacy.registry import Declaration, Registry

_ADDRESSES = (models.EmailField, models.GenericIPAddressField, models.FileField)


def messages(declared: Registry, found: Iterable[type[models.Model]]) -> Iterator[Error]:
    for model in found:
        if not model._meta.managed or model._meta.proxy or model._meta.swapped:  # noqa: SLF001 - Django's documented Meta API
            continue
        if model in declared.personal:
            yield from _fields(declared.personal[model])
        elif model in declared.not_personal:
            yield from _refuted(declared, model)
        else:
            yield _undeclared(model)


def declarable_fields(model: type[models.Model]) -> dict[str, models.Field[Any, Any]]:
    """The fields that a declaration must name: every column but keys and automatic numbers, and
    many-to-many fields without a model of their own. Keys are declared by their `Via`."""
    meta = model._meta  # noqa: SLF001 - Django's documented Meta API
    columns = [
        column
        for column in meta.concrete_fields
        if not column.is_relation and not isinstance(column, models.AutoField | models.BigAutoField)
    ]
    return {column.name: column for column in [*columns, *meta.local_many_to_many]}


def _undeclared(model: type[models.Model]) -> Error:
    app = model._meta.app_config.name  # noqa: SLF001 - Django's documented Meta API
    where = f"{app.replace('.', '/')}/personal_data.py"
    fields = ", ".join(f'"{name}": …' for name in declarable_fields(model))
    return Error(
        f"{model._meta.label} is not declared.",  # noqa: SLF001 - as above
        hint=f"In {where} write declare({model.__name__}, subject=[Via(…)], purposes={{…}}, "
        f"retention=Rule(…), fields={{{fields}}}), or no_personal_data({model.__name__}, reason).",
        obj=model,
        id="privacy.E001",
    )


def _fields(declaration: Declaration) -> Iterator[Error]:
    there = declarable_fields(declaration.model)
    for name in there.keys() - declaration.fields.keys():
        yield Error(
            f"The field {name!r} is not declared.",
            hint=f'Add "{name}": Personal("category", erase=…) or "{name}": NotPersonal("reason") '
            "to the declaration. Erasing is one of RowGoes, Null, Blank, Surrogate, Generalise, "
            "Shred, RedactSpans, DeleteFile, Keep.",
            obj=declaration.model,
            id="privacy.E002",
        )
    for name in declaration.fields.keys() - there.keys():
        yield Error(
            f"The declared field {name!r} does not exist.",
            hint="Take it out, or correct its name. Keys are declared by Via, not as fields.",
            obj=declaration.model,
            id="privacy.E003",
        )


def _refuted(declared: Registry, model: type[models.Model]) -> Iterator[Error]:
    for field in [*model._meta.concrete_fields, *model._meta.local_many_to_many]:  # noqa: SLF001 - Django's documented Meta API
        if reason := _says_something(declared, field):
            yield Error(
                f"It is declared to hold no personal data, but {field.name!r} {reason}.",
                hint=f"Write declare({model.__name__}, subject=[Via(…)], …) instead.",
                obj=model,
                id="privacy.E004",
            )


def _says_something(declared: Registry, field: models.Field[Any, Any]) -> str | None:
    if isinstance(field, _ADDRESSES):
        return "holds an address or a file"
    related = field.related_model
    if not isinstance(related, type):
        return None
    if related in person_models():
        return "points at a person"
    # A row that hangs on a person's own row (a ticket, a membership) is about that person.
    owner = declared.personal.get(related)
    if owner and any(via.on_erase == "delete" for via in owner.subject):
        return f"points at {related._meta.label}, which is about a person"  # noqa: SLF001 - Django's documented Meta API
    return None
