"""Every engine finds the rows of exact search, with its scores."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest

from index import milvus
from index.milvus import Milvus, MilvusVectors, entry
from index.types import VectorIndex, Vectors
from index.vectors import ExactVectors, FaissVectors, Rows, write_graph
from tests.servers import Server, binary_server, lite_server

__all__ = ["binary_server", "lite_server"]  # fixtures


def corpus(count: int, dimension: int = 32, seed: int = 0) -> Vectors:
    """Unit vectors (count, dimension) in clusters about one direction, as those of e5 are."""
    source = numpy.random.default_rng(seed)
    centres = source.standard_normal((40, dimension)) + 3.0
    rows = centres[source.integers(40, size=count)] + 0.7 * source.standard_normal((count, dimension))
    return numpy.asarray(rows / numpy.linalg.norm(rows, axis=1, keepdims=True), dtype=numpy.float32)


def exact(rows: Vectors, folder: Path) -> VectorIndex:
    return ExactVectors(rows)


def exact_from_disk(rows: Vectors, folder: Path) -> VectorIndex:
    numpy.save(folder / "rows.npy", rows)
    return ExactVectors(numpy.load(folder / "rows.npy", mmap_mode="r"))


def faiss(rows: Vectors, folder: Path) -> VectorIndex:
    write_graph(rows, folder / "rows.faiss", threads=1)
    return FaissVectors(rows, folder / "rows.faiss")


class Served:
    """What a Milvus server finds of `rows`, which it was sent first; a search that it did not serve is an error."""

    def __init__(self, uri: str, rows: Vectors) -> None:
        server = Milvus(uri, timeout_seconds=60)
        name = f"wenju_{secrets.token_hex(8)}"
        documents = numpy.arange(len(rows), dtype=numpy.int32) // 3
        batch = [entry(n, int(documents[n]), "蓝湾街道", (2024,), f"第{n}段", row) for n, row in enumerate(rows)]
        server.upload(name, rows.shape[1], len(rows), lambda: [batch])
        self._found = MilvusVectors(server, name, rows, documents)

    def search(self, queries: Vectors, k: int, allowed: Rows | None = None) -> tuple[Rows, Vectors]:
        found = self._found.search(queries, k, allowed)
        assert self._found.notice is None
        return found


@pytest.fixture(
    params=[
        pytest.param((exact, None), id="exact"),
        pytest.param((exact_from_disk, None), id="mapped"),
        pytest.param((faiss, None), id="faiss"),
        pytest.param((None, "lite"), id="milvus-lite", marks=pytest.mark.slow),
        pytest.param((None, "binary"), id="milvus-2.3.5", marks=pytest.mark.slow),
    ]
)
def engine(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[Vectors], VectorIndex]:
    local, kind = request.param
    if kind is None:
        return lambda rows: local(rows, tmp_path)
    monkeypatch.setattr(milvus, "_FEW", 0)  # so that the server is told which rows are allowed
    server: Server = request.getfixturevalue(f"{kind}_server")
    return lambda rows: Served(server.uri, rows)


def test_rows_and_scores_worked_out_by_hand(engine: Callable[[Vectors], VectorIndex]) -> None:
    rows = numpy.array([[1, 0], [0.6, 0.8], [0, 1], [-1, 0]], dtype=numpy.float32)
    found, scores = engine(rows).search(numpy.array([[0.8, 0.6]], dtype=numpy.float32), 3)
    assert found.tolist() == [[1, 0, 2]]
    assert scores[0] == pytest.approx([0.96, 0.8, 0.6], abs=1e-6)


def test_where_fewer_rows_exist_the_rest_is_minus_one(engine: Callable[[Vectors], VectorIndex]) -> None:
    rows = corpus(3)
    found, scores = engine(rows).search(rows[:1], 5)
    assert found[0, 0] == 0
    assert sorted(found[0, :3].tolist()) == [0, 1, 2]
    assert found[0, 3:].tolist() == [-1, -1]
    assert numpy.isneginf(scores[0, 3:]).all()


def test_rows_and_scores_of_a_full_ranking(engine: Callable[[Vectors], VectorIndex]) -> None:
    rows, queries = corpus(3000), corpus(50, seed=1)
    found, scores = engine(rows).search(queries, 10)
    products = queries @ rows.T
    expected = numpy.argsort(-products, axis=1, kind="stable")[:, :10]
    assert found.dtype == numpy.int64 and scores.dtype == numpy.float32
    assert (found == expected).mean() >= 0.99
    assert numpy.abs(scores - numpy.take_along_axis(products, found, axis=1)).max() < 1e-3
    assert (numpy.diff(scores, axis=1) <= 0).all()


def test_only_allowed_rows_are_found_and_all_of_them(engine: Callable[[Vectors], VectorIndex]) -> None:
    rows, queries = corpus(3000), corpus(5, seed=1)
    allowed = numpy.array([5, 17, 1234, 2999], dtype=numpy.int64)
    found, scores = engine(rows).search(queries, 6, allowed)
    products = queries @ rows[allowed].T
    assert found[:, :4].tolist() == allowed[numpy.argsort(-products, axis=1)].tolist()
    assert numpy.abs(scores[:, :4] + numpy.sort(-products, axis=1)).max() < 1e-3
    assert (found[:, 4:] == -1).all()


def test_no_queries_and_no_allowed_rows(engine: Callable[[Vectors], VectorIndex]) -> None:
    rows = corpus(100)
    vectors = engine(rows)
    assert [part.shape for part in vectors.search(rows[:0], 4)] == [(0, 4), (0, 4)]
    assert vectors.search(rows[:1], 2, numpy.empty(0, dtype=numpy.int64))[0].tolist() == [[-1, -1]]
