"""One Intercom workspace: conversations by their last change, and the list of deleted ones.

A search brings which conversations changed and none of their parts; each costs a call of its own.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from django.utils.translation import gettext as _

from integrations.base import (
    Access,
    Account,
    AuthExpired,
    Consent,
    Faulty,
    Http,
    Page,
    PermanentError,
    Problem,
    Reply,
    TemporaryError,
    get_many,
)
from integrations.helpdesks.intercom import auth, payloads, vendor, webhooks
from integrations.helpdesks.intercom.directory import Directory
from integrations.helpdesks.intercom.erasing import Eraser, digits
from integrations.helpdesks.intercom.mapping import (
    map_conversation,
    map_deleted,
    map_gone,
    requester_id,
)
from integrations.helpdesks.replies import DECODE_ERRORS, decode, expect, fault, mend
from kaizo.core import clock
from tickets.contracts import TicketRecord

VENDOR: Final = vendor.VENDOR

_ROWS: Final = 50  # of a search: a call and a commit for each page of so many conversations
_DELETED_ROWS: Final = 60
_MANY: Final = 100  # calls side by side
_MOST_PAGES: Final = 10_000
_LATE: Final = 60  # seconds; for so long rows may still show up among others
_AS_TEXT: Final = "display_as=plaintext"
_CONTACT: Final = re.compile(r"[A-Za-z0-9_]{1,64}")
_OF_CONTACT: Final = re.compile(r"[0-9a-f]{24}")
_FORBIDDEN: Final = 403
_GONE: Final = 404

verify_hook = webhooks.verify
redeem = auth.redeem


class Place(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Where the reading has come to: epoch seconds of both lists, and the page between.

    `after` is the vendor's own position, used among rows of one second only. `deleted_number` is 0
    while conversations are read, else the page of the list of deleted ones; `deleted_total` how
    many it held when it was last read whole, `seen` its newest time so far.
    """

    since: payloads.Epoch
    deleted_since: payloads.Epoch
    after: str = ""
    deleted_number: int = 0
    deleted_total: int = -1
    seen: int = 0

    def written(self) -> str:
        return msgspec.json.encode(self).decode()


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for a region that there is not."""
    host = vendor.HOSTS.get(settings.get("region", "").strip().lower() or "us")
    if host is None:
        raise ValueError(_("Enter us, eu or au as the region of your Intercom workspace."))
    return Access(
        base_url=f"https://{host}",
        headers={
            "Authorization": f"Bearer {settings.get('access_token', '').strip()}",
            "Accept": "application/json",
            "Intercom-Version": vendor.VERSION,
        },
        rates=vendor.rates(settings),
    )


def consent_url(settings: Mapping[str, str], consent: Consent) -> str:
    """Raises ValueError for a region that there is not, or without an OAuth client."""
    access(settings)
    return auth.consent_url(settings, consent)


def make_adapter(settings: Mapping[str, str], http: Http) -> IntercomAdapter:
    return IntercomAdapter(http, bots=vendor.bot_ids(settings))


class IntercomAdapter(Eraser):
    """Makes no call before it is asked to."""

    vendor = VENDOR

    def __init__(self, http: Http, *, bots: frozenset[str] = frozenset()) -> None:
        super().__init__(http)
        self.directory = Directory(bots=bots)
        self._directory_read = False

    # Who we are

    def check(self) -> Account:
        """Raises AuthExpired for a token that stands for nobody, and PermanentError for one that
        may not read conversations."""
        me = decode(expect(self.http.get("/me")), payloads.Me)
        if me.id is None:
            raise AuthExpired(Problem.WRONG_CREDENTIALS, "The helpdesk does not know us.")
        now = int(clock.now().timestamp())
        self._search(Place(since=now, deleted_since=now), rows=1)
        name = (me.app.name if me.app else None) or me.name or ""
        return Account(id=str(me.id), name=name, role=me.type or "")

    # The change feed

    def first_cursor(self, since: datetime) -> str:
        epoch = max(0, int(since.timestamp()))
        return Place(since=epoch, deleted_since=epoch).written()

    def page(self, cursor: str) -> Page:
        """One page of the conversations, or, once they are read, of the deleted ones."""
        place = _read_place(cursor)
        return self._deleted_page(place) if place.deleted_number else self._changed_page(place)

    def _changed_page(self, place: Place) -> Page:
        found = self._search(place, rows=_ROWS)
        page = Page(records=[], cursor="", is_last=False)
        rows: dict[str, payloads.Found] = {}
        for raw in found.conversations:
            row = _found(raw)
            if row.updated_at < place.since:
                raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the time asked for.")
            if not _is_number(row):
                page.faulty.append(Faulty(str(row.id), "id: is not a number"))
                continue
            rows[str(row.id)] = row
        for outcome in self._snapshots(rows, page):
            _put(page, outcome)
        newest = max((row.updated_at for row in rows.values()), default=None)
        page.reached = None if newest is None else payloads.moment(newest)
        page.cursor = _after(place, newest, _starting_after(found)).written()
        return page

    def _search(self, place: Place, *, rows: int) -> payloads.SearchReply:
        """The vendor's `>` would lose the siblings of the last second: a second less is asked."""
        moved = {"field": "updated_at", "operator": ">", "value": place.since - 1}
        pagination: dict[str, Any] = {"per_page": rows}
        if place.after:
            pagination["starting_after"] = place.after
        payload = {
            "query": {"operator": "AND", "value": [moved]},
            "pagination": pagination,
            "sort": {"field": "updated_at", "order": "ascending"},
        }
        reply = self.http.send("POST", "/conversations/search", payload)
        if place.after and reply.status in {400, 422}:
            raise PermanentError(Problem.CURSOR_REJECTED, "The helpdesk refused its position.")
        return decode(expect(reply), payloads.SearchReply)

    def _deleted_page(self, place: Place) -> Page:
        """The list is read whole when it has grown: the vendor does not say that it is sorted by
        when something was deleted."""
        params = {"page": place.deleted_number, "per_page": _DELETED_ROWS, "order": "desc"}
        reply = self.http.get("/conversations/deleted", params)
        page = Page(records=[], cursor="", is_last=True)
        if reply.status == _GONE:  # a workspace that has no such list yet
            page.cursor = _at_rest(place, place.deleted_total).written()
            return page
        found = decode(expect(reply), payloads.DeletedReply)
        grown = found.total_count != place.deleted_total
        fresh = [row for row in found.conversations if _is_fresh(row, place, grown=grown)]
        page.records = [map_deleted(row) for row in fresh]
        seen = max([place.seen, *(row.deleted_at or 0 for row in fresh)])
        place = msgspec.structs.replace(place, seen=seen)
        known = not grown and not fresh
        page.is_last = known or not _has_next(found, place.deleted_number)
        if page.is_last:
            place = _at_rest(place, found.total_count)
        else:
            place = msgspec.structs.replace(place, deleted_number=place.deleted_number + 1)
        page.cursor = place.written()
        return page

    # One conversation

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Raises TemporaryError when the conversation is there and cannot be read."""
        reply = self.http.get(_path(digits(external_id)))
        if reply.status == _GONE:
            return None
        try:
            row = _conversation(expect(reply), external_id)
        except DECODE_ERRORS as error:
            raise TemporaryError(Problem.MALFORMED, fault(error)) from None
        self._look_up([row])
        outcome = map_conversation(row, self.directory)
        if isinstance(outcome, Faulty):
            raise TemporaryError(Problem.MALFORMED, outcome.reason)
        return outcome

    def _snapshots(
        self, found: Mapping[str, payloads.Found], page: Page
    ) -> Iterator[TicketRecord | Faulty]:
        """In order; asked for side by side. One that has been deleted since is gone."""
        replies = get_many(self.http, [_path(number) for number in found])
        unknown: Counter[str] = Counter()
        rows: list[payloads.Conversation] = []
        for number, reply in zip(found, replies, strict=True):
            if reply.status == _GONE:
                yield map_gone(number, payloads.moment(found[number].updated_at))
                continue
            payloads.count_unknown(mend(expect(reply).body), unknown)
            try:
                rows.append(_conversation(reply, number))
            except DECODE_ERRORS as error:
                yield Faulty(number, fault(error))
        page.unknown_fields = dict(unknown)
        self._look_up(rows)
        yield from (map_conversation(row, self.directory) for row in rows)

    # What ids stand for

    def _look_up(self, rows: Sequence[payloads.Conversation]) -> None:
        """Teammates once a run, and every contact once. Who may not be read, or is gone, stays an
        id."""
        if rows and not self._directory_read:
            self.directory.learn(
                admins=self._admins(),
                teams=self._teams(),
            )
            self._directory_read = True
        wanted = dict.fromkeys(map(requester_id, rows))
        ids = [
            each
            for each in wanted
            if each not in self.directory.contacts and _CONTACT.fullmatch(each)
        ]
        replies = get_many(self.http, [f"/contacts/{each}" for each in ids])
        for contact_id, reply in zip(ids, replies, strict=True):
            self.directory.contacts[contact_id] = _contact(reply, contact_id)

    def _admins(self) -> list[payloads.Admin]:
        reply = self.http.get("/admins")
        if reply.status in {_FORBIDDEN, _GONE}:
            return []
        return decode(expect(reply), payloads.Admins).admins

    def _teams(self) -> list[payloads.Team]:
        reply = self.http.get("/teams")
        if reply.status in {_FORBIDDEN, _GONE}:
            return []
        return decode(expect(reply), payloads.Teams).teams

    # Silent deletions

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """One call each, side by side: a search lags behind, and may not find what is there."""
        wanted = [digits(each) for each in external_ids]
        for start in range(0, len(wanted), _MANY):
            asked = wanted[start : start + _MANY]
            replies = get_many(self.http, [_path(number) for number in asked])
            for number, reply in zip(asked, replies, strict=True):
                if reply.status == _GONE:
                    continue
                if str(decode(expect(reply), payloads.Found).id) != number:
                    raise TemporaryError(Problem.MALFORMED, "It is another conversation.")
                yield number

    def present_people(self, external_ids: Iterable[str]) -> Iterator[str]:
        """One call each, side by side. A contact that was merged into another answers 404, too."""
        wanted = list(external_ids)
        yield from (each for each in wanted if not _OF_CONTACT.fullmatch(each))
        contacts = [each for each in wanted if _OF_CONTACT.fullmatch(each)]
        for start in range(0, len(contacts), _MANY):
            asked = contacts[start : start + _MANY]
            replies = get_many(self.http, [f"/contacts/{each}" for each in asked])
            for contact_id, reply in zip(asked, replies, strict=True):
                if reply.status == _FORBIDDEN:
                    yield contact_id
                elif reply.status != _GONE:
                    expect(reply)
                    yield contact_id


def _read_place(cursor: str) -> Place:
    try:
        return msgspec.json.decode(cursor.encode(), type=Place)
    except (msgspec.MsgspecError, ValueError):
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.") from None


def _after(place: Place, newest: int | None, following: str | None) -> Place:
    """Where the next page starts. Rows move to the end while they are read, so the search starts
    anew from the last row's second; only within one second the vendor's position is used."""
    if not following:
        settled = int(clock.now().timestamp()) - _LATE
        since = place.since if newest is None else max(place.since, min(newest + 1, settled))
        return msgspec.structs.replace(place, since=since, after="", deleted_number=1, seen=0)
    if newest is not None and newest > place.since:
        return msgspec.structs.replace(place, since=newest, after="")
    if following == place.after:
        raise TemporaryError(Problem.MALFORMED, "The helpdesk's position does not move.")
    return msgspec.structs.replace(place, after=following)


def _at_rest(place: Place, total: int) -> Place:
    since = max(place.deleted_since, place.seen)
    return msgspec.structs.replace(
        place, deleted_number=0, deleted_total=total, deleted_since=since, seen=0
    )


def _is_fresh(row: payloads.Deleted, place: Place, *, grown: bool) -> bool:
    """Of a list that has grown, what was deleted in the last second may be new as well."""
    if row.deleted_at is None:
        return grown
    return row.deleted_at >= place.deleted_since + (not grown)


def _has_next(found: payloads.DeletedReply, number: int) -> bool:
    pages = found.pages.total_pages if found.pages else None
    if pages is None:
        pages = -(-found.total_count // _DELETED_ROWS)
    return number < min(pages, _MOST_PAGES)


def _found(raw: msgspec.Raw) -> payloads.Found:
    """A row that has no id or time leaves no way to go on."""
    try:
        return msgspec.json.decode(raw, type=payloads.Found)
    except DECODE_ERRORS as error:
        raise TemporaryError(Problem.MALFORMED, fault(error)) from None


def _is_number(row: payloads.Found) -> bool:
    """Ids go into addresses: only digits do."""
    return str(row.id).isascii() and str(row.id).isdecimal()


def _starting_after(found: payloads.SearchReply) -> str | None:
    following = found.pages.next if found.pages else None
    return following.starting_after if following else None


def _conversation(reply: Reply, number: str) -> payloads.Conversation:
    """Raises TemporaryError for what is none of the vendor's and one of DECODE_ERRORS for a
    conversation that is not what it should be."""
    body = mend(reply.body)
    if not body.lstrip().startswith(b"{"):
        raise TemporaryError(Problem.MALFORMED, "The helpdesk's reply is not its own.")
    row = msgspec.json.decode(body, type=payloads.Conversation)
    if str(row.id) != number:
        raise TemporaryError(Problem.MALFORMED, "It is another conversation.")
    return row


def _contact(reply: Reply, contact_id: str) -> payloads.Contact | None:
    if reply.status in {_FORBIDDEN, _GONE}:
        return None
    try:
        found = msgspec.json.decode(mend(expect(reply).body), type=payloads.Contact)
    except DECODE_ERRORS:
        return None
    return found if str(found.id) == contact_id else None


def _put(page: Page, outcome: TicketRecord | Faulty) -> None:
    if isinstance(outcome, Faulty):
        page.faulty.append(outcome)
    else:
        page.records.append(outcome)


def _path(number: str) -> str:
    return f"/conversations/{number}?{_AS_TEXT}"
