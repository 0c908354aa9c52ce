"""The scope of a question, its sides, what is left of it, and what is compatible with it."""

from __future__ import annotations

from datetime import date

import pytest

from index.places import dictionary
from index.types import Scope
from rag.scope import Compatibility, compatible, scope_of_question, sides, strip_scope

TODAY = date(2024, 9, 1)
GAZETTEER = dictionary().with_learnt(
    {"莲塘街道": "罗湖区", "南湖街道": "罗湖区", "东门街道": "罗湖区", "园岭街道": "福田区", "罗湖区": "深圳市"}
)
LIANTANG, NANHU, DONGMEN, LUOHU = ("莲塘街道",), ("南湖街道",), ("东门街道",), ("罗湖区",)

QUESTIONS: list[tuple[str, tuple[str, ...], tuple[int, ...]]] = [
    ("莲塘街道2024年的口岸计划是什么？", LIANTANG, (2024,)),
    ("莲塘2024年有什么口岸计划", LIANTANG, (2024,)),
    ("蓮塘街道２０２４年的口岸計劃是什麼？", LIANTANG, (2024,)),
    ("莲塘街道二〇二三年做了什么", LIANTANG, (2023,)),
    ("莲塘街道去年的计划", LIANTANG, (2023,)),
    ("莲塘街道今年以来做了什么", LIANTANG, (2024,)),
    ("莲塘街道明年有什么打算", LIANTANG, (2025,)),
    ("莲塘街道24年的计划", LIANTANG, (2024,)),
    ("2023年莲塘引进了多少家企业", LIANTANG, (2023,)),
    ("深圳市罗湖区莲塘街道有几个社区", LIANTANG, ()),
    ("罗湖莲塘的招商", LIANTANG, ()),
    ("莲塘怎么服务企业", LIANTANG, ()),
    ("莲塘招商引资了多少家", LIANTANG, ()),
    ("南湖街道领导班子2023年做了哪些工作", NANHU, (2023,)),
    ("南湖获评了什么称号", NANHU, ()),
    ("南湖街道办事处去年受理了多少件", NANHU, (2023,)),
    ("东门街道上半年引进了多少家企业", DONGMEN, (2024,)),
    ("东门街道2023年上半年引进了多少家企业", DONGMEN, (2023,)),
    ("园岭街道（福田区）的小区治理", ("园岭街道",), ()),
    ("福田区园岭街道有几个社区党群服务中心", ("园岭街道",), ()),
    ("黄贝街道2024年的计划是什么", ("黄贝街道",), (2024,)),
    ("华强北有多少商户", ("华强北街道",), ()),
    ("清源街道2023年引进了什么企业", ("清源街道",), (2023,)),
    ("岳阳市云溪区有什么产业", ("云溪区",), ()),
    ("嘉兴市南湖街道的招商", ("嘉兴市南湖街道",), ()),
    ("罗湖区的地区生产总值是多少", LUOHU, ()),
    ("罗湖今年上半年GDP增长多少", LUOHU, (2024,)),
    ("十四五期间罗湖区新增多少学位", LUOHU, (2021, 2022, 2023, 2024, 2025)),
    ("2015年-2017年罗湖释放了多少土地", LUOHU, (2015, 2016, 2017)),
    ("罗湖区近三年的变化", LUOHU, (2022, 2023, 2024)),
    ("自2023年以来园岭街道做了什么", ("园岭街道",), (2023, 2024)),
    ("东门街道和南湖街道哪个引进的企业多", ("东门街道", "南湖街道"), ()),
    ("比较东门街道和南湖街道2023年的招商", ("东门街道", "南湖街道"), (2023,)),
    ("南湖街道2022年和2023年的招商", NANHU, (2022, 2023)),
    ("深圳的主要港口有哪些", ("深圳市",), ()),
    ("广东省哪一年启动百千万工程", ("广东省",), ()),
    ("2035年的远景目标是什么", (), (2035,)),
    ("20世纪80年代八卦岭是什么样子", (), tuple(range(1980, 1990))),
    ("1990年他住在哪条街？", (), (1990,)),
    ("二零零九年學堂改叫什麼？", (), (2009,)),
    # what limits nothing
    ("东门步行街的总投资是多少", (), ()),
    ("罗湖口岸怎么整治黑车", (), ()),
    ("莲塘口岸的旅客服务有哪些", (), ()),
    ("香港城市大学有几个学院", (), ()),
    ("《罗湖区2024年“百千万工程”行动计划》是什么", (), ()),
    ("谁获评“2023年度罗湖区星级品牌项目”", (), ()),
    ("全区各街道有哪些措施", (), ()),
    ("社区党委怎么统筹资源", (), ()),
    ("蓝洞海滩哪一年开放游客", (), ()),
    ("有50年历史的学校叫什么", (), ()),
    ("该校24年的历史中有几位校长", (), ()),
    ("老国王晚年为什么退位", (), ()),
    ("什么时候开学", (), ()),
    ("口岸计划是什么", (), ()),
    ("工业区和开发区有什么区别", (), ()),
    ("为什么说超市和菜市场不同", (), ()),
    ("城镇化对乡村有什么影响", (), ()),
    ("光明的前途是谁说的", (), ()),
    ("孙中山的故乡在哪里", (), ()),
    ("19世纪的欧洲", (), ()),
    ("前三年谁当校长", (), ()),
    ("他当总理前8年做什么", (), ()),
]


