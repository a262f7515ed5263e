"""The one way out: who may be reached, on which address, how often, and how much of an answer."""

from __future__ import annotations

import gc
import gzip
import ipaddress
import logging
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from httptools import HttpResponseParser

from kaizo.accounts.models import Organisation
from kaizo.core.errors import DomainError
from kaizo.core.tenancy import tenant_scope
from privacy.api import (
    Egress,
    EgressFailed,
    EgressRefused,
    Failure,
    Limits,
    end_processor,
    permissions_changed,
    register_processor,
)
from tests.privacy.peers import Peer, cut_short, hang_up, ok, peer, status

pytestmark = pytest.mark.django_db

HOST = "127.0.0.1"


@dataclass(frozen=True)
class Allowed:
    calls: int
    seconds: float
    bucket: str = ""


@pytest.fixture
def there() -> Iterator[Peer]:
    with peer() as made:
        made.says(ok())
        yield made


@pytest.fixture
def waits() -> list[float]:
    return []


@pytest.fixture
def processor(organisation: Organisation) -> int:
    return register(organisation)


def register(organisation: Organisation, **fields: Any) -> int:
    values = {
        "name": "Helpdesk",
        "service": "Conversations",
        "hosts": [HOST],
        "country": "NL",
        "allows_private_address": True,
    }
    return register_processor(organisation_id=organisation.pk, **(values | fields))


def way(organisation: Organisation, url: str, waits: list[float], **fields: Any) -> Egress:
    values = {"account": url, "sleep": waits.append, "limits": Limits(backoff=0.001)}
    return Egress(organisation_id=organisation.pk, base_url=url, **(values | fields))


def test_a_registered_host_is_reached(organisation, processor, there, waits) -> None:
    there.says(ok(b'{"a": 1}', X_Seen="yes"))
    with way(organisation, there.url, waits, headers={"Authorization": "Bearer s3cret"}) as out:
        answer = out.request("GET", "/tickets", params={"page": 2})
    assert (answer.status, answer.body) == (200, b'{"a": 1}')
    assert answer.headers["x-seen"] == "yes"
    assert there.calls[0].path == "/tickets?page=2"
    assert there.calls[0].headers["Authorization"] == "Bearer s3cret"


def test_paths_lie_below_the_base_address(organisation, processor, there, waits) -> None:
    with way(organisation, f"{there.url}/rt/", waits) as out:
        out.request("POST", "/REST/2.0/ticket", payload={"a": "ä"})
    assert there.calls[0].path == "/rt/REST/2.0/ticket"
    assert there.calls[0].body == b'{"a": "\\u00e4"}'


@pytest.mark.promise("KZ-07-04")
def refused(out: Egress, path: str = "/") -> str:
    with out, pytest.raises(EgressRefused) as caught:
        out.request("GET", path)
    return str(caught.value)


def test_an_unregistered_host_is_refused_before_a_socket_opens(
    organisation, there, waits, monkeypatch
) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: pytest.fail("looked up"))
    assert "register" in refused(way(organisation, there.url, waits))
    assert there.calls == []


def test_another_organisations_processor_does_not_count(
    organisation, other_organisation, there, waits
) -> None:
    register(other_organisation)
    assert "register" in refused(way(organisation, there.url, waits))


def test_an_ended_processor_is_not_reached(organisation, processor, there, waits) -> None:
    with way(organisation, there.url, waits) as out:
        out.request("GET", "/")
        with tenant_scope(organisation.pk):
            end_processor(processor_id=processor)
        with pytest.raises(EgressRefused):
            out.request("GET", "/")
    assert len(there.calls) == 1


@pytest.mark.promise("KZ-08-01")
@pytest.mark.parametrize(
    ("valid_from", "valid_to"),
    [(date(2020, 1, 1), date(2021, 1, 1)), (date(2999, 1, 1), None)],
    ids=["expired", "not yet"],
)
def test_a_transfer_tool_must_hold_today(organisation, there, waits, valid_from, valid_to) -> None:
    register(
        organisation, country="US", tool="scc", tool_valid_from=valid_from, tool_valid_to=valid_to
    )
    assert "transfer tool" in refused(way(organisation, there.url, waits))
    register(organisation, country="US", tool="dpf", tool_valid_from=date(2024, 1, 1))
    with way(organisation, there.url, waits) as out:
        assert out.request("GET", "/").status == 200


