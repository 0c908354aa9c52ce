"""Whole plans and lists, from a yearly report with the real model: what is on the subject, and what is only near it."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from index.store import open_build
from index.types import Cutter, Embedder
from rag.answer import Assistant
from rag.assemble import assistant_over, build_index
from rag.settings import Settings

pytestmark = pytest.mark.slow
TODAY = date(2024, 3, 1)
REPORT = """柏塘街道2023年工作总结

2024年1月8日

一、平安建设

街面治安明显好转。排查出租屋九百户，整改隐患一百二十处。会同海关清理口岸外的黑车，旅客投诉下降四成。新设微型消防站六个。

二、经济发展

全年引进企业四十一家。夜市改造后客流增加三成。

三、2024年目标与措施

（一）做强产业。计划引进企业五十家，盘活旧厂房三处。

（二）改善环境。更换路灯二百盏，种植行道树六百棵。

（三）服务居民。新增托位八十个，开设长者食堂两家。
"""


NOTICE = """海棠中学开放日须知

一、时间与地点

开放日定于2024年5月18日，上午在体育馆集合。

二、步骤

1、在校门口出示预约码。
2、到体育馆领取参观手册。
3、跟随引导员分组参观实验楼。

三、费用

参观免费，午餐每人15元，由食堂统一供应。
"""
PRICES = """套餐,价格（元）,项目数
基础体检,260,12
全面体检,980,36
"""
TRAIN = """青川轨道交通5号线公告

5号线全长21公里，设车站16座，末班车23时10分从北岭站开出。该线每天运送旅客19万人次。
"""


@pytest.fixture(scope="module")
def assistant(
    settings: Settings, embedder: Embedder, cutter: Cutter, tmp_path_factory: pytest.TempPathFactory
) -> Assistant:
    home = tmp_path_factory.mktemp("outline")
    (home / "pages").mkdir()
    for name, text in {"report.txt": REPORT, "notice.txt": NOTICE, "prices.csv": PRICES, "train.txt": TRAIN}.items():
        (home / "pages" / name).write_text(text, "utf-8")
    mine = replace(settings, index=home / "index")
    build_index([home / "pages"], mine)
    return assistant_over(open_build(mine.index), embedder, cutter, settings)


def test_a_result_is_no_plan(assistant: Assistant) -> None:
    answer = assistant.answer("柏塘街道2023年的口岸计划是什么", today=TODAY)
    assert answer.refused and not answer.citations
    assert any("黑车" in near.quote for near in answer.nearest)


def test_a_list_under_a_heading_of_another_subject_keeps_to_its_own(assistant: Assistant) -> None:
    answer = assistant.answer("柏塘街道2023年口岸方面采取了哪些措施", today=TODAY)
    assert not answer.refused
    assert [citation.quote for citation in answer.citations] == ["会同海关清理口岸外的黑车，旅客投诉下降四成。"]


def test_the_plans_of_a_year_stand_at_the_end_of_the_report_of_the_year_before(assistant: Assistant) -> None:
    answer = assistant.answer("柏塘街道2024年有哪些工作计划", today=TODAY)
    assert not answer.refused
    for said in ("引进企业五十家", "更换路灯二百盏", "新增托位八十个"):
        assert said in answer.text
    assert "四十一家" not in answer.text and "黑车" not in answer.text


def test_the_report_itself_tells_what_was_done(assistant: Assistant) -> None:
    answer = assistant.answer("柏塘街道2023年有哪些工作成效", today=TODAY)
    assert not answer.refused and "四十一家" in answer.text and "黑车" in answer.text


def test_the_items_of_a_list_are_said_and_not_its_introduction(assistant: Assistant) -> None:
    answer = assistant.answer("海棠中学开放日的步骤是什么", today=TODAY)
    assert not answer.refused
    for said in ("出示预约码", "领取参观手册", "参观实验楼"):
        assert said in answer.text
    assert "15元" not in answer.text


def test_the_row_is_found_by_its_key_and_answers_with_another_cell(assistant: Assistant) -> None:
    answer = assistant.answer("全面体检多少钱", today=TODAY)
    assert not answer.refused and answer.citations[0].quote.endswith("980,36")


def test_another_line_is_not_the_one_asked_about(assistant: Assistant) -> None:
    assert assistant.answer("6号线末班车几点开", today=TODAY).refused
    answer = assistant.answer("5号线末班车几点开", today=TODAY)
    assert not answer.refused and "23时10分" in answer.text


def test_a_number_of_another_unit_is_no_answer(assistant: Assistant) -> None:
    answer = assistant.answer("5号线的车站花了多少钱", today=TODAY)
    assert answer.refused and answer.reason is not None


SLOGANS = """柏塘街道2023年民生工作总结

2024年1月10日

一、民生服务

做实做细关爱服务。为25名困境儿童建立档案，发放补贴10万元。走访独居老人三百户。优化政务服务。开设反映窗口两个，延时办件四百件。
"""


def test_a_slogan_is_answered_with_what_follows_it(
    settings: Settings, tmp_path_factory: pytest.TempPathFactory, embedder: Embedder, cutter: Cutter
) -> None:
    home = tmp_path_factory.mktemp("slogans")
    (home / "a.txt").write_text(SLOGANS, "utf-8")
    own = replace(settings, index=home / "index")
    build_index([home / "a.txt"], own)
    answer = assistant_over(open_build(own.index), embedder, cutter, own).answer(
        "柏塘街道2023年关爱服务做了哪些工作", today=TODAY
    )
    assert [sentence.text for sentence in answer.sentences] == [
        "做实做细关爱服务。",
        "为25名困境儿童建立档案，发放补贴10万元。",
        "走访独居老人三百户。",
    ]
