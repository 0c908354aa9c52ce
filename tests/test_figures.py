"""Numbers are compared by value, whatever they are written as."""

from __future__ import annotations

import time
from decimal import Decimal

import pytest

from index.fold import fold
from rag.figures import figures


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("1,920万", [("19200000", "")]),
        ("１９２０万元", [("19200000", "")]),
        ("0.192亿", [("19200000", "")]),
        ("1,234,567人", [("1234567", "")]),
        ("1,2,3家", [("1", ""), ("2", ""), ("3", "")]),
        ("5.2%、百分之五点二、5.2‰", [("5.2", "%"), ("5.2", "%"), ("5.2", "‰")]),
        ("二〇二四年", [("2024", "")]),
        ("二零二四年一月二十二日", [("2024", ""), ("1", ""), ("22", "")]),
        ("2024-01-22", [("2024", ""), ("1", ""), ("22", "")]),
        ("三百五十人", [("350", "")]),
        ("一千二百零五户", [("1205", "")]),
        ("十二家、二十项", [("12", ""), ("20", "")]),
        ("两万余人", [("20000", "")]),
        ("三个片区", [("3", "")]),
        ("48万平方米", [("480000", "")]),
        ("100余万元", [("1000000", "")]),
    ],
)
def test_values(text: str, values: list[tuple[str, str]]) -> None:
    found = [(figure.value, figure.kind) for figure in figures(fold(text)) if figure.is_certain]
    assert found == [(Decimal(value), kind) for value, kind in values]


@pytest.mark.parametrize(
    "text", ["统一部署", "一些企业", "一个街道", "第一时间", "万一", "千方百计", "十分重要", "三三两两"]
)
def test_hanzi_that_are_hardly_numbers_claim_nothing(text: str) -> None:
    assert [figure for figure in figures(fold(text)) if figure.is_certain] == []


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("500平米", "500平方米", True),
        ("19家", "19个", True),
        ("30人", "30名", True),
        ("48万平米", "48万元", False),
        ("3月", "3日", False),
        ("3号", "3日", True),
        ("5亿元", "5亿美元", False),
        ("5%", "5个", False),
        ("90年", "90家", False),
        ("2024", "2024年", True),
    ],
)
def test_what_is_counted_must_not_differ(one: str, other: str, agree: bool) -> None:
    assert figures(fold(one))[0].agrees(figures(fold(other))[0]) is agree


def test_time_is_linear_in_hostile_input() -> None:
    for unit in ("1,", "一", "百分之", "1.", "9", "1-", "1,111", "十", "零万"):
        started = time.process_time()
        figures(unit * (5_000 // len(unit)))
        short = time.process_time() - started
        started = time.process_time()
        figures(unit * (50_000 // len(unit)))
        assert time.process_time() - started < 40 * short + 0.1
