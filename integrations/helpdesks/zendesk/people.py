"""Whom the account has deleted, by the export of users and by asking for ids."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Any, Final

from integrations.base import Http, PeoplePage, PermanentError, Problem, TemporaryError
from integrations.helpdesks.replies import decode, expect
from integrations.helpdesks.zendesk import payloads, vendor
from integrations.helpdesks.zendesk.payloads import API
from kaizo.core import clock

_START: Final = "start:"
_AFTER: Final = "after:"
_ROWS: Final = 1_000
_MANY: Final = 100  # ids in one call of show_many
_SETTLED: Final = timedelta(seconds=61)
_REJECTED: Final = frozenset({400, 410, 422})


class PeopleReader:
    """Mixed into the adapter, which brings `http`."""

    http: Http

    def first_people_cursor(self, since: datetime) -> str:
        return f"{_START}{max(0, int(since.timestamp()))}"

    def deleted_people(self, cursor: str) -> PeoplePage:
        """`active` false is a deleted user, for good or not; a suspended one is only blocked. An
        agent has to become a customer before they can be deleted."""
        reply = self.http.get(
            f"{API}/incremental/users/cursor.json", _params(cursor), bucket=vendor.INCREMENTAL
        )
        if reply.status in _REJECTED:
            raise PermanentError(Problem.CURSOR_REJECTED, f"The export answered {reply.status}.")
        page = decode(expect(reply), payloads.UsersPage)
        if not page.end_of_stream and not page.after_cursor:
            raise TemporaryError(Problem.MALFORMED, "The page names no next one.")
        return PeoplePage(
            deleted=tuple(str(user.id) for user in page.users if not user.active),
            cursor=f"{_AFTER}{page.after_cursor}" if page.after_cursor else cursor,
            is_last=page.end_of_stream,
        )

    def present_people(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Asked in hundreds. Ids that are none of the vendor's are taken to be present."""
        wanted = list(external_ids)
        yield from (each for each in wanted if not _is_number(each))
        numbers = [each for each in wanted if _is_number(each)]
        for start in range(0, len(numbers), _MANY):
            asked = set(numbers[start : start + _MANY])
            params = {"ids": ",".join(sorted(asked))}
            reply = expect(self.http.get(f"{API}/users/show_many.json", params))
            found = decode(reply, payloads.UserList).users
            if {str(user.id) for user in found} - asked:
                raise TemporaryError(Problem.MALFORMED, "The helpdesk ignored the ids asked for.")
            yield from (str(user.id) for user in found if user.active)


def _is_number(external_id: str) -> bool:
    return external_id.isascii() and external_id.isdecimal() and external_id != "0"


def _params(cursor: str) -> dict[str, Any]:
    kind, _, position = cursor.partition(":")
    if f"{kind}:" == _AFTER:
        return {"per_page": _ROWS, "cursor": position}
    if not position.isdecimal():
        raise PermanentError(Problem.CURSOR_REJECTED, "The cursor is not one of ours.")
    settled = int((clock.now() - _SETTLED).timestamp())
    return {"per_page": _ROWS, "start_time": min(int(position), settled)}
