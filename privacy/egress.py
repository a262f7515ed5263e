"""The only place that opens an outgoing connection.

Before a socket opens, the host must belong to a valid processor of the organisation; the address
that is then connected to is checked itself. Waiting, retrying, limits of size and time are here,
too: a caller gets an answer that was read whole, or an error that says what kind of failure it was.
"""

from __future__ import annotations

import json
import logging
import math
import random
import socket
import time
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

import requests
from django.utils.translation import gettext as _
from requests.adapters import HTTPAdapter
from typing_extensions import override
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import NameResolutionError, NewConnectionError

from kaizo.core import clock
from kaizo.core.logs import get_logger
from kaizo.core.tenancy import tenant_scope
from privacy.answers import Answer, EgressFailed, Failure, Limits, may_repeat
from privacy.dialling import AddressRule, dial
from privacy.pacing import Allowance, Pacer, Turns, asked_to_wait, spent_until
from privacy.processors import EgressRefused, processor_for
from privacy.side_by_side import Lines, gather

log = get_logger(__name__)
# The library writes addresses with their queries when the log level is DEBUG.
logging.getLogger("urllib3").setLevel(logging.WARNING)

_REDIRECTS: Final = frozenset({301, 302, 307, 308})
_TOO_MANY: Final = 429
_UNAVAILABLE: Final = frozenset({500, 502, 503, 504})
_MAX_REDIRECTS: Final = 3
_CHUNK: Final = 64 * 1024
# Seconds for which requests side by side rest on one look into the register.
_PERMISSION_HOLDS: Final = 1.0


def _nothing() -> None:
    """No further condition."""


