"""Ends a build at its Nth step of writing, or lets several at one index, and looks in another process at what is left.

Run by test_crash.

One process without threads forks a child for every build and another for every look, so that each starts fresh and
a thousand of them take seconds. The model is a fake; all that writes is real.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from index.disk import Disk
from index.errors import IndexBusy
from index.store import open_build
from index.verify import verify
from tests.corpora import PAGES, fake_build, write_pages

SCENARIOS = ("first", "addition", "update", "deletion")
KILLED, BUSY = 137, 75
BUILDERS = 3  # at once


def change(scenario: str, source: Path) -> None:
    """What happens to the source folder before the build that is ended."""
    if scenario == "addition":
        write_pages(source, {"new.txt": "新开的页面\n\n写着一句还没有人读过的话。"})
    elif scenario == "update":
        write_pages(source, {"red.txt": PAGES["red.txt"].replace("七个社区", "九个社区")})
    elif scenario == "deletion":
        (source / "sub" / "green.txt").unlink()


def in_a_child(work: Callable[[], None]) -> int:
    """Run `work` in a fork; its exit code."""
    return ended(forked(work))


def ended(child: int) -> int:
    """The exit code of a fork, once it has ended."""
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def forked(work: Callable[[], None]) -> int:
    """Run `work` in a fork, which ends with BUSY where another one builds."""
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except IndexBusy:
            code = BUSY
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return child


def hash_of(folder: Path) -> str | None:
    """The hash of the build that serves, whole and verified; None where nothing was built yet."""
    if not (folder / "builds").is_dir() or not [p for p in (folder / "builds").iterdir() if p.name[:4] != "new-"]:
        return None
    found = verify(folder)
    # Only where the very first build was named and not yet pointed at does the door say that it is not the newest.
    faults = [fault for fault in found.faults if (folder / "CURRENT").exists() or "最新的索引不可用" not in fault]
    assert faults == [], faults
    index = open_build(folder)
    done = [entry for entry in index.entries if entry.state == "indexed"]
    for entry in done:
        assert entry.document is not None and index.texts.document(entry.document).path == entry.path
    index.close()
    return index.manifest.hash


def try_point(scenario: str, folder: Path, point: int) -> dict[str, object]:
    """End the build at step `point`: the exit code, the hash that serves, and the hash after the resumed build."""
    shutil.rmtree(folder, ignore_errors=True)
    source, place = write_pages(folder / "source"), folder / "index"
    if scenario != "first":
        assert in_a_child(lambda: _build(source, place)) == 0
    change(scenario, source)
    code = in_a_child(lambda: _build(source, place, point))
    served, resumed = folder / "served", folder / "resumed"
    looked = in_a_child(lambda: _write(served, hash_of(place)))
    again = in_a_child(lambda: _build(source, place)) or in_a_child(lambda: _write(resumed, hash_of(place)))
    stale = len(list((place / "builds").glob("new-*")))
    if looked or again:
        return {"point": point, "code": code, "error": f"look {looked}, build again {again}"}
    return {"point": point, "code": code, "served": _load(served), "resumed": _load(resumed), "stale": stale}


def _build(source: Path, place: Path, point: int = 0) -> None:
    fake_build(source, place, disk=Disk(point or None))


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), "utf-8")


def _load(path: Path) -> Any:
    return json.loads(path.read_text("utf-8"))


def race(folder: Path, rounds: int) -> None:
    """Change a page and let several builders loose on it, so many times: one JSON line a round."""
    source, place, seen = write_pages(folder / "source"), folder / "index", folder / "seen"
    for number in range(rounds):
        write_pages(source, {"new.txt": f"新开的页面\n\n第{number}次写下的话。"})
        builders = [forked(lambda: _build(source, place)) for _ in range(BUILDERS)]
        codes = sorted(map(ended, builders))
        looked = in_a_child(lambda: _write(seen, [hash_of(place), len(list((place / "builds").glob("new-*")))]))
        served, stale = (None, None) if looked else _load(seen)
        print(json.dumps({"codes": codes, "served": served, "stale": stale}), flush=True)


def main() -> None:
    """`crash_points SCENARIO FOLDER FIRST STRIDE`: one JSON line a point, until a build ends unharmed.

    `crash_points race FOLDER ROUNDS`: one JSON line a round.
    """
    scenario, folder, first = sys.argv[1], Path(sys.argv[2]), int(sys.argv[3])
    shutil.rmtree(folder, ignore_errors=True)
    if scenario == "race":
        race(folder, first)
        return
    stride = int(sys.argv[4])
    source = write_pages(folder / "expected" / "source")
    place = folder / "expected" / "index"
    old = None if scenario == "first" else fake_build(source, place).manifest.hash
    change(scenario, source)
    print(json.dumps({"old": old, "new": fake_build(source, place).manifest.hash}), flush=True)
    point, code = first, KILLED
    while code == KILLED:
        result = try_point(scenario, folder / "trial", point)
        print(json.dumps(result), flush=True)
        code, point = int(str(result["code"])), point + stride


if __name__ == "__main__":
    main()
