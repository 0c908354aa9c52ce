"""Recounts a build from its raw bytes: checksums, the ledger, and every stretch of every quote map."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy

from index.errors import WenjuError
from index.manifest import Manifest, damaged_files
from index.store import Index, open_build
from index.texts import Entry, Heading
from index.types import Document, Passage

STATES = ("indexed", "duplicate", "quarantined", "failed")


@dataclass(frozen=True, slots=True)
class Verification:
    """What was counted, what does not agree, and which source files are not what they were when they were read."""

    files: int
    entries: int
    documents: int
    passages: int
    sentences: int
    faults: tuple[str, ...]
    changed: tuple[str, ...]


def verify(folder: Path) -> Verification:
    """Check the build that serves under `folder`, whole. Raises IndexMissing or IndexDamaged where there is none."""
    index = open_build(folder)
    try:
        manifest = index.manifest
        faults = [f"{index.notice}"] if index.notice else []
        faults += [f"文件 {name} 已损坏" for name in damaged_files(index.folder, manifest)]
        changed: list[str] = []
        try:
            faults += _ledger_faults(index)
            faults += [fault for heading in index.headings for fault in _document_faults(index, heading)]
            faults += _array_faults(index)
            changed = [entry.path for entry in index.entries if _is_changed(entry)]
        except WenjuError as error:
            faults.append(str(error))
        counts = (manifest.documents, manifest.passages, manifest.sentences)
        return Verification(len(manifest.files), sum(manifest.states.values()), *counts, tuple(faults), tuple(changed))
    finally:
        index.close()


def _ledger_faults(index: Index) -> Iterator[str]:
    """Every accepted file is in exactly one state, and the sums are those of the manifest."""
    entries, headings = index.entries, index.headings
    for name, count in Counter((entry.source, entry.path) for entry in entries).items():
        if count > 1:
            yield f"{name[1]} 在账本里有 {count} 项"
    if Counter(entry.state for entry in entries) != Counter(index.manifest.states):
        yield "账本各状态的数目与清单不符"
    indexed = [entry for entry in entries if entry.state == "indexed"]
    if [(entry.document, entry.path, entry.passages) for entry in indexed] != [
        (heading.id, heading.path, heading.passages) for heading in headings
    ]:
        yield "账本里已索引的文件与文档不符"
    paths = {heading.path for heading in headings}
    for entry in entries:
        yield from _entry_faults(entry, paths)


def _entry_faults(entry: Entry, paths: set[str]) -> Iterator[str]:
    if entry.state not in STATES:
        yield f"{entry.path} 的状态 {entry.state} 不明"
    if (entry.state == "indexed") != (entry.document is not None):
        yield f"{entry.path} 的状态与文档不符"
    if (entry.state == "duplicate") != (entry.duplicate_of in paths):
        yield f"{entry.path} 与之重复的文件不在索引里"
    if (entry.state in ("failed", "quarantined")) != bool(entry.reason):
        yield f"{entry.path} 的状态与原因不符"


def _document_faults(index: Index, heading: Heading) -> Iterator[str]:
    document = index.texts.document(heading.id)
    passages = index.texts.passages_of(heading.id)
    ends = [piece.old_end for piece in document.map.pieces]
    if any(end > len(document.original) for end in ends) or not _tiles(document):
        yield f"{heading.path} 的对照表超出原文"
    if "\n".join(paragraph.text for paragraph in document.paragraphs) != document.text:
        yield f"{heading.path} 的段落与正文不符"
    for passage in passages:
        if not _is_exact(document, passage):
            yield f"{heading.path} 的第 {passage.number} 段与正文或原文不符"


def _tiles(document: Document) -> bool:
    """The pieces of the map cover the text without a gap."""
    at = 0
    for piece in document.map.pieces:
        if piece.start != at or piece.end < piece.start or not 0 <= piece.old_start <= piece.old_end:
            return False
        at = piece.end
    return at == len(document.text)


def _is_exact(document: Document, passage: Passage) -> bool:
    start, end = document.map.back(passage.text_start, passage.text_end)
    return (
        document.text[passage.text_start : passage.text_end] == passage.text
        and (passage.start, passage.end) == (start, end)
        and 0 <= start <= end <= len(document.original)
        and all(0 <= low < high <= len(passage.text) for low, high in passage.sentences)
    )


def _array_faults(index: Index) -> Iterator[str]:
    """The arrays have a row for each passage and sentence."""
    manifest: Manifest = index.manifest
    if len(index.passage_vectors) != manifest.passages or len(index.passage_documents) != manifest.passages:
        yield "向量的数目与段落不符"
    counts = [heading.passages for heading in index.headings]
    if not numpy.array_equal(index.passage_documents, numpy.repeat(numpy.arange(len(counts)), counts)):
        yield "段落所属的文档不符"
    if _sentence_counts(index) != manifest.sentences:
        yield "句子的数目不符"


def _sentence_counts(index: Index) -> int:
    passages: Sequence[Passage] = index.texts.passages(range(index.passages))
    held = [len(index.sentence_vectors(passage.number)) for passage in passages]
    return sum(held) if held == [len(passage.sentences) for passage in passages] else -1


def _is_changed(entry: Entry) -> bool:
    """Whether a source file is not what it was when it was read (or is gone); a link or pipe that was not never is."""
    path = Path(entry.source) / entry.path
    if not entry.sha256 and (path.is_symlink() or path.is_fifo() or path.is_socket()):
        return False
    try:
        if not path.is_file():
            return True
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest() != entry.sha256
    except (OSError, ValueError):
        return True
