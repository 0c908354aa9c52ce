"""The flow before the question: load → repair → chunk → embed → store, all or nothing."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

import numpy
from numpy.typing import NDArray

from index import chunk as chunking
from index import repair as repairing
from index.disk import Disk, explained, writer_lock
from index.embedded import EmbeddingCache
from index.errors import IndexDamaged, SourceError, WenjuError
from index.fold import fold
from index.keywords import build_keywords, character_pairs
from index.load import find_sources
from index.manifest import FORMAT, Manifest, record
from index.manifest import NAME as MANIFEST
from index.places import dictionary, learn_places
from index.readers import Read, Readers, Source, read_document
from index.similar import NearDuplicates
from index.store import CURRENT, Index, builds, open_build, sequence
from index.texts import NAME as TEXTS
from index.texts import Entry, Heading, Texts, TextsWriter, heading_for
from index.types import Cutter, Document, Embedder, Passage, Vectors
from index.vectors import GRAPH, GRAPH_FROM, VECTORS, write_graph

KEPT_BUILDS = 3  # published builds that stay on disk, in case the newest proves damaged
BLOCK = 512  # passages in memory at a time

Progress = Callable[[str, int, int], None]  # told of a step (read, passages, sentences, keywords), done and total
Tokens = Callable[[int], None]  # told how many tokens were embedded just now


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: the manifest of the new build, its folder, and how many texts were embedded anew."""

    manifest: Manifest
    folder: Path
    entries: tuple[Entry, ...]
    embedded: int
    reused: int


def build(
    sources: Sequence[Path],
    folder: Path,
    embedder: Embedder,
    cutter: Cutter,
    disk: Disk,
    progress: Progress = lambda step, done, total: None,
    workers: int = 1,
    tokens: Tokens = lambda count: None,
) -> BuildReport:
    """Read every file of `sources` and publish a new build under `folder`.

    Unchanged files are not read again and unchanged passages not embedded again; files that are
    gone are forgotten. A file that cannot be read stands in the ledger with its reason. `workers`
    processes read; the result does not depend on their number. Until the last step the old build
    serves. Raises SourceError where there is no file at all, IndexBusy where another process
    builds, DiskError where the disk refuses.
    """
    files = _files(sources)
    with writer_lock(folder):
        disk.make_folder(folder / "builds")
        _clear(folder, disk)
        staged = folder / "builds" / f"new-{os.getpid()}-{time.time_ns():x}"
        disk.make_folder(staged)
        cache = EmbeddingCache(folder, embedder, disk, tokens)
        try:
            corpus = _read(files, folder, staged, disk, progress, workers)
            _write_arrays(staged, corpus, cache, cutter, disk, progress)
            manifest = _manifest(staged, corpus, sources, embedder, cutter)
            disk.write_json(staged / MANIFEST, manifest.to_json())
            published = _publish(folder, staged, manifest, disk)
            cache.forget_others()
        finally:
            cache.close()
            shutil.rmtree(staged, ignore_errors=True)  # gone by now, or of no use to anybody
        return BuildReport(manifest, published, tuple(corpus.entries), cache.embedded, cache.reused)


def _files(sources: Sequence[Path]) -> list[Source]:
    """Every file of the sources once, in order, however the sources overlap."""
    found: dict[tuple[Path, str], Source] = {}
    for source in sources:
        home = (source if source.is_dir() else source.parent).resolve()
        for path, name in find_sources(source):
            found.setdefault((path.parent.resolve(), path.name), Source(path, _name(str(home)), _name(name)))
    if not found:
        raise SourceError(f"{'、'.join(map(str, sources))} 里没有文件：请检查路径；原来的索引没有改动")
    return list(found.values())


def _name(name: str) -> str:
    """A name that can be written: bytes that are not UTF-8 stand as \\xff."""
    return os.fsencode(name).decode("utf-8", "backslashreplace")


def _clear(folder: Path, disk: Disk) -> None:
    """Remove what builds left behind that were killed."""
    for path in sorted((folder / "builds").glob("new-*")):
        disk.remove(path)


@dataclass(frozen=True, slots=True)
class _Corpus:
    """What was read: ledger and headings; the texts themselves are in the SQLite file."""

    entries: list[Entry]
    headings: list[Heading]
    places: dict[str, str | None]
    hash: str
    passages: int
    sentences: NDArray[numpy.int64]  # (passages,) how many each has


def _read(files: Sequence[Source], folder: Path, staged: Path, disk: Disk, progress: Progress, workers: int) -> _Corpus:
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

    def finish(self) -> _Corpus:
        """Store what is known only now: headings with their duplicates, and the ledger."""
        headings = [replace(heading, also=tuple(self._also.get(heading.id, ()))) for heading in self._headings]
        self.writer.add_headings(headings)
        self.writer.add_entries(self._entries)
        places = learn_places(((heading.place, self.writer.text(heading.id)) for heading in headings), dictionary())
        return _Corpus(
            self._entries,
            headings,
            places,
            self._hash.hexdigest(),
            len(self._sentences),
            numpy.array(self._sentences, numpy.int64),
        )


