"""Redaction and erasure at the source. Every call may be made again: what is gone stays gone."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

from integrations.base import Http, PermanentError, Problem, TemporaryError
from integrations.helpdesks.replies import decode, expect
from integrations.helpdesks.zendesk.payloads import API, CommentsPage, JobReply
from integrations.helpdesks.zendesk.redacting import marked
from kaizo.core import clock

_GONE: Final = 404
_DONE_OR_GONE: Final = frozenset({200, 202, 204, _GONE})
_DONE: Final = frozenset({200, 202})
_NOT_OFFERED: Final = frozenset({403, _GONE, 422})
_MOST_PAGES: Final = 100
_UNFINISHED: Final = frozenset({"queued", "working"})
_LOOKS: Final = 10
_BETWEEN_LOOKS: Final = 1.0  # seconds
_LATER: Final = timedelta(minutes=5)


class Eraser:
    def __init__(self, http: Http) -> None:
        self.http = http
        self.wait: Callable[[float], None] = time.sleep

    def redact(self, ticket_id: str, message_id: str, text: str) -> None:
        """Black out `text` in one comment, for good. Raises PermanentError when the vendor refuses,
        or the comment does not hold the text.

        The current call works in closed and archived tickets, too, and asks for the Agent
        Workspace. Accounts without it refuse; for them there is the older call.
        """
        ticket, comment = _digits(ticket_id), _digits(message_id)
        markup = self._markup_of(ticket, comment)
        if markup is None:
            return
        body = marked(markup, text)
        if body is not None:
            payload = {"ticket_id": int(ticket), "html_body": body}
            reply = self.http.send("PUT", f"{API}/comment_redactions/{comment}.json", payload)
            if reply.status not in _NOT_OFFERED:
                expect(reply, _DONE)
                return
        path = f"{API}/tickets/{ticket}/comments/{comment}/redact.json"
        expect(self.http.send("PUT", path, {"text": text}), _DONE_OR_GONE)

    def _markup_of(self, ticket: str, comment: str) -> str | None:
        """The comment's HTML; None when the ticket is gone."""
        params: dict[str, Any] = {"page[size]": 100}
        for _ in range(_MOST_PAGES):
            reply = self.http.get(f"{API}/tickets/{ticket}/comments.json", params)
            if reply.status == _GONE:
                return None
            page = decode(expect(reply), CommentsPage)
            for row in page.comments:
                if str(row.id) == comment:
                    return row.html_body or ""
            if page.meta is None or not page.meta.has_more or not page.meta.after_cursor:
                break
            params["page[after]"] = page.meta.after_cursor
        raise PermanentError(Problem.MALFORMED, "The ticket has no such comment.")

    def erase_ticket(self, ticket_id: str) -> None:
        """Delete, then delete for good, and see the job through.

        Raises TemporaryError while the job runs on: call again later.
        """
        number = _digits(ticket_id)
        expect(self.http.send("DELETE", f"{API}/tickets/{number}.json"), _DONE_OR_GONE)
        reply = self.http.send("DELETE", f"{API}/deleted_tickets/{number}.json")
        if reply.status == _GONE:
            return
        job = decode(expect(reply, _DONE), JobReply).job_status
        self._see_through(job.id)

    def erase_user(self, user_id: str) -> None:
        """Delete a customer, then for good. Their tickets stay: erase those first."""
        number = _digits(user_id)
        expect(self.http.send("DELETE", f"{API}/users/{number}.json"), _DONE_OR_GONE)
        expect(self.http.send("DELETE", f"{API}/deleted_users/{number}.json"), _DONE_OR_GONE)

    def _see_through(self, job_id: str) -> None:
        for _ in range(_LOOKS):
            reply = expect(self.http.get(f"{API}/job_statuses/{_token(job_id)}.json"))
            job = decode(reply, JobReply).job_status
            if job.status == "completed":
                _check_results(job.results)
                return
            if job.status not in _UNFINISHED:
                raise TemporaryError(Problem.UNREACHABLE, "The job was given up.")
            self.wait(_BETWEEN_LOOKS)
        raise TemporaryError(
            Problem.UNREACHABLE, "The job has not ended yet.", retry_at=clock.now() + _LATER
        )


def _check_results(results: Any) -> None:
    """A completed job says for each object whether it worked."""
    rows = results if isinstance(results, list) else [results]
    if any(isinstance(row, dict) and row.get("success") is False for row in rows):
        raise PermanentError(Problem.MALFORMED, "The helpdesk did not delete the ticket.")


def _digits(number: str) -> str:
    if not (number.isascii() and number.isdecimal()):
        raise PermanentError(Problem.MALFORMED, "An id of the helpdesk is a number.")
    return number


def _token(job_id: str) -> str:
    if not (job_id.isascii() and job_id.isalnum()):
        raise TemporaryError(Problem.MALFORMED, "A job's id is letters and digits.")
    return job_id
