"""A part of a file that is UTF-16 where the rest is not: a file that a program appended to in another charset."""

from __future__ import annotations

from contextlib import suppress
from itertools import product

import numpy

from index.frequency import costs

MARKS = {"utf-16-le": b"\xff\xfe", "utf-16-be": b"\xfe\xff"}
_COMMON = 10.5  # nats: text in UTF-16 lies below on average, other bytes read as UTF-16 far above
_SHIFTS = (0, 2, -2, 4, -4)  # bytes
_LEAST = 40.0  # nats that a stretch lies below in sum: a dozen characters


def may_be_wide(data: bytes) -> bool:
    """Whether bytes hold a zero or a mark of UTF-16, without which there is none to look for."""
    return b"\x00" in data or any(mark in data for mark in MARKS.values())


def wide_part(data: bytes) -> tuple[int, int, str] | None:
    """Where the one stretch begins and ends that reads best as UTF-16, and its byte order; None where there is none.

    A byte-order mark right before it is within.

    >>> head, tail = "第一行\\n".encode(), "全年共走访企业12家，服务居民3000人。\\n".encode("utf-16-le")
    >>> wide_part(head + tail) == (len(head), len(head + tail), "utf-16-le")
    True
    """
    if not may_be_wide(data):
        return None
    found = max(_best(data, phase, codec) for phase, codec in product((0, 1), MARKS))
    below, start, end, codec = found
    if below < _LEAST:
        return None
    if data[max(0, start - 2) : start] == MARKS[codec]:
        start -= 2
    return _settled(data, start, end), end, codec


def _settled(data: bytes, start: int, end: int) -> int:
    """Where the stretch begins so that what stands before it is whole: its last bytes may look like a hanzi."""
    for charset, shift in product(("utf-8", "gb18030"), _SHIFTS):
        if 0 <= start + shift <= end:
            with suppress(UnicodeDecodeError):
                data[: start + shift].decode(charset)
                return start + shift
    return start


def _best(data: bytes, phase: int, codec: str) -> tuple[float, int, int, str]:
    """The stretch of two-byte characters, from `phase` on, that lies farthest below `_COMMON` in sum, and how far."""
    text = data[phase : len(data) - (len(data) - phase) % 2].decode(codec, "surrogatepass")
    units = numpy.frombuffer(text.encode("utf-16-le", "surrogatepass"), dtype="<u2")
    if not units.size:
        return 0.0, 0, 0, codec
    below = _COMMON - costs("".join(map(chr, units.tolist()))).astype(numpy.float64)
    sums = numpy.concatenate(([0.0], numpy.cumsum(below)))
    lowest = numpy.minimum.accumulate(sums)
    end = int(numpy.argmax(sums - lowest))
    start = int(numpy.argmin(sums[: end + 1]))
    return float(sums[end] - sums[start]), phase + 2 * start, phase + 2 * end, codec
