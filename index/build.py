"""The flow before the question: load → repair → chunk → embed → store, all or nothing."""

from __future__ import annotations

import hashlib
import json
import sqlite3
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy

from index import chunk as chunking
from index import repair as repairing
from index.disk import Disk, writer_lock
from index.errors import IndexDamaged, SourceError
from index.fold import fold
from index.keywords import build_keywords, character_pairs
from index.load import find_sources, load
from index.manifest import FORMAT, Manifest, record
from index.manifest import NAME as MANIFEST
from index.places import dictionary, learn_places
from index.sandbox import Sandbox
from index.similar import families
from index.store import CURRENT, Index, open_build
from index.texts import NAME as TEXTS
from index.texts import Entry, TextsWriter
from index.types import Cutter, Document, Embedder, Passage, Vectors

KEPT_BUILDS = 3  # published builds that stay on disk for readers that still hold them
BATCH = 256  # texts embedded between two commits of the cache: what a crash costs at most

Progress = Callable[[str, int, int], None]  # step, done, total


@dataclass(frozen=True, slots=True)
class BuildReport:
    """What a build did: the manifest of the new build, its folder, and how much was embedded anew."""

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
) -> BuildReport:
    """Read every file of `sources` and publish a new build under `folder`.

    Unchanged files are not read again and unchanged passages not embedded again; files that are
    gone are forgotten. A file that cannot be read stands in the ledger with its reason. Until the
    last step the old build serves; raises IndexBusy where another process builds.
    """
    with writer_lock(folder):
        disk.make_folder(folder / "builds")
        documents, entries = _read(sources, _previous(folder), progress)
        documents, entries = _without_duplicates(documents, entries)
        passages: list[list[Passage]] = []
        count = 0
        for number, document in enumerate(documents):
            passages.append(chunking.chunk(document, number, count))
            count += len(passages[-1])
        entries = _counted(entries, documents, passages)
        cache = _Cache(folder / "embeddings.sqlite", embedder, disk)
        flat = [passage for group in passages for passage in group]
        vectors, sentences, scales = _embed(documents, flat, cache, progress)
        staged = folder / "builds" / f"new-{time.time_ns():x}"
        disk.make_folder(staged)
        _write_texts(staged, documents, passages, entries, disk)
        _write_arrays(staged, documents, flat, vectors, sentences, scales, cutter, disk, progress)
        manifest = _manifest(staged, documents, flat, entries, sources, embedder, cutter)
        disk.write_json(staged / MANIFEST, manifest.to_json())
        published = _publish(folder, staged, manifest, disk)
        cache.forget_others()
        return BuildReport(manifest, published, tuple(entries), cache.embedded, cache.reused)


def _previous(folder: Path) -> Index | None:
    try:
        return open_build(folder)
    except Exception:  # whatever is wrong with the old build, the new one is made from the files
        return None


def _read(sources: Sequence[Path], previous: Index | None, progress: Progress) -> tuple[list[Document], list[Entry]]:
    """Every accepted file as a document, or as a ledger entry with the reason why not."""
    known: dict[tuple[str, str, str], int] = {}
    if previous is not None and previous.manifest.repair == repairing.version():
        known = {
            (entry.source, entry.path, entry.sha256): entry.document
            for entry in previous.texts.entries()
            if entry.document is not None
        }
    files = [(source, path, name) for source in sources for path, name in find_sources(source)]
    with Sandbox() as sandbox:
        return _read_files(files, known, previous, sandbox, progress)


def _read_files(
    files: Sequence[tuple[Path, Path, str]],
    known: dict[tuple[str, str, str], int],
    previous: Index | None,
    sandbox: Sandbox,
    progress: Progress,
) -> tuple[list[Document], list[Entry]]:
    documents: list[Document] = []
    entries: list[Entry] = []
    seen: set[tuple[str, str]] = set()
    for done, (source, path, name) in enumerate(files):
        progress("read", done, len(files))
        home = str((source if source.is_dir() else source.parent).resolve())
        if (home, name) in seen:
            continue
        seen.add((home, name))
        digest, size = "", 0
        try:
            digest, size = _digest(path)
            old = known.get((home, name, digest))
            document = None
            if old is not None and previous is not None:
                document = _reread(previous, old)
            if document is None:
                document = repairing.repair(load(path, sandbox), name, home)
        except SourceError as error:
            entries.append(Entry(home, name, digest, size, "failed", str(error)))
            continue
        if document.verdict == "quarantined":
            entries.append(Entry(home, name, digest, size, "quarantined", document.reason))
        elif not document.text.strip():
            entries.append(Entry(home, name, digest, size, "failed", "没有可读的正文：若是扫描件，需要文字识别（OCR）"))
        else:
            entries.append(Entry(home, name, digest, size, "indexed", document=len(documents)))
            documents.append(document)
    progress("read", len(files), len(files))
    return documents, entries


