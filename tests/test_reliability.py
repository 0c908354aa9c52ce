"""The page of promises: every test that it names exists, and its figures are those of the record."""

from __future__ import annotations

import ast
import json
from pathlib import Path

import pytest

from eval.reliability import PAGE, ROOT, Figures, Promise, figures_of, main, read_promises, read_record, render

RECORD = [
    {
        **{"test": "tests/a.py::test_one[x]", "outcome": "passed", "trials": 40, "when": "2026-01-02", "code": "1"},
        **{"commit": "abc", "figures": {"count 误报": 2, "most 秒": 1.5}},
    },
    {
        **{"test": "tests/a.py::test_one[y]", "outcome": "failed", "trials": 2, "when": "2026-01-01", "code": "1"},
        **{"commit": "def", "figures": {"count 误报": 1, "most 秒": 0.5}},
    },
    {"test": "tests/a.py::test_one_more", "outcome": "passed", "trials": 1000, "when": "2025-01-01", "code": "1"},
    {"test": "tests/a.py::test_two", "outcome": "failed", "trials": 9, "when": "2024-01-01", "code": "0"},
    {"test": "tests/a.py::test_two", "outcome": "passed", "trials": 3, "when": "2026-01-03", "code": "1"},
]
ONE, TWO, NONE = ("tests/a.py::test_one", "tests/a.py::test_two", "tests/a.py::test_none")


@pytest.fixture
def record(tmp_path: Path) -> Path:
    """A record whose last line was cut off."""
    path = tmp_path / "trials.jsonl"
    path.write_text("\n".join(json.dumps(entry) for entry in RECORD) + '\n{"test": "tests/a', "utf-8")
    return path


def test_the_newest_run_of_each_test_counts_with_all_its_parameters(record: Path) -> None:
    found = read_record(record)
    assert figures_of(Promise("p", "t", "u", (ONE,)), found) == Figures(
        42, 1, "2026-01-01", (), "def", (("误报", 3), ("秒", 1.5))
    )
    assert figures_of(Promise("p", "t", "u", (TWO,)), found) == Figures(3, 0, "2026-01-03", ())
    assert figures_of(Promise("p", "t", "u", (ONE, TWO, NONE)), found) == Figures(
        45, 1, "2026-01-01", (NONE,), "def", (("误报", 3), ("秒", 1.5))
    )
    assert read_record(record.with_name("none")) == {}


def test_the_page_says_what_was_tried_and_what_is_missing(record: Path) -> None:
    promises = [Promise("断", "不丢", "一次", (ONE,), "断电没试"), Promise("火", "不烧", "一次", (NONE,))]
    page = render(promises, read_record(record))
    assert "| 断 | 不丢 | 一次 | 42 | 1 | 2026-01-01 | def |" in page
    assert "| 火 | 不烧 | 一次 | 没有跑过 | 0 | — | — |" in page
    assert "- **断**：误报 3，秒 1.5\n" in page
    assert "- **断**：断电没试" in page and "- **火**：断电" not in page


def test_a_test_that_failed_or_never_ran_is_told(record: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--record", str(record)]) == 1
    told = capsys.readouterr()
    assert "崩溃：失败 0，没有记录的测试" in told.err
    assert told.out.startswith("# 可靠性\n")


def test_every_test_that_a_promise_names_exists() -> None:
    for promise in read_promises():
        for test in promise.tests:
            path, _, name = test.partition("::")
            tree = ast.parse((ROOT / path).read_text("utf-8"))
            assert name in {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}, test


def test_the_page_holds_every_promise() -> None:
    page = PAGE.read_text("utf-8")
    for promise in read_promises():
        assert f"| {promise.point} | {promise.text} | {promise.trial} |" in page, (
            "run `python -m eval reliability --write`"
        )
