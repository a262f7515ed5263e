"""A connection's settings and tokens: sealed, opened, renewed, and the adapter made of them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, TypeVar

from django.utils.translation import gettext as _

from integrations import registry
from integrations.base import Access, Adapter, AuthExpired, PermanentError, Problem, Tokens
from integrations.http import Gate, open_gate
from integrations.models import Connection
from kaizo.core import clock
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import tenant_scope
from privacy.api import Limits, aad, organisation_cipher

_CREDENTIALS: Final = "integrations.Connection.credentials"
_CONSENT: Final = "integrations.consent.changes"
_HOOK_SECRET: Final = "integrations.Connection.hook_secret"  # noqa: S105 - a column's name
# A token that ends while a page is read would cost the page.
_EARLY: Final = timedelta(minutes=2)

Settings = Mapping[str, str]
_T = TypeVar("_T")


def seal_settings(connection: Connection, settings: Settings) -> bytes:
    return _seal(connection, _CREDENTIALS, json.dumps(dict(settings)))


def open_settings(connection: Connection) -> dict[str, str]:
    """Raises AuthExpired when the connection has none (it was disconnected)."""
    if connection.credentials is None:
        raise AuthExpired(Problem.REVOKED)
    opened: dict[str, str] = json.loads(_open(connection, _CREDENTIALS, connection.credentials))
    return opened


def seal_hook_secret(connection: Connection, secret: str) -> bytes:
    return _seal(connection, _HOOK_SECRET, secret)


def open_hook_secret(connection: Connection) -> str:
    """Empty when none was set."""
    stored = connection.hook_secret
    return "" if stored is None else _open(connection, _HOOK_SECRET, stored)


def seal_changes(connection: Connection, changes: Settings) -> bytes:
    """Answers on their way through a consent, for a session to hold."""
    return _seal(connection, _CONSENT, json.dumps(dict(changes)))


def open_changes(connection: Connection, sealed: bytes) -> dict[str, str]:
    opened: dict[str, str] = json.loads(_open(connection, _CONSENT, sealed))
    return opened


def _seal(connection: Connection, column: str, text: str) -> bytes:
    bound = aad(connection.organisation_id, column, connection.public_id, "")
    return organisation_cipher(connection.organisation_id).encrypt(text, bound)


def _open(connection: Connection, column: str, stored: bytes | memoryview) -> str:
    bound = aad(connection.organisation_id, column, connection.public_id, "")
    return organisation_cipher(connection.organisation_id).decrypt(stored, bound)


def access_of(kind: str, settings: Settings) -> Access:
    """Where the settings lead. Raises DomainError, with the adapter's sentence, when nowhere."""
    try:
        return registry.helpdesk(kind).access(settings)
    except ValueError as error:
        raise DomainError(str(error) or _("These settings do not lead to a helpdesk.")) from error


@dataclass(frozen=True, slots=True)
class Opened:
    """An adapter that is ready to call, and the gate it calls through."""

    adapter: Adapter
    gate: Gate


@contextmanager
def open_adapter(
    connection: Connection, *, permit: Callable[[], None], limits: Limits | None = None
) -> Iterator[Opened]:
    """The connection's adapter with tokens that hold. `permit` is asked before every request.

    Raises AuthExpired when the tokens are over and cannot be renewed.
    """
    connection = _with_fresh_tokens(connection, permit)
    settings = open_settings(connection)
    module = registry.helpdesk(connection.kind)
    try:
        access = module.access(settings)
    except ValueError as error:
        raise PermanentError(Problem.WRONG_ADDRESS) from error
    gate = open_gate(
        organisation_id=connection.organisation_id,
        vendor=module.VENDOR,
        access=access,
        account=connection.source,
        permit=permit,
        limits=limits,
    )
    try:
        yield Opened(module.make_adapter(settings=settings, http=gate), gate)
    finally:
        gate.close()


def use_adapter(
    connection: Connection,
    use: Callable[[Opened], _T],
    *,
    permit: Callable[[], None],
    limits: Limits | None = None,
) -> _T:
    """What `use` makes of the connection's adapter; when the token turns out to be over, once more
    with a new one. `use` must stand being called twice."""
    try:
        with open_adapter(connection, permit=permit, limits=limits) as opened:
            return use(opened)
    except AuthExpired:
        if registry.renewal(connection.kind) is None:
            raise
    connection = renew_tokens(connection, permit=permit)
    with open_adapter(connection, permit=permit, limits=limits) as opened:
        return use(opened)


def _with_fresh_tokens(connection: Connection, permit: Callable[[], None]) -> Connection:
    ends = connection.token_expires_at
    if ends is None or ends > clock.now() + _EARLY:
        return connection
    return renew_tokens(connection, permit=permit)


def renew_tokens(connection: Connection, *, permit: Callable[[], None]) -> Connection:
    """Exchange the tokens and store the new ones before anybody uses them; returns the row.

    One at a time: a vendor ends the old pair at once, so of two workers the second takes what the
    first has stored. Raises AuthExpired when the helpdesk has no such exchange or refuses it.
    """
    renew = registry.renewal(connection.kind)
    if renew is None:
        raise AuthExpired(Problem.REVOKED)
    with tenant_scope(connection.organisation_id):
        rows = Connection.objects.select_for_update(no_key=True)
        fresh: Connection = rows.get(pk=connection.pk)
        if bytes(fresh.credentials or b"") != bytes(connection.credentials or b""):
            return fresh
        settings = open_settings(fresh)
        with stranger_gate(fresh, settings, permit) as gate:
            tokens = renew(settings, gate)
        store_tokens(fresh, settings, tokens)
    return fresh


def store_tokens(connection: Connection, settings: Settings, tokens: Tokens) -> None:
    """In the scope and transaction of the caller, who holds the row's lock."""
    kept = {name: value for name, value in {**settings, **tokens.settings}.items() if value}
    connection.credentials = seal_settings(connection, kept)
    connection.token_expires_at = tokens.expires_at
    connection.save(update_fields=["credentials", "token_expires_at"])


@contextmanager
def stranger_gate(
    connection: Connection, settings: Settings, permit: Callable[[], None]
) -> Iterator[Gate]:
    """A gate without credentials, to ask for some. Patience is short: a row is locked."""
    module = registry.helpdesk(connection.kind)
    gate = open_gate(
        organisation_id=connection.organisation_id,
        vendor=module.VENDOR,
        access=Access(base_url=module.access(settings).base_url, headers={}),
        account=f"{connection.source}:tokens",
        permit=permit,
        limits=Limits(read=20.0, patience=5.0, attempts=1),
        is_stranger=True,
    )
    try:
        yield gate
    finally:
        gate.close()
