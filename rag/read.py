"""The sentences of the retrieved passages, each with how well it answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import chain

import numpy

from index.fold import fold
from index.scope import looks_ahead
from index.store import Index
from index.synonyms import in_words_of
from index.types import Hit, Passage
from rag.candidate import SIGNS, Candidate, lead_of
from rag.contrary import is_contrary
from rag.kinds import figures_of, gives_reason, kind_share, tells
from rag.question import Asked, content_phrases
from rag.reader import CLEAR, NO_SPAN, NOT_READ, Reader, SentenceReading
from rag.retrieve import Retrieval, Retriever
from rag.rows import row_share, with_heads
from rag.tallies import announces, counted

READ = 8  # passages whose sentences are candidates
SHORTEST_NAME = 3  # characters of a name that a question opens with
OPENING, SIGNATURE = 120, 60  # characters of a page's first and last passage that may name who wrote it
BELIEVED = 0.0  # log odds from which on the reader's stretch of a sentence is shown
_PART = re.compile(r"[^,;、，；]+")
KIND_WITHIN = 10  # of so many best sentences one of the right kind may go first
KIND_SHARE = 0.6  # if its score is at least this share of the best one's
PLAN_SHARE = 0.6  # and a plan before a result, where plans are asked for
READ_FIRST = 2  # passages that the reader reads of every question
READ_CLOSELY = 4  # passages that it reads where those give no clear answer
PLANS_TRUSTED = 0.25  # what the reader counts for where a whole plan is asked for: it learnt on single facts


@dataclass(frozen=True, slots=True)
class ReadingWeights:
    """What each sign of `SIGNS` counts for when sentences are ranked. Found by `python -m eval tune-reading`."""

    weights: tuple[float, ...]


WITHOUT_READER = ReadingWeights((1.0, 0.25, 0.6, 1.57, 0.6, -0.5, 0.03, -0.4, 0.9, 0.15, 0.0, 0.0, 0.0))
WITH_READER = ReadingWeights((1.0, 0.25, 0.6, 1.57, 0.6, -0.5, 0.03, -0.4, 0.9, 0.15, 1.0, 1.0, 2.0))


_YEAR = re.compile(r"[12][0-9]{3}年的?")
_OWNED = re.compile(r"^(?:办事处|办(?!理|公|事|学|证)|党工委)?[的,]?")
# Parts of a report that a question may ask for, by the words of their headings.
_PARTS = (
    re.compile(r"目标|措施|下一步|打算|思路|计划|安排"),
    re.compile(r"问题|不足|困难|短板"),
    re.compile(r"成效|成果|成绩|亮点|做法"),
)

Admits = Callable[[Passage, str], bool]


class SentenceReader:
    """Ranks sentences by the reader, cosine, shared terms, kind and the passage they stand in."""

    def __init__(
        self, index: Index, retriever: Retriever, weights: ReadingWeights, reader: Reader | None = None
    ) -> None:
        self._index = index
        self._retriever = retriever
        self._weights = weights
        self._reader = reader

    @property
    def has_reader(self) -> bool:
        """Whether the trained reader has a say."""
        return self._reader is not None

    def read(
        self, asked: Asked, retrieval: Retrieval, admits: Admits = lambda passage, sentence: True
    ) -> list[Candidate]:
        """The sentences of the best passages that `admits` lets in, best first."""
        candidates: list[Candidate] = []
        hits = retrieval.hits[:READ]
        best = max((hit.score for hit in hits), default=0.0)
        worth = [hit.passage for hit in hits if hit.passage.text != hit.passage.header]
        if asked.asks_plan:  # of a report what lies ahead is read first
            worth.sort(key=self._looks_back)
        readings = self._readings(asked, worth[:READ_CLOSELY])
        for hit in hits:
            standing = hit.score / best if best > 0 else 0.0
            read = readings.get(hit.passage.number, ())
            candidates.extend(self._sentences(asked, retrieval, hit, standing, admits, read))
        return _plans_first(asked, _kind_first(asked, sorted(candidates, key=lambda candidate: -candidate.score)))

    def _looks_back(self, passage: Passage) -> bool:
        """Whether a passage is neither of a plan nor of the part of a report that says what comes next."""
        is_plan = self._index.headings[passage.document].kind == "plan"
        return not (is_plan or looks_ahead(fold(passage.text), passage.heading))

    def _readings(self, asked: Asked, passages: Sequence[Passage]) -> dict[int, list[SentenceReading]]:
        """What the reader says of the sentences of the first passages, and of more where those leave it open."""
        found: dict[int, list[SentenceReading]] = {}
        for part in (passages[:READ_FIRST], passages[READ_FIRST:]):
            if self._reader is None or any(each.score >= CLEAR for each in chain.from_iterable(found.values())):
                break
            spoken = [self.spoken_to(asked, passage) for passage in part]
            for question in dict.fromkeys(spoken):
                mine = [passage for passage, each in zip(part, spoken, strict=True) if each == question]
                read = self._reader.read(question, [as_read(passage) for passage in mine])
                found |= {passage.number: each for passage, each in zip(mine, read, strict=True)}
        return found

    def name_in(self, asked: Asked, document: int) -> str:
        """The name that a question opens with, where a document bears it: in its title, or as it opens or signs."""
        name = common_opening(asked.folded, self._name_of(document))
        return name if len(name) >= SHORTEST_NAME else ""

    def spoken_to(self, asked: Asked, passage: Passage) -> str:
        """The question as someone would put it who has this passage before them.

        In its words where they mean the same; without the name that it opens with, where the page bears it and the
        passage does not: a page rarely says its own name again, and who reads a part of it would miss it. Without
        its year, where the passage says 今年 for it: what is read is of that year, or it would not have been let in.
        """
        text = fold(f"{passage.header} {passage.text}")
        question = asked.folded
        name = self.name_in(asked, passage.document)
        rest = _OWNED.sub("", question[len(name) :])
        if name and name not in text and content_phrases(rest):
            question = rest
        question = _YEAR.sub(lambda year: year[0] if year[0] in text else "", question)
        return in_words_of(question, text)

    @lru_cache(maxsize=256)  # noqa: B019 - a reader lives as long as its index
    def _name_of(self, document: int) -> str:
        """The title, and how the page opens and signs, folded."""
        passages = self._index.texts.passages_of(document)
        ends = (passages[0].text[:OPENING], passages[-1].text[-SIGNATURE:]) if passages else ()
        return fold("\n".join((self._index.headings[document].title or "", *ends)))

    def unread(self, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The same sentences as they rank without the reader, best first; none where there is no reader anyway."""
        if self._reader is None:
            return []
        plain = [replace(candidate, score=scored(candidate.signs, WITHOUT_READER)) for candidate in candidates]
        return sorted(plain, key=lambda candidate: -candidate.score)

    def whole_section(
        self, asked: Asked, retrieval: Retrieval, candidates: Sequence[Candidate], admits: Admits
    ) -> list[Candidate]:
        """The candidates and, where the best one stands under a heading, all else that stands there.

        Where a list is asked for by its number (六个方面) or announced by the best one, its whole document.
        """
        if not candidates:
            return []
        best = candidates[0]
        lead = lead_of(best)
        is_tallied = counted(asked.folded) > 0 or announces(best)
        known = {candidate.passage.number for candidate in candidates}
        more: list[Candidate] = []
        for passage in self._index.texts.passages_of(best.passage.document):
            headings = (text for text in passage.heading if asked.listed and asked.listed in fold(text))
            if passage.number not in known and (is_tallied or lead and lead in passage.heading or any(headings)):
                more.extend(self._sentences(asked, retrieval, Hit(passage, 0.0), 0.0, admits))
        return [*candidates, *sorted(more, key=lambda candidate: candidate.span)]

    def overview(self, asked: Asked, retrieval: Retrieval, documents: Sequence[int], admits: Admits) -> list[Candidate]:
        """The sentences of whole documents in reading order, for a question that asks for a document itself.

        Where it asks for a part (目标与措施, 下一步, 问题), only what stands under headings that name it.
        """
        part = next((words for words in _PARTS if words.search(asked.folded)), None)
        found: list[Candidate] = []
        for document in documents:
            passages = self._index.texts.passages_of(document)
            named = [p for p in passages if part and any(part.search(fold(line)) for line in p.heading)]
            for passage in named or passages:
                inside = (lambda passage, sentence: True) if named else admits
                found.extend(self._sentences(asked, retrieval, Hit(passage, 0.0), 0.0, inside))
        return found

    def _sentences(
        self,
        asked: Asked,
        retrieval: Retrieval,
        hit: Hit,
        standing: float,
        admits: Admits,
        readings: Sequence[SentenceReading] = (),
    ) -> list[Candidate]:
        passage = hit.passage
        about = self._index.headings[passage.document]
        texts = [passage.text[low:high] for low, high in passage.sentences]
        admitted = [text != passage.header and admits(passage, text) for text in texts]
        # Of a list of several places only what speaks of the one that is asked for vouches for a sentence.
        own = [text for text, is_admitted in zip(texts, admitted, strict=True) if is_admitted]
        around = fold("\n".join((about.title or "", *passage.heading, passage.header, *own)))
        context = self._retriever.cover(asked, around)
        named = self._retriever.cover(asked, fold("\n".join((about.title or "", *passage.heading))))
        mean, deviation = retrieval.subject_spread
        cosines = self._index.sentence_vectors(passage.number) @ retrieval.subject
        trusted = PLANS_TRUSTED if asked.kind == "outline" else 1.0
        found = []
        before = ""
        for number, text in enumerate(texts):
            folded = fold(text)
            searched = fold(f"{passage.header} {text}") if passage.header else folded
            near, before = f"{before} {searched}", searched
            if not admitted[number]:
                continue
            dense = float((cosines[number] - mean) / deviation)
            cover = self._retriever.cover(asked, searched)
            is_heading = text in passage.heading or text == about.title
            read = readings[number] if readings else NOT_READ
            signs = (
                float(numpy.clip(dense / 6, 0, 1.5)),
                cover,
                context,
                standing,
                row_share(asked, passage.header, text) if passage.header else kind_share(asked, folded),
                float(is_heading) or 0.5 * _is_bare(text, passage.header),
                min(len(text), 80) / 80,
                float(is_contrary(asked, folded, about.kind, passage.heading)),
                self._retriever.cover(asked, near),
                min(text.count("、"), 4) / 4 * asked.wants_list,
                float(numpy.clip(read.score / 6, -1, 1)) * trusted,
                float(numpy.clip(read.span_score, NO_SPAN, -2 * NO_SPAN)) / 10 * trusted,
                float(numpy.clip(read.relevance / 6, -1, 1)) * trusted,
            )
            score = scored(signs, self._weights)
            is_kind = signs[SIGNS.index("kind")] > 0
            answer = None if passage.header else _answer_in(asked, text, read.span)
            found.append(
                Candidate(
                    hit,
                    number,
                    text,
                    folded,
                    dense,
                    cover,
                    context,
                    is_kind,
                    is_heading,
                    score,
                    signs,
                    around,
                    read,
                    answer,
                    named,
                    _shown(asked, folded, answer if read.score > BELIEVED else None),
                )
            )
        return found


