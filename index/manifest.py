"""What a build is: format, model, versions, counts, and the checksums of its files.

A file is refused before it is used when its checksum does not fit: a flipped bit in an index
otherwise loads in silence. Small files are checked whole when the build is opened, large ones
block by block (1 MiB) at first touch, everything by `verify`.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.errors import DiskError, IndexDamaged, IndexMismatch, WenjuError

FORMAT = 3
BLOCK = 1 << 20
NAME = "manifest.json"
REBUILD = "请重建（python -m index build 目录）"


@dataclass(frozen=True, slots=True)
class FileRecord:
    """Size, SHA-256 and CRC-32 of each MiB of one file."""

    size: int
    sha256: str
    blocks: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """Everything that must be true of a build before it is used.

    `hash` covers ordered passage ids, offsets, texts, model and chunker, not the vectors' bytes.
    """

    format: int
    model: str
    fingerprint: str
    words: str
    repair: str
    chunk: str
    documents: int
    passages: int
    sentences: int
    engine: str  # how the nearest vectors are found: "exact", "hnsw" where there is a graph, or "milvus"
    as_of: str | None
    hash: str
    created: str
    sources: tuple[str, ...] = ()
    places: dict[str, str | None] = field(default_factory=dict)  # learnt from the corpus: a place and its parent
    states: dict[str, int] = field(default_factory=dict)
    files: dict[str, FileRecord] = field(default_factory=dict)
    collection: str = ""  # of the vector server that holds this build too

    def to_json(self) -> dict[str, Any]:
        """As written to manifest.json, with a checksum over itself."""
        body = asdict(self)
        return {**body, "checksum": _checksum(body)}


def record(path: Path) -> FileRecord:
    """Measure one file, block by block."""
    digest = hashlib.sha256()
    blocks = []
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
            blocks.append(zlib.crc32(block))
            size += len(block)
    return FileRecord(size, digest.hexdigest(), tuple(blocks))


def read_manifest(folder: Path) -> Manifest:
    """The manifest of a build. Raises IndexDamaged or IndexMismatch, DiskError where it may not be read."""
    try:
        value = json.loads((folder / NAME).read_text("utf-8"))
        found = value["format"]
        checksum = value.pop("checksum")
        damaged = checksum != _checksum(value)
        files = {
            name: FileRecord(entry["size"], entry["sha256"], tuple(entry["blocks"]))
            for name, entry in value.pop("files").items()
        }
        manifest = (
            Manifest(**{**value, "sources": tuple(value["sources"]), "files": files}) if found == FORMAT else None
        )
    except OSError as error:
        raise unreadable(folder / NAME, error) from error
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise IndexDamaged(f"索引 {folder.name} 的清单读不出来：{REBUILD}") from error
    if manifest is None:
        raise IndexMismatch(f"索引的格式是 {found}，这个版本用 {FORMAT}：{REBUILD}")
    if damaged:
        raise IndexDamaged(f"索引 {folder.name} 的清单被改动过：{REBUILD}")
    return manifest


class Checks:
    """What of a build's files has been compared with the manifest; nothing is used before that.

    Raises IndexDamaged where a file is missing or differs, DiskError where it may not be read.
    """

    def __init__(self, folder: Path, manifest: Manifest) -> None:
        self._folder = folder
        self._files = manifest.files
        self._checked: dict[str, set[int]] = {}

    def whole(self, name: str) -> None:
        """Check a whole file, once."""
        self.stretch(name, 0, self._record(name).size)

    def stretch(self, name: str, start: int, end: int) -> None:
        """Check the blocks that hold the bytes [start, end) of a file, each once, and the file's size."""
        expected = self._record(name)
        checked = self._checked.get(name)
        wanted = range(start // BLOCK, -(-end // BLOCK))
        if checked is not None and checked.issuperset(wanted):
            return
        try:
            with (self._folder / name).open("rb") as file:
                if os.fstat(file.fileno()).st_size != expected.size or wanted.stop > len(expected.blocks):
                    raise self._damaged(name)
                checked = self._checked.setdefault(name, set())
                for number in wanted:
                    if number not in checked:
                        file.seek(number * BLOCK)
                        if zlib.crc32(file.read(BLOCK)) != expected.blocks[number]:
                            raise self._damaged(name)
                        checked.add(number)
        except OSError as error:
            raise unreadable(self._folder / name, error) from error

    def _record(self, name: str) -> FileRecord:
        if name not in self._files:
            raise IndexDamaged(f"索引的清单里没有文件 {name}：{REBUILD}")
        return self._files[name]

    @staticmethod
    def _damaged(name: str) -> IndexDamaged:
        return IndexDamaged(f"索引文件 {name} 已损坏：{REBUILD}")


def damaged_files(folder: Path, manifest: Manifest) -> list[str]:
    """Every file of a build that is missing, differs in a bit (by SHA-256), or that the manifest does not know."""
    damaged = [path.name for path in folder.iterdir() if path.name not in {NAME, *manifest.files}]
    for name, expected in manifest.files.items():
        try:
            if record(folder / name) != expected:
                damaged.append(name)
        except OSError:
            damaged.append(name)
    return damaged


def unreadable(path: Path, error: OSError) -> WenjuError:
    """What to say where a file of a build cannot be read: it is gone or broken, or we may not."""
    if error.errno in (errno.EMFILE, errno.ENFILE):
        return DiskError(f"读不了 {path.name}（{error.strerror}）：打开的文件太多，请提高 ulimit -n")
    if error.errno in (errno.EACCES, errno.EPERM):
        return DiskError(f"读不了 {path.name}（{error.strerror}）：没有读权限，请检查目录权限")
    return IndexDamaged(f"索引文件 {path.name} 读不出来（{error.strerror}）：{REBUILD}")


def _checksum(body: dict[str, Any]) -> str:
    text = json.dumps(body, sort_keys=True, default=list)
    return hashlib.sha256(text.encode("ascii")).hexdigest()
