"""Search alone: the passages of a question, with what each leg gave them. No answer, no judgement."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

from rag.answer import LONGEST_QUESTION, Assistant
from rag.scope import strip_scope


@dataclass(frozen=True, slots=True)
class Found:
    """One passage. `best` is the (start, end) of its best sentence in `text`; `legs` the score of each leg."""

    document: str
    source: str
    title: str | None
    date: str | None
    place: str | None
    heading: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    score: float
    legs: dict[str, float]
    best: tuple[int, int]
    document_id: int

    def to_json(self) -> dict[str, Any]:
        """The passage as a JSON object."""
        return asdict(self)


def search(assistant: Assistant, question: str, k: int, today: date | None = None) -> list[Found]:
    """The best `k` passages for a question within the place and year that it names, best first."""
    today = today or date.today()
    question = question.strip()[:LONGEST_QUESTION]
    if not question or not assistant.index.passages:
        return []
    bounds = assistant.bounds
    scope = bounds.of_question(question, today)
    asked = assistant.finder.retriever.take_apart(question, strip_scope(question, today, bounds.gazetteer))
    retrieval = assistant.finder.retriever.retrieve(asked, k, bounds.allowed(scope))
    found = []
    for hit in retrieval.hits:
        passage, heading = hit.passage, assistant.citer.heading(hit.passage.document)
        best = passage.sentences[hit.best] if hit.best < len(passage.sentences) else (0, len(passage.text))
        found.append(
            Found(
                heading.path,
                heading.source,
                heading.title,
                heading.date,
                heading.place,
                passage.heading,
                passage.page,
                passage.start,
                passage.end,
                passage.text,
                round(hit.score, 6),
                {leg: round(float(score), 6) for leg, score in hit.legs.items()},
                best,
                passage.document,
            )
        )
    return found