def _answer_in(asked: Asked, text: str, span: tuple[int, int] | None) -> tuple[int, int] | None:
    """The words that the reader holds for the answer, where they can be the number, date or person asked for."""
    if span is None or not asked.wants_words:
        return span
    unit = len(asked.unit or "") + 2 if asked.kind == "number" else 0  # a unit may stand behind the figure
    return span if tells(asked, fold(text[span[0] : span[1] + unit])) else None


def _shown(asked: Asked, folded: str, answer: tuple[int, int] | None) -> tuple[int, int] | None:
    """The only figure of the unit asked for, else what the reader believes in, cut to the part that tells the kind."""
    if not asked.wants_words:
        return None
    figures = figures_of(asked, folded) if asked.kind == "number" else []
    if len(figures) == 1:
        return figures[0]
    if answer is None:
        return None
    parts = [found.span() for found in _PART.finditer(folded, *answer)]
    telling = [(low, high) for low, high in parts if tells(asked, folded[low : high + len(asked.unit or "")])]
    said = [part for part in telling if any(term in folded[slice(*part)] for term in asked.terms)]
    chosen = said if len(telling) > 1 else telling
    return chosen[0] if len(chosen) == 1 else None


def as_read(passage: Passage) -> list[str]:
    """The sentences of a passage as the reader is trained on them: folded, a table row with its heads."""
    return [fold(with_heads(passage.header, passage.text[low:high])) for low, high in passage.sentences]


