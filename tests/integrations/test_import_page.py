"""The upload page: who may, what happens to the file, progress, report, cancelling."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from integrations import services, uploads
from integrations.models import ImportRun
from integrations.tasks import look_after_uploads, run_import
from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.errors import Conflict
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from tests.integrations.files import NOW, TICKET, as_line, ticket
from tickets.models import Ticket

pytestmark = pytest.mark.django_db

SECRET = b"Where is order 10-4471?"


@pytest.fixture(autouse=True)
def _now() -> Iterator[None]:
    with time_machine.travel(NOW, tick=True):
        yield


@pytest.fixture(autouse=True)
def media(settings, tmp_path: Path) -> Path:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path


@pytest.fixture
def admin(member: Callable[[Role], Membership]) -> Membership:
    return member(Role.ADMIN)


@pytest.fixture
def browser(sign_in: Callable[[User], Client], admin: Membership) -> Client:
    return sign_in(admin.user)


@pytest.fixture
def list_url(organisation: Organisation) -> str:
    return reverse("integrations:import_list", args=[organisation.slug])


def upload(browser: Client, url: str, content: bytes, name: str = "tickets.jsonl"):
    file = io.BytesIO(content)
    file.name = name
    return browser.post(url, {"file": file})


def start(organisation: Organisation, admin: Membership, content: bytes) -> ImportRun:
    return services.start_import(organisation=organisation, chunks=[content], actor=admin)


def work(run: ImportRun) -> ImportRun:
    """What the worker does, twice: the second time must change nothing."""
    run_import(organisation_id=run.organisation_id, run_id=run.pk)
    with tenant_scope(run.organisation_id):
        once = ImportRun.objects.filter(pk=run.pk).values().get()
    run_import(organisation_id=run.organisation_id, run_id=run.pk)
    with tenant_scope(run.organisation_id):
        assert ImportRun.objects.filter(pk=run.pk).values().get() == once
        return ImportRun.objects.get(pk=run.pk)


@pytest.mark.parametrize("role", [Role.OWNER, Role.ADMIN])
def test_admins_may_import(role, member, sign_in, list_url):
    assert sign_in(member(role).user).get(list_url).status_code == 200


@pytest.mark.parametrize(
    "role", [Role.PRIVACY_OFFICER, Role.TEAM_LEAD, Role.REVIEWER, Role.AGENT, Role.AUDITOR]
)
def test_others_may_not(role, member, sign_in, list_url):
    browser = sign_in(member(role).user)
    assert browser.get(list_url).status_code == 403
    assert upload(browser, list_url, as_line(TICKET)).status_code == 403


def test_an_upload_runs_to_its_end(browser, list_url, organisation, media):
    response = upload(browser, list_url, as_line(TICKET) + b"{oops\n")

    with tenant_scope(organisation.pk):
        run = ImportRun.objects.get()
    assert response.url.endswith(f"/imports/{run.public_id}/")
    run = work(run)
    assert (run.state, run.tickets_created, run.messages_created) == ("done", 1, 2)
    assert (run.set_aside, run.position) == (1, run.size)
    with tenant_scope(organisation.pk):
        assert Ticket.objects.count() == 1
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_the_file_is_unreadable_while_it_waits(organisation, admin, media):
    start(organisation, admin, as_line(TICKET))

    (path,) = (path for path in media.rglob("*") if path.is_file())
    assert SECRET not in path.read_bytes()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_file_of_many_frames_comes_back_whole(organisation):
    content = bytes(range(256)) * 20_000
    pieces = [content[:7], content[7:3_000_000], content[3_000_000:]]

    name, size = uploads.store_upload(organisation.pk, pieces)

    with uploads.open_upload(organisation.pk, name) as stream:
        assert stream.read() == content
    assert size == len(content)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "empty"),
        (b"PK\x03\x04" + bytes(100), "workbook"),
        (b"ticket_id,subject\n1,x\n", "lacks the columns"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_once(browser, list_url, media, content, words):
    response = upload(browser, list_url, content)

    assert response.status_code == 422
    assert words in response.content.decode()
    assert not [path for path in media.rglob("*") if path.is_file()]


def test_without_a_file_the_form_says_so(browser, list_url):
    assert browser.post(list_url).status_code == 422


def test_progress_is_polled_until_the_import_has_ended(browser, organisation, admin):
    run = start(organisation, admin, as_line(TICKET))
    url = reverse("integrations:import_detail", args=[organisation.slug, run.public_id])

    waiting = browser.get(url, headers={"HX-Request": "true"})
    assert waiting.status_code == 200
    assert "<html" not in waiting.content.decode()
    work(run)
    ended = browser.get(url, headers={"HX-Request": "true"})
    assert ended.status_code == 286
    whole = browser.get(url)
    assert whole.status_code == 200
    assert "every 2s" not in whole.content.decode()


def test_the_report_names_lines_and_reasons_only(browser, organisation, admin):
    bad = ticket(channel="robin@customer.example")
    run = work(start(organisation, admin, as_line(bad)))
    url = reverse("integrations:import_report", args=[organisation.slug, run.public_id])

    report = browser.get(url).content.decode()

    assert report.splitlines()[0] == "line,reason"
    assert report.splitlines()[1].startswith('1,"channel: must be one of')
    assert "robin" not in report


def test_the_history_shows_counts(browser, list_url, organisation, admin):
    assert "No imports yet" in browser.get(list_url).content.decode()
    work(start(organisation, admin, as_line(TICKET)))

    page = browser.get(list_url).content.decode()

    assert admin.user.name in page
    assert "Done" in page


def test_a_stranger_sees_nothing_of_it(sign_in, other_organisation, organisation, admin):
    from tests import factories

    run = start(organisation, admin, as_line(TICKET))
    stranger = factories.membership(other_organisation, Role.OWNER)
    browser = sign_in(stranger.user)

    here = reverse("integrations:import_detail", args=[organisation.slug, run.public_id])
    there = reverse("integrations:import_detail", args=[other_organisation.slug, run.public_id])

    assert browser.get(here).status_code == 404
    assert browser.get(there).status_code == 404


def test_cancelling_stops_the_import_and_deletes_the_file(browser, organisation, admin, media):
    run = start(organisation, admin, as_line(TICKET))
    url = reverse("integrations:import_cancel", args=[organisation.slug, run.public_id])

    assert browser.post(url).status_code == 302

    assert work(run).state == "cancelled"
    assert not [path for path in media.rglob("*") if path.is_file()]
    with tenant_scope(organisation.pk):
        assert not Ticket.objects.exists()
    assert browser.post(url).status_code == 409


def test_an_ended_import_cannot_be_cancelled(organisation, admin):
    run = work(start(organisation, admin, as_line(TICKET)))

    with pytest.raises(Conflict):
        services.cancel_import(run=run, actor=admin)


def test_a_crashed_import_goes_on_behind_its_last_page(organisation, admin, monkeypatch):
    monkeypatch.setattr("integrations.imports.PAGE_SIZE", 2)
    content = b"".join(as_line(ticket(id=f"T-{n}")) for n in range(5))
    run = start(organisation, admin, content)
    real = services.store_page
    calls = []

    def crash_on_the_second(organisation_id, page):
        calls.append(page)
        if len(calls) == 2:
            raise MemoryError
        return real(organisation_id, page)

    monkeypatch.setattr(services, "store_page", crash_on_the_second)
    with pytest.raises(MemoryError):
        services.run_import(organisation_id=organisation.pk, run_id=run.pk)

    services.run_import(organisation_id=organisation.pk, run_id=run.pk)
    assert len(calls) == 2, "a run that was seen a moment ago is not taken up"

    with time_machine.travel(NOW + timedelta(minutes=10), tick=True):
        services.run_import(organisation_id=organisation.pk, run_id=run.pk)
    with tenant_scope(organisation.pk):
        run = ImportRun.objects.get(pk=run.pk)
        assert Ticket.objects.count() == 5
    assert (run.state, run.tickets_created, run.tickets_unchanged) == ("done", 5, 0)


def test_an_import_whose_worker_is_gone_is_taken_up_by_itself(
    organisation, admin, django_capture_on_commit_callbacks
):
    run = start(organisation, admin, as_line(TICKET))
    with tenant_scope(organisation.pk):
        ImportRun.objects.filter(pk=run.pk).update(
            state="running", attempt=1, seen_at=NOW - timedelta(minutes=6)
        )

    with django_capture_on_commit_callbacks(execute=True):
        look_after_uploads()

    with tenant_scope(organisation.pk):
        run = ImportRun.objects.get(pk=run.pk)
    assert (run.state, run.tickets_created, run.attempt) == ("done", 1, 2)


def test_an_import_that_keeps_crashing_is_given_up(organisation, admin):
    run = start(organisation, admin, as_line(TICKET))
    with tenant_scope(organisation.pk):
        ImportRun.objects.filter(pk=run.pk).update(attempt=services.MAX_ATTEMPTS)

    assert work(run).state == "failed"


def test_an_expired_file_fails_the_import_in_words(organisation, admin, media):
    run = start(organisation, admin, as_line(TICKET))
    with time_machine.travel(NOW + timedelta(days=400), tick=True):
        look_after_uploads()
    run = work(run)

    assert (run.state, run.error) == (
        "failed",
        "The uploaded file has been deleted. Upload it again.",
    )


def test_the_template_downloads_as_csv(browser, organisation):
    response = browser.get(reverse("integrations:import_template", args=[organisation.slug]))

    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert response.content.startswith(b"ticket_id,")
