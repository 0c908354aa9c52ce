"""An opened index: texts, vectors, keywords and scopes of one published build."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.errors import IndexDamaged, IndexMissing, WenjuError
from index.keywords import Keywords, open_keywords
from index.manifest import Manifest, check_file, read_manifest
from index.texts import NAME as TEXTS
from index.texts import Heading, Texts
from index.types import VectorIndex, Vectors
from index.vectors import open_vectors

CURRENT = "CURRENT"
SMALL = 8 << 20  # bytes: files up to this size are checked whole at opening, larger ones at first touch


class Index:
    """One build, opened for questions. It stays as it was opened, whatever is published later."""

    def __init__(self, folder: Path, notice: str | None = None) -> None:
        self.folder = folder
        self.notice = notice  # why this is not the newest build, or None
        self.manifest: Manifest = read_manifest(folder)
        self._checked: set[str] = set()
        for name, entry in self.manifest.files.items():
            if entry.size <= SMALL:
                self._check(name)
        self._check(TEXTS)
        self.texts = Texts(folder / TEXTS)

    @property
    def passages(self) -> int:
        """How many passages there are."""
        return self.manifest.passages

    @cached_property
    def headings(self) -> list[Heading]:
        """What is known of every document, by its number."""
        return self.texts.headings()

    @cached_property
    def passage_documents(self) -> NDArray[numpy.int32]:
        """The document of each passage, (passages,) int32."""
        return self._array("passage_documents")

    @cached_property
    def vectors(self) -> VectorIndex:
        """Nearest passages by embedding."""
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
        vectors: Vectors = rows[start:end].astype(numpy.float32) * scales[start:end, None]
        return vectors

    @cached_property
    def _sentences(self) -> tuple[NDArray[Any], NDArray[Any], NDArray[Any]]:
        return self._array("sentence_offsets"), self._array("sentences"), self._array("sentence_scales")

    def _keywords(self, leg: str) -> Keywords:
        for name in self.manifest.files:
            if name.startswith(leg + "."):
                self._check(name)
        return open_keywords(self.folder, leg, self.passages)

    def _array(self, name: str) -> NDArray[Any]:
        self._check(f"{name}.npy")
        array: NDArray[Any] = numpy.load(self.folder / f"{name}.npy", mmap_mode="r", allow_pickle=False)
        return array

    def _check(self, name: str) -> None:
        if name not in self._checked:
            check_file(self.folder, name, self.manifest)
            self._checked.add(name)


def open_build(folder: Path) -> Index:
    """Open the published build under `folder`, or the last good one where that is damaged, saying so.

    Raises IndexMissing where nothing was built, IndexDamaged where no build is whole.
    """
    try:
        current = (folder / CURRENT).read_text("ascii").strip()
    except (OSError, UnicodeDecodeError):
        current = ""
    builds = folder / "builds"
    names = (
        sorted((p.name for p in builds.iterdir() if not p.name.startswith("new-")), reverse=True)
        if builds.is_dir()
        else []
    )
    if not names:
        raise IndexMissing(f"还没有索引（{folder}）：请先运行 python -m index build 目录")
    candidates = [name for name in (current, *names) if name in names]
    first: WenjuError | None = None
    for name in dict.fromkeys(candidates):
        try:
            notice = None if name == current else f"最新的索引不可用，正在使用上一次的好索引（{name[:20]}）"
            return Index(builds / name, notice)
        except WenjuError as error:
            first = first or error
    raise first or IndexDamaged("没有完好的索引：请重建（python -m index build 目录）")


def random_passages(index: Index, count: int, seed: int = 0) -> NDArray[numpy.int64]:
    """Numbers of passages drawn at random, for judging how unusual a score is."""
    generator = numpy.random.default_rng(seed)
    return generator.choice(index.passages, size=min(count, index.passages), replace=False)


def documents_of(index: Index, passages: Sequence[int]) -> list[Heading]:
    """The documents of these passages."""
    return [index.headings[int(index.passage_documents[number])] for number in passages]
