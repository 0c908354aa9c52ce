"""The main flow over the demo corpus, with the real model: what a user gets, value by value."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from index.fold import fold
from index.types import Cutter, Embedder
from rag.answer import Assistant
from rag.assemble import assistant_over, build_index
from rag.settings import Settings
from rag.types import REASONS, Turn

pytestmark = pytest.mark.slow
CASES = Path(__file__).parent.parent / "eval" / "cases" / "demo.jsonl"
TODAY = date(2024, 12, 31)


@pytest.fixture(scope="module")
def assistant(settings: Settings, demo_index: Path, embedder: Embedder, cutter: Cutter) -> Assistant:
    """An assistant over the demo corpus."""
    from index.store import open_build

    return assistant_over(open_build(demo_index), embedder, cutter, settings)


def test_the_question_of_the_readme(assistant: Assistant) -> None:
    answer = assistant.answer("莲塘街道2024年的口岸计划是什么", today=TODAY)
    assert not answer.refused
    assert {citation.document for citation in answer.citations} == {"liantang-2024-plan.txt"}
    assert "口岸综合服务站" in answer.text and "积分卡" in answer.text
    assert answer.scope.places == ("莲塘街道",) and answer.scope.years == (2024,)
    starts = [citation.start for citation in answer.citations]
    assert starts == sorted(starts), "a list is in reading order"


def test_every_quote_is_the_slice_of_its_original(assistant: Assistant) -> None:
    cases = [json.loads(line) for line in CASES.read_text("utf-8").splitlines()]
    quotes = 0
    for case in cases[::2]:
        answer = assistant.answer(case["question"], today=TODAY)
        for citation in answer.citations:
            document = assistant.citer.document(citation.document_id)
            assert document.original[citation.start : citation.end] == citation.quote
            assert citation.text in document.text
            quotes += 1
        for near in answer.nearest:
            document = assistant.citer.document(near.document_id)
            assert document.original[near.start : near.end] == near.quote
        assert not (answer.refused and answer.citations), "a refusal lists no sources"
        assert not answer.refused or (answer.reason and answer.reason.code in REASONS)
        extractive = [sentence for sentence in answer.sentences if sentence.marks]
        assert [sentence.text for sentence in extractive] == [citation.text for citation in answer.citations]
    assert quotes > 50


@pytest.mark.parametrize(
    ("question", "code"),
    [
        ("莲塘街道2019年的口岸计划是什么", "wrong_year"),
        ("园岭街道2024年的口岸计划是什么", "wrong_place"),
        ("珠穆朗玛峰有多高", "off_topic"),
    ],
)
def test_what_the_documents_do_not_say(assistant: Assistant, question: str, code: str) -> None:
    answer = assistant.answer(question, today=TODAY)
    assert answer.refused and answer.reason is not None
    assert answer.reason.code == code
    assert answer.text == answer.reason.message
    assert answer.citations == () and len(answer.nearest) <= 3


def test_another_year_is_offered_as_such(assistant: Assistant) -> None:
    answer = assistant.answer("莲塘街道2019年的口岸计划是什么", today=TODAY)
    assert "莲塘街道2019年" in answer.text
    assert answer.nearest and all(near.why == answer.text for near in answer.nearest)


def test_a_follow_up_keeps_what_it_does_not_replace(assistant: Assistant) -> None:
    history = [Turn("莲塘街道2024年引进了多少家企业？", "全年拟引进企业60家。")]
    answer = assistant.answer("那2023年呢？", history, TODAY)
    assert "莲塘街道" in answer.standalone_question and "2023年" in answer.standalone_question
    assert "47家" in answer.text


def test_relative_years_count_from_the_day_given(assistant: Assistant) -> None:
    assert assistant.answer("莲塘街道去年引进了多少家企业？", today=date(2024, 6, 1)).scope.years == (2023,)
    assert assistant.answer("莲塘街道去年引进了多少家企业？", today=date(2025, 6, 1)).scope.years == (2024,)


def test_traditional_and_full_width_questions_find_the_same(assistant: Assistant) -> None:
    simplified = assistant.answer("莲塘街道2024年的口岸计划是什么", today=TODAY)
    traditional = assistant.answer("蓮塘街道２０２４年的口岸計劃是什麼", today=TODAY)
    assert [c.start for c in traditional.citations] == [c.start for c in simplified.citations]


def test_a_comparison_takes_each_side_from_its_own(assistant: Assistant) -> None:
    answer = assistant.answer("比较莲塘街道和桂园街道2023年的面积", today=TODAY)
    assert not answer.refused
    assert {citation.place for citation in answer.citations} >= {"莲塘街道", "桂园街道"}


def test_a_side_without_evidence_is_named(assistant: Assistant) -> None:
    answer = assistant.answer("比较莲塘街道和笋岗街道2023年引进的企业数量", today=TODAY)
    assert not answer.refused
    assert any("笋岗街道" in name for name in answer.missing)
    assert any("笋岗街道" in sentence.text and not sentence.marks for sentence in answer.sentences)


def test_two_values_for_one_thing_are_both_shown(assistant: Assistant) -> None:
    answer = assistant.answer("东门街道2023年引进了多少家企业？", today=TODAY)
    assert len(answer.conflicts) == 1
    values = [value.value for value in answer.conflicts[0].values]
    assert sorted(values) == ["92家", "96家"]
    numbers = {value.n for value in answer.conflicts[0].values}
    assert numbers <= {citation.n for citation in answer.citations}


def test_a_value_of_another_street_in_the_same_sentence_is_no_conflict(assistant: Assistant) -> None:
    answer = assistant.answer("黄贝街道2023年引进了多少家企业？", today=TODAY)
    assert "52家" in answer.text and answer.conflicts == ()


@pytest.mark.parametrize(
    "question",
    [
        "莲塘街道2023年计划引进多少家企业？",
        "莲塘街道2024年实际引进了多少家企业？",
        "莲塘街道2023年引进企业的工作由谁牵头？",
    ],
)
def test_a_plan_is_no_result_and_a_number_no_person(assistant: Assistant, question: str) -> None:
    answer = assistant.answer(question, today=TODAY)
    assert answer.refused and answer.citations == ()


def test_the_json_of_the_contract(assistant: Assistant) -> None:
    value = json.loads(json.dumps(assistant.answer("莲塘街道2024年的口岸计划是什么", today=TODAY).to_json()))
    assert set(value) >= {
        "question",
        "standalone_question",
        "answer",
        "refused",
        "reason",
        "citations",
        "passages",
        "nearest",
        "scope",
        "missing",
        "conflicts",
        "generator",
        "degraded",
        "elapsed_ms",
    }
    assert set(value["citations"][0]) >= {
        "n",
        "document",
        "source",
        "title",
        "date",
        "place",
        "heading",
        "page",
        "start",
        "end",
        "quote",
        "text",
    }
    assert set(value["elapsed_ms"]) == {"load", "retrieve", "read", "write", "total"}
    scores = [passage["score"] for passage in value["passages"]]
    assert scores == sorted(scores, reverse=True) and len(scores) > 1
    assert value["generator"] == "extractive" and value["degraded"] is None


def test_an_empty_index_says_so(settings: Settings, tmp_path: Path, embedder: Embedder, cutter: Cutter) -> None:
    from index.store import open_build

    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "old.doc").write_bytes(b"\xd0\xcf\x11\xe0" + bytes(600))
    own = replace(settings, index=tmp_path / "index")
    build_index([tmp_path / "pages"], own)
    answer = assistant_over(open_build(own.index), embedder, cutter, own).answer("有什么？")
    assert answer.reason is not None and answer.reason.code == "empty_index"


def test_a_question_of_any_shape_is_answered_or_refused(assistant: Assistant) -> None:
    for question in (
        "？",
        "2024",
        "a" * 5000,
        "莲塘" * 400,
        "\x00\x1b[31m红",
        "😀",
        "<script>alert(1)</script>",
        "[1][2]",
    ):
        answer = assistant.answer(question, today=TODAY)
        assert answer.refused or answer.citations, fold(question)[:20]
