"""BM25 over words and over character pairs: memory-mapped postings that were scored at build time.

Scores follow Robertson and Zaragoza, "The Probabilistic Relevance Framework: BM25 and Beyond"
(2009), with Lucene's idf, computed eagerly as in Lù, "BM25S" (2024): a question only adds up.
Of a large corpus only the lists are read that can still change the first places (MaxScore: Turtle
and Flood, "Query Evaluation: Strategies and Optimizations", 1995); the others are looked up.
"""

from __future__ import annotations

import hashlib
import math
import re
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

K1 = 1.2  # how fast a repeated term stops counting
B = 0.6  # how much a long passage is discounted

PARTS = ("keys", "offsets", "rows", "weights", "idf", "bounds")
_SLACK = 1e-3  # of a score: sums of float32 in another order differ by less

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


def latin_terms(folded: str) -> set[str]:
    """The Latin words and numbers among the `character_pairs` of a text, which stand in it whole or not at all.

    >>> sorted(latin_terms("引进19.5万家abc企"))
    ['19.5', 'abc']
    """
    return {run for run in _RUNS.findall(folded) if run[0].isascii()}


@lru_cache(maxsize=1 << 17)
def term_key(term: str) -> int:
    """A term's 64-bit name in the arrays: two of a million terms share one with odds of 1 in 10⁷."""
    return int.from_bytes(hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest(), "little")


class Keywords:
    """The postings of one leg, memory-mapped."""

    def __init__(self, postings: Postings, passages: int) -> None:
        self._keys = postings["keys"]
        self._offsets = postings["offsets"]
        self._rows = postings["rows"]
        self._weights = postings["weights"]
        self._idf = postings["idf"]
        self._bounds = postings["bounds"]
        self._passages = passages

    def scores(self, terms: Iterable[str]) -> NDArray[numpy.float32]:
        """The BM25 score of every passage, (passages,) float32; each distinct term counts once."""
        total = numpy.zeros(self._passages, numpy.float32)
        for place in self._places(set(terms)):
            rows, weights = self._list(place)
            total[rows] += weights
        return total

    def top(
        self, terms: Iterable[str], k: int, allowed: NDArray[numpy.bool_] | None = None
    ) -> tuple[NDArray[numpy.int64], NDArray[numpy.float32]]:
        """The `k` best passages among those `allowed` (passages,) and their scores, best first, the lower row on a tie.

        The same as sorting `scores`, which this does not compute; passages that hold no term are never among them.
        """
        # Terms by what they can give at most: once the lists still to come cannot lift a passage that was not seen yet
        # to the k-th place, they need not be read, only looked up for the passages that were.
        places = sorted(self._places(set(terms)), key=lambda place: -float(self._bounds[place]))
        rest = float(sum(self._bounds[place] for place in places))
        seen = numpy.zeros(0, numpy.int64)
        partial = numpy.zeros(0, numpy.float64)
        least = 0.0
        for number, place in enumerate(places):
            if len(seen) >= k:
                least = float(numpy.partition(partial, len(partial) - k)[len(partial) - k])
                if rest < least - _SLACK:
                    seen, partial = self._lifted(places[number:], seen, partial, rest, k)
                    break
            rows, weights = self._list(place)
            if allowed is not None:
                kept = allowed[rows]
                rows, weights = rows[kept], weights[kept]
            seen, partial = _added(seen, partial, rows, weights)
            rest -= float(self._bounds[place])
        exact = self._at(sorted(places), seen)
        order = numpy.lexsort((seen, -exact))[:k]
        return seen[order], exact[order]

    def scores_at(self, terms: Iterable[str], rows: NDArray[numpy.int64]) -> NDArray[numpy.float32]:
        """The BM25 scores of some passages, (rows,) float32, equal to those of `scores`."""
        return self._at(self._places(set(terms)), rows)

    def _lifted(
        self,
        places: list[int],
        seen: NDArray[numpy.int64],
        partial: NDArray[numpy.float64],
        rest: float,
        k: int,
    ) -> tuple[NDArray[numpy.int64], NDArray[numpy.float64]]:
        """Passages that may still be among the k best once the lists of `places` are looked up."""
        for place in places:
            least = float(numpy.partition(partial, len(partial) - k)[len(partial) - k])
            kept = partial + rest >= least - _SLACK
            seen, partial = seen[kept], partial[kept]
            partial = partial + self._weights_at(place, seen)
            rest -= float(self._bounds[place])
        return seen, partial

    def _at(self, places: list[int], rows: NDArray[numpy.int64]) -> NDArray[numpy.float32]:
        total = numpy.zeros(len(rows), numpy.float32)
        for place in places:
            total += self._weights_at(place, rows)
        return total

    def _weights_at(self, place: int, rows: NDArray[numpy.int64]) -> NDArray[numpy.float32]:
        """What a term gives to some passages, (rows,) float32."""
        held, weights = self._list(place)
        found = numpy.minimum(numpy.searchsorted(held, rows.astype(held.dtype)), max(len(held) - 1, 0))
        return numpy.where(held[found] == rows, weights[found], 0).astype(numpy.float32)

    def _list(self, place: int) -> tuple[NDArray[numpy.int32], NDArray[numpy.float32]]:
        start, end = int(self._offsets[place]), int(self._offsets[place + 1])
        rows: NDArray[Any] = self._rows[start:end]
        weights: NDArray[Any] = self._weights[start:end]
        return rows, weights

    def idf(self, term: str) -> float:
        """How rare a term is here; a term that the index does not have is the rarest."""
        for place in self._places({term}):
            return float(self._idf[place])
        return math.log1p((self._passages + 0.5) / 0.5)

    def rows(self, term: str) -> NDArray[numpy.int32]:
        """The passages that hold a term, ascending."""
        for place in self._places({term}):
            return self._list(place)[0]
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
    return Keywords(
        {part: numpy.load(folder / f"{name}.{part}.npy", mmap_mode="r", allow_pickle=False) for part in PARTS},
        passages,
    )


def _added(
    seen: NDArray[numpy.int64],
    partial: NDArray[numpy.float64],
    rows: NDArray[numpy.int32],
    weights: NDArray[numpy.float32],
) -> tuple[NDArray[numpy.int64], NDArray[numpy.float64]]:
    """The union of two ascending lists of passages, and the sums of what they were given."""
    both = numpy.concatenate([seen, rows])
    order = numpy.argsort(both, kind="stable")  # two sorted runs: a merge
    both, values = both[order], numpy.concatenate([partial, weights])[order]
    is_first = numpy.ones(len(both), bool)
    is_first[1:] = both[1:] != both[:-1]
    starts = numpy.flatnonzero(is_first)
    return both[starts], numpy.add.reduceat(values, starts) if len(starts) else values
