"""Request id, and where a broken rule or a refused method becomes a page."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from contextlib import suppress

import structlog
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
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


class FormAddressMiddleware:
    """Shows a page to who opens an address that only takes a form: after signing in again, or by
    going back to what a form was sent to. Django's own answer has no body at all."""

    def __init__(self, get_response: GetResponse) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        response = self.get_response(request)
        if not isinstance(response, HttpResponseNotAllowed) or request.method != "GET":
            return response
        page = render(request, "errors/405.html", status=response.status_code)
        page["Allow"] = response["Allow"]
        return page
