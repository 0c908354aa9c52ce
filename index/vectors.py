"""The nearest vectors: exact while that is fast, a FAISS graph beyond.

The only door to faiss. Exact search is a product over the memory-mapped rows, in blocks, so that memory stays bounded
whatever the number of rows. The graph (HNSW: Malkov and Yashunin 2018) holds the vectors in 8 bits and only proposes
candidates; their scores are computed from the exact rows, so that every engine gives the same scores.
"""

from __future__ import annotations

from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.errors import IndexDamaged
from index.types import VectorIndex, Vectors

Rows = NDArray[numpy.int64]

VECTORS = "vectors.npy"
GRAPH = "vectors.faiss"
# From so many vectors on. Measured (docs/bench.md): the two cross near 25,000, where a graph saves a millisecond and
# costs tens of them to load; at 80,000 exact search takes 9 ms of an answer's 150, and no minute to build.
GRAPH_FROM = 100_000
_BLOCK = 1 << 15  # rows in memory at a time
_QUERIES = 64  # queries at a time
_NEIGHBOURS = 32  # links of a node of the graph
_BUILD_BREADTH = 200  # candidates while linking
_SEARCH_BREADTH = 256  # candidates while searching, all of them scored exactly; at least four times k


class ExactVectors:
    """Inner products with every row. `rows` (n, dimension) may be memory-mapped, float32 or float16."""

    def __init__(self, rows: NDArray[Any]) -> None:
        self._rows = rows

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> tuple[Rows, Vectors]:
        """Row numbers and scores (queries, k), best first, the lower row on a tie; -1 and -inf where there are fewer.

        `allowed` holds the rows to choose from, each once; None means all.
        """
        found = [self._search(queries[at : at + _QUERIES], k, allowed) for at in range(0, len(queries), _QUERIES)]
        if not found:
            return numpy.empty((0, k), dtype=numpy.int64), numpy.empty((0, k), dtype=numpy.float32)
        return numpy.concatenate([rows for rows, _ in found]), numpy.concatenate([scores for _, scores in found])

    def _search(self, queries: Vectors, k: int, allowed: Rows | None) -> tuple[Rows, Vectors]:
        best = numpy.full((len(queries), k), -1, dtype=numpy.int64)
        best_scores = numpy.full((len(queries), k), -numpy.inf, dtype=numpy.float32)
        count = len(self._rows) if allowed is None else len(allowed)
        for start in range(0, count, _BLOCK):
            numbers = numpy.arange(start, min(start + _BLOCK, count)) if allowed is None else allowed[start:][:_BLOCK]
            rows = self._rows[start : start + _BLOCK] if allowed is None else self._rows[numbers]
            scores = (queries @ numpy.asarray(rows, dtype=numpy.float32).T).astype(numpy.float32, copy=False)
            best, best_scores = _merged(best, best_scores, numbers, scores)
        return best, best_scores


class FaissVectors:
    """A FAISS graph that proposes, and exact scores of what it proposed; a subset of rows is searched exactly.

    `graph` must have been checked against its checksum: a flipped bit in a FAISS file loads in silence.
    """

    def __init__(self, rows: NDArray[Any], graph: Path) -> None:
        self._rows = rows
        self._path = graph
        self._exact = ExactVectors(rows)

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> tuple[Rows, Vectors]:
        """As `ExactVectors.search`, with a recall of at least 0.99 where `allowed` is None."""
        if allowed is not None or not len(queries):
            return self._exact.search(queries, k, allowed)
        breadth = max(_SEARCH_BREADTH, 4 * k)
        parameters = _faiss().SearchParametersHNSW(efSearch=breadth)
        queries = numpy.ascontiguousarray(queries, dtype=numpy.float32)
        _, proposed = self._graph.search(queries, min(breadth, len(self._rows)), params=parameters)
        found = [
            self._exact.search(query[None], k, rows[rows >= 0]) for query, rows in zip(queries, proposed, strict=True)
        ]
        return numpy.concatenate([rows for rows, _ in found]), numpy.concatenate([scores for _, scores in found])

    @cached_property
    def _graph(self) -> Any:
        faiss = _faiss()
        try:
            graph: Any = faiss.read_index(str(self._path), faiss.IO_FLAG_MMAP_IFC)
        except RuntimeError as error:
            raise IndexDamaged(f"向量图 {self._path.name} 打不开：请重建（python -m index build 目录）") from error
        if graph.ntotal != len(self._rows):
            raise IndexDamaged(f"向量图 {self._path.name} 与向量数目不符：请重建（python -m index build 目录）")
        return graph


def open_vectors(folder: Path) -> VectorIndex:
    """The vectors of a build, whose files have been checked: by the graph where there is one, else exactly."""
    rows = numpy.load(folder / VECTORS, mmap_mode="r", allow_pickle=False)
    if (folder / GRAPH).exists():
        return FaissVectors(rows, folder / GRAPH)
    return ExactVectors(rows)


def write_graph(rows: NDArray[Any], path: Path, threads: int | None = None) -> None:
    """Build the graph of `rows` (n, dimension) and write it; wanted from GRAPH_FROM rows on."""
    faiss = _faiss()
    if threads:
        faiss.omp_set_num_threads(threads)
    dimension = rows.shape[1]
    graph = faiss.IndexHNSWSQ(dimension, faiss.ScalarQuantizer.QT_8bit, _NEIGHBOURS, faiss.METRIC_INNER_PRODUCT)
    graph.hnsw.efConstruction = _BUILD_BREADTH
    step = max(1, len(rows) // _BLOCK)  # the ranges of the 8 bits are learnt from a sample that runs through all rows
    graph.train(numpy.ascontiguousarray(rows[::step], dtype=numpy.float32))
    for start in range(0, len(rows), _BLOCK):
        graph.add(numpy.ascontiguousarray(rows[start : start + _BLOCK], dtype=numpy.float32))
    faiss.write_index(graph, str(path))


def _faiss() -> Any:
    """The library, at first need: it takes a tenth of a second, and its type stubs lack what is used here."""
    return import_module("faiss")


def _merged(best: Rows, best_scores: Vectors, numbers: Rows, scores: Vectors) -> tuple[Rows, Vectors]:
    """The k best of what was found so far and of a block of rows."""
    k = best.shape[1]
    if scores.shape[1] > k:
        kept = (
            numpy.sort(numpy.argpartition(-scores, k - 1, axis=1)[:, :k], axis=1)
            if k
            else numpy.empty((len(best), 0), int)
        )
        scores = numpy.take_along_axis(scores, kept, axis=1)
        candidates = numbers[kept]
    else:
        candidates = numpy.broadcast_to(numbers, scores.shape)
    rows = numpy.concatenate([best, candidates], axis=1)
    scores = numpy.concatenate([best_scores, scores], axis=1)
    order = numpy.lexsort((rows, -scores))[:, :k]
    return numpy.take_along_axis(rows, order, axis=1), numpy.take_along_axis(scores, order, axis=1)