def test_a_third_country_needs_a_tool_to_be_registered(organisation) -> None:
    with pytest.raises(DomainError, match="transfer tool"):
        register(organisation, country="US")


@pytest.mark.parametrize("host", ["*.helpdesk.example", "https://helpdesk.example", ""])
def test_a_host_is_registered_by_its_plain_name(organisation, host) -> None:
    with pytest.raises(DomainError):
        register(organisation, hosts=[host])


def test_registering_again_changes_nothing(organisation, processor) -> None:
    assert register(organisation) == processor


def test_a_private_address_needs_the_connections_leave(organisation, there, waits) -> None:
    register(organisation, allows_private_address=False)
    assert "https" in refused(way(organisation, there.url, waits))
    secure = there.url.replace("http:", "https:")
    assert "inside the network" in refused(way(organisation, secure, waits))
    assert there.calls == []


def test_a_private_address_needs_the_operators_leave(
    organisation, processor, there, waits, settings
) -> None:
    settings.PRIVATE_NETWORKS = [ipaddress.ip_network("10.0.0.0/8")]
    assert "inside the network" in refused(way(organisation, there.url, waits))


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "169.254.169.254", "::ffff:192.168.0.1", "64:ff9b::10.1.2.3",
        "2002:a01:203::1", "fe80::1%eth0", "0.0.0.0", "224.0.0.1",  # noqa: S104 - to be refused
    ],
)  # fmt: skip
def test_a_name_that_leads_inside_is_refused(organisation, waits, monkeypatch, address) -> None:
    """The look-up that counts is the one whose result is connected to."""
    register(organisation, hosts=["helpdesk.example"], allows_private_address=True)
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 443))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    assert "inside the network" in refused(way(organisation, "https://helpdesk.example", waits))


def test_plain_http_never_crosses_the_internet(organisation, waits, monkeypatch) -> None:
    register(organisation, hosts=["helpdesk.example"])
    found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("93.184.215.14", 80))]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_a, **_k: found)
    assert "own network" in refused(way(organisation, "http://helpdesk.example", waits))


@pytest.mark.parametrize(
    "path",
    ["https://elsewhere.example/x", "http://127.0.0.1:1/x", "http://me@127.0.0.1/", "ftp://a/b"],
)
def test_a_link_to_another_host_is_not_followed(
    organisation, processor, there, waits, path
) -> None:
    refused(way(organisation, there.url, waits), path)
    assert there.calls == []


def failed(out: Egress, method: str = "GET") -> EgressFailed:
    with out, pytest.raises(EgressFailed) as caught:
        out.request(method, "/x")
    return caught.value


def test_a_redirect_stays_on_the_host(organisation, processor, there, waits) -> None:
    there.says(status(302, Location="/other"), ok(b"there"))
    with way(organisation, there.url, waits) as out:
        assert out.request("GET", "/x").body == b"there"
    assert [call.path for call in there.calls] == ["/x", "/other"]
    there.says(status(302, Location="https://elsewhere.example/"))
    assert failed(way(organisation, there.url, waits)).failure is Failure.REDIRECTED


def test_redirects_come_to_an_end(organisation, processor, there, waits) -> None:
    there.says(status(307, Location="/x"))
    assert failed(way(organisation, there.url, waits)).failure is Failure.REDIRECTED
    assert len(there.calls) == 3


@pytest.mark.parametrize("trouble", [status(503), cut_short, hang_up], ids=["503", "cut", "hang"])
def test_reading_is_tried_again(organisation, processor, there, waits, trouble) -> None:
    there.says(trouble, ok(b"fine"))
    with way(organisation, there.url, waits) as out:
        assert out.request("GET", "/").body == b"fine"
    assert len(waits) == 1


@pytest.mark.parametrize("trouble", [status(503), cut_short, hang_up], ids=["503", "cut", "hang"])
def test_what_may_have_arrived_is_not_sent_twice(
    organisation, processor, there, waits, trouble
) -> None:
    there.says(trouble, ok())
    failed(way(organisation, there.url, waits), "POST")
    assert len(there.calls) == 1


def test_trying_again_ends(organisation, processor, there, waits) -> None:
    there.says(status(502))
    assert failed(way(organisation, there.url, waits)).failure is Failure.UNAVAILABLE
    assert len(there.calls) == 3