@pytest.mark.parametrize(("question", "places", "years"), QUESTIONS, ids=[question for question, *_ in QUESTIONS])
def test_the_scope_of_a_question(question: str, places: tuple[str, ...], years: tuple[int, ...]) -> None:
    scope = scope_of_question(question, TODAY, GAZETTEER)
    assert (scope.places, scope.years) == (places, years)


def test_there_are_enough_questions() -> None:
    assert len({question for question, *_ in QUESTIONS}) >= 60


def test_a_half_year_alone_is_a_preference() -> None:
    assert scope_of_question("上半年引进了多少家", TODAY, GAZETTEER).derived
    assert not scope_of_question("今年上半年引进了多少家", TODAY, GAZETTEER).derived


def test_units_are_named() -> None:
    assert scope_of_question("南湖街道党工委和区政府做了什么", TODAY, GAZETTEER).units == ("街道党工委", "区政府")


@pytest.mark.parametrize(
    ("question", "rest"),
    [
        ("莲塘街道2024年的口岸计划是什么？", "口岸计划是什么？"),
        ("蓮塘街道二〇二四年的口岸計劃是什麼？", "口岸計劃是什麼？"),
        ("南湖街道2023年引进了多少家企业？", "引进了多少家企业？"),
        ("周大勇在2009年去了哪个剧团", "周大勇去了哪个剧团"),
        ("十四五期间罗湖新增多少学位", "新增多少学位"),
        ("比较东门街道和南湖街道2023年的招商", "比较的招商"),
        ("自2023年以来园岭街道做了什么", "做了什么"),
        ("口岸计划是什么", "口岸计划是什么"),
        ("莲塘街道", "莲塘街道"),
    ],
)
def test_what_is_left_without_the_scope(question: str, rest: str) -> None:
    assert strip_scope(question, TODAY, GAZETTEER) == rest


def split(question: str) -> list[tuple[tuple[str, ...], tuple[int, ...]]]:
    scope = scope_of_question(question, TODAY, GAZETTEER)
    return [(side.places, side.years) for side in sides(question, scope, TODAY)]


def test_sides_of_a_comparison() -> None:
    assert split("比较东门街道和南湖街道2023年的招商") == [(DONGMEN, (2023,)), (NANHU, (2023,))]
    assert split("东门和南湖分别引进了多少家企业") == [(DONGMEN, ()), (NANHU, ())]
    assert split("南湖街道2022年和2023年的招商") == [(NANHU, (2022,)), (NANHU, (2023,))]
    assert split("东门街道、南湖街道2022年与2023年相比") == [
        (DONGMEN, (2022,)),
        (DONGMEN, (2023,)),
        (NANHU, (2022,)),
        (NANHU, (2023,)),
    ]


@pytest.mark.parametrize(
    "question",
    [
        "莲塘街道2024年的计划",
        "2015年-2020年罗湖释放了多少土地",
        "近三年南湖街道的招商",
        "罗湖区莲塘街道的计划",
        "口岸计划",
    ],
)
def test_what_is_no_comparison_has_no_sides(question: str) -> None:
    assert split(question) == []


@pytest.mark.parametrize(
    ("asked", "given", "expected"),
    [
        (Scope(), Scope(LIANTANG, (2024,)), "match"),
        (Scope(LIANTANG, (2024,)), Scope(LIANTANG, (2024,)), "match"),
        (Scope(LUOHU), Scope(LIANTANG), "match"),
        (Scope(("深圳市",)), Scope(LIANTANG), "match"),
        (Scope(LIANTANG), Scope(LUOHU), "wrong_place"),
        (Scope(LIANTANG), Scope(("罗湖区", "莲塘街道")), "match"),
        (Scope(LIANTANG), Scope(NANHU), "wrong_place"),
        (Scope(("福田区",)), Scope(LIANTANG), "wrong_place"),
        (Scope(("黄贝街道",)), Scope(LIANTANG), "wrong_place"),
        (Scope(("嘉兴市南湖街道",)), Scope(NANHU), "wrong_place"),
        (Scope(("东门街道", "南湖街道")), Scope(NANHU), "match"),
        (Scope(LIANTANG), Scope(), "unknown"),
        (Scope(LUOHU), Scope(("清源街道",)), "unknown"),
        (Scope((), (2023,)), Scope((), (2024,)), "wrong_year"),
        (Scope((), (2023,)), Scope((), (2022, 2023)), "match"),
        (Scope((), (2021, 2022)), Scope((), (2021,)), "match"),
        (Scope((), (2023,)), Scope(), "unknown"),
        (Scope(LIANTANG, (2023,)), Scope((), (2024,)), "wrong_year"),
        (Scope(LIANTANG, (2023,)), Scope(NANHU, (2024,)), "wrong_place"),
        (Scope(LIANTANG, (2023,)), Scope(LIANTANG), "unknown"),
        (Scope((), (2026,), derived=True), Scope((), (2024,)), "unknown"),
        (Scope((), (2024,), derived=True), Scope((), (2024,)), "match"),
    ],
)
def test_compatible_not_equal(asked: Scope, given: Scope, expected: str) -> None:
    assert compatible(asked, given, GAZETTEER) is Compatibility(expected)