def _reread(previous: Index, number: int) -> Document | None:
    try:
        return previous.texts.document(number)
    except IndexDamaged:
        return None


def _digest(path: Path) -> tuple[str, int]:
    digest = hashlib.sha256()
    size = 0
    try:
        with path.open("rb") as file:
            while block := file.read(1 << 20):
                digest.update(block)
                size += len(block)
    except OSError as error:
        raise SourceError(f"打不开（{error.strerror}）：请检查文件是否存在、是否有读取权限") from error
    return digest.hexdigest(), size


def _without_duplicates(documents: list[Document], entries: list[Entry]) -> tuple[list[Document], list[Entry]]:
    """Documents whose folded body is another's are duplicates: the first stays, the others are named."""
    kept: list[Document] = []
    first: dict[str, int] = {}
    result: list[Entry] = []
    for entry in entries:
        if entry.document is None:
            result.append(entry)
            continue
        document = documents[entry.document]
        body = hashlib.sha256("".join(fold(document.text).split()).encode("utf-8", "surrogatepass")).hexdigest()
        if body in first:
            result.append(replace(entry, state="duplicate", document=None, duplicate_of=kept[first[body]].path))
            continue
        first[body] = len(kept)
        result.append(replace(entry, document=len(kept)))
        kept.append(document)
    return kept, result


def _counted(
    entries: Sequence[Entry], documents: Sequence[Document], passages: Sequence[Sequence[Passage]]
) -> list[Entry]:
    return [
        entry if entry.document is None else replace(entry, passages=len(passages[entry.document])) for entry in entries
    ]


class _Cache:
    """Vectors by content: what was embedded once is not embedded again, after a crash neither."""

    def __init__(self, path: Path, embedder: Embedder, disk: Disk) -> None:
        self.embedder = embedder
        self.embedded = 0
        self.reused = 0
        self._disk = disk
        self._used: set[bytes] = set()
        self._salt = hashlib.sha256(embedder.fingerprint.encode("utf-8")).digest()
        try:
            self._connection = self._open(path)
        except sqlite3.DatabaseError:  # a damaged cache costs time, nothing else
            path.unlink(missing_ok=True)
            self._connection = self._open(path)

    @staticmethod
    def _open(path: Path) -> sqlite3.Connection:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE IF NOT EXISTS vectors (key BLOB PRIMARY KEY, vector BLOB)")
        connection.execute("SELECT count(*) FROM vectors").fetchone()
        return connection

    def vectors(self, texts: Sequence[str], step: str, progress: Progress) -> Vectors:
        """Unit vectors (texts, dimension) float32, from the cache or from the model."""
        keys = [hashlib.sha256(self._salt + text.encode("utf-8", "replace")).digest()[:16] for text in texts]
        self._used.update(keys)
        result = numpy.zeros((len(texts), self.embedder.dimension), numpy.float32)
        missing = []
        for number, key in enumerate(keys):
            row = self._connection.execute("SELECT vector FROM vectors WHERE key = ?", (key,)).fetchone()
            if row is None or len(row[0]) != 4 * self.embedder.dimension:
                missing.append(number)
            else:
                result[number] = numpy.frombuffer(row[0], "<f4")
                self.reused += 1
        # Longest first: batches of like lengths, and the time left is never underestimated.
        missing.sort(key=lambda number: -len(texts[number]))
        for start in range(0, len(missing), BATCH):
            progress(step, start, len(missing))
            batch = missing[start : start + BATCH]
            found = self.embedder.embed_passages([texts[number] for number in batch])
            result[batch] = found
            rows = [(keys[number], found[place].astype("<f4").tobytes()) for place, number in enumerate(batch)]
            self._connection.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
            self._disk.commit(self._connection)
            self.embedded += len(batch)
        progress(step, len(missing), len(missing))
        return result

    def forget_others(self) -> None:
        """Drop what this build did not use."""
        stored = [key for (key,) in self._connection.execute("SELECT key FROM vectors")]
        gone = [(key,) for key in stored if key not in self._used]
        self._connection.executemany("DELETE FROM vectors WHERE key = ?", gone)
        self._disk.commit(self._connection)
        self._connection.close()