def _write_arrays(
    staged: Path, corpus: _Corpus, cache: EmbeddingCache, cutter: Cutter, disk: Disk, progress: Progress
) -> None:
    """Vectors, keyword postings, and which passage belongs to which document."""
    texts = Texts(staged / TEXTS)
    try:
        vectors = _embed_passages(texts, corpus, cache, progress)
        disk.save(staged / VECTORS, vectors)
        if len(vectors) >= GRAPH_FROM:
            with explained(staged / GRAPH):
                disk.step()
                write_graph(vectors, staged / GRAPH)
            disk.sync(staged / GRAPH)
        del vectors
        sentences, scales = _embed_sentences(texts, corpus, cache, progress)
        disk.save(staged / "sentences.npy", sentences)
        disk.save(staged / "sentence_scales.npy", scales)
        offsets = numpy.concatenate(([0], numpy.cumsum(corpus.sentences))).astype(numpy.int64)
        disk.save(staged / "sentence_offsets.npy", offsets)
        counts = [heading.passages for heading in corpus.headings]
        disk.save(staged / "passage_documents.npy", numpy.repeat(numpy.arange(len(counts), dtype=numpy.int32), counts))
        for number, (leg, cut) in enumerate((("words", cutter.cut), ("pairs", character_pairs))):
            terms = _terms(cut, texts, corpus, partial(_leg_progress, progress, number))
            for part, array in build_keywords(terms).items():
                disk.save(staged / f"{leg}.{part}.npy", array)
    finally:
        texts.close()


def _leg_progress(progress: Progress, leg: int, done: int, total: int) -> None:
    """Two legs of keywords are one step."""
    progress("keywords", leg * total + done, 2 * total)


def _terms(
    cut: Callable[[str], list[str]], texts: Texts, corpus: _Corpus, progress: Callable[[int, int], None]
) -> Iterator[list[str]]:
    """The terms of each passage for one leg of keywords."""
    done = 0
    for block in _searched(texts, corpus):
        for text in block:
            yield cut(fold(text))
        done += len(block)
        progress(done, corpus.passages)


def _blocks(texts: Texts, corpus: _Corpus) -> Iterator[list[Passage]]:
    for start in range(0, corpus.passages, BLOCK):
        yield texts.passages(range(start, min(start + BLOCK, corpus.passages)))


def _searched(texts: Texts, corpus: _Corpus) -> Iterator[list[str]]:
    """Each passage as it is embedded and searched, under its title, date and headings; block by block."""
    for block in _blocks(texts, corpus):
        headings = [corpus.headings[passage.document] for passage in block]
        above = map(chunking.context, headings, block)
        yield [f"{context}\n{passage.text}".strip() for context, passage in zip(above, block, strict=True)]


def _embed_passages(texts: Texts, corpus: _Corpus, cache: EmbeddingCache, progress: Progress) -> Vectors:
    """Passage vectors, (passages, dimension) float32."""
    vectors = numpy.zeros((corpus.passages, cache.embedder.dimension), numpy.float32)
    for start, found in _embedded("passages", _searched(texts, corpus), corpus.passages, cache, progress):
        vectors[start : start + len(found)] = found
    return vectors


def _embed_sentences(
    texts: Texts, corpus: _Corpus, cache: EmbeddingCache, progress: Progress
) -> tuple[NDArray[numpy.int8], NDArray[numpy.float32]]:
    """Sentence vectors (sentences, dimension) int8 and the scale of each, (sentences,) float32."""
    total = int(corpus.sentences.sum())
    rows = numpy.zeros((total, cache.embedder.dimension), numpy.int8)
    scales = numpy.zeros(total, numpy.float32)
    blocks = (
        [passage.text[low:high] for passage in block for low, high in passage.sentences]
        for block in _blocks(texts, corpus)
    )
    for start, exact in _embedded("sentences", blocks, total, cache, progress):
        scale = numpy.maximum(numpy.abs(exact).max(axis=1, initial=0.0), 1e-9) / 127
        rows[start : start + len(exact)] = numpy.rint(exact / scale[:, None]).astype(numpy.int8)
        scales[start : start + len(exact)] = scale
    return rows, scales


def _embedded(
    step: str, blocks: Iterable[list[str]], total: int, cache: EmbeddingCache, progress: Progress
) -> Iterator[tuple[int, Vectors]]:
    """The vectors of each block of texts, with the number of its first."""
    start = 0
    for block in blocks:

        def tick(done: int, start: int = start) -> None:
            progress(step, start + done, total)

        yield start, cache.vectors(block, tick)
        start += len(block)


def _manifest(staged: Path, corpus: _Corpus, sources: Sequence[Path], embedder: Embedder, cutter: Cutter) -> Manifest:
    states: dict[str, int] = {}
    for entry in corpus.entries:
        states[entry.state] = states.get(entry.state, 0) + 1
    versions = f"{embedder.fingerprint} {chunking.VERSION} {repairing.version()}"
    files = {path.name: record(path) for path in sorted(staged.iterdir())}
    return Manifest(
        format=FORMAT,
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        words=cutter.fingerprint,
        repair=repairing.version(),
        chunk=chunking.VERSION,
        documents=len(corpus.headings),
        passages=corpus.passages,
        sentences=int(corpus.sentences.sum()),
        engine="hnsw" if GRAPH in files else "exact",
        as_of=max((heading.date for heading in corpus.headings if heading.date), default=None),
        hash=hashlib.sha256(f"{corpus.hash} {versions}".encode()).hexdigest(),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        sources=tuple(str(source.resolve()) for source in sources),
        places=corpus.places,
        states=states,
        files=files,
    )


def _publish(folder: Path, staged: Path, manifest: Manifest, disk: Disk) -> Path:
    """Give the finished build its name, point CURRENT at it, and drop builds that nobody needs."""
    older = builds(folder)
    number = max((sequence(path.name) for path in older), default=0) + 1
    published = folder / "builds" / f"{number:08d}-{manifest.hash[:12]}"
    disk.rename(staged, published)
    disk.replace(folder / CURRENT, f"{published.name}\n".encode("ascii"))
    for path in older[KEPT_BUILDS - 1 :]:
        disk.remove(path)
    return published
