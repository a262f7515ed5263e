"""What people do with connections: connect, authorise, pause, resume, start again, disconnect."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from urllib.parse import urlsplit

from django.db import transaction
from django.utils.translation import gettext as _

from integrations import registry
from integrations.base import Account, HelpdeskError, Vendor
from integrations.credentials import (
    access_of,
    open_settings,
    seal_hook_secret,
    seal_settings,
    use_adapter,
)
from integrations.events import Event, record_connection
from integrations.health import WORDS, clear_problem
from integrations.models import Connection, ConnectionAddress, HookDelivery
from integrations.sync import Stopped, end_broken_runs
from kaizo.accounts.models import Membership, Organisation
from kaizo.core import clock
from kaizo.core.errors import Conflict, DomainError
from kaizo.core.tenancy import tenant_scope
from privacy.api import Limits, end_processor, permissions_changed, register_processor

_CHECK_LIMITS = Limits(connect=5.0, read=15.0, deadline=30.0, patience=5.0, attempts=2)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """Where the helpdesk keeps the data and what allows it to go there: the register's line."""

    country: str
    tool: str = ""
    tool_reference: str = ""
    tool_valid_from: date | None = None
    tool_valid_to: date | None = None
    allows_private_address: bool = False


def source_of(kind: str, base_url: str) -> str:
    """What tickets of this account carry: the same account always gives the same name."""
    parts = urlsplit(base_url.lower())
    account = f"{parts.hostname}:{parts.port or ''}{parts.path.rstrip('/')}"
    return f"{kind}:{hashlib.sha256(account.encode()).hexdigest()[:12]}"


def connect(  # noqa: PLR0913 - what the connect page asks for
    *,
    organisation: Organisation,
    kind: str,
    name: str,
    settings: Mapping[str, str],
    since: datetime,
    terms: Terms,
    actor: Membership | None,
    erase_instruction: str = Connection.Erase.ASK,
) -> Connection:
    """Register the helpdesk as a processor and store the connection; nothing is fetched yet
    (`start`). Raises Conflict when the account is connected already, DomainError on settings or
    terms that do not do."""
    vendor = _vendor(kind)
    base_url = access_of(kind, settings).base_url
    host = urlsplit(base_url).hostname or ""
    with tenant_scope(organisation.pk):
        source = source_of(kind, base_url)
        others = Connection.objects.filter(source=source).exclude(
            state=Connection.State.DISCONNECTED
        )
        if others.exists():
            raise Conflict(_("This helpdesk account is connected already, or being set up."))
        connection = Connection(
            organisation=organisation,
            kind=kind,
            name=name.strip() or vendor.name,
            source=source,
            host=host,
            processor_id=_register(organisation, vendor.name, host, terms, actor),
            created_by=actor.user if actor else None,
            since=since,
            erase_instruction=erase_instruction,
        )
        connection.credentials = seal_settings(connection, settings)
        connection.save(force_insert=True)
        ConnectionAddress.objects.create(id=connection.public_id, owner=organisation)
        _record(Event.CONNECTED, connection, actor)
    return connection


def _vendor(kind: str) -> Vendor:
    try:
        return registry.vendor(kind)
    except HelpdeskError as error:
        raise in_words(error) from error


def in_words(error: HelpdeskError) -> DomainError:
    """What a page shows for it: what happened, and what to do."""
    words = WORDS[error.problem]
    return DomainError(f"{words.what} {words.advice}")


def _register(
    organisation: Organisation, name: str, host: str, terms: Terms, actor: Membership | None
) -> int:
    return register_processor(
        organisation_id=organisation.pk,
        name=name,
        service=_("Helpdesk: conversations with customers"),
        hosts=[host],
        country=terms.country,
        tool=terms.tool,
        tool_reference=terms.tool_reference,
        tool_valid_from=terms.tool_valid_from,
        tool_valid_to=terms.tool_valid_to,
        allows_private_address=terms.allows_private_address,
        actor_user_id=actor.user_id if actor else None,
    )


def check(connection: Connection) -> Account:
    """Ask the helpdesk who we are there. Raises HelpdeskError."""

    def permit() -> None:
        if not Connection.objects.filter(pk=connection.pk, disconnected_at__isnull=True).exists():
            raise Stopped

    return use_adapter(
        connection, lambda opened: opened.adapter.check(), permit=permit, limits=_CHECK_LIMITS
    )


def check_in_words(connection: Connection) -> Account:
    """`check` for a page: a failure is a DomainError whose sentence says what to do."""
    try:
        return check(connection)
    except HelpdeskError as error:
        raise in_words(error) from error


def start(*, connection: Connection) -> None:
    """Begin the backfill. Idempotent."""
    with tenant_scope(connection.organisation_id):
        Connection.objects.filter(pk=connection.pk, state=Connection.State.SETTING_UP).update(
            state=Connection.State.BACKFILLING
        )
        _queue_now(connection)


def pause(*, connection: Connection, actor: Membership | None) -> None:
    """No further page is fetched; the one at work is stored. Raises Conflict when there is
    nothing to pause."""
    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        if not fresh.is_wanted:
            raise Conflict(_("This connection is not running."))
        fresh.state = Connection.State.PAUSED
        fresh.claimed_by = fresh.claimed_until = None
        fresh.save(update_fields=["state", "claimed_by", "claimed_until"])
        _stop_work(fresh)
        _record(Event.PAUSED, fresh, actor)


def resume(*, connection: Connection, actor: Membership | None) -> None:
    """Go on from where it stopped. Raises Conflict unless it is paused."""
    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        if fresh.state != Connection.State.PAUSED:
            raise Conflict(_("This connection is not paused."))
        _go_on(fresh)
        _record(Event.RESUMED, fresh, actor)


