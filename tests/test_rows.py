"""Rows of tables: what a cell says by its head, and whether a row gives what is asked."""

from __future__ import annotations

import re
from typing import Any

import pytest

from rag.contrary import is_uncompared
from rag.question import Asked, take_apart
from rag.rows import row_in_words, row_share, with_heads

HEADER = "品名 | 数量(张) | 单价(元) | 保管人"
ROW = "绘本架 | 12 | 1,850 | 陈岚"


def asked(question: str) -> Asked:
    return take_apart(question, lambda text: re.findall("绘本架|保管人|单价|颜色|社区|球桌|松岭|.", text))


@pytest.mark.parametrize(
    ("question", "share"),
    [
        ("绘本架单价多少", 1.0),
        ("绘本架是什么颜色的", 0.0),
        ("绘本架保管人是谁", 1.0),
        ("绘本架谁负责", 1.0),
    ],
)
def test_a_row_answers_by_the_head_of_its_cell(question: str, share: float) -> None:
    assert row_share(asked(question), HEADER, ROW) == share


def test_a_person_without_a_column_is_not_given() -> None:
    assert row_share(asked("绘本架谁负责"), "品名 | 单价", "绘本架 | 1,850") == 0.0


def test_cells_follow_their_heads() -> None:
    assert with_heads(HEADER, ROW) == "品名:绘本架,数量(张):12,单价(元):1,850,保管人:陈岚"
    assert with_heads(HEADER, "合计 | 1,850") == f"{HEADER} 合计 | 1,850"
    assert row_in_words("年份 | 销量", "2022 | 20") == "2022年 | 20"


class Row:
    """As much of a candidate as is looked at: a folded row under its header."""

    def __init__(self, header: str, folded: str) -> None:
        self.passage = type("Held", (), {"header": header})()
        self.folded = folded


@pytest.mark.parametrize(
    ("question", "header", "folded", "expected"),
    [
        ("哪个社区的球桌最多", "社区 | 球桌", "松岭 | 6", True),
        ("哪个社区的球桌最多", "社区 | 球桌最多的时段", "松岭 | 晚上", False),
        ("哪个社区的球桌最多", "", "松岭社区的球桌最多。", False),
        ("松岭有几张球桌", "社区 | 球桌", "松岭 | 6", False),
    ],
)
def test_nothing_is_compared_silently(question: str, header: str, folded: str, expected: bool) -> None:
    row: Any = Row(header, folded)
    assert is_uncompared(asked(question), row) is expected
