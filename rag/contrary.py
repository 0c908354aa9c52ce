"""Which sentences cannot be the answer, however near they come: a result where a plan is asked for, another unit."""

from __future__ import annotations

import re
from collections.abc import Sequence

from index.fold import fold
from index.keywords import character_pairs
from index.scope import looks_ahead
from rag.candidate import Candidate
from rag.kinds import figures_of, gives_reason, is_planned
from rag.question import Asked
from rag.reader import CLEAR

LEAST_COVER = 0.2  # of the question's words in a sentence, or it and the one before, that gives a fact
SURE = 3.0  # deviations above random passages from which a sentence is about what is asked in other words
_CHARGE = re.compile(r"负责|牵头|承办|主管|分管")
_IN_CHARGE = re.compile(r"由[^,.。;]{2,16}(?:主持|组织|实施)|负责|牵头|承办|主管|分管")
_MOST = re.compile(r"最[多少高低大小长短早晚贵好快慢]|最便宜|排名?第一")
_ROLE = re.compile(
    "(?:长|书记|主任|经理|董事|秘书|主席|总裁|总监|主管|会计|教练|儿子|女儿|父亲|母亲|妻子|丈夫|哥哥|弟弟|姐姐|妹妹)$"
)
_ANY_THINGS = frozenset("个名位人家项种类处条户")  # units that do not say what they count
SUMMER = 8  # the last month in which one reports on the first half of a year
NAMED_BEFORE = 14  # characters before a figure in which its name stands
_MEASURE = re.compile(
    "投资|产值|营业?收入?|税收|纳税|利润|租金|预算|经费|成本|补贴|补助|生产总值|gdp|零售|销售|进出口|罚款|工资|造价|押金|票价|定金|"
    "建筑面积|占地面积|用地面积|绿化面积|常住人口|户籍人口|流动人口"
)
# What happens to a building, a line or a shop on a day: words of one line say the same.
_MILESTONES = tuple(
    tuple(line.split())
    for line in (
        "通车 开通 运营 开行 通行",
        "竣工 完工 建成 落成 交付 建设完成 完成建设",
        "开工 动工 开建 启动 奠基",
        "开业 开馆 开园 开放 营业 启用 投用 投入使用 运营 开张 揭牌 开门",
        "封顶",
        "验收",
    )
)
_HOUSEHOLDS = frozenset(
    "人家 居民 住户 家庭 人员 群众 老百姓".split()
)  # a figure of 户 or 人 counts them without a word
_OPPOSITES = (("新建", "拆除"), ("迁入", "迁出"), ("收入", "支出"), ("男", "女"), ("入口", "出口"), ("开工", "竣工"))
_BEHIND = re.compile(r"[\u4e00-\u9fff]{2,8}(?<!以上)(?<!左右)")
_HALVES = re.compile(r"上半年|下半年|全年(?!目标|任务|计划)|[一二三四]季度|前三季度")


def is_contrary(asked: Asked, folded: str, kind: str | None, heading: Sequence[str] = ()) -> bool:
    """Whether plans are asked for and the sentence reports, or the other way round."""
    if asked.asks_future is None:
        return False
    planned = is_planned(folded) or kind == "plan" or (kind == "report" and looks_ahead(folded, heading))
    return asked.asks_future != planned


def is_of_other_kind(asked: Asked, candidate: Candidate, kind: str | None, date: str | None) -> bool:
    """Whether a sentence of a plan, a report or news, of a `date` or none, cannot be the answer, however near it comes.

    Another part of the year is not the one asked for. A result is no plan and a plan no result; a number of
    another unit answers no 多少, a sentence without a person no 谁, and one without a reason no 为什么, whatever
    the question takes for granted.
    """
    if _is_of_other_half(asked, candidate, kind, date):
        return True
    if kind not in ("plan", "report", "news"):
        return False
    if asked.kind == "outline" and kind == "report" and asked.asks_future:
        return is_contrary(asked, candidate.folded, kind, candidate.passage.heading)
    if asked.kind == "reason":
        return candidate.read < CLEAR and not gives_reason(candidate.folded)
    if asked.kind == "person" and _CHARGE.search(asked.folded):
        return _IN_CHARGE.search(candidate.folded) is None
    if asked.kind in ("number", "date", "person") and not _is_about(candidate):
        return True
    if asked.kind == "person":
        return not candidate.is_kind
    if asked.kind != "number":
        return False
    if asked.has_own_unit and not candidate.is_kind:
        return True
    if asked.asks_plan or asked.asks_actual:
        return kind != "news" and is_contrary(asked, candidate.folded, kind, candidate.passage.heading)
    return False


def _is_of_other_half(asked: Asked, candidate: Candidate, kind: str | None, date: str | None) -> bool:
    """Whether a sentence, or what stands around a figure, speaks of another part of the year.

    今年 on a page of the summer is the first half; a figure of a yearly report is of the whole year.
    """
    halves = set(_HALVES.findall(asked.folded))
    if not halves:
        return False
    spoken = set(_HALVES.findall(candidate.folded))
    if spoken:
        return not halves & spoken
    if asked.kind != "number" or "全年" in halves:
        return False
    around = set(_HALVES.findall(candidate.around))
    if "今年" in candidate.around and date:
        around.add("上半年" if int(date[5:7] or 12) <= SUMMER else "全年")
    return not halves & around if around else kind == "report"


def is_other_measure(asked: Asked, candidate: Candidate) -> bool:
    """Whether every figure of the unit in a sentence is called by the name of another measure than the one asked for.

    >>> from rag.question import take_apart
    >>> asked = take_apart("项目总投资多少", lambda text: [text])
    >>> _measures("总产值超过17亿元", asked), _measures("总投资17亿元,产值20亿元", asked)
    ([False], [True, False])
    """
    if asked.kind != "number" or asked.unit is None or not _MEASURE.search(asked.folded):
        return False
    told = _measures(f"{fold(candidate.passage.header)} {candidate.folded}", asked)
    return bool(told) and not any(told)