@dataclass(kw_only=True)
class Egress:
    """One account's way out: bound to an address, an organisation and the account's limits.

    `account` names the account across workers, so that all share its pace. `counts_in_windows`
    says that the service's reset header names the next window: nothing is then sent from its last
    allowed answer until then. `permit` is asked inside the organisation's scope right before every
    request and raises to stop it. Keeps connections open between calls: close it, or use it as a
    context.
    """

    organisation_id: int
    base_url: str
    account: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    allowances: Iterable[Allowance] = ()
    counts_in_windows: bool = False
    permit: Callable[[], None] = _nothing
    limits: Limits = field(default_factory=Limits)
    sleep: Callable[[float], None] = time.sleep
    _permitted: tuple[str, float] = field(default=("", -math.inf), init=False, repr=False)

    def __enter__(self) -> Egress:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def close(self) -> None:
        self._session.close()
        self._lines.close()

    @cached_property
    def pacer(self) -> Pacer:
        return Pacer(self.organisation_id, self.account, self.allowances)

    @property
    def _headers(self) -> dict[str, str]:
        return {"Accept": "application/json", "User-Agent": "Kaizo", **self.headers}

    @cached_property
    def _address_rule(self) -> AddressRule:
        return AddressRule(needs_private=urlsplit(self.base_url).scheme == "http")

    @cached_property
    def _lines(self) -> Lines:
        def guarded(host: str, port: int, timeout: float, options: Any) -> socket.socket:
            return dial(host, port, timeout, self._address_rule, options)

        return Lines(self.base_url, guarded, self.limits)

    @cached_property
    def _here(self) -> tuple[str, str, int]:
        return _origin(self.base_url)

    @cached_property
    def _session(self) -> requests.Session:
        session = requests.Session()
        session.trust_env = False  # neither proxies nor .netrc of the machine
        adapter = _GuardedAdapter(self._address_rule)
        session.mount("https://", adapter)
        session.mount("http://", adapter)
        return session

    def request(
        self,
        method: str,
        path: str,
        *,
        params: Mapping[str, Any] | None = None,
        payload: Any = None,
        bucket: str = "",
    ) -> Answer:
        """Send one request; a `payload` goes as JSON. Repeats by itself what can succeed and has
        surely not been carried out before.

        Raises EgressRefused before anything is sent when our rules forbid it, and EgressFailed
        when no answer was had. Every answer but 429 and 5xx is returned, whatever its status.
        """
        url = self._url(path)
        body = None if payload is None else json.dumps(payload).encode()
        for attempt in range(1, self.limits.attempts + 1):
            try:
                return self._once(method.upper(), url, params, body, bucket)
            except EgressFailed as error:
                if attempt == self.limits.attempts or not may_repeat(method.upper(), error):
                    raise
                if error.failure is not Failure.RATE_LIMITED:  # that one waits by the shared pace
                    self.sleep(self._backoff(attempt))
        raise AssertionError  # the last attempt returns or raises

    def get_many(self, paths: Iterable[str], *, bucket: str = "") -> list[Answer]:
        """The answers to many GETs, in order. Up to `limits.parallel` are under way at once, so
        that an allowance is used up also where each answer takes long.

        Permission is asked before the first one, and again whenever a second has passed or
        `permissions_changed` was called. Raises as `request` does; answers under way are then
        dropped.
        """
        urls = [self._url(path) for path in paths]
        outcomes = gather(
            self._lines,
            urls,
            self._headers,
            allow=lambda most: self._take_turns(urls[0], bucket, most),
            heed=self._heed,
        )
        log.debug("egress_many", organisation_id=self.organisation_id, requests=len(urls))
        return [
            self._result(outcome, url, bucket) for outcome, url in zip(outcomes, urls, strict=True)
        ]

    def _take_turns(self, url: str, bucket: str, most: int) -> int:
        turns = self._wait_for_turns(bucket, most)
        # The mark was read before the register is: a change in between is seen by the next turn.
        known, since = self._permitted
        if turns.mark != known or time.monotonic() - since > _PERMISSION_HOLDS:
            self._require_permission(url)
            self._permitted = (turns.mark, time.monotonic())
        return turns.granted

    def _result(self, outcome: Answer | EgressFailed, url: str, bucket: str) -> Answer:
        """What failed, leads elsewhere or came packed is asked for once more, in the usual way."""
        if isinstance(outcome, EgressFailed):
            if not may_repeat("GET", outcome):
                raise outcome
        elif outcome.status not in _REDIRECTS and _is_plain(outcome):
            return outcome
        return self.request("GET", url, bucket=bucket)

    def _url(self, path: str) -> str:
        here = self._here
        if "://" not in path:
            return f"{self.base_url.rstrip('/')}/{path.lstrip('/')}"
        if _origin(path) != here:
            raise EgressRefused(_("A link to another address is not followed."))
        return path

    def _once(
        self,
        method: str,
        url: str,
        params: Mapping[str, Any] | None,
        body: bytes | None,
        bucket: str,
    ) -> Answer:
        for _hop in range(_MAX_REDIRECTS):
            self._wait_for_turns(bucket)
            self._require_permission(url)
            answer = self._send(method, url, params, body)
            self._heed(answer)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            url, params = self._redirected(method, url, answer.headers["location"]), None
        raise EgressFailed(Failure.REDIRECTED)

    def _wait_for_turns(self, bucket: str, most: int = 1) -> Turns:
        waited = 0.0
        while (turns := self.pacer.take(bucket, most)).wait > 0:
            if waited + turns.wait > self.limits.patience:
                raise EgressFailed(
                    Failure.RATE_LIMITED, retry_at=clock.now() + timedelta(seconds=turns.wait)
                )
            self.sleep(turns.wait)
            waited += turns.wait
        return turns

    def _require_permission(self, url: str) -> None:
        """After the waiting, so that a connection which was ended meanwhile sends nothing more."""
        parts = urlsplit(url)
        with tenant_scope(self.organisation_id):
            self.permit()
            processor = processor_for(parts.hostname or "")
        if parts.scheme != "https" and not processor.allows_private_address:
            raise EgressRefused(_("Only addresses that start with https:// can be used."))
        self._address_rule.allows_private = processor.allows_private_address

    def _send(
        self, method: str, url: str, params: Mapping[str, Any] | None, body: bytes | None
    ) -> Answer:
        headers = self._headers
        if body is not None:
            headers["Content-Type"] = "application/json"
        started = time.monotonic()
        try:
            with self._session.request(
                method,
                url,
                params=params,
                data=body,
                headers=headers,
                timeout=(self.limits.connect, self.limits.read),
                allow_redirects=False,
                stream=True,
            ) as response:
                answer = self._read(response, started)
        except requests.RequestException as error:
            # The library's text quotes the address with its query: it goes no further.
            raise EgressFailed(_failure(error)) from None
        log.debug(
            "egress",
            organisation_id=self.organisation_id,
            method=method,
            status=answer.status,
            size=len(answer.body),
            seconds=round(time.monotonic() - started, 3),
        )
        return answer

    def _read(self, response: requests.Response, started: float) -> Answer:
        """Counts what is unpacked, so that a small answer cannot unfold into a huge one."""
        parts, size = [], 0
        for part in response.iter_content(_CHUNK):
            size += len(part)
            if size > self.limits.max_bytes:
                raise EgressFailed(Failure.TOO_LARGE)
            if time.monotonic() - started > self.limits.deadline:
                raise EgressFailed(Failure.TIMED_OUT)
            parts.append(part)
        headers = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status_code, headers, b"".join(parts))

    def _heed(self, answer: Answer) -> bool:
        """Raise for answers that say "later", and remember for all workers how much later; whether
        a good answer says so for what follows."""
        now = clock.now()
        if answer.status != _TOO_MANY and answer.status not in _UNAVAILABLE:
            wait = spent_until(answer.headers, now) if self.counts_in_windows else None
            if wait:
                self.pacer.block(wait)
            return bool(wait)
        wait = asked_to_wait(answer.headers, now)
        if answer.status == _TOO_MANY:
            wait = self._backoff(3) if wait is None else wait
        elif "retry-after" not in answer.headers:
            wait = None  # a reset header is about the allowance, not about the outage
        failure = Failure.RATE_LIMITED if answer.status == _TOO_MANY else Failure.UNAVAILABLE
        if wait is not None:
            self.pacer.block(wait)
        retry_at = None if wait is None else now + timedelta(seconds=wait)
        raise EgressFailed(failure, status=answer.status, retry_at=retry_at)

    def _redirected(self, method: str, url: str, location: str) -> str:
        there = urljoin(url, location)
        if method not in {"GET", "HEAD"} or _origin(there) != _origin(url):
            raise EgressFailed(Failure.REDIRECTED)
        return there

    def _backoff(self, attempt: int) -> float:
        """Seconds: doubling, of which a random half, so that workers do not come back together."""
        longest: float = self.limits.backoff * 2**attempt
        return longest * random.uniform(0.5, 1.0)  # noqa: S311 - no secret


