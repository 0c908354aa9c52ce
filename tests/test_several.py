"""Questions that ask several things, and years of two figures: how they are read before anything is looked up."""

from __future__ import annotations

from datetime import date

import pytest

from index.places import dictionary
from rag.scope import with_whole_years
from rag.several import single_questions

TODAY = date(2024, 12, 31)


@pytest.mark.parametrize(
    ("question", "single"),
    [
        ("青川轨道5号线票价多少，几点收车？", ["青川轨道5号线票价多少", "青川轨道5号线票价几点收车"]),
        ("海棠中学的开放日是哪天，在哪里集合？", ["海棠中学的开放日是哪天", "海棠中学的开放日在哪里集合"]),
        (
            "莲塘街道2023年引进多少家企业，2024年计划引进多少家",
            ["莲塘街道2023年引进多少家企业", "莲塘街道2024年计划引进多少家？"],
        ),
        ("东门街道2023年招了多少家，南湖街道招了几家", ["东门街道2023年招了多少家", "南湖街道2023年招了几家"]),
        ("东门街道今年新开多少家店，深圳首店几家", ["东门街道今年新开多少家店", "东门街道今年新开深圳首店几家"]),
        ("谁在经营茶楼，什么时候接手的", ["谁在经营茶楼", "在经营茶楼什么时候接手的"]),
        ("请问，莲塘街道2024年的口岸计划是什么？", ["请问，莲塘街道2024年的口岸计划是什么？"]),
        ("“去多少，回多少”是谁说的？", ["“去多少，回多少”是谁说的？"]),
        ("业主要不要出钱？", ["业主要不要出钱？"]),
    ],
)
def test_each_question_stands_alone(question: str, single: list[str]) -> None:
    assert single_questions(question, dictionary(), TODAY) == single


def test_what_asks_too_much_is_one_question() -> None:
    question = "谁，哪里，什么，多少，怎么"
    assert single_questions(question, dictionary(), TODAY) == [question]


@pytest.mark.parametrize(
    ("question", "whole"),
    [
        ("莲塘街道24年的口岸计划", "莲塘街道2024年的口岸计划"),
        ("二二年南湖街道走访企业多少次", "2022年南湖街道走访企业多少次"),
        ("东门街道办23年招商", "东门街道办2023年招商"),
        ("21年和22年的收入", "2021年和2022年的收入"),
        ("他从教24年", "他从教24年"),
        ("20年以上的小区", "20年以上的小区"),
        ("未来5到10年能腾出多少地", "未来5到10年能腾出多少地"),
        ("2024年的计划", "2024年的计划"),
        ("莲塘街道20年来的变化", "莲塘街道20年来的变化"),
    ],
)
def test_years_of_two_figures(question: str, whole: str) -> None:
    assert with_whole_years(question) == whole
