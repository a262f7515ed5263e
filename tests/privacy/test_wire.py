"""One line on its own: the other side of it is in the test's hand."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from privacy.answers import EgressFailed, Failure, Limits
from privacy.wire import Line, request_head

URL = "http://desk.example"
HEAD = request_head(URL, {})


def reply(body: bytes) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s" % (len(body), body)


@pytest.fixture
def sides() -> Iterator[list[socket.socket]]:
    """The service's sides of the connections that were made, in their order."""
    made: list[socket.socket] = []
    yield made
    for side in made:
        side.close()


@pytest.fixture
def line(sides: list[socket.socket]) -> Iterator[Line]:
    def dial(*_where: object) -> socket.socket:
        here, there = socket.socketpair()
        sides.append(there)
        return here

    made = Line(URL, dial, Limits(read=5))
    yield made
    made.close()


def test_a_line_carries_one_request_after_the_other(line: Line, sides: list[socket.socket]) -> None:
    for body in (b"first", b"second"):
        line.ask("/", HEAD)
        sides[0].sendall(reply(body))
        assert line.reply().body == body
    assert len(sides) == 1


def test_what_nobody_asked_for_is_no_answer_to_the_next_request(
    line: Line, sides: list[socket.socket]
) -> None:
    line.ask("/", HEAD)
    sides[0].sendall(reply(b"first"))
    assert line.reply().body == b"first"
    sides[0].sendall(reply(b"unasked"))

    line.ask("/", HEAD)
    sides[-1].sendall(reply(b"second"))
    assert line.reply().body == b"second"


def test_a_line_that_was_closed_meanwhile_is_opened_anew(
    line: Line, sides: list[socket.socket]
) -> None:
    line.ask("/", HEAD)
    sides[0].sendall(reply(b"first"))
    assert line.reply().body == b"first"
    sides[0].close()

    line.ask("/", HEAD)
    sides[-1].sendall(reply(b"second"))
    assert line.reply().body == b"second"
    assert len(sides) == 2


def test_a_line_that_ends_in_the_middle_is_cut_short(
    line: Line, sides: list[socket.socket]
) -> None:
    line.ask("/", HEAD)
    sides[0].sendall(reply(b"first")[:-1])
    sides[0].close()
    with pytest.raises(EgressFailed) as raised:
        line.reply()
    assert raised.value.failure is Failure.CUT_SHORT
