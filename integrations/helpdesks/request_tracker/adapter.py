"""One Request Tracker: the tickets by their last change, and what happened to them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any, Final
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
from integrations.helpdesks.replies import DECODE_ERRORS, decode, expect, fault
from integrations.helpdesks.request_tracker import payloads, vendor
from integrations.helpdesks.request_tracker.mapping import (
    Directory,
    History,
    map_deleted,
    map_ticket,
)
from integrations.helpdesks.request_tracker.payloads import WholeUser
from integrations.helpdesks.request_tracker.reading import API, Reader, rows_of
from kaizo.core import clock
from tickets.contracts import TicketRecord

VENDOR: Final = vendor.VENDOR

# Each page costs a few calls more, however many tickets it has; a commit comes after each.
_PAGE_SIZE: Final = 50
_MANY: Final = 100
# Rows of the last seconds may still be joined by siblings that are committed later.
_SETTLED: Final = timedelta(minutes=2)
_SECOND: Final = timedelta(seconds=1)
_FORBIDDEN: Final = 403
_GONE: Final = 404
_TOKEN: Final = re.compile(r"[0-9]+-(?P<owner>[0-9]+)-[0-9A-Za-z]+")
_CURSOR: Final = re.compile(r"(?P<epoch>[0-9]{1,11})\|(?P<id>[0-9]{1,19})")


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for what is no address or no token."""
    address = settings.get("address", "").strip().rstrip("/").removesuffix(API)
    parts = urlsplit(address)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(_("Enter Request Tracker's address as in the browser, with https://."))
    if parts.query or parts.fragment:
        raise ValueError(_("Enter only the address of Request Tracker's first page."))
    token = settings.get("token", "").strip()
    if not _TOKEN.fullmatch(token):
        raise ValueError(_("Enter the authentication token as Request Tracker showed it."))
    return Access(base_url=address, headers={"Authorization": f"token {token}"})


def make_adapter(settings: Mapping[str, str], http: Http) -> RequestTrackerAdapter:
    bots = settings.get("bots", "").split(",")
    owner = _TOKEN.fullmatch(settings.get("token", "").strip())
    return RequestTrackerAdapter(
        http,
        user_id=owner["owner"] if owner else "",
        directory=Directory(
            bots=frozenset(name.strip().casefold() for name in bots if name.strip()),
            rating_field=settings.get("rating_field", "").strip().casefold(),
        ),
    )


