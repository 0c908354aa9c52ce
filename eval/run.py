"""From gold cases and an assistant to outcomes: one row a case, then the figures over all rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Protocol

from eval import metrics
from eval.cases import Case
from rag.types import Answer, Citation, Turn

Original = Callable[[str], str | None]  # a document's name -> its original; None where the index has no such document


class Assistant(Protocol):
    """What is judged: anything that answers."""

    def answer(self, question: str, history: Sequence[Turn] = (), today: date | None = None) -> Answer:
        """Answer one question, or refuse."""
        ...


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one case went. `scores` holds, for each metric that applies, a value where 1 is best and 0 worst.

    `citations`, `wrong_years`, `wrong_places` count citations; `length` counts characters;
    `elapsed` is in milliseconds.
    """

    case: Case
    passed: bool
    got: str
    refused: bool = False
    code: str | None = None
    why: tuple[str, ...] = ()
    scores: dict[str, float] = field(default_factory=dict)
    citations: int = 0
    wrong_years: int = 0
    wrong_places: int = 0
    length: int = 0
    elapsed: float = 0.0
    sources: tuple[str, ...] = ()
    error: str | None = None


def run(
    assistant: Assistant, cases: Sequence[Case], original: Original, progress: Callable[[int], None] | None = None
) -> list[Outcome]:
    """Ask every case and judge what comes back. An error of the assistant is a failed case, never a skipped one."""
    outcomes = []
    for number, case in enumerate(cases, start=1):
        outcomes.append(_asked(assistant, case, original))
        if progress:
            progress(number)
    return outcomes


def _asked(assistant: Assistant, case: Case, original: Original) -> Outcome:
    today = date.fromisoformat(case.today) if case.today else None
    try:
        outcome = judge(case, assistant.answer(case.question, history=case.history, today=today), original)
        if case.standalone:
            whole = assistant.answer(case.standalone, history=(), today=today)
            outcome.scores["standalone_hit"] = float(is_hit(case, whole) if case.answerable else whole.refused)
            outcome.scores["followup_hit"] = outcome.scores["answer_hit" if case.answerable else "refused"]
    except Exception as error:  # whatever went wrong, the case has failed and the others still count
        return failed(case, f"{type(error).__name__}: {error}")
    return outcome


def failed(case: Case, error: str) -> Outcome:
    """The outcome of a case on which the assistant broke: 0 wherever a score would have applied."""
    names = ["answer_hit", "answered", "recall@1", "recall@5", "recall@10", "mrr@10"]
    scores = dict.fromkeys(names if case.answerable else ["refused"], 0.0)
    return Outcome(case, passed=False, got="", why=(f"出错：{error}",), scores=scores, error=error)


def judge(case: Case, answer: Answer, original: Original) -> Outcome:
    """One answer against its case."""
    scores = {**_retrieval(case, answer), **_reading(case, answer, original)}
    wrong_years, wrong_places = _out_of_scope(case, answer)
    if answer.citations:
        scores["right_year"] = 1.0 - wrong_years / len(answer.citations)
        scores["right_place"] = 1.0 - wrong_places / len(answer.citations)
    why = _reasons(case, answer, scores, original, wrong_years, wrong_places)
    return Outcome(
        case,
        passed=not why,
        got=answer.text,
        refused=answer.refused,
        code=answer.reason.code if answer.reason else None,
        why=tuple(why),
        scores=scores,
        citations=len(answer.citations),
        wrong_years=wrong_years,
        wrong_places=wrong_places,
        length=sum(len(sentence.text) for sentence in answer.sentences),
        elapsed=answer.elapsed.total,
        sources=tuple(metrics.distinct(citation.document for citation in answer.citations)),
    )


def _retrieval(case: Case, answer: Answer) -> dict[str, float]:
    """recall@1/5/10 and the reciprocal rank, by document; nothing where no document is gold."""
    if not case.answerable:
        return {}
    ranking = metrics.distinct(passage.document for passage in answer.passages)
    scores = {f"recall@{k}": metrics.recall_at(ranking, case.documents, k, case.documents_needed) for k in (1, 5, 10)}
    scores["mrr@10"] = metrics.reciprocal_rank(ranking, case.documents)
    return _applying(scores)


def _reading(case: Case, answer: Answer, original: Original) -> dict[str, float]:
    """What the answer says and cites; citation figures only where something is cited."""
    scores: dict[str, float | None] = {"coverage": metrics.coverage(answer)}
    if answer.citations:
        scores["quotes_exact"] = float(all(is_exact(citation, original) for citation in answer.citations))
    if not case.answerable:
        scores["refused"] = float(answer.refused)
        return _applying(scores)
    scores["answered"] = float(not answer.refused)
    scores["answer_hit"] = float(is_hit(case, answer))
    scores["quote_precision"] = metrics.quote_precision(answer.citations, case.answers, case.all_of)
    scores["document_precision"] = metrics.document_precision(answer.citations, case.documents)
    wrong = metrics.wrong_number_first(_plain(answer), case.answers)
    scores["right_number_first"] = None if wrong is None else float(not wrong)
    if case.conflict:
        scores["conflict_found"] = float(bool(answer.conflicts))
    elif not answer.refused:
        scores["no_false_conflict"] = float(not answer.conflicts)
    if case.missing:
        scores["gap_named"] = float(names_gap(case, answer))
    return _applying(scores)


