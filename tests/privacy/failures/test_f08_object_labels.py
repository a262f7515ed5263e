"""F08: the label of an object names a person, and logs, messages and pages quote it."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaizo.accounts.models import Organisation
from privacy.registry import registry
from tests.privacy.canary import SHORTEST, Marker, Planted, plant

# Surrogates and the names of actions: what a label is for.
SURROGATES = {"accounts.User.public_number", "privacy.AuditEvent.action"}
# Libraries' models, whose labels are theirs. Nothing of ours renders one: no admin site, no event
# with a label, and a log line takes declared keys only (`kaizo.core.logs`).
LIBRARIES = {
    "account.EmailAddress",
    "account.EmailConfirmation",
    "sessions.Session",
    "usersessions.UserSession",
}


@pytest.fixture
def planted(organisation: Organisation, tmp_path: Path, settings) -> Planted:
    settings.MEDIA_ROOT = tmp_path
    return plant(organisation)


def _told(planted: Planted, label: str) -> list[str]:
    """Markers that the label gives away."""
    told = (m for m in planted.markers if m.label not in SURROGATES)
    return [m.label for m in told if len(m.text) >= SHORTEST and m.text in label]


@pytest.mark.django_db(transaction=True)
def test_f08_no_object_s_label_holds_anything_of_a_person(planted: Planted) -> None:
    declared = {declaration.model for declaration in registry.declarations()}
    rendered = {
        model._meta.label: f"{row} {row!r}"
        for model, row in planted.rows.items()
        if model in declared and model._meta.label not in LIBRARIES
    }
    assert len(rendered) > 40
    assert {label: told for label, text in rendered.items() if (told := _told(planted, text))} == {}


@pytest.mark.django_db(transaction=True)
def test_f08_a_label_that_names_somebody_would_be_found(planted: Planted) -> None:
    marker: Marker = next(m for m in planted.markers if len(m.text) >= SHORTEST)
    assert _told(planted, f"Ticket of {marker.text}") == [marker.label]