def scored(signs: Sequence[float], weights: ReadingWeights) -> float:
    """The weighted sum of a sentence's signs."""
    return sum(weight * sign for weight, sign in zip(weights.weights, signs, strict=True))


def common_opening(question: str, text: str) -> str:
    """The longest opening of a question that stands in a text, figures left out.

    >>> common_opening("东门街道办2023年招了几人", "东门街道办事处2023年工作总结")
    '东门街道办'
    """
    end = 0
    while end < len(question) and not question[end].isdigit() and question[: end + 1] in text:
        end += 1
    return question[:end]


def _is_bare(text: str, header: str) -> bool:
    """Whether a line is a dateline, a name or a caption rather than a sentence."""
    return not header and len(text) < 24 and text[-1] not in "。！？；;!?.…：:，," and text[0] not in "●•·○◆■-—*"


def _is_of_kind(asked: Asked, candidate: Candidate) -> bool:
    return gives_reason(candidate.folded) if asked.kind == "reason" else candidate.is_kind


def _plans_first(asked: Asked, candidates: list[Candidate]) -> list[Candidate]:
    """What is still to be done goes before what was done, where that is asked for and answers nearly as well."""
    if not (asked.asks_plan and asked.wants_list and candidates and candidates[0].is_contrary):
        return candidates
    ahead = [candidate for candidate in candidates if not candidate.is_contrary]
    if not ahead or ahead[0].score < PLAN_SHARE * candidates[0].score:
        return candidates
    return [*ahead, *(candidate for candidate in candidates if candidate.is_contrary)]


def _kind_first(asked: Asked, candidates: list[Candidate]) -> list[Candidate]:
    """A sentence of the right kind goes before a best one of the wrong kind.

    A number whose unit is not known, or a reason, goes only if it answers nearly as well: they may stand anywhere.
    """
    if asked.kind not in ("number", "date", "reason") or not candidates or _is_of_kind(asked, candidates[0]):
        return candidates
    share = 0.0 if asked.kind == "date" or asked.unit is not None else KIND_SHARE
    near = [c for c in candidates[:KIND_WITHIN] if _is_of_kind(asked, c) and c.score >= share * candidates[0].score]
    return [near[0], *(c for c in candidates if c is not near[0])] if near else candidates
