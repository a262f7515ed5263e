"""F11: a copy that shows others."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures
from tickets.contracts import (
    AgentRecord,
    AuthorRecord,
    AuthorType,
    CsatRecord,
    CsatScale,
    MessageRecord,
    PersonRecord,
    TicketRecord,
)
from tickets.models import Agent, Customer

pytestmark = pytest.mark.django_db

DORA = PersonRecord(id="dora", name="Dora Dobbs", email="dora@post.example", phone="+31 6 12345678")
ERIK = PersonRecord(
    id="erik", name="Erik Engelbrecht", email="erik@elsewhere.example", phone="+31 6 87654321"
)
AGENT = AgentRecord(id="a7", name="Adelheid Amsel", email="adelheid@support.example", team="Berlin")
# Everything that tells Erik or the agent, wherever it stands.
ERIKS = ("Engelbrecht", "erik@elsewhere.example", "87654321", "zq73c")
AGENTS = ("Adelheid", "Amsel", "adelheid@support.example")


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def conversation(person: PersonRecord, number: str, *turns: tuple[str, str]) -> TicketRecord:
    """One ticket; each turn is (who, what): "dora", "erik" or "agent"."""
    start = factories.MONDAY
    authors = {
        "dora": AuthorRecord(type=AuthorType.CUSTOMER, id="dora"),
        "erik": AuthorRecord(type=AuthorType.CUSTOMER, id="erik"),
        "agent": AuthorRecord(type=AuthorType.AGENT, id="a7", name=AGENT.name),
    }
    return factories.ticket_record(
        id=number,
        requester=person,
        assignee=AGENT,
        subject=f"About order, from {person.name}",
        messages=tuple(
            MessageRecord(id=f"m{n}", author=authors[who], sent_at=start, public=True, text=text)
            for n, (who, text) in enumerate(turns)
        ),
        csat=(
            CsatRecord(
                score=5, scale=CsatScale.ONE_TO_FIVE, at=start, comment="Adelheid Amsel is great."
            ),
        ),
    )


@pytest.fixture
def world(organisation: Organisation) -> Organisation:
    """Dora's ticket, in which Erik writes and both talk about each other; Erik's, in which Dora
    writes and is talked about."""
    erasures.ingest(
        organisation,
        conversation(
            DORA,
            "100",
            (
                "dora",
                "Hello, this is Dora Dobbs, dora@post.example. Erik Engelbrecht has my parcel.",
            ),
            ("erik", "Dora Dobbs is right. My number is +31 6 87654321. zq71a"),
            ("agent", "Dear Dora, I wrote to erik@elsewhere.example. Regards, Adelheid Amsel"),
        ),
        conversation(
            ERIK,
            "200",
            ("erik", "zq73c, says Erik Engelbrecht"),
            ("dora", "I am Dora Dobbs and have Erik Engelbrecht's parcel. zq74d"),
            ("agent", "zq72b for Erik Engelbrecht"),
        ),
    )
    factories.check_texts(organisation)
    return organisation


def subject(organisation: Organisation, model: type, **named: str) -> object:
    from tickets import copies as people

    with tenant_scope(organisation.pk):
        for row in model.objects.all():
            [identity] = people.identities(organisation.pk, [row.subject_id], None)
            if identity.name == named["name"]:
                return row.subject_id
    raise AssertionError(named)


def test_f11_a_copy_holds_everything_of_the_person_and_nothing_of_another(
    world: Organisation,
) -> None:
    package = copies.make(world, subject(world, Customer, name=DORA.name))

    opened = copies.opened(world, package)
    for own in ("Dora Dobbs", "dora@post.example", "zq71a", "zq74d"):
        assert own in opened.text
    assert [name for name in (*ERIKS, *AGENTS) if name in opened.text] == []


def test_f11_placeholders_stand_where_others_were_and_a_list_says_so(world: Organisation) -> None:
    package = copies.make(world, subject(world, Customer, name=DORA.name))

    opened = copies.opened(world, package)
    bodies = [row["body"] for row in opened.table("tickets.Message")]
    assert bodies[0] == ("Hello, this is Dora Dobbs, dora@post.example. [person 1] has my parcel.")
    assert bodies[2] == "Dear Dora, I wrote to [e-mail]. Regards, [agent]"
    removed = opened.csv("redactions.csv")
    assert {row["placeholder"] for row in removed} >= {"[agent]", "[person 1]", "[e-mail]"}
    assert {row["file"] for row in removed} == {"tickets_message", "tickets_csatresponse"}
    listed = sum(int(row["times"]) for row in removed)
    manifest = opened.json("manifest.json")
    assert listed == sum(part["mentions_of_others_removed"] for part in manifest["parts"])


def test_f11_an_agent_gets_what_they_wrote_and_no_customer(world: Organisation) -> None:
    package = copies.make(world, subject(world, Agent, name=AGENT.name), contact=AGENT.email)

    opened = copies.opened(world, package)
    assert "Adelheid Amsel" in opened.text
    bodies = [row["body"] for row in opened.table("tickets.Message")]
    assert bodies == [
        "Dear [person 1], I wrote to [e-mail]. Regards, Adelheid Amsel",
        "zq72b for [person 1]",
    ]
    others = ("Dobbs", "dora@post.example", *ERIKS[:3], "zq71a", "zq73c", "zq74d")
    assert [name for name in others if name in opened.text] == []


def test_f11_somebody_with_the_same_surname_is_somebody_else(organisation: Organisation) -> None:
    erasures.ingest(
        organisation,
        conversation(DORA, "300", ("dora", "My sister Leonora Dobbs will fetch it. Dora Dobbs")),
    )
    factories.check_texts(organisation)

    package = copies.make(organisation, subject(organisation, Customer, name=DORA.name))

    [message] = copies.opened(organisation, package).table("tickets.Message")
    assert "Leonora" not in message["body"]
    assert message["body"].endswith("Dora Dobbs")
