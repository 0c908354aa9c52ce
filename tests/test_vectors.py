"""Exact search in blocks, the graph of FAISS, and which of them opens a build."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy
import pytest

from index import vectors
from index.errors import IndexDamaged
from index.vectors import ExactVectors, FaissVectors, open_vectors, write_graph
from tests.contracts.test_vectors_contract import corpus


def test_blocks_change_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    rows, queries = corpus(1000), corpus(20, seed=2)
    whole, scores = ExactVectors(rows).search(queries, 7)
    monkeypatch.setattr(vectors, "_BLOCK", 33)
    monkeypatch.setattr(vectors, "_QUERIES", 3)
    found, found_scores = ExactVectors(rows).search(queries, 7)
    assert found.tolist() == whole.tolist()
    assert numpy.abs(found_scores - scores).max() < 1e-6


def test_the_lower_row_comes_first_on_a_tie() -> None:
    rows = numpy.ones((40, 4), dtype=numpy.float32)
    assert ExactVectors(rows).search(rows[:1], 3, numpy.arange(7, 40))[0].tolist() == [[7, 8, 9]]


def test_half_precision_rows_give_the_scores_within_a_thousandth() -> None:
    rows, queries = corpus(500), corpus(5, seed=3)
    _, scores = ExactVectors(rows).search(queries, 5)
    _, halved = ExactVectors(rows.astype(numpy.float16)).search(queries, 5)
    assert halved.dtype == numpy.float32
    assert 0 < numpy.abs(halved - scores).max() < 1e-3


def test_the_graph_finds_what_exact_search_finds(tmp_path: Path) -> None:
    rows, queries = corpus(8_000, dimension=64), corpus(200, dimension=64, seed=4)
    write_graph(rows, tmp_path / "g.faiss", threads=1)
    exact = ExactVectors(rows).search(queries, 10)[0]
    found = FaissVectors(rows, tmp_path / "g.faiss").search(queries, 10)[0]
    hits = [len(set(a) & set(b)) for a, b in zip(exact.tolist(), found.tolist(), strict=True)]
    assert sum(hits) / exact.size >= 0.99


def test_a_build_is_opened_by_its_graph_where_it_has_one(tmp_path: Path) -> None:
    rows = corpus(300)
    numpy.save(tmp_path / vectors.VECTORS, rows)
    assert isinstance(open_vectors(tmp_path), ExactVectors)
    write_graph(rows, tmp_path / vectors.GRAPH)
    opened = open_vectors(tmp_path)
    assert isinstance(opened, FaissVectors)
    assert opened.search(rows[7:8], 1)[0].tolist() == [[7]]


@pytest.mark.parametrize("content", [b"", b"not a graph"])
def test_a_file_that_is_no_graph_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "g.faiss").write_bytes(content)
    rows = corpus(10)
    with pytest.raises(IndexDamaged, match="请重建"):
        FaissVectors(rows, tmp_path / "g.faiss").search(rows, 1)


def test_a_graph_of_other_vectors_is_refused(tmp_path: Path) -> None:
    write_graph(corpus(10), tmp_path / "g.faiss")
    rows = corpus(11)
    with pytest.raises(IndexDamaged, match="不符"):
        FaissVectors(rows, tmp_path / "g.faiss").search(rows, 1)


def test_exact_search_does_not_load_faiss(tmp_path: Path) -> None:
    numpy.save(tmp_path / vectors.VECTORS, corpus(10))
    program = (
        "import sys, numpy; from pathlib import Path; from index.vectors import open_vectors;"
        f"open_vectors(Path({str(tmp_path)!r})).search(numpy.ones((1, 32), numpy.float32), 3);"
        "print('faiss' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-W", "error", "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
