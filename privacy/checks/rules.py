"""E005 to E009 and E013 to E015: can what is declared be done?"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from django.apps import apps
from django.core.checks import Error
from django.db import models

from kaizo.core.tenancy import FreezableModel, Purpose, TenantModel
from privacy.paths import SELF, BrokenPath, broken_way, end_of_path, find_field
from privacy.policy import retention_rules
from privacy.registry import (
    Blank,
    Declaration,
    DeleteFile,
    Keep,
    Null,
    Personal,
    RedactSpans,
    Registry,
    RowGoes,
    Shred,
    Strategy,
    Surrogate,
    Via,
)
from privacy.vault.fields import EncryptedField

_PURPOSES = frozenset(purpose.value for purpose in Purpose)


def messages(declared: Registry) -> Iterator[Error]:
    for declaration in declared.declarations():
        yield from _ways(declaration)
        yield from _freeze(declaration)
        yield from _purposes(declaration)
        yield from _derived(declared, declaration)
        for name, personal in declaration.personal_fields():
            try:
                field = find_field(declaration.model, name)
            except BrokenPath:
                continue  # E003 has said so
            yield from _field(declaration, field, personal)


def _error(code: str, declaration: Declaration, text: str, hint: str) -> Error:
    return Error(text, hint=hint, obj=declaration.model, id=f"privacy.{code}")


def _ways(declaration: Declaration) -> Iterator[Error]:
    if not declaration.subject:
        yield _error(
            "E005",
            declaration,
            "It is declared personal, but no path leads to a person: no request would reach it.",
            'Add subject=[Via("key__to__subject", "customer")].',
        )
    for via in declaration.subject:
        if reason := broken_way(declaration.model, via):
            yield _error(
                "E005",
                declaration,
                f"The path {via.path!r} leads to no {via.person}: {reason}.",
                'A path joins keys by "__" and ends at privacy.Subject (customer, agent) or at '
                'the user; "self" for the person\'s own row; by_value=True for a column of ids.',
            )
        elif contradiction := _contradiction(declaration.model, via):
            yield _error("E008", declaration, *contradiction)


def _freeze(declaration: Declaration) -> Iterator[Error]:
    is_tenant, is_freezable = (
        issubclass(declaration.model, each) for each in (TenantModel, FreezableModel)
    )
    if declaration.freezing and is_tenant and not is_freezable:
        yield _error(
            "E015",
            declaration,
            "It is frozen with somebody, but its rows cannot be marked as frozen.",
            "Extend FreezableModel and add EnableRestriction to the migration, or freezes=False.",
        )


def _contradiction(model: type[models.Model], via: Via) -> tuple[str, str] | None:
    """Where the key's on_delete would not do what `via` says. Looks at keys to a person and to a
    person's row (an agent, a customer); on longer ways the rows between have their own."""
    key, *rest = via.path.split("__")
    if via.path == SELF or via.by_value or len(rest) > 1:
        return None
    field = find_field(model, key)
    on_delete = getattr(field.remote_field, "on_delete", None)
    text = f"Erasing {via.person} by {via.path!r} should {via.on_erase}, but {key!r} has "
    if via.on_erase != "delete" and on_delete is models.CASCADE:
        return text + "CASCADE: it would take the row.", "Use SET_NULL (unlink) or PROTECT (keep)."
    if via.on_erase == "unlink" and (not field.null or on_delete is models.PROTECT):
        return text + "PROTECT or NOT NULL.", "Use null=True with SET_NULL."
    if via.on_erase == "delete" and on_delete in (models.SET_NULL, models.DO_NOTHING):
        return (
            text + "SET_NULL or DO_NOTHING: the row would stay behind, out of reach.",
            "Use CASCADE or PROTECT, or on_erase='unlink'.",
        )
    return None


