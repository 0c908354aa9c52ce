"""Every metric against a value worked out by hand."""

from __future__ import annotations

import doctest

import pytest

from eval import metrics
from rag.types import Answer, Citation, Reason, Sentence


def cite(
    text: str = "引进19家",
    quote: str | None = None,
    document: str = "a.txt",
    title: str | None = None,
    date: str | None = None,
    place: str | None = None,
    heading: tuple[str, ...] = (),
    n: int = 1,
) -> Citation:
    return Citation(
        n=n, document=document, source="s", title=title, date=date, place=place, heading=heading, page=None,
        start=0, end=len(quote or text), quote=quote or text, text=text,
    )  # fmt: skip


def test_the_examples_in_the_docstrings_are_true() -> None:
    assert doctest.testmod(metrics).failed == 0


def test_recall_is_the_share_of_gold_documents_among_the_first_k() -> None:
    ranking = metrics.distinct(["b", "b", "a", "c", "a"])
    assert ranking == ["b", "a", "c"]
    assert metrics.recall_at(ranking, ["a"], 1) == 0.0
    assert metrics.recall_at(ranking, ["a"], 5) == 1.0
    assert metrics.recall_at(ranking, ["a", "x"], 5) == 0.5
    assert metrics.recall_at(ranking, [], 5) is None


def test_the_reciprocal_rank_is_one_over_the_first_right_rank() -> None:
    assert metrics.reciprocal_rank(["b", "a", "c"], ["a", "c"]) == 0.5
    assert metrics.reciprocal_rank(["b", "a"], ["a"], k=1) == 0.0
    assert metrics.reciprocal_rank([], ["a"]) == 0.0
    assert metrics.reciprocal_rank(["a"], []) is None


def test_the_mean_is_over_what_applies() -> None:
    assert metrics.mean([1.0, None, 0.0]) == 0.5
    assert metrics.mean([None]) is None


@pytest.mark.parametrize(
    ("answers", "all_of", "expected"),
    [
        (["十九家", "19家"], [], True),
        (["20家"], [], False),
        ([], ["19 家", "24家"], True),
        ([], ["19家", "25家"], False),
        (["19家"], ["25家"], False),
    ],
)
def test_an_answer_holds_any_of_the_answers_and_all_of_the_rest(
    answers: list[str], all_of: list[str], expected: bool
) -> None:
    assert metrics.holds("引進１９\n家，入庫24 家", answers, all_of) is expected


@pytest.mark.parametrize(
    ("sentences", "wants_list", "expected"),
    [
        (["短。"] * 2, False, True),
        (["短。"] * 3, False, False),
        (["短。"] * 12, True, True),
        (["短。"] * 13, True, True),
        (["长" * 50] * 12, True, True),
        (["长" * 50] * 13, True, False),
    ],
)
def test_a_fact_takes_two_sentences_and_a_list_twelve_or_600_characters(
    sentences: list[str], wants_list: bool, expected: bool
) -> None:
    assert metrics.is_short_enough(sentences, wants_list) is expected


def test_quote_precision_counts_the_citations_that_hold_an_answer_or_an_item() -> None:
    citations = [cite("引进19家"), cite("景福花園", quote="景?;▓@"), cite("别的")]
    assert metrics.quote_precision(citations, ["19家"], ["景福花园"]) == pytest.approx(2 / 3)
    assert metrics.quote_precision([], ["19家"], []) is None


def test_document_precision_counts_the_citations_from_a_right_document() -> None:
    citations = [cite(document="a.txt"), cite(document="b.txt")]
    assert metrics.document_precision(citations, ["a.txt"]) == 0.5
    assert metrics.document_precision(citations, []) is None
    assert metrics.document_precision([], ["a.txt"]) is None


def test_coverage_counts_the_sentences_whose_mark_is_a_citation() -> None:
    answer = Answer("问", "问", (Sentence("一", (1,)), Sentence("二", (2,)), Sentence("三")), (cite(n=1),))
    assert metrics.coverage(answer) == pytest.approx(1 / 3)
    assert metrics.coverage(Answer("问", "问", reason=Reason("no_evidence", "资料没有。"))) is None


def test_refusals_are_counted_on_both_sides() -> None:
    pairs = [(False, True), (False, True), (False, False), (True, True), (True, False), (True, False)]
    assert metrics.refusal_precision(pairs) == pytest.approx(2 / 3)
    assert metrics.refusal_recall(pairs) == pytest.approx(2 / 3)
    assert metrics.false_refusals(pairs) == pytest.approx(1 / 3)
    assert metrics.refusal_precision([(True, False)]) is None


@pytest.mark.parametrize(
    ("citation", "years", "expected"),
    [
        (cite(title="2023年工作总结"), [2024], True),
        (cite(title="2023年工作总结", date="2024-01-05"), [2023], False),
        (cite("2024年计划", date="2023-12-30"), [2024], False),
        (cite(date="2023-12-30"), [2024], True),
        (cite(heading=("2024年计划",), title="2023年总结"), [2024], False),
        (cite("争取2023年引进90家", title="2022年总结"), [2023], False),
        (cite("争取2023年引进90家", title="2022年总结"), [2022], True),
        (cite(), [2024], False),
        (cite(title="2023年工作总结"), [], False),
    ],
)
def test_a_citation_of_another_known_year_is_wrong(citation: Citation, years: list[int], expected: bool) -> None:
    assert metrics.is_wrong_year(citation, years) is expected


@pytest.mark.parametrize(
    ("place", "asked", "expected"),
    [
        ("南湖街道", "莲塘街道的计划？", True),
        ("蓮塘街道", "莲塘街道的计划？", False),
        ("福田区园岭街道", "罗湖区莲塘街道的计划？", True),
        ("莲塘街道", "罗湖区的计划？", False),
        ("福田区", "罗湖区的计划？", True),
        ("福田区", "八卦岭片区的社区怎样？", False),
        (None, "莲塘街道的计划？", False),
        ("南湖街道", "东门街道和南湖街道谁多？", False),
    ],
)
def test_a_citation_of_another_place_of_the_same_kind_is_wrong(place: str | None, asked: str, expected: bool) -> None:
    assert metrics.is_wrong_place(cite(place=place), asked) is expected


def test_another_number_of_the_same_unit_before_the_right_one_is_wrong() -> None:
    assert metrics.wrong_number_first("24家入库，引进19家", ["19家"]) is True
    assert metrics.wrong_number_first("24人，引进19家，24家", ["19家"]) is False
    assert metrics.wrong_number_first("引进24家", ["19家"]) is None
    assert metrics.wrong_number_first("赵新明", ["赵新明"]) is None


def test_percentiles_take_the_nearest_rank() -> None:
    values = [float(value) for value in range(1, 101)]
    assert metrics.percentile(values, 0.5) == 50.0
    assert metrics.percentile(values, 0.95) == 95.0
    assert metrics.percentile([7.0], 0.95) == 7.0
    assert metrics.percentile([], 0.5) is None
