"""What every endpoint of the REST API shares: errors as problem documents (RFC 9457), pages by
cursor. Who calls and for whom is the business of `kaizo.accounts.api`."""

from __future__ import annotations

import json
from http import HTTPStatus
from typing import Any

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils.translation import gettext as _
from rest_framework import exceptions
from rest_framework.pagination import CursorPagination
from rest_framework.parsers import JSONParser
from rest_framework.response import Response
from rest_framework.views import exception_handler

from kaizo.core.errors import DomainError

PROBLEM_TYPE = "application/problem+json"
LARGEST_BODY = 1_000_000  # bytes


class TextParser(JSONParser):
    """JSON whose texts can be stored and sent again: JSON itself allows half a surrogate pair."""

    def parse(self, *args: Any, **kwargs: Any) -> Any:
        data = super().parse(*args, **kwargs)
        try:
            json.dumps(data, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            raise exceptions.ParseError(_("A text holds half a character.")) from error
        return data


class Problem(exceptions.APIException):
    """An error with a code that programs can act on."""

    def __init__(self, status: int, code: str, detail: str) -> None:
        super().__init__(detail, code)
        self.status_code = status


def problem(
    status: int, detail: str, *, code: str = "", errors: list[dict[str, str]] | None = None
) -> Response:
    """`errors`: one entry per wrong place, with its `path` and `detail`."""
    body: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "code": code or HTTPStatus(status).name.lower(),
        "detail": detail,
    }
    if errors:
        body["errors"] = errors
    return Response(body, status=status, content_type=PROBLEM_TYPE)


def handle_exception(error: Exception, context: dict[str, Any]) -> Response | None:
    """Turn what a view raised into a problem document and undo what it wrote.

    None for what nobody expected: it becomes a server error, as on any page.
    """
    response = _problem_of(error, context)
    if response is not None:
        # The middleware's transaction is still open: it rolls back when this is set.
        context["request"]._request.tenant_failed = True  # noqa: SLF001 - REST framework's own way to Django's request
    return response


def _problem_of(error: Exception, context: dict[str, Any]) -> Response | None:
    if isinstance(error, DomainError):
        return problem(error.status, str(error))
    if isinstance(error, exceptions.ValidationError):
        errors = list(_places(error.detail))
        return problem(
            HTTPStatus.UNPROCESSABLE_ENTITY, _("Some values are not valid."), code="invalid",
            errors=errors,
        )  # fmt: skip
    if isinstance(error, Http404):
        return problem(HTTPStatus.NOT_FOUND, _("There is no such thing, or not for this token."))
    if isinstance(error, PermissionDenied):
        return problem(HTTPStatus.FORBIDDEN, _("The token's holder may not do this."), code="role")
    standard = exception_handler(error, context)
    if standard is None or not isinstance(error, exceptions.APIException):
        return standard
    codes = error.get_codes()
    code = codes if isinstance(codes, str) else ""
    response = problem(standard.status_code, str(error.detail), code=code)
    for name in ("WWW-Authenticate", "Retry-After"):
        if name in standard:
            response[name] = standard[name]
    return response


def _places(detail: Any, path: str = "$") -> list[dict[str, str]]:
    """REST framework's nested errors as a flat list."""
    if isinstance(detail, dict):
        return [e for key, value in detail.items() for e in _places(value, f"{path}.{key}")]
    if isinstance(detail, list):
        if all(isinstance(value, str) for value in detail):
            return [{"path": path, "detail": str(value)} for value in detail]
        return [e for place, value in enumerate(detail) for e in _places(value, f"{path}[{place}]")]
    return [{"path": path, "detail": str(detail)}]


class NewestFirst(CursorPagination):
    """Pages by key, so that they neither skip nor repeat what is added meanwhile."""

    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    ordering = "-id"


def no_such_endpoint(request: HttpRequest, rest: str) -> HttpResponse:  # noqa: ARG001 - what the address holds
    """For every other address under /api/: an answer that a program can read."""
    found = problem(HTTPStatus.NOT_FOUND, _("There is no such endpoint."))
    return JsonResponse(found.data, status=HTTPStatus.NOT_FOUND, content_type=PROBLEM_TYPE)


no_such_endpoint.csrf_exempt = True  # type: ignore[attr-defined]  # nothing happens here
