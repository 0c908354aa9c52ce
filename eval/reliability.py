"""What is promised, by which tests, in how many trials: docs/RELIABILITY.md is written from what the tests recorded.

Every run of pytest writes a line for each test to `.artefacts/trials.jsonl` (tests/trials.py). The promises, their
tests and what is known to be missing are in promises.toml beside this file.
"""

from __future__ import annotations

import argparse
import json
import sys
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.errors import CaseError

HERE = Path(__file__).parent
ROOT = HERE.parent
PROMISES = HERE / "promises.toml"
RECORD = ROOT / ".artefacts" / "trials.jsonl"
PAGE = ROOT / "docs" / "RELIABILITY.md"
HEAD = """# 可靠性

每一条承诺、检验它的测试、试了多少次、失败几次、哪天试的，以及还不能承诺什么。
表由命令写成，数字来自测试自己的记录（`.artefacts/trials.jsonl`），不手改：

```
make test          # 每次提交都跑
make test-long     # 长测：每一个崩溃点、300 次强杀、模糊测试……可以中断，再跑时接着做
.venv/bin/python -m eval reliability --write
```

"""


@dataclass(frozen=True, slots=True)
class Promise:
    """One line of the page: the promise, what one trial is, the tests (ids without parameters), and known gaps."""

    point: str
    text: str
    trial: str
    tests: tuple[str, ...]
    gaps: str = ""


@dataclass(frozen=True, slots=True)
class Figures:
    """What the record says of a promise: trials, failed tests, and the date and commit of the oldest run among them.

    `measured` is what its tests counted (sums) and measured (the highest) beside that, by name.
    """

    trials: int
    failures: int
    date: str
    missing: tuple[str, ...]  # tests that have no record
    commit: str = "—"
    measured: tuple[tuple[str, float], ...] = ()


def main(arguments: Sequence[str]) -> int:
    """Print the page or write it; 1 where a test of a promise failed or was never run."""
    parser = argparse.ArgumentParser(prog="python -m eval reliability", description="可靠性的承诺与数字")
    parser.add_argument("--write", action="store_true", help=f"写入 {PAGE.relative_to(ROOT)}")
    parser.add_argument("--record", type=Path, default=RECORD, metavar="FILE", help="测试的记录")
    options = parser.parse_args(arguments)
    promises = read_promises()
    record = read_record(options.record)
    if not record:
        raise CaseError(f"没有测试记录 {options.record}：请先运行 make test 和 make test-long")
    page = render(promises, record)
    if options.write:
        PAGE.write_text(page, "utf-8")
    else:
        print(page, end="")
    figures = [figures_of(promise, record) for promise in promises]
    for promise, found in zip(promises, figures, strict=True):
        if found.failures or found.missing:
            print(f"{promise.point}：失败 {found.failures}，没有记录的测试 {list(found.missing)}", file=sys.stderr)
    return int(any(found.failures or found.missing for found in figures))


def read_promises(path: Path = PROMISES) -> list[Promise]:
    """The promises in the order of the page."""
    table = tomllib.loads(path.read_text("utf-8"))["promise"]
    return [Promise(**{**entry, "tests": tuple(entry["tests"])}) for entry in table]


def read_record(path: Path) -> dict[str, dict[str, Any]]:
    """The newest line of each test, by its id; nothing where there is no record."""
    try:
        lines = path.read_text("utf-8").split("\n")
    except FileNotFoundError:
        return {}
    found: dict[str, dict[str, Any]] = {}
    for line in lines:
        try:
            entry = json.loads(line)
            found[entry["test"]] = entry
        except (ValueError, KeyError, TypeError):  # a line that a killed run left unfinished
            continue
    return found


def figures_of(promise: Promise, record: Mapping[str, Mapping[str, Any]]) -> Figures:
    """Trials and failures over the newest run of each test of a promise, all its parameters included."""
    runs: list[Mapping[str, Any]] = []
    missing = []
    for test in promise.tests:
        mine = [entry for name, entry in record.items() if name == test or name.startswith(f"{test}[")]
        runs += mine
        if not mine:
            missing.append(test)
    trials = sum(int(entry["trials"]) for entry in runs)
    failures = sum(entry["outcome"] != "passed" for entry in runs)
    oldest = min(runs, key=lambda entry: str(entry["when"]), default={"when": "—"})
    commit = oldest.get("commit") or "—"
    return Figures(trials, failures, str(oldest["when"])[:10], tuple(missing), commit, _measured(runs))


def _measured(runs: Iterable[Mapping[str, Any]]) -> tuple[tuple[str, float], ...]:
    """What tests recorded as `count NAME`, summed, and as `most NAME`, the highest."""
    found: dict[str, float] = {}
    for run in runs:
        for key, value in run.get("figures", {}).items():
            kind, _, name = key.partition(" ")
            before = found.get(name, 0)
            found[name] = before + value if kind == "count" else max(before, value)
    return tuple(found.items())


def render(promises: Iterable[Promise], record: Mapping[str, Mapping[str, Any]]) -> str:
    """The page in Markdown: a table of figures, then the tests of each promise, then what is not promised."""
    rows = ["| | 承诺 | 一次试验是 | 次数 | 失败 | 日期 | 提交 |", "|---|---|---|---|---|---|---|"]
    measured = ["## 量到的数", ""]
    tests = ["## 哪些测试", ""]
    gaps = ["## 已知的缺口", ""]
    for promise in promises:
        found = figures_of(promise, record)
        trials = f"{found.trials:,}" if found.trials else "没有跑过"
        about = f"{promise.point} | {promise.text} | {promise.trial}"
        rows.append(f"| {about} | {trials} | {found.failures} | {found.date} | {found.commit} |")
        if found.measured:
            said = "，".join(f"{name} {value:,.10g}" for name, value in found.measured)
            measured.append(f"- **{promise.point}**：{said}")
        tests += [f"- **{promise.point}**：" + "、".join(f"`{test}`" for test in promise.tests)]
        if promise.gaps:
            gaps.append(f"- **{promise.point}**：{promise.gaps}")
    dated = "日期与提交取一条承诺的各个测试里最早的一次；没有提交号的，是记录里还不写提交号时跑的。"
    return HEAD + "\n".join([*rows, "", dated, "", *measured, "", *tests, "", *gaps]) + "\n"
