"""One Zendesk account: the incremental export, and every exported ticket's audits.

One call a ticket brings messages, events and the time of the rating together; see the README for
why nothing cheaper makes a complete snapshot.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final, TypeVar
from urllib.parse import urlencode

import msgspec
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from integrations.base import (
    Access,
    Account,
    AuthExpired,
    Consent,
    Ending,
    Faulty,
    Http,
    Page,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    Tokens,
    Vendor,
    get_many,
)
from integrations.helpdesks import replies
from integrations.helpdesks.replies import decode, expect
from integrations.helpdesks.zendesk import auth, payloads, vendor, webhooks
from integrations.helpdesks.zendesk.directory import Directory
from integrations.helpdesks.zendesk.erasing import Eraser
from integrations.helpdesks.zendesk.mapping import is_deleted, map_deleted, map_ticket, moment_of
from integrations.helpdesks.zendesk.payloads import API
from integrations.helpdesks.zendesk.people import PeopleReader
from kaizo.core import clock
from tickets.contracts import TicketRecord

VENDOR: Final = vendor.VENDOR

_SUBDOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_START: Final = "start:"
_AFTER: Final = "after:"
_SIDELOADS: Final = "users,groups,metric_sets"
_SETTLED: Final = timedelta(seconds=61)  # the vendor refuses a start time within the last minute
_AUDITS_QUERY: Final = urlencode({"page[size]": 100, "include": "users"})
_MOST_PAGES: Final = 200  # of one ticket's audits, or of a list
_MANY: Final = 100  # ids in one call of show_many
_SIDE_BY_SIDE: Final = 100  # tickets whose audits are held at once
_REJECTED: Final = frozenset({400, 410, 422})
_GONE: Final = 404

_ListPage = TypeVar("_ListPage", payloads.GroupsPage, payloads.TicketFieldsPage)


verify_hook = webhooks.verify


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for what is no sub-domain. Its whole address will do as well."""
    given = settings.get("subdomain", "").strip().lower()
    name = given.removeprefix("https://").rstrip("/").removesuffix(VENDOR.cloud_suffix)
    if not _SUBDOMAIN.fullmatch(name):
        raise ValueError(_("Enter the part of your Zendesk address before .zendesk.com."))
    return Access(
        base_url=f"https://{name}{VENDOR.cloud_suffix}",
        headers=auth.authorisation(settings),
        rates=vendor.rates(settings),
    )


def renew(settings: Mapping[str, str], http: Http) -> Tokens:
    """New tokens; the old ones have ended. Raises AuthExpired when there is nothing to renew by."""
    reply = http.send("POST", auth.TOKENS_PATH, auth.renewal_request(settings))
    return auth.read_tokens(reply, now=clock.now())


def consent_url(settings: Mapping[str, str], consent: Consent) -> str:
    """Raises ValueError without a sub-domain or an OAuth client."""
    return auth.consent_url(access(settings).base_url, settings, consent)


def redeem(settings: Mapping[str, str], http: Http, consent: Consent, code: str) -> Tokens:
    return auth.redeem(settings, http, consent, code, now=clock.now())


def ending(settings: Mapping[str, str], today: date) -> Ending | None:
    """Of an API token; OAuth has no end."""
    if not settings.get("api_token") or settings.get("access_token"):
        return None
    days = auth.days_until_api_tokens_end(today)
    return Ending(gettext_noop("API tokens"), auth.API_TOKENS_END, days)


def make_adapter(settings: Mapping[str, str], http: Http) -> ZendeskAdapter:
    return ZendeskAdapter(http, page_size=vendor.page_size(settings), bots=vendor.bot_ids(settings))


