"""What the sync engine asks of a helpdesk's adapter, and what both call by the same name.

An adapter knows one vendor's API and nothing of the database: it turns replies into `TicketRecord`s
and a cursor that it alone understands. Everything that is the same for all vendors (claiming,
storing, retrying, waiting, counting) is the engine's.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Protocol

from tickets.contracts import TicketRecord


class Instruction(StrEnum):
    """What the controller wants done at the source when somebody is erased here."""

    NEVER = "never"
    ASK = "ask"
    ALWAYS = "always"


class Problem(StrEnum):
    """Why a connection does not work; each has its words and its advice on the health page."""

    WRONG_ADDRESS = "wrong_address"
    WRONG_CREDENTIALS = "wrong_credentials"
    MISSING_SCOPE = "missing_scope"
    REVOKED = "revoked"
    UNREACHABLE = "unreachable"
    RATE_LIMITED = "rate_limited"
    MALFORMED = "malformed"
    CURSOR_REJECTED = "cursor_rejected"
    CLOCK_SKEW = "clock_skew"
    REFUSED_HERE = "refused_here"  # our own egress rules
    STOPPED = "stopped"  # the worker broke off several times at the same page
    UNSUPPORTED = "unsupported"  # this version has no adapter for the helpdesk
    MANY_MISSING = "many_missing"  # too many tickets look deleted to believe it


class HelpdeskError(Exception):
    """A call to a helpdesk failed. `problem` says why; the text never holds a secret or a body."""

    def __init__(self, problem: Problem, message: str = "") -> None:
        super().__init__(message or problem.value)
        self.problem = problem


class TemporaryError(HelpdeskError):
    """The same call may succeed later; the engine tries again by itself."""

    def __init__(
        self, problem: Problem, message: str = "", *, retry_at: datetime | None = None
    ) -> None:
        super().__init__(problem, message)
        self.retry_at = retry_at


class PermanentError(HelpdeskError):
    """Trying again changes nothing: somebody has to act."""


class AuthExpired(HelpdeskError):  # noqa: N818 - reads as what happened
    """The credentials are no longer accepted: the connection needs to be authorised again."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer of the helpdesk, read whole within the size cap. Header names are lower case."""

    status: int
    headers: Mapping[str, str]
    body: bytes


class Http(Protocol):
    """The gate an adapter calls through. It is bound to one account: base address, credentials,
    processor and rate limits are its business, and it refuses every other host.

    Raises AuthExpired on 401, TemporaryError on what may pass (after its own retries) and
    PermanentError on what will not. Replies with another 4xx are returned, so that an adapter can
    tell a deleted ticket (404) from a failure; `bucket` names the vendor's rate limit that applies.
    """

    def get(
        self, path: str, params: Mapping[str, Any] | None = None, *, bucket: str = ""
    ) -> Reply: ...

    def send(self, method: str, path: str, payload: Any = None, *, bucket: str = "") -> Reply: ...


def get_many(http: Http, paths: Iterable[str], *, bucket: str = "") -> list[Reply]:
    """The replies to many GETs, in order: side by side where the gate can, else one by one. For
    what a page needs a call each for; with slow answers nothing else uses up an allowance."""
    together = getattr(http, "get_many", None)
    if together is not None:
        replies: list[Reply] = together(paths, bucket=bucket)
        return replies
    return [http.get(path, bucket=bucket) for path in paths]


@dataclass(frozen=True, slots=True)
class Account:
    """Who the helpdesk says we are."""

    id: str
    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Faulty:
    """A record that could not be mapped. The reason names the field and never its value."""

    external_id: str
    reason: str


@dataclass(slots=True)
class Page:
    """One page of a helpdesk's change feed, mapped.

    `cursor` is where the next page starts, opaque to the engine; `is_last` that the feed has been
    read to its present end (the cursor is kept all the same: the next poll goes on from it).
    `reached` is how far the feed's own clock has come, for lag and progress.
    """

    records: list[TicketRecord]
    cursor: str
    is_last: bool
    reached: datetime | None = None
    faulty: list[Faulty] = field(default_factory=list)
    unknown_fields: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Delivery:
    """A verified webhook: a hint about tickets to read again, never data to store."""

    id: str
    ticket_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FetchedField:
    """A line of "what will be fetched and why", shown before anybody connects."""

    what: str
    why: str
    is_personal: bool


@dataclass(frozen=True, slots=True)
class SettingField:
    """A question of the connect page. `is_secret` answers are encrypted and never shown again."""

    name: str
    label: str
    help_text: str = ""
    is_secret: bool = False
    required: bool = True


@dataclass(frozen=True, slots=True)
class Rate:
    """A vendor's allowance: `calls` in `seconds`, for one bucket of endpoints ('' is all)."""

    calls: int
    seconds: float
    bucket: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """What is known about a helpdesk before anybody connects: pages and registers read it."""

    kind: str
    name: str
    settings: tuple[SettingField, ...]
    fetched: tuple[FetchedField, ...]
    scopes: tuple[str, ...] = ()
    rates: tuple[Rate, ...] = ()
    # Whether its headers say when the next window of the allowance begins; others name the time of
    # a full allowance, which is longer than one has to wait.
    counts_in_windows: bool = False
    # Of the vendor's own cloud; empty for helpdesks that customers host themselves.
    cloud_suffix: str = ""
    can_erase_at_source: bool = False
    can_redact_at_source: bool = False
    has_webhooks: bool = False
    has_change_feed_of_deletions: bool = False
    # Whether its adapter is a `PeopleAdapter`, and whether it can at least be asked for people.
    tells_of_deleted_people: bool = False
    can_ask_for_people: bool = False