def _embed(
    documents: Sequence[Document], passages: Sequence[Passage], cache: _Cache, progress: Progress
) -> tuple[Vectors, numpy.ndarray, numpy.ndarray]:
    """Passage vectors (passages, d) float32; sentence vectors (sentences, d) int8 and their scales."""
    texts = [f"{chunking.context(documents[p.document], p)}\n{p.text}".strip() for p in passages]
    vectors = cache.vectors(texts, "passages", progress)
    sentences = [passage.text[low:high] for passage in passages for low, high in passage.sentences]
    exact = cache.vectors(sentences, "sentences", progress)
    scales = numpy.maximum(numpy.abs(exact).max(axis=1, initial=1e-9), 1e-9) / 127
    small = numpy.rint(exact / scales[:, None]).astype(numpy.int8)
    return vectors, small, scales.astype(numpy.float32)


def _write_texts(
    staged: Path,
    documents: Sequence[Document],
    passages: Sequence[Sequence[Passage]],
    entries: Sequence[Entry],
    disk: Disk,
) -> None:
    disk.step()
    writer = TextsWriter(staged / TEXTS)
    kin = families([fold(document.text) for document in documents], [(d.place, d.years) for d in documents])
    for number, document in enumerate(documents):
        writer.add_document(number, document, kin[number])
        writer.add_passages(passages[number])
    writer.add_entries(entries)
    disk.commit(writer.connection)
    writer.connection.close()
    disk.sync_file(staged / TEXTS)


def _write_arrays(
    staged: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    vectors: Vectors,
    sentences: numpy.ndarray,
    scales: numpy.ndarray,
    cutter: Cutter,
    disk: Disk,
    progress: Progress,
) -> None:
    progress("keywords", 0, 1)
    searched = [fold(f"{chunking.context(documents[p.document], p)}\n{p.text}") for p in passages]
    legs = {
        "words": build_keywords(cutter.cut(text) for text in searched),
        "pairs": build_keywords(character_pairs(text) for text in searched),
    }
    for leg, postings in legs.items():
        for part, array in postings.items():
            disk.save(staged / f"{leg}.{part}.npy", array)
    disk.save(staged / "vectors.npy", vectors)
    disk.save(staged / "sentences.npy", sentences)
    disk.save(staged / "sentence_scales.npy", scales)
    counts = [len(passage.sentences) for passage in passages]
    disk.save(staged / "sentence_offsets.npy", numpy.concatenate(([0], numpy.cumsum(counts))).astype(numpy.int64))
    disk.save(staged / "passage_documents.npy", numpy.array([p.document for p in passages], numpy.int32))
    progress("keywords", 1, 1)


def _manifest(
    staged: Path,
    documents: Sequence[Document],
    passages: Sequence[Passage],
    entries: Sequence[Entry],
    sources: Sequence[Path],
    embedder: Embedder,
    cutter: Cutter,
) -> Manifest:
    states: dict[str, int] = {}
    for entry in entries:
        states[entry.state] = states.get(entry.state, 0) + 1
    body = hashlib.sha256()
    for passage in passages:
        where = [documents[passage.document].path, passage.number, passage.start, passage.end, passage.text]
        body.update(json.dumps(where, ensure_ascii=True).encode("ascii"))
    body.update(f"{embedder.fingerprint} {chunking.VERSION} {repairing.version()}".encode())
    return Manifest(
        format=FORMAT,
        model=embedder.name,
        fingerprint=embedder.fingerprint,
        words=cutter.fingerprint,
        repair=repairing.version(),
        chunk=chunking.VERSION,
        documents=len(documents),
        passages=len(passages),
        sentences=sum(len(passage.sentences) for passage in passages),
        as_of=max((document.date for document in documents if document.date), default=None),
        hash=body.hexdigest(),
        created=time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
        sources=tuple(str(source.resolve()) for source in sources),
        places=learn_places([(document.place, document.text) for document in documents], dictionary()),
        states=states,
        files={path.name: record(path) for path in sorted(staged.iterdir())},
    )


def _publish(folder: Path, staged: Path, manifest: Manifest, disk: Disk) -> Path:
    """Give the finished build its name, point CURRENT at it, and drop builds that nobody needs."""
    name = f"{time.time_ns():020d}-{manifest.hash[:12]}"
    published = folder / "builds" / name
    disk.rename(staged, published)
    older = sorted(path for path in (folder / "builds").iterdir() if path != published)
    disk.replace(folder / CURRENT, f"{name}\n".encode())
    finished = [path for path in older if not path.name.startswith("new-")]
    for path in [path for path in older if path.name.startswith("new-")] + finished[: 1 - KEPT_BUILDS or None]:
        disk.remove(path)
    return published


def entry_json(entry: Entry) -> dict[str, object]:
    """One line of the ledger as JSON."""
    return asdict(entry)
