"""Consent in the browser: an admin goes to the helpdesk's own page and comes back with a code.

What must fit when they come back is held in their session, by connection, for ten minutes and for
one use: another browser's answer, another connection's and an old one are all refused.
"""

from __future__ import annotations

import base64
import hmac
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from django.conf import settings as conf
from django.contrib.sessions.backends.base import SessionBase
from django.urls import reverse
from django.utils.translation import gettext as _

from integrations import registry
from integrations.base import AuthExpired, Consent, ConsentPage, HelpdeskError, Problem
from integrations.connections import accept, in_words, locked, merged_settings
from integrations.credentials import open_changes, seal_changes, store_tokens, stranger_gate
from integrations.health import WORDS
from integrations.models import Connection
from integrations.sync import Stopped
from kaizo.accounts.models import Membership, Organisation
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.tenancy import tenant_scope

LIFETIME: Final = timedelta(minutes=10)
_KEY: Final = "helpdesk_consents"
_MOST: Final = 5  # at a time in one session


@dataclass(frozen=True, slots=True)
class Pending:
    """A consent that was asked for and has not been used."""

    connection_id: str
    consent: Consent
    changes: bytes | None


def redirect_uri(organisation: Organisation) -> str:
    """What the admin enters at the helpdesk: one for all connections of the organisation."""
    path = reverse("integrations:connection_consented", args=[organisation.slug])
    return f"{conf.BASE_URL}{path}"


def prepare(session: SessionBase, connection: Connection, changes: Mapping[str, str]) -> None:
    """Remember new answers until the helpdesk has consented; nothing is kept before."""
    entry = _new_entry()
    if changes:
        entry["changes"] = base64.b64encode(seal_changes(connection, changes)).decode()
    _put(session, connection, entry)


def address(session: SessionBase, connection: Connection, organisation: Organisation) -> str:
    """Where this browser goes to consent. Raises DomainError when that is not possible."""
    entry = _entries(session).get(str(connection.public_id))
    entry = _renewed(entry) if entry and _is_fresh(entry) else _new_entry()
    _put(session, connection, entry)
    consent = Consent(redirect_uri(organisation), entry["state"], entry["verifier"])
    merged = merged_settings(connection, _changes(connection, _sealed(entry)))
    try:
        return _page(connection).consent_url(merged, consent)
    except ValueError as error:
        raise DomainError(str(error)) from error


def take(session: SessionBase, state: str, organisation: Organisation) -> Pending | None:
    """The pending consent that this answer belongs to, once; None when there is none in this
    session, or not any more."""
    entries = _entries(session)
    for connection_id, entry in entries.items():
        if hmac.compare_digest(entry["state"].encode(), state.encode()):
            session[_KEY] = {key: one for key, one in entries.items() if key != connection_id}
            if not _is_fresh(entry):
                return None
            consent = Consent(redirect_uri(organisation), entry["state"], entry["verifier"])
            return Pending(connection_id, consent, _sealed(entry))
    return None


def complete(
    *, connection: Connection, pending: Pending, code: str, actor: Membership | None
) -> None:
    """Exchange the code, try the tokens and go on (or begin). All or nothing.

    Raises DomainError in words: a code that is too old or was used, a client that the helpdesk does
    not know, a right that is missing.
    """

    def permit() -> None:
        if not Connection.objects.filter(pk=connection.pk, disconnected_at__isnull=True).exists():
            raise Stopped

    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        settings = merged_settings(fresh, _changes(fresh, pending.changes))
        try:
            with stranger_gate(fresh, settings, permit) as gate:
                tokens = _page(fresh).redeem(settings, gate, pending.consent, code)
        except AuthExpired as error:
            raise DomainError(
                _("The helpdesk's answer was too old or was used before. Give consent once more.")
            ) from error
        except HelpdeskError as error:
            raise in_words(error) from error
        store_tokens(fresh, settings, tokens)
        fresh.told_at = None
        fresh.save(update_fields=["told_at"])
        accept(fresh, actor)


def refusal(error: str) -> str:
    """What to tell somebody whom the helpdesk sent back with an error (RFC 6749, 4.1.2.1). What it
    says in its own words is not shown."""
    if error == "access_denied":
        return _("Consent was refused in the helpdesk. Nothing is fetched until it is given.")
    if error == "invalid_scope":
        words = WORDS[Problem.MISSING_SCOPE]
        return f"{words.what} {words.advice}"
    if error in {"temporarily_unavailable", "server_error"}:
        return _("The helpdesk could not ask for consent just now. Try again in a few minutes.")
    return _(
        "The helpdesk does not accept our request for consent. Compare the client's identifier and"
        " the redirect address with what was entered there."
    )


def _page(connection: Connection) -> ConsentPage:
    page = registry.consent_page(connection.kind)
    if page is None:
        raise Conflict(_("This helpdesk does not ask for consent in the browser."))
    return page


def _changes(connection: Connection, sealed: bytes | None) -> dict[str, str]:
    return open_changes(connection, sealed) if sealed else {}


def _new_entry() -> dict[str, Any]:
    return _renewed({"state": secrets.token_urlsafe(32), "verifier": secrets.token_urlsafe(48)})


def _renewed(entry: Mapping[str, Any]) -> dict[str, Any]:
    """The page was opened again: its link is the same one, and good for as long as the first."""
    return {**entry, "began": clock.now().timestamp()}


def _is_fresh(entry: Mapping[str, Any]) -> bool:
    age: float = clock.now().timestamp() - entry["began"]
    return age < LIFETIME.total_seconds()


def _sealed(entry: Mapping[str, Any]) -> bytes | None:
    changes = entry.get("changes")
    return base64.b64decode(changes) if changes else None


def _entries(session: SessionBase) -> dict[str, Any]:
    found: dict[str, Any] = session.get(_KEY, {})
    return found


def _put(session: SessionBase, connection: Connection, entry: Mapping[str, Any]) -> None:
    others = {key: one for key, one in _entries(session).items() if _is_fresh(one)}
    others.pop(str(connection.public_id), None)
    kept = dict(list(others.items())[1 - _MOST :])
    session[_KEY] = {**kept, str(connection.public_id): dict(entry)}
