"""A build that ends anywhere leaves the old index or the new one, and the next build ends where a clean one does."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from index.store import open_build
from index.verify import verify
from tests.crash_points import SCENARIOS

ROOT = Path(__file__).parent.parent
Record = Callable[[str, object], None]
BATCH = 20  # kills by one test of the long tier: what a stop of the run costs at most
STRIDE = 10  # each submission tries every tenth point, another tenth for another commit


def commit_offset() -> int:
    """Which tenth of the points this commit tries: 1 to STRIDE."""
    command = ["git", "rev-parse", "HEAD"]
    try:
        found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    except OSError:
        return 1
    name = found.stdout.strip()
    return int(name[:8], 16) % STRIDE + 1 if name else 1


def crash_points(scenario: str, folder: Path, first: int, stride: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The hashes to expect, and what each point left behind."""
    command = [
        sys.executable,
        "-W",
        "error",
        "-m",
        "tests.crash_points",
        scenario,
        str(folder),
        str(first),
        str(stride),
    ]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    expected, *results = [json.loads(line) for line in done.stdout.split("\n") if line]
    return expected, results


def assert_old_or_new(expected: dict[str, Any], results: list[dict[str, Any]]) -> None:
    """Every trial served the old hash or the new one, first only the old, then only the new; and was resumed."""
    assert [result for result in results if "error" in result] == []
    served = [result["served"] for result in results]
    turn = served.index(expected["new"])
    assert served == [expected["old"]] * turn + [expected["new"]] * (len(served) - turn)
    assert {result["resumed"] for result in results} == {expected["new"]}
    assert {result["stale"] for result in results} == {0}
    assert [result["code"] for result in results] == [137] * (len(results) - 1) + [0]


@pytest.mark.slow
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_tenth_point(scenario: str, tmp_path: Path, record_property: Record) -> None:
    expected, results = crash_points(scenario, tmp_path / "crash", commit_offset(), STRIDE)
    record_property("trials", len(results))
    assert_old_or_new(expected, results)
    assert len(results) >= 5


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_point(scenario: str, tmp_path: Path, record_property: Record) -> None:
    expected, results = crash_points(scenario, tmp_path / "crash", 1, 1)
    record_property("trials", len(results))
    assert_old_or_new(expected, results)
    assert len(results) >= 40


def run_build(source: Path, folder: Path) -> subprocess.Popen[bytes]:
    """The real command, in a session of its own."""
    command = [sys.executable, "-m", "index", "build", str(source), "--index", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)


def text_of(folder: Path, name: str) -> str | None:
    """What the index that serves has of a page; the index is verified. None where nothing was built yet."""
    if not (folder / "CURRENT").exists():
        return None
    assert verify(folder).faults == ()
    index = open_build(folder)
    number = next(heading.id for heading in index.headings if heading.path == name)
    text = index.texts.document(number).original
    index.close()
    return text


def kill_at_random(source: Path, folder: Path, trials: int, longest: float, seed: int) -> int:
    """Kill that many builds at random moments, verifying after each; how many were killed before their end."""
    generator = random.Random(seed)
    killed = 0
    served: str | None = None
    page = source / "changing.txt"
    for trial in range(trials):
        text = f"变化的页面\n\n这是第{trial}次写下的内容，共{trial}项。"
        page.write_text(text, "utf-8")
        process = run_build(source, folder)
        time.sleep(generator.uniform(0, longest))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        killed += process.returncode == -signal.SIGKILL
        found = text_of(folder, "changing.txt")
        assert found in (served, text)  # the old one or the new one
        served = found
    return killed


def assert_ends_as_a_clean_build(source: Path, folder: Path, clean: Path) -> None:
    """One undisturbed build leads to the hash of a build from nothing."""
    hashes = []
    for place in (folder, clean):
        process = run_build(source, place)
        _, said = process.communicate()
        assert process.returncode == 0, said
        index = open_build(place)
        hashes.append(index.manifest.hash)
        index.close()
    assert hashes[0] == hashes[1]
    assert list((folder / "builds").glob("new-*")) == []


def killed_builds(tmp_path: Path, trials: int, seed: int) -> int:
    """Kill builds of a part of the demo corpus, at moments spread over what a whole build takes here."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("liantang-2024-plan.txt", "huangbei-2023-report.html", "luohu-2023-figures.csv"):
        (source / name).write_bytes((ROOT / "demo" / name).read_bytes())
    started = time.monotonic()
    measured = run_build(source, tmp_path / "measured")
    measured.communicate()
    assert measured.returncode == 0
    killed = kill_at_random(source, tmp_path / "index", trials, 1.1 * (time.monotonic() - started), seed)
    assert_ends_as_a_clean_build(source, tmp_path / "index", tmp_path / "clean")
    return killed


@pytest.mark.slow
def test_a_few_kills_at_random_moments(demo_index: Path, tmp_path: Path, record_property: Record) -> None:
    killed = killed_builds(tmp_path, trials=6, seed=int(os.environ.get("WENJU_SEED", "1")))
    record_property("trials", killed)
    assert killed >= 1


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("batch", range(17))
def test_kills_at_random_moments(batch: int, demo_index: Path, tmp_path: Path, record_property: Record) -> None:
    """Seventeen batches of twenty: at least 300 builds are killed before their end."""
    killed = killed_builds(tmp_path, BATCH, seed=batch)
    record_property("trials", killed)
    assert killed >= BATCH // 2
