"""The reader: which sentences of a passage answer a question, and the words in them that do.

A cross-encoder: question and passage run through one encoder together, and three numbers come out for every token:
how far it belongs to a sentence that answers, and whether the answer starts or ends there (Devlin et al. 2019 for
spans). A sentence's score is the mean over its tokens. Trained by `python -m eval train-reader`; it shares its word
embeddings with the embedder.
"""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

import numpy
from numpy.typing import NDArray

from index.bundled import processor_flags, variant_for
from index.embed import open_graph, run_each
from index.embeddings import TokenEmbeddings
from index.encoder import as_float32
from index.errors import ModelError
from index.prepared import Prepared
from index.tokenizer import BEGIN, END, Tokenizer

REMEMBERED = 8_192  # sentences whose tokens are kept
ROOM = 192  # tokens of a question and a stretch of a passage
LONGEST_QUESTION = 64  # tokens
LONGEST_SPAN = 24  # tokens
UNREAD = -6.0  # the score of a sentence that was not read
NO_SPAN = -12.0  # the score of its span


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and sentences as one row of tokens; `sentences` are the (start, end) of each sentence in it."""

    ids: list[int]
    sentences: list[tuple[int, int]]


@dataclass(frozen=True, slots=True)
class SentenceReading:
    """What the reader says of one sentence: the log odds that it answers, and the stretch of it that does, if any.

    `span_score` is the sum of that stretch's start and end numbers, `relevance` the log odds that what was read
    together with the sentence answers at all.
    """

    score: float
    span: tuple[int, int] | None
    span_score: float = NO_SPAN
    relevance: float = UNREAD


NOT_READ = SentenceReading(UNREAD, None)
CLEAR = 1.0  # log odds from which on a sentence plainly answers


def laid_out(question: Sequence[int], sentences: Sequence[Sequence[int]], room: int = ROOM) -> Pair:
    """<s> question </s> sentence sentence … </s>, without the ends that the tokenizer gave each of them."""
    ids = [BEGIN, *question[1:-1][:LONGEST_QUESTION], END]
    places = []
    for sentence in sentences:
        inner = sentence[1:-1][: max(0, room - 1 - len(ids))]
        places.append((len(ids), len(ids) + len(inner)))
        ids.extend(inner)
    ids.append(END)
    return Pair(ids, places)


def stretches(lengths: Sequence[int], room: int) -> list[tuple[int, int]]:
    """Sentences of so many tokens, cut into neighbours (first, last + 1) that fit into `room`.

    >>> stretches([50, 60, 70, 200, 10], 128)
    [(0, 2), (2, 3), (3, 4), (4, 5)]
    """
    cut: list[tuple[int, int]] = []
    start, used = 0, 0
    for number, length in enumerate(lengths):
        if number > start and used + length > room:
            cut.append((start, number))
            start, used = number, 0
        used += length
    return [*cut, (start, len(lengths))] if lengths else []


class Reader:
    """The trained reader over the bundled embedder's prepared folder; each stretch is a run of its own on one core.

    Raises ModelError where its file is missing or not the one that its card names.
    """

    def __init__(self, graph: Path, folder: Path, threads: int | None = None) -> None:
        self._graph = graph
        self._checksum = int(card(graph)["crc32"])
        prepared = Prepared(folder)
        self._tokenizer = Tokenizer(prepared)
        self._embeddings = TokenEmbeddings(prepared)
        self._threads = threads or len(os.sched_getaffinity(0))
        # The same passages come up again and again; cutting a sentence costs as much as a tenth of reading it.
        self._pieces = lru_cache(maxsize=REMEMBERED)(lambda text: self._tokenizer.encode([text])[0])

    def read(self, question: str, passages: Sequence[Sequence[str]]) -> list[list[SentenceReading]]:
        """What the reader says of every sentence of every passage. All texts are folded."""
        texts = [text for sentences in passages for text in sentences]
        asked, *pieces = map(self._pieces, (question, *texts))
        room = ROOM - min(len(asked), LONGEST_QUESTION + 2) - 1
        jobs: list[tuple[int, Pair]] = []  # the first sentence of a stretch, and the stretch
        at = 0
        for sentences in passages:
            lengths = [len(ids) - 2 for ids in pieces[at : at + len(sentences)]]
            for low, high in stretches(lengths, room):
                jobs.append((at + low, laid_out(asked, pieces[at + low : at + high])))
            at += len(sentences)
        found = [NOT_READ] * len(texts)
        for (first, pair), numbers in zip(jobs, self._run([pair for _, pair in jobs]), strict=True):
            for number, (start, end) in enumerate(pair.sentences, start=first):
                if end > start:
                    relevance = float(numbers[0, 0])
                    found[number] = self._judged(texts[number], pair.ids[start:end], numbers[start:end], relevance)
        ends = numpy.cumsum([len(sentences) for sentences in passages]).tolist()
        return [found[end - len(sentences) : end] for sentences, end in zip(passages, ends, strict=True)]

    def _judged(
        self, text: str, ids: Sequence[int], numbers: NDArray[numpy.float32], relevance: float
    ) -> SentenceReading:
        first, last = best_span(numbers)
        places = self._tokenizer.places(ids, text)
        span = (places[first][0], places[last][1]) if places and places[last][1] > places[first][0] else None
        return SentenceReading(
            float(numbers[:, 0].mean()), span, float(numbers[first, 1] + numbers[last, 2]), relevance
        )

    def _run(self, pairs: Sequence[Pair]) -> list[NDArray[numpy.float32]]:
        outputs: list[NDArray[numpy.float32]] = [numpy.empty(0, numpy.float32)] * len(pairs)
        session = self._session

        def run(row: int) -> None:
            outputs[row] = session.run(None, {"embedded": self._embeddings.of(pairs[row].ids)[None]})[0][0]

        run_each(run, [len(pair.ids) for pair in pairs], self._threads)
        return outputs

    @cached_property
    def _session(self) -> Any:
        try:
            graph = self._graph.read_bytes()
        except OSError as error:
            raise ModelError(f'没有找到阅读器 {self._graph}：请重新安装，或设 reader = "off"') from error
        if zlib.crc32(graph) != self._checksum:
            raise ModelError(f'阅读器 {self._graph} 已损坏：请重新安装，或设 reader = "off"')
        if variant_for(processor_flags()) == "float32":
            graph = as_float32(graph)
        return open_graph(graph)


def card(graph: Path) -> dict[str, Any]:
    """What stands beside a trained reader: its checksum and how it was trained. Raises ModelError."""
    try:
        about: dict[str, Any] = json.loads(graph.with_suffix(".json").read_text("utf-8"))
        int(about["crc32"]), int(about["held_out"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"阅读器的说明 {graph.with_suffix('.json')} 缺失或已损坏：请重新安装") from error
    return about


def best_span(numbers: NDArray[numpy.float32]) -> tuple[int, int]:
    """The first and last token whose start and end numbers, columns 1 and 2, have the highest sum."""
    sums = numbers[:, 1, None] + numbers[None, :, 2]
    place = numpy.arange(len(numbers))
    length = place[None, :] - place[:, None]
    sums[(length < 0) | (length >= LONGEST_SPAN)] = -numpy.inf
    first, last = numpy.unravel_index(int(sums.argmax()), sums.shape)
    return int(first), int(last)
