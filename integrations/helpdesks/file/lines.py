"""A file as numbered lines: unpacked while it is read, never more than one line in memory.

Also the place that recognises what is no text at all, so that a person who uploads a workbook is
told so in one sentence instead of in ten thousand.
"""

from __future__ import annotations

import gzip
import io
import zlib
from collections.abc import Iterator
from typing import BinaryIO, Final

from typing_extensions import Buffer, override

MAX_LINE_BYTES: Final = 10 * 1024 * 1024
_BUFFER_BYTES: Final = 1024 * 1024
_HEAD_BYTES: Final = 64 * 1024
_GZIP: Final = b"\x1f\x8b"
_BOM: Final = b"\xef\xbb\xbf"
_TEXT_BYTES: Final = bytes([9, 10, 12, 13, *range(32, 127), *range(128, 256)])
# More control characters than this share of a file's head: no text that only has a slip in it.
_CONTROL_SHARE: Final = 0.05
_LONGEST_CHARACTER: Final = 4

_SIGNATURES: Final = {
    b"PK\x03\x04": "a ZIP archive or a workbook",
    b"%PDF": "a PDF document",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"GIF8": "a picture",
    b"SQLite format 3": "a database",
    b"PGDMP": "a database dump",
    b"\x28\xb5\x2f\xfd": "packed with zstd",
    b"BZh": "packed with bzip2",
    b"\xfd7zXZ": "packed with xz",
    b"7z\xbc\xaf": "a 7-Zip archive",
}
_ADVICE: Final = "save it as JSON Lines or CSV in UTF-8"


class FileRejectedError(Exception):
    """The whole file cannot be read; the message is a sentence for the person who sent it."""


class FileDamagedError(Exception):
    """Reading stopped in the middle: the compressed data is cut off or broken."""


class _Pieces(io.RawIOBase):
    """A stream read in the pieces it comes in. GzipFile's own reads wait for a full buffer and
    throw away the good part of a file that is cut off."""

    def __init__(self, source: BinaryIO | gzip.GzipFile, *below: BinaryIO) -> None:
        self._source = source
        self._read = getattr(source, "read1", source.read)
        self._below = below

    @override
    def readable(self) -> bool:
        return True

    @override
    def readinto(self, buffer: Buffer, /) -> int:
        view = memoryview(buffer)
        piece = self._read(len(view))
        view[: len(piece)] = piece
        return len(piece)

    @override
    def close(self) -> None:
        for stream in (self._source, *self._below):
            stream.close()
        super().close()


def open_text(stream: BinaryIO) -> io.BufferedReader:
    """The unpacked bytes of a stream, byte order mark passed over. Closing it closes the stream.

    Raises FileRejectedError when they are no UTF-8 text.
    """
    reader: io.BufferedReader = io.BufferedReader(_Pieces(stream), _BUFFER_BYTES)
    if reader.peek(len(_GZIP))[: len(_GZIP)] == _GZIP:
        packed = gzip.GzipFile(fileobj=reader, mode="rb")
        reader = io.BufferedReader(_Pieces(packed, reader), _BUFFER_BYTES)
    head = peek_head(reader)
    _refuse_foreign(head)
    if head.startswith(_BOM):
        reader.read(len(_BOM))
    return reader


def peek_head(reader: io.BufferedReader) -> bytes:
    """What stands at the reader's position, at most 64 KiB, without moving on."""
    try:
        return reader.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    except (EOFError, OSError, zlib.error) as error:
        raise FileRejectedError("The compressed file is cut off or damaged.") from error


def numbered_lines(
    reader: io.BufferedReader, *, limit: int = MAX_LINE_BYTES
) -> Iterator[tuple[int, bytes | None]]:
    """Every line with its number from 1; None in place of a line longer than `limit` bytes, which
    is passed over in small pieces. Raises FileDamagedError when compressed data ends too early."""
    number = 0
    try:
        while line := reader.readline(limit + 1):
            number += 1
            if len(line) <= limit or line.endswith(b"\n"):
                yield number, line
            else:
                _skip_rest(reader)
                yield number, None
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise FileDamagedError from error


def _skip_rest(reader: io.BufferedReader) -> None:
    while (piece := reader.readline(_BUFFER_BYTES)) and not piece.endswith(b"\n"):
        pass


def _refuse_foreign(head: bytes) -> None:
    if not head.strip(_BOM + b" \t\r\n"):
        raise FileRejectedError("The file is empty.")
    for signature, what in _SIGNATURES.items():
        if head.startswith(signature):
            raise FileRejectedError(f"The file is {what}; {_ADVICE}.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise FileRejectedError(f"The file is UTF-16 text; {_ADVICE}.")
    controls = len(head.translate(None, delete=_TEXT_BYTES))
    if controls > len(head) * _CONTROL_SHARE:
        kind = "UTF-16 text" if _alternates(head) else "no text but binary data"
        raise FileRejectedError(f"The file is {kind}; {_ADVICE}.")
    if not any(_is_utf8(line) for line in head.splitlines() if line.strip()):
        raise FileRejectedError(f"The file is text, but not UTF-8; {_ADVICE}.")


def _alternates(head: bytes) -> bool:
    """Whether zeros fill the even or the odd places, as they do in UTF-16 of western text."""
    return any(head[start::2].count(0) > 0.4 * (len(head) / 2) for start in (0, 1))


def _is_utf8(line: bytes) -> bool:
    try:
        line.decode()
    except UnicodeDecodeError as error:
        # The head may end inside a character.
        return error.start >= len(line) - _LONGEST_CHARACTER and error.reason.startswith(
            "unexpected end"
        )
    return True
