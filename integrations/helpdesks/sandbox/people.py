"""The sandbox's users and groups: the demo's cast under numbers, as Zendesk gives them."""

from __future__ import annotations

from functools import cache
from typing import Any, Final

import msgspec

from integrations.demo.cast import AGENTS
from tickets.contracts import AgentRecord, PersonRecord

ADMIN_ID: Final = 9_000
BOT_ID: Final = 8_001
_FIRST_CUSTOMER: Final = 100_000
_MADE: Final = "2024-01-08T09:00:00Z"

GROUPS: Final = {"Orders": 701, "Travel desk": 702, "Continental": 703}
# Their colleagues in the same teams: a demo that has both never shows a person twice. First names
# stay, because the texts are signed with them.
_SURNAMES: Final = (
    "Lindqvist", "Barrow", "Montes", "Rao", "Mensah", "Doyle", "Ibrahim", "Zhang", "Mulder", "Kok",
    "Seidel", "Kaya",
)  # fmt: skip


def _colleague(agent: AgentRecord, surname: str) -> AgentRecord:
    name = f"{(agent.name or '').partition(' ')[0]} {surname}"
    local = name.lower().replace(" ", "").replace("í", "i")
    return msgspec.structs.replace(agent, name=name, email=f"{local}@harbourpine.example")


AGENT_BY_ID: Final = {
    9_000 + number: _colleague(agent.record, surname)
    for number, (agent, surname) in enumerate(zip(AGENTS, _SURNAMES, strict=True), 1)
}
AGENT_IDS: Final = {record.id: number for number, record in AGENT_BY_ID.items()}


def number_of(person_id: str) -> int:
    """The sandbox's number for an id of the demo's cast; -1, the vendor's sign for nobody."""
    if person_id in AGENT_IDS:
        return AGENT_IDS[person_id]
    kind, _, number = person_id.partition("-")
    if kind == "customer":
        return _FIRST_CUSTOMER + int(number)
    return BOT_ID if kind == "bot" else -1


def group_of(agent: AgentRecord | None) -> int | None:
    return GROUPS.get(agent.team or "") if agent else None


def _user(number: int, name: str, role: str, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "url": f"https://sandbox.example/api/v2/users/{number}.json",
        "name": name,
        "email": None,
        "phone": None,
        "created_at": _MADE,
        "updated_at": _MADE,
        "time_zone": "Europe/Amsterdam",
        "locale": "en-GB",
        "role": role,
        "verified": True,
        "active": True,
        "suspended": False,
        "tags": [],
        "organization_id": None,
        "default_group_id": None,
        **more,
    }


@cache
def staff() -> dict[int, dict[str, Any]]:
    found = {ADMIN_ID: _user(ADMIN_ID, "Robin Admin", "admin", email="robin@harbourpine.example")}
    found[BOT_ID] = _user(BOT_ID, "Pine assistant", "agent")
    for number, agent in AGENT_BY_ID.items():
        found[number] = _user(
            number,
            agent.name or "",
            "agent",
            email=agent.email,
            default_group_id=group_of(agent),
        )
    return found


def customer(person: PersonRecord) -> dict[str, Any]:
    return _user(
        number_of(person.id),
        person.name or "",
        "end-user",
        email=person.email,
        phone=person.phone,
        locale=person.language or "en-GB",
    )


def deleted(user: dict[str, Any], *, for_good: bool) -> dict[str, Any]:
    """What the vendor leaves of a user who was deleted."""
    gone = {**user, "active": False, "email": None}
    if for_good:
        gone |= {"name": "Permanently Deleted User", "phone": None, "permanently_deleted": True}
    return gone


def groups() -> bytes:
    rows = [
        {"id": number, "name": name, "deleted": False, "created_at": _MADE, "updated_at": _MADE}
        for name, number in GROUPS.items()
    ]
    return msgspec.json.encode(rows)
