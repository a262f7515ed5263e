"""What is to be redacted is marked as a reader sees it, and by the call that the account offers."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from integrations.base import PermanentError, Reply, TemporaryError
from integrations.helpdesks.zendesk.erasing import Eraser
from integrations.helpdesks.zendesk.redacting import marked
from tests.integrations.zendesk.captured import CapturedHttp

COMMENTS = "/api/v2/tickets/7/comments.json"
CURRENT = "/api/v2/comment_redactions/70.json"
OLDER = "/api/v2/tickets/7/comments/70/redact.json"
BODY = '<div class="zd-comment" dir="auto">My number is 847564!</div>'


@pytest.mark.parametrize(
    ("markup", "text", "expected"),
    [
        (BODY, "847564", BODY.replace("847564", "<redact>847564</redact>")),
        ("<p>a b</p>", "x", None),
        ("<p>a b</p>", " ", None),
        ("<p>Fish &amp; Co</p>", "Fish & Co", "<p><redact>Fish &amp; Co</redact></p>"),
        (
            "Mia <b>Muster</b> here",
            "Mia Muster",
            "<redact>Mia </redact><b><redact>Muster</redact></b> here",
        ),
        ("One<br>Two", "One\nTwo", "<redact>One</redact><br><redact>Two</redact>"),
        ("a a", "a", "<redact>a</redact> <redact>a</redact>"),
        (
            '<a href="mailto:mia@post.example">write</a>',
            "mia@post.example",
            '<a href="mailto:mia@post.example" redact>write</a>',
        ),
        ('<img alt="Mia"/>', "Mia", '<img alt="Mia" redact/>'),
        ("<p>&lt;p</p>", "<", "<p><redact>&lt;</redact>p</p>"),
        ("<p id=x>p</p>", "p", "<p id=x><redact>p</redact></p>"),
        ("<p id='ap'>a</p>", "p", "<p id='ap' redact>a</p>"),
        ("1 < 2", "1 < 2", "<redact>1 < 2</redact>"),
    ],
)
def test_every_occurrence_is_marked(markup, text, expected) -> None:
    assert marked(markup, text) == expected


@given(st.text(max_size=40), st.text(min_size=1, max_size=5), st.text(max_size=40))
@example("", "<", "")
@example("", "p", "")
def test_marking_adds_marks_and_nothing_else(before, secret, after) -> None:
    markup = f"<p>{html.escape(before)}{html.escape(secret)}{html.escape(after)}</p>"
    done = marked(markup, secret)
    if secret.strip():
        assert done is not None
        assert re.sub(r"</?redact>", "", done) == markup
        assert "<redact>" in done
    else:
        assert done is None


def account(redaction: int = 200, *, pages: int = 1) -> CapturedHttp:
    http = CapturedHttp()

    def comments(asked: Mapping[str, Any]) -> Reply:
        number = int(asked.get("page[after]", 1))
        last = number == pages
        row = {"id": 70, "html_body": BODY} if last else {"id": 7000 + number, "html_body": ""}
        meta = {"has_more": not last, "after_cursor": None if last else str(number + 1)}
        return Reply(200, {}, json.dumps({"comments": [row], "meta": meta}).encode())

    http.replies[COMMENTS] = comments
    http.give(CURRENT, b"{}", redaction)
    http.give(OLDER, b"{}")
    return http


def sent(http: CapturedHttp) -> list[tuple[str, Any]]:
    return [(path, asked["payload"]) for path, asked, _ in http.asked if "payload" in asked]


def test_redaction_goes_by_the_current_call() -> None:
    http = account()
    Eraser(http).redact("7", "70", "847564")
    [(path, payload)] = sent(http)
    assert path == CURRENT
    assert payload == {"ticket_id": 7, "html_body": marked(BODY, "847564")}


def test_a_comment_on_a_later_page_is_found() -> None:
    http = account(pages=3)
    Eraser(http).redact("7", "70", "847564")
    assert [path for path, _ in sent(http)] == [CURRENT]


@pytest.mark.parametrize("status", [403, 404, 422])
def test_an_account_without_the_current_call_gets_the_older_one(status) -> None:
    http = account(status)
    Eraser(http).redact("7", "70", "847564")
    assert sent(http)[1:] == [(OLDER, {"text": "847564"})]


def test_an_outage_is_no_reason_for_the_older_call() -> None:
    http = account(503)
    with pytest.raises(TemporaryError):
        Eraser(http).redact("7", "70", "847564")
    assert [path for path, _ in sent(http)] == [CURRENT]


def test_what_is_gone_needs_no_redaction() -> None:
    http = CapturedHttp()
    Eraser(http).redact("7", "70", "847564")
    assert sent(http) == []


def test_a_comment_that_is_not_there_is_an_error() -> None:
    with pytest.raises(PermanentError):
        Eraser(account()).redact("7", "71", "847564")
