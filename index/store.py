"""An opened index: texts, vectors, keywords and scopes of one published build."""

from __future__ import annotations

import os
import weakref
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy
from numpy.typing import NDArray

from index.disk import DAMAGED, hold, mark_damaged
from index.errors import IndexDamaged, IndexMissing, WenjuError
from index.keywords import Keywords, open_keywords
from index.manifest import REBUILD, Checks, Manifest, read_manifest, unreadable
from index.texts import NAME as TEXTS
from index.texts import Entry, Heading, Texts
from index.types import VectorIndex, Vectors
from index.vectors import GRAPH, open_vectors

if TYPE_CHECKING:
    from index.milvus import MilvusVectors

CURRENT = "CURRENT"
_HEAD = 128  # bytes of an .npy file before its rows
SMALL = 8 << 20  # bytes: files up to this size are checked whole at opening, larger ones as they are used


class Index:
    """One build, opened for questions. It stays as it was opened, whatever is published later.

    While it is open no builder removes it. Raises IndexDamaged, at opening or at first touch, for a file that is not
    what the manifest says; a build that proved damaged at first touch is not opened again.
    """

    def __init__(self, folder: Path, notice: str | None = None) -> None:
        self.folder = folder
        self.notice = notice  # why this is not the newest build, or None
        self.server: MilvusVectors | None = None  # set by who opened it, where a server finds the nearest vectors
        try:
            handle = hold(folder)
        except OSError as error:
            raise unreadable(folder, error) from error
        self._released = weakref.finalize(self, os.close, handle)
        try:
            if (folder / DAMAGED).exists():
                raise IndexDamaged(f"索引 {folder.name} 在使用中发现已损坏：{REBUILD}")
            self.manifest: Manifest = read_manifest(folder)
            self._checks = Checks(folder, self.manifest)
            for name, entry in self.manifest.files.items():
                if entry.size <= SMALL:
                    self._checks.whole(name)
            self.texts = Texts(folder / TEXTS, self._refuse)
        except WenjuError:
            self._released()
            raise

    def close(self) -> None:
        """Close the files. What was mapped into memory stays readable."""
        self.texts.close()
        self._released()

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.manifest.passages

    @cached_property
    def headings(self) -> list[Heading]:
        """What is known of every document, by its number."""
        headings = self.texts.headings()
        if len(headings) != self.manifest.documents:
            raise self._damaged(TEXTS)
        return headings

    @cached_property
    def entries(self) -> list[Entry]:
        """The ledger: every accepted file and what became of it."""
        entries = self.texts.entries()
        if len(entries) != sum(self.manifest.states.values()):
            raise self._damaged(TEXTS)
        return entries

    @cached_property
    def _families(self) -> dict[int, list[int]]:
        families: dict[int, list[int]] = {}
        for heading in self.headings:
            families.setdefault(heading.family, []).append(heading.id)
        return families

    def also(self, document: int) -> tuple[str, ...]:
        """The paths of the other files that say the same as this document: its duplicates and near-duplicates."""
        family = [self.headings[number] for number in self._families[self.headings[document].family]]
        named = [path for heading in family for path in (heading.path, *heading.also)]
        return tuple(path for path in dict.fromkeys(named) if path != self.headings[document].path)

    @cached_property
    def passage_documents(self) -> NDArray[numpy.int32]:
        """The document of each passage, (passages,) int32."""
        return self._array("passage_documents")

    @cached_property
    def vectors(self) -> VectorIndex:
        """Nearest passages by embedding."""
        if (GRAPH in self.manifest.files) != (self.folder / GRAPH).exists():
            raise self._damaged(GRAPH)
        for name in self.manifest.files:
            if name.startswith("vectors"):
                self._check(name)
        return open_vectors(self.folder)

    @cached_property
    def passage_vectors(self) -> Vectors:
        """The vectors of all passages, (passages, dimension) float32, memory-mapped."""
        return self._array("vectors")

    @cached_property
    def words(self) -> Keywords:
        """BM25 over jieba's words."""
        return self._keywords("words")

    @cached_property
    def pairs(self) -> Keywords:
        """BM25 over character pairs."""
        return self._keywords("pairs")

    def sentence_vectors(self, passage: int) -> Vectors:
        """The vectors of a passage's sentences, (sentences, dimension) float32."""
        offsets, rows, scales = self._sentences
        start, end = int(offsets[passage]), int(offsets[passage + 1])
        width = rows.itemsize * rows.shape[1]
        self._check("sentences.npy", rows.offset + start * width, rows.offset + end * width)
        vectors: Vectors = rows[start:end].astype(numpy.float32) * scales[start:end, None]
        return vectors

    @cached_property
    def _sentences(self) -> tuple[NDArray[Any], numpy.memmap[Any, Any], NDArray[Any]]:
        self._check("sentences.npy", 0, _HEAD)
        rows = numpy.load(self.folder / "sentences.npy", mmap_mode="r", allow_pickle=False)
        return self._array("sentence_offsets"), rows, self._array("sentence_scales")

    def _keywords(self, leg: str) -> Keywords:
        for name in self.manifest.files:
            if name.startswith(leg + "."):
                self._check(name)
        return open_keywords(self.folder, leg, self.passages)

    def _array(self, name: str) -> NDArray[Any]:
        self._check(f"{name}.npy")
        array: NDArray[Any] = numpy.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return array

    def _check(self, name: str, start: int = 0, end: int | None = None) -> None:
        try:
            if end is None:
                self._checks.whole(name)
            else:
                self._checks.stretch(name, start, end)
        except IndexDamaged:
            self._refuse()
            raise

    def _damaged(self, name: str) -> IndexDamaged:
        self._refuse()
        return IndexDamaged(f"索引文件 {name} 已损坏：{REBUILD}")

    def _refuse(self) -> None:
        mark_damaged(self.folder)


def open_build(folder: Path) -> Index:
    """Open the published build under `folder`, or the last good one where that is damaged, saying so.

    Raises IndexMissing where nothing was built, IndexDamaged where no build is whole.
    """
    try:
        current = (folder / CURRENT).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        current = ""
    names = [path.name for path in builds(folder)]
    if not names:
        raise IndexMissing(f"还没有索引（{folder}）：请先运行 python -m index build 目录")
    first: WenjuError | None = None
    for name in sorted(names, key=lambda name: (name != current, *_newest_first(name))):
        try:
            notice = None if name == current else f"最新的索引不可用，正在使用上一次的好索引（{name}）；请重建"
            return Index(folder / "builds" / name, notice)
        except WenjuError as error:
            first = first or error
    raise first or IndexDamaged(f"没有完好的索引：{REBUILD}")


def builds(folder: Path) -> list[Path]:
    """The finished builds under `folder`, the newest first."""
    try:
        found = [path for path in (folder / "builds").iterdir() if not path.name.startswith("new-") and path.is_dir()]
    except FileNotFoundError:
        return []
    except OSError as error:
        raise unreadable(folder / "builds", error) from error
    return sorted(found, key=lambda path: _newest_first(path.name))


def sequence(name: str) -> int:
    """The number of a build: each is one higher than those before it, whatever the clock said."""
    digits = name.partition("-")[0]
    return int(digits) if digits.isdecimal() else 0


def _newest_first(name: str) -> tuple[int, str]:
    return -sequence(name), name


def random_passages(index: Index, count: int, seed: int = 0) -> NDArray[numpy.int64]:
    """Numbers of passages drawn at random, for judging how unusual a score is."""
    generator = numpy.random.default_rng(seed)
    return generator.choice(index.passages, size=min(count, index.passages), replace=False)
