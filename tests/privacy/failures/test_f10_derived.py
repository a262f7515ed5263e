"""F10: what was made out of somebody's words stays when the words go: findings, search, mentions,
what the model remembers, quotes, figures. The registry names them (`derived`)."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.cache import cache

from kaizo.accounts.models import Organisation
from kaizo.core import clock
from kaizo.core.tenancy import tenant_scope
from privacy import api
from privacy.registry import registry
from privacy.rights.hooks import hooks
from privacy.rights.models import RequestStatus
from scoring.metrics import services
from scoring.metrics.models import AgentDay, TeamDay
from tests import factories
from tests.privacy import places
from tests.privacy.canary import Marker, found
from tests.privacy.rights import erasures
from tickets.contracts import TicketRecord

pytestmark = pytest.mark.django_db(transaction=True)
# What the model finds in it is remembered; so is what it is like, under a keyed hash.
WORDS = "My sister Marjolein Hoekstra has the quixotic parcel, ask Dora Dobbs."
MARKERS = [
    Marker("tickets.Message.body", text, sensitive=True)
    for text in (WORDS, "Marjolein Hoekstra", "quixotic", "Dora Dobbs")
]
DERIVED = sorted({name for each in registry.declarations() for name in each.derived})
# Those outside the tables, and what erases them: sessions hold a number and end by themselves.
STORES = {"cache.sessions": None, "Copies of people's data": "copies"}


@pytest.fixture
def own(organisation: Organisation) -> TicketRecord:
    [own, more] = erasures.records(2, created_at=clock.now() - timedelta(days=3))
    own = erasures.saying(own, WORDS)
    [other] = erasures.records(1, customer=2, created_at=clock.now() - timedelta(days=3))
    other = erasures.saying(other, "Dora Dobbs has my parcel.")
    erasures.ingest(organisation, own, more, other)
    factories.check_texts(organisation)
    return own


def rows_about(organisation: Organisation, label: str, subject_id: object) -> int:
    model = apps.get_model(label)
    ways = [via.path for via in registry.personal[model].subject if via.person == "customer"]
    with tenant_scope(organisation.pk):
        return sum(model.objects.filter(**{way: subject_id}).count() for way in ways)


def figures(organisation: Organisation) -> list[tuple[object, ...]]:
    with tenant_scope(organisation.pk):
        return [
            row
            for model in (AgentDay, TeamDay)
            for row in sorted(model.objects.values_list(*_columns(model)), key=repr)
        ]


def _columns(model: type[AgentDay] | type[TeamDay]) -> list[str]:
    return [field.attname for field in model._meta.concrete_fields if field.name != "id"]


def test_f10_every_derived_store_is_a_declared_table_or_one_that_is_erased_by_name() -> None:
    tables = {declaration.label for declaration in registry.declarations()}
    outside = set(DERIVED) - tables
    assert outside <= registry.stores.keys() & STORES.keys()
    assert {name for name in map(STORES.get, outside) if name} <= hooks.stores.keys()


def test_f10_nothing_that_was_made_of_a_person_s_words_outlives_them(
    organisation: Organisation, own: TicketRecord
) -> None:
    subject_id = erasures.customer_of(organisation, own).subject_id
    tables = [name for name in DERIVED if name not in STORES]
    assert {name for name in tables if rows_about(organisation, name, subject_id)} == set(tables)
    assert api.guessed_words(organisation.pk, [WORDS])[WORDS]  # remembered
    before = figures(organisation)

    done = erasures.erase(organisation, [subject_id])

    assert done.request.status == RequestStatus.VERIFIED_DONE
    assert {name for name in tables if rows_about(organisation, name, subject_id)} == set()
    assert found(MARKERS, places.everywhere(organisation)) == []
    after = figures(organisation)
    assert after != before
    with tenant_scope(organisation.pk):
        services.recompute(organisation_id=organisation.pk)
    assert figures(organisation) == after


def test_f10_what_the_model_remembers_says_places_and_no_words(
    organisation: Organisation, own: TicketRecord
) -> None:
    """It belongs to a text by a keyed hash, and ends after an hour."""
    assert api.guessed_words(organisation.pk, [WORDS])
    assert found(MARKERS, {"cache": places.valkey()}) == []
    cache.clear()
    assert api.guessed_words(organisation.pk, [WORDS]) == {}
