"""The damagers keep their promises, and the table's figures are worked by hand."""

from random import Random

import pytest

from eval.damage import charset, hopeless, mojibake
from eval.damage.table import Row, accuracy, lines_of

BODY = "街道办事处召开年度工作会议，总结成绩。\n會議要求各社區抓好安全生產，辦好民生實事。\n第三段说的是明年。"


@pytest.mark.parametrize("module", [charset, mojibake, hopeless])
def test_the_same_seed_gives_the_same_page(module: object) -> None:
    damage = module.damage  # type: ignore[attr-defined]
    assert damage(BODY, Random(3)) == damage(BODY, Random(3))


@pytest.mark.parametrize("way", mojibake.WAYS)
def test_mojibake_damages_and_keeps_the_lines(way: str) -> None:
    damaged = mojibake.WAYS[way](BODY, Random(5))
    text = damaged.data.decode("utf-8")
    assert text != BODY
    assert text.count("\n") == 2
    assert damaged.body == BODY


def test_the_body_of_a_charset_page_is_what_the_charset_can_hold() -> None:
    assert charset.in_big5("国a國", Random(1)).body == "a國"
    assert charset.in_gb18030("国a國", Random(1)).body == "国a國"


def test_accuracy_by_hand() -> None:
    assert accuracy("一二三四", "一二四") == 0.75
    assert accuracy("一二", "甲乙丙丁") == -1.0


def test_lines_are_compared_folded_and_without_outer_space() -> None:
    assert lines_of(" 引資，\r\n\r\n　ＡＢ ") == "引资,\nab"


def test_a_row_gives_shares() -> None:
    row = Row("编码", "Big5", pages=1, length=10, before=5.0, after=9.0, kept=10, furniture=4, removed=3)
    row.verdicts["clean"] = 1
    assert row.cells() == ["编码", "Big5", "1", "0.5000", "0.9000", "0.750", "1.0000", "完好 1"]
