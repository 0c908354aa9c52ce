"""Which sentences cannot be the answer: figures of another measure, of another half of the year, of other things."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from rag.contrary import is_no_answer, is_of_other_kind, is_opposite, is_other_measure, is_uncounted
from rag.question import take_apart


def sentence(folded: str, around: str = "", read: float = -2.0) -> Any:
    """As much of a candidate as is looked at."""
    passage = SimpleNamespace(header="", heading=())
    return SimpleNamespace(
        folded=folded, around=around or folded, read=read, passage=passage, cover=1.0, near=1.0, dense=4.0, is_kind=True
    )


def asked(question: str) -> Any:
    return take_apart(question, lambda text: [text])


@pytest.mark.parametrize(
    ("question", "folded", "is_other"),
    [
        ("茶厂总投资多少", "茶厂总产值超过17亿元", True),
        ("茶厂总投资多少", "茶厂总投资17亿元,年产值20亿元", False),
        ("茶厂总投资多少", "茶厂投入17亿元", False),
        ("茶厂投资多少钱", "茶厂斥资3000万元", False),
        ("小区的建筑面积是多少", "小区占地面积2万平方米", True),
        ("小区有多少户", "小区占地面积2万平方米", False),
    ],
)
def test_a_figure_is_called_by_its_measure(question: str, folded: str, is_other: bool) -> None:
    assert is_other_measure(asked(question), sentence(folded)) is is_other


@pytest.mark.parametrize(
    ("folded", "around", "date", "is_other"),
    [
        ("上半年开店9家", "", "2024-08-01", True),
        ("下半年开店9家", "", "2024-08-01", False),
        ("今年开店9家", "", "2024-08-01", True),
        ("开店9家", "下半年工作小结开店9家", None, False),
        ("全年开店9家", "", None, True),
    ],
)
def test_a_figure_of_the_second_half(folded: str, around: str, date: str | None, is_other: bool) -> None:
    question = asked("2024年下半年开店多少家")
    assert is_of_other_kind(question, sentence(folded, around), "news", date) is is_other


def test_a_figure_without_a_half_is_of_the_whole_year_in_a_report_alone() -> None:
    question = asked("2024年上半年投资完成额是多少")
    told = sentence("投资完成额为192亿元,完成全年目标任务的46.9%")
    assert not is_of_other_kind(question, told, "news", None)
    assert is_of_other_kind(question, told, "report", None)


def test_this_year_is_the_first_half_in_summer() -> None:
    question = asked("2024年上半年开店多少家")
    assert not is_of_other_kind(question, sentence("今年以来开店9家"), "news", "2024-07-20")
    assert is_of_other_kind(question, sentence("今年以来开店9家"), "news", "2024-12-20")


def test_a_reason_may_be_given_without_because() -> None:
    question = asked("茶楼为什么要转型")
    assert is_of_other_kind(question, sentence("茶楼转型"), "news", None)
    assert not is_of_other_kind(question, sentence("茶楼客人渐少,转型迫在眉睫", read=2.5), "news", None)


@pytest.mark.parametrize(
    ("question", "folded", "around", "is_other"),
    [
        ("学校有多少名教师", "学校可容纳学生1620人", "", True),
        ("学校有多少名教师", "共有128名", "学校的教师共有128名", False),
        ("学校有多少间课室", "共有教室36间", "", False),
        ("上半年处理多少起争执", "调处各类事情180余宗", "", False),
    ],
)
def test_what_is_counted_is_spoken_of(question: str, folded: str, around: str, is_other: bool) -> None:
    assert is_uncounted(asked(question), sentence(folded, around)) is is_other


def test_what_the_corpus_knows_and_the_passage_does_not_is_another_thing() -> None:
    question = take_apart("深湾花园有几栋楼", lambda text: ["深湾", "花园", "有", "几", "栋楼"])
    other = sentence("挂牌建设5栋商务楼宇")
    other.context = 0.0
    other.passage.header = ""
    assert is_no_answer(question, other, unseen=0.0)
    assert not is_no_answer(question, other, unseen=0.5)
    other.context = 0.4
    assert not is_no_answer(question, other, unseen=0.0)


@pytest.mark.parametrize(
    ("question", "folded", "is_other"),
    [
        ("项目新建建筑面积是多少", "拟拆除建筑面积达7.5万平方米", True),
        ("项目新建建筑面积是多少", "拆除7.5万平方米,新建9万平方米", False),
        ("项目拆除面积是多少", "拟拆除面积达7.5万平方米", False),
        ("迁入了多少家企业", "迁出企业4家", True),
    ],
)
def test_the_opposite_is_no_answer(question: str, folded: str, is_other: bool) -> None:
    assert is_opposite(asked(question), sentence(folded)) is is_other
