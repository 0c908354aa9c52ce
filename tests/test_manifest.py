"""The manifest: what it says of files, and that nothing passes which differs from it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import manifest
from index.errors import IndexDamaged, WenjuError
from index.manifest import Checks, FileRecord, Manifest, damaged_files, read_manifest, record


def a_manifest(folder: Path, **changes: Any) -> Manifest:
    """The manifest of the files in a folder."""
    values: dict[str, Any] = {
        **{"format": manifest.FORMAT, "model": "m", "fingerprint": "f", "words": "w", "repair": "r", "chunk": "c"},
        **{"documents": 1, "passages": 2, "sentences": 3, "engine": "exact", "as_of": None, "hash": "h"},
        **{
            "created": "2024-01-01T00:00:00Z",
            "sources": ("/资料",),
            "places": {"甲镇": None},
            "states": {"indexed": 1},
        },
        "files": {path.name: record(path) for path in sorted(folder.iterdir())},
    }
    return Manifest(**{**values, **changes})


def written(folder: Path, text: str) -> Path:
    """A folder with this text as its manifest."""
    (folder / manifest.NAME).write_text(text, "utf-8")
    return folder


def test_a_manifest_comes_back_as_it_was(tmp_path: Path) -> None:
    (tmp_path / "a.npy").write_bytes(b"x" * 5)
    made = a_manifest(tmp_path)
    assert read_manifest(written(tmp_path, json.dumps(made.to_json(), ensure_ascii=False))) == made


def test_any_changed_value_is_noticed(tmp_path: Path) -> None:
    whole = a_manifest(tmp_path).to_json()
    for key in whole:
        changed = {**whole, key: "other" if whole[key] != "other" else 1}
        with pytest.raises(WenjuError, match="请重建"):
            read_manifest(written(tmp_path, json.dumps(changed)))
        with pytest.raises(WenjuError, match="请重建"):
            read_manifest(written(tmp_path, json.dumps({name: whole[name] for name in whole if name != key})))


@settings(deadline=None)
@given(st.text(max_size=60) | st.recursive(st.none() | st.integers() | st.text(), st.lists).map(json.dumps))
def test_whatever_stands_there_is_refused_in_one_line(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    folder = written(tmp_path_factory.mktemp("m"), text.encode("utf-8", "replace").decode("utf-8"))
    with pytest.raises(IndexDamaged, match="请重建"):
        read_manifest(folder)


def test_a_deeply_nested_manifest_is_refused(tmp_path: Path) -> None:
    with pytest.raises(IndexDamaged, match="读不出来"):
        read_manifest(written(tmp_path, "[" * 100_000))


def test_large_files_are_checked_where_they_are_touched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(manifest, "BLOCK", 16)
    data = bytes(range(100))
    (tmp_path / "big").write_bytes(data)
    made = a_manifest(tmp_path)
    assert len(made.files["big"].blocks) == 7
    (tmp_path / "big").write_bytes(data[:50] + b"\xff" + data[51:])
    checks = Checks(tmp_path, made)
    checks.stretch("big", 0, 48)
    checks.stretch("big", 64, 100)
    for start, end in ((0, 49), (48, 49), (63, 64), (0, 100)):
        with pytest.raises(IndexDamaged, match="big 已损坏"):
            checks.stretch("big", start, end)
    with pytest.raises(IndexDamaged, match="big 已损坏"):
        checks.whole("big")
    (tmp_path / "big").write_bytes(data)
    checks.whole("big")
    (tmp_path / "big").unlink()
    checks.stretch("big", 0, 100)  # what was checked is not read again


@pytest.mark.parametrize("size", [0, 99, 101])
def test_another_size_is_noticed_at_any_touch(size: int, tmp_path: Path) -> None:
    (tmp_path / "big").write_bytes(bytes(100))
    made = a_manifest(tmp_path)
    (tmp_path / "big").write_bytes(bytes(size))
    with pytest.raises(IndexDamaged, match="big 已损坏"):
        Checks(tmp_path, made).stretch("big", 0, 1)


def test_an_unknown_or_missing_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "known").write_bytes(b"1")
    made = a_manifest(tmp_path)
    (tmp_path / "known").unlink()
    (tmp_path / "planted").write_bytes(b"2")
    with pytest.raises(IndexDamaged, match="planted"):
        Checks(tmp_path, made).whole("planted")
    with pytest.raises(IndexDamaged, match="known 读不出来"):
        Checks(tmp_path, made).whole("known")
    assert sorted(damaged_files(tmp_path, made)) == ["known", "planted"]


def test_a_record_is_size_hash_and_blocks(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")
    sha256 = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert record(tmp_path / "a") == FileRecord(3, sha256, (0x352441C2,))
