"""Whatever a payload holds, mapping ends in a record or in a reason."""

from __future__ import annotations

import json
from collections import Counter
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from integrations.base import Faulty
from integrations.helpdesks import replies
from integrations.helpdesks.zendesk import payloads
from integrations.helpdesks.zendesk.directory import Directory
from integrations.helpdesks.zendesk.mapping import (
    channel_of,
    is_deleted,
    map_deleted,
    map_ticket,
)
from integrations.helpdesks.zendesk.payloads import (
    Audit,
    AuditEvent,
    CustomField,
    SatisfactionRating,
    Source,
    Ticket,
    User,
    Via,
)
from tickets.contracts import Channel, Status, TicketRecord

MOMENT = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)

ids = st.integers(-1, 12) | st.none()
words = st.sampled_from([
    "new", "open", "solved", "deleted", "urgent", "status", "assignee_id", "priority", "Comment",
    "Change", "Create", "CommentPrivacyChange", "SatisfactionRating", "satisfaction_score", "good",
    "offered", "merge", "rule", "email", "answer_bot", "SCRUBBED", "X", "", "\x00", "3",
])  # fmt: skip
texts = (words | st.text(max_size=20)) | st.none()
anything = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001 - bounds
vias = st.none() | st.builds(
    Via, channel=st.none() | st.integers(0, 80) | words, source=st.builds(Source, rel=texts)
)
audit_events = st.builds(
    AuditEvent,
    type=words,
    id=ids,
    author_id=ids,
    via=vias,
    body=texts,
    html_body=texts,
    plain_body=texts,
    public=st.none() | st.booleans(),
    comment_id=ids,
    field_name=texts,
    value=anything,
    previous_value=anything,
    score=texts,
)
audits = st.lists(
    st.builds(
        Audit,
        created_at=moments,
        author_id=ids,
        via=vias,
        events=st.lists(audit_events, max_size=4),
    ),
    max_size=4,
)
tickets = st.builds(
    Ticket,
    id=st.integers(1, 10**12),
    status=words,
    created_at=moments,
    updated_at=moments,
    generated_timestamp=st.none() | st.integers(-(10**18), 10**18),
    subject=texts,
    raw_subject=texts,
    description=texts,
    priority=texts,
    via=vias,
    requester_id=ids,
    assignee_id=ids,
    group_id=ids,
    tags=st.lists(words, max_size=3),
    custom_fields=st.lists(
        st.builds(CustomField, id=st.integers(1, 4), value=anything), max_size=4
    ),
    satisfaction_rating=st.none() | st.builds(SatisfactionRating, score=texts, comment=texts),
)
directories = st.builds(
    Directory,
    users=st.dictionaries(
        st.integers(1, 12),
        st.builds(
            User,
            id=st.just(1),
            name=texts,
            role=st.sampled_from(["agent", "admin", "end-user", None]),
            active=st.booleans(),
            default_group_id=ids,
        ),
        max_size=6,
    ),
    groups=st.dictionaries(st.integers(1, 12), words, max_size=3),
    titles=st.dictionaries(st.integers(1, 4), words, max_size=3),
)


def ticket(**given_fields: object) -> Ticket:
    fields: dict[str, object] = {
        "id": 7,
        "status": "open",
        "created_at": MOMENT,
        "updated_at": MOMENT,
        "requester_id": 1,
        **given_fields,
    }
    return Ticket(**fields)


@settings(max_examples=150, deadline=None)
@given(tickets, audits, directories)
def test_any_ticket_becomes_a_record_or_a_reason(row, history, directory):
    outcome = map_deleted(row) if is_deleted(row) else map_ticket(row, history, directory)
    assert outcome == (map_deleted(row) if is_deleted(row) else map_ticket(row, history, directory))
    if isinstance(outcome, Faulty):
        assert outcome.external_id == str(row.id)
        return
    # What was made can be stored and read back.
    assert msgspec.json.decode(msgspec.json.encode(outcome), type=TicketRecord) == outcome
    sent = [message.sent_at for message in outcome.messages]
    assert sent == sorted(sent)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(st.sampled_from([*Ticket.__struct_fields__, "novelty"]), anything))
def test_any_object_is_decoded_or_refused_without_its_values(value):
    raw = msgspec.Raw(json.dumps(value).encode())
    unknown: Counter[str] = Counter()
    payloads.count_unknown(raw, unknown)
    assert dict(unknown) == ({"novelty": 1} if "novelty" in value else {})
    try:
        payloads.read_ticket(raw)
    except replies.DECODE_ERRORS as error:
        field = replies.fault(error).partition(":")[0]
        assert field == "the record" or field.partition(".")[0].partition("[")[0] in value


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(codec=None), max_size=30))
def test_mended_json_is_storable_and_keeps_all_else(text):
    body = json.dumps({"text": text}).encode()  # lone halves of characters become escapes
    mended = json.loads(replies.mend(body))["text"]
    expected = text.encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    assert "\x00" not in mended
    mended.encode()
    assert mended.replace("\ufffd", "") == expected.replace("\x00", "").replace("\ufffd", "")


def test_an_escaped_backslash_before_a_u_is_left_alone():
    body = rb'{"a": "C:\\u0000 \\ud83d", "b": "\u0000"}'
    assert json.loads(replies.mend(body)) == {"a": r"C:\u0000 \ud83d", "b": ""}


@pytest.mark.parametrize(
    ("channel", "expected"),
    [
        ("email", Channel.EMAIL),
        (4, Channel.EMAIL),
        ("chat", Channel.CHAT),
        ("whatsapp", Channel.MESSAGING),
        ("voice", Channel.PHONE),
        ("twitter_dm", Channel.SOCIAL),
        ("web", Channel.WEB),
        ("a channel of next year", Channel.WEB),
        (None, Channel.WEB),
    ],
)
def test_channels(channel, expected):
    assert channel_of(ticket(via=Via(channel=channel))) is expected


def test_a_ticket_of_that_title_is_not_scrubbed_by_it():
    assert not is_deleted(ticket(raw_subject="SCRUBBED", description="Please help"))
    assert is_deleted(ticket(raw_subject="SCRUBBED", description="X"))


def test_an_unknown_status_is_set_aside():
    outcome = map_ticket(ticket(status="frozen"), [], Directory())
    assert outcome == Faulty("7", "status: is not one we know")


def test_fields_of_one_title_keep_their_ids():
    row = ticket(custom_fields=[CustomField(1, "a"), CustomField(2, 3), CustomField(3, {"b": 1})])
    outcome = map_ticket(row, [], Directory(titles={1: "Shop", 2: "Shop"}))
    assert isinstance(outcome, TicketRecord)
    assert outcome.fields == {"Shop (1)": "a", "Shop (2)": 3}


def test_a_solve_is_dated_by_its_event_when_the_metrics_are_missing():
    solve = AuditEvent(type="Change", field_name="status", previous_value="open", value="solved")
    history = [Audit(created_at=MOMENT, author_id=1, events=[solve])]
    outcome = map_ticket(ticket(status=Status.SOLVED.value), history, Directory())
    assert isinstance(outcome, TicketRecord)
    assert outcome.solved_at == MOMENT


def test_an_agent_who_asks_is_a_customer_in_their_own_ticket():
    staff = Directory(users={1: User(id=1, name="Sam Example", role="agent")})
    said = AuditEvent(type="Comment", id=5, author_id=1, body="My laptop is broken", public=True)
    outcome = map_ticket(ticket(), [Audit(created_at=MOMENT, author_id=1, events=[said])], staff)
    assert isinstance(outcome, TicketRecord)
    assert str(outcome.messages[0].author.type) == "customer"
