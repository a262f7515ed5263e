"""The made-up people, their addresses and numbers.

Telephone numbers come from the ranges regulators set aside for film and radio (Ofcom, Federal
Network Agency); bank accounts carry right check digits but a bank called TEST or nobody's number.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from random import Random
from typing import Final

from tickets.contracts import AgentRecord, PersonRecord

COMPANY: Final = "Harbour Pine"
AGENT_DOMAIN: Final = "harbourpine.example"
_MAIL_DOMAINS: Final = ("mail.example", "post.example", "inbox.example", "home.example")

_FIRST: Final = {
    "en": (
        "Amara", "Ben", "Chloe", "Daniel", "Ella", "Femi", "Grace", "Harvey", "Imogen", "Jack",
        "Keira", "Liam", "Maya", "Niall", "Olivia", "Priya", "Quentin", "Rosa", "Samuel", "Tessa",
        "Umar", "Violet", "Wesley", "Yasmin", "Zach", "Aisha", "Connor", "Holly",
    ),
    "nl": (
        "Anouk", "Bram", "Coen", "Daphne", "Eva", "Floor", "Gijs", "Hanna", "Iris", "Joris",
        "Koen", "Lotte", "Maud", "Niels", "Olaf", "Pien", "Roos", "Sanne", "Thijs", "Youssef",
    ),
    "de": (
        "Anna", "Bastian", "Clara", "Dilek", "Emil", "Franziska", "Georg", "Hannes", "Ida",
        "Jonas", "Katrin", "Lukas", "Marlene", "Nico", "Oskar", "Paula", "Rafael", "Svenja", "Timo",
        "Ulrike",
    ),
}  # fmt: skip
_LAST: Final = {
    "en": (
        "Abbott", "Bailey", "Carter", "Dawson", "Ellis", "Fletcher", "Gallagher", "Hughes",
        "Iqbal", "Jennings", "Kaur", "Lowe", "Mercer", "Nolan", "Okafor", "Patel", "Quinn",
        "Reeves", "Sutton", "Turner", "Underwood", "Vaughan", "Whitfield", "Yates",
    ),
    "nl": (
        "Aalders", "Bakker", "van Dijk", "Evers", "Franken", "de Graaf", "Hendriks", "Jansen",
        "Kuiper", "van Leeuwen", "Meijer", "Nijland", "Postma", "de Ruiter", "Smit", "Vos",
    ),
    "de": (
        "Albrecht", "Bergmann", "Dietrich", "Engel", "Fuchs", "Grote", "Hartmann", "Jung",
        "Krause", "Lindner", "Möller", "Neumann", "Pohl", "Richter", "Schäfer", "Vogt", "Yilmaz",
    ),
}  # fmt: skip
_CITIES: Final = {
    "en": ("Leeds", "Bristol", "Cardiff", "Glasgow", "Norwich", "Brighton", "York"),
    "nl": ("Utrecht", "Groningen", "Eindhoven", "Haarlem", "Zwolle", "Breda"),
    "de": ("Bremen", "Leipzig", "Freiburg", "Kassel", "Rostock", "Aachen"),
}
_STREETS: Final = {
    "en": ("{n} Orchard Lane", "{n} Mill Road", "{n} Station Street", "{n} Harbour View"),
    "nl": ("Kerkstraat {n}", "Molenweg {n}", "Stationsplein {n}", "Lindelaan {n}"),
    "de": ("Gartenstraße {n}", "Am Hafen {n}", "Lindenweg {n}", "Bahnhofstraße {n}"),
}
_PRODUCTS: Final = {
    "en": (
        "Tarn rain jacket", "Fell walking boots", "Cove dry bag", "Skerry head torch",
        "Moor two-person tent", "Ridge merino jumper", "Loch paddle board", "Burn camping stove",
    ),
    "nl": (
        "regenjas Tarn", "wandelschoen Fell", "waterdichte tas Cove", "hoofdlamp Skerry",
        "tweepersoonstent Moor", "merinotrui Ridge",
    ),
    "de": (
        "Regenjacke Tarn", "Wanderschuh Fell", "Packsack Cove", "Stirnlampe Skerry",
        "Zweipersonenzelt Moor", "Merinopullover Ridge",
    ),
}  # fmt: skip
_WEEKDAYS: Final = {
    "en": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "nl": ("maandag", "dinsdag", "woensdag", "donderdag", "vrijdag", "zaterdag"),
    "de": ("Montag", "Dienstag", "Mittwoch", "Donnerstag", "Freitag", "Samstag"),
}
_ASCII: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", " ": ""})


@dataclass(frozen=True, slots=True)
class DemoAgent:
    """An agent and how they work: `pace` scales reply times (1 is usual), `care` is the chance of a
    good rating, `since_week` the first of the demo's weeks in which they handle tickets."""

    record: AgentRecord
    languages: tuple[str, ...]
    pace: float
    care: float
    since_week: int = 0

    @property
    def first_name(self) -> str:
        return (self.record.name or "").partition(" ")[0]


def _agent(
    number: int, name: str, team: str, languages: str, work: tuple[float, float], since: int = 0
) -> DemoAgent:
    record = AgentRecord(
        id=f"agent-{number:02}",
        name=name,
        email=f"{name.lower().translate(_ASCII).replace('-', '')}@{AGENT_DOMAIN}",
        team=team,
    )
    return DemoAgent(record, tuple(languages.split()), *work, since_week=since)


