"""The connector, the gate and the engine against a real Request Tracker, field by field."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from integrations.connections import Terms, check, connect, start
from integrations.helpdesks.request_tracker import adapter, reading
from integrations.models import Connection, SyncRun
from integrations.reconciliation import reconcile
from integrations.sync import sync_connection
from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from tests.integrations.fakes import again
from tests.integrations.live.request_tracker import RequestTracker
from tickets.conversations import Conversation, read_conversation
from tickets.models import Priority, Status, Ticket

RESULTS = Path(__file__).resolve().parents[3] / "test-results"
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _nothing_runs_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    from integrations import tasks

    monkeypatch.setattr(tasks.sync_connection, "delay_on_commit", lambda **_key: None)
    # Few tickets and messages make several pages.
    monkeypatch.setattr(adapter, "_PAGE_SIZE", 2)
    monkeypatch.setattr(reading, "_ROWS_A_CALL", 3)


def connected(organisation: Organisation, there: RequestTracker, account: str) -> Connection:
    made = connect(
        organisation=organisation,
        kind="request_tracker",
        name="Returns desk",
        settings={
            "address": there.url,
            "token": there.tokens[account],
            "rating_field": "Rating",
        },
        since=clock.now() - timedelta(days=1),
        terms=Terms(country="NL", allows_private_address=True),
        actor=None,
    )
    start(connection=made)
    return again(made)


def run(connection: Connection) -> Connection:
    sync_connection(organisation_id=connection.organisation_id, connection_id=connection.pk)
    return again(connection)


@dataclass
class Comparison:
    """Rows of: what, there, here. Written down whether they agree or not."""

    rows: list[tuple[str, Any, Any]] = field(default_factory=list)

    def add(self, what: str, there: Any, here: Any) -> None:
        self.rows.append((what, there, here))

    @property
    def differences(self) -> list[tuple[str, Any, Any]]:
        return [row for row in self.rows if row[1] != row[2]]

    def table(self) -> str:
        lines = ["| field | Request Tracker | Kaizo | same |", "|---|---|---|---|"]
        for what, there, here in self.rows:
            shown = " | ".join(
                str(each).replace("\n", "⏎").replace("|", "/") for each in (there, here)
            )
            lines.append(f"| {what} | {shown} | {'yes' if there == here else 'NO'} |")
        return "\n".join(lines)


@pytest.fixture
def comparison(capsys: pytest.CaptureFixture[str]) -> Iterator[Comparison]:
    made = Comparison()
    yield made
    RESULTS.mkdir(exist_ok=True)
    (RESULTS / "request_tracker.md").write_text(made.table() + "\n")
    with capsys.disabled():
        print(f"\n{made.table()}\n{len(made.rows)} compared, {len(made.differences)} differ")  # noqa: T201


def moment(text: str) -> datetime | None:
    at = datetime.fromisoformat(text).astimezone(UTC)
    return None if at.year == 1970 else at


def stored(connection: Connection, number: int) -> tuple[Ticket, Conversation] | None:
    with tenant_scope(connection.organisation_id):
        found = Ticket.objects.filter(source=connection.source, external_id=str(number)).first()
        if found is None:
            return None
        return found, read_conversation(connection.organisation_id, found, revealed=True)


@dataclass
class Expected:
    """What was done to a ticket, in words of ours: (who, public, text) and changes."""

    number: int
    subject: str
    status: str
    priority: str
    requester: str
    assignee: str | None
    said: list[tuple[str, str, bool, str]]
    changes: list[tuple[str, str, str, str | None]]
    ratings: list[tuple[str, str]] = field(default_factory=list)


def compare(
    comparison: Comparison, there: RequestTracker, connection: Connection, expected: Expected
) -> None:
    """Times come from single objects and the whole history, read as the superuser: another way
    than the connector's."""
    found = stored(connection, expected.number)
    assert found is not None, f"ticket {expected.number} has not arrived"
    ticket, talk = found
    name = f"#{expected.number}"
    single = there.call("GET", f"ticket/{expected.number}")
    fields = "Type,Created"
    history = there.call("GET", f"ticket/{expected.number}/history?fields={fields}&per_page=100")
    spoken = [
        moment(one["Created"])
        for one in sorted(history["items"], key=lambda one: int(one["id"]))
        if one["Type"] in {"Create", "Correspond", "Comment"}
    ]
    comparison.add(f"{name} subject", expected.subject, talk.title)
    comparison.add(f"{name} status", expected.status, ticket.status)
    comparison.add(f"{name} priority", expected.priority, ticket.priority)
    comparison.add(f"{name} created", moment(single["Created"]), ticket.created_at)
    comparison.add(f"{name} updated", moment(single["LastUpdated"]), ticket.updated_at)
    solved = moment(single["Resolved"]) if expected.status == "solved" else None
    comparison.add(f"{name} solved", solved, ticket.solved_at)
    comparison.add(f"{name} requester", expected.requester, talk.requester)
    comparison.add(f"{name} assignee", expected.assignee, talk.assignee)
    comparison.add(f"{name} number of messages", len(expected.said), len(talk.turns))
    for index, (message, at, turn) in enumerate(
        zip(expected.said, spoken, talk.turns, strict=False), start=1
    ):
        comparison.add(f"{name} message {index} kind of author", message[0], turn.author_type)
        comparison.add(f"{name} message {index} author", message[1], turn.author)
        comparison.add(f"{name} message {index} public", message[2], turn.is_public)
        comparison.add(f"{name} message {index} text", message[3], turn.text)
        comparison.add(f"{name} message {index} sent", at, turn.sent_at)
    changes = [(one["type"], one["from"], one["to"], one["actor"]) for one in talk.events]
    comparison.add(f"{name} number of changes", len(expected.changes), len(changes))
    for index, (change, here) in enumerate(zip(expected.changes, changes, strict=False), start=1):
        comparison.add(f"{name} change {index}", in_words(change), here)
    ratings = [(one.scale, one.score) for one in talk.ratings]
    comparison.add(f"{name} ratings", expected.ratings, ratings)


