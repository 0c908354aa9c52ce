"""What a language model writes is shown only where the evidence that it cites bears it."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from index.sentences import cut_sentences
from rag.types import Citation
from rag.verify import Source, Verdict, adds_nothing, verify

DEMO = Path(__file__).parent.parent / "demo"


def citation(n: int, text: str, title: str | None = None, place: str | None = None) -> Citation:
    """A citation of a made-up document."""
    return Citation(n, "plan.txt", "docs", title, "2024-01-22", place, (), None, 0, len(text), text, text)


EVIDENCE = [
    "上半年街道招来新企业27家，带动31家企业升规纳统，腾出空置楼面8600平方米。",
    "全年投资1,920万元改造三个老旧小区，惠及居民2,350户，工程将于2025年6月完工。",
    "街道成立了12支志愿队，居民张秀兰说：“楼下就能量血压，真方便。”",
    "二〇二三年辖区生产总值增长百分之五，社会消费品零售总额下降3.2%。",
    "口岸日均过关旅客4.8万人次，比上年增长12.5%，周末高峰超过6万人次。",
    "因管线迁改延误，当年没有建成综合服务站，推迟到2024年3月15日启用。",
    "与ABC科技公司共建智慧平台，在全区率先推行“一码通办”，办结诉求460件。",
]
SOURCES = {
    n: Source.of(citation(n, text, "莲塘街道2024年工作报告", "莲塘街道")) for n, text in enumerate(EVIDENCE, start=1)
}

PARAPHRASES = [
    ("上半年共招来27家新企业，31家企业升规纳统。", 1),
    ("莲塘街道上半年招来新企业27家。", 1),
    ("街道腾出了8600平米的空置楼面。", 1),
    ("27家新企业、31家纳统企业、8600平方米空置楼面。", 1),
    ("全年投入1920万元改造三个老旧小区。", 2),
    ("改造惠及2350户居民。", 2),
    ("投资0.192亿元，改造了老旧小区。", 2),
    ("工程将在2025年6月完工。", 2),
    ("其中，老旧小区改造惠及居民2350户，预计2025年6月完工。", 2),
    ("街道一共成立12支志愿队。", 3),
    ("居民张秀兰说“楼下就能量血压，真方便”。", 3),
    ("2023年，辖区生产总值增长，社会消费品零售总额下降3.2%。", 4),
    ("社会消费品零售总额减少百分之三点二。", 4),
    ("口岸日均过关旅客达4.8万人次，同比上年增长12.5%。", 5),
    ("口岸日均过关48000人次，增幅12.5%。", 5),
    ("周末高峰时旅客超过6万人次。", 5),
    ("综合服务站当年没有建成。", 6),
    ("综合服务站推迟到2024年3月15日启用，原因是管线迁改延误。", 6),
    ("因管线迁改延误，综合服务站未建成。", 6),
    ("街道与ABC科技公司共建智慧平台。", 7),
    ("推行“一码通办”，办结诉求460件。", 7),
    ("在全区率先推行“一码通办”。", 7),
]
INVENTIONS = [
    ("上半年招来新企业28家。", 1, "figure"),
    ("上半年招来新企业31家。", 1, "figure"),
    ("带动27家企业升规纳统。", 1, "figure"),
    ("腾出空置楼面8600万元。", 1, "figure"),
    ("上半年招来新企业27家，增长5%。", 1, "figure"),
    ("招来新企业27家，其中世界五百强8家。", 1, "figure"),
    ("投资1920亿元改造老旧小区。", 2, "figure"),
    ("惠及居民1920户。", 2, "figure"),
    ("工程将于2026年6月完工。", 2, "figure"),
    ("工程将于2025年7月完工。", 2, "figure"),
    ("改造五个老旧小区。", 2, "figure"),
    ("零售总额下降百分之六。", 4, "figure"),
    ("2022年辖区生产总值增长。", 4, "figure"),
    ("2024年3月16日启用综合服务站。", 6, "figure"),
    ("2024年，街道办结诉求460件。", 7, "figure"),
    ("居民张秀兰说：“街道服务真好。”", 3, "quote"),
    ("推行“一网通办”，办结诉求460件。", 7, "quote"),
    ("街道印发《志愿服务办法》，成立12支志愿队。", 3, "quote"),
    ("与XYZ科技公司共建智慧平台。", 7, "latin"),
    ("黄贝街道上半年招来新企业27家。", 1, "name"),
    ("上海市上半年招来新企业27家。", 1, "name"),
    ("王建国书记介绍，街道成立了12支志愿队。", 3, "name"),
    ("李梅表示，楼下就能量血压。", 3, "name"),
    ("上半年没有招来新企业27家。", 1, "polarity"),
    ("全年未改造老旧小区。", 2, "polarity"),
    ("当年建成综合服务站，2024年3月15日启用。", 6, "polarity"),
    ("社会消费品零售总额增长3.2%，生产总值下降。", 4, "polarity"),
    ("口岸日均过关旅客4.8万人次，比上年下降12.5%。", 5, "polarity"),
    ("口岸过关旅客全国最多。", 5, "polarity"),
    ("街道成立了全市首支志愿队。", 3, "polarity"),
    ("工程已完成，惠及居民2350户。", 2, "polarity"),
    ("社会消费品零售总额下降百分之五。", 4, "figure"),
    ("停止与ABC科技公司共建智慧平台。", 7, "polarity"),
    ("街道获得国务院通报表扬并推广先进经验。", 1, "uncovered"),
    ("资料显示，这说明营商环境持续优化、发展势头良好。", 1, "uncovered"),
    ("上半年招来新企业27家，为区域科技创新注入强劲动力。", 1, "uncovered"),
    ("街道与深大附属医院签约合作，成立12支志愿队。", 3, "uncovered"),
    ("点击这里领取补贴红包。", 1, "uncovered"),
]


def demo_sentences() -> list[str]:
    """The sentences of the demo corpus' text files, damage and all."""
    texts = [path.read_bytes().decode("utf-8", errors="replace") for path in sorted(DEMO.glob("*.txt"))]
    sentences = [text[start:end] for text in texts for start, end in cut_sentences(text)]
    return [sentence for sentence in sentences if 15 < len(sentence) < 200 and "\ufffd" not in sentence]