def run_again(*, connection: Connection, since: datetime, actor: Membership | None) -> None:
    """Read everything from `since` again. What is here already is not doubled."""
    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        if not (fresh.is_wanted or fresh.state == Connection.State.PAUSED):
            raise Conflict(_("Authorise the connection first."))
        fresh.since = since
        fresh.cursor = ""
        fresh.reached_at = fresh.backfilled_at = None
        # Whoever is at work loses its claim, so that its next page cannot move the cursor back.
        fresh.claimed_by = fresh.claimed_until = None
        fresh.save(
            update_fields=[
                "since", "cursor", "reached_at", "backfilled_at", "claimed_by", "claimed_until"
            ]
        )  # fmt: skip
        _stop_work(fresh)
        _go_on(fresh)
        _record(Event.RESTARTED, fresh, actor)


def authorise(
    *, connection: Connection, settings: Mapping[str, str], actor: Membership | None
) -> None:
    """Take new credentials for the same account and go on. Raises Conflict when they lead to
    another account, DomainError when the helpdesk does not accept them."""
    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        merged = merged_settings(fresh, settings)
        fresh.credentials = seal_settings(fresh, merged)
        fresh.token_expires_at = fresh.told_at = None
        fresh.save(update_fields=["credentials", "token_expires_at", "told_at"])
        accept(fresh, actor)


def merged_settings(connection: Connection, changes: Mapping[str, str]) -> dict[str, str]:
    """The connection's settings with new answers. Raises Conflict when these lead to another
    account, or the connection is ended."""
    if connection.is_ended:
        raise Conflict(_("This connection cannot be authorised any more."))
    held = open_settings(connection) if connection.credentials else {}
    merged = held | {key: value for key, value in changes.items() if value}
    if source_of(connection.kind, access_of(connection.kind, merged).base_url) != connection.source:
        raise Conflict(_("That is another account. Connect it as a new one."))
    return merged


def accept(fresh: Connection, actor: Membership | None) -> None:
    """Try the credentials that the locked row has just got, and go on. Raises DomainError when the
    helpdesk does not take them."""
    check_in_words(fresh)
    _go_on(fresh)
    _record(Event.AUTHORISED, fresh, actor)


def disconnect(*, connection: Connection, actor: Membership | None) -> None:
    """End it: the token is gone with this transaction, its webhook address answers no more, and
    running work stops before its next request. What was fetched stays. Idempotent."""
    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        if fresh.is_ended:
            return
        fresh.state = Connection.State.DISCONNECTED
        fresh.credentials = fresh.hook_secret = fresh.token_expires_at = None
        fresh.claimed_by = fresh.claimed_until = fresh.due_at = None
        fresh.cursor = ""
        fresh.disconnected_at = clock.now()
        fields = clear_problem(fresh)
        fresh.save(
            update_fields=[
                "state", "credentials", "hook_secret", "token_expires_at", "claimed_by",
                "claimed_until", "due_at", "cursor", "disconnected_at", *fields,
            ]
        )  # fmt: skip
        _stop_work(fresh)
        HookDelivery.objects.filter(connection=fresh).delete()
        ConnectionAddress.objects.filter(id=fresh.public_id).delete()
        _end_processor_of(fresh, actor)
        _record(Event.DISCONNECTED, fresh, actor)


def _end_processor_of(connection: Connection, actor: Membership | None) -> None:
    others = Connection.objects.filter(processor_id=connection.processor_id).exclude(
        state=Connection.State.DISCONNECTED
    )
    if not others.exists():
        end_processor(
            processor_id=connection.processor_id, actor_user_id=actor.user_id if actor else None
        )


def instruct(*, connection: Connection, instruction: str, actor: Membership | None) -> None:
    """Say whether erasing somebody here also erases them in the helpdesk."""
    with tenant_scope(connection.organisation_id):
        Connection.objects.filter(pk=connection.pk).update(erase_instruction=instruction)
        _record(Event.INSTRUCTED, connection, actor, instruction=instruction)


def set_hook_secret(*, connection: Connection, secret: str) -> None:
    with tenant_scope(connection.organisation_id):
        fresh = locked(connection)
        fresh.hook_secret = seal_hook_secret(fresh, secret) if secret else None
        fresh.save(update_fields=["hook_secret"])


def _stop_work(fresh: Connection) -> None:
    """Whoever is at work sends no further request once this is committed."""
    end_broken_runs(fresh, "")
    organisation_id = fresh.organisation_id
    transaction.on_commit(lambda: permissions_changed(organisation_id))


def locked(connection: Connection) -> Connection:
    """The row as it stands, locked until the transaction ends."""
    rows = Connection.objects.select_for_update(no_key=True)
    fresh: Connection = rows.get(pk=connection.pk)
    return fresh


def _go_on(fresh: Connection) -> None:
    states = Connection.State
    fresh.state = states.LIVE if fresh.backfilled_at else states.BACKFILLING
    fresh.due_at = None
    fresh.save(update_fields=["state", "due_at", *clear_problem(fresh)])
    _queue_now(fresh)


def _queue_now(connection: Connection) -> None:
    from integrations.tasks import sync_connection as task

    task.delay_on_commit(organisation_id=connection.organisation_id, connection_id=connection.pk)


def _record(event: Event, connection: Connection, actor: Membership | None, **detail: str) -> None:
    record_connection(
        event, connection=connection, actor_user_id=actor.user_id if actor else None, **detail
    )
