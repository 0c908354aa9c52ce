"""Embedding over a Dask cluster of real processes, one of which is killed in the middle."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy
import pytest

from index import workers
from index.errors import ModelError
from index.store import Index, open_build
from index.types import Embedder
from index.workers import ClusterEmbedder
from rag.assemble import build_index, embed_on_worker
from rag.settings import Settings, read_settings
from tests.fake_models import FakeEmbedder
from tests.servers import free_port

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "demo"


class Cluster:
    """A scheduler and worker processes of one thread each, on the loopback."""

    def __init__(self, folder: Path) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._log = (folder / "log").open("ab")
        self._folder = folder
        self.scheduler = self._start("scheduler", "--host", "127.0.0.1", "--port", self.address.rpartition(":")[2])
        self.workers = [self.worker(), self.worker()]

    def worker(self) -> subprocess.Popen[bytes]:
        """One more worker; without a nanny, so that who is killed stays dead."""
        return self._start("worker", f"tcp://{self.address}", "--nthreads", "1", "--no-nanny")

    def close(self) -> None:
        """Kill everything."""
        for process in (*self.workers, self.scheduler):
            process.kill()
            process.wait()
        self._log.close()

    def _start(self, role: str, *arguments: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [str(Path(sys.executable).with_name("dask")), role, *arguments, "--no-dashboard"],
            cwd=self._folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=self._log,
            stderr=self._log,
        )


@pytest.fixture
def cluster(tmp_path: Path) -> Iterator[Cluster]:
    """A scheduler and two workers."""
    started = Cluster(tmp_path)
    yield started
    started.close()


def vectors_of(index: Index) -> list[numpy.ndarray[tuple[int, ...], numpy.dtype[numpy.float32]]]:
    """The vectors of the passages and of all sentences."""
    sentences = [index.sentence_vectors(number) for number in range(index.passages)]
    return [numpy.asarray(index.passage_vectors), numpy.concatenate(sentences)]


@pytest.mark.slow
def test_a_cluster_builds_what_one_process_builds(cluster: Cluster, settings: Settings, tmp_path: Path) -> None:
    """With one worker killed: the same texts embedded, each once, the same hash, vectors and nearest passages."""
    own = replace(settings, index=tmp_path / "serial")
    serial = build_index([DEMO], own)
    killed = threading.Event()

    def kill() -> None:
        cluster.workers[0].kill()
        killed.set()

    def progress(step: str, done: int, total: int) -> None:
        if step == "sentences" and not killed.is_set() and not timer.is_alive():
            timer.start()

    timer = threading.Timer(0.4, kill)
    there = replace(settings, index=tmp_path / "cluster")
    report = build_index([DEMO], there, progress=progress, cluster=f"dask://{cluster.address}")
    assert killed.is_set() and cluster.workers[0].wait() != 0
    assert cluster.workers[1].poll() is None
    assert report.manifest.hash == serial.manifest.hash
    assert (report.embedded, report.reused) == (serial.embedded, serial.reused)
    one, many = open_build(own.index), open_build(there.index)
    for expected, found in zip(vectors_of(one), vectors_of(many), strict=True):
        assert expected.shape == found.shape
        lengths = numpy.linalg.norm(expected, axis=1) * numpy.linalg.norm(found, axis=1)
        assert ((expected * found).sum(axis=1) / lengths).min() >= 0.999
    queries = vectors_of(one)[1][::3]
    expected_rows, _ = one.vectors.search(queries, 5)
    found_rows, _ = many.vectors.search(queries, 5)
    same = [set(a) == set(b) for a, b in zip(expected_rows.tolist(), found_rows.tolist(), strict=True)]
    assert len(same) > 100
    assert sum(same) / len(same) >= 0.99
    one.close()
    many.close()


@pytest.mark.slow
def test_a_worker_that_comes_later_takes_part(cluster: Cluster, settings: Settings, embedder: Embedder) -> None:
    for process in cluster.workers:
        process.kill()
        process.wait()
    cluster.workers = []
    threading.Timer(1.0, lambda: cluster.workers.append(cluster.worker())).start()
    there = ClusterEmbedder(f"dask://{cluster.address}", embedder, embed_on_worker, settings.embedder)
    texts = ["莲塘街道今年修缮楼道三十二处。", "口岸计划于六月底前开通。", ""]
    found = there.embed_passages(texts)
    assert (found * embedder.embed_passages(texts)).sum(axis=1).min() > 0.999
    assert there.embed_passages([]).shape == (0, embedder.dimension)
    there.close()


@pytest.mark.slow
def test_another_model_is_refused_and_nobody_there_is_said(
    cluster: Cluster, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = ClusterEmbedder(f"dask://{cluster.address}", FakeEmbedder(), embed_on_worker, settings.embedder)
    with pytest.raises(ModelError, match="同一个版本"):
        there.embed_passages(["一句话。"])
    there.close()
    monkeypatch.setattr(workers, "_CONNECT", 1)
    with pytest.raises(ModelError, match="没有应答"):
        ClusterEmbedder(f"dask://127.0.0.1:{free_port()}", FakeEmbedder(), embed_on_worker, "bundled")


def test_a_worker_embeds_with_its_own_model(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("rag.assemble._worker_embedder", lambda model: FakeEmbedder())
    data = embed_on_worker("bundled", "fake-1", ["一句话。", "两句话。"])
    assert (
        numpy.frombuffer(data, "<f4").reshape(2, 32).tolist()
        == FakeEmbedder()._embed(["一句话。", "两句话。"]).tolist()
    )
    with pytest.raises(ModelError, match="同一个版本"):
        embed_on_worker("bundled", "fake-2", ["一句话。"])


def test_certificates_come_from_the_settings(tmp_path: Path) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('[dask]\nauthority = "ca.pem"\ncertificate = "c.pem"\nkey = "k.pem"\n', "utf-8")
    assert read_settings({}, file).dask.is_encrypted
    assert not read_settings({}, tmp_path / "none").dask.is_encrypted
