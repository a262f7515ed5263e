"""Log lines: one event a line, ids only.

A processor drops the values of keys that could hold personal data, as a net below the rule that
they are never passed.
"""

from __future__ import annotations

import logging
import sys
import traceback
from pathlib import Path
from types import TracebackType

import structlog

PERSONAL_KEYS = frozenset(
    ["address", "body", "comment", "email", "name", "password", "phone", "text", "title", "token"]
)


def drop_personal_values(
    logger: object,  # noqa: ARG001 - structlog's signature
    method: str,  # noqa: ARG001 - structlog's signature
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    for key in PERSONAL_KEYS & event.keys():
        event[key] = "[withheld]"
    return event


def withhold_exception_text(
    logger: object,  # noqa: ARG001 - structlog's signature
    method: str,  # noqa: ARG001 - structlog's signature
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    """An exception's type and where it was raised. Its text is left out: a failing query, template
    or parser quotes the values that it failed on."""
    raised = event.pop("exc_info", None)
    if raised is True:
        raised = sys.exc_info()
    if isinstance(raised, BaseException):
        raised = (type(raised), raised, raised.__traceback__)
    if raised and raised[0] is not None:
        event["exception"] = raised[0].__qualname__
        event["raised_at"] = _places(raised[2])
    return event


def name_failed_task(
    logger: object,  # noqa: ARG001 - structlog's signature
    method: str,  # noqa: ARG001 - structlog's signature
    event: structlog.typing.EventDict,
) -> structlog.typing.EventDict:
    """Celery writes a failed task's exception and arguments into the sentence itself."""
    record = event.get("_record")
    if isinstance(record, logging.LogRecord) and record.name == "celery.app.trace":
        data = getattr(record, "data", {})
        event["event"] = f"task_{data.get('description', record.levelname).replace(' ', '_')}"
        event["task"], event["task_id"] = data.get("name"), data.get("id")
    return event


def _places(raised: TracebackType | None) -> str:
    """`file:line function` of every frame, the innermost first."""
    frames = traceback.extract_tb(raised)
    return " < ".join(
        f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in reversed(frames)
    )


_SHARED: list[structlog.typing.Processor] = [
    structlog.contextvars.merge_contextvars,
    structlog.stdlib.add_log_level,
    structlog.stdlib.add_logger_name,
    structlog.processors.TimeStamper(fmt="iso", utc=True),
    drop_personal_values,
    withhold_exception_text,
]

structlog.configure(
    processors=[*_SHARED, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
    logger_factory=structlog.stdlib.LoggerFactory(),
    wrapper_class=structlog.stdlib.BoundLogger,
    cache_logger_on_first_use=True,
)


def formatter() -> logging.Formatter:
    """The formatter that Django's LOGGING setting names."""
    return structlog.stdlib.ProcessorFormatter(
        processor=structlog.processors.KeyValueRenderer(key_order=["timestamp", "level", "event"]),
        foreign_pre_chain=[name_failed_task, *_SHARED],
    )


class NotReadiness(logging.Filter):
    """Leaves out that /readyz said no: whoever asked has the answer, and asks twice a second."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().endswith("/readyz")


def get_logger(name: str) -> structlog.stdlib.BoundLogger:
    logger: structlog.stdlib.BoundLogger = structlog.get_logger(name)
    return logger
