"""Questions taken apart: kind, unit, and the words that carry the meaning."""

from __future__ import annotations

import re

import pytest

from index.fold import fold
from rag.kinds import has_kind, is_planned, kind_share
from rag.question import take_apart
from rag.read import _shown


def cut(text: str) -> list[str]:
    """A stand-in for the words room: every pair of characters is a word."""
    return [text[at : at + 2] for at in range(len(text) - 1)]


@pytest.mark.parametrize(
    ("question", "kind", "unit"),
    [
        ("今年上半年共引进多少家新企业？", "number", "家"),
        ("街道有几个社区", "number", "个"),
        ("改造工程总投资多少", "number", "元"),
        ("辖区面积多大", "number", "平方米"),
        ("满意率是多少", "number", "%"),
        ("常住人口有多少", "number", "人"),
        ("项目什么时候启动的", "date", None),
        ("哪一年建成", "date", None),
        ("谁担任执行指挥长？", "person", None),
        ("调解室在哪里", "place", None),
        ("2024年的口岸计划是什么", "outline", None),
        ("安全工作怎么安排", "outline", None),
        ("2024年有哪些具体措施", "outline", None),
        ("項目計劃打造成什麼", "fact", None),
        ("获得了哪些荣誉", "list", None),
        ("为什么要预约", "reason", None),
        ("居民怎样申请", "manner", None),
        ("街道有没有图书馆", "yes_no", None),
        ("引进了80家企业，对吗？", "yes_no", None),
    ],
)
def test_the_kind_and_the_unit(question: str, kind: str, unit: str | None) -> None:
    asked = take_apart(question, cut)
    assert (asked.kind, asked.unit) == (kind, unit)


def test_function_words_and_measure_words_are_no_terms() -> None:
    asked = take_apart("请问东门街道一共引进了多少家企业？", cut)
    assert asked.phrases == ("东门街道", "引进", "企业")
    assert asked.terms == ("东门", "门街", "街道", "引进", "企业")


def test_pairs_across_words_are_no_terms() -> None:
    asked = take_apart("盘活工业区空间", lambda text: ["盘活", "工业区", "空间"])
    assert asked.terms == ("盘活", "工业", "业区", "空间")


def test_the_form_of_an_answer_is_not_its_subject() -> None:
    asked = take_apart("口岸有哪些措施", lambda text: ["口岸", "措施"])
    assert asked.terms == ("口岸",)


@pytest.mark.parametrize(
    ("question", "overview"),
    [("2024年打算做什么", True), ("提出了哪些目标与措施", True), ("口岸计划是什么", False), ("引进多少家企业", False)],
)
def test_what_asks_for_a_whole_document(question: str, overview: bool) -> None:
    assert take_apart(question, cut, question.removeprefix("2024年")).is_overview is overview


@pytest.mark.parametrize(
    ("question", "sentence", "held"),
    [
        ("引进多少家企业", "全年引进企业96家。", True),
        ("引进多少家企业", "企业服务更加贴心。", False),
        ("引进多少家企业", "投资3.5亿元。", False),
        ("总投资多少", "总投资约5.4亿元。", True),
        ("有几个社区", "下辖三个社区。", True),
        ("什么时候启动", "今年4月正式启动。", True),
        ("什么时候启动", "项目已经启动。", False),
        ("谁负责", "由主任陈志强负责。", True),
        ("谁负责", "加装电梯十四台，惠及三百户。", False),
        ("有哪些措施", "任何句子都可以。", True),
    ],
)
def test_an_answer_of_the_wrong_kind_is_told_apart(question: str, sentence: str, held: bool) -> None:
    from index.fold import fold

    assert has_kind(take_apart(question, cut), fold(sentence)) is held


def test_the_very_unit_counts_more_than_its_family() -> None:
    asked = take_apart("引进多少家企业", cut)
    assert kind_share(asked, "引进96家") == 1.0
    assert kind_share(asked, "引进96个") == 0.6
    assert kind_share(asked, "引进很多") == 0.0


def test_plans_and_reports() -> None:
    assert is_planned("力争引进90家") and not is_planned("引进了96家")
    assert take_apart("计划引进多少家", cut).asks_future is True
    assert take_apart("实际引进了多少家", cut).asks_future is False
    assert take_apart("引进多少家", cut).asks_future is None


def test_a_question_of_a_million_characters_takes_no_time() -> None:
    take_apart("多少" * 250_000 + "几" * 500_000, lambda text: [])


def words(text: str) -> list[str]:
    """A stand-in that knows a few words."""
    return re.findall("申请|涉及|材料|公司|颜色|项目|租户|企业|补贴|[㐀-鿿]", text)


@pytest.mark.parametrize(
    ("question", "phrase"), [("怎么申请补贴", "申请补贴"), ("项目涉及多少租户", "项目涉及"), ("请问补贴多少", "补贴")]
)
def test_a_function_word_within_a_word_is_none(question: str, phrase: str) -> None:
    assert take_apart(question, words).phrases[0] == phrase


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("还存在哪些不足", "list"),
        ("企业在哪", "place"),
        ("去年处理了几起纠纷", "number"),
        ("要带什么材料", "list"),
        ("校长叫什么名字", "person"),
        ("哪些公司不能享受扶持措施", "list"),
        ("为什么停工", "reason"),
    ],
)
def test_what_is_asked_for(question: str, kind: str) -> None:
    assert take_apart(question, words).kind == kind


def test_the_noun_behind_which_is_what_is_sought() -> None:
    assert take_apart("家具是哪家公司中标的", words).sought == "公司"
    assert take_apart("书架是什么颜色的", words).sought == "颜色"
    assert take_apart("校服多少钱一套", lambda text: re.findall("校服|一套|.", text)).sought == ""


def test_an_ordinal_is_part_of_the_name() -> None:
    assert take_apart("第8次例会讨论了什么", words).numbered == ("第8次",)
    assert take_apart("第一季度引进多少企业", words).numbered == ()
    assert take_apart("4—2东项目什么时候开工", words).numbered == ("4-2东",)
    assert take_apart("2015-2018年在哪上学", words).numbered == ()


@pytest.mark.parametrize(
    ("question", "sentence", "shown"),
    [
        ("处理了多少起争执", "上半年调处各类争执180余起，评为先进", "180余起"),
        ("引进了多少家企业", "引进企业19家，推进24家入库", None),
        ("茶楼客流涨了多少", "客流增长158%，日均3万人", None),
        ("谁负责", "由陈立秋负责", None),
    ],
)
def test_the_only_figure_is_shown(question: str, sentence: str, shown: str | None) -> None:
    asked = take_apart(question, lambda text: [text])
    span = _shown(asked, fold(sentence), None)
    assert (span and sentence[slice(*span)]) == shown


def test_what_the_reader_believes_in_is_cut_to_what_tells() -> None:
    asked = take_apart("客流涨了多少", lambda text: [text])
    sentence = "客流同比增幅158%,日均超3万人"
    assert _shown(asked, sentence, (6, 18)) is None, "either may be meant"
    asked = take_apart("产业办公有多少平米", lambda text: ["产业", "办公"])
    sentence = "释放4万平米配套,10万平米产业办公"
    span = _shown(asked, sentence, (2, len(sentence)))
    assert span is not None and sentence[slice(*span)] == "10万平米产业办公"
