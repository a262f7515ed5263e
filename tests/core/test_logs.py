"""Personal data does not reach the log."""

from __future__ import annotations

import logging

import pytest
from celery import shared_task

from kaizo.core.logs import formatter, get_logger
from kaizo.core.tasks import SystemTask

PLANTED = "planted.address@post.example"


@pytest.mark.parametrize("key", ["email", "name", "text", "body"])
def test_values_of_personal_keys_are_withheld(key: str) -> None:
    from kaizo.core import logs

    event = logs.drop_personal_values(None, "info", {"event": "sample", key: PLANTED, "id": 7})
    assert event == {"event": "sample", key: "[withheld]", "id": 7}


def test_a_line_shows_the_event_and_ids_only(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.INFO):
        get_logger("sample").info("ticket_ingested", ticket_id=7, email=PLANTED)
    line = formatter().format(caplog.records[-1])
    assert "ticket_ingested" in line
    assert "ticket_id=7" in line
    assert PLANTED not in line


def test_an_exception_shows_where_but_not_what_it_quotes(caplog: pytest.LogCaptureFixture) -> None:
    def fail() -> None:
        raise ValueError(PLANTED)

    for log in (logging.getLogger("plain").exception, get_logger("sample").exception):
        try:
            fail()
        except ValueError:
            log("import_failed")
        line = formatter().format(caplog.records[-1])
        assert PLANTED not in line
        assert "ValueError" in line
        assert "test_logs.py" in line
        assert " fail" in line


@shared_task(base=SystemTask)
def failing_task() -> None:
    raise ValueError(PLANTED)


def test_a_failed_task_is_named_without_what_it_failed_on(caplog: pytest.LogCaptureFixture) -> None:
    failing_task.apply(throw=False)
    line = formatter().format(caplog.records[-1])
    assert PLANTED not in line
    assert "failing_task" in line
    assert "ValueError" in line
