"""A copy in which others are mentioned a lot waits for somebody to look through it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse

from kaizo.accounts.models import Membership, Notice, NoticeKind, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.models import AuditEvent
from privacy.policy import limit_of
from privacy.rights.export.models import ExportPackage
from privacy.rights.export.review import services
from privacy.rights.export.review.marking import THRESHOLD
from privacy.rights.export.review.models import ExportCheck
from privacy.rights.export.review.risk import risky_fields
from privacy.rights.export.review.withholding import without
from privacy.rights.models import RequestStatus
from privacy.rights.requests import SamePerson
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db(transaction=True)

KEPT = "They all ordered the blue lamp"
MANY = KEPT + ": " + ", ".join(f"neighbour{n}@street.example" for n in range(limit_of(THRESHOLD)))
FEW = "Ask my neighbour at neighbour1@street.example about the lamp"


def made(organisation: Organisation, words: str, **asked: Any) -> ExportPackage:
    """A copy for somebody who wrote these words, as far as it goes by itself."""
    erasures.ingest(organisation, erasures.saying(erasures.records(1)[0], words))
    factories.check_texts(organisation)
    return copies.make(organisation, erasures.customer(organisation).subject_id, **asked)


class Look:
    """An officer at the page."""

    def __init__(self, organisation: Organisation, package: ExportPackage, client: Client) -> None:
        self.organisation, self.package, self.client = organisation, package, client
        slug = organisation.slug
        self.url = reverse("privacy:review_copy", args=[slug, package.public_id])
        self.detail = reverse("privacy:request_detail", args=[slug, package.request.public_id])

    def checks(self) -> list[ExportCheck]:
        with tenant_scope(self.organisation.pk):
            return list(ExportCheck.objects.order_by("pk"))

    def post(self, **fields: list[int]) -> HttpResponse:
        return self.client.post(self.url, fields)

    def now(self) -> ExportPackage:
        return copies.again(self.organisation, self.package)


@pytest.fixture
def look(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> Look:
    officer = member(Role.PRIVACY_OFFICER)
    return Look(organisation, made(organisation, MANY), sign_in(officer.user))


def test_nothing_is_handed_out_before_somebody_has_looked(look: Look) -> None:
    package = look.now()
    assert (package.state, package.passphrase) == ("review", None)
    assert package.request.status == RequestStatus.WAITING
    assert package.request.waiting_for == ["review"]
    copies.run(look.organisation, package)  # the job that looks after copies comes by
    assert look.now().state == "review"
    assert look.url in look.client.get(look.detail).content.decode()


def test_the_texts_are_shown_without_what_was_found_and_looking_is_recorded(look: Look) -> None:
    page = look.client.get(look.url).content.decode()
    assert KEPT in page
    assert "street.example" not in page
    with tenant_scope(look.organisation.pk):
        [event] = AuditEvent.objects.filter(action="privacy.copy.looked_through")
        assert event.subject_id == look.package.request.subject_id


def test_a_released_copy_holds_the_text(look: Look) -> None:
    seen = [check.pk for check in look.checks()]
    assert look.post(seen=seen).status_code == 302
    package = copies.run(look.organisation, look.now())
    assert package.state == "ready"
    assert package.reviewed_by_id is not None
    assert KEPT in copies.opened(look.organisation, package).text
    assert look.client.get(look.url).status_code == 404


def test_a_withheld_text_is_in_no_file_and_the_list_says_so(look: Look) -> None:
    seen = [check.pk for check in look.checks()]
    look.post(seen=seen, withheld=seen)
    opened = copies.opened(look.organisation, copies.run(look.organisation, look.now()))
    assert KEPT not in opened.text
    assert "[withheld: about others]" in opened.text
    reasons = {
        line["reason"]
        for line in opened.csv("redactions.csv")
        if line["placeholder"] == "[withheld: about others]"
    }
    assert reasons == {
        "Withheld by somebody who looked at it: it is about others (GDPR Art. 15(4))"
    }
    with tenant_scope(look.organisation.pk):
        [event] = AuditEvent.objects.filter(action="privacy.export.released")
        assert event.detail == {"texts": len(seen), "withheld": len(seen)}


def test_it_is_released_once_every_text_was_seen(look: Look) -> None:
    package = look.now()
    with tenant_scope(look.organisation.pk):
        ExportCheck.objects.create(
            organisation=look.organisation, package=package, label="x", record="1", mentions=9
        )
        first, second = ExportCheck.objects.order_by("pk").values_list("pk", flat=True)
        arguments = {"withheld": [], "actor_user_id": 7}
        assert not services.look_through(package, seen=[first], **arguments)
        assert look.now().state == "review"
        assert services.look_through(package, seen=[second], **arguments)
        assert look.now().state == "collecting"


def waiting(organisation: Organisation) -> list[Notice]:
    with tenant_scope(organisation.pk):
        found = Notice.objects.filter(kind=NoticeKind.COPY_TO_REVIEW)
        return list(found.select_related("recipient__user").order_by("pk"))


def test_officers_are_told_once_and_led_to_the_copy(
    organisation: Organisation,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    officers = [member(Role.PRIVACY_OFFICER), member(Role.PRIVACY_OFFICER)]
    member(Role.OWNER)
    package = made(organisation, MANY)
    told = waiting(organisation)
    assert [notice.recipient for notice in told] == officers
    look = Look(organisation, package, sign_in(officers[0].user))
    open_notice = reverse("accounts:notice_open", args=[organisation.slug, told[0].pk])
    assert look.client.get(open_notice, follow=True).request["PATH_INFO"] == look.url
    copies.run(organisation, package)  # the job that looks after copies comes by
    assert len(waiting(organisation)) == len(officers)


@pytest.mark.parametrize(
    ("language", "sentence"),
    [
        ("en", "A copy of personal data waits to be looked through"),
        ("nl", "Een kopie van persoonsgegevens wacht om te worden doorgekeken"),
        ("de", "Eine Kopie personenbezogener Daten wartet darauf, durchgesehen zu werden"),
    ],
)
def test_the_notice_is_in_the_reader_s_language_and_names_nobody(
    look: Look, settings: Any, language: str, sentence: str
) -> None:
    settings.LANGUAGES = [(code, code) for code in ("en", "nl", "de")]
    url = reverse("accounts:notice_list", args=[look.organisation.slug])
    page = look.client.get(url, headers={"Accept-Language": language}).content.decode()
    assert sentence in page
    assert "Dora" not in page
    assert "dora@" not in page


def test_a_notice_of_a_copy_that_was_released_leads_to_its_request(look: Look) -> None:
    look.post(seen=[check.pk for check in look.checks()])
    [notice] = waiting(look.organisation)
    url = reverse("accounts:notice_open", args=[look.organisation.slug, notice.pk])
    answer = look.client.get(url, follow=True)
    assert answer.request["PATH_INFO"] == look.detail
    assert "looked through already" in answer.content.decode()


@pytest.mark.parametrize(
    ("asker", "told"),
    [
        (Role.AGENT, Role.OWNER),
        (Role.PRIVACY_OFFICER, Role.OWNER),
        (Role.OWNER, Role.ADMIN),
    ],
)
def test_others_are_told_where_no_officer_may_look(
    organisation: Organisation, member: Callable[[Role], Membership], asker: Role, told: Role
) -> None:
    people = {role: member(role) for role in {asker, Role.OWNER, Role.ADMIN, Role.REVIEWER}}
    made(organisation, MANY, account_user_id=people[asker].user_id)
    assert [notice.recipient for notice in waiting(organisation)] == [people[told]]


def test_a_copy_that_waits_for_nobody_tells_nobody(
    organisation: Organisation, member: Callable[[Role], Membership]
) -> None:
    member(Role.PRIVACY_OFFICER)
    made(organisation, FEW)
    assert waiting(organisation) == []


def test_a_form_that_saw_nothing_releases_nothing(look: Look) -> None:
    assert look.post().status_code == 422
    assert look.post(seen=[0]).status_code == 422
    assert look.now().state == "review"


def test_nobody_releases_their_own_copy(
    organisation: Organisation, member: Callable[[Role], Membership]
) -> None:
    officer = member(Role.PRIVACY_OFFICER)
    package = made(organisation, MANY, account_user_id=officer.user_id)
    with tenant_scope(organisation.pk), pytest.raises(SamePerson):
        services.look_through(package, seen=[], withheld=[], actor_user_id=officer.user_id)


def test_a_copy_with_few_mentions_waits_for_nobody(organisation: Organisation) -> None:
    package = made(organisation, FEW)
    assert package.state == "ready"
    assert "neighbour1@street.example" not in copies.opened(organisation, package).text


def test_a_text_is_risky_by_the_mentions_in_it_alone() -> None:
    removed = {"body": {"[e-mail]": 2, "[person 1]": 1}, "title": {"[person 1]": 2}}
    assert list(risky_fields(removed, threshold=3)) == [("body", 3)]
    assert list(risky_fields({}, threshold=1)) == []


def test_all_words_of_a_section_go_and_its_numbers_stay() -> None:
    record = {"record": "7", "as": ["reviewee"], "score": 80, "said": [{"comment": "Dora"}]}
    shown = without(record, {""}, placeholder="[x]")
    assert shown == {"record": "7", "as": ["reviewee"], "score": 80, "said": [{"comment": "[x]"}]}
