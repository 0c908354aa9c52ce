"""Sentences to citations: the unchanged slice of the original that each one stands for."""

from __future__ import annotations

from collections.abc import Sequence

from index.store import Index
from index.texts import Heading
from index.types import Document
from rag.candidate import Candidate
from rag.types import Citation, Nearest


class Citer:
    """Cuts quotes from the originals of one opened index; each document is read once."""

    def __init__(self, index: Index) -> None:
        self._index = index
        self._documents: dict[int, Document] = {}

    def document(self, number: int) -> Document:
        """One document whole."""
        if number not in self._documents:
            if len(self._documents) > 64:
                self._documents.clear()
            self._documents[number] = self._index.texts.document(number)
        return self._documents[number]

    def heading(self, number: int) -> Heading:
        """What is known of a document without its text."""
        return self._index.headings[number]

    def cite(self, candidates: Sequence[Candidate]) -> list[Citation]:
        """One citation a sentence, numbered from 1 in order."""
        citations = []
        for n, candidate in enumerate(candidates, start=1):
            document = self.document(candidate.passage.document)
            start, end, quote = document.quote(*candidate.span)
            citations.append(
                Citation(
                    n=n,
                    document=document.path,
                    source=document.source,
                    title=document.title,
                    date=document.date,
                    place=document.place,
                    heading=candidate.passage.heading,
                    page=candidate.passage.page,
                    start=start,
                    end=end,
                    quote=quote,
                    text=candidate.text,
                    document_id=candidate.passage.document,
                    bold=candidate.shown,
                    also=tuple(self._index.also(candidate.passage.document)),
                )
            )
        return citations

    def nearest(self, candidates: Sequence[Candidate], why: str) -> list[Nearest]:
        """Places where one might look, one a document."""
        places: dict[int, Nearest] = {}
        for candidate in candidates:
            number = candidate.passage.document
            if number in places or len(places) == 3:
                continue
            document = self.document(number)
            start, end, quote = document.quote(*candidate.span)
            places[number] = Nearest(
                document.path,
                document.title,
                document.date,
                document.place,
                document.years,
                start,
                end,
                quote,
                candidate.text,
                why,
                number,
            )
        return list(places.values())
