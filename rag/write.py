"""The extractive writer: as many of the documents' own sentences as the question needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.question import Asked
from rag.read import Candidate, in_reading_order

MOST_SENTENCES = 12
MOST_CHARACTERS = 600


@dataclass(frozen=True, slots=True)
class WritingWeights:
    """How near to the best sentence another must come to be said too."""

    second: float = 0.06  # a fact's second sentence
    listed: float = 0.25  # a sentence of a list, inside the best passage
    elsewhere: float = 0.15  # a sentence of a list, in another passage


def choose(asked: Asked, candidates: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    """The sentences to answer with: one or two for a fact (the best first), a whole list in reading order."""
    sentences = [candidate for candidate in _distinct(candidates) if len(candidate.text) > 1]
    if not sentences:
        return []
    if asked.kind in ("outline", "list", "manner", "reason"):
        return _listed(asked, sentences, weights)
    best = sentences[0]
    second = [c for c in sentences[1:2] if c.score >= best.score - weights.second and c.is_kind >= best.is_kind]
    return [best, *second]


def _listed(asked: Asked, sentences: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    best = sentences[0]
    if asked.kind == "outline":
        chosen = _paragraph_of(best, sentences)
        if len(chosen) > 1:
            return chosen
    limit = 4 if asked.kind != "outline" else MOST_SENTENCES
    near = [
        candidate
        for candidate in sentences
        if candidate.score
        >= best.score - (weights.listed if candidate.passage.number == best.passage.number else weights.elsewhere)
    ]
    return in_reading_order(_limited(near, limit))


def _paragraph_of(best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The sentences under the heading that the best one stands under, or is, in reading order."""
    lead = best.passage.heading[-1:] if best.passage.heading else ()
    family = [
        candidate
        for candidate in sentences
        if candidate.passage.document == best.passage.document
        and (
            candidate.passage.number == best.passage.number
            or (lead and candidate.passage.heading[-1:] == lead)
            or candidate.passage.heading[-1:] == (_first_sentence(best),)
        )
    ]
    return _limited(sorted(family, key=lambda candidate: candidate.span), MOST_SENTENCES)


def _first_sentence(candidate: Candidate) -> str:
    low, high = candidate.passage.sentences[0]
    return candidate.passage.text[low:high]


def _limited(sentences: Sequence[Candidate], most: int) -> list[Candidate]:
    chosen: list[Candidate] = []
    length = 0
    for candidate in sentences:
        if len(chosen) == most or (chosen and length + len(candidate.text) > MOST_CHARACTERS):
            break
        chosen.append(candidate)
        length += len(candidate.text)
    return chosen


def _distinct(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Each wording once."""
    seen: set[str] = set()
    kept = []
    for candidate in candidates:
        if candidate.folded not in seen:
            seen.add(candidate.folded)
            kept.append(candidate)
    return kept