def _is_plain(answer: Answer) -> bool:
    return answer.headers.get("content-encoding", "identity") == "identity"


def _origin(url: str) -> tuple[str, str, int]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise EgressRefused(_("This is not an address.")) from None
    if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
        raise EgressRefused(_("This is not an address."))
    return parts.scheme, parts.hostname.lower(), port or {"http": 80, "https": 443}[parts.scheme]


def _failure(error: requests.RequestException) -> Failure:
    if isinstance(error, requests.exceptions.SSLError):
        return Failure.BAD_CERTIFICATE
    if isinstance(error, requests.ConnectTimeout):
        return Failure.NO_CONNECTION
    if isinstance(error, requests.Timeout):
        return Failure.TIMED_OUT
    if isinstance(error, requests.ConnectionError):
        cause = getattr(error.args[0], "reason", error.args[0]) if error.args else None
        if isinstance(cause, NameResolutionError):
            return Failure.UNKNOWN_HOST
        return Failure.NO_CONNECTION if isinstance(cause, NewConnectionError) else Failure.CUT_SHORT
    return Failure.CUT_SHORT


class _GuardedAdapter(HTTPAdapter):
    """Connections of its pools check the address that they connect to."""

    def __init__(self, rule: AddressRule) -> None:
        self._rule = rule
        super().__init__(pool_connections=1, pool_maxsize=Limits().parallel)

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, **kwargs)
        rule = self._rule

        class Plain(HTTPConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, rule)

        class Encrypted(HTTPSConnection):
            def _new_conn(self) -> socket.socket:
                return _connect(self, rule)

        class PlainPool(HTTPConnectionPool):
            ConnectionCls = Plain

        class EncryptedPool(HTTPSConnectionPool):
            ConnectionCls = Encrypted

        self.poolmanager.pool_classes_by_scheme = {"http": PlainPool, "https": EncryptedPool}


def _connect(connection: HTTPConnection, rule: AddressRule) -> socket.socket:
    try:
        return dial(
            connection.host,
            connection.port,
            connection.timeout,
            rule,
            connection.socket_options,
        )
    except socket.gaierror as error:
        raise NameResolutionError(connection.host, connection, error) from None
    except ConnectionError as error:
        raise NewConnectionError(connection, str(error)) from None