class RequestTrackerAdapter:
    """Makes no call before it is asked to. `user_id` is whose token it is."""

    vendor = VENDOR

    def __init__(self, http: Http, *, user_id: str, directory: Directory) -> None:
        self.http = http
        self.user_id = user_id
        self.directory = directory
        self.reader = Reader(http, with_ratings=bool(directory.rating_field))
        self._zone_checked = False

    # Who we are

    def check(self) -> Account:
        """The vendor has no call for it: the token's own number names its user. Raises
        AuthExpired for a stranger, PermanentError for a user without rights."""
        reply = self.http.get(f"{API}/user/{_number(self.user_id)}")
        if reply.status == _GONE:
            raise AuthExpired(Problem.WRONG_CREDENTIALS, "The helpdesk does not know us.")
        me = decode(expect(reply), payloads.WholeUser)
        if not me.is_agent:
            raise PermanentError(Problem.MISSING_SCOPE, "The user is not privileged.")
        self._require_utc()
        role = "privileged"
        return Account(id=self.user_id, name=me.real_name or me.name or self.user_id, role=role)

    def _require_utc(self) -> None:
        """Times in a query are taken in the account's zone, whatever they carry, and a wrong one
        would skip hours without a word. So a time that is known is asked for, once a run."""
        if self._zone_checked:
            return
        newest = rows_of(
            self._search("id > 0", fields="Created", orderby="id", order="DESC", per_page=1)
        )
        for raw in newest.items:
            ticket = decode(Reply(200, {}, bytes(raw)), payloads.Birth)
            at = f"Created >= '{_literal(ticket.created)}'"
            until = f"Created < '{_literal(ticket.created + _SECOND)}'"
            query = f"id = {_number(str(ticket.id))} AND {at} AND {until}"
            if not rows_of(self._search(query, per_page=1)).items:
                raise PermanentError(Problem.CLOCK_SKEW, "The account's time zone is not UTC.")
        self._zone_checked = True

    # The change feed

    def first_cursor(self, since: datetime) -> str:
        return f"{int(since.timestamp())}|0"

    def page(self, cursor: str) -> Page:
        """The next tickets by (LastUpdated, id). Always the first page of a narrower search, so
        that a ticket which changes meanwhile moves no other out of sight."""
        since, after = _position(cursor)
        self._require_utc()
        reply = self._search(
            _changed_after(since, after),
            fields=payloads.TICKET_FIELDS,
            orderby=["LastUpdated", "id"],
            per_page=_PAGE_SIZE,
            **_EXPANDED,
        )
        rows = rows_of(reply)
        if rows.total is None:
            raise PermanentError(
                Problem.MISSING_SCOPE, "The server does not count what we may see."
            )
        page = Page(records=[], cursor=cursor, is_last=rows.total <= len(rows.items))
        tickets, places = self._read_rows(rows.items, page)
        if any(place.last_updated < since for place in places):
            raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the time asked for.")
        self._place(page, tickets)
        if places:
            last = places[-1]
            page.reached = last.last_updated
            page.cursor = f"{int(last.last_updated.timestamp())}|{_number(str(last.id))}"
        if page.is_last:
            page.cursor = _settled(page.cursor, _time_there(reply))
        return page

    def _search(self, query: str, **params: Any) -> Reply:
        return expect(self.http.get(f"{API}/tickets", {"query": query, **params}))

    def _read_rows(
        self, items: Iterable[msgspec.Raw], page: Page
    ) -> tuple[list[payloads.Ticket], list[payloads.Place]]:
        unknown: Counter[str] = Counter()
        tickets, places = [], []
        for raw in items:
            payloads.count_unknown(raw, unknown)
            place = payloads.read_or_none(raw, payloads.Place)
            places += [place] if place else []
            try:
                tickets.append(payloads.read(raw, payloads.Ticket))
            except DECODE_ERRORS as error:
                page.faulty.append(Faulty(str(place.id) if place else "", fault(error)))
        page.unknown_fields = dict(unknown)
        return tickets, places

    def _place(self, page: Page, tickets: Sequence[payloads.Ticket]) -> None:
        histories, faults = self.reader.histories([str(ticket.id) for ticket in tickets])
        self._look_up(tickets, histories.values())
        merged: dict[str, TicketRecord] = {}
        found: list[TicketRecord] = []
        for ticket in tickets:
            number = str(ticket.id)
            history = histories[number]
            outcome: TicketRecord | Faulty = (
                Faulty(number, faults[number])
                if number in faults
                else map_ticket(ticket, history, self.directory)
            )
            if isinstance(outcome, Faulty):
                page.faulty.append(outcome)
                continue
            found.append(outcome)
            for old in history.merged_ids(number):
                merged[old] = map_deleted(old, ticket.last_updated)
        # What was merged goes first: its messages now stand in the ticket that survives.
        page.records += [*merged.values(), *found]

    def _look_up(self, tickets: Iterable[payloads.Ticket], histories: Iterable[History]) -> None:
        """Ask once a run for each user who may be an agent: customers are known by their role."""
        customers = {str(user.id) for ticket in tickets for user in ticket.requestor}
        wanted: set[str] = set()
        for history in histories:
            for one in history.transactions:
                wanted.add(one.creator_id)
                if one.field == "Owner":
                    wanted |= {one.old_value or "", one.new_value or ""}
        wanted -= customers | self.directory.users.keys()
        ids = sorted(one for one in wanted if one.isascii() and one.isdecimal() and one != "0")
        replies = get_many(self.http, [f"{API}/user/{one}" for one in ids])
        for user_id, reply in zip(ids, replies, strict=True):
            hidden = reply.status in {_FORBIDDEN, _GONE}
            self.directory.users[user_id] = (
                None if hidden else decode(expect(reply), payloads.WholeUser)
            )

    # One ticket

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Raises TemporaryError when the ticket is there and cannot be read."""
        number = _number(external_id)
        reply = self._search(
            f"id = {number}", fields=payloads.TICKET_FIELDS, per_page=1, **_EXPANDED
        )
        page = Page(records=[], cursor="", is_last=True)
        tickets, _places = self._read_rows(rows_of(reply).items, page)
        # A merged ticket answers with the one that survives.
        self._place(page, [one for one in tickets if str(one.id) == number])
        if page.faulty:
            raise TemporaryError(Problem.MALFORMED, page.faulty[0].reason)
        return next((record for record in page.records if record.id == number), None)

    # Silent deletions

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Searched for in hundreds; what a search does not show is asked for by itself, since a
        ticket that we may not see any more is no deleted one."""
        wanted = [_number(one) for one in external_ids]
        for start in range(0, len(wanted), _MANY):
            asked = wanted[start : start + _MANY]
            query = " OR ".join(f"id = {one}" for one in asked)
            rows = rows_of(self._search(query, per_page=_MANY)).items
            found = {str(_numbered(raw).id) for raw in rows}
            if found - set(asked):
                raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the ids asked for.")
            hidden = [one for one in asked if one not in found]
            found |= set(self._hidden_but_there(hidden))
            yield from (one for one in asked if one in found)

    def _hidden_but_there(self, ids: Sequence[str]) -> Iterator[str]:
        replies = get_many(self.http, [f"{API}/ticket/{one}?fields=Status" for one in ids])
        for ticket_id, reply in zip(ids, replies, strict=True):
            if reply.status == _FORBIDDEN:
                yield ticket_id
            elif reply.status != _GONE:
                there = decode(expect(reply), payloads.Numbered)
                # Another number is the ticket that it was merged into.
                if str(there.id) == ticket_id and there.status != "deleted":
                    yield ticket_id

    def present_people(self, external_ids: Iterable[str]) -> Iterator[str]:
        """One call each, side by side. Whom the helpdesk has anonymised is gone, though the number
        is not; somebody we may not see is there."""
        wanted = list(external_ids)
        yield from (each for each in wanted if not each.isdecimal())
        numbers = [each for each in wanted if each.isdecimal()]
        replies = get_many(self.http, [f"{API}/user/{_number(each)}" for each in numbers])
        for number, reply in zip(numbers, replies, strict=True):
            if reply.status == _GONE:
                continue
            if reply.status == _FORBIDDEN or not decode(expect(reply), WholeUser).is_anonymised:
                yield number