def _measures(folded: str, asked: Asked) -> list[bool]:
    """For every figure of the unit asked for whether it can be of that measure: it is called so, or not called."""
    own = set(_MEASURE.findall(asked.folded))
    own |= {word for name in own for pair in character_pairs(name) for word in asked.same.get(pair, ())}
    found = []
    for figure, _ in figures_of(asked, folded):
        called = _MEASURE.findall(re.split("[,。;:]", folded[max(0, figure - NAMED_BEFORE) : figure])[-1])
        found.append(not called or called[-1] in own)
    return found


def is_no_answer(asked: Asked, candidate: Candidate, unseen: float) -> bool:
    """Whether a sentence cannot answer, of whatever document it is.

    `unseen` is the share of the question's terms that no passage holds: where all are known and none stands around
    a sentence, a figure or a date in it is another thing's.
    """
    if asked.wants_words and asked.terms and not unseen and not candidate.context:
        return True
    checks = (is_beside, is_other_measure, is_uncounted, is_opposite, is_other_milestone)
    return any(check(asked, candidate) for check in checks)


def is_uncompared(asked: Asked, candidate: Candidate) -> bool:
    """Whether the most or the least is asked for and a row only gives a figure: nothing is compared silently."""
    header = candidate.passage.header
    return bool(header and _MOST.search(asked.folded) and not _MOST.search(fold(header) + candidate.folded))


def is_beside(asked: Asked, candidate: Candidate) -> bool:
    """Whether a row has no cell of what is asked for, or no holder of the office, no such relative is named."""
    if candidate.passage.header and not candidate.is_kind and asked.kind in ("fact", "person"):
        return True
    if asked.kind != "person" or not _ROLE.search(asked.sought):
        return False
    if not candidate.is_kind and candidate.answer is None:
        return True
    said = [*character_pairs(asked.sought), *({asked.sought[0]} & {"父", "母", "妻"})]  # 母郭惠妃
    return not any(asked.is_said(term, candidate.around) for term in said)


def is_opposite(asked: Asked, candidate: Candidate) -> bool:
    """Whether a sentence only says the opposite of what is asked: torn down, and not built anew.

    >>> from rag.question import take_apart
    >>> asked = take_apart("新建面积是多少", lambda text: [text])
    >>> _turned(asked, "拆除面积达7万平方米"), _turned(asked, "拆除7万平方米,新建9万平方米")
    (True, False)
    """
    return asked.wants_words and _turned(asked, candidate.folded)


def _turned(asked: Asked, folded: str) -> bool:
    pairs = ((one, other) for pair in _OPPOSITES for one, other in (pair, pair[::-1]))
    return any(
        one in asked.folded and other not in asked.folded and other in folded and one not in folded
        for one, other in pairs
    )


def is_uncounted(asked: Asked, candidate: Candidate) -> bool:
    """Whether what is counted is spoken of nowhere around a sentence, or its figures count something else.

    多少名教师, and only pupils are spoken of; 多少名队员, and it is 1500名妇女.
    """
    if asked.kind != "number" or asked.unit not in _ANY_THINGS or not asked.has_own_unit or not asked.sought:
        return False
    noun = asked.sought
    if f"{asked.unit}{noun}" not in asked.folded or noun in _HOUSEHOLDS:
        return False
    said = (asked.is_said(pair, candidate.around) for pair in character_pairs(noun))
    if not set(noun) & set(candidate.folded) and not all(said):
        return True
    figures = figures_of(asked, candidate.folded)
    return candidate.read < CLEAR and bool(figures) and not any(_counts(asked, candidate.folded, *at) for at in figures)


def _counts(asked: Asked, folded: str, start: int, end: int) -> bool:
    """Whether a figure can count what is asked for: nothing else stands behind it, or it stands around.

    >>> from rag.question import take_apart
    >>> asked = take_apart("有多少名队员", lambda text: [text])
    >>> texts = ("带动1500名妇女就业", "现有20名骨干队员", "队员30名,")
    >>> [_counts(asked, text, *figures_of(asked, text)[0]) for text in texts]
    [False, True, True]
    """
    behind = _BEHIND.match(folded, end)
    counted = behind[0] if behind else ""
    before = folded[max(0, start - NAMED_BEFORE) : start]
    return (
        not counted
        or bool(set(asked.sought) & set(counted))
        or any(asked.is_said(pair, before) for pair in character_pairs(asked.sought))
    )


def is_other_milestone(asked: Asked, candidate: Candidate) -> bool:
    """Whether a day is asked for on which something opens, or is finished, and a sentence says nothing of the kind.

    >>> from rag.question import take_apart
    >>> asked = take_apart("嘉宾站什么时候通车", lambda text: [text])
    >>> [_says_milestone(asked, text) for text in ("2023年落实建设协调任务", "预计2028年开通运营")]
    [False, True]
    """
    return asked.kind == "date" and candidate.read < CLEAR and not _says_milestone(asked, candidate.folded)


def _says_milestone(asked: Asked, folded: str) -> bool:
    asked_for = [line for line in _MILESTONES if any(word in asked.folded for word in line)]
    return not asked_for or any(word in folded for line in asked_for for word in line)


def _is_about(candidate: Candidate) -> bool:
    """Whether a sentence, or it and the one before, shares words with the question, comes near without, or answers."""
    shared = max(candidate.cover, candidate.near)
    return shared >= LEAST_COVER or candidate.dense >= SURE or candidate.read >= CLEAR