def test_a_closed_port_and_an_unknown_name_are_told_apart(
    organisation, processor, waits, monkeypatch
) -> None:
    with socket.socket() as free:
        free.bind((HOST, 0))
        url = f"http://{HOST}:{free.getsockname()[1]}"
    assert failed(way(organisation, url, waits)).failure is Failure.NO_CONNECTION
    register(organisation, hosts=["nowhere.example"])

    def unknown(*_args: object, **_words: object) -> None:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    out = way(organisation, "https://nowhere.example", waits)
    assert failed(out).failure is Failure.UNKNOWN_HOST


def test_a_large_answer_is_cut_off_also_when_it_is_packed(
    organisation, processor, there, waits
) -> None:
    there.says(ok(gzip.compress(b"x" * 5_000_000), Content_Encoding="gzip"))
    out = way(organisation, there.url, waits, limits=Limits(max_bytes=1_000_000))
    assert failed(out).failure is Failure.TOO_LARGE
    with way(organisation, there.url, waits) as out:
        assert len(out.request("GET", "/").body) == 5_000_000


def test_a_silent_service_is_given_up(organisation, processor, there, waits) -> None:
    release = []

    def silent(handler: Any) -> None:
        handler.connection.settimeout(2)
        release.append(handler.rfile.read(1))  # until the client hangs up

    there.says(silent)
    out = way(organisation, there.url, waits, limits=Limits(read=0.05, attempts=1))
    assert failed(out).failure is Failure.TIMED_OUT


def test_nothing_is_sent_before_retry_after_by_any_worker(
    organisation, processor, there, waits
) -> None:
    there.says(status(429, Retry_After="120"), ok())
    error = failed(way(organisation, there.url, waits))
    assert error.failure is Failure.RATE_LIMITED
    assert error.retry_at is not None
    again = failed(way(organisation, there.url, waits))
    assert again.retry_at is not None
    assert len(there.calls) == 1
    assert 118 < (again.retry_at - datetime.now(UTC)).total_seconds() <= 120


def test_a_short_wait_is_waited_out_even_for_what_must_not_be_sent_twice(
    organisation, processor, there, waits
) -> None:
    """A 429 says that nothing was done."""
    there.says(status(429, Retry_After="0.05"), ok(b"done"))
    import time

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    with way(organisation, there.url, waits, sleep=sleep) as out:
        assert out.request("POST", "/x", payload={}).body == b"done"
    assert 0 < sum(waits) <= 0.06


SPENT = {"X_RateLimit_Remaining": "0", "X_RateLimit_Reset": "40"}


def one_by_one(out: Egress, paths: list[str]) -> None:
    for path in paths:
        assert out.request("GET", path).status == 200


@pytest.mark.parametrize("ask", [one_by_one, Egress.get_many])
def test_nothing_follows_the_last_allowed_answer_of_a_window(
    organisation, processor, there, waits, ask
) -> None:
    there.says(ok(X_RateLimit_Remaining="1", X_RateLimit_Reset="40"), ok(**SPENT), ok())
    patience = Limits(parallel=1, patience=10)
    out = way(organisation, there.url, waits, counts_in_windows=True, limits=patience)
    with out, pytest.raises(EgressFailed) as caught:
        ask(out, ["/a", "/b", "/c", "/d"])
    assert caught.value.failure is Failure.RATE_LIMITED
    assert caught.value.retry_at is not None
    assert 38 < (caught.value.retry_at - datetime.now(UTC)).total_seconds() <= 40
    assert len(there.calls) == 2


def test_the_time_of_a_full_allowance_is_not_waited_for(
    organisation, processor, there, waits
) -> None:
    there.says(ok(**SPENT))
    with way(organisation, there.url, waits) as out:
        assert [out.request("GET", "/").status for _time in range(3)] == [200] * 3
    assert waits == []


def test_accounts_wait_for_themselves_only(organisation, processor, there, waits) -> None:
    there.says(status(429, Retry_After="120"), ok())
    failed(way(organisation, there.url, waits, account="one"))
    with way(organisation, there.url, waits, account="two") as out:
        assert out.request("GET", "/").status == 200


def test_a_call_out_of_permission_is_not_sent(organisation, processor, there, waits) -> None:
    class OverError(Exception):
        pass

    def permit() -> None:
        if there.calls:
            raise OverError

    with way(organisation, there.url, waits, permit=permit) as out:
        out.request("GET", "/")
        with pytest.raises(OverError):
            out.request("GET", "/")
    assert len(there.calls) == 1


