"""Tasks say for whom they work."""

from __future__ import annotations

import re
import subprocess
import sys

import pytest

from kaizo.accounts.models import Organisation
from kaizo.embedded.home import ROOT
from tickets.tasks import check_texts

pytestmark = pytest.mark.django_db


def test_a_task_without_an_organisation_is_refused(organisation: Organisation) -> None:
    with pytest.raises(TypeError, match="organisation_id"):
        check_texts(ticket_ids=[])
    with pytest.raises(TypeError, match="keyword"):
        check_texts(organisation.pk, [])


def test_a_task_opens_its_organisations_scope(organisation: Organisation) -> None:
    check_texts(organisation_id=organisation.pk, ticket_ids=[])


def test_a_worker_knows_every_task_that_is_written_down() -> None:
    """Whatever module a task stands in, and in a process that has served no page."""
    written = {
        f"{'.'.join(path.relative_to(ROOT).with_suffix('').parts)}.{name}"
        for app in ("kaizo", "privacy", "tickets", "scoring", "integrations")
        for path in (ROOT / app).rglob("tasks.py")
        for name in re.findall(r"@shared_task.*?\ndef (\w+)", path.read_text(), re.DOTALL)
    }
    script = "from kaizo.celery import app; app.loader.import_default_modules(); print(*app.tasks)"
    known = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", f"import django; django.setup(); {script}"],
        capture_output=True, check=True, cwd=ROOT, text=True,
    ).stdout.split()  # fmt: skip
    assert len(written) > 20
    assert sorted(written - set(known)) == []
