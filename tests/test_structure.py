"""Headings and the paths they make."""

from __future__ import annotations

import pytest

from index.structure import QUESTION, SECTION, find_levels, heading_paths, numbering_depth, ordinal, run_in_heading

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


@pytest.mark.parametrize(
    "line",
    ["澜屿区人民政府办公室　2025年1月9日", "信息来源：市文化局　2024-01-25", "记者 戴星野　2024/7/16"],
)
def test_a_line_that_says_who_wrote_and_when_stands_above_nothing(line: str) -> None:
    lines = ["某街道2024年工作总结", line, BODY, "工作成效显著提升", BODY]
    levels = find_levels(lines)
    assert [level > 0 for level in levels] == [True, False, False, True, False]
    assert heading_paths(lines, levels)[2] == ("某街道2024年工作总结",)


def test_a_heading_run_in() -> None:
    assert run_in_heading("（一）突出招商引资，提升产业发展指数。")
    assert not run_in_heading("全年引进企业十九家。")


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("九、联系方式", (3, 9)),
        ("（十二）附则", (4, 12)),
        ("二十、附件", (3, 20)),
        ("二十三、其他", (3, 23)),
        ("第十章 附则", (1, 10)),
        ("3. 报名", (5, 3)),
        ("3.5万人", None),
    ],
)
def test_the_number_of_a_numbering(line: str, expected: tuple[int, int] | None) -> None:
    assert ordinal(line) == expected


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("问:哪些人可以享受?", "答:正常经营满六个月的个体户都可以享受。"),
        ("问：贷款怎么办理？额度是多少？", "答：单户最高五十万元。"),
        ("Q：忘记密码怎么办？", "A：点击“忘记密码”，按提示操作。"),
        ("Q1: 怎么报名", "A1: 在窗口报名。"),
        ("问题三：怎样领取补贴？", "答：九月起在社区领取。"),
        ("2. 学费可以减免吗？", "答：家庭困难的学生可以申请。"),
        ("老人乘车要钱吗？", "答复：满六十五岁免费。"),
    ],
)
def test_an_answer_stands_under_its_question(question: str, answer: str) -> None:
    lines = ["政策问答", question, answer, "另附办理地点一览表。", "问：还有别的吗？", "答：没有了。"]
    levels = find_levels(lines)
    assert levels[1:] == [QUESTION, 0, 0, QUESTION, 0]
    paths = heading_paths(lines, levels)
    assert paths[2][-1] == paths[3][-1] == question
    assert paths[5][-1] == "问：还有别的吗？"


def test_bare_questions_are_headings_where_the_page_is_made_of_them() -> None:
    page = ["What is the minimum order?", "Ten kilograms for each delivery.", "Do you offer training?"]
    page += ["Yes, on Saturdays at the pier.", "Can I return an order?", "Within fourteen days, unopened."]
    assert find_levels(page) == [QUESTION, 0] * 3
    prose = [
        BODY,
        "这是为什么呢？",
        BODY,
        BODY,
        "谁不想有一个安静的家？",
        BODY,
        BODY,
        BODY,
        "难道不是吗？",
        BODY,
        BODY,
        BODY,
        BODY,
        BODY,
    ]
    assert find_levels([*prose, BODY, BODY]) == [0] * 16
    talk = ["记者：您怎么看？", "局长：我觉得很好，居民也满意。", "记者：谢谢。"]
    assert find_levels(talk) == [0, 0, 0]


def test_sections_numbered_from_01() -> None:
    lines = ["01 月亮湾营地", "地址：江心洲东岸", BODY, "02 栖霞谷", "🚗 约五十分钟", BODY, "10 年前的老街", BODY]
    levels = find_levels(lines)
    assert [at for at, level in enumerate(levels) if level == SECTION] == [0, 3]
    paths = heading_paths(lines, levels)
    assert (paths[1], paths[5]) == (("01 月亮湾营地",), ("02 栖霞谷",))
    assert find_levels(["01 赵小兰", "02 钱大海", "03 孙小红"]) == [0, 0, 0]
    assert SECTION not in find_levels(["05 年轻人的夜校", BODY])


def test_a_label_with_its_value_is_no_heading_and_ends_the_one_before() -> None:
    lines = ["一、项目编号:QX2024-007", "二、采购方式:公开招标", "三、中标信息", "供应商名称:青溪木业"]
    lines += [
        "四、评审专家名单:赵小兰、钱大海、孙小红",
        "五、公告期限:一个工作日。",
        "六、其他补充事宜:",
        BODY,
        "七、联系方式",
        BODY,
    ]
    levels = find_levels(lines)
    assert [level > 0 for level in levels] == [False, False, True, False, False, False, True, False, True, False]
    paths = heading_paths(lines, levels)
    assert [paths[at] for at in (3, 4, 5, 7, 9)] == [
        ("三、中标信息",),
        (),
        (),
        ("六、其他补充事宜:",),
        ("七、联系方式",),
    ]
    assert find_levels(["（一）党建引领：筑牢基层根基", BODY]) == [4, 0]
    assert find_levels(["1、入住时间：14:00以后", "2、宠物：不可携带", "机场：乘坐三号线"]) == [0, 0, 0]


@pytest.mark.parametrize(
    "line", ["〔記者陳怡君/青溪報導〕", "💰 拎包入住帐篷房很方便", "【编者按语在此】", "◆ 周末去哪里玩"]
)
def test_bullets_pictures_and_bracketed_lines_are_no_headings(line: str) -> None:
    assert find_levels([BODY, line, BODY]) == [0, 0, 0]