class ZendeskAdapter(Eraser, PeopleReader):
    """Makes no call before it is asked to. `vendor` is the description it runs under."""

    def __init__(
        self,
        http: Http,
        *,
        page_size: int = 100,
        bots: frozenset[int] = frozenset(),
        description: Vendor = VENDOR,
    ) -> None:
        super().__init__(http)
        self.vendor = description
        self.page_size = page_size
        self.directory = Directory(bots=bots)
        self._groups_read = False
        self._titles_read = False

    # Who we are

    def check(self) -> Account:
        """Raises AuthExpired for a stranger, to whom the vendor answers 200 as to anybody, and
        PermanentError for an agent who may not read the export."""
        me = decode(expect(self.http.get(f"{API}/users/me.json")), payloads.MeReply).user
        if me.id is None:
            raise AuthExpired(Problem.WRONG_CREDENTIALS, "The helpdesk does not know us.")
        if me.role not in {"agent", "admin"}:
            raise PermanentError(Problem.MISSING_SCOPE, "The user is neither agent nor admin.")
        start = {"start_time": _epoch(clock.now() - 2 * _SETTLED), "per_page": 1}
        expect(self._export(start))
        return Account(id=str(me.id), name=me.name or "", role=me.role)

    # The change feed

    def first_cursor(self, since: datetime) -> str:
        return f"{_START}{_epoch(since)}"

    def page(self, cursor: str) -> Page:
        """Read one page of the export and the audits of each ticket in it."""
        export = self._export_page(cursor)
        self._learn(export)
        unknown: Counter[str] = Counter()
        page = Page(records=[], cursor=cursor, is_last=export.end_of_stream)
        rows: dict[int, payloads.Ticket] = {}
        for raw in export.tickets:
            payloads.count_unknown(raw, unknown)
            try:
                row = payloads.read_ticket(raw)
            except replies.DECODE_ERRORS as error:
                page.faulty.append(Faulty(replies.external_id(raw), replies.fault(error)))
            else:
                _keep_newer(rows, row)
        _attach_metric_sets(rows, export.metric_sets)
        for outcome in self._snapshots(list(rows.values())):
            _place(page, outcome)
        page.unknown_fields = dict(unknown)
        page.reached = _reached(rows.values())
        # At the end of the stream there is a cursor all the same: the next poll goes on from it.
        if export.after_cursor:
            page.cursor = f"{_AFTER}{export.after_cursor}"
        return page

    def _export_page(self, cursor: str) -> payloads.ExportPage:
        params: dict[str, Any] = {"per_page": self.page_size, "include": _SIDELOADS}
        kind, _, position = cursor.partition(":")
        stored = f"{kind}:" == _AFTER
        if stored:
            params["cursor"] = position
        else:
            settled = _epoch(clock.now() - _SETTLED)
            params["start_time"] = min(_start_time(cursor), settled)
        reply = self._export(params)
        if reply.status in _REJECTED:
            problem = Problem.CURSOR_REJECTED if stored else Problem.CLOCK_SKEW
            raise PermanentError(problem, f"The export answered {reply.status}.")
        export = _decode_export(expect(reply))
        if not export.end_of_stream and not export.after_cursor:
            raise TemporaryError(Problem.MALFORMED, "The page names no next one.")
        return export

    def _export(self, params: Mapping[str, Any]) -> Reply:
        return self.http.get(
            f"{API}/incremental/tickets/cursor.json", params, bucket=vendor.INCREMENTAL
        )

    # One ticket

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Raises TemporaryError when the ticket is there and cannot be read."""
        reply = self._show(external_id)
        if reply is None:
            return None
        try:
            row = payloads.read_ticket(reply.ticket)
        except replies.DECODE_ERRORS as error:
            raise TemporaryError(Problem.MALFORMED, replies.fault(error)) from None
        self._learn(reply)
        _attach_metric_sets({row.id: row}, reply.metric_sets)
        [outcome] = self._snapshots([row])
        if isinstance(outcome, Faulty):
            raise TemporaryError(Problem.MALFORMED, outcome.reason)
        return outcome

    def _show(self, external_id: str) -> payloads.OneTicket | None:
        reply = self.http.get(f"{API}/tickets/{_number(external_id)}.json", {"include": _SIDELOADS})
        if reply.status == _GONE:
            return None
        return decode(expect(reply), payloads.OneTicket)

    def _snapshots(self, rows: Sequence[payloads.Ticket]) -> Iterator[TicketRecord | Faulty]:
        """In order. The audits of many tickets that exist are asked for side by side; what has come
        is read before the next are, so that little is left to do behind the last reply."""
        for start in range(0, len(rows), _SIDE_BY_SIDE):
            yield from self._snapshots_together(rows[start : start + _SIDE_BY_SIDE])

    def _snapshots_together(
        self, rows: Sequence[payloads.Ticket]
    ) -> Iterator[TicketRecord | Faulty]:
        paths = [_audits_path(row.id) for row in rows if not is_deleted(row)]
        replies = iter(get_many(self.http, paths))
        for row in rows:
            yield map_deleted(row) if is_deleted(row) else self._snapshot(row, next(replies))

    def _snapshot(self, row: payloads.Ticket, reply: Reply) -> TicketRecord | Faulty:
        try:
            audits = self._audits(row.id, reply)
        except replies.DECODE_ERRORS as error:
            return Faulty(str(row.id), f"audits: {replies.fault(error)}")
        if audits is None:
            return self._without_audits(row)
        self._look_up(row)
        return map_ticket(row, audits, self.directory)

    def _without_audits(self, row: payloads.Ticket) -> TicketRecord | Faulty:
        """The audits of a ticket that was deleted since the page was made answer 404. Erasing rests
        on the ticket itself being gone, too."""
        if self._show(str(row.id)) is None:
            return map_deleted(row)
        return Faulty(str(row.id), "audits: cannot be found")

    def _audits(self, ticket_id: int, reply: Reply) -> list[payloads.Audit] | None:
        """All of a ticket's audits, of which `reply` has the first; None on 404. Raises one of
        DECODE_ERRORS."""
        found: list[payloads.Audit] = []
        path = _audits_path(ticket_id)
        for _number_of_page in range(_MOST_PAGES):
            if reply.status == _GONE:
                return None
            part = self._read_audits(path, reply)
            self.directory.learn(users=payloads.read_rows(part.users, payloads.User))
            found += part.audits
            if part.meta is None or not part.meta.has_more or not part.meta.after_cursor:
                return found
            path = _audits_path(ticket_id, part.meta.after_cursor)
            reply = self.http.get(path)
        raise ValueError("a history without end")

    def _read_audits(self, path: str, reply: Reply) -> payloads.AuditsPage:
        """Asked for again when it is no JSON. What is none of the vendor's (a proxy's page,
        nothing) tells of an outage and stops the run; JSON that stays broken is the ticket's own
        fault."""
        try:
            return payloads.read_audits(expect(reply).body)
        except msgspec.ValidationError:
            raise
        except msgspec.DecodeError:
            again = expect(self.http.get(path))
        if not again.body.lstrip().startswith(b"{"):
            raise TemporaryError(Problem.MALFORMED, "The helpdesk's reply is not its own.")
        return payloads.read_audits(again.body)

    # What ids stand for

    def _learn(self, reply: payloads.ExportPage | payloads.OneTicket) -> None:
        self.directory.learn(
            users=payloads.read_rows(reply.users, payloads.User),
            groups=payloads.read_rows(reply.groups, payloads.Group),
        )

    def _look_up(self, row: payloads.Ticket) -> None:
        """Groups and titles are listed once a run, and only when a ticket needs them."""
        assignee = self.directory.users.get(row.assignee_id or 0)
        group = assignee.default_group_id if assignee else None
        if group and group not in self.directory.groups and not self._groups_read:
            self._groups_read = True
            for groups in self._list("groups", payloads.GroupsPage):
                self.directory.learn(groups=groups.groups)
        if not self._titles_read and any(field.value is not None for field in row.custom_fields):
            self._titles_read = True
            for titles in self._list("ticket_fields", payloads.TicketFieldsPage):
                self.directory.titles.update((one.id, one.title) for one in titles.ticket_fields)

    def _list(self, name: str, kind: type[_ListPage]) -> Iterator[_ListPage]:
        """The pages of a list; nothing when we may not read it: ids then stand for themselves."""
        params: dict[str, Any] = {"page[size]": 100}
        for _number_of_page in range(_MOST_PAGES):
            reply = self.http.get(f"{API}/{name}.json", params)
            if reply.status in {403, _GONE}:
                return
            part = decode(expect(reply), kind)
            yield part
            if part.meta is None or not part.meta.has_more or not part.meta.after_cursor:
                return
            params["page[after]"] = part.meta.after_cursor

    # Silent deletions

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Asked in hundreds. An answer that names others than those asked for is not believed."""
        wanted = list(external_ids)
        for start in range(0, len(wanted), _MANY):
            asked = {_number(one) for one in wanted[start : start + _MANY]}
            params = {"ids": ",".join(sorted(asked))}
            reply = expect(self.http.get(f"{API}/tickets/show_many.json", params))
            found = decode(reply, payloads.TicketList).tickets
            if {str(row.id) for row in found} - asked:
                raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the ids asked for.")
            yield from (str(row.id) for row in found if not is_deleted(row))


