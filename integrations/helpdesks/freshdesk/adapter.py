"""One Freshdesk account: tickets by their last change, the bin, and late ratings.

The list brings a ticket with its first message; its conversation and its ratings cost a call each.
"""

from __future__ import annotations

import base64
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, TypeVar

import msgspec
from django.utils.translation import gettext as _

from integrations.base import (
    Access,
    Account,
    Faulty,
    Http,
    Page,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    get_many,
)
from integrations.helpdesks.freshdesk import payloads, places, vendor, webhooks
from integrations.helpdesks.freshdesk.directory import Directory
from integrations.helpdesks.freshdesk.erasing import API, Eraser, digits
from integrations.helpdesks.freshdesk.mapping import map_gone, map_ticket
from integrations.helpdesks.freshdesk.places import Place
from integrations.helpdesks.replies import DECODE_ERRORS, decode, expect, external_id, fault, mend
from kaizo.core import clock
from tickets.contracts import TicketRecord

VENDOR: Final = vendor.VENDOR

_SUBDOMAIN: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
_ROWS: Final = 100
_MANY: Final = 100  # calls side by side
_INCLUDE: Final = "requester,stats"
_ALL_TICKETS: Final = 1
_SURVEYS: Final = f"{API}/surveys/satisfaction_ratings"
_FORBIDDEN: Final = 403
_GONE: Final = 404

Row = TypeVar("Row")

