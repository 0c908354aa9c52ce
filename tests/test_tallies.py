"""Lists that say how many they are: which sentences are their items, and when there is no such list."""

from __future__ import annotations

import pytest

from index.fold import fold
from index.sentences import cut_sentences
from index.types import Hit, Passage
from rag.asking import kind_of
from rag.candidate import Candidate
from rag.question import take_apart
from rag.tallies import announces, counted, members, tally_of

SIX = """区住建局要点
一、总体要求
守住安全底线。
二、主要任务
今年重点抓好以下三个方面工作。
（一）加大住房保障力度。
新开工公租房三百套。1.选址。2.报建。
（二）推进老旧小区改造。
（三）守牢房屋安全底线。
三、保障措施
保障措施：一是加强领导，每月召开一次调度会；二是加强监管，专款专用；三是加强宣传。
联系人另行通知。"""
FIVE = """小区探索“三化”治理模式，成效明显。
在体系化建设方面，党支部建在业委会里。
书记与主任一肩挑。
聚焦民主化治理，成立监事会。
数字化赋能更进一步。"""
RULES = """队里的规矩写在墙上。
最要紧的是三条：不评判被救者当时所做的任何选择；不接受任何形式的现金酬谢；不让新手走在队伍的第一个。其余从略。"""


def candidates_of(text: str) -> list[Candidate]:
    spans = tuple(cut_sentences(text))
    passage = Passage(0, 0, text, 0, len(text), 0, len(text), sentences=spans)
    return [
        Candidate(
            Hit(passage, 1.0),
            number,
            text[low:high],
            fold(text[low:high]),
            dense=0.0,
            cover=0.0,
            context=0.0,
            is_kind=True,
            is_heading=False,
            score=0.0,
        )
        for number, (low, high) in enumerate(spans)
    ]


def told(question: str, text: str, best: str) -> list[str]:
    sentences = candidates_of(text)
    found = next(each for each in sentences if best in each.text)
    return [each.text for each in members(take_apart(question, lambda words: [words]), found, sentences)]


def test_items_behind_a_sentence_that_announces_them() -> None:
    items = ["（一）加大住房保障力度。", "（二）推进老旧小区改造。", "（三）守牢房屋安全底线。"]
    assert told("今年要抓哪三方面工作", SIX, "以下三个方面") == ["今年重点抓好以下三个方面工作。", *items]
    assert told("主要任务有哪三项", SIX, "推进老旧小区改造") == items
    assert told("主要任务有哪些", SIX, "守住安全底线") == []


def test_items_inside_a_sentence_begin_behind_its_colon() -> None:
    assert told("列了哪些保障措施", SIX, "一是加强领导") == [
        "保障措施：一是加强领导，每月召开一次调度会；",
        "二是加强监管，专款专用；三是加强宣传。",
    ]


def test_a_number_that_no_list_of_the_page_has_gives_none() -> None:
    assert told("要抓哪七个方面工作", SIX, "守住安全底线") == []


def test_paragraphs_that_each_bear_the_word_of_the_name() -> None:
    assert told("小区的“三化”是什么", FIVE, "“三化”") == [
        "小区探索“三化”治理模式，成效明显。",
        "在体系化建设方面，党支部建在业委会里。",
        "聚焦民主化治理，成立监事会。",
        "数字化赋能更进一步。",
    ]
    assert told("小区的“四化”是什么", FIVE, "“三化”") == []


def test_parts_between_semicolons_behind_a_colon() -> None:
    assert told("最要紧的三条规矩是什么", RULES, "不评判") == [
        "最要紧的是三条：不评判被救者当时所做的任何选择；",
        "不接受任何形式的现金酬谢；",
        "不让新手走在队伍的第一个。",
    ]
    assert told("规矩写在哪些地方", RULES, "写在墙上") == []


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("十件民生实事都是什么", "list"),
        ("2024年回顾分哪六个方面", "list"),
        ("报告分析了哪几条原因", "list"),
        ("为什么停工", "reason"),
        ("镇里今年要办的三件实事", "list"),
        ("三个社区一共多少人", "number"),
        ("生产安全事故死亡人数", "number"),
    ],
)
def test_what_is_asked_by_its_number_is_a_list(question: str, kind: str) -> None:
    assert kind_of(question) == kind


def test_what_counts_and_what_does_not() -> None:
    texts = ("确定了十件实事", "第二类人", "3.5个百分点", "十二项", "19项")
    assert [counted(text) for text in texts] == [10, 0, 0, 0, 0]
    assert tally_of("五一节有什么活动") is None
    lines = "作出如下安排。\n内容有四项：\n今年引进企业。"
    assert [announces(each) for each in candidates_of(lines)] == [True, True, False]
