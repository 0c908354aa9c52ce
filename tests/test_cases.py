"""Gold cases: what is read, what is refused, and that the committed ones keep to the contract."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from eval.cases import TRAPS, Case, case_from, read_cases
from index.errors import CaseError
from rag.types import Turn

CASES = Path(__file__).parent.parent / "eval" / "cases"
GOOD: dict[str, Any] = {
    "id": "x1",
    "question": "引进了多少家？",
    "answers": ["19家"],
    "document": "a.txt",
    "answerable": True,
}


def test_a_case_is_read_field_by_field() -> None:
    raw = {
        **GOOD,
        "trap": None,
        "all_of": ["甲", "乙"],
        "history": [{"question": "东门街道呢？", "answer": "有。"}],
        "today": "2024-09-01",
        "conflict": True,
        "tags": ["list"],
        "places": ["东门街道"],
        "years": [2024],
    }
    case = case_from(raw)
    assert case == Case(
        id="x1",
        question="引进了多少家？",
        answers=("19家",),
        all_of=("甲", "乙"),
        documents=("a.txt",),
        history=(Turn("东门街道呢？", "有。"),),
        today="2024-09-01",
        conflict=True,
        tags=("list",),
        places=("东门街道",),
        years=(2024,),
    )
    assert case.wants_list
    assert case.expected == "19家；全部：甲、乙"


def test_a_question_without_the_list_tag_asks_for_one_fact() -> None:
    assert not case_from(GOOD).wants_list


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"answers": []}, "能回答的题要写 answers"),
        ({"document": None}, "能回答的题要写 document"),
        ({"answerable": False}, "不能回答的题不应有 answers"),
        ({"answers": "19家"}, "answers 应是字符串的列表"),
        ({"answers": [""]}, "answers 应是字符串的列表"),
        ({"answerable": "no"}, "answerable 应是 true 或 false"),
        ({"trap": "years"}, "trap 只能是"),
        ({"question": " "}, "编号和问题都不能为空"),
        ({"today": "去年"}, "Invalid isoformat string"),
        ({"answer": "19家"}, "不认识的字段 answer"),
    ],
)
def test_a_case_that_breaks_the_contract_is_named_with_its_line(
    tmp_path: Path, change: dict[str, Any], message: str
) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text("\n" + json.dumps({**GOOD, **change}, ensure_ascii=False) + "\n", "utf-8")
    with pytest.raises(CaseError, match=f"gold.jsonl 第 2 行：.*{message}"):
        read_cases(path)


@pytest.mark.parametrize(
    ("text", "message"),
    [("{", "第 1 行：不是合法的 JSON"), ("[]", "第 1 行：应是一个 JSON 对象"), ('{"id": "a"}', "缺少字段 question")],
)
def test_a_line_that_is_no_case_is_an_error(tmp_path: Path, text: str, message: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(text, "utf-8")
    with pytest.raises(CaseError, match=message):
        read_cases(path)


def test_an_id_may_stand_once(tmp_path: Path) -> None:
    path = tmp_path / "gold.jsonl"
    line = json.dumps(GOOD, ensure_ascii=False)
    path.write_text(f"{line}\n{line}\n", "utf-8")
    with pytest.raises(CaseError, match="第 2 行：编号 x1 出现了两次"):
        read_cases(path)


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CaseError, match="读不了题库"):
        read_cases(tmp_path / "none.jsonl")


def test_the_cases_over_the_real_pages_are_enough_and_a_third_has_no_answer() -> None:
    cases = read_cases(CASES / "pages.jsonl")
    unanswerable = [case for case in cases if not case.answerable]
    assert len(cases) >= 90
    assert 0.3 <= len(unanswerable) / len(cases) <= 0.4
    assert {case.trap for case in cases if case.trap} == set(TRAPS)
    assert len({document for case in cases for document in case.documents}) == 5


def test_every_gold_answer_of_the_real_pages_is_short() -> None:
    for case in read_cases(CASES / "pages.jsonl"):
        for text in (*case.answers, *case.all_of):
            assert len(text) <= 20, f"{case.id}: {text}"


def test_the_gold_documents_are_files_of_the_pages() -> None:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES is not set: no folder of real pages to hold the gold against")
    for case in read_cases(CASES / "pages.jsonl"):
        for document in case.documents:
            assert (Path(folder) / document).is_file(), f"{case.id}: {document}"


def test_the_cases_over_the_demo_corpus_are_enough_and_name_its_files() -> None:
    cases = read_cases(CASES / "demo.jsonl")
    unanswerable = [case for case in cases if not case.answerable]
    demo = CASES.parent.parent / "demo"
    assert len(cases) >= 60
    assert 0.3 <= len(unanswerable) / len(cases) <= 0.4
    assert [name for case in cases for name in case.documents if not (demo / name).is_file()] == []
