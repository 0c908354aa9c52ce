"""The right place, the right year: which passages and sentences may speak for a question's scope."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import cache, cached_property, lru_cache, partial

import numpy
from numpy.typing import NDArray

from index.filters import Filters
from index.fold import fold
from index.keywords import character_pairs
from index.places import SCOPE_RANK, Gazetteer, bare_name
from index.scope import scope_of
from index.store import Index
from index.times import LONGEST_RECENT, find_times, spellings
from index.types import Document, Passage, Scope
from rag.candidate import Candidate
from rag.names import forms_of
from rag.question import Asked
from rag.rows import row_in_words
from rag.scope import Compatibility, compatible, scope_of_question
from rag.types import Citation, Reason

_RELATIVE = ("去年", "今年", "前年", "明年", "上年", "次年", "下一", "下步", "同年")  # words that lead to another year
_UNDATED = re.compile(r"[今去前明]年|上半年|下半年|本年度?|上年|[近过]去?[一二两三四五]年")
SPOKEN = 2  # phrases of a question that read well side by side: 口岸|计划
REMEMBERED = 20_000  # sentences whose scope is not read again


_CONTINUES = re.compile(r"[\s\"“]*(?:这|该|其|此|前者|后者|[(]?[二三四五六七八九十]是)")

_ADMITTED = (Compatibility.MATCH, Compatibility.UNKNOWN)


class Bounds:
    """Keeps places and years apart in one opened index."""

    def __init__(self, index: Index, gazetteer: Gazetteer) -> None:
        self.gazetteer = gazetteer
        self._index = index
        self._spoken: dict[tuple[int, str], Scope] = {}  # of sentences, by passage; questions come back to them

    def of_question(self, question: str, today: date) -> Scope:
        """The place and the time that a question is limited to."""
        return scope_of_question(question, today, self.gazetteer)

    def allowed(self, scope: Scope) -> NDArray[numpy.bool_] | None:
        """Which passages may hold evidence, (passages,) bool; None where all may.

        A passage may where its document fits or it names the place, and likewise for the year; its
        sentences are then judged one by one.
        """
        if not scope.places and not scope.years:
            return None
        allowed = numpy.ones(self._index.passages, bool)
        if scope.places:
            allowed &= self._of_places(scope.places)
        if scope.years and not scope.derived:
            allowed &= self._of_years(scope.years)
        return allowed

    def admits(self, scope: Scope) -> Callable[[Passage, str], bool]:
        """Whether a sentence of a passage may be evidence for `scope`; each is judged once."""
        if not scope.places and not scope.years:
            return lambda passage, sentence: True
        judged: dict[tuple[int, str], bool] = {}

        def fits(passage: Passage, sentence: str) -> bool:
            key = (passage.number, sentence)
            if key not in judged:
                judged[key] = self._is_evidence(scope, passage, sentence)
            return judged[key]

        return fits

    def _is_evidence(self, scope: Scope, passage: Passage, sentence: str) -> bool:
        given = self.of_sentence(passage, sentence)
        if scope.years and not given.years and _UNDATED.search(fold(sentence)):
            return False  # 今年以来 in a page without a day may be any year
        return compatible(scope, given, self.gazetteer) in _ADMITTED

    def holds(self, scope: Scope, admits: Callable[[Passage, str], bool]) -> Callable[[Passage], bool] | None:
        """Whether any sentence of a passage may be evidence; None where all may."""
        if not scope.places and not scope.years:
            return None
        return lambda passage: any(admits(passage, passage.text[low:high]) for low, high in passage.sentences)

    def of_sentence(self, passage: Passage, sentence: str) -> Scope:
        """The place and time that a sentence speaks of: its own words', its heading's or its document's.

        A sentence that goes on from the one before (该校, 二是) speaks of the same, but for what it names itself.
        """
        key = (passage.number, sentence)
        spoken = self._spoken.get(key)
        if spoken is None:
            spoken = self._read_scope(passage, sentence)
            if len(self._spoken) >= REMEMBERED:
                self._spoken = {}
            self._spoken[key] = spoken
        return spoken

    def _read_scope(self, passage: Passage, sentence: str) -> Scope:
        given = self._stated(passage, sentence)
        folded = fold(sentence)
        before = _sentence_before(passage, sentence) if _CONTINUES.match(folded) else None
        if before is None:
            return given
        earlier = self.of_sentence(passage, before)
        ranks = (self.gazetteer.rank(mention.full_name) for mention in self.gazetteer.find_folded(folded))
        names_place = any(rank <= SCOPE_RANK for rank in ranks)
        return replace(
            given,
            places=given.places if names_place else earlier.places,
            years=given.years if find_times(folded) else earlier.years,
        )

    def _stated(self, passage: Passage, sentence: str) -> Scope:
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

    def part_about(self, places: Sequence[str], folded: str) -> tuple[int, int]:
        """The stretch of a folded sentence that speaks of `places` where it speaks of others too, else all of it."""
        mentions = [m for m in self.gazetteer.find_folded(folded) if self.gazetteer.rank(m.full_name) <= SCOPE_RANK]
        mine = [any(self.gazetteer.is_within(m.full_name, place) for place in places) for m in mentions]
        if not any(mine) or all(mine):
            return 0, len(folded)
        first = mine.index(True)
        after = next((m.start for m, is_mine in zip(mentions[first:], mine[first:], strict=True) if not is_mine), None)
        return mentions[first].start, len(folded) if after is None else after

    def documents(self, scope: Scope, asked: Asked) -> list[int]:
        """The documents that are about the whole scope and of the kind that the question names.

        Where a plan is asked for and there is none, the reports of the year before: they end with what comes next.
        """
        if any(word in asked.folded for word in ("总结", "报告", "成效", "成果")):
            return self._of_kind("report", scope)
        before = replace(scope, years=tuple(year - 1 for year in scope.years))
        return self._of_kind("plan", scope) or self._of_kind("report", before)

    def naming(self, asked: Asked, documents: Collection[int]) -> Collection[int]:
        """Those documents that hold every name with a number in it (6号线, 1206室) that is asked about."""
        if not asked.numbered:
            return documents
        forms = [forms_of(name) for name in asked.numbered]
        return {
            document
            for document in documents
            if all(any(form in self._whole(document) for form in written) for written in forms)
        }

    @lru_cache(maxsize=64)  # noqa: B019 - bounds live as long as their index
    def _whole(self, document: int) -> str:
        title = self._index.headings[document].title or ""
        return fold("\n".join([title, *(passage.text for passage in self._index.texts.passages_of(document))]))

    def is_outlook(self, scope: Scope) -> Callable[[Candidate], bool]:
        """Whether a sentence speaks of the year asked for only as what another year's report expects of it.

        Never where that year has no plan of its own.
        """

        @cache
        def plans() -> list[int]:  # looked for only where a sentence is an outlook at all
            return self._of_kind("plan", scope) if scope.places and scope.years else []

        return lambda candidate: (
            self.of_sentence(candidate.passage, candidate.text).derived
            and bool(plans())
            and candidate.passage.document not in plans()
        )

    def _of_kind(self, kind: str, scope: Scope) -> list[int]:
        def fits(given: Scope) -> bool:
            return compatible(scope, given, self.gazetteer) is Compatibility.MATCH

        return [int(number) for number in self._filters.of_kind(kind, fits)]

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
        # A bare figure is what is left of 9月, 第 of 排第几, 要 of 要引进多少.
        subject = (
            "".join(phrase for phrase in asked.phrases if not phrase.isdigit()).removesuffix("第").removeprefix("要")
        )
        spoken = f"的{subject}" if subject and len(asked.phrases) <= SPOKEN else "这方面的内容"
        missing = f"资料中没有{name_of_scope(scope)}{spoken}"
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

    def _of_places(self, places: Sequence[str]) -> NDArray[numpy.bool_]:
        """The passages of documents in one of `places`, and those that name one, (passages,) bool."""
        naming = [self._naming(bare_name(fold(place))) for place in places]
        documents = self._filters.of_places(partial(self._fits, Scope(tuple(places))))
        # A page that says nowhere where it belongs speaks for a place only if it names it.
        owners = self._index.passage_documents[numpy.concatenate(naming)].astype(numpy.int64)
        mentioning = numpy.intersect1d(owners, self._filters.without_place)
        return self._marked(*naming, self._filters.passages_of(documents), self._filters.passages_of(mentioning))

    def _of_years(self, years: Sequence[int]) -> NDArray[numpy.bool_]:
        """The passages of documents of one of `years`, or that name one, or may mean one by 去年, (passages,) bool."""
        stated, reaching = (self._filters.passages_of(found) for found in self._filters.of_years(frozenset(years)))
        relative = self._marked(*map(self._naming, _RELATIVE))
        written = {form for year in (min(years), max(years)) for form in spellings(year)}
        each = {str(year) for year in years} if len(years) <= LONGEST_RECENT else set()
        return self._marked(stated, reaching[relative[reaching]], *map(self._naming, written | each))

    def _fits(self, scope: Scope, place: str) -> bool:
        return compatible(scope, Scope((place,)), self.gazetteer) in _ADMITTED

    def _naming(self, name: str) -> NDArray[numpy.int64]:
        """The passages that hold every character pair of a name, ascending: of the rarest pair's those with all."""
        held = sorted((self._index.pairs.rows(term) for term in character_pairs(name)), key=len)
        if not held:
            return numpy.arange(self._index.passages)
        rarest, *others = held
        found = rarest.astype(numpy.int64)
        for rows in others:
            found = found[rows[numpy.searchsorted(rows[:-1], found)] == found]
        return found

    def _marked(self, *passages: NDArray[numpy.int64]) -> NDArray[numpy.bool_]:
        """These passages among all, (passages,) bool."""
        marked = numpy.zeros(self._index.passages, bool)
        for numbers in passages:
            marked[numbers] = True
        return marked

    @cached_property
    def _filters(self) -> Filters:
        return Filters(self._index.headings)


def _sentence_before(passage: Passage, sentence: str) -> str | None:
    """The sentence before this one in its line, if any."""
    before: tuple[int, int] | None = None
    for low, high in passage.sentences:
        if passage.text[low:high] == sentence:
            return passage.text[slice(*before)] if before and "\n" not in passage.text[before[1] : low] else None
        before = (low, high)
    return None


def name_of_scope(scope: Scope) -> str:
    """A scope in words: 莲塘街道2023年.

    >>> name_of_scope(Scope(("莲塘街道",), (2023,)))
    '莲塘街道2023年'
    """
    years = "、".join(f"{year}年" for year in scope.years[:3])
    return "、".join(scope.places[:3]) + years
