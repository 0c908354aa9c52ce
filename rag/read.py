"""The sentences of the retrieved passages, each with how well it answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy

from index.fold import fold
from index.store import Index
from index.types import Hit, Passage
from rag.question import Asked, has_kind
from rag.retrieve import Retrieval, Retriever, passage_text

READ = 8  # passages whose sentences are candidates


@dataclass(frozen=True, slots=True)
class ReadingWeights:
    """What each sign counts for when sentences are ranked. Found by `python -m eval tune`."""

    dense: float = 0.55
    cover: float = 1.0
    context: float = 0.25
    passage: float = 0.45
    kind: float = 0.20
    heading: float = -0.30


@dataclass(frozen=True, slots=True)
class Candidate:
    """One sentence that may answer.

    `number` is its place in the passage. `dense` is its cosine to the question in deviations above
    random passages, `cover` the share of the question's terms that it holds (weighted by idf),
    `context` the same with its passage and headings.
    """

    hit: Hit
    number: int
    text: str
    folded: str
    dense: float
    cover: float
    context: float
    is_kind: bool
    score: float

    @property
    def passage(self) -> Passage:
        """The passage it stands in."""
        return self.hit.passage

    @property
    def span(self) -> tuple[int, int]:
        """Its place in the document's text."""
        low, high = self.passage.sentences[self.number]
        return self.passage.text_start + low, self.passage.text_start + high


Admits = Callable[[Passage, str], bool]


class SentenceReader:
    """Ranks sentences by cosine, shared terms, kind and the passage they stand in."""

    def __init__(self, index: Index, retriever: Retriever, weights: ReadingWeights) -> None:
        self._index = index
        self._retriever = retriever
        self._weights = weights

    def read(
        self, asked: Asked, retrieval: Retrieval, admits: Admits = lambda passage, sentence: True
    ) -> list[Candidate]:
        """The sentences of the best passages that `admits` lets in, best first."""
        candidates: list[Candidate] = []
        hits = retrieval.hits[:READ]
        best = max((hit.score for hit in hits), default=0.0)
        for hit in hits:
            candidates.extend(self._sentences(asked, retrieval, hit, hit.score / best if best > 0 else 0.0, admits))
        return sorted(candidates, key=lambda candidate: -candidate.score)

    def _sentences(
        self, asked: Asked, retrieval: Retrieval, hit: Hit, standing: float, admits: Admits
    ) -> list[Candidate]:
        passage = hit.passage
        heading = self._index.headings[passage.document]
        context = self._retriever.cover(asked, fold(f"{heading.title or ''} {passage_text(passage)}"))
        mean, deviation = retrieval.spread
        cosines = self._index.sentence_vectors(passage.number) @ retrieval.query
        found = []
        for number, (low, high) in enumerate(passage.sentences):
            text = passage.text[low:high]
            if not admits(passage, text):
                continue
            folded = fold(text)
            dense = float((cosines[number] - mean) / deviation)
            cover = self._retriever.cover(asked, folded)
            is_kind = has_kind(asked, folded)
            is_heading = text in passage.heading
            score = (
                self._weights.dense * float(numpy.clip(dense / 6, 0, 1.5))
                + self._weights.cover * cover
                + self._weights.context * context
                + self._weights.passage * standing
                + self._weights.kind * is_kind
                + self._weights.heading * is_heading
            )
            found.append(Candidate(hit, number, text, folded, dense, cover, context, is_kind, score))
        return found


def in_reading_order(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Sentences as they stand: document by document in the order of their best, then by place."""
    first: dict[int, int] = {}
    for place, candidate in enumerate(candidates):
        first.setdefault(candidate.passage.document, place)
    return sorted(candidates, key=lambda candidate: (first[candidate.passage.document], candidate.span))
