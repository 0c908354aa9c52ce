"""The extractive writer: as many of the documents' own sentences as the question needs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rag.question import Asked
from rag.read import Candidate, in_reading_order, is_lead, lead_of, line_of, stands_under

MOST_SENTENCES = 12
MOST_CHARACTERS = 600
LISTED = 3  # sentences that a list takes where no heading holds it together
WHOLE = 0.8  # a heading that meets this share of what is asked is about it


@dataclass(frozen=True, slots=True)
class WritingWeights:
    """How near to the best sentence another must come to be said too."""

    second: float = 0.2  # a fact's second sentence
    listed: float = 0.5  # a sentence of a list, inside the best passage
    elsewhere: float = 0.3  # a sentence of a list, in another passage


def choose(asked: Asked, candidates: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    """The sentences to answer with: one or two for a fact (the best first), a whole list in reading order."""
    sentences = [candidate for candidate in _distinct(candidates) if len(candidate.text) > 1]
    if not sentences:
        return []
    if asked.wants_list:
        return _listed(asked, sentences, weights)
    sentences = [candidate for candidate in sentences if not candidate.is_heading] or sentences
    best = sentences[0]
    second = [c for c in sentences[1:2] if c.score >= best.score - weights.second and c.is_kind >= best.is_kind]
    return [best, *second]


def _listed(asked: Asked, sentences: Sequence[Candidate], weights: WritingWeights) -> list[Candidate]:
    """What stands under the heading that answers, else the sentences that answer about as well as the best."""
    lead = _lead(sentences)
    best = lead or next((c for c in sentences if not c.is_heading), sentences[0])
    if asked.kind == "outline" or lead:
        under = under_heading(best, sentences)
        if under:
            return condensed(_on_subject(best, under))
    near = [
        candidate
        for candidate in sentences
        if not candidate.is_heading
        and candidate.score
        >= best.score - (weights.listed if candidate.passage.number == best.passage.number else weights.elsewhere)
    ]
    return in_reading_order(_limited(near or [best], LISTED))


def _lead(sentences: Sequence[Candidate]) -> Candidate | None:
    """The heading or lead among the best sentences that says what is asked for, or nearly; None where there is none."""
    leads = [c for c in sentences[:16] if (c.is_heading or is_lead(c)) and c.cover >= WHOLE]
    return max(leads, key=lambda candidate: (candidate.cover, candidate.score), default=None)


def under_heading(best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The sentences under the nearest heading of the best one, or under itself, in reading order."""
    lead = lead_of(best)
    same = [
        candidate
        for candidate in sentences
        if candidate.passage.document == best.passage.document
        and not candidate.is_heading
        and (stands_under(candidate, lead) if lead else candidate.passage.number == best.passage.number)
    ]
    return sorted(same, key=lambda candidate: candidate.span)


def _on_subject(best: Candidate, under: Sequence[Candidate]) -> list[Candidate]:
    """All of a section whose heading or title names what is asked about; else its sentences that do, if any does."""
    lead = next((c.cover for c in under if is_lead(c) and line_of(c) == line_of(best)), 0.0)
    if max(best.named, lead) > 0:
        return list(under)
    return [candidate for candidate in under if candidate.cover > 0] or list(under)


def condensed(sentences: Sequence[Candidate]) -> list[Candidate]:
    """All sentences where they fit, else the first of each paragraph, as many as fit."""
    whole = _limited(sentences, MOST_SENTENCES)
    if len(whole) == len(sentences):
        return whole
    leads = [candidate for candidate in sentences if is_lead(candidate)]
    firsts = [candidate for candidate in sentences if starts_paragraph(candidate)]
    return _limited(leads if len(leads) > 2 else firsts if len(firsts) > 2 else sentences, MOST_SENTENCES)


def starts_paragraph(candidate: Candidate) -> bool:
    """Whether a sentence opens a line of its passage."""
    return candidate.passage.sentences[candidate.number][0] == line_of(candidate)[0]


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
