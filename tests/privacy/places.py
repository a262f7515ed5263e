"""Every place where data could lie, as bytes to look through."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from django.conf import settings
from django.db import connections

from kaizo.accounts.models import Organisation
from kaizo.core.logs import formatter
from kaizo.core.tenancy import tenant_scope
from kaizo.settings import _redis
from tests.privacy.dumps import dump

QUEUES = 0  # the broker's database number


def everywhere(organisation: Organisation) -> dict[str, bytes]:
    """Dumps of both databases, Valkey, media, and the search table, which no dump holds."""
    return {
        "dump of the main database": dump("default").encode(),
        "dump of the vault": dump("vault").encode(),
        "cache and queues": valkey(),
        "media": media(),
        "search": search_words(organisation),
    }


def valkey() -> bytes:
    """All keys and values of the queues' and the cache's database."""
    parts: list[bytes] = []
    for location in (_redis(QUEUES), settings.CACHES["default"]["LOCATION"]):
        with redis.Redis.from_url(location) as client:
            parts += _contents(client)
    return b"\n".join(parts)


def _contents(client: Any) -> Iterator[bytes]:
    for key in client.scan_iter():
        yield key
        yield client.dump(key) or b""
        kind = client.type(key)
        if kind == b"string":
            yield client.get(key) or b""
        elif kind == b"list":
            yield from client.lrange(key, 0, -1)
        elif kind == b"hash":
            for name, value in client.hgetall(key).items():
                yield name + value


def media() -> bytes:
    root = Path(settings.MEDIA_ROOT)
    files = sorted(path for path in root.rglob("*") if path.is_file())
    return b"\n".join(str(path).encode() + path.read_bytes() for path in files)


def search_words(organisation: Organisation) -> bytes:
    with tenant_scope(organisation.pk), connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(string_agg(words::text, ' '), '') FROM tickets_ticketsearch"
        )
        return str(cursor.fetchone()[0]).encode()


@contextmanager
def logs() -> Iterator[list[str]]:
    """What the product would have written to its log meanwhile, every level of it."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    keeper = Keeper()
    keeper.setFormatter(formatter())
    root = logging.getLogger()
    before = root.level
    root.addHandler(keeper)
    root.setLevel(logging.DEBUG)
    try:
        yield lines
    finally:
        root.removeHandler(keeper)
        root.setLevel(before)
