"""Spans as a few bytes, to be kept beside a text: where and what, never what it says."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from privacy.detection.spans import Kind, Span

# Numbers that are stored: new kinds go to the end.
_KINDS = (
    Kind.PERSON, Kind.EMAIL, Kind.PHONE, Kind.IBAN, Kind.CARD, Kind.IP, Kind.NATIONAL_ID,
    Kind.BIRTH_DATE, Kind.ADDRESS, Kind.ORDER,
)  # fmt: skip
_NUMBER = {kind: number for number, kind in enumerate(_KINDS)}
_MORE, _LOW = 0x80, 0x7F


def pack(spans: Iterable[Span]) -> bytes:
    """Spans in order, not overlapping, without the numbers of people: three bytes each, mostly."""
    packed = bytearray()
    end = 0
    for span in spans:
        for value in (span.start - end, span.end - span.start, _NUMBER[span.kind]):
            _write(packed, value)
        end = span.end
    return bytes(packed)


def unpack(packed: bytes) -> list[Span]:
    values = _read(packed)
    spans: list[Span] = []
    end = 0
    for gap, length, number in zip(values, values, values, strict=True):
        start, end = end + gap, end + gap + length
        spans.append(Span(start, end, _KINDS[number]))
    return spans


def _write(packed: bytearray, value: int) -> None:
    """Seven bits a byte, the lowest first (LEB128)."""
    while value > _LOW:
        packed.append(value & _LOW | _MORE)
        value >>= 7
    packed.append(value)


def _read(packed: bytes) -> Iterator[int]:
    value = shift = 0
    for byte in packed:
        value |= (byte & _LOW) << shift
        shift += 7
        if not byte & _MORE:
            yield value
            value = shift = 0
