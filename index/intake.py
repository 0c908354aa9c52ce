"""Files into a build's texts: read or taken over from the last build, duplicates named, passages cut, ledger kept."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy
from numpy.typing import NDArray

from index import chunk as chunking
from index import repair as repairing
from index.disk import Disk, explained
from index.errors import IndexDamaged, WenjuError
from index.fold import fold
from index.places import dictionary, learn_places
from index.readers import Read, Readers, Source, read_document
from index.similar import NearDuplicates
from index.store import Index, open_build
from index.texts import NAME as TEXTS
from index.texts import Entry, Heading, TextsWriter, heading_for
from index.types import Document

Progress = Callable[[str, int, int], None]  # told of a step (see index/progress.py), done and total


@dataclass(frozen=True, slots=True)
class Corpus:
    """What was read: ledger and headings; the texts themselves are in the SQLite file."""

    entries: list[Entry]
    headings: list[Heading]
    places: dict[str, str | None]
    hash: str
    passages: int
    sentences: NDArray[numpy.int64]  # (passages,) how many each has


def read_corpus(
    files: Sequence[Source], folder: Path, staged: Path, disk: Disk, progress: Progress, workers: int
) -> Corpus:
    """Every accepted file as a document, or as a ledger entry with the reason why not."""
    previous = _previous(folder)
    try:
        with explained(staged / TEXTS):
            disk.step()
            intake = _Intake(TextsWriter(staged / TEXTS))
            try:
                for done, read in enumerate(_documents(files, previous, workers)):
                    progress("read", done, len(files))
                    intake.add(read)
                progress("read", len(files), len(files))
                corpus = intake.finish()
                disk.commit(intake.writer.connection, staged / TEXTS)
            finally:
                intake.writer.connection.close()
        disk.sync(staged / TEXTS)
        return corpus
    finally:
        if previous is not None:
            previous.close()


def _previous(folder: Path) -> Index | None:
    try:
        previous = open_build(folder)
    except WenjuError:  # whatever is wrong with the old build, the new one is made from the files
        return None
    if previous.manifest.repair == repairing.version():
        return previous
    previous.close()
    return None


def _documents(files: Sequence[Source], previous: Index | None, workers: int) -> Iterator[Read]:
    """Every file as read; what the previous build has of unchanged files is taken from there."""
    numbers: dict[tuple[str, str, str], int] = {}
    if previous is not None:
        numbers = {
            (entry.source, entry.path, entry.sha256): entry.document
            for entry in previous.texts.entries()
            if entry.document is not None
        }
    with Readers(workers) as readers:
        for read in readers.read(files, frozenset(numbers)):
            if read.document is None and read.reason is None and previous is not None:
                number = numbers[read.source.home, read.source.name, read.sha256]
                yield replace(read, document=_again(previous, number, read.source))
            else:
                yield read


def _again(previous: Index, number: int, source: Source) -> Document:
    try:
        return previous.texts.document(number)
    except IndexDamaged:
        return read_document(source)


class _Intake:
    """Takes documents in one after another: duplicates named, passages cut and stored, the hash kept."""

    def __init__(self, writer: TextsWriter) -> None:
        self.writer = writer
        self._entries: list[Entry] = []
        self._headings: list[Heading] = []
        self._first: dict[bytes, int] = {}  # the document that first had a body
        self._also: dict[int, list[str]] = {}
        self._near = NearDuplicates(lambda number: fold(writer.text(number)))
        self._sentences: list[int] = []
        self._hash = hashlib.sha256()

    def add(self, read: Read) -> None:
        """Enter a file in the ledger, and its document in the build where it is a new one."""
        document = read.document
        entry = Entry(read.source.home, read.source.name, read.sha256, read.bytes, "failed", read.reason)
        if document is not None:
            folded = fold(document.text)
            body = hashlib.sha256("".join(folded.split()).encode("utf-8", "surrogatepass")).digest()
            number = len(self._headings)
            if document.verdict == "quarantined":
                entry = replace(entry, state="quarantined", reason=document.reason)
            elif not document.text.strip():
                entry = replace(entry, reason="没有可读的正文：若是扫描件，需要文字识别（OCR）")
            elif self._first.setdefault(body, number) != number:
                first = self._first[body]
                entry = replace(entry, state="duplicate", duplicate_of=self._headings[first].path)
                self._also.setdefault(first, []).append(entry.path)
            else:
                count = self._store(number, document, folded)
                entry = replace(entry, state="indexed", document=number, passages=count)
        self._entries.append(entry)

    def _store(self, number: int, document: Document, folded: str) -> int:
        first = len(self._sentences)
        passages = chunking.chunk(document, number, first)
        family = self._near.add(folded, (document.place, document.years))
        self.writer.add_document(number, document)
        self.writer.add_passages(passages)
        self._headings.append(heading_for(number, document, family, first, len(passages)))
        self._sentences.extend(len(passage.sentences) for passage in passages)
        for passage in passages:
            where = [document.path, passage.number, passage.start, passage.end, passage.text]
            self._hash.update(json.dumps(where).encode("ascii"))
        return len(passages)

    def finish(self) -> Corpus:
        """Store what is known only now: headings with their duplicates, and the ledger."""
        headings = [replace(heading, also=tuple(self._also.get(heading.id, ()))) for heading in self._headings]
        self.writer.add_headings(headings)
        self.writer.add_entries(self._entries)
        places = learn_places(((heading.place, self.writer.text(heading.id)) for heading in headings), dictionary())
        return Corpus(
            self._entries,
            headings,
            places,
            self._hash.hexdigest(),
            len(self._sentences),
            numpy.array(self._sentences, numpy.int64),
        )
