"""What the reader learns from: questions with the passages that retrieval brings, and the sentences that answer.

Three sources: the public sets, whose questions are asked over the index of their own paragraphs; template corpora
of seeds that judge nothing, and the lessons, whose questions are asked inside their scope. A passage that holds the
answer by chance is no counterexample and is left out; a passage of the right page without the answer is the best one.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path

import numpy

from eval.cases import Case, read_cases
from eval.lessons import PAGES, SOURCE, Lesson, read_lessons
from eval.sets import NAMES, SetQuestion, lay_out, part_of, read_set, sets_folder
from eval.templates.__main__ import write
from index.build import build
from index.disk import Disk
from index.fold import fold
from index.keywords import character_pairs
from index.store import Index, open_build
from index.types import Embedder, Passage, Vectors
from rag.answer import Assistant
from rag.assemble import assistant_over, open_cutter, open_embedder
from rag.question import Asked
from rag.read import as_read
from rag.scope import sides
from rag.settings import Settings, read_settings

PASSAGES = 6  # a question
TODAY = date(2024, 12, 31)
SEEDS = (101, 102, 103, 104)  # template corpora; none of them judges
HOME = Path(".data") / "eval" / "reader"


@dataclass(frozen=True, slots=True)
class Example:
    """A question and passages, all folded; `right` are the sentences of passage `gold` that answer it.

    `gold` is None where no passage answers. `span` is the shortest answer, to be found in the first of `right`,
    or None where whole sentences answer. `part` is the fifth that an example of a public set is held out with.
    """

    source: str
    part: int
    question: str
    passages: list[list[str]]
    gold: int | None
    right: list[int]
    span: str | None


def gather(path: Path, settings: Settings | None = None) -> list[Example]:
    """The examples of the sets and templates kept in `path`, collected where there are none yet, then the lessons."""
    settings = settings or read_settings()
    if not path.is_file():
        path.parent.mkdir(parents=True, exist_ok=True)
        lines = [json.dumps(asdict(example), ensure_ascii=False) for example in _collect(settings)]
        path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    kept = [Example(**json.loads(line)) for line in path.read_text("utf-8").splitlines()]
    lessons = [lesson for lesson in read_lessons() if lesson.is_the_readers]
    return [*kept, *of_lessons(lessons, _opened(PAGES, HOME / SOURCE, settings))]


def _collect(settings: Settings) -> Iterator[Example]:
    for name in NAMES:
        pages, questions = read_set(sets_folder() / f"{name}.json")
        assistant = _opened(lay_out(pages, HOME / name / "pages"), HOME / name, settings)
        yield from of_set(name, assistant.index, questions, assistant)
    for seed in SEEDS:
        home = HOME / f"templates-{seed}"
        write(home, seed)
        yield from of_templates(read_cases(home / "scope.jsonl"), _opened(home / "pages", home, settings))


def _opened(pages: Path, home: Path, settings: Settings) -> Assistant:
    settings = replace(settings, reader="off")  # what is to be trained has no say in what it is trained on
    embedder, cutter = WordsOnly(open_embedder(settings)), open_cutter(settings)
    build([pages], home / "index", embedder, cutter, Disk())
    return assistant_over(open_build(home / "index"), embedder, cutter, settings)


class WordsOnly:
    """An embedder for which all texts are alike, so that words alone retrieve: what is learnt from needs no more.

    Passages are cut as with the embedder whose tokens it counts.
    """

    name = "words-only"
    fingerprint = "words-only"
    dimension = 8

    def __init__(self, counter: Embedder) -> None:
        self.max_tokens = counter.max_tokens
        self.count_tokens = counter.count_tokens

    def embed_questions(self, texts: Sequence[str]) -> Vectors:
        """The same unit vector for every question."""
        return numpy.full((len(texts), self.dimension), self.dimension**-0.5, dtype=numpy.float32)

    embed_passages = embed_questions


def of_set(name: str, index: Index, questions: Sequence[SetQuestion], assistant: Assistant) -> Iterator[Example]:
    """The questions of a public set; all those of one paragraph fall into the same part."""
    number_of = {heading.path: heading.id for heading in index.headings}
    for question in questions:
        document = number_of.get(question.document)
        if document is None:
            continue
        answers = [fold(answer) for answer in question.answers]
        found = _gold(index.texts.passages_of(document), answers, question.start)
        if found is None:
            continue
        passage, sentence = found
        asked = assistant.finder.retriever.take_apart(question.question)
        others = [
            each
            for each in _alike(index, asked)
            if each.number != passage.number and not any(answer in fold(each.text) for answer in answers)
        ]
        texts = [as_read(each) for each in [passage, *others[: PASSAGES - 1]]]
        held = [answer for answer in answers if answer in texts[0][sentence]]
        yield Example(name, part_of(question.document), asked.folded, texts, 0, [sentence], min(held, key=len))


def _alike(index: Index, asked: Asked) -> list[Passage]:
    """The passages that share most with a question by BM25 over character pairs, the hardest to tell from the right."""
    pairs = [pair for phrase in asked.phrases or (asked.folded,) for pair in character_pairs(phrase)]
    best = numpy.argsort(-index.pairs.scores(pairs), kind="stable")[: 2 * PASSAGES]
    return index.texts.passages([int(number) for number in best])


def _gold(passages: Sequence[Passage], answers: Sequence[str], start: int) -> tuple[Passage, int] | None:
    """The passage and sentence that hold an answer, nearest to where the set says that it stands."""
    found = []
    for passage in passages:
        for number, (low, high) in enumerate(passage.sentences):
            if any(answer in fold(passage.text[low:high]) for answer in answers):
                middle = passage.start + (low + high) / 2
                found.append((abs(middle - start), passage.number, number, passage))
    return (min(found)[3], min(found)[2]) if found else None


def of_templates(cases: Sequence[Case], assistant: Assistant) -> Iterator[Example]:
    """The cases of a template corpus that are asked without history and of one scope; both halves, for none judges."""
    for case in cases:
        today = date.fromisoformat(case.today) if case.today else TODAY
        scope = assistant.bounds.of_question(case.question, today)
        if case.history or case.conflict or sides(case.question, scope):
            continue
        found = assistant.finder.find(case.question, scope, today)
        if found.asked.is_overview or not found.retrieval.hits:
            continue
        passages = [hit.passage for hit in found.retrieval.hits[:PASSAGES]]
        texts = [as_read(passage) for passage in passages]
        wanted = [fold(fact) for fact in (*case.answers, *case.all_of)]
        right = [[n for n, text in enumerate(each) if any(fact in text for fact in wanted)] for each in texts]
        if not case.answerable:
            yield Example("templates", -1, found.asked.folded, texts, None, [], None)
        elif any(right):
            gold = max(range(len(texts)), key=lambda number: len(right[number]))
            kept = [n for n in range(len(texts)) if n == gold or not right[n]]
            span = min(wanted, key=len) if len(wanted) == 1 and len(wanted[0]) < 12 else None
            yield Example(
                "templates", -1, found.asked.folded, [texts[n] for n in kept], kept.index(gold), right[gold], span
            )


def of_lessons(lessons: Sequence[Lesson], assistant: Assistant) -> Iterator[Example]:
    """A lesson with the passage that answers it and those of its own page and others that come nearest to it.

    Where nothing answers, the passages are the nearest ones: what looks like an answer and is none.
    """
    index = assistant.index
    number_of = {heading.path: heading.id for heading in index.headings}
    for lesson in lessons:
        case = lesson.case
        today = date.fromisoformat(case.today) if case.today else TODAY
        asked = assistant.finder.find(case.question, assistant.bounds.of_question(case.question, today), today).asked
        own = index.texts.passages_of(number_of[case.documents[0]])
        numbers = {passage.number for passage in own}
        near = _alike(index, asked)
        near = [passage for passage in near if passage.number in numbers] + [
            passage for passage in near if passage.number not in numbers
        ]
        spoken_to = assistant.finder.reader.spoken_to
        if not case.answerable:
            yield Example(
                SOURCE, -1, spoken_to(asked, near[0]), [as_read(each) for each in near[:PASSAGES]], None, [], None
            )
            continue
        facts = [fold(fact) for fact in (*case.answers, *case.all_of)]
        right_of = {passage.number: _evidence(passage, lesson.evidence, facts) for passage in own}
        gold = max(own, key=lambda passage: len(right_of[passage.number]))
        others = [
            passage
            for passage in near
            if not right_of.get(passage.number) and not any(fact in fold(passage.text) for fact in facts)
        ]
        texts = [as_read(each) for each in [gold, *others[: PASSAGES - 1]]]
        right = right_of[gold.number]
        held = [fact for fact in facts if right and not case.wants_list and fact in texts[0][right[0]]]
        yield Example(SOURCE, -1, spoken_to(asked, gold), texts, 0, right, held[0] if held else None)


def _evidence(passage: Passage, evidence: Sequence[str], facts: Sequence[str]) -> list[int]:
    """The sentences of a passage that are evidence: those of its stretches that hold a fact, else all of them."""
    inside = [
        number
        for number, (low, high) in enumerate(passage.sentences)
        if any(passage.text[low:high].strip() in each or each in passage.text[low:high] for each in evidence)
    ]
    telling = [n for n in inside if any(fact in fold(passage.text[slice(*passage.sentences[n])]) for fact in facts)]
    return telling or inside


def shuffled(count: int, seed: int) -> list[int]:
    """The numbers below `count` in an order that only the seed decides."""
    return [int(number) for number in numpy.random.default_rng(seed).permutation(count)]
