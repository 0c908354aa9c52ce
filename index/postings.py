"""Postings made in bounded memory: what the terms of a corpus come to is sorted on the disk, bucket by bucket.

Only the vocabulary (28 bytes a term) and one number a passage stay in memory. Counts are spilled as they come, by the
first bits of their term's key, and each bucket is then sorted by itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy
from numpy.typing import NDArray

from index.disk import Disk, explained
from index.keywords import K1, B, Postings, term_key

_BITS = 6  # of a key that choose its bucket
_HELD = 1 << 20  # counts in memory between two spills, 16 bytes each
_COUNT = numpy.dtype([("key", "<u8"), ("row", "<i4"), ("count", "<f4")])
_POSTING = numpy.dtype([("row", "<i4"), ("weight", "<f4")])

Array = NDArray[Any]


def build_keywords(documents: Iterable[Sequence[str]]) -> Postings:
    """Postings of `documents` (each its terms), in memory.

    `keys` (terms,) uint64 sorted; `offsets` (terms + 1,) int64 into `rows` (postings,) int32, ascending within a term,
    and `weights` (postings,) float32; `idf` and `bounds` (terms,) float32: how rare a term is, and the most it gives.
    """
    with TemporaryDirectory() as folder:
        spilled = Spilled(Path(folder), documents)
        lists = numpy.concatenate([numpy.zeros(0, _POSTING), *spilled.lists()])
        return {**spilled.terms, "rows": lists["row"].copy(), "weights": lists["weight"].copy()}


def write_keywords(documents: Iterable[Sequence[str]], folder: Path, name: str, disk: Disk) -> None:
    """Write the postings of `documents` as the leg `name` of a build, for `index.keywords.open_keywords`."""
    # Beside the build and named like one that is not finished: what a killed build leaves is cleared by the next.
    with explained(folder), TemporaryDirectory(dir=folder.parent, prefix=f"{folder.name}-{name}-") as spill:
        spilled = Spilled(Path(spill), documents)
        for part, array in spilled.terms.items():
            disk.save(folder / f"{name}.{part}.npy", array)
        for part, field, kind in (("rows", "row", "<i4"), ("weights", "weight", "<f4")):
            blocks = (block[field] for block in spilled.lists())
            disk.save_blocks(folder / f"{name}.{part}.npy", (spilled.postings,), kind, blocks)


class Spilled:
    """The postings of `documents` in files under `folder`: `terms` are the arrays by term, `lists` reads the rest."""

    def __init__(self, folder: Path, documents: Iterable[Sequence[str]]) -> None:
        self._folder = folder
        self._keys: list[int] = []
        self._rows: list[int] = []
        self._counts: list[int] = []
        lengths: list[int] = []
        for row, document in enumerate(documents):
            self._take(row, document)
            lengths.append(len(document))
        self._spill()
        length = numpy.array(lengths, numpy.float32)
        norm = K1 * (1 - B + B * length / max(float(length.mean()) if lengths else 1.0, 1e-9))
        made = [self._sorted(bucket, norm.astype(numpy.float32)) for bucket in range(1 << _BITS)]
        keys, sizes, idf, bounds = (numpy.concatenate(parts) for parts in zip(*made, strict=True))
        offsets = numpy.concatenate(([0], numpy.cumsum(sizes))).astype(numpy.int64)
        self.terms: Postings = {"keys": keys, "offsets": offsets, "idf": idf, "bounds": bounds}
        self.postings = int(offsets[-1])

    def lists(self) -> Iterator[Array]:
        """The postings of each bucket, in the order of the terms: rows and weights as records."""
        for bucket in range(1 << _BITS):
            yield numpy.fromfile(self._path(bucket, "lists"), _POSTING)

    def _take(self, row: int, document: Sequence[str]) -> None:
        tally = Counter(document)
        self._keys.extend(map(term_key, tally))
        self._rows.extend([row] * len(tally))
        self._counts.extend(tally.values())
        if len(self._keys) >= _HELD:
            self._spill()

    def _spill(self) -> None:
        """Append what is held to the files of its buckets; within a bucket the rows stay ascending."""
        held = numpy.empty(len(self._keys), _COUNT)
        held["key"], held["row"], held["count"] = self._keys, self._rows, self._counts
        for values in (self._keys, self._rows, self._counts):
            values.clear()
        bucket = (held["key"] >> numpy.uint64(64 - _BITS)).astype(numpy.int64)
        held = held[numpy.argsort(bucket, kind="stable")]
        ends = numpy.cumsum(numpy.bincount(bucket, minlength=1 << _BITS))
        for number, part in enumerate(numpy.split(held, ends[:-1])):
            with self._path(number, "counts").open("ab") as file:
                file.write(part.tobytes())

    def _sorted(self, bucket: int, norm: NDArray[numpy.float32]) -> tuple[Array, Array, Array, Array]:
        """Sort one bucket and weigh it; its terms' keys, numbers of postings, idf and highest weights."""
        counts = numpy.fromfile(self._path(bucket, "counts"), _COUNT)
        self._path(bucket, "counts").unlink()
        counts = counts[numpy.argsort(counts["key"], kind="stable")]
        keys, starts, sizes = numpy.unique(counts["key"], return_index=True, return_counts=True)
        total = len(norm)
        idf = numpy.log1p((total - sizes + 0.5) / (sizes + 0.5)).astype(numpy.float32)
        count = counts["count"]
        lists = numpy.empty(len(counts), _POSTING)
        lists["row"] = counts["row"]
        lists["weight"] = numpy.repeat(idf, sizes) * count * numpy.float32(K1 + 1) / (count + norm[counts["row"]])
        lists.tofile(self._path(bucket, "lists"))
        bounds = numpy.maximum.reduceat(lists["weight"], starts) if len(starts) else numpy.zeros(0, numpy.float32)
        return keys, sizes, idf, bounds

    def _path(self, bucket: int, kind: str) -> Path:
        return self._folder / f"{bucket}.{kind}"
