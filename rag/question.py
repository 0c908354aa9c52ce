"""What a question asks for: the kind of answer, its unit, and the words that carry the meaning."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from index.fold import fold
from index.keywords import character_pairs
from index.synonyms import alternatives
from rag.asking import COUNTED, kind_of, unit_of

# Words that ask or join and carry no subject, longest first so that 是什么时候 is not cut to 什么.
FUNCTION_WORDS = tuple(
    sorted(
        """请问 请 告诉我 介绍一下 说明一下 说说 谈谈 我想知道 想知道 想了解 麻烦 资料里 资料中 文件里 文件中
        文中 根据资料 根据文件 是什么时候 什么时候 何时 哪一年 哪年 哪一天 哪天 几月 几号 哪个月 哪一个 哪个
        哪些 哪几个 哪几 哪里 哪儿 何处 什么地方 是什么 有什么 什么样 什么 为什么 为何 怎么样 怎么办 怎么
        怎样 如何 多少 几多 多大 多高 多长 多久 多远 多重 谁 是谁 是否 有没有 是不是 能不能 会不会 吗 呢 了
        的 着 是 有 在 和 与 及 以及 同时 被 把 将 为了 其 该 此 哪 几 这个 那个 这些 那些 它们 他们 我们
        一共 总共 分别 具体 主要 情况 方面 关于 对于 进行 一下 时候 当时 当年 去年 今年 明年 前年 可以 应该
        被称为 称为 叫做 名叫 属于 成为 作为 因为 所以 如果 但是 没有 打算 准备 实际 目前 数量 对比 比较
        相比 采取 对吗 对不对 真的 据说 听说 究竟 到底 负责 方面 我想查 想查 查一查 查一下 查询 数目 这件事
        列出 列举 按计划 按照计划 实际上 各有 各是""".split(),
        key=len,
        reverse=True,
    )
)
LONGEST_WORD = 4  # characters of a word in which a function word may be but a syllable: 申请, 涉及
_NEVER_INSIDE = frozenset("了的着和与吗呢")
_FUNCTION = re.compile("|".join(map(re.escape, FUNCTION_WORDS)))
# What is left of a question that asks for a whole document: 有哪些工作目标与措施, 打算做什么.
_OVERVIEW = """
    工作计划 工作总结 工作报告 工作 计划 规划 打算 安排 措施 举措 目标 任务 重点 要点 思路 总结 报告
    下一步 提出 做 干 事 内容 成效 成果 全年 整体 总体 年度 主要 全部 会 要 准备 想 街道 部署 推进 开展 方面 事情 事项
""".split()
# Nouns that say what form the answer has, not what it is about.
_BROAD = """
    计划 规划 打算 安排 措施 举措 做法 办法 思路 目标 任务 重点 内容 工作 成效 成果 亮点 特点 特色 经验
    问题 困难 方案 方向 部署 要求 进展 项目 活动 服务 政策 优势 不足 原则 步骤 流程 条件 建议 意见 概况
    业绩 成绩
""".split()


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart.

    `kind` is number, person, date, place, yes_no, outline (plans, measures: a whole list), list,
    reason, manner or fact. `unit` is the unit that a number is wanted in, or None. `terms` are the
    folded character pairs, Latin words and numbers that carry the meaning; `phrases` the stretches
    of folded text they come from; `subject` the question without its place and time. `same` holds for a term the
    words that would say the same, `sought` what the answer is called (校长, 总投资), empty where nothing is, and
    `numbered` the names with a number in them (6号线), `form` what a list is a list of (不足, 步骤).
    """

    text: str
    folded: str
    kind: str
    unit: str | None
    terms: tuple[str, ...]
    phrases: tuple[str, ...]
    subject: str = ""
    same: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    sought: str = ""
    numbered: tuple[str, ...] = ()
    form: str = ""

    @property
    def is_overview(self) -> bool:
        """Whether nothing but a plan or its measures is asked for, of whatever subject: 2024年打算做什么."""
        return self.is_overview_of("")

    def is_overview_of(self, name: str) -> bool:
        """Whether nothing else is asked for of the one who is named."""
        rest = "".join(self.phrases).replace(name, "") if name else "".join(self.phrases)
        for word in _OVERVIEW:
            rest = rest.replace(word, "")
        return self.kind in ("outline", "list", "fact", "manner") and len(rest) <= 1

    @property
    def asks_future(self) -> bool | None:
        """Whether plans are asked for (True), what was done (False), or neither can be told (None)."""
        clause = _asking_clause(self.folded)
        if _PLANNED.search(clause):
            return True
        return False if _DONE.search(clause) else None

    @property
    def asks_actual(self) -> bool:
        """Whether results are asked for in so many words, as against plans."""
        return self.asks_future is not True and _ACTUAL.search(self.folded) is not None

    @property
    def asks_plan(self) -> bool:
        """Whether plans are asked for in so many words, as against results."""
        return _IN_PLAN.search(self.folded) is not None and _DONE.search(self.folded) is None

    @property
    def listed(self) -> str:
        """The term right behind 哪些 or 哪几个: what a list is asked of; empty where there is none."""
        found = _WHICH_ONES.search(self.folded)
        rest = self.folded[found.end() :] if found else ""
        return next((term for term in self.terms if rest.startswith(term)), "")

    @property
    def has_own_unit(self) -> bool:
        """Whether the question itself names the unit in which it is to be answered: 多少家."""
        return (
            self.unit is not None and re.search(rf"(?:多少|几)[余多]?[万亿千百十]?{self.unit}", self.folded) is not None
        )

    def is_said(self, term: str, folded: str) -> bool:
        """Whether a folded text holds a term, or a word that says the same."""
        return term in folded or any(word in folded for word in self.same.get(term, ()))

    @property
    def wants_words(self) -> bool:
        """Whether a few words answer: 多少, 谁, 哪里, 什么时候."""
        return self.kind in ("number", "person", "place", "date")

    @property
    def wants_list(self) -> bool:
        """Whether more than one or two sentences may be needed."""
        return self.kind in ("outline", "list", "manner")


