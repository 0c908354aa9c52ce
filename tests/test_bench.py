"""The bench: what it measures with, and that its page says what was not measured."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy
import pytest

from eval.bench import pages
from eval.bench.growth import PerturbedEmbedder
from eval.bench.machine import quantile, run
from eval.bench.page import write_page
from index.errors import CaseError
from tests.fake_models import FakeEmbedder

MACHINE = {"processor": "处理器", "cores": 2, "load": 0.1, "time": "2026-01-02 03:04", "commit": "abc"}
GRAPH = {"passages": 10_000, "exact_ms": 1.5, "graph_ms": 2.5, "recall": 0.995, "graph_seconds": 3.0, "graph_mb": 7.0}


def sized(passages: int, is_perturbed: bool) -> dict[str, Any]:
    """Figures of one size."""
    figures = dict.fromkeys(("build_seconds", "disk_mb", "cold_seconds", "p50_ms", "p95_ms", "own_mb", "peak_mb"), 12.0)
    return {
        **figures,
        "passages": passages,
        "documents": passages // 10,
        "sentences": passages * 6,
        "build_mb": None,
        "is_perturbed": is_perturbed,
        "graphs": [GRAPH],
    }


def test_the_page_says_what_was_not_measured(tmp_path: Path) -> None:
    growth = {"machine": MACHINE, "load_after": 0.2, "sizes": [sized(1000, False), sized(10_000, True)]}
    write_page({"rivals": None, "encoding": None, "growth": growth, "multiplying": None}, tmp_path)
    page = (tmp_path / "bench.md").read_text("utf-8")
    assert page.count("\n未测。\n") == 3
    assert "| 1,000 | 100 | 6,000 | 12 | 未测 | 12 |" in page
    assert "| 10,000 | 1.50 | 2.50 | 0.9950 | 3 | 7 |" in page
    assert "处理器，2 核；负载 0.1 → 0.2；2026-01-02 03:04 UTC，提交 abc" in page
    assert (tmp_path / "bench-growth.svg").stat().st_size > 1000


def test_a_rival_that_is_not_installed_has_no_figures(tmp_path: Path) -> None:
    keys = ("cold_seconds", "cold_mb", "p50_ms", "p95_ms", "warm_mb", "build_seconds", "build_mb", "recall_5")
    ours = dict.fromkeys(keys, 0.5)
    sets = {"set": {"pages": 3, "questions": 4, "wenju": ours, "langchain": {"error": "没有装"}}}
    rivals = {"machine": MACHINE, "load_after": 0.2, "sets": sets}
    write_page({"rivals": rivals, "encoding": None, "growth": None, "multiplying": None}, tmp_path)
    page = (tmp_path / "bench.md").read_text("utf-8")
    assert "| 热：p50（毫秒） | 0.5 | 未测 |" in page
    assert "没有装" in page


def test_a_command_is_measured_from_outside() -> None:
    ran = run([sys.executable, "-c", "import time; time.sleep(0.2); print('é' * 10 ** 5); x = bytearray(10 ** 8)"])
    assert ran.out == "é" * 10**5 + "\n"
    assert ran.seconds >= 0.2
    assert ran.peak_mb > 95
    with pytest.raises(CaseError, match="no such luck"):
        run([sys.executable, "-c", "import sys; print('no such luck', file=sys.stderr); sys.exit(2)"])


def test_a_quantile_is_one_of_the_values() -> None:
    assert quantile([3.0, 1.0, 2.0, 4.0], 0.5) == 3.0
    assert quantile([5.0], 0.95) == 5.0
    assert quantile(list(map(float, range(100))), 0.95) == 95.0


def test_perturbed_vectors_are_near_real_ones_and_always_the_same() -> None:
    real = FakeEmbedder()
    rows = real.embed_passages([f"第{number}段写着第{number * 7}件事。" for number in range(20)])
    embedder = PerturbedEmbedder(real, rows)
    found = embedder.embed_passages(["一", "二", "三", "一"])
    assert numpy.linalg.norm(found, axis=1) == pytest.approx([1.0] * 4, abs=1e-6)
    assert found[0].tolist() == found[3].tolist() != found[1].tolist()
    assert ((found @ rows.T).max(axis=1) > 0.9).all()
    assert ((found @ rows.T).max(axis=1) < 0.9999).all()
    assert embedder.fingerprint == real.fingerprint


def test_a_longer_corpus_begins_with_the_shorter_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    own = [f"第{number}页的第一句话。它还有第二句话！" for number in range(3)]
    monkeypatch.setattr(pages, "_own", lambda: own)
    short, long = pages.lay_out(tmp_path / "short", 8), pages.lay_out(tmp_path / "long", 20)
    texts = {path.name: path.read_text("utf-8") for path in sorted(long.rglob("*.txt"))}
    assert len(texts) == 5
    for path in short.rglob("*.txt"):
        assert texts[path.name] == path.read_text("utf-8")
    assert texts["0000000.txt"].startswith(f"第0页\n\n{own[0]}\n\n{own[1]}\n\n{own[2]}\n\n")
