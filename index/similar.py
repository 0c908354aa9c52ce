"""Reposts: which documents are near-duplicates of each other.

MinHash over character 5-grams with banded candidates (Broder, "On the resemblance and containment
of documents", 1997), each candidate pair then measured exactly.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable
from functools import lru_cache

import numpy
from numpy.typing import NDArray

GRAM = 5
BANDS, ROWS = 16, 4  # finds 0.9-similar pairs with a probability above 0.9999
THRESHOLD = 0.9

_PRIME = numpy.uint64(0x9E3779B97F4A7C15)


class NearDuplicates:
    """Finds the family of each document of a corpus, given one after another.

    `text_of` gives again the folded text of a document that was given before: only signatures are kept.
    """

    def __init__(self, text_of: Callable[[int], str]) -> None:
        self._shingles = lru_cache(maxsize=64)(lambda number: _shingles(text_of(number)))
        self._families: list[int] = []
        self._buckets: dict[tuple[object, int, bytes], list[int]] = {}

    def add(self, text: str, key: Hashable) -> int:
        """The family of the next document: the number of its earliest near-duplicate, or its own.

        Only documents with equal `key` (place and years) can be of one family: the same template for
        another place or year is another document.
        """
        number = len(self._families)
        grams = _shingles(text)
        buckets = self._buckets_of(grams, key) if len(grams) else []
        others = sorted({other for bucket in buckets for other in bucket})
        alike = (other for other in others if similarity(self._shingles(other), grams) >= THRESHOLD)
        first = next(alike, None)
        self._families.append(number if first is None else self._families[first])
        for bucket in buckets:
            bucket.append(number)
        return self._families[number]

    def _buckets_of(self, grams: NDArray[numpy.uint64], key: Hashable) -> list[list[int]]:
        signature = _signature(grams)
        bands = (signature[band * ROWS : (band + 1) * ROWS].tobytes() for band in range(BANDS))
        return [self._buckets.setdefault((key, number, band), []) for number, band in enumerate(bands)]


def similarity(left: NDArray[numpy.uint64], right: NDArray[numpy.uint64]) -> float:
    """The Jaccard similarity of two sets of hashed shingles."""
    both = len(numpy.intersect1d(left, right, assume_unique=True))
    return both / max(1, len(left) + len(right) - both)


def _shingles(text: str) -> NDArray[numpy.uint64]:
    codes = numpy.frombuffer("".join(text.split()).encode("utf-32-le", "replace"), "<u4").astype(numpy.uint64)
    if len(codes) < GRAM:
        return numpy.zeros(0, numpy.uint64)
    value = numpy.zeros(len(codes) - GRAM + 1, numpy.uint64)
    for offset in range(GRAM):
        value = (value ^ codes[offset : offset + len(value)]) * _PRIME
        value ^= value >> numpy.uint64(29)
    return numpy.unique(value)


def _signature(grams: NDArray[numpy.uint64]) -> NDArray[numpy.uint64]:
    count = BANDS * ROWS
    seeds = (numpy.arange(1, count + 1, dtype=numpy.uint64) * _PRIME)[:, None]
    mixed = (grams[None, :] ^ seeds) * numpy.uint64(0xC2B2AE3D27D4EB4F)
    mixed ^= mixed >> numpy.uint64(31)
    signature: NDArray[numpy.uint64] = mixed.min(axis=1)
    return signature
