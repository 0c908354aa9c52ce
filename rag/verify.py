"""Whether the evidence bears what a language model wrote: one sentence at a time, by rule, without a model.

A sentence is shown only if every number, date, percentage, quoted string, Latin word, place and named person in it
stands in evidence that it cites itself, its numbers stand with the words they stand with there, nothing is negated,
turned round or raised to a superlative, and its other words are mostly the evidence's own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from index.fold import fold
from index.places import Gazetteer, find_places
from rag.figures import Figure, figures
from rag.types import Citation

LEAST_COVER = (
    0.7  # share of a sentence's hanzi that must stand in the evidence beside a neighbour; see tests/test_verify.py
)
LONGEST_NEWS = 3  # hanzi in a row, beside function words, that the evidence need not have
LEAST_SHARE = 0.2  # share of the pairs that one of several cited pieces of evidence must bear to be kept
SWAP_MARGIN = 2  # pairs by which another number's words must fit better than the number's own

_HANZI = re.compile(r"[\u3400-\u9fff〇]+")
_LATIN = re.compile(r"[a-z][a-z0-9+\-]*")
_HAN_NUMBER = re.compile("百分之|千分之|[〇零一二两三四五六七八九十百千万亿点]{2,}")
_QUOTED = re.compile(r"[“\"「『《‘]([^“”\"「」『』《》‘’]{1,120})[”\"」』》’]")
_CLAUSE = re.compile(r"(?<!\d)[,.]|[,.](?!\d)|[;:。!?、()\s]|[和与及以并](?=[^,;。、]{0,4}\d)")
# Words that carry no fact: a paraphrase may add them.
_FUNCTION_WORDS = (
    "资料显示 根据资料 据资料 据介绍 据悉 与此同时 具体来说 具体而言 总的来说 主要包括 主要是 主要 包括 "
    "其中 此外 另外 同时 分别 以及 还有 并且 而且 因此 所以 由于 通过 进行 开展 方面 目前 截至 以下 如下 上述 "
    "一共 总共 共计 共有 合计 达到 达 为了 关于 对于 这些 这个 这一 那些 该 其 的 了 在 是 和 与 及 等 为 对 将 "
    "并 也 还 从 由 以 于 共 有 至 到 向 把 被 则 又 或 之 地 得 着"
).split()
_FUNCTION = re.compile("|".join(sorted(_FUNCTION_WORDS, key=len, reverse=True)))
_NEGATION = "不没未无非否"
_NEGATED = re.compile(rf"([{_NEGATION}])[有能会曾再]?([\u4e00-\u9fff]{{2}})")
_DIRECTIONS = (
    ("增长", "增加", "上升", "提高", "提升", "上涨", "攀升", "增幅", "新增", "增"),
    ("下降", "减少", "降低", "下滑", "回落", "下跌", "降幅", "降", "减"),
)
# Claims of direction, rank and completion: one of the same group must stand in the evidence.
_WEIGHTY = (
    *_DIRECTIONS,
    ("唯一",),
    ("首个", "首家", "首次", "首创", "首座", "首条", "首"),
    ("最大", "最多", "最高", "最早", "最好", "最少", "最低", "最小", "第一", "居首", "位居", "最"),
    ("领先", "率先"),
    ("全国",),
    ("全省",),
    ("全市",),
    ("全球", "世界"),
    ("所有", "全部", "一律", "均", "全"),
    ("已经", "已完成", "已建成", "已", "完成", "建成", "实现", "了"),
    ("超过", "超", "逾", "以上", "多", "余"),
    ("不足", "不到", "以下", "近"),
    ("取消", "停止", "暂停", "撤销", "终止", "停"),
)
_SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
    "余潘杜戴夏钟汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段钱汤尹黎易常武乔贺赖龚文"
)
_PERSON = re.compile(
    rf"([{_SURNAMES}][\u4e00-\u9fff]{{1,2}}?)(?:书记|主任|局长|区长|市长|处长|科长|部长|院长|校长|所长|主席|总经理"
    r"|董事长|经理|教授|博士|先生|女士|同志|表示|指出|强调|认为|透露|告诉|介绍)"
)


@dataclass(frozen=True, slots=True)
class Source:
    """One piece of evidence, folded: its own words, and what is known of its document (no number of which counts)."""

    text: str
    about: str

    @staticmethod
    def of(citation: Citation) -> Source:
        """The source that a citation is."""
        about = (citation.title, citation.place, *citation.heading)
        return Source(fold(citation.text).lower(), fold(" ".join(part for part in about if part)).lower())


@dataclass(frozen=True, slots=True)
class Verdict:
    """The evidence numbers that bear a sentence, or what is wrong with it."""

    marks: tuple[int, ...] = ()
    fault: str | None = None


def verify(
    text: str,
    marks: Sequence[int],
    sources: Mapping[int, Source],
    question: str = "",
    gazetteer: Gazetteer | None = None,
) -> Verdict:
    """Verify one sentence against the evidence that its own `marks` name.

    Marks that no source has are passed over; of several, those that bear nothing are left out. The words of the
    `question` count neither for nor against a sentence.
    """
    known = [mark for mark in marks if mark in sources]
    if not known:
        return Verdict(fault="uncited" if not marks else "unknown mark")
    fault = _fault(text, [sources[mark] for mark in known], question, gazetteer)
    if fault:
        return Verdict(fault=fault)
    bearing = [mark for mark in known if _bears(fold(text).lower(), sources[mark])] or known
    if len(bearing) < len(known) and _fault(text, [sources[mark] for mark in bearing], question, gazetteer):
        bearing = known  # together only
    return Verdict(tuple(bearing))


def adds_nothing(text: str, known: str, gazetteer: Gazetteer | None = None) -> bool:
    """Whether `text` names no number, quotation, Latin word, place or person that `known` does not have."""
    folded, said = fold(text).lower(), fold(known).lower()
    theirs = figures(said)
    return (
        all(any(figure.agrees(other) for other in theirs) for figure in figures(folded) if figure.is_certain)
        and _quotes_stand(text, said)
        and _latin(folded) <= _latin(said)
        and _names_stand(text, folded, said, gazetteer)
    )


def _fault(text: str, sources: Sequence[Source], question: str, gazetteer: Gazetteer | None) -> str | None:
    """The first thing in a sentence that its sources do not bear."""
    folded = fold(text).lower()
    said = "\n".join(source.text for source in sources)
    about = "\n".join(source.about for source in sources)
    if not _figures_stand(folded, said):
        return "figure"
    if not _quotes_stand(text, said):
        return "quote"
    if not all(word in _latin(said) or word in _latin(about) for word in _latin(folded)):
        return "latin"
    if not _names_stand(text, folded, said + "\n" + about, gazetteer):
        return "name"
    if not _polarity_holds(folded, said):
        return "polarity"
    return None if _is_covered(folded, said, about, fold(question).lower()) else "uncovered"


def _figures_stand(folded: str, said: str) -> bool:
    """Whether each number stands in the evidence, with words that it stands with there."""
    theirs = [(clause, figures(clause)) for clause in _CLAUSE.split(said)]
    everything = figures(said)
    for clause in _CLAUSE.split(folded):
        for figure in figures(clause):
            if not figure.is_certain:
                continue
            if not any(figure.agrees(other) for other in everything):
                return False
            if _belongs_elsewhere(clause, figure, theirs):
                return False
    return True


def _belongs_elsewhere(clause: str, figure: Figure, theirs: Sequence[tuple[str, list[Figure]]]) -> bool:
    """Whether the words around a number are those of another number of the evidence: two numbers were exchanged."""
    words = _pairs(clause)
    own = [len(words & _pairs(other)) for other, numbers in theirs if any(figure.agrees(n) for n in numbers)]
    rivals = [
        len(words & _pairs(other))
        for other, numbers in theirs
        if numbers and not any(figure.agrees(n) for n in numbers)
    ]
    return bool(own and rivals) and max(rivals) >= max(own) + SWAP_MARGIN


def _quotes_stand(text: str, said: str) -> bool:
    spoken = "".join(said.split())
    return all("".join(fold(quoted).lower().split()) in spoken for quoted in _QUOTED.findall(text))


def _latin(folded: str) -> set[str]:
    return set(_LATIN.findall(folded))


def _names_stand(text: str, folded: str, known: str, gazetteer: Gazetteer | None) -> bool:
    """Whether each place and each person that is named stands in the evidence or in what is known of it."""
    for mention in find_places(text, gazetteer):
        name = fold(text[mention.start : mention.end]).lower()
        if name not in known and fold(mention.full_name).lower() not in known:
            return False
    return all(name in known for name in _PERSON.findall(folded))


def _polarity_holds(folded: str, said: str) -> bool:
    """Whether nothing is negated, un-negated, turned round or raised beyond the evidence."""
    negated = {word for _, word in _NEGATED.findall(said)}
    if not all(word in negated or mark + word[0] in said for mark, word in _NEGATED.findall(folded)):
        return False
    for group in _WEIGHTY:
        if any(word in folded for word in group if len(word) > 1) and not any(word in said for word in group):
            return False
    return not _drops_negation(folded, said) and _direction_holds(folded, said)


def _drops_negation(folded: str, said: str) -> bool:
    """Whether the evidence has words of the sentence only under a negation that the sentence lacks."""
    for _, word in _NEGATED.findall(said):
        at = folded.find(word)
        if at >= 0 and said.count(word) == 1 and not any(mark in folded[max(0, at - 3) : at] for mark in _NEGATION):
            return True
    return False


def _direction_holds(folded: str, said: str) -> bool:
    """Whether what rises (falls) in the sentence rises (falls) in the clause of the evidence that is most like it."""
    theirs = _CLAUSE.split(said)
    for clause in _CLAUSE.split(folded):
        ours = [group for group in _DIRECTIONS if any(word in clause for word in group)]
        if len(ours) != 1:
            continue
        words = _pairs(clause) - set(ours[0])
        nearest = max(theirs, key=lambda other: len(words & _pairs(other)))
        directions = [group for group in _DIRECTIONS if any(word in nearest for word in group)]
        if words & _pairs(nearest) and directions and ours[0] not in directions:
            return False
    return True


def _is_covered(folded: str, said: str, about: str, question: str) -> bool:
    """Whether a sentence's words are mostly the evidence's, and no stretch of them is news.

    A hanzi is borne by the evidence where it and a neighbour stand there side by side.
    """
    theirs = _pairs(said) | _pairs(about)
    neutral = _pairs(question)
    borne = news = stretch = 0
    for at, is_word in enumerate(_content(folded)):
        around = (folded[at : at + 2], folded[max(0, at - 1) : at + 1])
        if not is_word or any(pair in theirs for pair in around):
            borne += is_word
            stretch = 0
        elif not any(pair in neutral for pair in around):
            news += 1
            stretch += 1
            if stretch > LONGEST_NEWS:
                return False
    if borne + news == 0:
        return bool(figures(folded)) or folded.strip(" .。") in said
    return borne >= LEAST_COVER * (borne + news)


def _content(folded: str) -> list[bool]:
    """For every character whether it is a hanzi of a word that carries a fact: no function word, number or measure."""
    is_word = ["\u3400" <= character <= "\u9fff" for character in folded]
    for match in (*_FUNCTION.finditer(folded), *_HAN_NUMBER.finditer(folded)):
        is_word[match.start() : match.end()] = [False] * len(match.group())
    alone = [not any(is_word[max(0, at - 1) : at] + is_word[at + 1 : at + 2]) for at in range(len(folded))]
    return [word and not lonely for word, lonely in zip(is_word, alone, strict=True)]


def _pairs(folded: str) -> set[str]:
    """The hanzi pairs of a text, with its function words and without them."""
    runs = (
        _HANZI.findall(folded) + _HANZI.findall(_FUNCTION.sub(" ", folded)) + _HANZI.findall(_FUNCTION.sub("", folded))
    )
    return {run[at : at + 2] for run in runs for at in range(len(run) - 1)}


def _bears(folded: str, source: Source) -> bool:
    """Whether one of several sources bears a part of a sentence worth citing."""
    theirs, ours = _pairs(source.text), _pairs(folded)
    if not ours:
        return True
    has_figure = any(f.agrees(other) for f in figures(folded) if f.is_certain for other in figures(source.text))
    return has_figure or len(ours & theirs) >= LEAST_SHARE * len(ours)
