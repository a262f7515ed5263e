"""From a verified request to a copy: what starts it, what it waits for, what stops it."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from kaizo.accounts.models import Organisation
from kaizo.core.tenancy import tenant_scope
from privacy.registry import Personal, registry
from privacy.rights import requests
from privacy.rights.export import collecting, delivery, running, spool
from privacy.rights.export.models import ExportPackage, ExportPart
from privacy.rights.export.sections import TablePart
from privacy.rights.hooks import hooks
from privacy.rights.models import Decision, RequestStatus, RightsRequest
from privacy.rights.requests import NotVerified
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures
from tickets.models import Message

pytestmark = pytest.mark.django_db
TICKETS = 9


@pytest.fixture
def person(organisation: Organisation) -> Any:
    erasures.ingest(organisation, *erasures.records(TICKETS))
    factories.check_texts(organisation)
    return erasures.customer(organisation).subject_id


def status(organisation: Organisation, package: ExportPackage) -> str:
    return copies.again(organisation, package).request.status


def test_a_copy_is_planned_written_checked_and_granted(
    organisation: Organisation, person: Any
) -> None:
    package = copies.make(organisation, person)

    assert package.request.status == RequestStatus.VERIFIED_DONE
    assert package.request.decision == Decision.GRANTED
    opened = copies.opened(organisation, package)
    manifest = opened.json("manifest.json")
    counts = {part["name"]: part for part in manifest["parts"]}
    assert counts["tickets_ticket"]["planned"] == counts["tickets_ticket"]["written"] == TICKETS
    assert counts["tickets_message"]["written"] == 2 * TICKETS
    assert all(p["planned"] == p["written"] + p["omitted"] for p in manifest["parts"])


def test_the_manifest_names_every_file_with_its_digest(
    organisation: Organisation, person: Any
) -> None:
    import hashlib

    opened = copies.opened(organisation, copies.make(organisation, person))

    files = opened.json("manifest.json")["files"]
    assert files.keys() == opened.files.keys() - {"manifest.json"}
    for name, listed in files.items():
        assert listed["sha256"] == hashlib.sha256(opened.files[name]).hexdigest()
        assert listed["bytes"] == len(opened.files[name])


def test_f13_nothing_is_made_for_a_request_that_nobody_has_verified(
    organisation: Organisation, person: Any
) -> None:
    with tenant_scope(organisation.pk):
        request = requests.receive_request(kind="access", channel="mail", subject_id=person)
    with pytest.raises(NotVerified):
        copies.begin(organisation, request)
    with tenant_scope(organisation.pk):
        package = ExportPackage.objects.create(organisation=organisation, request=request)
    copies.run(organisation, package)
    assert not spool.folder_of(package).exists()

    with tenant_scope(organisation.pk):
        package.delete()
        requests.verify_request(request, how="staff", subject_ids=[person])
    made = copies.run(organisation, copies.begin(organisation, request))
    assert made.state == ExportPackage.State.READY


def test_verifying_a_request_queues_its_copy(
    organisation: Organisation, person: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        request = copies.ask(organisation, person)
    with tenant_scope(organisation.pk):
        assert ExportPackage.objects.get(request=request).state == ExportPackage.State.READY


def test_a_copy_waits_until_every_text_has_been_read(organisation: Organisation) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    package = copies.make(organisation, erasures.customer(organisation).subject_id)
    assert package.request.status == RequestStatus.WAITING
    assert package.request.waiting_for == ["texts"]
    assert not copies.again(organisation, package).passphrase

    factories.check_texts(organisation)
    assert copies.run(organisation, package).request.status == RequestStatus.VERIFIED_DONE


def test_a_field_that_cannot_be_shown_blocks_the_copy(
    organisation: Organisation, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever forgets to say how a text is read gets no copy rather than half of one."""
    monkeypatch.delitem(hooks.texts, "tickets.Message.body")
    keyless = Personal("content.message", sensitive=True, free_text=True)
    monkeypatch.setitem(registry.personal[Message].fields, "body", keyless)

    package = copies.make(organisation, person)
    assert package.request.status == RequestStatus.BLOCKED
    assert package.problem == "tickets.Message.body"
    assert package.state == ExportPackage.State.COLLECTING

    monkeypatch.undo()
    with tenant_scope(organisation.pk):
        running.resume(package.request, actor_user_id=None)
    assert copies.run(organisation, package).request.status == RequestStatus.VERIFIED_DONE


