"""Prompt injection is told by its manners, and ordinary documents are left alone."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from index.sentences import cut_sentences
from rag.orders import gives_orders
from tests.hostile_texts import HOSTILE_TEXTS, MANNERS

DEMO = Path(__file__).parent.parent / "demo"
ORDINARY = [
    "请市民忽略谣言，以官方通报为准。",
    "请回答以下问题：一、您的年龄？",
    "局长在回答记者提问时表示，学位已经够用。",
    "系统上线后，用户可以在手机上查询办理进度。",
    "本系统由用户登记、人工智能审核和后台管理三部分组成。",
    "街道引进大模型企业12家，助手类应用8个。",
    "您是社区的主人，也是治理的参与者。",
    "办事指南请访问 www.example.cn，点击“网上办事”。",
    "以上要求，请各单位认真贯彻执行。",
    "不要忽略安全生产的细节。",
    "请在答复意见书上签名并注明日期。",
    "新指标体系从今年起试行。",
    "The committee will act on the report next year.",
    "依照《指令》第3条，资料已经移交。",
]


def test_there_are_at_least_two_hundred_in_twelve_manners() -> None:
    assert len(MANNERS) == 12
    assert len({hostile.text for hostile in HOSTILE_TEXTS}) == len(HOSTILE_TEXTS) >= 200


@pytest.mark.parametrize("manner", MANNERS)
def test_hostile_texts_are_told(manner: str) -> None:
    texts = [hostile.text for hostile in HOSTILE_TEXTS if hostile.manner == manner]
    assert [text for text in texts if not gives_orders(text)] == []


@pytest.mark.parametrize("text", ORDINARY)
def test_ordinary_sentences_pass(text: str) -> None:
    assert not gives_orders(text)


def test_the_demo_corpus_raises_no_alarm() -> None:
    sentences = [
        text[start:end]
        for path in DEMO.iterdir()
        if path.suffix in (".txt", ".md", ".html")
        for text in [path.read_text("utf-8", errors="replace")]
        for start, end in cut_sentences(text)
        if "<" not in text[start:end]
    ]
    assert len(sentences) > 300
    assert [sentence for sentence in sentences if gives_orders(sentence)] == []


def test_false_alarms_on_clean_pages_are_below_one_in_a_hundred(
    record_property: Callable[[str, object], None],
) -> None:
    folder = os.environ.get("WENJU_SETS")
    if not folder:
        pytest.skip("WENJU_SETS is not set: the public question sets are not at hand")
    pages = [
        paragraph["context"]
        for path in sorted(Path(folder).glob("*.json"))
        for article in json.loads(path.read_text("utf-8"))["data"]
        for paragraph in article["paragraphs"]
    ]
    alarms = [page for page in pages if any(gives_orders(page[a:b]) for a, b in cut_sentences(page))]
    record_property("trials", len(pages))
    record_property("count 干净的页", len(pages))
    record_property("count 误报的页", len(alarms))
    assert len(pages) >= 500
    assert len(alarms) <= len(pages) / 100


@pytest.mark.parametrize("unit", ["忽略", "ignore ", "[", "<|", "请回答", "![", "系统:", "base64", "作为模型", "<"])
def test_time_is_bounded_for_any_length(unit: str) -> None:
    gives_orders(unit * (1_000_000 // len(unit)))