def test_calls_keep_to_the_allowance_of_their_bucket(organisation, processor, there, waits) -> None:
    def stop(seconds: float) -> None:
        waits.append(seconds)
        raise TimeoutError

    allowances = [Allowed(1_000_000, 60.0), Allowed(10, 60.0, "export")]
    with way(organisation, there.url, waits, allowances=allowances, sleep=stop) as out:
        out.request("GET", "/export", bucket="export")
        out.request("GET", "/other")
        with pytest.raises(TimeoutError):
            out.request("GET", "/export", bucket="export")
    assert len(there.calls) == 2
    assert 5.5 < waits[0] <= 6.07


def test_neither_secrets_nor_addresses_are_logged(
    organisation, processor, there, waits, caplog, capsys
) -> None:
    caplog.set_level(logging.DEBUG)
    there.says(hang_up)
    out = way(organisation, there.url, waits, headers={"Authorization": "Bearer s3cret"})
    with out, pytest.raises(EgressFailed) as caught:
        out.request("GET", "/x", params={"token": "s3cret"})
    said = caplog.text + "".join(capsys.readouterr()) + repr(out) + repr(caught.value)
    assert "s3cret" not in said
    assert caught.value.__suppress_context__


def test_many_are_asked_side_by_side_and_answered_in_order(
    organisation, processor, there, waits
) -> None:
    together = threading.Barrier(4)

    def meet(handler: Any) -> None:
        together.wait(5)  # broken unless four are under way at once
        body = handler.path.encode()
        head = f"HTTP/1.1 200 OK\r\nContent-Length: {len(body)}\r\n\r\n"
        handler.wfile.write(head.encode() + body)

    there.says(meet)
    with way(organisation, there.url, waits, limits=Limits(parallel=4)) as out:
        answers = out.get_many([f"/{number}" for number in range(8)])
    assert [answer.body for answer in answers] == [b"/%d" % number for number in range(8)]


def test_one_of_many_that_fails_is_asked_for_again(organisation, processor, there, waits) -> None:
    there.says(ok(b"1"), status(503), ok(b"2"))
    with way(organisation, there.url, waits, limits=Limits(parallel=1, backoff=0.001)) as out:
        assert sorted(each.body for each in out.get_many(["/a", "/b", "/c"])) == [b"1", b"2", b"2"]
    assert len(there.calls) == 4


def test_of_many_none_is_sent_once_permission_ends(organisation, processor, there, waits) -> None:
    """What is under way at that moment cannot be taken back; nothing else goes."""

    def end(handler: Any) -> None:
        permissions_changed(organisation.pk)
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    asked = []

    def permit() -> None:
        asked.append(1)
        if len(asked) > 1:
            raise EgressRefused("over")

    there.says(ok(), end, ok())
    out = way(organisation, there.url, waits, permit=permit, limits=Limits(parallel=1))
    with out, pytest.raises(EgressRefused, match="over"):
        out.get_many(["/a", "/b", "/c", "/d"])
    assert len(there.calls) == 2
    assert len(asked) == 2


@pytest.mark.django_db(transaction=True)
def test_of_many_none_is_sent_to_an_ended_processor(organisation, processor, there, waits) -> None:
    def end(handler: Any) -> None:
        with tenant_scope(organisation.pk):
            end_processor(processor_id=processor)
        connection.close()  # this thread's own
        handler.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")

    there.says(ok(), end, ok())
    with (
        way(organisation, there.url, waits, limits=Limits(parallel=1)) as out,
        pytest.raises(EgressRefused, match="register"),
    ):
        out.get_many(["/a", "/b", "/c", "/d"])
    assert len(there.calls) == 2


def test_of_many_none_is_sent_behind_an_answer_that_says_later(
    organisation, processor, there, waits
) -> None:
    there.says(ok(), status(429, Retry_After="40"), ok())
    out = way(organisation, there.url, waits, limits=Limits(parallel=1, patience=10))
    with out, pytest.raises(EgressFailed) as caught:
        out.get_many(["/a", "/b", "/c", "/d"])
    assert caught.value.failure is Failure.RATE_LIMITED
    assert caught.value.retry_at is not None
    assert len(there.calls) == 2


