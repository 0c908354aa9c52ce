"""A sentence that may answer, what speaks for it, and the lines and headings that it stands in or under."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.structure import run_in_heading
from index.types import Hit, Passage
from rag.reader import NOT_READ, SentenceReading

SIGNS = (
    "dense",
    "cover",
    "context",
    "standing",
    "kind",
    "heading",
    "length",
    "contrary",
    "near",
    "enumerates",
    "read",
    "span",
    "relevant",
)


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence that may answer.

    `number` is its place in the passage. `dense` is its cosine to the question in deviations above
    random passages, `cover` the share of the question's terms that it holds (weighted by idf),
    `context` the same with its passage and headings. `signs` are what its score was made of.
    `named` is the share of them that title and headings hold.
    `shown` is the stretch that is shown for it: one that can hardly be another.
    `around` is what of its passage and headings may be evidence too, folded. `reading` is the reader's own
    judgement, and `answer` the stretch of `text` that it holds for the answer.
    """

    hit: Hit
    number: int
    text: str
    folded: str
    dense: float
    cover: float
    context: float
    is_kind: bool
    is_heading: bool
    score: float
    signs: tuple[float, ...] = ()
    around: str = ""
    reading: SentenceReading = NOT_READ
    answer: tuple[int, int] | None = None
    named: float = 0.0
    shown: tuple[int, int] | None = None

    @property
    def passage(self) -> Passage:
        """The passage it stands in."""
        return self.hit.passage

    @property
    def read(self) -> float:
        """The reader's log odds that it answers."""
        return self.reading.score

    @property
    def is_bare(self) -> bool:
        """Whether it is a heading, or a dateline, a name or a caption, rather than a sentence."""
        return self.is_heading or bool(self.signs) and self.signs[SIGNS.index("heading")] > 0

    @property
    def is_contrary(self) -> bool:
        """Whether it tells of a plan where results are asked for, or the other way round."""
        return bool(self.signs) and self.signs[SIGNS.index("contrary")] > 0

    @property
    def near(self) -> float:
        """The share of the question's terms that it holds together with the sentence before it."""
        return self.signs[SIGNS.index("near")] if self.signs else self.cover

    @property
    def span(self) -> tuple[int, int]:
        """Its place in the document's text."""
        low, high = self.passage.sentences[self.number]
        return self.passage.text_start + low, self.passage.text_start + high


def line_of(candidate: Candidate) -> tuple[int, int]:
    """The paragraph of its passage that a sentence stands in, as offsets into the passage's text."""
    text = candidate.passage.text
    low, high = candidate.passage.sentences[candidate.number]
    end = text.find("\n", high)
    return text.rfind("\n", 0, low + 1) + 1, len(text) if end < 0 else end


def starts_paragraph(candidate: Candidate) -> bool:
    """Whether a sentence opens a line of its passage."""
    return candidate.passage.sentences[candidate.number][0] == line_of(candidate)[0]


def is_lead(candidate: Candidate) -> bool:
    """Whether a sentence is the heading of its paragraph, run in."""
    low, _ = candidate.passage.sentences[candidate.number]
    return low == line_of(candidate)[0] and run_in_heading(candidate.text)


def lead_of(candidate: Candidate) -> str:
    """The heading that a sentence is, or that its paragraph begins with, or stands under; else empty."""
    if candidate.is_heading:
        return candidate.text
    start, end = line_of(candidate)
    first = next(span for span in candidate.passage.sentences if span[0] >= start)
    sentence = candidate.passage.text[slice(*first)]
    if run_in_heading(sentence) and end > first[1]:
        return sentence
    return candidate.passage.heading[-1] if candidate.passage.heading else ""


def stands_under(candidate: Candidate, lead: str) -> bool:
    """Whether a sentence stands under a heading, or in the paragraph that begins with it."""
    return lead in candidate.passage.heading or lead == lead_of(candidate)


def in_reading_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Sentences as they stand: document by document in the order of their best, then by place."""
    first: dict[int, int] = {}
    for place, candidate in enumerate(candidates):
        first.setdefault(candidate.passage.document, place)
    return sorted(candidates, key=lambda candidate: (first[candidate.passage.document], candidate.span))