def in_words(change: tuple[str, str, str, str | None]) -> tuple[str, str, str, str | None]:
    """A conversation tells of states and priorities by their names on pages."""
    kind, before, after, actor = change
    names = {"status": Status, "priority": Priority}.get(kind)
    if names is None:
        return change
    return kind, str(names(before).label), str(names(after).label), actor


SAM, ADA = "Sam Example", "Ada Example"
ROBIN, DORA = "Robin Customer", "Dora Customer"


def long_story(there: RequestTracker) -> Expected:
    """A ticket with everything: replies, a note, two owners, priority, a solve, a rating."""
    number = there.create("robin", "Parcel 🙏🏽 has not arrived", "Where is it?\nשלום & <thanks>")
    there.change("sam", number, Owner="sam")
    there.say(
        "sam", number, "correspond", "<p>It is on its <b>way</b> &amp; soon there.</p>", "text/html"
    )
    there.say("sam", number, "comment", "Carrier is late again")
    there.change("ada", number, Owner="ada")
    there.change("ada", number, Priority=60)
    there.say("robin", number, "correspond", "It is here. Danke!")
    there.change("ada", number, Status="resolved")
    there.change("ada", number, CustomFields={"Rating": "5"})
    return Expected(
        number, "Parcel 🙏🏽 has not arrived", "solved", "normal", ROBIN, ADA,
        said=[
            ("customer", ROBIN, True, "Where is it?\nשלום & <thanks>"),
            ("agent", SAM, True, "It is on its way & soon there."),
            ("agent", SAM, False, "Carrier is late again"),
            ("customer", ROBIN, True, "It is here. Danke!"),
        ],
        changes=[
            ("assignment", "", SAM, SAM),
            ("status", "new", "open", None),
            ("assignment", SAM, ADA, ADA),
            ("priority", "low", "normal", ADA),
            ("status", "open", "solved", ADA),
        ],
        ratings=[("1-5", "5")],
    )  # fmt: skip


def call_by_phone(there: RequestTracker) -> Expected:
    number = there.create(
        "sam", "Called about a lamp", "Lamp is broken", Requestor="robin@customer.example",
        Owner="ada",
    )  # fmt: skip
    there.change("ada", number, Status="stalled")
    return Expected(
        number, "Called about a lamp", "pending", "low", ROBIN, ADA,
        said=[("agent", SAM, True, "Lamp is broken")],
        changes=[("assignment", "", ADA, SAM), ("status", "new", "pending", ADA)],
    )  # fmt: skip


def one_question(there: RequestTracker, text: str) -> Expected:
    number = there.create("dora", "A question", text)
    said = [("customer", DORA, True, text)]
    return Expected(number, "A question", "new", "low", DORA, None, said, [])


def everything_that_happens(there: RequestTracker) -> dict[str, Expected]:
    rejected = one_question(there, "Win a prize")
    there.change("sam", rejected.number, Status="rejected")
    rejected.status = "closed"
    rejected.changes = [("status", "new", "closed", SAM)]
    return {
        "story": long_story(there),
        "phone": call_by_phone(there),
        "rejected": rejected,
        "double": one_question(there, "Robin's parcel, too"),
        "doomed": one_question(there, "Forget it"),
    }


