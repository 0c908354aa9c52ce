"""Follow-up questions: what is kept, what is replaced, and what is left alone."""

from __future__ import annotations

import time
from datetime import date

import pytest

from index.places import dictionary
from rag.followup import standalone
from rag.types import Turn

TODAY = date(2024, 9, 1)
GAZETTEER = dictionary().with_learnt(
    {"莲塘街道": "罗湖区", "南湖街道": "罗湖区", "东门街道": "罗湖区", "园岭街道": "福田区", "罗湖区": "深圳市"}
)
PLAN = "莲塘街道2024年的口岸计划是什么？"
FIRMS = "南湖街道2023年招引了多少家企业？"
PROJECT = "八卦岭产业园城市更新项目是什么？"

FOLLOW_UPS: list[tuple[list[str], str, str]] = [
    # another year
    ([PLAN], "那2023年呢？", "莲塘街道2023年的口岸计划是什么？"),
    ([PLAN], "2022年的呢", "莲塘街道2022年的口岸计划是什么？"),
    ([PLAN], "去年呢", "莲塘街道2023年的口岸计划是什么？"),
    ([PLAN], "那明年呢？", "莲塘街道2025年的口岸计划是什么？"),
    ([PLAN], "前一年呢？", "莲塘街道2023年的口岸计划是什么？"),
    ([PLAN], "二〇二二年呢？", "莲塘街道二〇二二年的口岸计划是什么？"),
    (["东门街道2024年引进了多少家新企业？"], "上半年呢？", "东门街道2024年上半年引进了多少家新企业？"),
    (["莲塘街道有什么计划？"], "2023年呢？", "莲塘街道2023年有什么计划？"),
    (["长河保险2006年卖出多少张保单？"], "2007年呢？", "长河保险2007年卖出多少张保单？"),
    ([FIRMS], "2022年又是多少？", "南湖街道2022年招引了多少家企业？"),
    ([FIRMS], "同一年那里建成公厕多少座？", "南湖街道2023年建成公厕多少座？"),
    ([FIRMS], "当年走访了多少家？", "南湖街道2023年走访了多少家？"),
    (["怡景社区党委书记是谁？"], "那里有多少居民？", "怡景社区有多少居民？"),
    (["莲塘街道2024年计划引进多少家企业？"], "那2023年实际引进了多少？", "莲塘街道2023年实际引进了多少家企业？"),
    # another place
    ([PLAN], "南湖呢？", "南湖街道2024年的口岸计划是什么？"),
    ([PLAN], "那南湖街道呢", "南湖街道2024年的口岸计划是什么？"),
    ([FIRMS], "东门呢？", "东门街道2023年招引了多少家企业？"),
    ([FIRMS], "黄贝街道呢？", "黄贝街道2023年招引了多少家企业？"),
    ([FIRMS], "那東門街道呢？", "东门街道2023年招引了多少家企业？"),
    (["福田区园岭街道有几个社区党群服务中心？"], "南湖街道呢？", "南湖街道有几个社区党群服务中心？"),
    (["东门街道2024年上半年引进了多少家企业？"], "换成南湖街道", "南湖街道2024年上半年引进了多少家企业？"),
    ([PLAN], "如果是南湖街道呢？", "南湖街道2024年的口岸计划是什么？"),
    (["渔邨社区是怎么治理的？"], "东门社区呢？", "东门社区是怎么治理的？"),
    # both
    ([PLAN], "那南湖街道2022年呢？", "南湖街道2022年的口岸计划是什么？"),
    ([FIRMS], "东门街道2024年呢？", "东门街道2024年招引了多少家企业？"),
    # side by side
    ([PLAN], "和2023年相比呢？", "莲塘街道2024年和2023年的口岸计划是什么？"),
    ([PLAN], "与南湖街道相比有什么不同？", "莲塘街道和南湖街道2024年的口岸计划是什么？"),
    (["比较东门街道和南湖街道2023年的招商"], "2024年呢？", "比较东门街道和南湖街道2024年的招商？"),
    # what a pronoun stands for
    ([PLAN], "它引进了多少家企业？", "莲塘街道2024年引进了多少家企业？"),
    ([PLAN], "该街道有多少个社区？", "莲塘街道2024年有多少个社区？"),
    ([FIRMS], "那里有哪些社区？", "南湖街道2023年有哪些社区？"),
    ([FIRMS], "这个街道获得了什么称号？", "南湖街道2023年获得了什么称号？"),
    ([FIRMS], "它2022年获得了什么称号？", "南湖街道2022年获得了什么称号？"),
    ([PROJECT], "这个项目涉及多少租户？", "八卦岭产业园城市更新项目涉及多少租户？"),
    ([PROJECT], "该项目的总面积是多少", "八卦岭产业园城市更新项目的总面积是多少？"),
    (["《意见》是什么时候发布的？"], "它提出了什么要求？", "《意见》提出了什么要求？"),
    (["石塔是什么时候建成的？"], "它于1957年的高度是多少？", "石塔于1957年的高度是多少？"),
    (["周大勇在九十年代是哪个剧团的演员？"], "他后来去了什么地方？", "周大勇后来去了什么地方？"),
    (["谁创办了江城学堂？"], "他出生在哪里？", "创办了江城学堂的人出生在哪里？"),
    # no subject of its own
    ([PLAN], "有哪些措施？", "莲塘街道2024年的口岸计划有哪些措施？"),
    ([PLAN], "谁负责？", "莲塘街道2024年的口岸计划谁负责？"),
    ([PLAN], "为什么？", "莲塘街道2024年的口岸计划为什么？"),
    ([FIRMS], "其中跨区迁入多少家？", "南湖街道2023年其中跨区迁入多少家？"),
    ([FIRMS], "走访了多少家企业？", "南湖街道2023年走访了多少家企业？"),
    ([FIRMS], "2022年引进了多少家？", "南湖街道2022年引进了多少家？"),
    ([FIRMS], "那东门街道招引了多少家？", "东门街道2023年招引了多少家？"),
    ([PROJECT], "什么时候完成清租签约？", "八卦岭产业园城市更新项目什么时候完成清租签约？"),
    (["罗湖区的GDP是多少？"], "增长了多少？", "罗湖区的GDP增长了多少？"),
    (["东门街道上半年引进了多少家新企业？"], "推进了多少家企业入库？", "东门街道上半年推进了多少家企业入库？"),
    ([PLAN], "还有呢？", PLAN),
    # another thing to say of the same place and time
    ([PLAN], "那招商呢？", "莲塘街道2024年的招商计划是什么？"),
    ([PLAN], "招商引资有哪些措施？", "莲塘街道2024年的招商引资有哪些措施？"),
    (["罗湖区的GDP是多少？"], "社会消费品零售总额呢？", "罗湖区的社会消费品零售总额是多少？"),
    # chains
    ([FIRMS, "东门呢？"], "那2024年呢？", "东门街道2024年招引了多少家企业？"),
    ([PLAN, "那2023年呢？", "南湖呢？"], "它有什么成效？", "南湖街道2023年有什么成效？"),
    ([FIRMS, "那里有哪些社区？"], "2024年呢", "南湖街道2024年有哪些社区？"),
    ([PLAN, "罗湖未来学校什么时候开学？"], "它有多少个班？", "罗湖未来学校有多少个班？"),
]