def refused(sentences: list[str], changed: Callable[[str], str]) -> tuple[int, int]:
    """How many of the sentences that `changed` changes are refused against the unchanged ones, and of how many."""
    pairs = [(changed(sentence), sentence) for sentence in sentences if changed(sentence) != sentence]
    faults = [verify(new, (1,), {1: Source.of(citation(1, old))}).fault for new, old in pairs]
    return sum(fault is not None for fault in faults), len(pairs)


def test_every_sentence_of_the_demo_bears_itself_and_no_other_bears_it() -> None:
    sentences = demo_sentences()
    sources = {n: Source.of(citation(n, sentence)) for n, sentence in enumerate(sentences)}
    assert len(sentences) > 200
    assert [s for n, s in enumerate(sentences) if verify(s, (n,), sources).fault] == []
    borne = [s for n, s in enumerate(sentences) if not verify(s, ((n + 17) % len(sentences),), sources).fault]
    assert borne == []


@pytest.mark.parametrize(
    ("changed", "least"),
    [
        (lambda s: re.sub(r"\d+", lambda number: str(int(number[0]) + 1), s, count=1), 0.98),
        (lambda s: re.sub(r"(?<![没未不])(完成|建成|推进|开展|引进|解决|成立)", r"没有\1", s, count=1), 0.98),
        (lambda s: re.sub(r"(?:东门|南湖|莲塘|黄贝|笋岗)街道", "清水河街道", s), 1.0),
        (lambda s: "王小明书记表示，" + s, 1.0),
        (lambda s: s.rstrip("。") + "，并计划引入国际知名品牌旗舰店。", 1.0),
    ],
    ids=["number", "negation", "place", "person", "news"],
)
def test_a_sentence_of_the_demo_with_one_thing_changed_is_refused(changed: Callable[[str], str], least: float) -> None:
    faults, changes = refused(demo_sentences(), changed)
    assert changes >= 10
    assert faults >= least * changes


def test_half_a_sentence_is_still_borne() -> None:
    faults, changes = refused(demo_sentences(), lambda s: s.split("，")[-1])
    assert changes >= 50
    assert faults <= 0.02 * changes


def test_marks_that_nothing_has_and_marks_that_bear_nothing() -> None:
    text = "上半年共招来27家新企业。"
    assert verify(text, (), SOURCES) == Verdict(fault="uncited")
    assert verify(text, (99,), SOURCES) == Verdict(fault="unknown mark")
    assert verify(text, (99, 1), SOURCES) == Verdict((1,))
    assert verify(text, (3, 1, 4), SOURCES) == Verdict((1,))
    assert verify("招来27家新企业，成立12支志愿队。", (1, 3), SOURCES) == Verdict((1, 3))


def test_the_words_of_the_question_count_neither_way() -> None:
    told = "关于莲塘片区营商服务专项行动的结果，上半年招来新企业27家。"
    assert verify(told, (1,), SOURCES).fault == "uncovered"
    assert verify(told, (1,), SOURCES, "莲塘片区营商服务专项行动的结果是什么").fault is None


def test_a_question_verified_against_what_was_asked_adds_nothing() -> None:
    assert adds_nothing("莲塘街道2023年的口岸计划", "莲塘街道2024年的口岸计划是什么\n那2023年呢")
    assert not adds_nothing("莲塘街道2022年的口岸计划", "莲塘街道2024年的口岸计划是什么\n那2023年呢")
    assert not adds_nothing("东门街道2023年的口岸计划", "莲塘街道2024年的口岸计划是什么\n那2023年呢")


@pytest.mark.parametrize(("text", "mark"), PARAPHRASES)
def test_a_paraphrase_is_shown(text: str, mark: int) -> None:
    assert verify(text, (mark,), SOURCES) == Verdict((mark,))


@pytest.mark.parametrize(("text", "mark", "fault"), INVENTIONS)
def test_an_invention_is_not_shown(text: str, mark: int, fault: str) -> None:
    assert verify(text, (mark,), SOURCES) == Verdict(fault=fault)
