"""One exchange of the page: the question goes in, its steps come out, and what was shown is kept."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from rag.answer import Assistant
from rag.current import Current
from rag.desk import Desk, stream_newest
from rag.history import History, KeptTurn, as_history
from rag.rescope import chips
from rag.types import Answer


@dataclass(frozen=True, slots=True)
class Step:
    """What there is to show so far: verified sentences, and at the end the exchange as it was kept."""

    sentences: tuple[dict[str, Any], ...] = ()
    conversation: str = ""
    turn: KeptTurn | None = None


class Chat:
    """Asks the newest build and keeps what it answered under the owner's name."""

    def __init__(self, current: Current, history: History, desk: Desk) -> None:
        self.current = current
        self.history = history
        self._desk = desk

    def ask(self, owner: str, conversation: str, question: str) -> Iterator[Step]:
        """Steps of an answer, the kept exchange last. Raises DeskFull, IndexMissing and other WenjuErrors."""
        turns = self.history.turns(owner, conversation)
        said: list[dict[str, Any]] = []
        with self._desk.place():
            for event in stream_newest(self.current, question, as_history(turns)):
                if event.kind == "delta":
                    said.append(event.data)
                    yield Step(tuple(said))
                elif event.answer is not None and event.assistant is not None:
                    self._desk.finished(event.answer)
                    extras = self._extras(event.assistant, event.answer)
                    conversation, turn = self.history.keep(owner, conversation, question, event.data, extras)
                    yield Step(tuple(said), conversation, turn)

    def _extras(self, assistant: Assistant, answer: Answer) -> dict[str, Any]:
        """What the page draws beside an answer: the ids of its sources, and the chips of its scope."""
        numbers = {cited.document_id for cited in answer.citations} | {near.document_id for near in answer.nearest}
        headings = assistant.index.headings
        places = sorted({heading.place for heading in headings if heading.place})
        years = sorted({year for heading in headings for year in heading.years}, reverse=True)
        gazetteer = assistant.bounds.gazetteer
        return {
            "sources": {str(number): self.current.source_id(assistant, number) for number in numbers},
            "chips": chips(answer.standalone_question, answer.scope, places, years, gazetteer),
        }
