"""Uploaded files between the request and the job: encrypted, unnamed, and soon gone.

A file is kept in frames of 1 MiB, each sealed under the organisation's key and bound to its place,
so that a copied disk or a mixed-up path gives nothing away. Web processes and workers share the
folder (`KAIZO_MEDIA_DIR`).
"""

from __future__ import annotations

import io
import os
import secrets
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from typing_extensions import Buffer, override

from privacy.api import Cipher, aad, organisation_cipher

LIFETIME_SECONDS: Final = 24 * 60 * 60
_FRAME_BYTES: Final = 1024 * 1024
_LENGTH_BYTES: Final = 4
_FIELD: Final = "integrations.ImportRun.stored_name"


def upload_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "imports"


def _path(organisation_id: int, name: str) -> Path:
    return upload_folder() / str(organisation_id) / name


def store_upload(organisation_id: int, chunks: Iterable[bytes]) -> tuple[str, int]:
    """Keep a file; returns the random name it is found by and its size in bytes."""
    name = secrets.token_hex(16)
    path = _path(organisation_id, name)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    cipher = organisation_cipher(organisation_id)
    size = 0
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for index, frame in enumerate(_frames(chunks)):
            sealed = cipher.encrypt(frame, _place(organisation_id, name, index))
            file.write(len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed)
            size += len(frame)
    return name, size


def _frames(chunks: Iterable[bytes]) -> Iterator[bytes]:
    held = bytearray()
    for chunk in chunks:
        held += chunk
        while len(held) >= _FRAME_BYTES:
            yield bytes(held[:_FRAME_BYTES])
            del held[:_FRAME_BYTES]
    if held:
        yield bytes(held)


def _place(organisation_id: int, name: str, index: int) -> bytes:
    return aad(organisation_id, _FIELD, f"{name}/{index}", "")


def open_upload(organisation_id: int, name: str) -> BinaryIO:
    """The file's own bytes again, unsealed while they are read. Raises FileNotFoundError when it
    has been deleted meanwhile."""
    sealed = _path(organisation_id, name).open("rb")
    reader = _Unsealed(sealed, organisation_cipher(organisation_id), organisation_id, name)
    return io.BufferedReader(reader, _FRAME_BYTES)


class _Unsealed(io.RawIOBase):
    """Reads frames; `tell` counts the bytes handed out."""

    def __init__(self, file: BinaryIO, cipher: Cipher, organisation_id: int, name: str) -> None:
        self._file = file
        self._cipher = cipher
        self._owner = (organisation_id, name)
        self._held = memoryview(b"")
        self._index = 0
        self._position = 0

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        if not self._held:
            self._held = memoryview(self._next_frame())
        view = memoryview(buffer)
        count = min(len(view), len(self._held))
        view[:count] = self._held[:count]
        self._held = self._held[count:]
        self._position += count
        return count

    def _next_frame(self) -> bytes:
        length = int.from_bytes(self._file.read(_LENGTH_BYTES), "big")
        if not length:
            return b""
        place = _place(*self._owner, self._index)
        self._index += 1
        return self._cipher.decrypt_bytes(self._file.read(length), place)

    @override
    def tell(self) -> int:
        return self._position

    @override
    def close(self) -> None:
        self._file.close()
        super().close()


def delete_upload(organisation_id: int, name: str) -> None:
    """Idempotent."""
    if name:
        _path(organisation_id, name).unlink(missing_ok=True)


def delete_old_uploads() -> int:
    """Files that no import has picked up or finished within a day; returns how many."""
    limit = time.time() - LIFETIME_SECONDS
    old = [path for path in upload_folder().glob("*/*") if path.stat().st_mtime < limit]
    for path in old:
        path.unlink(missing_ok=True)
    return len(old)


def organisations_with_uploads() -> list[int]:
    """Ids of organisations that have a file waiting or at work."""
    return sorted({int(path.parent.name) for path in upload_folder().glob("*/*")})