class Adapter(Protocol):
    """One account of one vendor. Made anew for every run from the connection's settings."""

    vendor: Vendor

    def check(self) -> Account:
        """Ask who we are. HTTP 200 is not success: a vendor may answer it to anybody."""
        ...

    def first_cursor(self, since: datetime) -> str:
        """Where a backfill from `since` starts. No call is made."""
        ...

    def page(self, cursor: str) -> Page:
        """Read and map one page. Raises PermanentError(CURSOR_REJECTED) when the vendor no longer
        takes the cursor; the engine then starts again from the last time reached, with overlap."""
        ...

    def ticket(self, external_id: str) -> TicketRecord | None:
        """Read one ticket again (after a webhook). None when it is gone at the source."""
        ...

    def present_ids(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Which of these tickets still exist: the weekly search for silent deletions."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Access:
    """Where an account is reached and what every call carries: the gate is built from it.

    `base_url` has scheme and host, a port if it is another one, and a path if the helpdesk lives
    below one; adapters name paths below it. `headers` hold the authorisation and what else every
    call carries, such as a pinned API version. `rates` are those of this account's plan; empty:
    the vendor's.
    """

    base_url: str
    headers: Mapping[str, str]
    rates: tuple[Rate, ...] = ()


@dataclass(frozen=True, slots=True)
class Tokens:
    """New settings after an authorisation or a refresh (the changed ones only), and until when
    they hold; None: until they are revoked. A setting that is empty is one to forget. The engine
    stores them before anything uses them."""

    settings: Mapping[str, str]
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Consent:
    """What a browser takes to the helpdesk's consent page, and what must fit when it comes back:
    `state` goes along, `verifier` (RFC 7636) stays here until the code is exchanged."""

    redirect_uri: str
    state: str
    verifier: str

    def __repr__(self) -> str:
        return "Consent(...)"


class ConsentPage(Protocol):
    """A vendor whose admins may consent in the browser (RFC 6749, 4.1) offers these two."""

    @staticmethod
    def consent_url(settings: Mapping[str, str], consent: Consent) -> str:
        """Where the browser goes. Raises ValueError, with a sentence for the admin, when the
        settings lack what it needs."""
        ...

    @staticmethod
    def redeem(settings: Mapping[str, str], http: Http, consent: Consent, code: str) -> Tokens:
        """Exchange the code. `http` carries no authorisation. Raises AuthExpired for a code that is
        too old, used up or not for us."""
        ...


@dataclass(frozen=True, slots=True)
class Ending:
    """The vendor ends a kind of access for everybody; `days` until then, 0 once it has."""

    what: str  # marked for translation
    on: date
    days: int


class Helpdesk(Protocol):
    """What `integrations/helpdesks/<kind>/adapter.py` offers at its top level.

    More is optional: `renew(settings, http) -> Tokens` exchanges a refresh token (the `http` it
    gets carries no authorisation and returns a 401; the engine holds a lock), the functions of
    `ConsentPage`, `verify_hook: HookVerifier`, and `ending(settings, today) -> Ending | None`, when
    the vendor has announced the end of the kind of access that the settings use.
    """

    VENDOR: Vendor

    @staticmethod
    def access(settings: Mapping[str, str]) -> Access:
        """Raises ValueError, with a sentence for the admin, on settings that lead nowhere."""
        ...

    @staticmethod
    def make_adapter(settings: Mapping[str, str], http: Http) -> Adapter: ...


class ErasingAdapter(Adapter, Protocol):
    """A vendor whose API can erase; used by the rights workflow on the controller's instruction."""

    def erase_ticket(self, ticket_id: str) -> None: ...

    def erase_user(self, user_id: str) -> None: ...


class RedactingAdapter(ErasingAdapter, Protocol):
    """A vendor whose API can take words out of a message, or the whole message."""

    def redact(self, ticket_id: str, message_id: str, text: str) -> None: ...


@dataclass(frozen=True, slots=True)
class PeoplePage:
    """A page of people whom the vendor has deleted, by its own ids; as with `Page`, the cursor goes
    on from it also when it is the last for now."""

    deleted: tuple[str, ...]
    cursor: str
    is_last: bool


class AskableAdapter(Adapter, Protocol):
    """A vendor that can be asked for people by their ids."""

    def present_people(self, external_ids: Iterable[str]) -> Iterator[str]:
        """Which of these people still exist; ids that are none of the vendor's are named, too."""
        ...


class PeopleAdapter(AskableAdapter, Protocol):
    """A vendor that says by itself which people were deleted, apart from their tickets."""

    def first_people_cursor(self, since: datetime) -> str:
        """No call is made."""
        ...

    def deleted_people(self, cursor: str) -> PeoplePage:
        """Raises as `page` does. Blocked or suspended people are not deleted."""
        ...


class HookVerifier(Protocol):
    """Checks a webhook's signature over the raw bytes, in constant time, with a freshness window.

    Raises ValueError on anything that does not verify.
    """

    def __call__(
        self, secret: str, headers: Mapping[str, str], body: bytes, *, now: datetime
    ) -> Delivery: ...
