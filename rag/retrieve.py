"""A question to hits: three legs fused by score, the best then rescored by their best sentence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import islice

import numpy
from numpy.typing import NDArray

from index.fold import fold
from index.keywords import K1, Keywords, character_pairs, latin_terms
from index.store import Index, random_passages
from index.types import Cutter, Embedder, Hit, Passage, Vectors
from rag.question import Asked, take_apart

CANDIDATES = 100  # passages a leg brings in
LOOKED_INTO = 100  # passages of which a scope's sentences are looked for
RESCORED = 20  # passages whose sentences are looked at
SAME = 0.8  # what a word that says the same counts for
SAMPLE = 512  # random passages that say what an ordinary score is in this corpus
EXACT = 200_000  # up to so many passages every vector is compared


@dataclass(frozen=True, slots=True)
class FusionWeights:
    """What a point of each leg counts for. Found by five-fold cross-validation: `python -m eval tune`."""

    dense: float = 0.456
    words: float = 0.339
    pairs: float = 0.205
    sentence_dense: float = 0.114
    sentence_pairs: float = 0.455


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What a question found.

    `hits` are best first. `spread` is the mean and the standard deviation of the cosine between the
    question and random passages. `subject` (dimension,) float32 is the vector of the question
    without its place and time, which sentences do not repeat, and `subject_spread` its spread.
    """

    hits: tuple[Hit, ...]
    spread: tuple[float, float]
    subject: NDArray[numpy.float32]
    subject_spread: tuple[float, float]


@dataclass(frozen=True, slots=True)
class _Looked:
    """Passages by their numbers, ascending, and what each leg alone gives them, (passages,) float32 each."""

    numbers: NDArray[numpy.int64]
    cosine: NDArray[numpy.float32]
    words: NDArray[numpy.float32]
    pairs: NDArray[numpy.float32]

    def legs(self, at: int) -> dict[str, float]:
        """The scores of one of them."""
        return {"dense": float(self.cosine[at]), "words": float(self.words[at]), "pairs": float(self.pairs[at])}


