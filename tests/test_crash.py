"""A build that ends anywhere leaves the old index or the new one, and the next build ends where a clean one does."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any

import pytest

from index.store import open_build
from index.verify import verify
from tests.crash_points import SCENARIOS

ROOT = Path(__file__).parent.parent
Record = Callable[[str, object], None]
KILLS = 300  # of the long tier
BATCH = 20  # kills by one test of it: what a stop of the run costs at most
RACES = 100
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


def crash_points(scenario: str, folder: Path, *numbers: int) -> list[dict[str, Any]]:
    """What the program of that name says, line by line."""
    command = [sys.executable, "-W", "error", "-m", "tests.crash_points", scenario, str(folder), *map(str, numbers)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return [json.loads(line) for line in done.stdout.split("\n") if line]


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
    expected, *results = crash_points(scenario, tmp_path / "crash", commit_offset(), STRIDE)
    record_property("trials", len(results))
    assert_old_or_new(expected, results)
    assert len(results) >= 5


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_point(scenario: str, tmp_path: Path, record_property: Record) -> None:
    expected, *results = crash_points(scenario, tmp_path / "crash", 1, 1)
    record_property("trials", len(results))
    assert_old_or_new(expected, results)
    assert len(results) >= 40


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_of_builders_at_once_one_writes(tmp_path: Path, record_property: Record) -> None:
    """The others are told that one builds; whoever comes first or last, what serves is one whole build."""
    rounds = crash_points("race", tmp_path / "race", RACES)
    record_property("trials", len(rounds))
    told = [code for each in rounds for code in each["codes"]]
    record_property("count 同时开始而被拒绝的建立", told.count(75))
    assert set(told) == {0, 75} and all(each["codes"][0] == 0 for each in rounds)
    assert len({each["served"] for each in rounds}) == len(rounds) == RACES
    assert {each["stale"] for each in rounds} == {0}


def run_build(source: Path, folder: Path, said: IO[bytes]) -> subprocess.Popen[bytes]:
    """The real command; what it says goes to the file `said`."""
    command = [sys.executable, "-m", "index", "build", str(source), "--index", str(folder)]
    return subprocess.Popen(command, cwd=ROOT, stdout=said, stderr=subprocess.STDOUT)


def finished_build(source: Path, folder: Path) -> tuple[float, float]:
    """Let the command run to its good end; the seconds that it ran, and those of them since it began to write.

    They are the processor's, as the system counts them, so that a busy machine changes nothing.
    """
    ran, began = 0.0, None
    with tempfile.TemporaryFile() as said:
        process = run_build(source, folder, said)
        while process.poll() is None:
            ran = seconds_run(process)
            if began is None and is_writing(folder):
                began = ran
            time.sleep(0.001)
        said.seek(0)
        assert process.returncode == 0, said.read().decode("utf-8")
    return ran, ran - (ran if began is None else began)


def seconds_run(process: subprocess.Popen[bytes]) -> float:
    """The processor's time of the main thread of a process that nobody has waited for."""
    return int(Path(f"/proc/{process.pid}/schedstat").read_text("ascii").split()[0]) / 1e9


def is_writing(folder: Path) -> bool:
    """Whether a build has written its first thing, and not yet given it its name."""
    return bool(list((folder / "builds").glob("new-*")))


def killed_build(source: Path, folder: Path, seconds: float, writes: bool) -> tuple[bool, bool]:
    """Kill a build once it has run so many seconds, of its whole life or where `writes` since it began to write.

    Whether it was killed before its end, and whether it had reported by then that all is done.
    """
    with tempfile.TemporaryFile() as said:
        process = run_build(source, folder, said)
        while process.poll() is None and writes and not is_writing(folder):
            time.sleep(0.001)
        began = seconds_run(process) if writes and process.poll() is None else 0.0
        while process.poll() is None and seconds_run(process) - began < seconds:
            time.sleep(0.001)
        process.send_signal(signal.SIGKILL)
        killed = process.wait() == -signal.SIGKILL
        said.seek(0)
        return killed, "索引已建好" in said.read().decode("utf-8", "replace")


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


def kill_at_random(source: Path, folder: Path, kills: int, life: float, writing: float, seed: int) -> Counter[str]:
    """Change a page and kill the build that reads it, until so many builds were killed before their end.

    Every other one is killed at a moment of its whole life, the rest at one of the stretch in which it writes; one in
    seven is let be, so that most have an index to spoil. How many were killed, and how many of them left the old page,
    the new one, or no index yet.
    """
    generator = random.Random(seed)
    counts: Counter[str] = Counter()
    served: str | None = None
    for trial in range(3 * kills):
        if counts["killed"] == kills:
            break
        text = f"变化的页面\n\n这是第{trial}次写下的内容，共{trial}项。"
        (source / "changing.txt").write_text(text, "utf-8")
        if trial % 7 == 3:
            finished_build(source, folder)
            killed, reported = False, True
        else:
            writes = bool(trial % 2)
            moment = generator.uniform(0, writing if writes else life)
            killed, reported = killed_build(source, folder, moment, writes)
        found = text_of(folder, "changing.txt")
        assert found == text if reported else found in (served, text)
        if killed:
            counts.update(["killed", "none" if found is None else "new" if found == text else "old"])
        served = found
    return counts


def assert_ends_as_a_clean_build(source: Path, folder: Path, clean: Path) -> None:
    """One undisturbed build leads to the hash of a build from nothing."""
    hashes = []
    for place in (folder, clean):
        finished_build(source, place)
        index = open_build(place)
        hashes.append(index.manifest.hash)
        index.close()
    assert hashes[0] == hashes[1]
    assert list((folder / "builds").glob("new-*")) == []


def killed_builds(tmp_path: Path, kills: int, seed: int) -> Counter[str]:
    """Kill builds of a part of the demo corpus, at moments spread over what such a build takes here."""
    source = tmp_path / "source"
    source.mkdir()
    for name in ("liantang-2024-plan.txt", "luohu-2023-figures.csv"):
        (source / name).write_bytes((ROOT / "demo" / name).read_bytes())
    finished_build(source, tmp_path / "measured")
    (source / "changing.txt").write_text("变化的页面\n\n还没有变。", "utf-8")
    life, writing = finished_build(source, tmp_path / "measured")  # with a single page to read, as most will have
    counts = kill_at_random(source, tmp_path / "index", kills, life, writing, seed)
    assert_ends_as_a_clean_build(source, tmp_path / "index", tmp_path / "clean")
    assert counts["killed"] == kills == counts["none"] + counts["old"] + counts["new"]
    return counts


@pytest.mark.slow
def test_a_few_kills_at_random_moments(demo_index: Path, tmp_path: Path, record_property: Record) -> None:
    killed_builds(tmp_path, kills=4, seed=int(os.environ.get("WENJU_SEED", "1")))
    record_property("trials", 4)


@pytest.mark.long
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("batch", range(KILLS // BATCH))
def test_kills_at_random_moments(batch: int, demo_index: Path, tmp_path: Path, record_property: Record) -> None:
    """Three hundred builds are killed before their end, in batches of twenty."""
    counts = killed_builds(tmp_path, BATCH, seed=batch)
    record_property("trials", BATCH)
    for left, said in (("none", "还没有索引"), ("old", "留下旧的"), ("new", "已是新的")):
        record_property(f"count {said}", counts[left])