UNTOUCHED: list[tuple[list[str], str]] = [
    ([], PLAN),
    ([], "那2023年呢？"),
    ([FIRMS], "园岭街道清租用了多久？"),
    ([FIRMS], "罗湖未来学校什么时候开学？"),
    ([PLAN], "2024年广东省的GDP是多少？"),
    ([PLAN], "請問蓮塘街道有什麼安排？"),
    ([PLAN], "为什么刚满五岁的小王子成了叔父最担心的人？"),
    ([PLAN], "哪位将军主张立二王子为王？"),
    ([PLAN], "李青莲的号是什么？"),
    ([PLAN], "什么是梅雨？"),
    ([PLAN], "北极狐的毛色与其它狐狸有什么不同？"),
    ([FIRMS], "谢谢"),
    ([FIRMS], "今天天气怎么样？"),
    (["钟楼里挂着几口钟？"], "张三丰墓在哪里？"),
    (["1971年马丁进了哪个乐团？"], "陶渊明的别号是什么？"),
    ([PLAN], "古代哪位國王喜歡天文，他請學者住進王宮？"),
]


def turns(questions: list[str]) -> list[Turn]:
    return [Turn(question, "") for question in questions]


@pytest.mark.parametrize(
    ("before", "question", "expected"),
    FOLLOW_UPS,
    ids=[f"{before[-1]} {question}" for before, question, _ in FOLLOW_UPS],
)
def test_a_follow_up_stands_alone(before: list[str], question: str, expected: str) -> None:
    assert standalone(question, turns(before), GAZETTEER, TODAY) == expected


@pytest.mark.parametrize(("before", "question"), UNTOUCHED, ids=[question for _, question in UNTOUCHED])
def test_a_question_that_says_enough_stays_as_it_is(before: list[str], question: str) -> None:
    assert standalone(question, turns(before), GAZETTEER, TODAY) == question


def test_there_are_enough_follow_ups() -> None:
    assert len(FOLLOW_UPS) >= 40


def test_a_short_answer_tells_who_is_meant() -> None:
    history = [Turn("谁创办了江城学堂？", "何以宁。")]
    assert standalone("他出生在哪里？", history, GAZETTEER, TODAY) == "何以宁出生在哪里？"


def test_a_long_chain_leads_back_to_its_beginning() -> None:
    history = turns([PLAN] + ["那2023年呢？", "那2022年呢？"] * 25)
    assert standalone("南湖呢？", history, GAZETTEER, TODAY) == "南湖街道2022年的口岸计划是什么？"


@pytest.mark.parametrize("unit", ["看", "是多少", "因为", "的", "那", "莲塘", "它", "年", "(一)", "2023年", "学校好"])
def test_hostile_questions_take_linear_time(unit: str) -> None:
    started = time.process_time()
    long = unit * (20_000 // len(unit)) + "末"
    standalone(long, turns([PLAN]), GAZETTEER, TODAY)
    standalone("它呢", turns([long]), GAZETTEER, TODAY)
    assert time.process_time() - started < 5
