"""One account of a Chatwoot: conversations by their latest activity, and each one's messages."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
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
from integrations.helpdesks.chatwoot import cursors, payloads, vendor, webhooks
from integrations.helpdesks.chatwoot.mapping import changed_at, map_conversation, map_deleted
from integrations.helpdesks.chatwoot.payloads import Conversation, Message, decode, moment
from integrations.helpdesks.replies import DECODE_ERRORS, expect, external_id, fault
from kaizo.core import clock
from tickets.contracts import TicketRecord

VENDOR: Final = vendor.VENDOR

_MANY: Final = 100  # ids that are asked for side by side
_MOST_PAGES: Final = 1_000  # of one conversation's messages, or of answered surveys
_FORBIDDEN: Final = 403
_GONE: Final = 404
_DONE_OR_GONE: Final = frozenset({200, 202, 204, _GONE})
_TOKEN: Final = re.compile(r"[\x21-\x7e]{1,500}")
_ACCOUNT: Final = re.compile(r"[0-9]{1,19}", re.ASCII)

verify_hook = webhooks.verify


def access(settings: Mapping[str, str]) -> Access:
    """Raises ValueError for what is no address, account or token."""
    address = settings.get("address", "").strip().rstrip("/")
    parts = urlsplit(address)
    if parts.scheme not in {"https", "http"} or not parts.hostname or "@" in parts.netloc:
        raise ValueError(_("Enter Chatwoot's address as it stands in the browser, with https://."))
    if parts.path or parts.query or parts.fragment:
        raise ValueError(_("Enter only the first part of the address, without /app."))
    account = settings.get("account_id", "").strip()
    if not _ACCOUNT.fullmatch(account):
        raise ValueError(_("Enter the account's number."))
    token = settings.get("token", "").strip()
    if not _TOKEN.fullmatch(token):
        raise ValueError(_("Enter the access token as Chatwoot showed it."))
    return Access(
        base_url=address, headers={"api_access_token": token}, rates=vendor.rates(settings)
    )


def make_adapter(settings: Mapping[str, str], http: Http) -> ChatwootAdapter:
    account = settings.get("account_id", "").strip()
    return ChatwootAdapter(http, account=account, bots=vendor.bot_ids(settings))


class ChatwootAdapter:
    """Makes no call before it is asked to."""

    vendor = VENDOR

    def __init__(self, http: Http, *, account: str, bots: frozenset[int] = frozenset()) -> None:
        self.http = http
        self.account = _number(account)
        self.bots = bots
        self.base = f"/api/v1/accounts/{self.account}"

    # Who we are

    def check(self) -> Account:
        """Raises PermanentError for somebody who is no administrator: agents see their own inboxes
        alone, and the vendor answers 401, as to strangers, to what they may not do."""
        reply = self.http.get("/api/v1/profile")
        if reply.status in {401, _FORBIDDEN}:
            raise AuthExpired(Problem.WRONG_CREDENTIALS, "The helpdesk does not know us.")
        me = decode(expect(reply), payloads.Profile)
        roles = {str(one.id): one.role or "" for one in me.accounts}
        if self.account not in roles:
            raise PermanentError(Problem.WRONG_ADDRESS, "The user is not in this account.")
        if roles[self.account] != "administrator":
            raise PermanentError(Problem.MISSING_SCOPE, "The user is no administrator.")
        return Account(id=self.account, name=me.name or str(me.id), role=roles[self.account])

    # The change feed

    def first_cursor(self, since: datetime) -> str:
        return cursors.Cursor(since=since.timestamp()).write()

    def page(self, cursor: str) -> Page:
        """Read one page of the list, and the messages of each conversation that changed since it
        was read before. The walk's last page brings the answered surveys, too."""
        place = cursors.read(cursor).begun(clock.now().timestamp())
        found = self._list(place.page)
        rows, faulty, unknown = _read_rows(found.payload)
        active = [moment(row.last_activity_at).timestamp() for row in rows]
        if active != sorted(active, reverse=True):
            raise PermanentError(Problem.MALFORMED, "The helpdesk ignored the order.")
        changed = {
            row.id: changed_at(row).timestamp()
            for row, at in zip(rows, active, strict=True)
            if at >= place.since
        }
        fresh = [row for row in rows if row.id in changed and not _is_seen(place, row.id, changed)]
        total = found.meta.all_count or 0
        after = place.after(changed, max(active, default=0.0), total)
        is_past = not found.payload or (bool(active) and active[-1] < place.since)
        is_last = is_past and not place.lost(total)
        page = Page([], after.write(), is_last, faulty=faulty, unknown_fields=unknown)
        _place(page, self._snapshots(fresh))
        if is_last:
            _place(page, self._rated(place, set(changed)))
            page.cursor = after.at_end().write()
            page.reached = datetime.fromtimestamp(after.newest, UTC) if after.newest else None
        return page

    def _list(self, number: int) -> payloads.List:
        """Without `status=all` the vendor lists open conversations alone."""
        params = {
            "status": "all",
            "assignee_type": "all",
            "sort_by": "last_activity_at_desc",
            "page": number,
        }
        reply = self.http.get(f"{self.base}/conversations", params)
        return decode(expect(reply), payloads.ListReply).data

    def _rated(self, place: cursors.Cursor, known: set[int]) -> Iterator[TicketRecord | Faulty]:
        """Conversations with a survey answered since the walk before, which is no activity."""
        if place.rated_since <= 0:
            return
        params = {"since": int(place.rated_since), "until": int(place.began) + 1}
        wanted: set[int] = set()
        for number in range(1, _MOST_PAGES):
            path = f"{self.base}/csat_survey_responses"
            reply = self.http.get(path, {**params, "page": number})
            if reply.status in {_FORBIDDEN, _GONE}:
                break
            answered = decode(expect(reply), list[payloads.Rated])
            if not answered:
                break
            wanted |= {one.conversation_id for one in answered} - known
        for conversation in sorted(wanted):
            row = self._show(str(conversation))
            if row is not None:
                yield from self._snapshots([row])

    # One conversation

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Raises TemporaryError when the conversation is there and cannot be read."""
        row = self._show(external_id)
        if row is None:
            return None
        for outcome in self._snapshots([row]):
            if isinstance(outcome, TicketRecord):
                return outcome
            raise TemporaryError(Problem.MALFORMED, outcome.reason)
        return None

    def _show(self, external_id: str) -> Conversation | None:
        reply = self.http.get(f"{self.base}/conversations/{_number(external_id)}")
        return None if reply.status == _GONE else decode(expect(reply), Conversation)

    def _snapshots(self, rows: Sequence[Conversation]) -> Iterator[TicketRecord | Faulty]:
        """In order."""
        replies = get_many(self.http, [self._messages_path(row.id) for row in rows])
        for row, reply in zip(rows, replies, strict=True):
            try:
                messages = self._messages(row, reply)
            except DECODE_ERRORS as error:
                yield Faulty(str(row.id), f"messages: {fault(error)}")
            else:
                yield self._snapshot(row, messages)

    def _snapshot(self, row: Conversation, messages: list[Message] | None) -> TicketRecord | Faulty:
        """Of a conversation whose messages cannot be found, whether it was deleted since the page
        was made: erasing rests on the conversation itself being gone, too."""
        if messages is not None:
            return map_conversation(row, messages, self.bots)
        if self._show(str(row.id)) is None:
            return map_deleted(row)
        return Faulty(str(row.id), "messages: cannot be found")

    def _messages(self, row: Conversation, reply: Reply) -> list[Message] | None:
        """All messages, of which `reply` has the first: up to the newest that the row names, else
        to an empty page; None on 404. Raises one of DECODE_ERRORS."""
        newest = max((one.id for one in row.messages), default=0)
        found: dict[int, Message] = {}
        for _number_of_page in range(_MOST_PAGES):
            if reply.status == _GONE:
                return None
            if not expect(reply).body.lstrip().startswith(b"{"):
                raise TemporaryError(Problem.MALFORMED, "The helpdesk's reply is not its own.")
            part = payloads.read(reply, payloads.MessagesReply).payload
            fresh = {one.id: one for one in part if one.id not in found}
            found |= fresh
            if not fresh or 0 < newest <= max(found):
                return list(found.values())
            reply = self.http.get(self._messages_path(row.id, after=max(found)))
        raise ValueError("messages without end")

    def _messages_path(self, conversation: int, after: int = 0) -> str:
        """Without `after` the vendor gives the newest twenty alone."""
        return f"{self.base}/conversations/{conversation}/messages?after={after}"

    # Silent deletions

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Asked one by one, many side by side: the vendor has no call for several. One that we may
        no longer read is still there."""
        wanted = [_number(one) for one in external_ids]
        for start in range(0, len(wanted), _MANY):
            asked = wanted[start : start + _MANY]
            paths = [f"{self.base}/conversations/{number}" for number in asked]
            for number, reply in zip(asked, get_many(self.http, paths), strict=True):
                if expect(reply, frozenset({200, _FORBIDDEN, _GONE})).status != _GONE:
                    yield number

    # Erasure at the source

    def erase_ticket(self, ticket_id: str) -> None:
        """What is gone already stays gone."""
        path = f"{self.base}/conversations/{_number(ticket_id)}"
        expect(self.http.send("DELETE", path), _DONE_OR_GONE)

    def erase_user(self, user_id: str) -> None:
        """Delete a contact; the vendor deletes their conversations with them, later."""
        path = f"{self.base}/contacts/{_number(user_id)}"
        expect(self.http.send("DELETE", path), _DONE_OR_GONE)


def _read_rows(
    raws: Sequence[msgspec.Raw],
) -> tuple[list[Conversation], list[Faulty], dict[str, int]]:
    rows, faulty, unknown = [], [], Counter[str]()
    for raw in raws:
        payloads.count_unknown(raw, unknown)
        try:
            row = msgspec.json.decode(raw, type=Conversation)
            moment(row.created_at), changed_at(row)
        except DECODE_ERRORS as error:
            faulty.append(Faulty(external_id(raw), fault(error)))
        else:
            rows.append(row)
    return rows, faulty, dict(unknown)


def _is_seen(place: cursors.Cursor, number: int, changed: Mapping[int, float]) -> bool:
    return place.seen.get(number) == changed[number]


def _place(page: Page, outcomes: Iterable[TicketRecord | Faulty]) -> None:
    for outcome in outcomes:
        if isinstance(outcome, Faulty):
            page.faulty.append(outcome)
        else:
            page.records.append(outcome)


def _number(external_id: str) -> str:
    """Ids go into addresses: only digits do."""
    if not (external_id.isascii() and external_id.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "An id of the helpdesk is a number.")
    return external_id