class Retriever:
    """Finds passages of one opened index for questions."""

    def __init__(self, index: Index, embedder: Embedder, cutter: Cutter, weights: FusionWeights) -> None:
        self._index = index
        self._embedder = embedder
        self._cutter = cutter
        self._weights = weights

    def embed(self, asked: Asked) -> Vectors:
        """The vectors of the question and of its subject, (2, dimension) float32."""
        if asked.subject == asked.text:
            return numpy.repeat(self._embedder.embed_questions([asked.text]), 2, axis=0)
        return self._embedder.embed_questions([asked.text, asked.subject])

    def retrieve(
        self,
        asked: Asked,
        k: int,
        allowed: NDArray[numpy.bool_] | None = None,
        queries: Vectors | None = None,
        holds: Callable[[Passage], bool] | None = None,
    ) -> Retrieval:
        """The best `k` passages for a question, among those that `allowed` (passages,) admits.

        `queries` are what `embed` gave for it, where that was done already. `holds` looks into the
        passages that `allowed` lets through.
        """
        query, subject = self.embed(asked) if queries is None else queries
        mean, deviation = self._spread(query)
        looked = self._looked_at(asked, query, allowed)
        dense = _standing(looked.cosine, mean, deviation)
        weights = self._weights
        fused = weights.dense * dense + weights.words * looked.words + weights.pairs * looked.pairs
        if allowed is not None:
            fused = numpy.where(allowed[looked.numbers], fused, -numpy.inf)
        order = numpy.argsort(-fused, kind="stable")[: LOOKED_INTO if holds else max(k, RESCORED)]
        order = order[numpy.isfinite(fused[order])]
        at = dict(zip(looked.numbers[order].tolist(), order.tolist(), strict=True))
        hits = [
            Hit(passage, float(fused[at[passage.number]]), looked.legs(at[passage.number]))
            for passage in islice(filter(holds, self._passages(looked.numbers[order])), max(k, RESCORED))
        ]
        spread = self._spread(subject)
        head = [self._rescored(hit, subject, asked, *spread) for hit in hits[:RESCORED]]
        head.sort(key=lambda hit: -hit.score)
        found = self._without_reposts(head + hits[RESCORED:])[:k]
        return Retrieval(tuple(found), (mean, deviation), subject, spread)

    def _passages(self, order: NDArray[numpy.int64]) -> Iterator[Passage]:
        """Passages by their numbers, read from the disk a few at a time."""
        for start in range(0, len(order), RESCORED):
            yield from self._index.texts.passages([int(number) for number in order[start : start + RESCORED]])

    def _without_reposts(self, hits: Sequence[Hit]) -> list[Hit]:
        """Near-duplicate pages count as one hit: of passages alike in one family the first stays."""
        kept: dict[tuple[int, str], Hit] = {}
        for hit in hits:
            family = self._index.headings[hit.passage.document].family
            kept.setdefault((family, "".join(fold(hit.passage.text).split())), hit)
        return list(kept.values())

    def take_apart(self, question: str, subject: str | None = None) -> Asked:
        """Take a question apart with this index's words."""
        return take_apart(question, self._cutter.cut, subject)

    def unseen(self, asked: Asked, among: NDArray[numpy.bool_] | None = None) -> float:
        """The share of the question's terms that stand nowhere in this index, or in none of the passages `among`."""
        terms = asked.terms
        return sum(not self._is_known(term, asked, among) for term in terms) / len(terms) if terms else 0.0

    def _is_known(self, term: str, asked: Asked, among: NDArray[numpy.bool_] | None) -> bool:
        """Whether a term, or every pair of a word that says the same, stands in any passage."""

        def stands(pair: str) -> bool:
            rows = self._index.pairs.rows(pair)
            return bool(len(rows)) if among is None else bool(among[rows].any())

        return stands(term) or any(all(map(stands, character_pairs(word))) for word in asked.same.get(term, ()))

    def legs(self, asked: Asked, query: NDArray[numpy.float32]) -> tuple[Vectors, Vectors, Vectors]:
        """What each leg alone gives every passage, (passages,) float32 each: dense, words, pairs."""
        every = self._every(asked, query)
        return _standing(every.cosine, *self._spread(query)), every.words, every.pairs

    def sentence_legs(
        self, asked: Asked, query: NDArray[numpy.float32], passages: Sequence[int]
    ) -> NDArray[numpy.float32]:
        """The best sentence of each passage by the two legs that rescore, (passages, 2) float32."""
        rows = numpy.zeros((len(passages), 2), numpy.float32)
        for row, passage in enumerate(self._index.texts.passages(passages)):
            dense, covers = self._sentence_signs(passage, query, asked, *self._spread(query))
            values = self._weights.sentence_dense * dense + self._weights.sentence_pairs * covers
            if len(values):
                best = int(values.argmax())
                rows[row] = dense[best], covers[best]
        return rows

    def _looked_at(self, asked: Asked, query: NDArray[numpy.float32], allowed: NDArray[numpy.bool_] | None) -> _Looked:
        """All passages while that is fast, else those that the legs bring in, each a hundred."""
        index = self._index
        if index.server is None and index.passages <= EXACT:
            return self._every(asked, query)
        words, pairs = self._terms(asked)
        subset = None if allowed is None else numpy.flatnonzero(allowed)
        nearest, _ = (index.server or index.vectors).search(query[None, :], CANDIDATES, subset)
        foremost = [
            leg.top(terms, CANDIDATES, allowed)[0] for leg, terms in ((index.words, words), (index.pairs, pairs))
        ]
        numbers = numpy.unique(numpy.concatenate([nearest[0][nearest[0] >= 0], *foremost]))
        return _Looked(
            numbers,
            index.passage_vectors[numbers] @ query,
            _share(index.words, words, index.words.scores_at(words, numbers)),
            _share(index.pairs, pairs, index.pairs.scores_at(pairs, numbers)),
        )

    def _every(self, asked: Asked, query: NDArray[numpy.float32]) -> _Looked:
        index = self._index
        words, pairs = self._terms(asked)
        return _Looked(
            numpy.arange(index.passages),
            index.passage_vectors @ query,
            _share(index.words, words, index.words.scores(words)),
            _share(index.pairs, pairs, index.pairs.scores(pairs)),
        )

    def _terms(self, asked: Asked) -> tuple[list[str], list[str]]:
        """What each leg of keywords looks for: words, and pairs of characters."""
        phrases = asked.phrases or (asked.folded,)
        return self._cutter.cut(asked.folded), [pair for phrase in phrases for pair in character_pairs(phrase)]

    def _sentence_signs(
        self, passage: Passage, query: NDArray[numpy.float32], asked: Asked, mean: float, deviation: float
    ) -> tuple[NDArray[numpy.float32], NDArray[numpy.float32]]:
        """For each sentence of a passage its standing by cosine and the share of the question's terms it holds."""
        cosines = self._index.sentence_vectors(passage.number) @ query
        covers = [self.cover(asked, fold(passage.text[low:high])) for low, high in passage.sentences]
        return _standing(cosines, mean, deviation), numpy.array(covers, numpy.float32)

    def cover(self, asked: Asked, folded: str) -> float:
        """The share of the question's terms, weighted by idf, that stand in a folded text: 0 to 1.

        A word that says the same counts a little less.
        """
        weights = self._term_weights(asked.terms or tuple(character_pairs(asked.folded)))
        total = sum(weights.values())
        whole = latin_terms(folded) if any(term[0].isascii() for term in weights) else set()
        met = 0.0
        for term, weight in weights.items():
            if term in (whole if term[0].isascii() else folded):
                met += weight
            elif any(word in folded for word in asked.same.get(term, ())):
                met += SAME * weight
        return met / total if total else 0.0

    @lru_cache(maxsize=8)  # noqa: B019 - a retriever lives as long as its process
    def _term_weights(self, terms: tuple[str, ...]) -> dict[str, float]:
        return {term: self._index.pairs.idf(term) for term in terms}

    def _rescored(self, hit: Hit, query: NDArray[numpy.float32], asked: Asked, mean: float, deviation: float) -> Hit:
        passage = hit.passage
        dense, covers = self._sentence_signs(passage, query, asked, mean, deviation)
        values = self._weights.sentence_dense * dense + self._weights.sentence_pairs * covers
        best = int(values.argmax()) if len(values) else 0
        gain = float(values[best]) if len(values) else 0.0
        return Hit(passage, hit.score + gain, {**hit.legs, "sentence": gain}, best)

    def _spread(self, query: NDArray[numpy.float32]) -> tuple[float, float]:
        cosines = self._sample @ query
        return float(cosines.mean()), max(float(cosines.std()), 0.01)

    @cached_property
    def _sample(self) -> Vectors:
        rows: Vectors = self._index.passage_vectors[numpy.sort(random_passages(self._index, SAMPLE))]
        return rows


def _share(keywords: Keywords, terms: list[str], scores: NDArray[numpy.float32]) -> NDArray[numpy.float32]:
    """BM25 scores as shares of half the highest score these terms could reach."""
    highest = sum(keywords.idf(term) for term in set(terms)) * (K1 + 1)
    return scores / max(highest, 1e-9) * 2


def _standing(cosines: NDArray[numpy.float32], mean: float, deviation: float) -> NDArray[numpy.float32]:
    """Cosines as deviations above random passages; six deviations, as good as certain, are 1."""
    standing: NDArray[numpy.float32] = (numpy.maximum((cosines - mean) / deviation, 0.0) / 6).astype(numpy.float32)
    return standing
