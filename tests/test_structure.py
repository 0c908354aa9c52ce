"""Headings and the paths they make."""

from __future__ import annotations

import pytest

from index.structure import find_levels, heading_paths, numbering_depth, run_in_heading

BODY = "全年围绕高质量发展这一首要任务，抓招商、促消费、优服务，各项工作都取得了新的进展。"


@pytest.mark.parametrize(
    ("line", "depth"),
    [
        ("第一章 总则", 1),
        ("第二节 目标", 2),
        ("一、工作成效", 3),
        ("（二）服务企业", 4),
        ("(三)安全", 4),
        ("1．消防", 5),
        ("（1）检查", 6),
        ("3.5万人参加", 0),
        ("2024年工作", 0),
        ("关于", 0),
    ],
)
def test_the_depth_of_a_numbering(line: str, depth: int) -> None:
    assert numbering_depth(line) == depth


def test_levels_and_paths_of_a_report() -> None:
    lines = ["某街道工作报告", "一、工作成效", "（一）招商引资", BODY, "（二）安全生产", BODY, "二、下一步", BODY]
    levels = find_levels(lines)
    assert [level > 0 for level in levels] == [True, True, True, False, True, False, True, False]
    paths = heading_paths(lines, levels)
    assert paths[3] == ("一、工作成效", "（一）招商引资")
    assert paths[5] == ("一、工作成效", "（二）安全生产")
    assert paths[7] == ("二、下一步",)


def test_a_sentence_is_no_heading_and_a_short_line_over_a_paragraph_is() -> None:
    assert find_levels([BODY, "服务更加贴心周到", BODY]) == [0, 7, 0]
    assert find_levels(["今天天气不错，", BODY]) == [0, 0]


def test_a_heading_run_in() -> None:
    assert run_in_heading("（一）突出招商引资，提升产业发展指数。")
    assert not run_in_heading("全年引进企业十九家。")