def take_apart(text: str, cut: Callable[[str], list[str]], subject: str | None = None) -> Asked:
    """Take a question apart. `cut` cuts words; `subject` is the question without its place and time, where known.

    >>> asked = take_apart("今年上半年共引进多少家新企业？", lambda text: ["引进", "企业"])
    >>> asked.kind, asked.unit, asked.terms
    ('number', '家', ('引进', '企业'))
    """
    folded = without_preface(as_written(fold(text)))
    kind = kind_of(folded)
    about = without_preface(as_written(fold(subject))) if subject else folded
    phrases = content_phrases(about, cut)
    if kind == "yes_no":  # the number in 引进了80家，对吗 is what is to be checked, not what is spoken of
        phrases = tuple(phrase for phrase in phrases if not phrase[0].isdigit())
    terms = tuple(dict.fromkeys(term for phrase in phrases for term in _terms(phrase, cut(phrase))))
    form = ""
    if kind in ("outline", "list", "manner"):
        form = next((term for term in reversed(terms) if term in _BROAD), "")
        terms = tuple(term for term in terms if term not in _BROAD) or terms
    return Asked(
        text,
        folded,
        kind,
        unit_of(folded) if kind == "number" else None,
        terms,
        phrases,
        subject or text,
        alternatives(folded),
        _sought(about, cut),
        tuple(dict.fromkeys(_NUMBERED.findall(about))),
        form,
    )


# How one speaks, and how one writes.
_SPOKEN = (
    ("为啥子", "为什么"),
    ("为啥", "为什么"),
    ("咋样", "怎么样"),
    ("咋", "怎么"),
    ("啥时候", "什么时候"),
    ("啥", "什么"),
    ("几点钟", "什么时候"),
    ("几点", "什么时候"),
    ("几时", "什么时候"),
    ("几多", "多少"),
    ("赚了", "盈利了"),
    ("赚多", "盈利多"),
    ("罚多", "罚款多"),
)
_PREFACE = re.compile(
    r"[^:?]{0,16}(?:要用|用到|需要|核实|核对|确认|查一?下|请教|打听|想问|想知道)(?:一下|下)?[^:?，,]{0,4}[:,]\s?"
)
_NUMBERED = re.compile(
    r"\d{1,6}(?:号线|号楼|号院|号馆|室|单元|栋|车厢|地块)|(?<!\d)\d{1,2}-\d{1,3}[东西南北中]?(?![\d年月日])"
    r"|第(?:\d{1,4}|[一二三四五六七八九十百]{1,4})(?:次|名|届|期|批|场|轮|条|章|号|组|标段|小组)|[一二三四五六七八九]期(?!间|限|待|望|货)"
)
_QUESTION_WORD = re.compile(
    r"(?:是|为|有|叫|达|共|在|由|约|大概|大约|一共|总共){0,3}(?:什么时候|什么时间|什么地方|什么|多少|谁|哪位|哪一位|哪里|哪儿|"
    r"哪一?[年天家个]|何时|何人|何处|几[月号]|多[大高长远久重])"
)
_ASKS_WHICH = ("什么", "哪家", "哪个", "哪一家", "哪一个")
_NO_NOUN = re.compile(r"^[一两几要能会可很最多不没被把]|[来去得着了过起]$|^名字$|^以内$|^之前$|^现在$")
_WHICH_NOUN = re.compile(r"([\u4e00-\u9fff]{2,4}?)(?:的|[?。,]|$|中标|毕业)")
_NOUN = re.compile(r"[a-z\u4e00-\u9fff]{2,12}(?<![了过着])")


