"""The files of a copy while it is made and until it is fetched: sealed, unnamed, and soon gone.

A file is a row of frames, each encrypted under the request's key and bound to its place. Web
processes and workers share the folder (`KAIZO_MEDIA_DIR`).
"""

from __future__ import annotations

import hashlib
import io
import shutil
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import BinaryIO, Final

from django.conf import settings
from typing_extensions import Buffer, override

from privacy.rights.export.models import ExportPackage
from privacy.rights.words import cipher_of
from privacy.vault.cipher import aad

ARCHIVE: Final = "archive"
FRAME_BYTES: Final = 1024 * 1024
_LENGTH_BYTES: Final = 4
_FIELD: Final = "privacy_rights.ExportPackage.file"


class Spool:
    """The folder of one copy."""

    def __init__(self, package: ExportPackage) -> None:
        self._cipher = cipher_of(package.request)
        self._owner = (package.organisation_id, package.request.public_id)
        self._folder = folder_of(package)

    def append(self, name: str, frames: Iterable[bytes], *, at: int = 0, length: int = 0) -> int:
        """Write `frames` as the file's frames from number `at` on, behind its first `length` bytes:
        what a killed worker left there goes. The file's new length."""
        path = self._folder / name
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.touch(mode=0o600)
        with path.open("r+b") as file:
            file.truncate(length)
            file.seek(length)
            for index, frame in enumerate(frames, start=at):
                file.write(self._sealed(name, index, frame))
            return file.tell()

    @contextmanager
    def writing(self, name: str) -> Iterator[Sealing]:
        """A file to write to as to any other, in the place of an earlier one."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        (self._folder / name).touch(mode=0o600)
        with (self._folder / name).open("wb") as file:
            sink = Sealing(file, partial(self._sealed, name))
            yield sink
            sink.finish()

    def frames(self, name: str, *, first: int = 0) -> Iterator[bytes]:
        """The file's frames, from number `first` on. Raises FileNotFoundError."""
        with (self._folder / name).open("rb") as file:
            index = 0
            while head := file.read(_LENGTH_BYTES):
                length = int.from_bytes(head, "big")
                if index < first:
                    file.seek(length, 1)
                else:
                    place = self._place(name, index)
                    yield self._cipher.decrypt_bytes(file.read(length), place)
                index += 1

    def exists(self, name: str) -> bool:
        return (self._folder / name).exists()

    def keep_only(self, name: str) -> None:
        for path in self._folder.iterdir():
            if path.name != name:
                path.unlink()

    def _sealed(self, name: str, index: int, frame: bytes) -> bytes:
        sealed = self._cipher.encrypt(frame, self._place(name, index))
        return len(sealed).to_bytes(_LENGTH_BYTES, "big") + sealed

    def _place(self, name: str, index: int) -> bytes:
        organisation_id, key = self._owner
        return aad(organisation_id, _FIELD, f"{self._folder.name}/{name}/{index}", key)


def folder_of(package: ExportPackage) -> Path:
    return exports_folder() / str(package.organisation_id) / str(package.public_id)


def exports_folder() -> Path:
    return Path(settings.MEDIA_ROOT) / "exports"


def delete_files(package: ExportPackage) -> bool:
    """Idempotent; False if there was nothing."""
    there = folder_of(package).exists()
    shutil.rmtree(folder_of(package), ignore_errors=True)
    return there


class Sealing(io.RawIOBase):
    """Seals what is written to it, in frames of FRAME_BYTES. Cannot go back."""

    def __init__(self, file: BinaryIO, seal: Callable[[int, bytes], bytes]) -> None:
        self._file, self._seal = file, seal
        self._held = bytearray()
        self._index = 0
        self.size = 0
        self.digest = hashlib.sha256()

    @override
    def writable(self) -> bool:
        return True

    @override
    def write(self, data: Buffer, /) -> int:
        view = bytes(data)
        self.size += len(view)
        self.digest.update(view)
        self._held += view
        while len(self._held) >= FRAME_BYTES:
            self._put(bytes(self._held[:FRAME_BYTES]))
            del self._held[:FRAME_BYTES]
        return len(view)

    def finish(self) -> None:
        if self._held:
            self._put(bytes(self._held))
            self._held.clear()

    def _put(self, frame: bytes) -> None:
        self._file.write(self._seal(self._index, frame))
        self._index += 1
