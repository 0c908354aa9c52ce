"""How everything grows with the corpus: build time, disk, memory, answers, and the nearest vectors with and without
a graph."""

from __future__ import annotations

import json
import sys
import time
import zlib
from argparse import Namespace
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from statistics import median
from typing import Any

import numpy

from eval.bench import pages
from eval.bench.machine import ANSWERED, quantile, run
from index.build import build
from index.disk import Disk
from index.store import Index, open_build
from index.types import Embedder, Vectors
from index.vectors import ExactVectors, FaissVectors, write_graph
from rag.assemble import open_cutter, open_embedder
from rag.settings import read_settings

PASSAGES_A_PARAGRAPH = 1.45  # of these pages; what was really built stands in the table
GRAPH_SIZES = (10_000, 30_000, 100_000, 300_000, 1_000_000)
NEAREST = 10
_NOISE = 0.3  # length of what is added to a unit vector to make another


class PerturbedEmbedder:
    """An embedder for sizes that nobody would wait for: vectors of other texts, each moved a little by its text."""

    def __init__(self, real: Embedder, rows: Vectors) -> None:
        self.name, self.fingerprint = real.name, real.fingerprint
        self.dimension, self.max_tokens = real.dimension, real.max_tokens
        self.embed_questions = real.embed_questions
        self._rows = rows

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Nothing is tokenised."""
        return [0] * len(texts)

    def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """A vector of the corpus, drawn and moved by the text's checksum: (texts, dimension)."""
        found = numpy.empty((len(texts), self.dimension), numpy.float32)
        for number, text in enumerate(texts):
            source = numpy.random.default_rng(zlib.crc32(text.encode("utf-8")))
            noise = source.standard_normal(self.dimension).astype(numpy.float32)
            row = self._rows[source.integers(len(self._rows))] + noise * (_NOISE / numpy.linalg.norm(noise))
            found[number] = row / numpy.linalg.norm(row)
        return found


def measure(options: Namespace, data: Path) -> dict[str, Any]:
    """Every size that was asked for, and the sizes measured in earlier runs."""
    home = data / "growth"
    for size in sorted(options.sizes):
        _measured(size, home / str(size), options, _build_real)
    if options.perturbed:
        largest = home / str(max(options.sizes))
        _measured(options.perturbed, home / f"{options.perturbed}-perturbed", options, _perturbed_from(largest))
    found = [json.loads(path.read_text("utf-8")) for path in home.glob("*/figures.json")]
    return {"sizes": sorted(found, key=lambda each: int(each["passages"]))}


def _measured(size: int, home: Path, options: Namespace, make: Callable[[int, Path], dict[str, Any]]) -> dict[str, Any]:
    home.mkdir(parents=True, exist_ok=True)
    built = home / "built.json"  # vectors are made once: an index that is there is only asked
    if not built.is_file():
        built.write_text(json.dumps(make(size, home)), "utf-8")
    (home / "questions.txt").write_text("\n".join(pages.questions(options.questions)), "utf-8")
    index = open_build(home / "index")
    figures = {
        **json.loads(built.read_text("utf-8")),
        "passages": index.manifest.passages,
        "documents": index.manifest.documents,
        "sentences": index.manifest.sentences,
        "engine": index.manifest.engine,
        "disk_mb": sum(entry.size for entry in index.manifest.files.values()) / 2**20,
        "files_mb": {name: entry.size / 2**20 for name, entry in index.manifest.files.items()},
        "graphs": _graphs(index, home),
        **_asked(home, options.rounds),
    }
    index.close()
    (home / "figures.json").write_text(json.dumps(figures, ensure_ascii=False, indent=1), "utf-8")
    return figures


def _build_real(size: int, home: Path) -> dict[str, Any]:
    pages.lay_out(home / "pages", round(size / PASSAGES_A_PARAGRAPH))
    ran = run([sys.executable, "-m", "index", "build", home / "pages", "--index", home / "index"])
    return {"build_seconds": ran.seconds, "build_mb": ran.peak_mb, "is_perturbed": False}


def _perturbed_from(largest: Path) -> Callable[[int, Path], dict[str, Any]]:
    def make(size: int, home: Path) -> dict[str, Any]:
        settings = read_settings()
        rows = open_build(largest / "index").passage_vectors
        embedder = PerturbedEmbedder(open_embedder(settings), rows)
        pages.lay_out(home / "pages", round(size / PASSAGES_A_PARAGRAPH))
        started = time.perf_counter()
        build([home / "pages"], home / "index", embedder, open_cutter(settings), Disk())
        return {"build_seconds": time.perf_counter() - started, "build_mb": None, "is_perturbed": True}

    return make


def _asked(home: Path, rounds: int) -> dict[str, Any]:
    """A question process on this index: cold from the shell, then warm."""
    first = (home / "questions.txt").read_text("utf-8").split("\n")[0]
    ask = Path(sys.executable).with_name("ask")
    cold = [run([ask, first, "--index", home / "index", "--json"], accepted=ANSWERED) for _ in range(rounds)]
    warm = json.loads(run([sys.executable, "-m", "eval.bench.asked", home / "index", home / "questions.txt"]).out)
    return {
        "cold_seconds": median(each.seconds for each in cold),
        "p50_ms": quantile(warm["milliseconds"], 0.5),
        "p95_ms": quantile(warm["milliseconds"], 0.95),
        "peak_mb": warm["peak_mb"],
        "own_mb": warm["own_mb"],
    }


def _graphs(index: Index, home: Path) -> list[dict[str, Any]]:
    """Exact search and the graph on the first vectors of this index, one question at a time: where they cross."""
    settings = replace(read_settings(), threads=1)
    queries = open_embedder(settings).embed_questions((home / "questions.txt").read_text("utf-8").split("\n"))
    found = []
    for size in sorted({*[size for size in GRAPH_SIZES if size < index.passages], index.passages}):
        if size < GRAPH_SIZES[0]:
            continue
        rows = numpy.ascontiguousarray(index.passage_vectors[:size])
        path = home / "graph.faiss"
        started = time.perf_counter()
        write_graph(rows, path)
        seconds = time.perf_counter() - started
        graph, exact = FaissVectors(rows, path), ExactVectors(rows)
        expected, exact_ms = _searched(exact.search, queries)
        proposed, graph_ms = _searched(graph.search, queries)
        hits = [len(set(a) & set(b)) for a, b in zip(expected, proposed, strict=True)]
        found.append(
            {
                "passages": size,
                "exact_ms": exact_ms,
                "graph_ms": graph_ms,
                "recall": sum(hits) / (NEAREST * len(queries)),
                "graph_seconds": seconds,
                "graph_mb": path.stat().st_size / 2**20,
            }
        )
        path.unlink()
    return found


def _searched(search: Callable[[Vectors, int], tuple[Any, Any]], queries: Vectors) -> tuple[list[list[int]], float]:
    """The nearest of every query, and the median of the milliseconds that each took."""
    search(queries[:1], NEAREST)
    rows, taken = [], []
    for query in queries:
        started = time.perf_counter()
        found, _ = search(query[None], NEAREST)
        taken.append((time.perf_counter() - started) * 1000)
        rows.append(found[0].tolist())
    return rows, median(taken)
