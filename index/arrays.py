"""A build's arrays: vectors of passages and sentences, postings of both keyword legs; written as they are made."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

import numpy
from numpy.typing import NDArray

from index import chunk as chunking
from index.disk import Disk, explained
from index.embedded import EmbeddingCache
from index.fold import fold
from index.intake import Corpus, Progress
from index.keywords import character_pairs
from index.milvus import Entry, entry
from index.postings import write_keywords
from index.texts import NAME as TEXTS
from index.texts import Texts
from index.types import Cutter, Passage, Vectors
from index.vectors import GRAPH, GRAPH_FROM, VECTORS, write_graph

BLOCK = 512  # passages in memory at a time


def write_arrays(
    staged: Path,
    corpus: Corpus,
    cache: EmbeddingCache,
    cutter: Cutter,
    disk: Disk,
    progress: Progress,
    wants_graph: bool = True,
) -> None:
    """Vectors, keyword postings, and which passage belongs to which document."""
    texts = Texts(staged / TEXTS)
    try:
        shape = (corpus.passages, cache.embedder.dimension)
        disk.save_blocks(staged / VECTORS, shape, "<f4", _passage_vectors(texts, corpus, cache, progress))
        if wants_graph and corpus.passages >= GRAPH_FROM:
            with explained(staged / GRAPH):
                disk.step()
                write_graph(numpy.load(staged / VECTORS, mmap_mode="r", allow_pickle=False), staged / GRAPH)
            disk.sync(staged / GRAPH)
        scales = numpy.zeros(int(corpus.sentences.sum()), numpy.float32)
        shape = (len(scales), cache.embedder.dimension)
        rows = _sentence_vectors(texts, corpus, cache, progress, scales)
        disk.save_blocks(staged / "sentences.npy", shape, "|i1", rows)
        disk.save(staged / "sentence_scales.npy", scales)
        offsets = numpy.concatenate(([0], numpy.cumsum(corpus.sentences))).astype(numpy.int64)
        disk.save(staged / "sentence_offsets.npy", offsets)
        counts = [heading.passages for heading in corpus.headings]
        disk.save(staged / "passage_documents.npy", numpy.repeat(numpy.arange(len(counts), dtype=numpy.int32), counts))
        for number, (leg, cut) in enumerate((("words", cutter.cut), ("pairs", character_pairs))):
            terms = _terms(cut, texts, corpus, partial(_leg_progress, progress, number))
            write_keywords(terms, staged, leg, disk)
    finally:
        texts.close()


def _leg_progress(progress: Progress, leg: int, done: int, total: int) -> None:
    """Two legs of keywords are one step."""
    progress("keywords", leg * total + done, 2 * total)


def _terms(
    cut: Callable[[str], list[str]], texts: Texts, corpus: Corpus, progress: Callable[[int, int], None]
) -> Iterator[list[str]]:
    """The terms of each passage for one leg of keywords."""
    done = 0
    for block in _searched(texts, corpus):
        for text in block:
            yield cut(fold(text))
        done += len(block)
        progress(done, corpus.passages)


def _blocks(texts: Texts, corpus: Corpus, size: int = BLOCK) -> Iterator[list[Passage]]:
    for start in range(0, corpus.passages, size):
        yield texts.passages(range(start, min(start + size, corpus.passages)))


def _searched(texts: Texts, corpus: Corpus, size: int = BLOCK) -> Iterator[list[str]]:
    """Each passage as it is embedded and searched, under its title, date and headings; block by block."""
    for block in _blocks(texts, corpus, size):
        headings = [corpus.headings[passage.document] for passage in block]
        above = map(chunking.context, headings, block)
        yield [f"{context}\n{passage.text}".strip() for context, passage in zip(above, block, strict=True)]


def _passage_vectors(texts: Texts, corpus: Corpus, cache: EmbeddingCache, progress: Progress) -> Iterator[Vectors]:
    """Passage vectors, block by block: (passages of the block, dimension) float32."""
    for _, found in _embedded(
        "passages", _searched(texts, corpus, max(BLOCK, cache.batch)), corpus.passages, cache, progress
    ):
        yield found


def _sentence_vectors(
    texts: Texts, corpus: Corpus, cache: EmbeddingCache, progress: Progress, scales: NDArray[numpy.float32]
) -> Iterator[NDArray[numpy.int8]]:
    """Sentence vectors in 8 bits, block by block; the scale of each goes into `scales` (sentences,)."""
    blocks = (
        [passage.text[low:high] for passage in block for low, high in passage.sentences]
        for block in _blocks(texts, corpus, max(BLOCK, cache.batch))
    )
    for start, exact in _embedded("sentences", blocks, len(scales), cache, progress):
        scale = numpy.maximum(numpy.abs(exact).max(axis=1, initial=0.0), 1e-9) / 127
        scales[start : start + len(exact)] = scale
        yield numpy.rint(exact / scale[:, None]).astype(numpy.int8)


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


def entries(staged: Path, corpus: Corpus) -> Iterator[list[Entry]]:
    """Every passage as a vector server holds it, block by block."""
    texts = Texts(staged / TEXTS)
    vectors = numpy.load(staged / VECTORS, mmap_mode="r", allow_pickle=False)
    try:
        for block in _blocks(texts, corpus):
            about = [corpus.headings[passage.document] for passage in block]
            yield [
                entry(passage.number, passage.document, of.place, of.years, passage.text, vectors[passage.number])
                for passage, of in zip(block, about, strict=True)
            ]
    finally:
        texts.close()