AGENTS: Final = (
    _agent(1, "Maren Holt", "Orders", "en de", (0.75, 0.93)),
    _agent(2, "Tom Ashdown", "Orders", "en", (1.0, 0.86)),
    _agent(3, "Lucía Ferrer", "Orders", "en", (0.9, 0.9)),
    _agent(4, "Dev Anand", "Orders", "en", (1.45, 0.78)),
    _agent(5, "Ruth Osei", "Travel desk", "en", (0.85, 0.92)),
    _agent(6, "Callum Reid", "Travel desk", "en", (1.2, 0.84)),
    _agent(7, "Noor Haddad", "Travel desk", "en nl", (0.95, 0.88)),
    _agent(8, "Ivy Chen", "Travel desk", "en", (1.6, 0.74), since=9),
    _agent(9, "Sanne Visser", "Continental", "nl en", (0.8, 0.91)),
    _agent(10, "Jeroen Blom", "Continental", "nl", (1.3, 0.8)),
    _agent(11, "Katja Brandt", "Continental", "de", (0.9, 0.89)),
    _agent(12, "Emre Aydin", "Continental", "de", (1.1, 0.87)),
)


_BY_ID: Final = {agent.record.id: agent.record for agent in AGENTS}


def agent_record(agent_id: str | None) -> AgentRecord | None:
    return _BY_ID[agent_id] if agent_id else None


@cache
def team_for(domain: str, language: str, week: int) -> tuple[DemoAgent, ...]:
    """Who may get a ticket about `domain` (shop, travel) in `language` in that week."""
    team = (
        {"shop": "Orders", "travel": "Travel desk"}[domain] if language == "en" else "Continental"
    )
    return tuple(
        agent
        for agent in AGENTS
        if agent.record.team == team and language in agent.languages and week >= agent.since_week
    )


def make_customer(rng: Random, number: int, language: str) -> PersonRecord:
    first, last = rng.choice(_FIRST[language]), rng.choice(_LAST[language])
    plain = f"{first}.{last}".lower().translate(_ASCII)
    return PersonRecord(
        id=f"customer-{number:05}",
        name=f"{first} {last}",
        email=f"{plain}{number % 97 or ''}@{rng.choice(_MAIL_DOMAINS)}",
        phone=_phone(rng, language) if rng.random() < 0.7 else None,  # noqa: PLR2004 - share
        language=language,
    )


def _phone(rng: Random, language: str) -> str:
    """From Ofcom's and the Federal Network Agency's numbers for drama; the Netherlands have none,
    so Dutch customers give a British one."""
    if language == "de":
        return f"+49 30 23125 {rng.randrange(1000):03}"
    return rng.choice((
        f"+44 7700 900{rng.randrange(1000):03}",
        f"+44 20 7946 0{rng.randrange(1000):03}",
        f"+44 1632 960{rng.randrange(1000):03}",
    ))  # fmt: skip


def make_iban(rng: Random, language: str) -> str:
    """An account with valid check digits (ISO 13616) at a bank that does not exist."""
    if language == "de":
        country, account = "DE", f"00000000{rng.randrange(10**10):010}"
    elif language == "nl":
        country, account = "NL", f"TEST{rng.randrange(10**10):010}"
    else:
        country, account = "GB", f"TEST000000{rng.randrange(10**8):08}"
    digits = "".join(str(int(character, 36)) for character in f"{account}{country}00")
    plain = f"{country}{98 - int(digits) % 97:02}{account}"
    return " ".join(plain[start : start + 4] for start in range(0, len(plain), 4))


def make_slots(
    rng: Random, customer: PersonRecord, agent: DemoAgent, at: datetime
) -> dict[str, str]:
    """What fills the placeholders of the texts, the same throughout one ticket."""
    language = customer.language or "en"
    first, _, last = (customer.name or "").partition(" ")
    return {
        "first": first,
        "last": last,
        "email": customer.email or "",
        "phone": customer.phone or _phone(rng, language),
        "agent": agent.first_name,
        "order": f"HP-{rng.randrange(100_000, 999_999)}",
        "booking": "".join(rng.choice("BCDFGHJKLMNPQRSTVWXZ") for _ in range(6)),
        "code": f"{rng.randrange(10_000_000, 99_999_999)}",
        "iban": make_iban(rng, language),
        "amount": _money(rng, language),
        "product": rng.choice(_PRODUCTS[language]),
        "city": rng.choice(_CITIES[language]),
        "street": rng.choice(_STREETS[language]).format(n=rng.randrange(1, 140)),
        "postcode": _postcode(rng, language),
        "weekday": rng.choice(_WEEKDAYS[language]),
        "date": _date(at - timedelta(days=rng.randrange(4, 20)), language),
        "date_soon": _date(at + timedelta(days=rng.randrange(6, 25)), language),
    }


def _money(rng: Random, language: str) -> str:
    pounds, pence = rng.randrange(18, 420), rng.choice(("00", "50", "90", "95"))
    return f"£{pounds}.{pence}" if language == "en" else f"{pounds},{pence} €"


def _postcode(rng: Random, language: str) -> str:
    if language == "nl":
        return f"{rng.randrange(1000, 9999)} {rng.choice('BCDGHJKL')}{rng.choice('BCDGHJKL')}"
    if language == "de":
        return f"{rng.randrange(10_000, 98_000)}"
    area = rng.choice(("LS", "BS", "CF", "NR", "YO"))
    return f"{area}{rng.randrange(1, 20)} {rng.randrange(1, 9)}QX"


def _date(at: datetime, language: str) -> str:
    return f"{at.day}/{at.month:02}" if language == "en" else f"{at.day:02}.{at.month:02}"
