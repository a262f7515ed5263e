"""One Zammad: the tickets by their last change, and each one's articles, history and tags."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

import msgspec
from django.utils.translation import gettext as _

from integrations.base import (
    Access,
    Account,
    AuthExpired,
    Faulty,
    Http,
    Page,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    get_many,
)
from integrations.helpdesks.replies import DECODE_ERRORS, external_id, fault
from integrations.helpdesks.zammad import cursors, payloads, vendor, webhooks
from integrations.helpdesks.zammad.mapping import NOBODY, Directory, map_deleted, map_ticket
from integrations.helpdesks.zammad.payloads import Ticket, decode, expect
from kaizo.core import clock
from tickets.contracts import TicketRecord

VENDOR: Final = vendor.VENDOR

_API: Final = "/api/v1"
_PAGE_SIZE: Final = 100  # the vendor cuts larger ones without a word
_MANY: Final = 100  # ids that are asked for side by side
_LEAST: Final = timedelta(milliseconds=1)  # the precision of the vendor's times
_FORBIDDEN: Final = 403
_GONE: Final = 404
_DONE_OR_GONE: Final = frozenset({200, 201, 204, _GONE})
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,500}")

verify_hook = webhooks.verify


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for what is no address or no token."""
    address = settings.get("address", "").strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(_("Enter Zammad's address as it stands in the browser, with https://."))
    if parts.query or parts.fragment:
        raise ValueError(_("Enter only the address of Zammad's first page."))
    token = settings.get("token", "").strip()
    if not _TOKEN.fullmatch(token):
        raise ValueError(_("Enter the access token as Zammad showed it."))
    return Access(
        base_url=address,
        headers={"Authorization": f"Token token={token}"},
        rates=vendor.rates(settings),
    )


def make_adapter(settings: Mapping[str, str], http: Http) -> ZammadAdapter:
    return ZammadAdapter(http, bots=vendor.bot_ids(settings))


