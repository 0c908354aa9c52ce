"""A Milvus server beside a build: what it holds, and what happens when it is killed while it is asked or written to."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy
import pytest

from index import milvus
from index.errors import StoreError
from index.milvus import Entry, Milvus, MilvusVectors, among, entry
from index.store import open_build
from index.types import Vectors
from index.vectors import ExactVectors
from tests.contracts.test_vectors_contract import corpus
from tests.corpora import PAGES, fake_build, write_pages
from tests.servers import Server, binary_server, free_port, lite_server

__all__ = ["binary_server", "lite_server"]  # fixtures

SERVED_WITHIN = 2.0  # seconds, with the server gone
KILLED_AT = {"lite": (7,), "binary": (7, 19)}  # batches; twice in the long tier


@pytest.fixture(params=["lite", pytest.param("binary", marks=pytest.mark.long)])
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """A real server of each kind, running before and after every test."""
    found: Server = request.getfixturevalue(f"{request.param}_server")
    yield found
    if not found.answers():
        found.kill()
        found.start()


def batches(rows: Vectors, size: int = 50) -> list[list[Entry]]:
    """Rows as they are sent, two to a document."""
    every = [entry(number, number // 2, None, (), f"第{number}段", row) for number, row in enumerate(rows)]
    return [every[start : start + size] for start in range(0, len(every), size)]


def documents(rows: Vectors) -> numpy.ndarray[tuple[int], numpy.dtype[numpy.int32]]:
    return numpy.arange(len(rows), dtype=numpy.int32) // 2


def held(client: Milvus, name: str, rows: Vectors) -> None:
    """Assert that a collection holds every row once: by its count, and by what exact search finds in it."""
    assert client.count(name) == len(rows)
    found = client.nearest(name, rows[:20], min(len(rows), 1000))
    for number, numbers in enumerate(found):
        assert len(set(numbers)) == len(numbers) == min(len(rows), 1000)
        assert numbers[0] == number


def test_whole_documents_are_named_by_their_number() -> None:
    of = numpy.array([0, 0, 1, 1, 1, 2], dtype=numpy.int32)
    sizes = numpy.bincount(of)
    assert among(numpy.array([2, 3, 4, 5]), of, sizes) == "document in [1,2]"
    assert among(numpy.array([0, 3]), of, sizes) == "number in [0,3]"
    assert among(numpy.array([], dtype=numpy.int64), of, sizes) == ""


def test_a_text_longer_than_a_field_is_cut_between_characters() -> None:
    kept = entry(0, 0, None, (), "文" * 30_000, corpus(1)[0])["text"]
    assert kept == "文" * 21_845


def test_nobody_listens() -> None:
    client = Milvus(f"http://127.0.0.1:{free_port()}", patience_seconds=0.1)
    with pytest.raises(StoreError, match="没有应答"):
        client.nearest("wenju_none", corpus(1), 1)


def test_a_server_that_is_away_is_not_asked_at_every_question(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    class Away(Milvus):
        def nearest(self, name: str, queries: Vectors, limit: int, condition: str = "") -> list[list[int]]:
            asked.append(limit)
            raise StoreError("away")

    rows = corpus(50)
    vectors = MilvusVectors(Away("http://nowhere"), "c", rows, documents(rows))
    for _ in range(3):
        found, _ = vectors.search(rows[:1], 3)
        assert found[0, 0] == 0
        assert vectors.notice is not None and "本机" in vectors.notice
    assert len(asked) == 1
    monkeypatch.setattr(milvus, "_LOCAL", 10)
    found, _ = vectors.search(rows[:1], 3)
    assert found.tolist() == [[-1, -1, -1]]
    assert "只用关键词" in vectors.notice


@pytest.mark.slow
def test_a_graph_finds_what_exact_search_finds(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(milvus, "GRAPH_FROM", 1000)
    rows, queries = corpus(2000, dimension=64), corpus(100, dimension=64, seed=5)
    client = Milvus(server.uri, timeout_seconds=60)
    client.upload(f"wenju_graph_{server.kind}", 64, len(rows), lambda: batches(rows, 500))
    found, scores = MilvusVectors(client, f"wenju_graph_{server.kind}", rows, documents(rows)).search(queries, 10)
    exact, expected = ExactVectors(rows).search(queries, 10)
    hits = [len(set(a) & set(b)) for a, b in zip(exact.tolist(), found.tolist(), strict=True)]
    assert sum(hits) / exact.size >= 0.99
    assert numpy.abs(scores[:, 0] - expected[:, 0]).max() < 1e-3


@pytest.mark.slow
def test_a_build_is_a_collection_and_those_before_it_go(server: Server, tmp_path: Path) -> None:
    source = write_pages(tmp_path / "source")
    client = Milvus(server.uri, timeout_seconds=60)
    names = []
    for number in range(4):
        write_pages(source, {"red.txt": PAGES["red.txt"].replace("七个", f"{number}个")})
        report = fake_build(source, tmp_path / "index", server=client)
        assert report.manifest.engine == "milvus"
        assert client.count(report.manifest.collection) == report.manifest.passages
        names.append(report.manifest.collection)
    assert client.collections(names[0].rpartition("_")[0]) == sorted(names[1:])
    again = fake_build(source, tmp_path / "index", server=client)
    assert (again.manifest.collection, again.embedded) == (names[3], 0)
    local = fake_build(source, tmp_path / "local")
    assert local.manifest.hash == again.manifest.hash
    index = open_build(tmp_path / "index")
    rows = index.passage_vectors
    vectors = MilvusVectors(client, names[3], rows, index.passage_documents)
    found, scores = vectors.search(rows[:2], 3)
    exact, expected = ExactVectors(rows).search(rows[:2], 3)
    assert vectors.notice is None
    assert found[:, 0].tolist() == exact[:, 0].tolist() == [0, 1]
    assert numpy.abs(scores - expected).max() < 1e-3
    index.close()


@pytest.mark.slow
def test_killed_while_it_is_asked(server: Server) -> None:
    """Every search is served within two seconds, says by whom, and the server serves again once it is back."""
    rows = corpus(2000)
    client = Milvus(server.uri)
    name = f"wenju_asked_{server.kind}"
    client.upload(name, rows.shape[1], len(rows), lambda: batches(rows, 500))
    vectors = MilvusVectors(client, name, rows, documents(rows))
    expected = ExactVectors(rows).search(rows[:5], 3)[0].tolist()
    until_served(vectors, rows)
    threading.Timer(0.3, server.kill).start()
    slowest, notices = 0.0, []
    until = time.monotonic() + 3
    while time.monotonic() < until:
        started = time.monotonic()
        assert vectors.search(rows[:5], 3)[0].tolist() == expected
        slowest = max(slowest, time.monotonic() - started)
        notices.append(vectors.notice)
    assert slowest < SERVED_WITHIN
    assert notices[0] is None
    assert notices[-1] is not None and "没有应答" in notices[-1]
    server.start()
    until_served(vectors, rows)
    held(Milvus(server.uri, timeout_seconds=60), name, rows)


def until_served(vectors: MilvusVectors, rows: Vectors) -> None:
    """Search until the server serves: it may be starting still."""
    until = time.monotonic() + 90
    while True:
        vectors.search(rows[:1], 3)
        if vectors.notice is None:
            return
        assert time.monotonic() < until
        time.sleep(0.2)


@pytest.mark.slow
def test_killed_while_it_is_written_to(server: Server) -> None:
    """The upload waits, goes on, and leaves every row once."""
    rows = corpus(3000)
    name = f"wenju_written_{server.kind}"
    client = Milvus(server.uri, timeout_seconds=60, patience_seconds=120)
    killed = threading.Event()

    def sent() -> Iterator[Sequence[Entry]]:
        for number, batch in enumerate(batches(rows, 100)):
            if number in KILLED_AT[server.kind]:
                server.kill()
                killed.set()
                threading.Thread(target=server.launch).start()
            yield batch

    client.upload(name, rows.shape[1], len(rows), sent)
    assert killed.is_set()
    held(client, name, rows)


@pytest.mark.slow
def test_a_server_that_stays_away_leaves_the_old_build(server: Server, tmp_path: Path) -> None:
    source = write_pages(tmp_path / "source")
    client = Milvus(server.uri, timeout_seconds=60, patience_seconds=2)
    first = fake_build(source, tmp_path / "index", server=client)
    write_pages(source, {"new.txt": "新开的页面\n\n写着一句还没有人读过的话。"})
    server.kill()
    with pytest.raises(StoreError, match="没有应答"):
        fake_build(source, tmp_path / "index", server=client)
    index = open_build(tmp_path / "index")
    assert (index.manifest, index.notice) == (first.manifest, None)
    index.close()
    server.start()
    client = Milvus(server.uri, timeout_seconds=60)
    second = fake_build(source, tmp_path / "index", server=client)
    assert second.manifest.passages > first.manifest.passages
    assert client.count(second.manifest.collection) == second.manifest.passages
