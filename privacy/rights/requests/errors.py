"""Why a request cannot be moved as somebody wanted."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from kaizo.core.errors import DomainError


class NotAllowedNow(DomainError):  # noqa: N818 - reads as what happened
    """The request is not where this can be done."""

    def __init__(self) -> None:
        super().__init__(_("The request is not in a state in which this can be done."))


class NotVerified(DomainError):  # noqa: N818 - as above
    """Nobody knows yet that the request comes from the person."""

    def __init__(self) -> None:
        super().__init__(_("The identity of the person has to be confirmed first."))


class NoGround(DomainError):  # noqa: N818 - as above
    """The law does not let this right be refused so."""

    def __init__(self) -> None:
        super().__init__(_("The law does not know this ground against this right."))


class SamePerson(DomainError):  # noqa: N818 - as above
    """Four eyes are needed, and two were offered."""

    def __init__(self) -> None:
        super().__init__(_("Somebody else has to do this."))
