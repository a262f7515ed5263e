"""A helpdesk without a network: its feed is a list of records, and a test can step in anywhere."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from msgspec.structs import replace

from integrations import registry
from integrations.base import (
    Access,
    Account,
    AuthExpired,
    Delivery,
    Faulty,
    FetchedField,
    Http,
    Page,
    PermanentError,
    Problem,
    SettingField,
    Tokens,
    Vendor,
)
from integrations.connections import Terms, connect, start
from integrations.models import Connection
from kaizo.accounts.models import Membership, Organisation
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tickets.contracts import TicketRecord

VENDOR = Vendor(
    kind="fake",
    name="Fake Desk",
    settings=(
        SettingField("address", "Address"),
        SettingField("token", "Token", is_secret=True),
    ),
    fetched=(FetchedField("Tickets", "To count them", is_personal=True),),
    can_erase_at_source=True,
    can_redact_at_source=True,
    has_webhooks=True,
)


@dataclass
class FakeHelpdesk:
    """Stands for an adapter module, and for the helpdesk behind it."""

    records: list[TicketRecord] = field(default_factory=list)
    faulty: dict[str, str] = field(default_factory=dict)
    page_size: int = 2
    before_page: Callable[[str], None] = lambda _cursor: None
    asked: list[str] = field(default_factory=list)
    tokens: list[str] = field(default_factory=lambda: ["secret"])
    renewals: list[Tokens] = field(default_factory=list)
    erased: list[str] = field(default_factory=list)
    redacted: list[tuple[str, str, str]] = field(default_factory=list)
    # What the n-th question which tickets are still there ends with.
    present_fails: dict[int, Exception] = field(default_factory=dict)
    gone: set[str] = field(default_factory=set)
    VENDOR: Vendor = VENDOR
    base_url: str = "http://127.0.0.1:9"

    def access(self, settings: Mapping[str, str]) -> Access:
        if not settings.get("address"):
            raise ValueError("Say where the helpdesk is.")
        return Access(base_url=settings["address"], headers={"Authorization": settings["token"]})

    def make_adapter(self, settings: Mapping[str, str], http: Http) -> FakeAdapter:
        return FakeAdapter(self, settings["token"], http)

    def renew(self, _settings: Mapping[str, str], _http: Http) -> Tokens:
        if not self.renewals:
            raise AuthExpired(Problem.REVOKED)
        return self.renewals.pop(0)

    def verify_hook(
        self, secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Delivery:
        assert now.tzinfo
        if headers.get("x-secret") != secret:
            raise ValueError("signature")
        return Delivery(headers["x-delivery"], tuple(body.decode().split()))


@dataclass
class FakeAdapter:
    there: FakeHelpdesk
    token: str
    http: Http
    vendor: Vendor = VENDOR

    def check(self) -> Account:
        self._enter("check")
        return Account("1", "Ada Agent", "admin")

    def first_cursor(self, since: datetime) -> str:
        """The start, or the first record that is not older."""
        older = sum(record.updated_at < since for record in self.there.records)
        return str(older)

    def page(self, cursor: str) -> Page:
        self._enter(cursor)
        self.there.before_page(cursor)
        start = int(cursor)
        end = min(start + self.there.page_size, len(self.there.records))
        chosen = self.there.records[start:end]
        faulty = [
            Faulty(record.id, self.there.faulty[record.id])
            for record in chosen
            if record.id in self.there.faulty
        ]
        return Page(
            records=[record for record in chosen if record.id not in self.there.faulty],
            cursor=str(end),
            is_last=end == len(self.there.records),
            reached=chosen[-1].updated_at if chosen else None,
            faulty=faulty,
            unknown_fields={"shoe_size": len(chosen)} if chosen else {},
        )

    def ticket(self, external_id: str) -> TicketRecord | None:
        self._enter(external_id)
        found = [record for record in self.there.records if record.id == external_id]
        return found[0] if found and external_id not in self.there.gone else None

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        self._enter("present")
        trouble = self.there.present_fails.pop(self.there.asked.count("present"), None)
        if trouble is not None:
            raise trouble
        known = {record.id for record in self.there.records} - self.there.gone
        return iter(known & set(external_ids))

    def erase_ticket(self, ticket_id: str) -> None:
        self.there.erased.append(ticket_id)

    def erase_user(self, user_id: str) -> None:
        self.there.erased.append(user_id)

    def redact(self, ticket_id: str, message_id: str, text: str) -> None:
        """As a vendor that blacks out: every occurrence, and refuses what is not there."""
        [position] = [n for n, each in enumerate(self.there.records) if each.id == ticket_id]
        record = self.there.records[position]
        said = {message.id: message for message in record.messages}
        if text not in said[message_id].text:
            raise PermanentError(Problem.MALFORMED)
        self.there.redacted.append((ticket_id, message_id, text))
        black = said[message_id].text.replace(text, "\u2587" * len(text))
        said[message_id] = replace(said[message_id], text=black)
        self.there.records[position] = replace(record, messages=tuple(said.values()))

    def _enter(self, what: str) -> None:
        self.there.asked.append(what)
        if self.token not in self.there.tokens:
            raise AuthExpired(Problem.REVOKED)


def install(monkeypatch: Any, there: FakeHelpdesk) -> FakeHelpdesk:
    monkeypatch.setattr(registry, "all_helpdesks", lambda: {there.VENDOR.kind: there})
    return there


def connected(
    organisation: Organisation, actor: Membership | None = None, **fields: Any
) -> Connection:
    """A connection to the fake helpdesk that has just been started."""
    connection = connect(
        organisation=organisation,
        kind="fake",
        name="Support",
        settings={"address": fields.pop("address", "http://127.0.0.1:9"), "token": "secret"},
        since=factories.MONDAY - timedelta(days=30),
        terms=Terms(country="NL", allows_private_address=True),
        actor=actor,
    )
    start(connection=connection)
    return again(connection)


def again(connection: Connection) -> Connection:
    """The row as it stands now."""
    with tenant_scope(connection.organisation_id):
        row: Connection = Connection.objects.get(pk=connection.pk)
        return row


def rejecting(problem: Problem) -> Callable[[str], None]:
    def reject(_cursor: str) -> None:
        raise PermanentError(problem)

    return reject
