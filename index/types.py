"""The words of the house, and the seams between its rooms.

`Document` 文档 → `Passage` 段落 → `Hit` 命中; `Citation` 引用 and `Answer` 回答 are in `rag/types.py`.

Three texts, never mixed up: the *original* (as decoded, damage and all) is what a quote is cut
from; the *text* (the repaired reading) is what answers are written from; the *folded* text
(simplified, half-width, variants unified, same length as the text) is only searched.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy
from numpy.typing import NDArray

from index.offsets import Edit, OffsetMap, apply

Vectors = NDArray[numpy.float32]  # (texts, dimension), rows of unit length


@dataclass(frozen=True, slots=True)
class Scope:
    """The place, unit and time that a question, a document or a sentence speaks of.

    `places` are full names (莲塘街道); `years` are integers; `units` are forms such as 街道办.
    `derived` is true where the years follow from something else (an anniversary, the next year's
    part of a report) instead of standing there. An empty tuple means unknown, not none.
    """

    places: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    units: tuple[str, ...] = ()
    derived: bool = False


@dataclass(frozen=True, slots=True)
class Guess:
    """A stretch of the original whose reading is not certain. `start`, `end` are into the original."""

    start: int
    end: int
    original: str
    text: str
    confidence: float


@dataclass(frozen=True, slots=True)
class Reading:
    """A text on its way from the original to its repaired form, and the map back.

    `repairs` counts the edits by kind, in the order in which they were made.
    """

    original: str
    text: str
    map: OffsetMap
    repairs: tuple[tuple[str, int], ...] = ()
    guesses: tuple[Guess, ...] = ()

    @staticmethod
    def of(original: str) -> Reading:
        """The reading of a text that nothing was done to yet."""
        return Reading(original, original, OffsetMap.identity(len(original)))

    def edited(self, edits: Sequence[Edit]) -> Reading:
        """This reading after `edits` (sorted, not overlapping, offsets into `self.text`)."""
        if not edits:
            return self
        text, way = apply(self.text, edits)
        counts = dict(self.repairs)
        guesses = list(self.guesses)
        for edit in edits:
            if edit.text != self.text[edit.start : edit.end]:
                counts[edit.kind] = counts.get(edit.kind, 0) + 1
            if edit.confidence < 1.0:
                start, end = self.map.back(edit.start, edit.end)
                guesses.append(Guess(start, end, self.original[start:end], edit.text, edit.confidence))
        return replace(self, text=text, map=way.after(self.map), repairs=tuple(counts.items()), guesses=tuple(guesses))


@dataclass(frozen=True, slots=True)
class Line:
    """What a loader knows of one line of its text: line i of the text has hint i.

    `level` is a heading's depth (1 the highest), 0 for body text. `header` holds the header cells
    of a table row ("街道 | 年份"), empty elsewhere. `page` counts from 1 where the format has pages.
    `furniture` is true where the format itself says that the line is navigation or the like.
    """

    level: int = 0
    header: str = ""
    page: int | None = None
    furniture: bool = False


@dataclass(frozen=True, slots=True)
class Loaded:
    """One file as read, before any repair.

    `reading.original` is the original of the contract. `reading.text` is what there is to read of
    it, one block (paragraph, heading, table row) a line, lines separated by one newline; for a text
    file it equals the original. `lines` is empty (nothing known) or has one hint a line.
    """

    reading: Reading
    encoding: str
    lines: tuple[Line, ...] = ()
    title: str | None = None
    date: str | None = None


@dataclass(frozen=True, slots=True)
class Paragraph:
    """One paragraph of a document. `text` is the repaired reading, `start` and `end` are into the original.

    `text_start` is where it stands in `Document.text`. `level` is a heading's depth, 0 for body.
    `heading` is the path of the headings above it, outermost first.
    """

    text: str
    start: int
    end: int
    text_start: int
    level: int = 0
    heading: tuple[str, ...] = ()
    header: str = ""
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One file as read: its original, the text after repair, the map between them, and what it is.

    `text` is the paragraphs' texts joined by one newline; `map` leads from it to `original`.
    `verdict` is clean, repaired or quarantined; `kind` plan, report, news, other or None.
    `derived` names those of (title, date, years, place) that do not stand in the page but follow from it.
    """

    path: str  # POSIX, relative to its source folder
    source: str
    original: str
    text: str
    map: OffsetMap
    encoding: str
    paragraphs: tuple[Paragraph, ...]
    furniture: tuple[tuple[int, int], ...] = ()
    title: str | None = None
    date: str | None = None
    years: tuple[int, ...] = ()
    place: str | None = None
    unit: str | None = None
    kind: str | None = None
    verdict: str = "clean"
    reason: str | None = None
    repairs: tuple[tuple[str, int], ...] = ()
    guesses: tuple[Guess, ...] = ()
    derived: tuple[str, ...] = ()

    def quote(self, text_start: int, text_end: int) -> tuple[int, int, str]:
        """The unchanged slice of the original that `text[text_start:text_end]` stands for."""
        start, end = self.map.back(text_start, text_end)
        return start, end, self.original[start:end]


@dataclass(frozen=True, slots=True)
class Passage:
    """A stretch of one document: small enough to embed, exact enough to cite.

    `document.text[text_start:text_end] == text`; `start`, `end` are into the original.
    `context` (title, heading path, date, unit, table header) is embedded with it, never quoted.
    `number` is its row in the index; `sentences` are (start, end) offsets into `text`.
    """

    number: int
    document: int  # row of the document in the index
    text: str
    text_start: int
    text_end: int
    start: int
    end: int
    heading: tuple[str, ...] = ()
    header: str = ""
    page: int | None = None
    sentences: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage with the score that a question gave it; higher is better, within one question only.

    `legs` holds each leg's own score ("dense", "words", "pairs", "sentence"); `best` is the number of the
    passage's best sentence for the question.
    """

    passage: Passage
    score: float
    legs: dict[str, float] = field(default_factory=dict)
    best: int = 0


class Embedder(Protocol):
    """Texts to unit vectors. `fingerprint` changes whenever its vectors would."""

    @property
    def name(self) -> str: ...
    @property
    def fingerprint(self) -> str: ...
    @property
    def dimension(self) -> int: ...
    @property
    def max_tokens(self) -> int: ...

    def embed_questions(self, texts: Sequence[str]) -> Vectors: ...

    def embed_passages(self, texts: Sequence[str]) -> Vectors: ...

    def count_tokens(self, texts: Sequence[str]) -> list[int]: ...


class Cutter(Protocol):
    """Cuts folded text into words, exactly as jieba's search mode does."""

    @property
    def fingerprint(self) -> str: ...

    def cut(self, text: str) -> list[str]: ...


class VectorIndex(Protocol):
    """Finds the nearest rows. Scores are inner products: higher is closer."""

    def search(
        self, queries: Vectors, k: int, allowed: NDArray[numpy.int64] | None = None
    ) -> tuple[NDArray[numpy.int64], Vectors]:
        """Row numbers (queries, k) and scores (queries, k), best first; -1 where fewer than k exist."""
        ...