verify_hook = webhooks.verify


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for what is no sub-domain. Its whole address will do as well."""
    given = settings.get("subdomain", "").strip().lower()
    name = given.removeprefix("https://").rstrip("/").removesuffix(VENDOR.cloud_suffix)
    if not _SUBDOMAIN.fullmatch(name):
        raise ValueError(_("Enter the part of your Freshdesk address before .freshdesk.com."))
    key = base64.b64encode(f"{settings.get('api_key', '')}:X".encode()).decode("ascii")
    return Access(
        base_url=f"https://{name}{VENDOR.cloud_suffix}",
        headers={"Authorization": f"Basic {key}"},
        rates=vendor.rates(settings),
    )


def make_adapter(settings: Mapping[str, str], http: Http) -> FreshdeskAdapter:
    return FreshdeskAdapter(http, bots=vendor.bot_ids(settings))


class FreshdeskAdapter(Eraser):
    """Makes no call before it is asked to."""

    vendor = VENDOR

    def __init__(self, http: Http, *, bots: frozenset[int] = frozenset()) -> None:
        super().__init__(http)
        self.directory = Directory(bots=bots)
        self._directory_read = False
        self._surveys: bool | None = None
        self._ratings_taken: set[int] = set()

    # Who we are

    def check(self) -> Account:
        """Raises PermanentError for an agent who does not see all tickets: what they do not see
        would be taken for deleted."""
        me = decode(expect(self.http.get(f"{API}/agents/me")), payloads.Agent)
        if me.ticket_scope not in {None, _ALL_TICKETS}:
            raise PermanentError(Problem.MISSING_SCOPE, "The agent does not see all tickets.")
        self._list(places.start(clock.now()), {"per_page": 1})
        name = (me.contact.name if me.contact else None) or ""
        return Account(id=str(me.id), name=name, role=me.type or "agent")

    # The change feed

    def first_cursor(self, since: datetime) -> str:
        return places.start(since).written()

    def page(self, cursor: str) -> Page:
        """One page of one of the lists. The feed is at its end when all four have been read."""
        place = places.read(cursor)
        if place.feed == places.TICKETS:
            return self._tickets_page(place)
        if place.feed == places.RATINGS:
            return self._ratings_page(place)
        return self._gone_page(place)

    def _tickets_page(self, place: Place) -> Page:
        reply = self._list(place, {"include": f"{_INCLUDE},description"})
        page = Page(records=[], cursor="", is_last=False)
        rows: dict[int, payloads.Ticket] = {}
        moments: list[datetime] = []
        unknown: Counter[str] = Counter()
        for raw in decode(reply, list[msgspec.Raw]):
            payloads.count_unknown(raw, unknown)
            try:
                row = _decoded(raw, payloads.Ticket)
            except DECODE_ERRORS as error:
                page.faulty.append(Faulty(external_id(raw), fault(error)))
                continue
            _require_filter(row.updated_at >= place.since.replace(microsecond=0))
            moments.append(row.updated_at)
            rival = rows.get(row.id)
            if rival is None or row.updated_at >= rival.updated_at:
                rows[row.id] = row
        for outcome in self._snapshots(list(rows.values())):
            _place(page, outcome)
        page.unknown_fields = dict(unknown)
        page.reached = max(moments, default=None)
        page.cursor = place.after(page.reached, more=_has_more(reply)).written()
        return page

    def _gone_page(self, place: Place) -> Page:
        """The bin, whose tickets are in no other list. A vendor that ignored the filter would
        name every ticket, so each row has to say itself what it is."""
        reply = self._list(place, {"filter": place.feed})
        page = Page(records=[], cursor="", is_last=False)
        moments = []
        for raw in decode(reply, list[msgspec.Raw]):
            try:
                row = _decoded(raw, payloads.Gone)
            except DECODE_ERRORS as error:
                page.faulty.append(Faulty(external_id(raw), fault(error)))
                continue
            _require_filter(row.deleted)
            moments.append(row.updated_at)
            page.records.append(map_gone(row))
        place = place.after(max(moments, default=None), more=_has_more(reply))
        page.cursor = place.written()
        return page

    def _ratings_page(self, place: Place) -> Page:
        """A rating need not move its ticket's clock: those that came by no snapshot of this run
        have their tickets read again."""
        page = Page(records=[], cursor="", is_last=True)
        rows, more = self._ratings_list(place)
        tickets = {row.ticket_id: None for row in rows if row.id not in self._ratings_taken}
        for outcome in self._read_again(list(tickets)):
            _place(page, outcome)
        following = place.after_unsorted(
            max((row.created_at for row in rows), default=None), more=more
        )
        page.is_last = not more
        page.cursor = following.written()
        return page

    def _ratings_list(self, place: Place) -> tuple[list[payloads.Rating], bool]:
        params = {
            "created_since": _utc(place.since),
            "per_page": _ROWS,
            "page": place.number,
        }
        reply = self.http.get(_SURVEYS, params)
        if _lacks_feature(reply):
            self._surveys = False
            return [], False
        self._surveys = True
        rows = decode(expect(reply), list[msgspec.Raw])
        return list(_readable(rows, payloads.Rating)), _has_more(reply)

    def _read_again(self, ids: Sequence[int]) -> Iterator[TicketRecord | Faulty]:
        rows = []
        paths = [f"{API}/tickets/{each}?include={_INCLUDE}" for each in ids]
        for number, reply in zip(ids, get_many(self.http, paths), strict=True):
            if reply.status == _GONE:
                continue  # in the archive, or gone for good: not for a rating to say
            try:
                rows.append(_decoded(mend(expect(reply).body), payloads.Ticket))
            except DECODE_ERRORS as error:
                yield Faulty(str(number), fault(error))
        yield from self._snapshots(rows)

    def _list(self, place: Place, extra: Mapping[str, Any]) -> Reply:
        params = {
            "updated_since": _utc(place.since),
            "order_by": "updated_at",
            "order_type": "asc",
            "per_page": _ROWS,
            "page": place.number,
            **extra,
        }
        return expect(self.http.get(f"{API}/tickets", params, bucket=vendor.LISTS))

    # One ticket

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Raises TemporaryError when the ticket is there and cannot be read."""
        found = self._find(digits(external_id))
        if found is None:
            return None
        row, path = found
        [outcome] = self._snapshots([row], path)
        if isinstance(outcome, Faulty):
            raise TemporaryError(Problem.MALFORMED, outcome.reason)
        return outcome

    def _find(self, number: str) -> tuple[payloads.Ticket, str] | None:
        """The ticket and below which path it lies; None when it is deleted or nowhere. Old
        tickets move to an archive and answer 404 at their old address."""
        for path in (f"{API}/tickets", f"{API}/tickets/archived"):
            reply = self.http.get(f"{path}/{number}", {"include": _INCLUDE})
            if reply.status == _GONE or _lacks_feature(reply):
                continue
            row = decode(expect(reply), payloads.Ticket)
            _require_same(row, number)
            return None if row.is_gone else (row, path)
        return None

    def _snapshots(
        self, rows: Sequence[payloads.Ticket], path: str = f"{API}/tickets"
    ) -> Iterator[TicketRecord | Faulty]:
        """In order. Conversations and ratings of all of them are asked for side by side."""
        if not rows:
            return
        self._read_directory()
        there = [row for row in rows if not row.is_gone]
        talks = [f"{path}/{row.id}/conversations?per_page={_ROWS}&page=1" for row in there]
        replies = iter(get_many(self.http, talks))
        ratings = iter(self._ratings_of(there))
        for row in rows:
            if row.is_gone:
                yield map_gone(row)
            else:
                yield self._snapshot(row, path, next(replies), next(ratings))

    def _snapshot(
        self, row: payloads.Ticket, path: str, reply: Reply, rated: Reply | None
    ) -> TicketRecord | Faulty:
        if reply.status == _GONE:
            if self._find(str(row.id)) is None:
                return map_gone(row)
            return Faulty(str(row.id), "conversations: cannot be found")
        try:
            talk = self._conversations(f"{path}/{row.id}", reply)
            ratings = self._read_ratings(rated)
        except DECODE_ERRORS as error:
            return Faulty(str(row.id), f"conversations or ratings: {fault(error)}")
        return map_ticket(row, talk, ratings, self.directory)

    def _conversations(self, path: str, reply: Reply) -> list[payloads.Conversation]:
        """All of a ticket's, of which `reply` has the first. Raises one of DECODE_ERRORS."""
        found: list[payloads.Conversation] = []
        for number in range(2, places.MOST_PAGES + 2):
            found += _rows(expect(reply), payloads.Conversation)
            if not _has_more(reply):
                return found
            reply = self.http.get(f"{path}/conversations?per_page={_ROWS}&page={number}")
        raise ValueError("a conversation without end")

    def _ratings_of(self, rows: Sequence[payloads.Ticket]) -> list[Reply | None]:
        if not rows or not self._has_surveys():
            return [None] * len(rows)
        paths = [f"{API}/tickets/{row.id}/satisfaction_ratings" for row in rows]
        return list(get_many(self.http, paths))

    def _read_ratings(self, reply: Reply | None) -> list[payloads.Rating]:
        if reply is None or reply.status == _GONE or _lacks_feature(reply):
            return []
        found = _rows(expect(reply), payloads.Rating)
        self._ratings_taken.update(rating.id for rating in found)
        return found

    def _has_surveys(self) -> bool:
        """Asked once a run: not every plan has them."""
        if self._surveys is None:
            reply = self.http.get(_SURVEYS, {"per_page": 1})
            self._surveys = not _lacks_feature(reply)
            if self._surveys:
                expect(reply)
        return self._surveys

    # What ids stand for

    def _read_directory(self) -> None:
        """Once a run. Where we may not read it, ids stand for themselves."""
        if self._directory_read:
            return
        self.directory.learn(
            agents=self._listed("agents", payloads.Agent),
            groups=self._listed("groups", payloads.Group),
        )
        self._directory_read = True

    def _listed(self, name: str, kind: type[Row]) -> Iterator[Row]:
        for number in range(1, places.MOST_PAGES + 1):
            reply = self.http.get(f"{API}/{name}", {"per_page": _ROWS, "page": number})
            if reply.status in {_FORBIDDEN, _GONE}:
                return
            yield from _readable(decode(expect(reply), list[msgspec.Raw]), kind)
            if not _has_more(reply):
                return

    # Silent deletions

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """One call each, side by side, and a second for what is not where it was. A deleted contact
        takes all their tickets along, and no list says so."""
        wanted = [digits(each) for each in external_ids]
        for start in range(0, len(wanted), _MANY):
            asked = wanted[start : start + _MANY]
            replies = get_many(self.http, [f"{API}/tickets/{each}" for each in asked])
            for number, reply in zip(asked, replies, strict=True):
                if self._is_present(number, reply):
                    yield number

    def _is_present(self, number: str, reply: Reply) -> bool:
        if reply.status == _GONE:
            return self._find(number) is not None
        row = decode(expect(reply), payloads.Ticket)
        _require_same(row, number)
        return not row.is_gone