def kinds_of_history(there: RequestTracker, expected: Expected) -> set[str]:
    history = there.call("GET", f"ticket/{expected.number}/history?fields=Type&per_page=100")
    return {one["Type"] for one in history["items"]}


def arrived(connection: Connection, expected: Iterable[Expected]) -> int:
    numbers = [str(each.number) for each in expected]
    with tenant_scope(connection.organisation_id):
        return Ticket.objects.filter(external_id__in=numbers).count()


def test_what_happens_in_request_tracker_is_what_is_here(organisation, there, comparison) -> None:
    happened = everything_that_happens(there)
    assert "EmailRecord" in kinds_of_history(there, happened["story"]), "no copies of mails"
    connection = run(connected(organisation, there, "kaizo"))
    assert (connection.state, connection.problem) == (Connection.State.LIVE, "")
    for expected in happened.values():
        compare(comparison, there, connection, expected)
    comparison.add("tickets", 5, arrived(connection, happened.values()))
    with tenant_scope(organisation.pk):
        [backfill] = SyncRun.objects.all()
    comparison.add("set aside", 0, backfill.set_aside)
    comparison.add("unknown fields", {}, backfill.unknown_fields)
    assert backfill.pages >= 3
    connection = merge_and_reply(comparison, there, connection, happened)
    delete(comparison, there, connection, happened["doomed"])
    comparison.add("tickets in the end", 3, arrived(connection, happened.values()))
    assert comparison.differences == []


def merge_and_reply(
    comparison: Comparison,
    there: RequestTracker,
    connection: Connection,
    happened: dict[str, Expected],
) -> Connection:
    """What was said in the ticket that is merged away stands in the other one, in its place."""
    story, double = happened["story"], happened["double"]
    there.change("sam", double.number, MergeInto=story.number)
    there.say("robin", story.number, "correspond", "One more thing")
    reopened = replace(
        story,
        status="open",
        said=[*story.said, *double.said, ("customer", ROBIN, True, "One more thing")],
        changes=[*story.changes, ("status", "solved", "open", None)],
    )
    connection = run(connection)
    compare(comparison, there, connection, reopened)
    comparison.add(f"#{double.number} merged away", None, stored(connection, double.number))
    return connection


def delete(
    comparison: Comparison, there: RequestTracker, connection: Connection, doomed: Expected
) -> None:
    """No search tells of it: the weekly comparison does."""
    there.call("DELETE", f"ticket/{doomed.number}")
    run(connection)
    name = f"#{doomed.number} deleted"
    comparison.add(f"{name}, before the week is over", 1, arrived(connection, [doomed]))
    reconcile(organisation_id=connection.organisation_id, connection_id=connection.pk)
    comparison.add(f"{name}, afterwards", 0, arrived(connection, [doomed]))


def test_reading_again_changes_nothing(organisation, there) -> None:
    one_question(there, "Am I read twice?")
    connection = run(connected(organisation, there, "kaizo"))
    with tenant_scope(organisation.pk):
        before = sorted(Ticket.objects.values_list("pk", "message_count", "updated_at"))
    run(connection)
    with tenant_scope(organisation.pk):
        assert sorted(Ticket.objects.values_list("pk", "message_count", "updated_at")) == before


def test_replies_behind_pages_that_we_may_not_see_arrive(organisation, there) -> None:
    """Rows are taken out after pages are cut: with three a page, the second one comes empty."""
    question = one_question(there, "Is anybody there?")
    for number in range(5):
        there.say("sam", question.number, "comment", f"Note {number}")
    there.say("dora", question.number, "correspond", "Hello?")
    found = stored(run(connected(organisation, there, "noteless")), question.number)
    assert found is not None
    assert [turn.text for turn in found[1].turns] == ["Is anybody there?", "Hello?"]


def test_an_account_in_another_zone_reads_nothing(organisation, there) -> None:
    one_question(there, "What time is it?")
    connection = run(connected(organisation, there, "newyork"))
    assert connection.problem == "clock_skew"
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 0


def test_a_token_that_ended_is_noticed(organisation, other_organisation, there) -> None:
    assert check(connected(organisation, there, "kaizo")).name == "kaizo"
    there.tokens["over"] = there.tokens["kaizo"][:-4] + "0000"
    connection = run(connected(other_organisation, there, "over"))
    assert connection.state == Connection.State.NEEDS_AUTHORISATION