class ZammadAdapter:
    """Makes no call before it is asked to."""

    vendor = VENDOR

    def __init__(self, http: Http, *, bots: frozenset[int] = frozenset()) -> None:
        self.http = http
        self.directory = Directory(bots=bots)
        self._states_read = False

    # Who we are

    def check(self) -> Account:
        """Raises AuthExpired for a stranger and PermanentError for somebody who is no agent or
        whose Zammad does not filter tickets by their last change."""
        reply = self.http.get(f"{_API}/users/me")
        if reply.status in {401, _FORBIDDEN}:
            raise AuthExpired(Problem.WRONG_CREDENTIALS, "The helpdesk does not know us.")
        me = decode(expect(reply), payloads.User)
        self._read_states()
        self._search(cursors.start(clock.now()), page_size=1)
        return Account(id=str(me.id), name=me.login or str(me.id), role="agent")

    # The change feed

    def first_cursor(self, since: datetime) -> str:
        return cursors.start(since).write()

    def page(self, cursor: str) -> Page:
        """Read one page of the search, and of each ticket that it has not read before the rest."""
        place = cursors.read(cursor)
        raws = self._search(place)
        page = Page(records=[], cursor=place.at_end().write(), is_last=not raws)
        if not raws:
            return page
        rows, page.faulty, page.unknown_fields = _read_rows(raws)
        times = [row.updated_at for row in rows]
        # A server that does not know a filter answers with everything. What was asked for lies up
        # to two steps earlier: one for the filter's "after", one for its rounding.
        earliest = place.since - 2 * _LEAST
        if times != sorted(times) or (times and times[0] < earliest):
            raise PermanentError(Problem.MALFORMED, "The helpdesk ignored the filter.")
        fresh = {row.id: row for row in rows if not place.has(row.id, row.updated_at)}
        for outcome in self._snapshots(list(fresh.values())):
            if isinstance(outcome, TicketRecord):
                page.records.append(outcome)
            else:
                page.faulty.append(outcome)
        page.cursor = place.after({row.id: row.updated_at for row in rows}).write()
        page.reached = times[-1] if times else None
        return page

    def _search(self, place: cursors.Cursor, page_size: int = _PAGE_SIZE) -> list[msgspec.Raw]:
        """By a condition, which the database answers. A query would go to the search engine, which
        not everybody has and which lags."""
        since = (place.since - _LEAST).astimezone(UTC)
        condition = "condition[ticket.updated_at]"
        params = {
            f"{condition}[operator]": "after (absolute)",
            f"{condition}[value]": since.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "sort_by": "updated_at,id",
            "order_by": "asc,asc",
            "page": place.page,
            "per_page": page_size,
            "expand": "true",
        }
        return decode(expect(self.http.get(f"{_API}/tickets/search", params)), list[msgspec.Raw])

    # One ticket

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Raises TemporaryError when the ticket is there and cannot be read."""
        reply = self.http.get(f"{_API}/tickets/{_number(external_id)}", {"expand": "true"})
        if reply.status == _GONE:
            return None
        [outcome] = self._snapshots([decode(expect(reply), Ticket)])
        if isinstance(outcome, Faulty):
            raise TemporaryError(Problem.MALFORMED, outcome.reason)
        return outcome

    def _snapshots(self, rows: Sequence[Ticket]) -> Iterator[TicketRecord | Faulty]:
        """In order. The parts of all tickets are asked for side by side."""
        if not rows:
            return
        self._read_states()
        replies = iter(get_many(self.http, [path for row in rows for path in _paths(row.id)]))
        for row in rows:
            parts = (next(replies), next(replies), next(replies))
            if any(reply.status == _GONE for reply in parts):
                yield self._without_parts(row)
            else:
                yield self._snapshot(row, *parts)

    def _without_parts(self, row: Ticket) -> TicketRecord | Faulty:
        """Of a ticket a part of which cannot be found, whether it was deleted since the page was
        made: erasing rests on the ticket itself being gone, too."""
        reply = self.http.get(f"{_API}/tickets/{row.id}")
        if reply.status == _GONE:
            return map_deleted(row)
        expect(reply)
        return Faulty(str(row.id), "parts: cannot be found")

    def _snapshot(
        self, row: Ticket, articles: Reply, history: Reply, tags: Reply
    ) -> TicketRecord | Faulty:
        for reply in (articles, history, tags):
            if not expect(reply).body.lstrip().startswith((b"{", b"[")):
                raise TemporaryError(Problem.MALFORMED, "The helpdesk's reply is not its own.")
        try:
            said = payloads.read(articles, list[payloads.Article])
            changed = payloads.read(history, payloads.History)
            labels = payloads.read(tags, payloads.Tags).tags
        except DECODE_ERRORS as error:
            return Faulty(str(row.id), f"parts: {fault(error)}")
        self.directory.learn(changed.assets.User.values())
        self._look_up(row)
        return map_ticket(row, said, changed.history, labels, self.directory)

    def _look_up(self, row: Ticket) -> None:
        """The people whom the history did not bring along; who may not be read stays a number."""
        for user_id in {row.customer_id, row.owner_id or NOBODY} - {NOBODY}:
            if user_id in self.directory.users:
                continue
            reply = self.http.get(f"{_API}/users/{user_id}")
            allowed = frozenset({200, _FORBIDDEN, _GONE})
            found = expect(reply, allowed).status not in {_FORBIDDEN, _GONE}
            user = decode(reply, payloads.User) if found else payloads.User(id=user_id)
            self.directory.learn([user])

    def _read_states(self) -> None:
        """Once a run: names of states are the customer's own, their types are not."""
        if not self._states_read:
            reply = expect(self.http.get(f"{_API}/ticket_states", {"expand": "true"}))
            self.directory.learn_states(decode(reply, list[payloads.State]))
            self._states_read = True

    # Silent deletions

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Asked one by one, many side by side: the vendor has no call for several. A ticket that we
        may no longer read is still there."""
        wanted = [_number(one) for one in external_ids]
        for start in range(0, len(wanted), _MANY):
            asked = wanted[start : start + _MANY]
            replies = get_many(self.http, [f"{_API}/tickets/{number}" for number in asked])
            for number, reply in zip(asked, replies, strict=True):
                if expect(reply, frozenset({200, _FORBIDDEN, _GONE})).status != _GONE:
                    yield number

    # Erasure at the source

    def erase_ticket(self, ticket_id: str) -> None:
        """At once and for good. What is gone already stays gone."""
        expect(self.http.send("DELETE", f"{_API}/tickets/{_number(ticket_id)}"), _DONE_OR_GONE)

    def erase_user(self, user_id: str) -> None:
        """Order the deletion of a person. The vendor deletes all their tickets with them."""
        number = _number(user_id)
        if self.http.get(f"{_API}/users/{number}").status == _GONE:
            return
        order = {
            "deletable_type": "User",
            "deletable_id": int(number),
            "preferences": {"sure": "DELETE"},
        }
        expect(self.http.send("POST", f"{_API}/data_privacy_tasks", order), _DONE_OR_GONE)


def _read_rows(raws: Sequence[msgspec.Raw]) -> tuple[list[Ticket], list[Faulty], dict[str, int]]:
    rows, faulty, unknown = [], [], Counter[str]()
    for raw in raws:
        payloads.count_unknown(raw, unknown)
        try:
            rows.append(msgspec.json.decode(raw, type=Ticket))
        except DECODE_ERRORS as error:
            faulty.append(Faulty(external_id(raw), fault(error)))
    return rows, faulty, dict(unknown)


def _paths(ticket_id: int) -> tuple[str, str, str]:
    return (
        f"{_API}/ticket_articles/by_ticket/{ticket_id}?expand=true",
        f"{_API}/ticket_history/{ticket_id}",
        f"{_API}/tags?object=Ticket&o_id={ticket_id}",
    )


def _number(external_id: str) -> str:
    """Ids go into addresses: only digits do."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "An id of the helpdesk is a number.")
    return external_id