def _applying(scores: dict[str, float | None]) -> dict[str, float]:
    return {name: score for name, score in scores.items() if score is not None}


def is_exact(citation: Citation, original: Original) -> bool:
    """The invariant: the quote is the slice of the original that its offsets name, and not an empty one."""
    text = original(citation.document)
    return text is not None and bool(citation.quote) and text[citation.start : citation.end] == citation.quote


def is_hit(case: Case, answer: Answer) -> bool:
    """True where the answer holds what the gold says and is as short as the question allows."""
    if answer.refused:
        return False
    sentences = [sentence.text for sentence in answer.sentences]
    return metrics.holds(_plain(answer), case.answers, case.all_of) and metrics.is_short_enough(
        sentences, case.wants_list
    )


def names_gap(case: Case, answer: Answer) -> bool:
    """True where the answer says what it has nothing about: all that the gold says is missing."""
    return metrics.holds(" ".join(answer.missing), (), case.missing)


def _plain(answer: Answer) -> str:
    """The answer without its marks."""
    return "\n".join(sentence.text for sentence in answer.sentences)


def _out_of_scope(case: Case, answer: Answer) -> tuple[int, int]:
    """How many citations speak of another year, and of another place, than the question.

    Where the gold says that this year (place) has no answer, every citation is wrong; a citation
    from a gold document never is.
    """
    outside = [citation for citation in answer.citations if citation.document not in case.documents]
    years = case.years or tuple(metrics.years_in(case.question))
    places = " ".join(case.places) or case.question
    wrong_years = sum(metrics.is_wrong_year(citation, years) for citation in outside)
    wrong_places = sum(metrics.is_wrong_place(citation, places) for citation in outside)
    if not case.answerable and case.trap == "year":
        wrong_years = len(answer.citations)
    if not case.answerable and case.trap == "place":
        wrong_places = len(answer.citations)
    return wrong_years, wrong_places


def _reasons(
    case: Case, answer: Answer, scores: dict[str, float], original: Original, wrong_years: int, wrong_places: int
) -> list[str]:
    """Why the case failed, in Chinese; empty where it passed."""
    why = [] if scores.get("quotes_exact", 1.0) == 1.0 else ["引文与原文不一致"]
    why += [f"标准答案的文件 {name} 不在索引中" for name in case.documents if original(name) is None]
    why += ["引用了别的年份"] if wrong_years else []
    why += ["引用了别的地方"] if wrong_places else []
    if not case.answerable:
        return why + ([] if answer.refused else ["资料没有，却作了答"])
    if answer.refused:
        return [*why, f"资料有，却拒答（{answer.reason.code if answer.reason else ''}）"]
    if not metrics.holds(_plain(answer), case.answers, case.all_of):
        why.append("答案里没有标准答案")
    elif not is_hit(case, answer):
        why.append("答案太长")
    if not scores.get("document_precision"):
        why.append("没有引用应当引用的文件")
    if case.conflict and not answer.conflicts:
        why.append("没有指出资料互相矛盾")
    if case.missing and not names_gap(case, answer):
        why.append("没有说明缺了哪一方")
    return why


def figures(outcomes: Sequence[Outcome]) -> dict[str, float | None]:
    """The figures over all outcomes, in the order in which a report shows them; None where nothing applies."""
    pairs = [(outcome.case.answerable, outcome.refused) for outcome in outcomes if outcome.error is None]
    cited = sum(outcome.citations for outcome in outcomes)
    elapsed = [outcome.elapsed for outcome in outcomes if outcome.error is None]
    averaged = ("recall@1", "recall@5", "recall@10", "mrr@10", "answer_hit", "quote_precision", "document_precision")
    shown: dict[str, float | None] = {
        "cases": float(len(outcomes)),
        "passed": metrics.mean(float(outcome.passed) for outcome in outcomes),
        **{name: _average(outcomes, name) for name in averaged},
        "coverage": _average(outcomes, "coverage"),
        "quotes_exact": _average(outcomes, "quotes_exact"),
        "refusal_precision": metrics.refusal_precision(pairs),
        "refusal_recall": metrics.refusal_recall(
            (outcome.case.answerable, outcome.refused and outcome.error is None) for outcome in outcomes
        ),
        "false_refusals": metrics.false_refusals(pairs),
        "wrong_year": sum(outcome.wrong_years for outcome in outcomes) / cited if cited else None,
        "wrong_place": sum(outcome.wrong_places for outcome in outcomes) / cited if cited else None,
        "wrong_number": _complement(_average(outcomes, "right_number_first")),
        "conflict_found": _average(outcomes, "conflict_found"),
        "false_conflicts": _complement(_average(outcomes, "no_false_conflict")),
        "followup_hit": _average(outcomes, "followup_hit"),
        "standalone_hit": _average(outcomes, "standalone_hit"),
        "errors": float(sum(outcome.error is not None for outcome in outcomes)),
        "length": metrics.mean(float(outcome.length) for outcome in outcomes if outcome.length),
        "p50_ms": metrics.percentile(elapsed, 0.5),
        "p95_ms": metrics.percentile(elapsed, 0.95),
    }
    return shown


def _average(outcomes: Iterable[Outcome], name: str) -> float | None:
    return metrics.mean(outcome.scores.get(name) for outcome in outcomes)


def _complement(value: float | None) -> float | None:
    return None if value is None else 1.0 - value
