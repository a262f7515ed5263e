"""The sandbox on the wire: HTTP/1.1 on the loopback, connections kept open."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from random import Random
from typing import Any, Final
from urllib.parse import parse_qsl, urlsplit

from typing_extensions import override

from integrations.demo.generator import DEFAULT_SEED
from integrations.helpdesks.sandbox import control
from integrations.helpdesks.sandbox.answers import Answer, Request, refuse
from integrations.helpdesks.sandbox.api import Api
from integrations.helpdesks.sandbox.limits import Faults, Limiter, spoil
from integrations.helpdesks.sandbox.people import AGENT_BY_ID
from integrations.helpdesks.sandbox.store import Store
from integrations.helpdesks.sandbox.tokens import TokenDesk
from tickets.contracts import AuthorRecord, AuthorType, Status

HOST: Final = "127.0.0.1"
DEFAULT_TICKETS: Final = 400
_MOST_BODY: Final = 1_000_000
_ANSWERED_AFTER: Final = 3  # arrivals


def _now() -> datetime:
    return datetime.now(UTC)


class Sandbox:
    """A running account. Use as a context manager; `url` is its base address.

    `now` is when the generated conversations end; with the same `now` and `seed` the account is the
    same, byte for byte. `clock` is what changes made later are dated by.
    """

    def __init__(
        self,
        *,
        port: int = 0,
        tickets: int = DEFAULT_TICKETS,
        seed: int = DEFAULT_SEED,
        now: datetime | None = None,
        lag: int = 0,
        clock: Callable[[], datetime] = _now,
        ticker: Callable[[], float] = time.monotonic,
    ) -> None:
        self.store = Store(tickets=tickets, seed=seed, now=now or clock(), clock=clock)
        self.limiter = Limiter(ticker)
        self.faults = Faults()
        self.tokens = TokenDesk()
        self.api = Api(self.store, lag=lag)
        self.control = control.Control(self.store, self.limiter, self.faults, self.tokens)
        self.stopping = threading.Event()
        self.server = _Server((HOST, port), partial(_Handler, self))
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        return f"http://{HOST}:{self.server.server_address[1]}"

    def __enter__(self) -> Sandbox:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def stop(self) -> None:
        self.stopping.set()
        if self.thread.is_alive():
            self.server.shutdown()
            self.thread.join()
        self.server.server_close()

    def answer(self, request: Request) -> Answer:
        if request.path.startswith(control.PREFIX):
            return self.control.answer(request)
        if request.path == "/oauth/tokens" and request.method == "POST":
            return self.tokens.grant(request)
        if request.path == "/oauth/authorizations/new":
            return self.tokens.authorise(request)
        self.control.count(request)
        answer = self._limited(request)
        if self.control.skew is not None:
            there = _now() + timedelta(seconds=self.control.skew)
            answer.headers["Date"] = format_datetime(there, usegmt=True)
        for name, value in self.limiter.headers().items():
            answer.headers.setdefault(name, value)
        return answer

    def _limited(self, request: Request) -> Answer:
        fault = self.faults.take(request)
        if fault is not None:
            return spoil(fault, partial(self._allowed, request), self.stopping.wait)
        return self.limiter.check(request) or self._allowed(request)

    def _allowed(self, request: Request) -> Answer:
        known = self.tokens.knows(request)
        if request.method == "GET" and request.path.removesuffix(".json") == "/api/v2/users/me":
            return self.api.me(known=known)
        if not known:
            return refuse(401, "invalid_token")
        return self.api.answer(request)

    def arrive(self, per_minute: float) -> threading.Thread:
        """Let new tickets come in, and agents answer them, until the sandbox stops."""
        thread = threading.Thread(target=self._arrivals, args=(60 / per_minute,), daemon=True)
        thread.start()
        return thread

    def _arrivals(self, pause: float) -> None:
        rng = Random(1)  # noqa: S311 - who answers a made-up ticket
        waiting: list[int] = []
        while not self.stopping.wait(pause):
            waiting.append(self.store.create())
            if len(waiting) > _ANSWERED_AFTER:
                self._work_on(waiting.pop(0), rng)

    def _work_on(self, ticket_id: int, rng: Random) -> None:
        if self.store.live(ticket_id) is None:
            return
        agent = rng.choice(list(AGENT_BY_ID.values()))
        author = AuthorRecord(type=AuthorType.AGENT, id=agent.id, name=agent.name)
        self.store.assign(ticket_id, agent, "system")
        text = "Thank you for your patience. This is sorted out now."
        self.store.reply(ticket_id, text, author, public=True)
        self.store.change_status(ticket_id, Status.SOLVED, agent.id)
        if rng.random() < 0.4:  # noqa: PLR2004 - share
            self.store.rate(ticket_id, rng.choice(("good", "good", "bad")), None)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no error here."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "Sandbox"
    sys_version = ""
    disable_nagle_algorithm = True
    wbufsize = -1
    timeout = 60

    def __init__(self, sandbox: Sandbox, *args: Any) -> None:
        self.sandbox = sandbox
        super().__init__(*args)

    def serve(self) -> None:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MOST_BODY:
            self.close_connection = True
            self.write(refuse(413, "TooLarge"))
            return
        url = urlsplit(self.path)
        self.write(
            self.sandbox.answer(
                Request(
                    method=self.command,
                    path=url.path,
                    query=dict(parse_qsl(url.query)),
                    headers={name.lower(): value for name, value in self.headers.items()},
                    body=self.rfile.read(length) if length else b"",
                )
            )
        )

    do_GET = do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - the standard library's names

    def write(self, answer: Answer) -> None:
        body = answer.body
        self.send_response_only(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        if "Content-Type" not in answer.headers:
            self.send_header("Content-Type", "application/json; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if answer.cut_off:
            body = body[: len(body) // 2]
            self.close_connection = True
        with suppress(ConnectionError):
            self.wfile.write(body)
            self.wfile.flush()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Says nothing: paths hold ids."""
