"""Good sentences that give different values for the same thing: both are shown, never merged."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Scope
from rag.question import Asked, is_planned
from rag.read import Candidate
from rag.types import Citation, Conflict, ConflictValue
from rag.values import find_value, normal
from rag.within import Bounds

NEAR = 0.8  # a rival sentence meets at least this share of what the best one meets of the question


def rivals(asked: Asked, best: Candidate, candidates: Sequence[Candidate], bounds: Bounds) -> list[Candidate]:
    """The sentences of other documents that give another value for the same place and time, best first.

    One a document; none where the question does not ask for a number or a date.
    """
    value = _value(asked, best)
    if value is None:
        return []
    scope = bounds.of_sentence(best.passage, best.text)
    found: list[Candidate] = []
    documents = {best.passage.document}
    values = {value}
    for candidate in candidates[1:]:
        other = _value(asked, candidate)
        if (
            other is None
            or candidate.passage.document in documents
            or candidate.cover < NEAR * best.cover
            or is_planned(candidate.folded) != is_planned(best.folded)
            or not _same(scope, bounds.of_sentence(candidate.passage, candidate.text))
        ):
            continue
        documents.add(candidate.passage.document)
        if other not in values:
            values.add(other)
            found.append(candidate)
    return found


def conflict_of(asked: Asked, cited: Sequence[tuple[Candidate, Citation]]) -> Conflict | None:
    """The values that the cited sentences give, newer first; None where they agree."""
    values: list[ConflictValue] = []
    for candidate, citation in cited:
        span = find_value(asked, candidate.folded)
        if span and normal(candidate.folded[slice(*span)]) not in {normal(entry.value) for entry in values}:
            values.append(ConflictValue(candidate.text[slice(*span)], citation.date, citation.n))
    if len(values) < 2:
        return None
    values.sort(key=lambda entry: entry.date or "", reverse=True)
    return Conflict("".join(asked.phrases), tuple(values))


def _value(asked: Asked, candidate: Candidate) -> str | None:
    span = find_value(asked, candidate.folded) if candidate.is_kind else None
    return normal(candidate.folded[slice(*span)]) if span else None


def _same(left: Scope, right: Scope) -> bool:
    """Whether two sentences are known to speak of the same place and time; what is unknown disputes nothing."""
    return bool(set(left.places) & set(right.places) and set(left.years) & set(right.years))
