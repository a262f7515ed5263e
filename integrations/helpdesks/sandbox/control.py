"""`POST /_control/...`: what a test, a benchmark or a curious person does to the sandbox."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from integrations.helpdesks.sandbox import people
from integrations.helpdesks.sandbox.answers import NOT_FOUND, Answer, Request, refuse, reply
from integrations.helpdesks.sandbox.limits import Fault, FaultKind, Faults, Limiter
from integrations.helpdesks.sandbox.store import State, Store
from integrations.helpdesks.sandbox.tokens import TokenDesk
from tickets.contracts import AuthorRecord, AuthorType, Status

PREFIX: Final = "/_control/"
_FIRST_AGENT: Final = 9_001


class Control:
    """Bodies are JSON objects; `ticket_id` names a ticket. An unknown ticket is 404, a value that
    makes no sense 400."""

    def __init__(self, store: Store, limiter: Limiter, faults: Faults, tokens: TokenDesk) -> None:
        self.store = store
        self.limiter = limiter
        self.faults = faults
        self.tokens = tokens
        self.calls: Counter[str] = Counter()
        self.skew: float | None = None  # seconds that the clock in answers is ahead
        self.actions: dict[str, Callable[[dict[str, Any]], dict[str, Any] | None]] = {
            "create": self.create,
            "reply": self.reply,
            "status": self.status,
            "assign": self.assign,
            "rate": self.rate,
            "merge": self.merge,
            "redact": self.redact,
            "delete": lambda asked: self.store.delete(_ticket(asked)),
            "restore": lambda asked: self.store.restore(_ticket(asked)),
            "scrub": lambda asked: self.store.settle(_ticket(asked), State.SCRUBBED),
            "vanish": lambda asked: self.store.settle(_ticket(asked), State.VANISHED),
            "delete_user": partial(self.change_user, change="delete"),
            "merge_users": self.merge_users,
            "suspend_user": partial(self.change_user, change="suspend"),
            "fail": self.fail,
            "heal": lambda _: self.faults.clear(),
            "limit": self.limit,
            "skew": self.set_clock,
            "expire_codes": lambda _: self.tokens.expire_codes(),
            "revoke": lambda _: self.tokens.revoke(),
            "authorise": lambda _: self.tokens.restore(),
        }

    def answer(self, request: Request) -> Answer:
        name = request.path.removeprefix(PREFIX)
        if name == "state":
            return reply(self.state())
        action = self.actions.get(name)
        if action is None or request.method != "POST":
            return refuse(404, NOT_FOUND)
        try:
            return reply(action(request.json()) or {})
        except KeyError:
            return refuse(404, NOT_FOUND)
        except (TypeError, ValueError):
            return refuse(400, "BadRequest")

    def count(self, request: Request) -> None:
        """Requests by path, with ids left out."""
        parts = ["#" if part.isdecimal() else part for part in request.path.split("/")]
        self.calls[f"{request.method} {'/'.join(parts).removesuffix('.json')}"] += 1

    def state(self) -> dict[str, Any]:
        limiter = self.limiter
        return {
            "tickets": len(self.store.live_ids()),
            "calls": dict(self.calls),
            "refused": limiter.account.refused + limiter.incremental.refused,
            "too_early": limiter.account.too_early + limiter.incremental.too_early,
            "faults": len(self.faults.waiting),
        }

    def create(self, asked: dict[str, Any]) -> dict[str, Any]:
        return {"ids": [self.store.create() for _ in range(int(asked.get("count", 1)))]}

    def reply(self, asked: dict[str, Any]) -> dict[str, Any]:
        ticket_id = _ticket(asked)
        record = self.store.record(ticket_id)
        author = _agent_author(asked)
        if asked.get("author") == "customer":
            author = AuthorRecord(type=AuthorType.CUSTOMER, id=record.requester.id)
        elif asked.get("author") == "bot":
            author = AuthorRecord(type=AuthorType.BOT, id="bot-1")
        text, public = str(asked.get("text", "Hello")), bool(asked.get("public", True))
        return {"comment_id": self.store.reply(ticket_id, text, author, public=public)}

    def status(self, asked: dict[str, Any]) -> None:
        actor = _agent_author(asked).id or ""
        self.store.change_status(_ticket(asked), Status(asked["status"]), actor)

    def assign(self, asked: dict[str, Any]) -> None:
        agent = people.AGENT_BY_ID[int(asked.get("agent", _FIRST_AGENT))]
        self.store.assign(_ticket(asked), agent, str(asked.get("actor", "system")))

    def rate(self, asked: dict[str, Any]) -> None:
        score = str(asked.get("score", "good"))
        if score not in {"good", "bad"}:
            raise ValueError(score)
        self.store.rate(_ticket(asked), score, asked.get("comment"))

    def merge(self, asked: dict[str, Any]) -> None:
        self.store.merge(int(asked["source"]), int(asked["target"]))

    def merge_users(self, asked: dict[str, Any]) -> None:
        self.store.merge_users(int(asked["source"]), int(asked["target"]))

    def redact(self, asked: dict[str, Any]) -> None:
        comment_id, text = int(asked["comment_id"]), str(asked["text"])
        if not self.store.redact(_ticket(asked), comment_id, text):
            raise ValueError("The comment does not hold the text.")

    def change_user(self, asked: dict[str, Any], *, change: str) -> None:
        def suspend(user: dict[str, Any]) -> dict[str, Any]:
            return {**user, "suspended": True}

        delete = partial(people.deleted, for_good=bool(asked.get("for_good", False)))
        doing = suspend if change == "suspend" else delete
        if not self.store.change_user(int(asked["user_id"]), doing):
            raise KeyError(asked["user_id"])

    def fail(self, asked: dict[str, Any]) -> None:
        retry_after = asked.get("retry_after")
        self.faults.add(
            Fault(
                kind=FaultKind(str(asked["kind"])),
                times=int(asked.get("times", 1)),
                path=str(asked.get("path", "")),
                retry_after=None if retry_after is None else int(retry_after),
                seconds=float(asked.get("seconds", 30)),
            )
        )

    def set_clock(self, asked: dict[str, Any]) -> None:
        self.skew = float(asked["seconds"])

    def limit(self, asked: dict[str, Any]) -> None:
        self.limiter.set(
            calls=int(asked.get("calls", 0)),
            incremental_calls=int(asked.get("incremental_calls", 0)),
            seconds=float(asked.get("seconds", 60)),
        )


def _ticket(asked: dict[str, Any]) -> int:
    return int(asked["ticket_id"])


def _agent_author(asked: dict[str, Any]) -> AuthorRecord:
    record = people.AGENT_BY_ID[int(asked.get("agent", _FIRST_AGENT))]
    return AuthorRecord(type=AuthorType.AGENT, id=record.id, name=record.name)
