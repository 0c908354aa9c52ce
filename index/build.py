"""The flow before the question: load → repair → chunk → embed → store, all or nothing."""

from __future__ import annotations

import hashlib
import os
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from index import chunk as chunking
from index import repair as repairing
from index.arrays import entries, write_arrays
from index.disk import Disk, writer_lock
from index.embedded import EmbeddingCache
from index.errors import SourceError, StoreError, WenjuError
from index.intake import Corpus, Progress, read_corpus
from index.load import find_sources
from index.manifest import FORMAT, Manifest, read_manifest, record
from index.manifest import NAME as MANIFEST
from index.milvus import PREFIX, Milvus
from index.readers import Source
from index.store import CURRENT, builds, sequence
from index.texts import Entry
from index.types import Cutter, Embedder
from index.vectors import GRAPH, VECTORS

KEPT_BUILDS = 3  # published builds that stay on disk, in case the newest proves damaged

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
    server: Milvus | None = None,
) -> BuildReport:
    """Read every file of `sources` and publish a new build under `folder`.

    Unchanged files are not read again and unchanged passages not embedded again; files that are
    gone are forgotten. A file that cannot be read stands in the ledger with its reason. `workers`
    processes read; the result does not depend on their number. With a `server` it holds the
    passages too, and finds the nearest. Until the last step the old build serves. Raises
    SourceError where there is no file at all, IndexBusy where another process builds, DiskError
    where the disk refuses, StoreError where the server does.
    """
    files = _files(sources)
    if server is not None:
        server.check()
    with writer_lock(folder):
        disk.make_folder(folder / "builds")
        _clear(folder, disk)
        staged = folder / "builds" / f"new-{os.getpid()}-{time.time_ns():x}"
        disk.make_folder(staged)
        cache = EmbeddingCache(folder, embedder, disk, tokens)
        try:
            corpus = read_corpus(files, folder, staged, disk, progress, workers)
            write_arrays(staged, corpus, cache, cutter, disk, progress, wants_graph=server is None)
            manifest = _manifest(staged, corpus, sources, embedder, cutter)
            if server is not None:
                manifest = _uploaded(manifest, folder, staged, corpus, embedder.dimension, server, disk, progress)
            disk.write_json(staged / MANIFEST, manifest.to_json())
            published = _publish(folder, staged, manifest, disk)
            if server is not None:
                with suppress(StoreError):  # what cannot be dropped now is dropped after the next build
                    server.drop_others(_prefix(folder, disk), _collections(folder))
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


def _manifest(staged: Path, corpus: Corpus, sources: Sequence[Path], embedder: Embedder, cutter: Cutter) -> Manifest:
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


def _uploaded(
    manifest: Manifest,
    folder: Path,
    staged: Path,
    corpus: Corpus,
    dimension: int,
    server: Milvus,
    disk: Disk,
    progress: Progress,
) -> Manifest:
    """The manifest of a build that the server holds too, in a collection named after what is in it."""
    content = hashlib.sha256(f"{manifest.hash} {manifest.files[VECTORS].sha256}".encode()).hexdigest()
    name = _prefix(folder, disk) + content[:16]
    total = corpus.passages
    if total:
        batches = partial(entries, staged, corpus)
        server.upload(name, dimension, total, batches, lambda done: progress("upload", done, total))
    return replace(manifest, engine="milvus", collection=name)


def _prefix(folder: Path, disk: Disk) -> str:
    """What the collections of this index begin with; drawn once, so that indexes may share a server."""
    path = folder / "collections"
    if not path.exists():
        disk.write(path, f"{PREFIX}{secrets.token_hex(4)}_".encode("ascii"))
    return path.read_text("ascii")


def _collections(folder: Path) -> list[str]:
    """The collections that the builds on the disk name."""
    named = []
    for path in builds(folder):
        with suppress(WenjuError):  # a build that cannot be read is not served either
            named.append(read_manifest(path).collection)
    return named


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