def as_written(folded: str) -> str:
    """A folded question in written words: 咋 is 怎么, 几点 is 什么时候."""
    for spoken, written in _SPOKEN:
        folded = folded.replace(spoken, written)
    return folded


def without_preface(folded: str) -> str:
    """A folded question without what it is asked for: 写材料要核实一下:.

    >>> without_preface("写材料要核实一下:园岭有几个社区"), without_preface("回复:园岭有几个社区")
    ('园岭有几个社区', '回复:园岭有几个社区')
    """
    preface = _PREFACE.match(folded)
    return folded[preface.end() :] if preface and _ASKS.search(folded, preface.end()) else folded


def _sought(about: str, cut: Callable[[str], list[str]]) -> str:
    """What the answer is called: the noun counted, or the one before the question word; empty where there is none.

    >>> asks = "小学的校长是谁", "谁是区长", "总投资多少", "招了多少家企业", "为什么停"
    >>> [_sought(text, lambda part: [part]) for text in asks]
    ['校长', '区长', '总投资', '企业', '']
    """
    counted = COUNTED.search(about)
    asks = _QUESTION_WORD.search(about)
    if counted and (after := _NOUN.match(about, counted.end())):
        return _first_noun(cut(after[0].rsplit("的", 1)[-1]))
    if (counted and asks and asks[0][0] in "有共") or (not asks and "的" not in about):
        return ""
    which = _WHICH_NOUN.match(about, asks.end()) if asks and asks[0].endswith(_ASKS_WHICH) else None
    if which and (noun := _first_noun(reversed(cut(which[1])))):
        return noun
    before = about[: asks.start()] if asks else about.rstrip("?。")
    if asks and not before:
        before = about[asks.end() :].removeprefix("是").rstrip("?。")
    found = _NOUN.fullmatch(re.split(r"的|[0-9][东西南北中]?", before)[-1])
    return _first_noun(reversed(cut(found[0]))) if found else ""


def _first_noun(words: Iterable[str]) -> str:
    """The first word of two characters or more that may be a noun, "" where there is none."""
    return next((word for word in words if len(word) > 1 and not _NO_NOUN.search(word)), "")


def _terms(phrase: str, words: list[str]) -> list[str]:
    """The character pairs of a phrase that lie within a word; all of them where no word is long enough.

    A pair across two words says how the question was worded, not what it is about.
    """
    inside = {pair for word in words if len(word) > 1 for pair in character_pairs(word)}
    pairs = character_pairs(phrase)
    return [pair for pair in pairs if pair in inside or not "㐀" <= pair[0] <= "鿿"] or pairs


def content_phrases(folded: str, cut: Callable[[str], list[str]] = lambda text: [text]) -> tuple[str, ...]:
    """The stretches of a folded question between its function words and signs; 请 in 申请 is no function word."""
    counted = COUNTED.sub(" ", folded)
    within = _inside_words(counted, cut(counted))
    spaced = _FUNCTION.sub(lambda found: found[0] if found.start() in within and len(found[0]) == 1 else " ", counted)
    runs = re.findall(r"[0-9a-z.%\-]{0,60}[0-9a-z]|[㐀-鿿\U00020000-\U0003ffff]+", spaced)
    return tuple(run for run in runs if len(run) > 1 or run.isdigit())


def _inside_words(text: str, words: Sequence[str]) -> set[int]:
    """Where the characters of longer words stand that are no function words themselves."""
    inside: set[int] = set()
    at = 0
    for word in words:
        start = text.find(word, at)
        if start < 0:
            continue
        at = start + len(word)
        if 1 < len(word) <= LONGEST_WORD and word not in FUNCTION_WORDS and not _NEVER_INSIDE & set(word):
            inside.update(range(start, at))
    return inside


def _asking_clause(folded: str) -> str:
    """The stretch between commas in which a question asks; what stands before it is only how things are."""
    return next((part for part in re.split("[,;。]", folded) if _ASKS.search(part)), folded)


_ASKS = re.compile("多少|几|谁|哪|什么|何|怎|如何|吗")
_WHICH_ONES = re.compile("哪些|哪几[个项条种]")
_PLANNED = re.compile(r"计划|打算|准备|预计|拟|目标|将要?|要(?=引进|建|新增|做|完成|办)|安排|力争|争取|下一步|规划")
_IN_PLAN = re.compile(r"按计划|计划(?=[\u4e00-\u9fff]{2,8}多少)|打算|准备|预计|力争|目标(?:是|为)|下一步|接下来|今后")
_ACTUAL = re.compile(r"实际|真正|最终|到底完成")
_DONE = re.compile(r"了|实际|已经?|完成|成效|成果|总结|取得|曾")
