"""Good sentences that give different values for the same thing: both are shown, never merged."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Scope
from rag.candidate import Candidate
from rag.kinds import is_planned
from rag.question import Asked
from rag.types import Citation, Conflict, ConflictValue
from rag.values import find_value, normal, unit_of
from rag.within import Bounds

MET = 0.4  # of the question's words that a sentence holds whose value can be disputed
NEAR = 0.8  # a rival sentence meets at least this share of what the best one meets of the question


def rivals(
    asked: Asked, best: Candidate, candidates: Sequence[Candidate], bounds: Bounds, places: Sequence[str] = ()
) -> list[Candidate]:
    """The sentences of other documents that give another value for the same place and time, best first.

    One a document; none where the question does not ask for a number or a date. `places` are those
    that the question asks about.
    """
    value = value_of(asked, best, bounds, places)
    if value is None or best.cover < MET:
        return []
    scope = bounds.of_sentence(best.passage, best.text)
    found: list[Candidate] = []
    documents = {best.passage.document}
    values = {normal(value)}
    for candidate in candidates[1:]:
        other = value_of(asked, candidate, bounds, places)
        if (
            other is None
            or (asked.kind == "number" and unit_of(other) != unit_of(value))
            or candidate.passage.document in documents
            or candidate.cover < NEAR * best.cover
            or is_planned(candidate.folded) != is_planned(best.folded)
            or not _same(scope, bounds.of_sentence(candidate.passage, candidate.text))
        ):
            continue
        documents.add(candidate.passage.document)
        if normal(other) not in values:
            values.add(normal(other))
            found.append(candidate)
    return found


def conflict_of(
    asked: Asked, cited: Sequence[tuple[Candidate, Citation]], bounds: Bounds, places: Sequence[str] = ()
) -> Conflict | None:
    """The values that the cited sentences give, newer first; None where they agree."""
    values: list[ConflictValue] = []
    for candidate, citation in cited:
        value = value_of(asked, candidate, bounds, places)
        if value and normal(value) not in {normal(entry.value) for entry in values}:
            values.append(ConflictValue(value, citation.date, citation.n))
    if len(values) < 2:
        return None
    values.sort(key=lambda entry: entry.date or "", reverse=True)
    return Conflict("".join(asked.phrases), tuple(values))


def value_of(asked: Asked, candidate: Candidate, bounds: Bounds, places: Sequence[str] = ()) -> str | None:
    """The value that a sentence gives for one of `places`, as it stands there; None where it gives none."""
    if not candidate.is_kind:
        return None
    start, end = bounds.part_about(places, candidate.folded) if places else (0, len(candidate.folded))
    span = find_value(asked, candidate.folded[start:end])
    return candidate.text[start + span[0] : start + span[1]] if span else None


def _same(left: Scope, right: Scope) -> bool:
    """Whether two sentences are known to speak of the same place and time; what is unknown disputes nothing."""
    return bool(set(left.places) & set(right.places) and set(left.years) & set(right.years))