def test_many_go_on_after_the_wait_they_are_asked_for(
    organisation, processor, there, waits
) -> None:
    import time

    def sleep(seconds: float) -> None:
        waits.append(seconds)
        time.sleep(seconds)

    there.says(ok(b"1"), status(429, Retry_After="0.05"), ok(b"2"))
    with way(organisation, there.url, waits, sleep=sleep, limits=Limits(parallel=2)) as out:
        answers = out.get_many(["/a", "/b", "/c", "/d"])
    assert sorted(each.body for each in answers) == [b"1", b"2", b"2", b"2"]
    assert 0 < sum(waits) <= 0.06


@pytest.mark.parametrize("broken", [hang_up, cut_short])
def test_one_of_many_whose_answer_breaks_off_is_asked_for_again(
    organisation, processor, there, waits, broken
) -> None:
    there.says(ok(b"1"), broken, ok(b"2"))
    with way(organisation, there.url, waits, limits=Limits(parallel=1, backoff=0.001)) as out:
        assert [each.body for each in out.get_many(["/a", "/b", "/c"])] == [b"1", b"2", b"2"]


def test_of_many_one_that_is_too_large_is_not_read_whole(
    organisation, processor, there, waits
) -> None:
    there.says(ok(b"1"), ok(b"x" * 5_000))
    out = way(organisation, there.url, waits, limits=Limits(parallel=2, max_bytes=1_000))
    with out, pytest.raises(EgressFailed) as caught:
        out.get_many(["/a", "/b"])
    assert caught.value.failure is Failure.TOO_LARGE


def test_many_carry_what_every_call_carries_and_packed_answers_are_unpacked(
    organisation, processor, there, waits
) -> None:
    there.says(ok(gzip.compress(b"packed"), Content_Encoding="gzip"))
    with way(organisation, there.url, waits, headers={"Authorization": "Bearer s3cret"}) as out:
        [answer] = out.get_many(["/a b?c=[d]"])
    assert answer.body == b"packed"
    assert there.calls[0].path == "/a%20b?c=[d]"
    assert there.calls[0].headers["Authorization"] == "Bearer s3cret"
    assert there.calls[0].headers["Host"] == urlsplit(there.url).netloc


CODED = b"Transfer-Encoding: chunked\r\n\r\n"
CHUNKED = b"HTTP/1.1 200 OK\r\n" + CODED