def _decode_export(reply: Reply) -> payloads.ExportPage:
    try:
        return payloads.read_export(reply.body)
    except replies.DECODE_ERRORS as error:
        raise TemporaryError(Problem.MALFORMED, replies.fault(error)) from None


def _attach_metric_sets(rows: Mapping[int, payloads.Ticket], raw: msgspec.Raw) -> None:
    """They come beside the tickets or inside them."""
    for metric_set in payloads.read_rows(raw, payloads.MetricSet):
        row = rows.get(metric_set.ticket_id or 0)
        if row is not None:
            row.metric_set = metric_set


def _keep_newer(rows: dict[int, payloads.Ticket], row: payloads.Ticket) -> None:
    """A ticket may stand in a page twice; the feed's clock says which row is newer."""
    rival = rows.get(row.id)
    if rival is None or _age(row) >= _age(rival):
        rows[row.id] = row


def _age(row: payloads.Ticket) -> tuple[int, datetime]:
    return row.generated_timestamp or 0, row.updated_at


def _place(page: Page, outcome: TicketRecord | Faulty) -> None:
    if isinstance(outcome, Faulty):
        page.faulty.append(outcome)
    else:
        page.records.append(outcome)


def _audits_path(ticket_id: int, after: str = "") -> str:
    more = f"&{urlencode({'page[after]': after})}" if after else ""
    return f"{API}/tickets/{ticket_id}/audits.json?{_AUDITS_QUERY}{more}"


def _reached(rows: Iterable[payloads.Ticket]) -> datetime | None:
    """The feed's own clock: `updated_at` does not move when the system changes a row."""
    stamps = [row.generated_timestamp for row in rows if row.generated_timestamp is not None]
    return moment_of(max(stamps)) if stamps else None


def _start_time(cursor: str) -> int:
    text = cursor.removeprefix(_START)
    if not text.isdecimal():
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.")
    return int(text)


def _number(external_id: str) -> str:
    """Ids go into addresses: only digits do."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "A ticket's id is a number.")
    return external_id


def _epoch(at: datetime) -> int:
    return max(0, int(at.timestamp()))
