"""Reposts: which documents are near-duplicates of each other.

MinHash over character 5-grams with banded candidates (Broder, "On the resemblance and containment
of documents", 1997), each candidate pair then measured exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

GRAM = 5
BANDS, ROWS = 16, 4  # finds 0.9-similar pairs with a probability above 0.9999
THRESHOLD = 0.9

_PRIME = numpy.uint64(0x9E3779B97F4A7C15)


def families(texts: Sequence[str], keys: Sequence[object]) -> list[int]:
    """The family of each folded text: the number of its earliest near-duplicate, or its own.

    Only texts with equal `keys` (place and years) can be of one family: the same template for
    another place or year is another document.
    """
    shingles = [_shingles(text) for text in texts]
    parent = list(range(len(texts)))
    buckets: dict[tuple[object, int, bytes], list[int]] = {}
    for number, grams in enumerate(shingles):
        if len(grams) == 0:
            continue
        signature = _signature(grams)
        for band in range(BANDS):
            key = (keys[number], band, signature[band * ROWS : (band + 1) * ROWS].tobytes())
            bucket = buckets.setdefault(key, [])
            for other in bucket:
                if parent[number] == number and similarity(shingles[other], grams) >= THRESHOLD:
                    parent[number] = parent[other]
            bucket.append(number)
    return parent


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
