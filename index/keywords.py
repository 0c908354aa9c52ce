"""BM25 over words and over character pairs: postings in plain arrays, scored at build time.

Scores follow Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with Lucene's idf, computed eagerly as in Lù, "BM25S" (2024): a question only adds up.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

K1 = 1.2  # how fast a repeated term stops counting
B = 0.6  # how much a long passage is discounted

Postings = dict[str, NDArray[numpy.generic]]

_RUNS = re.compile(r"[0-9]+(?:[.][0-9]+)?|[a-z]+|[㐀-鿿豈-﫿\U00020000-\U0003ffff]+")


def character_pairs(folded: str) -> list[str]:
    """Overlapping pairs of hanzi, whole Latin words, whole numbers; a lone hanzi stands for itself.

    >>> character_pairs("引进19.5万家abc企")
    ['引进', '19.5', '万家', 'abc', '企']
    """
    terms: list[str] = []
    for run in _RUNS.findall(folded):
        if run[0].isascii() or len(run) == 1:
            terms.append(run)
        else:
            terms.extend(run[at : at + 2] for at in range(len(run) - 1))
    return terms


def term_key(term: str) -> int:
    """A term's 64-bit name in the arrays: two of a million terms share one with odds of 1 in 10⁷."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


def build_keywords(documents: Iterable[Sequence[str]]) -> Postings:
    """Postings of `documents` (each its terms): keys, offsets, rows, weights and idf as arrays.

    `keys` (terms,) uint64 sorted; `offsets` (terms + 1,) int64 into `rows` (postings,) int32 and
    `weights` (postings,) float32; `idf` (terms,) float32.
    """
    names: dict[str, int] = {}
    terms: list[NDArray[numpy.int64]] = []
    counts: list[NDArray[numpy.int32]] = []
    lengths: list[int] = []
    for document in documents:
        tally = Counter(document)
        terms.append(numpy.array([names.setdefault(term, len(names)) for term in tally], numpy.int64))
        counts.append(numpy.fromiter(tally.values(), numpy.int32, len(tally)))
        lengths.append(len(document))
    total = len(lengths)
    term = numpy.concatenate(terms) if terms else numpy.zeros(0, numpy.int64)
    count = numpy.concatenate(counts).astype(numpy.float32) if counts else numpy.zeros(0, numpy.float32)
    row = numpy.repeat(numpy.arange(total, dtype=numpy.int32), [len(part) for part in terms] if terms else [])
    keys = numpy.array([term_key(name) for name in names], numpy.uint64)
    order = numpy.argsort(keys, kind="stable")
    rank = numpy.empty(len(keys), numpy.int64)
    rank[order] = numpy.arange(len(keys))
    term = rank[term]
    by_term = numpy.argsort(term, kind="stable")
    frequency = numpy.bincount(term, minlength=len(keys))
    idf = numpy.log1p((total - frequency + 0.5) / (frequency + 0.5)).astype(numpy.float32)
    length = numpy.array(lengths, numpy.float32)
    norm = K1 * (1 - B + B * length / max(float(length.mean()) if total else 1.0, 1e-9))
    weight = idf[term] * count * (K1 + 1) / (count + norm[row])
    return {
        "keys": keys[order],
        "offsets": numpy.concatenate(([0], numpy.cumsum(frequency))).astype(numpy.int64),
        "rows": row[by_term],
        "weights": weight[by_term].astype(numpy.float32),
        "idf": idf,
    }


class Keywords:
    """The postings of one leg, memory-mapped."""

    def __init__(self, postings: Postings, passages: int) -> None:
        self._keys = postings["keys"]
        self._offsets = postings["offsets"]
        self._rows = postings["rows"]
        self._weights = postings["weights"]
        self._idf = postings["idf"]
        self._passages = passages

    def scores(self, terms: Iterable[str]) -> NDArray[numpy.float32]:
        """The BM25 score of every passage, (passages,) float32; each distinct term counts once."""
        total = numpy.zeros(self._passages, numpy.float32)
        for place in self._places(set(terms)):
            start, end = int(self._offsets[place]), int(self._offsets[place + 1])
            total[self._rows[start:end]] += self._weights[start:end]
        return total

    def idf(self, term: str) -> float:
        """How rare a term is here; a term that the index does not have is the rarest."""
        for place in self._places({term}):
            return float(self._idf[place])
        return math.log1p((self._passages + 0.5) / 0.5)

    def rows(self, term: str) -> NDArray[numpy.int32]:
        """The passages that hold a term, ascending."""
        for place in self._places({term}):
            held: NDArray[Any] = self._rows[int(self._offsets[place]) : int(self._offsets[place + 1])]
            return held
        return numpy.zeros(0, numpy.int32)

    def _places(self, terms: set[str]) -> list[int]:
        if not len(self._keys) or not terms:
            return []
        wanted = numpy.array(sorted(term_key(term) for term in terms), numpy.uint64)
        found = numpy.searchsorted(self._keys, wanted)
        return [
            int(place)
            for place, key in zip(found, wanted, strict=True)
            if place < len(self._keys) and self._keys[place] == key
        ]


def open_keywords(folder: Path, name: str, passages: int) -> Keywords:
    """The leg `name` of a build, memory-mapped from its .npy files."""
    parts = ("keys", "offsets", "rows", "weights", "idf")
    return Keywords(
        {part: numpy.load(folder / f"{name}.{part}.npy", mmap_mode="r", allow_pickle=False) for part in parts},
        passages,
    )