def test_two_ways_of_counting_that_disagree_block_the_copy(
    organisation: Organisation, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    plain = TablePart.count

    def one_more(part: TablePart) -> int:
        return plain(part) + (part.label == "tickets.Message")

    monkeypatch.setattr(TablePart, "count", one_more)
    package = copies.make(organisation, person)
    assert package.request.status == RequestStatus.BLOCKED
    assert package.problem == "tickets.Message"


class Killed(BaseException):
    """What is left when a worker is."""


def test_the_work_goes_on_where_it_was_killed(
    organisation: Organisation, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "CHUNK", 4)
    plain = spool.Spool.append
    written: list[str] = []

    def die(self: Any, name: str, *about: Any, **more: Any) -> int:
        length = plain(self, name, *about, **more)
        written.append(name)
        if sum(each.endswith("records") for each in written) == 7:
            raise Killed
        return length

    monkeypatch.setattr(spool.Spool, "append", die)
    package = copies.begin(organisation, copies.ask(organisation, person))
    with pytest.raises(Killed):
        copies.run(organisation, package)
    monkeypatch.setattr(spool.Spool, "append", plain)

    done = copies.run(organisation, package)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    opened = copies.opened(organisation, done)
    numbers = [row["record"] for row in opened.table("tickets.Message")]
    assert len(numbers) == len(set(numbers)) == 2 * TICKETS


def test_a_run_ends_when_its_time_is_over_and_the_next_one_goes_on(
    organisation: Organisation, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(collecting, "CHUNK", 2)
    package = copies.begin(organisation, copies.ask(organisation, person))
    runs = 1
    while not running.run_copy(organisation_id=organisation.pk, package_id=package.pk, seconds=0.0):
        runs += 1
        assert runs < 500
    assert runs > 1
    assert status(organisation, package) == RequestStatus.VERIFIED_DONE


def test_a_second_worker_gets_nothing(organisation: Organisation, person: Any) -> None:
    package = copies.begin(organisation, copies.ask(organisation, person))
    assert running._claim(organisation.pk, package.pk) is not None
    assert running._claim(organisation.pk, package.pk) is None


def test_working_files_are_encrypted_and_gone_when_the_archive_is_there(
    organisation: Organisation, person: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = copies.begin(organisation, copies.ask(organisation, person))
    monkeypatch.setattr(running, "pack", _fail)
    with pytest.raises(Killed):
        copies.run(organisation, package)
    files = list(spool.folder_of(package).iterdir())
    assert len(files) > 2
    assert not any(b"parcel" in path.read_bytes() for path in files)
    monkeypatch.undo()

    copies.run(organisation, package)
    assert [path.name for path in spool.folder_of(package).iterdir()] == [spool.ARCHIVE]


def _fail(*_about: Any) -> None:
    raise Killed


def test_nobody_who_is_being_erased_is_copied_and_an_erasure_takes_copies_along(
    organisation: Organisation, person: Any
) -> None:
    package = copies.make(organisation, person)
    assert spool.folder_of(package).exists()
    waiting = copies.begin(organisation, copies.ask(organisation, person))

    with tenant_scope(organisation.pk):
        from privacy.models import Subject

        Subject.objects.filter(pk=person).update(state="erasing")
    assert copies.run(organisation, waiting).request.status == RequestStatus.BLOCKED
    with tenant_scope(organisation.pk):
        Subject.objects.filter(pk=person).update(state="active")

    plan = erasures.erase(organisation, [person])
    assert plan.request.status == RequestStatus.VERIFIED_DONE
    assert erasures.steps(organisation, plan)["store copies"][0] == "done"
    assert copies.again(organisation, package).state == ExportPackage.State.DELETED
    assert copies.again(organisation, waiting).state == ExportPackage.State.DELETED

    with tenant_scope(organisation.pk):
        blocked = RightsRequest.objects.get(pk=waiting.request_id)
        anew = running.resume(blocked, actor_user_id=None)
    done = copies.run(organisation, anew)
    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert not copies.opened(organisation, done).table("tickets.Message")


def test_a_person_of_whom_nothing_is_kept_gets_that_answer(organisation: Organisation) -> None:
    package = copies.make(organisation)
    opened = copies.opened(organisation, package)
    assert "Nothing about you is kept here." in opened.files["index.html"].decode()
    assert package.request.status == RequestStatus.VERIFIED_DONE


def test_a_portable_copy_holds_what_the_person_handed_over_and_no_more(
    organisation: Organisation, person: Any
) -> None:
    opened = copies.opened(organisation, copies.make(organisation, person, kind="portability"))

    assert {row["body"] for row in opened.table("tickets.Message")} == {"Where is my parcel?"}
    assert all(set(row) == {"record", "as", "ticket", "body"} for row in
               opened.table("tickets.Message"))  # fmt: skip
    [customer] = opened.table("tickets.Customer")
    assert customer["profile"]["email"] == "dora1@post.example"
    names = {part["name"] for part in opened.json("manifest.json")["parts"]}
    assert "scores" not in names
    assert "tickets_ticketevent" not in names


def test_how_many_statements_a_copy_takes_does_not_grow_with_its_rows(
    organisation: Organisation, person: Any
) -> None:
    _statements(organisation, person)  # earlier copies are rows as well, in tables of their own
    few = _statements(organisation, person)
    erasures.ingest(organisation, *erasures.records(3 * TICKETS))
    factories.check_texts(organisation)
    assert abs(_statements(organisation, person) - few) <= 5


def _statements(organisation: Organisation, person: Any) -> int:
    package = copies.begin(organisation, copies.ask(organisation, person))
    with CaptureQueriesContext(connection) as queries:
        done = copies.run(organisation, package)
    assert done.state == ExportPackage.State.READY
    return len(queries)


def test_a_deleted_copy_leaves_no_file_and_closes_the_request(
    organisation: Organisation, person: Any, django_capture_on_commit_callbacks: Any
) -> None:
    package = copies.make(organisation, person)
    with django_capture_on_commit_callbacks(execute=True), tenant_scope(organisation.pk):
        delivery.delete_copy(copies.again(organisation, package))
    assert not spool.folder_of(package).exists()
    with tenant_scope(organisation.pk):
        assert RightsRequest.objects.get().status == RequestStatus.CLOSED
        assert ExportPart.objects.exists()
