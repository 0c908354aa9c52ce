"""The parts of the bench in order; each leaves its figures in a file, from which the page in docs/ is written."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from eval.bench import encoding, growth, multiplying, rivals
from eval.bench.machine import about
from eval.bench.page import write_page

DATA = Path(".data/bench")
SIZES = (1_000, 10_000)
LONG_SIZES = (*SIZES, 100_000)
Part = Callable[[argparse.Namespace, Path], dict[str, Any]]
PARTS: dict[str, Part] = {
    "rivals": rivals.measure,
    "encoding": encoding.measure,
    "growth": growth.measure,
    "multiplying": multiplying.measure,
}


def main(arguments: Sequence[str]) -> int:
    """Measure the parts that were asked for and write docs/bench.md with its plots; exit 0."""
    options = _options(arguments)
    DATA.mkdir(parents=True, exist_ok=True)
    for name in options.only or PARTS:
        print(f"测量 {name}……", file=sys.stderr)
        found = {"machine": about(), **PARTS[name](options, DATA)}
        found["load_after"] = about()["load"]
        (DATA / f"{name}.json").write_text(json.dumps(found, ensure_ascii=False, indent=1), "utf-8")
    write_page({name: _read(name) for name in PARTS}, options.docs)
    print(options.docs / "bench.md")
    return 0


def _options(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m eval bench", description="测速度、规模与机器，写 docs/bench.md")
    parser.add_argument("--only", nargs="+", choices=tuple(PARTS), help="只测这几部分，别的用上次的数字")
    parser.add_argument("--sizes", nargs="+", type=int, default=SIZES, metavar="N", help="增长：约多少段（真实向量）")
    parser.add_argument("--perturbed", type=int, default=0, metavar="N", help="增长：再加一个 N 段的，向量是加了噪声的")
    parser.add_argument("--questions", type=int, default=200, metavar="N", help="每套公开题集问几题")
    parser.add_argument("--rounds", type=int, default=5, help="交替测几轮，取中位数")
    parser.add_argument(
        "--langchain", default=sys.executable, metavar="PYTHON", help="装有 langchain-huggingface 的 Python"
    )
    parser.add_argument("--docs", type=Path, default=Path("docs"), help="页面与图写到哪里")
    return parser.parse_args(arguments)


def _read(name: str) -> dict[str, Any] | None:
    path = DATA / f"{name}.json"
    return json.loads(path.read_text("utf-8")) if path.is_file() else None
