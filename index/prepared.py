"""A folder that is made once from an installed package: whole or not there, and known by its checksums.

It is built aside, synced and renamed into place; `manifest.json` lists size, SHA-256 and CRC-32 of every file. Opening
looks at the sizes alone; whoever reads a file checks what it reads, and a file found damaged voids the folder, so that
the next start makes it anew.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import shutil
import tempfile
import zlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.errors import ModelError

_NAME = "manifest.json"


class Prepared:
    """A prepared folder, opened. Raises ModelError where it is missing, half-made or damaged."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        manifest = _read(folder)
        if manifest is None:
            raise ModelError(f"准备好的文件夹 {folder} 缺失或不完整：请重新运行，会自动生成")
        self.fingerprint: str = manifest["fingerprint"]
        self.notes: dict[str, Any] = manifest["notes"]
        self._files: dict[str, dict[str, Any]] = manifest["files"]

    def bytes(self, name: str) -> bytes:
        """The content of a file, checked."""
        data = (self.folder / name).read_bytes()
        self._check(name, zlib.crc32(data))
        return data

    def array(self, name: str) -> NDArray[Any]:
        """An array, memory-mapped and checked."""
        path = self.folder / f"{name}.npy"
        self._check(path.name, zlib.crc32(numpy.memmap(path, dtype=numpy.uint8, mode="r").data))
        return self.unchecked_array(name)

    def unchecked_array(self, name: str) -> NDArray[Any]:
        """An array, memory-mapped; for one too large to read, of which the caller checks what it touches."""
        mapped: NDArray[Any] = numpy.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return mapped.view(numpy.ndarray)  # still mapped; without the subclass, whose every slice costs a Python call

    def damaged(self) -> list[str]:
        """The files whose SHA-256 is not that of the manifest."""
        return [name for name, entry in self._files.items() if _sha256(self.folder / name) != entry["sha256"]]

    def void(self, name: str) -> ModelError:
        """Give the folder up because of `name`; the error to raise."""
        with contextlib.suppress(OSError):  # a folder that we may not write stays refused at every start
            (self.folder / _NAME).unlink()
        return ModelError(f"{self.folder / name} 已损坏，不再使用：请重新运行同一条命令，会自动重新生成")

    def _check(self, name: str, checksum: int) -> None:
        if self._files[name]["crc32"] != checksum:
            raise self.void(name)


def is_prepared(folder: Path, source: Mapping[str, Any]) -> bool:
    """Whether the folder is there, complete, and made from `source`."""
    manifest = _read(folder)
    return manifest is not None and manifest["source"] == source


@contextlib.contextmanager
def making(folder: Path) -> Iterator[Path]:
    """A new folder to fill and `seal`; on leaving without an error it takes the place of `folder`.

    Raises ModelError where it cannot be written.
    """
    try:
        folder.parent.mkdir(parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".preparing-", dir=folder.parent))
    except OSError as error:
        raise _unwritable(folder, error) from error
    try:
        yield aside
        _publish(aside, folder)
    except OSError as error:
        raise _unwritable(folder, error) from error
    finally:
        shutil.rmtree(aside, ignore_errors=True)


def seal(folder: Path, source: Mapping[str, Any], notes: Mapping[str, Any]) -> None:
    """Write the manifest of a filled folder: `source` says what it is made from, `notes` what its reader must know."""
    files = {}
    for path in sorted(path for path in folder.rglob("*") if path.is_file()):
        checksum = zlib.crc32(numpy.memmap(path, dtype=numpy.uint8, mode="r").data)
        entry = {"bytes": path.stat().st_size, "sha256": _sha256(path), "crc32": checksum}
        files[path.relative_to(folder).as_posix()] = entry
    manifest: dict[str, Any] = {"source": dict(source), "notes": dict(notes), "files": files}
    manifest["fingerprint"] = hashlib.sha256(json.dumps([manifest["notes"], files]).encode()).hexdigest()
    manifest["checksum"] = _checksum(manifest)
    (folder / _NAME).write_text(json.dumps(manifest, indent=1) + "\n", encoding="utf-8")


def _read(folder: Path) -> dict[str, Any] | None:
    try:
        manifest: dict[str, Any] = json.loads((folder / _NAME).read_text(encoding="utf-8"))
        files: dict[str, dict[str, Any]] = manifest["files"]
        whole = manifest["checksum"] == _checksum(manifest)
        whole = whole and all((folder / name).stat().st_size == entry["bytes"] for name, entry in files.items())
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None
    return manifest if whole else None


def _checksum(manifest: Mapping[str, Any]) -> int:
    kept = {key: value for key, value in manifest.items() if key != "checksum"}
    return zlib.crc32(json.dumps(kept, sort_keys=True).encode())


def _publish(aside: Path, folder: Path) -> None:
    """Sync and rename into place; what stands there and is not the same gives way."""
    for path in [*aside.rglob("*"), aside]:
        _sync(path)
    made = _read(aside)
    if folder.exists() and _read(folder) != made:
        shutil.rmtree(folder)
    try:
        aside.rename(folder)
    except OSError:
        if made is None or _read(folder) != made:  # else another process was faster, with the same result
            raise
    _sync(folder.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _unwritable(folder: Path, error: OSError) -> ModelError:
    return ModelError(f"无法写入 {folder}（{error.strerror}）：请检查磁盘空间和权限，或换一个缓存目录")


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
