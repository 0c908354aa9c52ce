"""What every run of a test showed, kept in `.artefacts/trials.jsonl`: docs/RELIABILITY.md has its figures from there.

A test that stands for many trials says so: `record_property("trials", 300)`; what it counted or measured beside that it
gives as `record_property("count 误报", 0)` (summed over all tests of a promise) or `record_property("most 秒", 1.2)`
(the highest of them). The same file is the checkpoint of the long tier: with `--go-on`, what has passed on this very
code is not run again.
"""

from __future__ import annotations

import hashlib
import json
import subprocess
import time
from functools import cache
from pathlib import Path

import pytest

from eval.reliability import RECORD, ROOT, read_record

CODE = ("index/**/*", "rag/**/*", "prompts/*.md", "tests/**/*.py", "demo/*", "ui.py", "pyproject.toml")


@cache
def code_version() -> str:
    """A hash of everything that a test may lean on; another one makes every test of the long tier due again."""
    digest = hashlib.sha256()
    for path in sorted({path for pattern in CODE for path in ROOT.glob(pattern)}):
        if path.is_file() and "__pycache__" not in path.parts:
            digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:16]


@cache
def commit() -> str:
    """The commit that is checked out, shortened; nothing where there is none."""
    try:
        found = subprocess.run(["git", "rev-parse", "--short=9", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return ""
    return found.stdout.strip()


class Trials:
    """The plugin: writes a line for each test that ran, and leaves out what need not run again."""

    def __init__(self, goes_on: bool, record: Path = RECORD) -> None:
        self._goes_on = goes_on
        self._code = code_version()  # of the code as the run began
        self._record = record

    def pytest_collection_modifyitems(self, config: pytest.Config, items: list[pytest.Item]) -> None:
        """With `--go-on`, take out what passed on this code."""
        if not self._goes_on:
            return
        passed = {
            name
            for name, entry in read_record(self._record).items()
            if entry["outcome"] == "passed" and entry["code"] == self._code
        }
        done = [item for item in items if item.nodeid in passed]
        items[:] = [item for item in items if item.nodeid not in passed]
        config.hook.pytest_deselected(items=done)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Write down a test that ran to its end, or that could not begin."""
        ran = report.when == "call" and report.outcome != "skipped"
        if not ran and report.outcome != "failed":
            return
        said = dict(report.user_properties)
        entry = {
            "test": report.nodeid,
            "outcome": report.outcome,
            "trials": said.get("trials", 1),
            "seconds": round(report.duration, 2),
            "when": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "code": self._code,
            "commit": commit(),
            "figures": {name: value for name, value in said.items() if name.startswith(("count ", "most "))},
        }
        self._record.parent.mkdir(exist_ok=True)
        with self._record.open("a", encoding="utf-8") as file:
            file.write(json.dumps(entry, ensure_ascii=False) + "\n")