def _decoded(raw: bytes | msgspec.Raw, kind: type[Row]) -> Row:
    return msgspec.json.decode(raw, type=kind)


def _rows(reply: Reply, kind: type[Row]) -> list[Row]:
    """Raises TemporaryError for what is none of the vendor's (a proxy's page, nothing) and one of
    DECODE_ERRORS for a list that is not what it should be."""
    body = mend(reply.body)
    if not body.lstrip().startswith(b"["):
        raise TemporaryError(Problem.MALFORMED, "The helpdesk's reply is not its own.")
    return msgspec.json.decode(body, type=list[kind])  # type: ignore[valid-type]  # known when run


def _readable(rows: Iterable[msgspec.Raw], kind: type[Row]) -> Iterator[Row]:
    for raw in rows:
        try:
            yield _decoded(raw, kind)
        except DECODE_ERRORS:
            continue


def _place(page: Page, outcome: TicketRecord | Faulty) -> None:
    if isinstance(outcome, Faulty):
        page.faulty.append(outcome)
    else:
        page.records.append(outcome)


def _require_filter(satisfied: object) -> None:
    if not satisfied:
        raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the filter asked for.")


def _require_same(row: payloads.Ticket, number: str) -> None:
    if row.id != int(number):
        raise TemporaryError(Problem.MALFORMED, "The helpdesk answered about another ticket.")


def _has_more(reply: Reply) -> bool:
    """The link itself is not followed: it may name another host."""
    return 'rel="next"' in reply.headers.get("link", "")


def _lacks_feature(reply: Reply) -> bool:
    """The account's plan has no such thing; any other 403 is a right that we lack."""
    return reply.status == _FORBIDDEN and b'"require_feature"' in reply.body


def _utc(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
