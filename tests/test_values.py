"""Which of several numbers in a sentence answers."""

from __future__ import annotations

import pytest

from rag.question import take_apart
from rag.values import find_value, normal, unit_of


def cut(text: str) -> list[str]:
    """A stand-in for the words room: every pair of characters is a word."""
    return [text[at : at + 2] for at in range(len(text) - 1)]


@pytest.mark.parametrize(
    ("question", "sentence", "value"),
    [
        ("新注册多少家", "其中跨区迁入21家,新注册20家,纳统99家", "20家"),
        ("纳统多少家", "其中跨区迁入21家,新注册20家,纳统99家", "99家"),
        ("总投资多少", "总投资约5.4亿元,总工期29个月", "5.4亿元"),
        ("什么时候启动", "2023年4月启动,5月完成", "2023年4月"),
        ("整改多少处", "没有数字", None),
    ],
)
def test_the_value_nearest_to_the_words_asked(question: str, sentence: str, value: str | None) -> None:
    span = find_value(take_apart(question, cut), sentence)
    assert (sentence[slice(*span)] if span else None) == value


def test_values_are_compared_without_ornament() -> None:
    assert normal("1,920 万元") == normal("1920万元")
    assert normal("200余家") == normal("200家")


def test_values_are_compared_in_ones() -> None:
    assert normal("1.2万名") == normal("12,000名") == "12000名"
    assert normal("9.07亿元") != normal("9.07万元")
    assert normal("几万元") == "几万元", "no digits, nothing to reckon"


def test_the_unit_of_a_value() -> None:
    assert unit_of("96家") == unit_of("92 家") == "家"
    assert unit_of("4.1公里") == "公里"
    assert unit_of("3.7万册") == unit_of("120册") == "册"
    assert unit_of("12") == ""
