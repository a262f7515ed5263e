"""F12: a copy that leaves out what the person was sent."""

from __future__ import annotations

from pathlib import Path

import pytest

from kaizo.accounts.models import Organisation
from tests import factories
from tests.privacy.export import copies
from tests.privacy.rights import erasures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings) -> None:
    settings.MEDIA_ROOT = tmp_path


def test_f12_messages_received_by_the_person_are_in_the_copy(organisation: Organisation) -> None:
    [record] = erasures.records(1)
    erasures.ingest(organisation, erasures.saying(record, "Where is my parcel zq-sent?"))
    factories.check_texts(organisation)
    subject_id = erasures.customer(organisation).subject_id

    package = copies.make(organisation, subject_id)

    opened = copies.opened(organisation, package)
    texts = {row["author_type"]: row["body"] for row in opened.table("tickets.Message")}
    assert texts == {"customer": "Where is my parcel zq-sent?", "agent": "It is on its way."}
    assert "It is on its way." in "".join(
        content.decode() for name, content in opened.files.items() if name.endswith(".html")
    )
