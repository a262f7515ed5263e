"""Somebody without an account asks for a right, and proves that it is theirs."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import uuid4

import pytest
import time_machine
from django.core import mail
from django.test import Client

from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy.rights import requests, words
from privacy.rights.correspondence.services import letters_of
from privacy.rights.models import RefusalGround, RequestStatus, RightsRequest, Verification
from privacy.rights.portal.services import ATTEMPTS
from tests import factories
from tests.privacy.rights import erasures
from tickets.contracts import PersonRecord
from tickets.services import ingest_tickets

pytestmark = pytest.mark.django_db
KNOWN, UNKNOWN = "robin@post.example", "nobody@post.example"


@pytest.fixture
def written_in(organisation):
    """Robin has written in once, about ticket 77."""
    record = factories.ticket_record(
        id="77", requester=PersonRecord(id="c77", name="Robin Reed", email=KNOWN)
    )
    ingest_tickets(organisation_id=organisation.pk, source="file", records=[record])


@pytest.fixture
def visit(organisation):
    client = Client()

    def go(path="", data=None, **headers):
        url = path if path.startswith("/") else f"/p/{organisation.slug}/{path}"
        return client.get(url, **headers) if data is None else client.post(url, data, **headers)

    return go


@pytest.fixture
def ask(visit, django_capture_on_commit_callbacks):
    """Send a request; the path of the link in the mail that follows."""

    def send(kind="erasure", contact=KNOWN, **fields):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            response = visit(f"ask/{kind}/", {"contact": contact, "message": "Please.", **fields})
        assert response.status_code == 302
        return re.search(r"https?://[^/\s]+(/p/\S+)", mail.outbox[0].body)[1]

    return send


def only(organisation):
    with tenant_scope(organisation.pk):
        return RightsRequest.objects.get()


@pytest.mark.promise("KF-09-04")
def test_a_request_is_confirmed_by_link_and_fact(organisation, written_in, visit, ask):
    link = ask()
    assert only(organisation).status == RequestStatus.VERIFYING
    assert visit(link).status_code == 200
    assert only(organisation).status == RequestStatus.VERIFYING  # opening is not confirming
    response = visit(link, {"fact": "#77"})
    request = only(organisation)
    assert response.url.endswith(f"/requests/{request.public_id}/")
    assert (request.status, request.verification) == (
        RequestStatus.VERIFIED, Verification.LINK_AND_FACT,
    )  # fmt: skip
    assert request.subject_id is not None
    assert visit(response.url).status_code == 200
    assert visit(link).status_code == 410  # it works once


def test_the_answer_is_the_same_for_a_known_and_an_unknown_address(
    organisation, written_in, visit, django_capture_on_commit_callbacks
):
    seen = []
    for contact in (KNOWN, UNKNOWN):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            response = visit("ask/access/", {"contact": contact, "message": ""})
        body = re.sub(r"/link/\S+", "", mail.outbox[0].body)
        seen.append((response.status_code, response.url, mail.outbox[0].subject, body))
    assert seen[0] == seen[1]


@pytest.mark.promise("KF-09-04")
def test_an_unknown_person_is_told_only_behind_the_link(organisation, written_in, visit, ask):
    visit(ask(contact=UNKNOWN), {"fact": ""})
    request = only(organisation)
    assert (request.status, request.subject_id) == (RequestStatus.VERIFIED, None)


def test_three_wrong_facts_end_the_link(organisation, written_in, visit, ask):
    link = ask()
    for left in reversed(range(ATTEMPTS)):
        assert visit(link, {"fact": "78"}).status_code == (422 if left else 410)
    assert visit(link, {"fact": "77"}).status_code == 410
    assert only(organisation).status == RequestStatus.VERIFYING


def test_whoever_knows_no_fact_is_checked_by_staff(organisation, written_in, visit, ask):
    response = visit(ask(), {"fact": "", "skip": "1"})
    assert "/requests/" in response.url
    assert only(organisation).status == RequestStatus.VERIFYING


def test_a_link_lives_ten_minutes(organisation, written_in, visit, ask):
    link = ask("restriction")
    with time_machine.travel(clock.now() + timedelta(minutes=11), tick=False):
        assert visit(link, {}).status_code == 410
    assert visit(link, {}).status_code == 302


def test_a_forged_or_foreign_link_opens_nothing(
    organisation, other_organisation, written_in, visit, ask
):
    link = ask()
    assert visit(link.replace(organisation.slug, other_organisation.slug)).status_code == 410
    assert visit(link[:-2] + "x/").status_code == 410


def test_f13_a_duplicate_is_linked_and_still_has_to_be_confirmed(
    organisation, written_in, visit, ask
):
    """A published advisory: duplicates lost their check of identity and could be approved."""
    visit(ask(), {"fact": "77"})
    ask()
    with tenant_scope(organisation.pk):
        first, second = RightsRequest.objects.order_by("pk")
        assert second.duplicate_of == first
        assert second.status == RequestStatus.VERIFYING
        with pytest.raises(requests.NotVerified):
            requests.require_verified(second)


def test_asking_too_often_is_refused_for_anybody(organisation, visit):
    for _ in range(5):
        assert visit("ask/access/", {"contact": UNKNOWN}).status_code == 302
    assert visit("ask/access/", {"contact": UNKNOWN}).status_code == 429


def test_nobody_sees_a_request_without_its_mailbox(organisation, written_in, visit, ask):
    visit(ask(), {"fact": "77"})
    request = only(organisation)
    path = f"/p/{organisation.slug}/requests/{request.public_id}/"
    assert visit(path).status_code == 200
    for there in (path, f"/p/{organisation.slug}/requests/{uuid4()}/"):
        answer = Client().get(there)
        assert answer.headers["Location"] == f"/p/{organisation.slug}/see/"


def test_a_refusal_names_its_ground_and_can_be_appealed(
    organisation, member, written_in, visit, ask
):
    visit(ask(), {"fact": "77"})
    with tenant_scope(organisation.pk):
        request = RightsRequest.objects.get()
        requests.refuse_request(
            request,
            ground=RefusalGround.CLAIMS,
            text="There is a lawsuit.",
            proposed_by_id=902,
            actor_user_id=1,
        )
    path = f"requests/{request.public_id}/"
    shown = visit(path).content.decode()
    assert "Art. 17(3)(e)" in shown
    assert "There is a lawsuit." in shown
    assert visit(f"{path}appeal/", {"text": "It ended long ago."}).status_code == 302
    with tenant_scope(organisation.pk):
        request = RightsRequest.objects.get()
        assert request.status == RequestStatus.APPEALED
        assert words.read(request, "appeal_text") == "It ended long ago."


def test_requests_are_found_again_by_mail_and_nobody_learns_of_them(
    organisation, written_in, visit, ask, django_capture_on_commit_callbacks
):
    ask()
    for contact, mails in ((KNOWN, 1), (UNKNOWN, 0)):
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            response = visit("see/", {"contact": contact})
        assert (response.status_code, len(mail.outbox)) == (302, mails)


def test_words_and_address_are_stored_encrypted(organisation, visit):
    visit("ask/rectification/", {"contact": UNKNOWN, "message": "My name is Rolf."})
    request = only(organisation)
    assert b"Rolf" not in bytes(request.message)
    with tenant_scope(organisation.pk):
        assert words.read(request, "message") == "My name is Rolf."
        assert words.read(request, "contact") == UNKNOWN


@pytest.mark.parametrize(
    ("language", "title"),
    [("en", "Erase my data"), ("nl", "Mijn gegevens wissen"), ("de", "Meine Daten löschen")],
)
def test_the_portal_speaks_the_reader_s_language(organisation, visit, language, title):
    shown = visit("", HTTP_ACCEPT_LANGUAGE=f"{language},en;q=0.5").content.decode()
    assert f'lang="{language}"' in shown
    assert title in shown
    assert title in visit(f"?lang={language}").content.decode()


def test_an_erased_person_reads_the_certificate(organisation, written_in, visit, ask):
    response = visit(ask(), {"fact": "77"})
    made = erasures.plan(organisation, only(organisation))
    assert "Certificate" not in visit(response.url).content.decode()
    done = erasures.run(organisation, erasures.approve(organisation, made))
    assert done.request.status == RequestStatus.VERIFIED_DONE
    shown = visit(response.url, HTTP_ACCEPT_LANGUAGE="nl").content.decode()
    assert "Bewijs van verwijdering" in shown
    assert "gesprekken: 1" in shown
    assert "Robin" not in shown
    with tenant_scope(organisation.pk):
        [letter] = letters_of(RightsRequest.objects.get())
    assert "It is done and was checked" in letter.text
    assert "Autoriteit Persoonsgegevens" in letter.text
