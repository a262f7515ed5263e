"""What the API's description says of every endpoint alike."""

from __future__ import annotations

from typing import Any, cast

_PROBLEM = {
    "type": "object",
    "description": "An error (RFC 9457).",
    "required": ["type", "title", "status", "code", "detail"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string", "description": "For programs; the other texts may change."},
        "detail": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["path", "detail"],
                "properties": {"path": {"type": "string"}, "detail": {"type": "string"}},
            },
        },
    },
}
_KEY = {
    "in": "header",
    "name": "Idempotency-Key",
    "schema": {"type": "string", "maxLength": 255},
    "description": "The same key with the same request is carried out once within 24 hours.",
}
_METHODS = {"get", "post", "put", "patch", "delete"}


def add_problems(result: dict[str, Any], **_arguments: Any) -> dict[str, Any]:
    """Errors of every operation as problem documents, and the idempotency key of every POST."""
    result.setdefault("components", {}).setdefault("schemas", {})["Problem"] = _PROBLEM
    told = {
        "description": "What went wrong.",
        "content": {
            "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
        },
    }
    for methods in result["paths"].values():
        for method, operation in methods.items():
            if method not in _METHODS:
                continue
            operation["responses"]["default"] = told
            if method == "post":
                operation.setdefault("parameters", []).append(_KEY)
    return cast("dict[str, Any]", _plain(result))


def _plain(part: Any) -> Any:
    """Without the generator's own marks."""
    if isinstance(part, dict):
        return {key: _plain(value) for key, value in part.items() if key != "x-spec-enum-id"}
    return [_plain(value) for value in part] if isinstance(part, list) else part
