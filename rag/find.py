"""From a question to what the documents hold for it: inside its scope, part by part, and whether that is evidence."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date

from index.fold import fold
from index.store import Index
from index.types import Scope, Vectors
from rag.candidate import Candidate
from rag.contrary import is_no_answer, is_of_other_kind, is_uncompared
from rag.decide import DecisionWeights, Evidence, refusal, weigh
from rag.names import names_another
from rag.question import Asked, as_written
from rag.read import Admits, SentenceReader
from rag.retrieve import Retrieval, Retriever
from rag.scope import sides, strip_scope
from rag.several import single_questions
from rag.types import Reason
from rag.within import Bounds

SPOKEN_OF = 0.5  # of the question's words around the best sentence


@dataclass(frozen=True, slots=True)
class Found:
    """What one side of a question found: its scope, hits, sentences, and whether they are evidence."""

    scope: Scope
    asked: Asked
    retrieval: Retrieval
    candidates: tuple[Candidate, ...]
    evidence: Evidence
    reason: Reason | None
    offer: tuple[Candidate, ...] = ()
    is_overview: bool = False  # the candidates are a whole document in reading order
    part: str = ""  # the question, where it is one of several asked together
    read_ms: float = 0.0  # how much of the finding was reading sentences and deciding


class Finder:
    """Retrieves and reads inside the scope of a question, and decides whether there is evidence.

    `passages` are retrieved. `sure` is the model without the reader, which may answer where `decision` refuses.
    """

    def __init__(
        self,
        index: Index,
        retriever: Retriever,
        reader: SentenceReader,
        bounds: Bounds,
        decision: DecisionWeights,
        passages: int,
        sure: DecisionWeights | None = None,
    ) -> None:
        self._index = index
        self.retriever = retriever
        self.reader = reader
        self.bounds = bounds
        self.decision = decision
        self._passages = passages
        self._sure = sure

    def find_all(self, whole: str, scope: Scope, today: date) -> list[Found]:
        """What each side of a comparison, each of several questions, or the question itself finds."""
        compared = sides(whole, scope)
        if compared:
            return [self.find(whole, side, today) for side in compared]
        asked = single_questions(whole, self.bounds.gazetteer, today)
        apart = [
            replace(self.find(part, self.bounds.of_question(part, today), today), part=part)
            for part in asked
            if len(asked) > 1
        ]
        answered = [side for side in apart if side.reason is None]
        if apart and len(answered) == len(apart):
            return apart
        together = self.find(whole, scope, today)  # as one: a sentence may hold what no part of the question finds
        if together.reason is None:
            return [together, *answered]
        return apart if answered else [together]

    def find(self, question: str, scope: Scope, today: date) -> Found:
        """Retrieve and read inside one scope, and decide whether that is evidence."""
        asked = self.retriever.take_apart(question, strip_scope(question, today, self.bounds.gazetteer))
        query = self.retriever.embed(asked)
        admits = self.bounds.admits(scope)
        retrieval = self.retriever.retrieve(
            asked, self._passages, self.bounds.allowed(scope), query, self.bounds.holds(scope, admits)
        )
        retrieved = time.perf_counter()
        found = self._read(asked, scope, query, retrieval, admits)
        return replace(found, read_ms=(time.perf_counter() - retrieved) * 1000)

    def _read(self, asked: Asked, scope: Scope, query: Vectors, retrieval: Retrieval, admits: Admits) -> Found:
        """Read the passages and decide whether their sentences are evidence."""
        if documents := self._overview_of(asked, scope, retrieval):
            sentences = self.reader.overview(asked, retrieval, documents[:1], admits)
            if sentences:
                evidence = weigh(asked, retrieval, sentences, 0.0)
                return Found(scope, asked, retrieval, tuple(sentences), evidence, None, is_overview=True)
        read = self.reader.read(asked, retrieval, admits)
        named = self.bounds.naming(asked, {c.passage.document for c in read})
        compared = [candidate for candidate in read if not is_uncompared(asked, candidate)]
        unseen = self.retriever.unseen(asked)
        every = [
            c
            for c in compared
            if c.passage.document in named and not (names_another(asked, c) or is_no_answer(asked, c, unseen))
        ]
        is_scoped = bool(scope.places or scope.years)
        is_outlook = self.bounds.is_outlook(scope)
        candidates = [c for c in every if not (is_scoped and (self._is_of_other_kind(asked, c) or is_outlook(c)))]
        evidence = weigh(asked, retrieval, candidates, unseen)
        reason = refusal(asked, evidence, self.decision)
        if reason and self._sure and (plain := self.reader.unread(candidates)):
            again = weigh(asked, retrieval, plain, unseen)
            if refusal(asked, again, self._sure) is None:
                candidates, evidence, reason = plain, again, None
        if read and not every:
            reason = Reason("absent_subject", "资料中没有找到所问的对象。")
            if not compared:
                reason = Reason("wrong_kind", "资料只列出了各项的数，没有说哪一项最大、最小或最早。")
            return Found(scope, asked, retrieval, (), evidence, reason, tuple(read[:3]))
        if not candidates and reason is None:
            reason = Reason("no_evidence", "资料中没有找到能回答这个问题的内容。")
        if reason and len(candidates) < len(every) and not self._refuses(asked, retrieval, every):
            reason = Reason("wrong_kind", "资料提到了相近的话题，没有找到所问的内容。")
            return Found(scope, asked, retrieval, (), evidence, reason, tuple(every[:3]))
        offer: tuple[Candidate, ...] = ()
        if reason and is_scoped:
            reason, offer = self._elsewhere(asked, scope, query, reason)
        if reason and not (candidates or offer) and read and read[0].context >= SPOKEN_OF:
            # The subject is there and what is asked of it is not: whoever asks may look for himself.
            reason = Reason("wrong_kind", "资料提到了相近的话题，没有找到所问的内容。")
            return Found(scope, asked, retrieval, (), evidence, reason, tuple(read[:3]))
        if reason is None and asked.wants_list:
            candidates = self.reader.whole_section(asked, retrieval, candidates, admits)
        return Found(scope, asked, retrieval, tuple(candidates), evidence, reason, offer or tuple(candidates[:3]))

    def _overview_of(self, asked: Asked, scope: Scope, retrieval: Retrieval) -> list[int]:
        """The plans or reports that are asked for as such, by place and year or by the name that they bear."""
        if not scope.places and not scope.years:
            return []
        if asked.is_overview:
            return self.bounds.documents(scope, asked)
        found = dict.fromkeys(hit.passage.document for hit in retrieval.hits)
        names = {document: self.reader.name_in(asked, document) for document in found}
        bearing = {document for document, name in names.items() if name and asked.is_overview_of(name)}
        return [document for document in self.bounds.documents(scope, asked) if document in bearing] if bearing else []

    def _is_of_other_kind(self, asked: Asked, candidate: Candidate) -> bool:
        about = self._index.headings[candidate.passage.document]
        return is_of_other_kind(asked, candidate, about.kind, about.date)

    def _refuses(self, asked: Asked, retrieval: Retrieval, candidates: Sequence[Candidate]) -> bool:
        evidence = weigh(asked, retrieval, candidates, self.retriever.unseen(asked))
        return refusal(asked, evidence, self.decision) is not None

    def _elsewhere(
        self, asked: Asked, scope: Scope, query: Vectors, reason: Reason
    ) -> tuple[Reason, tuple[Candidate, ...]]:
        """Whether another year or another place has what this scope lacks; the reason then names the gap."""
        inside = self.bounds.admits(scope)
        asked = replace(asked, folded=as_written(fold(asked.subject)))  # the reader would miss the place and the year
        for code, wider in self.bounds.wider(scope):
            retrieval = self.retriever.retrieve(asked, self._passages, self.bounds.allowed(wider), query)
            every = self.reader.read(asked, retrieval, self.bounds.admits(wider))
            candidates = [c for c in every if not inside(c.passage, c.text) and not self._is_of_other_kind(asked, c)]
            if asked.wants_words and candidates and not candidates[0].is_kind:
                continue  # who heads it elsewhere is no offer where nobody is named
            if candidates and not self._refuses(asked, retrieval, candidates):
                return self.bounds.gap(code, asked, scope, candidates), tuple(candidates[:8])
        return reason, ()
