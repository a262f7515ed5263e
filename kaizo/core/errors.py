"""Errors that a person can do something about. One place maps them to HTTP."""

from __future__ import annotations

from http import HTTPStatus


class DomainError(Exception):
    """A rule of the product was broken. The message is shown to the user as it is."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY


class Conflict(DomainError):  # noqa: N818 - the HTTP word
    """Somebody else changed the same thing meanwhile."""

    status = HTTPStatus.CONFLICT


class Gone(DomainError):  # noqa: N818 - the HTTP word
    """It was there and has been erased for good."""

    status = HTTPStatus.GONE
