"""Planted regressions must close the gate; noise must not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from eval.cases import Case, read_cases
from eval.compare import compare, is_worse
from eval.corpus import originals
from eval.run import Assistant, Original, Outcome, run
from index.keywords import Keywords
from index.postings import build_keywords
from index.store import Index
from rag.assemble import assistant_over, build_index, open_cutter, open_embedder
from rag.settings import read_settings
from rag.types import Answer, Citation, Reason, Retrieved, Sentence, Turn

SUBJECTS = [
    *("口岸", "招商", "电梯", "养老", "停车", "消防", "绿化", "学校", "诊所", "书屋"),
    *("公园", "夜市", "排水", "路灯", "托育", "就业", "调解", "普法", "禁毒", "双拥"),
]
ORIGINALS = {f"{number}.txt": f"页眉\n{subject}项目投入{number + 10}万元。" for number, subject in enumerate(SUBJECTS)}
CASES = [
    Case(f"g{number}", f"{subject}投入了多少？", answers=(f"{number + 10}万元",), documents=(f"{number}.txt",))
    for number, subject in enumerate(SUBJECTS)
] + [Case("g20", "红烧肉怎么做？", answerable=False, trap="offtopic")]


@dataclass
class PairMatching:
    """A fake: finds the document with the most character pairs in common, quotes its last line.

    `words` False leaves it without its keyword leg; `shift` moves the offsets of what it quotes.
    """

    words: bool = True
    shift: int = 0

    def answer(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> Answer:
        pairs = {question[at : at + 2] for at in range(len(question) - 1)}
        scores = {name: sum(pair in text for pair in pairs) * self.words for name, text in ORIGINALS.items()}
        ranking = sorted(ORIGINALS, key=lambda name: -scores[name])
        if self.words and not scores[ranking[0]]:
            return Answer(question, question, reason=Reason("off_topic", "资料与此无关。"))
        text = ORIGINALS[ranking[0]]
        quote = text[3:]
        found = Citation(
            1, ranking[0], "s", None, None, None, (), None, 3 + self.shift, len(text) + self.shift, quote, quote
        )
        passages = tuple(Retrieved(name, 3, len(ORIGINALS[name]), "", float(scores[name])) for name in ranking[:10])
        return Answer(question, question, (Sentence(quote, (1,)),), (found,), passages)


def rows(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    return {outcome.case.id: {"passed": outcome.passed, "scores": outcome.scores} for outcome in outcomes}


@pytest.fixture
def original() -> Original:
    return ORIGINALS.get


@pytest.fixture
def baseline(original: Original) -> dict[str, Any]:
    outcomes = run(PairMatching(), CASES, original)
    assert all(outcome.passed for outcome in outcomes)
    return rows(outcomes)


def test_the_same_run_again_passes_the_gate(baseline: dict[str, Any], original: Original) -> None:
    comparison = compare(run(PairMatching(), CASES, original), baseline)
    assert not comparison.is_worse
    assert comparison.worse == comparison.better == ()


def test_without_the_keyword_leg_the_gate_closes(baseline: dict[str, Any], original: Original) -> None:
    comparison = compare(run(PairMatching(words=False), CASES, original), baseline)
    assert comparison.is_worse
    assert {"answer_hit", "recall@1", "recall@5", "mrr@10", "passed"} <= {loss.metric for loss in comparison.losses}
    assert "招商投入了多少？" in {outcome.case.question for outcome in comparison.worse}


def test_offsets_shifted_by_one_close_the_gate_without_a_baseline(original: Original) -> None:
    comparison = compare(run(PairMatching(shift=1), CASES, original), None)
    assert comparison.is_worse
    assert len(comparison.broken) == 20
    assert comparison.broken[0] == "g0 口岸投入了多少？：引文与原文不一致"


def test_gold_ids_that_no_index_has_close_the_gate(baseline: dict[str, Any], original: Original) -> None:
    moved = [replace(case, documents=tuple(f"old/{name}" for name in case.documents)) for case in CASES]
    comparison = compare(run(PairMatching(), moved, original), baseline)
    assert comparison.is_worse
    assert comparison.broken[0] == "g0 口岸投入了多少？：标准答案的文件 old/0.txt 不在索引中"
    assert {"recall@1", "document_precision"} <= {loss.metric for loss in comparison.losses}


def test_an_error_closes_the_gate(baseline: dict[str, Any], original: Original) -> None:
    class Breaking(PairMatching):
        def answer(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> Answer:
            if "夜市" in question:
                raise RuntimeError("坏了")
            return super().answer(question, history, today)

    comparison = compare(run(Breaking(), CASES, original), baseline)
    assert comparison.broken == ("g11 夜市投入了多少？：出错：RuntimeError: 坏了",)


def test_one_lost_case_is_tolerated_and_named(baseline: dict[str, Any], original: Original) -> None:
    outcomes = run(PairMatching(), CASES, original)
    outcomes[3] = replace(outcomes[3], passed=False, scores={**outcomes[3].scores, "answer_hit": 0.0})
    comparison = compare(outcomes, baseline)
    assert not comparison.is_worse
    assert [outcome.case.id for outcome in comparison.worse] == ["g3"]


def test_cases_that_only_one_side_has_are_told_not_compared(baseline: dict[str, Any], original: Original) -> None:
    renamed = [replace(CASES[0], id="new"), *CASES[1:]]
    comparison = compare(run(PairMatching(), renamed, original), baseline)
    assert (comparison.gone, comparison.new, comparison.is_worse) == (("g0",), ("new",), False)


@pytest.mark.parametrize(
    ("lost", "won", "expected"),
    [(0, 0, False), (1, 0, False), (2, 0, False), (6, 0, True), (6, 5, False), (0, 6, False), (12, 3, True)],
)
def test_a_loss_counts_beyond_one_case_and_beyond_chance(lost: int, won: int, expected: bool) -> None:
    before = [1.0] * lost + [0.0] * won + [1.0] * (100 - lost - won)
    now = [0.0] * lost + [1.0] * won + [1.0] * (100 - lost - won)
    assert is_worse(before, now) is expected


class WithoutKeywords(Index):
    """A planted fault: an index whose keyword legs hold nothing."""

    @cached_property
    def words(self) -> Keywords:
        return Keywords(build_keywords([[] for _ in range(self.passages)]), self.passages)

    @cached_property
    def pairs(self) -> Keywords:
        return self.words


@dataclass
class Shifted:
    """A planted fault: an assistant whose offsets are one too high."""

    assistant: Assistant

    def answer(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> Answer:
        answer = self.assistant.answer(question, history, today)
        moved = [replace(each, start=each.start + 1, end=each.end + 1) for each in answer.citations]
        return replace(answer, citations=tuple(moved))


@pytest.mark.slow
def test_the_gate_closes_on_the_real_assistant_too(tmp_path: Path) -> None:
    """The demo corpus and its cases: BM25 off, offsets shifted by one, gold that no index has."""
    home = Path(__file__).parent.parent
    cases = read_cases(home / "eval" / "cases" / "demo.jsonl")
    settings = replace(read_settings(), index=tmp_path / "index")
    folder = build_index([home / "demo"], settings).folder
    embedder, cutter = open_embedder(settings), open_cutter(settings)
    demo = originals([home / "demo"])
    whole = assistant_over(Index(folder), embedder, cutter, settings)
    outcomes = run(whole, cases, demo)
    baseline = rows(outcomes)

    assert compare(outcomes, baseline).broken == ()
    deaf = compare(run(assistant_over(WithoutKeywords(folder), embedder, cutter, settings), cases, demo), baseline)
    assert deaf.losses != ()
    shifted = compare(run(Shifted(whole), cases[:10], demo), baseline)
    assert any(line.endswith("引文与原文不一致") for line in shifted.broken)
    moved = [replace(case, documents=tuple(f"old/{name}" for name in case.documents)) for case in cases[:20]]
    unreachable = compare(run(whole, moved, demo), baseline)
    assert "recall@5" in {loss.metric for loss in unreachable.losses}
    assert len(unreachable.broken) == sum(len(case.documents) for case in moved)
