"""Request id, and the one place where a broken rule becomes a page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render

from kaizo.core.errors import DomainError

GetResponse = Callable[[HttpRequest], HttpResponseBase]


class RequestIdMiddleware:
    """Gives every request an id that its log lines and its reply carry."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        request_id = uuid.uuid4().hex
        with structlog.contextvars.bound_contextvars(request_id=request_id):
            response = self.get_response(request)
        response["X-Request-ID"] = request_id
        return response


class DomainErrorMiddleware:
    """Shows a DomainError's sentence with its status; nothing of a stack trace."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, exception: Exception) -> HttpResponse | None:
        if not isinstance(exception, DomainError):
            return None
        with suppress(messages.MessageFailure):
            list(messages.get_messages(request))
        context = {"message": str(exception), "status": int(exception.status)}
        return render(request, "errors/domain.html", context, status=exception.status)
