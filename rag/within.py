"""The right place, the right year: which passages and sentences may speak for a question's scope."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cached_property

import numpy
from numpy.typing import NDArray

from index.fold import fold
from index.keywords import character_pairs
from index.places import Gazetteer, bare_name
from index.scope import scope_of
from index.store import Index
from index.texts import Heading
from index.types import Document, Passage, Scope
from rag.question import Asked
from rag.read import Candidate
from rag.scope import Compatibility, compatible, scope_of_question
from rag.types import Citation, Reason

_ADMITTED = (Compatibility.MATCH, Compatibility.UNKNOWN)


class Bounds:
    """Keeps places and years apart in one opened index."""

    def __init__(self, index: Index, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._index = index

    def of_question(self, question: str, today: date) -> Scope:
        """The place and the time that a question is limited to."""
        return scope_of_question(question, today, self.gazetteer)

    def allowed(self, scope: Scope) -> NDArray[numpy.bool_] | None:
        """Which passages may hold evidence, (passages,) bool; None where all may.

        A passage may where its document fits, or where it names the place or the year itself; its
        sentences are then judged one by one.
        """
        if not scope.places and not scope.years:
            return None
        fits = numpy.array([self._fits(scope, kind) for kind in self._kinds], bool)
        documents = fits[self._document_kinds]
        naming = numpy.zeros(self._index.passages, bool)
        for place in scope.places:
            naming |= self._naming(bare_name(fold(place)))
        if scope.places:  # a page that says nowhere where it belongs speaks for a place only if it names it
            placeless = numpy.array([heading.place is None for heading in self._index.headings], bool)
            mentions = numpy.zeros(len(placeless), bool)
            mentions[self._index.passage_documents[naming]] = True
            documents = documents & (~placeless | mentions)
        allowed: NDArray[numpy.bool_] = documents[self._index.passage_documents] | naming
        for year in scope.years:
            allowed |= self._naming(str(year))
        return allowed

    def admits(self, scope: Scope) -> Callable[[Passage, str], bool]:
        """Whether a sentence of a passage may be evidence for `scope`."""
        if not scope.places and not scope.years:
            return lambda passage, sentence: True
        return lambda passage, sentence: (
            compatible(scope, self.of_sentence(passage, sentence), self.gazetteer) in _ADMITTED
        )

    def of_sentence(self, passage: Passage, sentence: str) -> Scope:
        """The place and time that a sentence speaks of: its own words', its heading's or its document's."""
        about = self._index.headings[passage.document]
        return scope_of(
            row_in_words(passage.header, sentence),
            passage.heading,
            place=about.place,
            years=about.years,
            date=about.date,
            kind=about.kind,
            gazetteer=self.gazetteer,
        )

    def documents(self, scope: Scope, asked: Asked) -> list[int]:
        """The documents that are about the whole scope and of the kind that the question names."""
        wanted = "report" if any(word in asked.folded for word in ("总结", "报告", "成效", "成果")) else "plan"
        return [
            heading.id
            for heading in self._index.headings
            if heading.kind == wanted
            and compatible(scope, Scope((heading.place,) if heading.place else (), heading.years), self.gazetteer)
            is Compatibility.MATCH
        ]

    def wider(self, scope: Scope) -> Iterator[tuple[str, Scope]]:
        """Scopes one step wider, each with the code of what is wrong when only that one has evidence."""
        if scope.years:
            yield "wrong_year", replace(scope, years=())
        if scope.places:
            yield "wrong_place", replace(scope, places=())
        if scope.places and scope.years:
            yield "wrong_place", Scope()

    def gap(self, code: str, asked: Asked, scope: Scope, candidates: Sequence[Candidate]) -> Reason:
        """What is missing and what there is instead, as one sentence."""
        best = candidates[0]
        given = self.of_sentence(best.passage, best.text)
        subject = "".join(asked.phrases) or "相关内容"
        missing = f"资料中没有{name_of_scope(scope)}的{subject}"
        name = name_of_scope(given)
        return Reason(code, f"{missing}；有{name}的：{best.text}" if name else f"{missing}；相近的有：{best.text}")

    def year_is_unknown(self, document: Document, citation: Citation) -> bool:
        """Whether neither a quote nor its heading nor its document says which year it speaks of."""
        about = scope_of(
            citation.text,
            citation.heading,
            place=document.place,
            years=document.years,
            date=document.date,
            kind=document.kind,
            gazetteer=self.gazetteer,
        )
        return not about.years

    @cached_property
    def _kinds(self) -> list[tuple[str | None, tuple[int, ...]]]:
        return list(dict.fromkeys(_scope_key(heading) for heading in self._index.headings))

    @cached_property
    def _document_kinds(self) -> NDArray[numpy.int64]:
        numbers = {kind: number for number, kind in enumerate(self._kinds)}
        return numpy.array([numbers[_scope_key(heading)] for heading in self._index.headings], numpy.int64)

    def _fits(self, scope: Scope, kind: tuple[str | None, tuple[int, ...]]) -> bool:
        place, years = kind
        given = Scope((place,) if place else (), years)
        return compatible(scope, given, self.gazetteer) in _ADMITTED

    def _naming(self, name: str) -> NDArray[numpy.bool_]:
        """The passages that hold every character pair of a name, (passages,) bool."""
        naming = numpy.ones(self._index.passages, bool)
        for term in character_pairs(name):
            held = numpy.zeros(self._index.passages, bool)
            held[self._index.pairs.rows(term)] = True
            naming &= held
        return naming


def row_in_words(header: str, row: str) -> str:
    """A table row with what its header says of its cells, so that a bare 2022 under 年份 is a year.

    >>> row_in_words("街道 | 年份", "东门街道 | 2022")
    '东门街道 | 2022年'
    """
    heads, cells = header.split(" | "), row.split(" | ")
    if not header or len(heads) != len(cells):
        return row
    return " | ".join(
        f"{cell}年" if "年" in head and cell.strip().isdigit() and len(cell.strip()) == 4 else cell
        for head, cell in zip(heads, cells, strict=True)
    )


def name_of_scope(scope: Scope) -> str:
    """A scope in words: 莲塘街道2023年.

    >>> name_of_scope(Scope(("莲塘街道",), (2023,)))
    '莲塘街道2023年'
    """
    years = "、".join(f"{year}年" for year in scope.years[:3])
    return "、".join(scope.places[:3]) + years


def _scope_key(heading: Heading) -> tuple[str | None, tuple[int, ...]]:
    return heading.place, heading.years