def _purposes(declaration: Declaration) -> Iterator[Error]:
    unknown = declaration.purposes - _PURPOSES
    if unknown or not declaration.purposes:
        yield _error(
            "E007",
            declaration,
            f"Its purposes are missing or unknown: {', '.join(sorted(unknown)) or 'none given'}.",
            f"Known purposes: {', '.join(sorted(_PURPOSES))}.",
        )
    rule = declaration.retention
    names = {rule.name} | {
        personal.erase.rule
        for _name, personal in declaration.personal_fields()
        if isinstance(personal.erase, Keep) and personal.erase.rule
    }
    if unknown_rules := names - retention_rules().keys():
        yield _error(
            "E007",
            declaration,
            f"Unknown retention rule: {', '.join(sorted(unknown_rules))}.",
            f"Known rules (privacy/policy.toml): {', '.join(retention_rules())}.",
        )
    if rule.trigger and not _is_moment(declaration.model, rule.trigger):
        yield _error(
            "E007",
            declaration,
            f"The retention trigger {rule.trigger!r} leads to no date or time.",
            "Name a date or time field, or a path to one joined by '__'.",
        )


def _is_moment(model: type[models.Model], path: str) -> bool:
    try:
        return isinstance(find_field(*end_of_path(model, path)), models.DateField)
    except BrokenPath:
        return False


def _derived(declared: Registry, declaration: Declaration) -> Iterator[Error]:
    for name in declaration.derived:
        if name not in declared.stores and not _is_declared_model(declared, name):
            yield _error(
                "E014",
                declaration,
                f"The derived store {name!r} is not registered.",
                'Declare the model of that label, or call register_store("name", "what it is").',
            )


def _is_declared_model(declared: Registry, label: str) -> bool:
    try:
        return apps.get_model(label) in declared.personal
    except (LookupError, ValueError):
        return False


def _field(
    declaration: Declaration, field: models.Field[Any, Any], personal: Personal
) -> Iterator[Error]:
    if reason := _impossible(declaration, field, personal):
        yield _error("E006", declaration, f"{field.name!r}: {reason}.", "Choose another strategy.")
    if isinstance(field, models.JSONField) and not (personal.keys or personal.free_text):
        yield _error(
            "E009",
            declaration,
            f"The JSON field {field.name!r} does not say what may be in it.",
            'Give Personal(…, keys=("a", "b")), or free_text=True.',
        )
    if personal.sensitive and not isinstance(field, EncryptedField):
        yield _error(
            "E013",
            declaration,
            f"{field.name!r} is sensitive, but its column is not encrypted.",
            "Make it a privacy.api.EncryptedField.",
        )


def _impossible(
    declaration: Declaration, field: models.Field[Any, Any], personal: Personal
) -> str | None:
    if isinstance(personal.erase, RowGoes) and not _row_can_go(declaration):
        return "RowGoes, but nobody's erasure deletes the row"
    for strategy, impossible, reason in _IMPOSSIBLE:
        if isinstance(personal.erase, strategy) and impossible(field):
            return f"{strategy.__name__} on {reason}"
    return None


def _is_file(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.FileField)


def _is_text(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, models.CharField | models.TextField)


def _is_encrypted(field: models.Field[Any, Any]) -> bool:
    return isinstance(field, EncryptedField)


_IMPOSSIBLE: tuple[tuple[type[Strategy], Callable[[models.Field[Any, Any]], bool], str], ...] = (
    (RowGoes, _is_file, "a file, which a deleted row leaves behind; use DeleteFile"),
    (Null, lambda field: not field.null, "a column that is NOT NULL"),
    (Blank, lambda field: field.unique or not _is_text(field), "a unique or textless column"),
    (Surrogate, lambda field: not _is_text(field), "a column that holds no text"),
    (Shred, lambda field: not _is_encrypted(field), "a column that is not encrypted"),
    (
        RedactSpans,
        lambda field: not (_is_text(field) or _is_encrypted(field)),
        "a column that holds no text",
    ),
    (DeleteFile, lambda field: not _is_file(field), "a column that holds no file"),
)


def _row_can_go(declaration: Declaration) -> bool:
    deleting = [via for via in declaration.subject if via.on_erase == "delete"]
    return declaration.row == "delete" and bool(deleting or not declaration.subject)
