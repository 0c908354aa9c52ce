"""All the substrings of a text that stand in a vocabulary, found at once by their 64-bit hashes."""

from __future__ import annotations

import numpy
from numpy.typing import NDArray

Hashes = NDArray[numpy.uint64]

_BASE = 0x9E3779B97F4A7C15


def hashes_of(string: str) -> list[int]:
    """The hash of each prefix of a string, the string itself last: hash(s + c) = hash(s) * base + c, in 64 bits."""
    hashes = []
    value = 0
    for character in string:
        value = (value * _BASE + ord(character)) & 0xFFFFFFFFFFFFFFFF
        hashes.append(value)
    return hashes


def codes_of(text: str) -> NDArray[numpy.uint32]:
    """The code points of a text."""
    return numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")


def grown(hashes: Hashes, codes: NDArray[numpy.uint32]) -> Hashes:
    """The hashes of strings that got one more character each."""
    return hashes * numpy.uint64(_BASE) + codes


def rows_of(hashes: Hashes, vocabulary: Hashes) -> tuple[NDArray[numpy.int64], NDArray[numpy.bool_]]:
    """Where `hashes` stand in the sorted `vocabulary`, and whether they do."""
    rows = numpy.minimum(numpy.searchsorted(vocabulary, hashes), len(vocabulary) - 1)
    return rows, vocabulary[rows] == hashes
