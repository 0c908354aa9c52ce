"""Wenju as LangChain objects: a retriever of passages, and a runnable from a question to an Answer."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from langchain_core.runnables import Runnable, RunnableConfig
from pydantic import ConfigDict

from rag.answer import Assistant
from rag.search import search
from rag.types import Answer, Turn


class WenjuRetriever(BaseRetriever):
    """Passages within the place and year that a question names, best first.

    `page_content` is the repaired reading; `metadata` holds `document`, `source`, `title`, `date`, `place`,
    `heading`, `page`, `score`, and `start`, `end`, the exact place in the original.
    """

    model_config = ConfigDict(arbitrary_types_allowed=True)
    assistant: Assistant
    k: int = 10
    today: date | None = None

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        found = search(self.assistant, query, self.k, self.today)
        kept = ("document", "source", "title", "date", "place", "heading", "page", "start", "end", "score")
        return [Document(hit.text, metadata={name: getattr(hit, name) for name in kept}) for hit in found]


class WenjuAnswer(Runnable[str | Mapping[str, Any], Answer]):
    """A question, or {"question", "history", "today"}, to the Answer that every door gives."""

    def __init__(self, assistant: Assistant) -> None:
        self._assistant = assistant

    def invoke(self, input: str | Mapping[str, Any], config: RunnableConfig | None = None, **kwargs: Any) -> Answer:
        """Answer one question. `history` is a list of {"question", "answer"}, `today` an ISO date."""
        return self._call_with_config(self._answer, input, config)

    def _answer(self, asked: str | Mapping[str, Any]) -> Answer:
        if isinstance(asked, str):
            return self._assistant.answer(asked)
        history = [Turn(turn["question"], turn.get("answer", "")) for turn in asked.get("history") or ()]
        today = asked.get("today")
        day = date.fromisoformat(today) if isinstance(today, str) else today
        return self._assistant.answer(asked["question"], history, day)
