"""What a build is: format, model, versions, counts, and the checksums of its files.

A file is refused before it is used when its checksum does not fit: a flipped bit in an index
otherwise loads in silence. Small files are checked whole when the build is opened, large ones
block by block (1 MiB) at first touch, everything by `verify`.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from index.errors import IndexDamaged, IndexMismatch

FORMAT = 1
BLOCK = 1 << 20
NAME = "manifest.json"


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
    as_of: str | None
    hash: str
    created: str
    sources: tuple[str, ...] = ()
    places: dict[str, str | None] = field(default_factory=dict)  # learnt from the corpus: a place and its parent
    states: dict[str, int] = field(default_factory=dict)
    files: dict[str, FileRecord] = field(default_factory=dict)

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
    """The manifest of a build. Raises IndexDamaged or IndexMismatch."""
    try:
        value = json.loads((folder / NAME).read_text("utf-8"))
        checksum = value.pop("checksum")
        damaged = checksum != _checksum(value)
        files = {
            name: FileRecord(entry["size"], entry["sha256"], tuple(entry["blocks"]))
            for name, entry in value.pop("files").items()
        }
        manifest = Manifest(**{**value, "sources": tuple(value["sources"]), "files": files})
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IndexDamaged(f"索引 {folder.name} 的清单读不出来：请重建（python -m index build 目录）") from error
    if damaged:
        raise IndexDamaged(f"索引 {folder.name} 的清单被改动过：请重建（python -m index build 目录）")
    if manifest.format != FORMAT:
        raise IndexMismatch(
            f"索引的格式是 {manifest.format}，这个版本用 {FORMAT}：请重建（python -m index build 目录）"
        )
    return manifest


def check_file(folder: Path, name: str, manifest: Manifest) -> None:
    """Check one file's size and every block. Raises IndexDamaged."""
    expected = manifest.files.get(name)
    try:
        found = _blocks(folder / name)
    except OSError as error:
        raise IndexDamaged(f"索引缺少文件 {name}：请重建（python -m index build 目录）") from error
    if expected is None or found != (expected.size, expected.blocks):
        raise IndexDamaged(f"索引文件 {name} 已损坏：请重建（python -m index build 目录）")


def verify(folder: Path) -> list[str]:
    """Every damaged file of a build, by SHA-256; an empty list where all is well."""
    manifest = read_manifest(folder)
    damaged = []
    for name, expected in manifest.files.items():
        try:
            if record(folder / name) != expected:
                damaged.append(name)
        except OSError:
            damaged.append(name)
    return damaged


def _blocks(path: Path) -> tuple[int, tuple[int, ...]]:
    blocks = []
    size = 0
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            blocks.append(zlib.crc32(block))
            size += len(block)
    return size, tuple(blocks)


def _checksum(body: dict[str, Any]) -> str:
    text = json.dumps(body, ensure_ascii=False, sort_keys=True, default=list)
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
