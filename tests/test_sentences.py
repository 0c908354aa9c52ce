"""Sentences: quotes, brackets, semicolons, numbered items, and lines without an end."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.sentences import LONGEST, cut_sentences


def cut(text: str) -> list[str]:
    """The sentences as texts."""
    return [text[start:end] for start, end in cut_sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("今天下雨。明天晴！好吗？", ["今天下雨。", "明天晴！", "好吗？"]),
        ("他说：“我们要坚持！再坚持。”大家鼓掌。", ["他说：“我们要坚持！再坚持。”", "大家鼓掌。"]),
        ("“太好了！”居民张女士说。", ["“太好了！”居民张女士说。"]),
        (
            "全年引进企业十九家，盘活物业七千平米；组建服务小组十六个，解决诉求五十一件。",
            ["全年引进企业十九家，盘活物业七千平米；", "组建服务小组十六个，解决诉求五十一件。"],
        ),
        ("甲；乙；丙。", ["甲；乙；丙。"]),
        ("增长3.5%，总量1268.19亿元。", ["增长3.5%，总量1268.19亿元。"]),
        ("项目（含一期。二期）已开工。后续再报。", ["项目（含一期。二期）已开工。", "后续再报。"]),
        ("（一）突出重点。（二）抓好落实。", ["（一）突出重点。", "（二）抓好落实。"]),
        ("第一行没有句号\n第二行也没有", ["第一行没有句号", "第二行也没有"]),
        ("It rained. He left at 3.30 today.", ["It rained.", "He left at 3.30 today."]),
        ("研究甲地景?;园棚改项目的配套。下一句。", ["研究甲地景?;园棚改项目的配套。", "下一句。"]),
        ("等等……后来呢？！", ["等等……", "后来呢？！"]),
        ("「好。」他答。下一句。", ["「好。」他答。", "下一句。"]),
        (
            "左括号（没有闭合" + "很长" * 70 + "。后面照常断句。",
            ["左括号（没有闭合" + "很长" * 70 + "。", "后面照常断句。"],
        ),
        ("", []),
        ("  \n \n", []),
    ],
)
def test_where_sentences_end(text: str, expected: list[str]) -> None:
    assert cut(text) == expected


@given(st.text("甲乙，。；！“”（）\n x1.", max_size=200))
def test_sentences_tile_the_text_but_for_white_space(text: str) -> None:
    spans = cut_sentences(text)
    at = 0
    for start, end in spans:
        assert text[at:start].strip() == "" and start < end and end - start <= LONGEST
        at = end
    assert text[at:].strip() == ""


def test_a_line_of_a_million_characters_takes_linear_time() -> None:
    short, long = "（没有终点，" * 5_000, "（没有终点，" * 50_000
    started = time.process_time()
    cut_sentences(short)
    middle = time.process_time()
    assert max(end - start for start, end in cut_sentences(long)) <= LONGEST
    assert time.process_time() - middle < 40 * (middle - started) + 0.5
