"""Assistant: from a question to an answer that one can check, whole and step by step."""

from __future__ import annotations

import secrets
import time
from collections.abc import Generator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import date
from typing import TYPE_CHECKING

from index.store import Index
from index.types import Scope
from rag.candidate import Candidate
from rag.cite import Citer
from rag.conflict import conflict_of, rivals
from rag.find import Finder, Found
from rag.followup import standalone
from rag.journal import Note
from rag.scope import with_whole_years
from rag.types import Answer, Citation, Elapsed, Reason, Retrieved, Sentence, Turn
from rag.within import name_of_scope
from rag.write import WritingWeights, choose, condensed

if TYPE_CHECKING:
    from rag.model_writer import ModelWriter

LATE = "提问的人太多，没有请语言模型来写；以下是资料原句"
LONGEST_QUESTION = 1000  # characters; what is longer is cut, since no question is


class Assistant:
    """Answers from one opened index, with citations, or says that the documents do not."""

    def __init__(
        self,
        index: Index,
        finder: Finder,
        writing: WritingWeights,
        writer: ModelWriter | None = None,
    ) -> None:
        self.index = index
        self.citer = Citer(index)
        self.finder = finder
        self.bounds = finder.bounds
        self._writing = writing
        self._writer = writer
        self.loaded_ms = 0.0  # set by who opened it, shown with every answer
        self.note: Note = lambda answer: None  # set by who opened it, told of every answer
        # Held while finding, and tells whether one waited long for it; set by who asks many questions at once.
        self.at_work: AbstractContextManager[bool] = nullcontext(False)

    @property
    def notice(self) -> str | None:
        """Why the index is not the newest build, or why its vector server was not asked, or None."""
        return self.index.notice or self._away

    @property
    def _away(self) -> str | None:
        """Why the vector server was not asked, or None."""
        return self.index.server.notice if self.index.server else None

    def answer(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> Answer:
        """Answer from the documents with citations, or say why they do not.

        `today` is what 今年 and 去年 in the question are counted from.
        """
        answering = self.stream(question, history, today)
        while True:
            try:
                next(answering)
            except StopIteration as finished:
                answer: Answer = finished.value
                return answer

    def understand(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> tuple[str, Scope]:
        """The question as it stands alone, and the place and time it is limited to."""
        today = today or date.today()
        question = with_whole_years(question.strip()[:LONGEST_QUESTION], self.bounds.gazetteer)
        whole = standalone(question, history, self.bounds.gazetteer, today)
        if self._writer is not None and history:
            whole = self._writer.rewrite(question, history, whole)
        return whole, self.bounds.of_question(whole, today)

    def stream(
        self,
        question: str,
        history: Sequence[Turn] = (),
        today: date | None = None,
        understood: tuple[str, Scope] | None = None,
    ) -> Generator[Sentence, None, Answer]:
        """The sentences of `answer` as soon as each is verified; the generator's value is the Answer.

        The Answer has the last word: where a language model breaks off, it holds the documents' own sentences.
        `understood` is what `understand` gave for the question, where that was asked before.
        """
        started = time.perf_counter()
        today = today or date.today()
        question = question.strip()[:LONGEST_QUESTION]
        whole, scope = understood or self.understand(question, history, today)
        blank = Answer(question, whole, scope=scope, as_of=self.index.manifest.as_of, trace=secrets.token_hex(8))
        if not self.index.passages:
            empty = replace(blank, reason=Reason("empty_index", "索引里还没有文档：请先添加文档。"))
            self.note(empty)
            return empty
        with self.at_work as is_late:
            found = self.finder.find_all(whole, scope, today)
        retrieved = time.perf_counter()
        answer = yield from self._write(blank, found, is_late, bool(history))
        finished = time.perf_counter()
        elapsed = Elapsed(
            load=self.loaded_ms,
            retrieve=(retrieved - started) * 1000 - sum(side.read_ms for side in found),
            read=sum(side.read_ms for side in found),
            write=(finished - retrieved) * 1000,
            total=(finished - started) * 1000,
        )
        answer = replace(answer, elapsed=elapsed, degraded=answer.degraded or self._away)
        self.note(answer)
        return answer

    def _write(
        self, blank: Answer, found: Sequence[Found], is_late: bool, is_follow_up: bool
    ) -> Generator[Sentence, None, Answer]:
        """The answer of all sides, or the refusal where none has evidence."""
        answered = [side for side in found if side.reason is None]
        passages = _retrieved(self.citer, found)
        if not answered:
            reason = found[0].reason or Reason("no_evidence", "资料中没有找到能回答这个问题的内容。")
            return replace(
                blank,
                reason=reason,
                passages=passages,
                nearest=tuple(self.citer.nearest([c for side in found for c in side.offer], reason.message)),
            )
        chosen: list[Candidate] = []
        disputed: list[tuple[Found, list[Candidate]]] = []
        parts: list[set[int]] = []
        for side in answered:
            mine = self._chosen(side)
            if side.part and not side.asked.wants_list:
                mine = mine[:1]
            if side.part and any(_is_same(mine[0], said) for said in chosen):
                parts.append({chosen.index(said) + 1 for said in chosen if _is_same(mine[0], said)})
                continue
            others = rivals(side.asked, mine[0], side.candidates, self.bounds, side.scope.places)
            if others:
                mine = self._newer_first([mine[0], *others[:1]])
                disputed.append((side, mine))
            parts.append(set(range(len(chosen) + 1, len(chosen) + len(mine) + 1)))
            chosen.extend(mine)
        citations = tuple(self.citer.cite(chosen))
        cited = dict(zip(map(id, chosen), citations, strict=True))
        found_conflicts = [
            conflict_of(side.asked, [(c, cited[id(c)]) for c in mine], self.bounds, side.scope.places)
            for side, mine in disputed
        ]
        sentences = [Sentence(citation.text, (citation.n,)) for citation in citations]
        missing = tuple(side.part or name_of_scope(side.scope) for side in found if side.reason is not None)
        sentences += [Sentence(f"资料中没有{name}的相关内容。") for name in missing]
        extractive = replace(
            blank,
            sentences=(*sentences, *self._notes(answered, citations)),
            citations=citations,
            passages=passages,
            missing=missing,
            conflicts=tuple(conflict for conflict in found_conflicts if conflict),
            degraded=LATE if is_late and self._writer else None,
        )
        return (yield from self._retold(extractive, parts, is_follow_up))

    def _retold(
        self, extractive: Answer, parts: Sequence[set[int]], is_follow_up: bool
    ) -> Generator[Sentence, None, Answer]:
        """The answer in the language model's words, where there is one and time for it and the evidence bears them.

        `parts` are the citation numbers of each side of the question: a side that the model passes over, or a dispute
        that it might smooth out, leaves the documents' own sentences.
        """
        if self._writer is None or extractive.conflicts or extractive.degraded:
            yield from extractive.sentences
            return extractive
        told = tuple(sentence for sentence in extractive.sentences if not sentence.marks)
        written = yield from self._writer.stream(
            extractive.standalone_question, extractive.citations, [sentence.text for sentence in told], is_follow_up
        )
        if not all(part & set(written.used) for part in parts):
            yield from extractive.sentences
            return replace(extractive, degraded=written.degraded or "语言模型只答了问题的一部分；以下是资料原句")
        yield from told
        return replace(
            extractive,
            sentences=(*written.sentences, *told),
            citations=written.citations,
            generator=written.generator,
            degraded=written.degraded,
        )

    def _chosen(self, side: Found) -> list[Candidate]:
        if side.is_overview:
            whole = [candidate for candidate in side.candidates if not candidate.is_bare]
            return condensed(whole or [candidate for candidate in side.candidates if not candidate.is_heading])
        return choose(side.asked, side.candidates, self._writing)

    def _newer_first(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        dates = {c.passage.document: self.citer.heading(c.passage.document).date or "" for c in candidates}
        return sorted(candidates, key=lambda candidate: dates[candidate.passage.document], reverse=True)

    def _notes(self, answered: Sequence[Found], citations: Sequence[Citation]) -> list[Sentence]:
        """What a reader must know beside the quotes: a year that was asked for and is not stated."""
        asked_years = {year for side in answered for year in side.scope.years}
        if not asked_years or not citations:
            return []
        undated = [c.n for c in citations if self.bounds.year_is_unknown(self.citer.document(c.document_id), c)]
        if len(undated) == len(citations):
            return [Sentence("（资料未注明年份。）")]
        return []


def _is_same(one: Candidate, other: Candidate) -> bool:
    return (one.passage.number, one.number) == (other.passage.number, other.number)


def _retrieved(citer: Citer, found: Sequence[Found]) -> tuple[Retrieved, ...]:
    hits = sorted((hit for side in found for hit in side.retrieval.hits), key=lambda hit: -hit.score)
    seen: set[int] = set()
    passages = []
    for hit in hits:
        if hit.passage.number in seen:
            continue
        seen.add(hit.passage.number)
        heading = citer.heading(hit.passage.document)
        passages.append(
            Retrieved(heading.path, hit.passage.start, hit.passage.end, hit.passage.text, round(hit.score, 6))
        )
    return tuple(passages)
