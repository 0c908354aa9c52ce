"""Files made to harm: each ends in the ledger with its state and reason, and the good file after it is read."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest

from index import readers
from index.store import open_build
from index.verify import verify
from tests.corpora import fake_build
from tests.hostile_files import BODY, HOSTILE_FILES, write_hostile_files

Record = Callable[[str, object], None]


def build_hostile_files(tmp_path: Path, workers: int, slow_ones: bool) -> int:
    """Build over hostile files and a good one after them; how many hostile ones stood where they should."""
    source = tmp_path / "source"
    expected = {each.name: each for each in write_hostile_files(source, slow_ones)}
    (source / "zz-good.txt").write_text(f"最后的好文件。{BODY}", "utf-8")
    found = {entry.path: entry for entry in fake_build(source, tmp_path / "index", workers=workers).entries}
    assert found.keys() == expected.keys() | {"zz-good.txt"}
    for name, each in expected.items():
        entry = found[name]
        assert (name, entry.state) == (name, each.state), entry.reason
        assert (each.reason or "") in (entry.reason or ""), (name, entry.reason)
        assert "\n" not in (entry.reason or "")
    assert found["zz-good.txt"].state == "indexed"
    assert verify(tmp_path / "index").faults == ()
    index = open_build(tmp_path / "index")
    assert not any("秘密" in index.texts.document(heading.id).original for heading in index.headings)
    index.close()
    return len(expected)


@pytest.mark.slow
def test_hostile_files_stand_in_the_ledger_with_their_reasons(tmp_path: Path, record_property: Record) -> None:
    record_property("trials", build_hostile_files(tmp_path, workers=1, slow_ones=False))


@pytest.mark.long
@pytest.mark.timeout(1200)
@pytest.mark.parametrize("workers", [1, 2])
def test_those_that_keep_their_reader_busy_too(workers: int, tmp_path: Path, record_property: Record) -> None:
    record_property("trials", build_hostile_files(tmp_path, workers, slow_ones=True))


def test_there_are_enough_of_them() -> None:
    assert len({each.name for each in HOSTILE_FILES}) == len(HOSTILE_FILES) >= 35


def test_a_repair_that_never_ends_costs_its_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = tmp_path / "source"
    source.mkdir()
    (source / "good.txt").write_text(BODY, "utf-8")
    (source / "slow.txt").write_text("慢", "utf-8")
    real = readers.repair

    def repair(loaded: object, path: str, home: str) -> object:
        while path == "slow.txt":
            with suppress(Exception):  # a repair that swallows what it meets must be stopped too
                time.sleep(0)
        return real(loaded, path, home)  # type: ignore[arg-type]

    monkeypatch.setattr(readers, "repair", repair)
    monkeypatch.setattr(readers, "MAX_CPU_SECONDS", 0.3)
    entries = {entry.path: entry for entry in fake_build(source, tmp_path / "index").entries}
    assert (entries["good.txt"].state, entries["slow.txt"].state) == ("indexed", "failed")
    assert "0.3 秒还没读完" in str(entries["slow.txt"].reason)


def processor_seconds() -> float:
    """Of this process and of its children that have ended: others at work on the machine do not count."""
    spent = os.times()
    return spent.user + spent.system + spent.children_user + spent.children_system


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("unit", ["街道办事处组织开展检查", "1", "甲乙丙。", "\u00e4\u00b8\u00ad"])
def test_one_line_of_fifty_megabytes(unit: str, tmp_path: Path, record_property: Record) -> None:
    """It is read, or it stands in the ledger with its reason; the next file is read either way."""
    source = tmp_path / "source"
    source.mkdir()
    data = unit.encode("utf-8")
    (source / "a.txt").write_bytes(data * ((50 << 20) // len(data)))
    (source / "b.txt").write_text(BODY, "utf-8")
    started = processor_seconds()
    entries = {entry.path: entry for entry in fake_build(source, tmp_path / "index").entries}
    took = processor_seconds() - started
    record_property("most 一行 50 MB 最久的处理器秒数", round(took, 1))
    record_property(f"count 一行 50 MB，{entries['a.txt'].state}", 1)
    assert entries["b.txt"].state == "indexed"
    assert entries["a.txt"].state in ("indexed", "failed", "quarantined")
    assert entries["a.txt"].state == "indexed" or entries["a.txt"].reason
    assert took < 2 * readers.MAX_SECONDS
