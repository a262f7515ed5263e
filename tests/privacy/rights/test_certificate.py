"""What an erasure's certificate says, to officers and in the person's own language."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from kaizo.accounts.models import Membership, Organisation, User
from kaizo.core.permissions import Role
from kaizo.core.tenancy import tenant_scope
from privacy.policy import retention_rules
from privacy.registry import registry
from privacy.rights.certificate import certificate_of, certificate_of_request, period_in_words
from privacy.rights.graph import graph_of
from privacy.rights.hooks import hooks
from tests import factories
from tests.privacy.rights import erasures

TOLD = {
    "en": ("conversations: 2", "3 years, counted from: the request was closed", "The key is"),
    "nl": ("gesprekken: 2", "3 jaar, gerekend vanaf: het verzoek is afgesloten", "De sleutel"),
    "de": ("Gespräche: 2", "3 Jahre, gerechnet ab: der Antrag wurde", "Der Schlüssel"),
}


@pytest.fixture
def done(organisation: Organisation) -> object:
    """Somebody with two tickets, who is named in one of another's, is erased."""
    [other] = erasures.records(1, customer=2)
    other = erasures.saying(other, "Dora Dobbs (dora1@post.example) has it.")
    erasures.ingest(organisation, *(own := erasures.records(2)), other)
    factories.check_texts(organisation)
    return erasures.erase(organisation, [erasures.customer_of(organisation, own[0]).subject_id])


@pytest.mark.django_db
def test_the_officer_reads_what_was_erased_and_what_stays(
    organisation: Organisation,
    done: erasures.Plan,
    member: Callable[[Role], Membership],
    sign_in: Callable[[User], Client],
) -> None:
    where = reverse("privacy:request_detail", args=[organisation.slug, done.request.public_id])
    page = sign_in(member(Role.PRIVACY_OFFICER).user).get(where).content.decode()
    assert "Certificate" in page
    for words in TOLD["en"]:
        assert words in page
    assert "conversations of others that name the person: 1" in page
    assert "Dobbs" not in page


@pytest.mark.django_db
@pytest.mark.parametrize("language", TOLD)
def test_the_certificate_speaks_the_reader_s_language(
    organisation: Organisation, done: erasures.Plan, language: str
) -> None:
    with translation.override(language), tenant_scope(organisation.pk):
        told = certificate_of_request(done.request)
        assert told is not None
        conversations, period, _key = TOLD[language]
        assert tuple(conversations.split(": ")) in {(what, str(n)) for what, n in told.erased}
        assert any(period in until for _what, _ground, until in told.stays)
        assert told.key_destroyed


@pytest.mark.django_db
def test_there_is_none_before_it_is_done(organisation: Organisation) -> None:
    erasures.ingest(organisation, *erasures.records(1))
    request = erasures.receive(organisation, erasures.customer(organisation).subject_id)
    with tenant_scope(organisation.pk):
        assert certificate_of_request(request) is None
    assert certificate_of(erasures.plan(organisation, request)) is None


@pytest.mark.parametrize("kind", ["customer", "agent"])
def test_everything_that_a_certificate_can_name_has_a_name(kind: str) -> None:
    graph = graph_of(kind)
    labels = {edge.label for edge in (*graph.changing, *(edge for edge, _declared in graph.kept))}
    labels |= hooks.stores.keys() | hooks.recipients.keys()
    assert {label for label in labels if registry.name_of(label) == label} == set()


@pytest.mark.parametrize(
    ("language", "words"),
    [("en", "1 year 6 months"), ("nl", "1 jaar 6 maanden"), ("de", "1 Jahr 6 Monate")],
)
def test_periods_are_told_in_words(language: str, words: str) -> None:
    with translation.override(language):
        assert period_in_words("P1Y6M") == words
        assert period_in_words("PT10M").startswith("10 ")


def test_every_reason_why_something_stays_is_translated() -> None:
    rules = retention_rules()
    kept = [each for kind in ("customer", "agent") for each in graph_of(kind).kept]
    for _edge, declaration in kept:
        row = declaration.row
        for words in (row.reason, rules[row.rule or declaration.retention.name].starts):
            for language in ("nl", "de"):
                with translation.override(language):
                    assert translation.gettext(words) != words