_EXPANDED: Final = {
    "fields[Queue]": "id,Name",
    "fields[Owner]": payloads.USER_FIELDS,
    "fields[Requestor]": payloads.PERSON_FIELDS,
}


def _numbered(raw: msgspec.Raw) -> payloads.Numbered:
    return decode(Reply(200, {}, bytes(raw)), payloads.Numbered)


def _position(cursor: str) -> tuple[datetime, int]:
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.")
    return datetime.fromtimestamp(int(match["epoch"]), UTC), int(match["id"])


def _changed_after(since: datetime, after: int) -> str:
    """Later than the second, or within it and with a higher number: neither loses a sibling of the
    same second nor repeats one."""
    first, rest = _literal(since), _literal(since + _SECOND)
    if not after:
        return f"LastUpdated >= '{first}'"
    within = f"LastUpdated >= '{first}' AND LastUpdated < '{rest}' AND id > {after}"
    return f"LastUpdated >= '{rest}' OR ({within})"


def _literal(moment: datetime) -> str:
    """The one form that means what it says, for an account whose zone is UTC."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S")


def _settled(cursor: str, now: datetime) -> str:
    at, _id = _position(cursor)
    limit = now - _SETTLED
    return f"{int(limit.timestamp())}|0" if at > limit else cursor


def _time_there(reply: Reply) -> datetime:
    """The server's own clock, which dates its tickets."""
    try:
        there = parsedate_to_datetime(reply.headers.get("date", ""))
    except ValueError:
        return clock.now()
    return there if there.tzinfo else there.replace(tzinfo=UTC)


def _number(external_id: str) -> str:
    """Ids go into addresses and queries: only digits do."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "An id of the helpdesk is a number.")
    return external_id