@pytest.mark.parametrize(
    ("reply", "body"),
    [
        (CHUNKED + b"3;x=y\r\none\r\n0\r\n\r\n", b"one"),
        (CHUNKED + b"3\r\none\r\nA\r\n1234567890\r\n0\r\n\r\n", b"one1234567890"),
        (CHUNKED + b"3\r\none\r\n0\r\nDigest: x\r\n\r\n", b"one"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nto", b"to"),
        (b"HTTP/1.1 200 \r\nX-Empty:\r\ncontent-length:\t3 \r\n\r\ntab", b"tab"),
        (b"HTTP/1.1 204 No Content\r\n\r\n", b""),
        (b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nto", b"to"),
        # What follows an answer unasked is never taken for the next one.
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1HTTP/1.1 200 OK\r\n\r\n", b"1"),
        # Not in the usual form: asked for again.
        (b"HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\nto", None),
        (b"HTTP/1.1 200 OK\r\nX-Long: a\r\n b\r\nContent-Length: 2\r\n\r\nto", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length : 2\r\n\r\nto", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\ntoo", None),
        (b"HTTP/1.1 200 OK\nContent-Length: 2\n\nto", None),
        (CHUNKED[:-2] + b"Content-Length: 3\r\n\r\n3\r\none\r\n0\r\n\r\n", None),
        (b"HTTP/1.1 101 Switching\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", None),
        (CHUNKED + b"x\r\none\r\n0\r\n\r\n", None),
        (CHUNKED + b"3\r\nones\r\n0\r\n\r\n", None),
        (CHUNKED[:-2] + b"Transfer-Encoding: chunked\r\n\r\n3\r\none\r\n0\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n" + CODED + b"0\r\n\r\n", None),
        (CHUNKED + b"3;" + b"x" * 200_000 + b"\r\none\r\n0\r\n\r\n", None),
        (CHUNKED + b"3\r\none\r\n0\r\n" + b"Trailer: x\r\n" * 20_000 + b"\r\n", None),
        (b"HTTP/1.1 200 OK\r\nContent-Length: " + b"0" * 5_000 + b"2\r\n\r\nto", None),
        (b"HTTP/2.0 200 OK\r\nContent-Length: 2\r\n\r\nto", None),
        (b"HTTP/0.9 200 OK\r\nContent-Length: 2\r\n\r\nto", None),
        (b"HTTP/2 200\r\n\r\n", None),
        (b"<html>", None),
    ],
)
def test_one_of_many_may_be_framed_in_any_way(
    organisation, processor, there, waits, reply, body
) -> None:
    def answer(handler: Any) -> None:
        handler.wfile.write(reply)
        handler.close_connection = body is None or b"close" in reply

    there.says(ok(b"before"), answer, ok(b"after"))
    with way(organisation, there.url, waits, limits=Limits(parallel=1, backoff=0.001)) as out:
        answers = [each.body for each in out.get_many(["/a", "/b", "/c"])]
    assert answers == [b"before", b"after" if body is None else body, b"after"]
    assert len(there.calls) == (4 if body is None else 3)


def test_of_many_no_answer_stays_in_memory_once_it_is_handed_out(
    organisation, processor, there, waits
) -> None:
    """Without the garbage collector, which counts objects and not their bytes."""
    there.says(ok(b"x" * 1_000), cut_short, ok(b"y"))
    gc.collect()
    gc.disable()
    try:
        with way(organisation, there.url, waits, limits=Limits(backoff=0.001)) as out:
            assert len(out.get_many([f"/{n}" for n in range(9)])) == 9
        held = [each for each in gc.get_objects() if type(each) is HttpResponseParser]
    finally:
        gc.enable()
    assert held == []


def test_of_many_an_answer_that_ends_with_its_connection_is_read_to_there(
    organisation, processor, there, waits
) -> None:
    def answer(handler: Any) -> None:
        handler.wfile.write(b"HTTP/1.0 200 OK\r\n\r\nall of it")
        handler.close_connection = True

    there.says(answer, ok(b"after"))
    with way(organisation, there.url, waits, limits=Limits(parallel=1)) as out:
        assert [each.body for each in out.get_many(["/a", "/b"])] == [b"all of it", b"after"]
    assert len(there.calls) == 2


def test_of_many_none_is_sent_with_a_header_that_ends_its_line(
    organisation, processor, there, waits
) -> None:
    out = way(organisation, there.url, waits, headers={"X": "1\r\nY: 2"})
    with out, pytest.raises(ValueError, match="line break"):
        out.get_many(["/a"])
    assert there.calls == []


def test_many_reach_registered_hosts_at_allowed_addresses_only(organisation, there, waits) -> None:
    with way(organisation, there.url, waits) as out, pytest.raises(EgressRefused, match="register"):
        out.get_many(["/a"])
    register(organisation, allows_private_address=False)
    https = there.url.replace("http:", "https:")
    with way(organisation, https, waits) as out, pytest.raises(EgressRefused, match="inside"):
        out.get_many(["/a"])
    assert there.calls == []


def test_many_do_not_believe_a_certificate_that_is_none(
    organisation, processor, there, waits
) -> None:
    https = there.url.replace("http:", "https:")
    with way(organisation, https, waits) as out, pytest.raises(EgressFailed) as caught:
        out.get_many(["/a"])
    assert caught.value.failure is Failure.BAD_CERTIFICATE


def test_many_of_a_service_that_is_not_there_fail(organisation, processor, waits) -> None:
    with socket.create_server((HOST, 0)) as gone:
        port = gone.getsockname()[1]
    with (
        way(organisation, f"http://{HOST}:{port}", waits) as out,
        pytest.raises(EgressFailed) as caught,
    ):
        out.get_many(["/a", "/b"])
    assert caught.value.failure is Failure.NO_CONNECTION


def test_of_many_one_that_is_never_answered_times_out(
    organisation, processor, there, waits
) -> None:
    over = threading.Event()
    there.says(lambda _handler: over.wait(5))
    limits = Limits(parallel=2, read=0.05, attempts=1)
    with way(organisation, there.url, waits, limits=limits) as out:
        with pytest.raises(EgressFailed) as caught:
            out.get_many(["/a"])
        over.set()
    assert caught.value.failure is Failure.TIMED_OUT
