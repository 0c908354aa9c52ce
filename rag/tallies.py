"""Lists that say how many they are: “五化”, 十件民生实事, 以下六个方面, and their numbered items or paragraphs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from index.structure import ordinal
from rag.asking import TALLIED, TALLY
from rag.candidate import Candidate, in_reading_order, line_of, starts_paragraph
from rag.question import Asked

OPENING = 14  # characters at the beginning of a paragraph in which it names what it is about
WORDED = 0.5  # of what is asked, in the words of the question
ANNOUNCED = 3  # sentences after an announcing one among which its first item stands
_NUMERALS = "一二三四五六七八九十"
_TALLIES = "两" + _NUMERALS[1:]
_IS = len(_NUMERALS) + 1  # the depth of 一是, below all numbering
_ONE_IS = re.compile(f"([{_NUMERALS}])是|第([{_NUMERALS}])[,，、]")
_SPOKEN = re.compile(f"[;；,，]([{_NUMERALS}])是")
_RUN_IN = re.compile(r"[:：,，][“\"]?((?:一是|第一[,，]|1[.．、]|[（(][一1][)）]|①).{2})")
_ANNOUNCES = re.compile(
    rf"(?:以下|如下|下列)|{TALLIED}(?:方面|举措|措施|工作|内容|问题|要求|任务|调整|实事)?(?:工作)?[。:：]|[:：]$"
)
_SEMICOLONS = ("；", ";")
_COLON = re.compile(r"[:：](?!\d)")
_NAMED_TALLY = re.compile(
    r"([二两三四五六七八九十])(?:个|大)?((?![一二三四五六七八九十月年日])[\u4e00-\u9fff]{1,2})[”\"』」]?"
    r"(?:[\u4e00-\u9fff]{0,4}?)(?:具体|主要|分别|都)?(?:是|指的是|指|包括|包含|含|有|代表)(?:了)?(?:哪|什么|啥)"
)


def tally_of(folded: str) -> tuple[int, str] | None:
    """How many a name says it holds, and the word that each of them bears; None where no such name is asked about.

    >>> tally_of("小区的“五化”包括哪些方面"), tally_of("“四个聚焦”是什么"), tally_of("五一节有什么活动")
    ((5, '化'), (4, '聚焦'), None)
    """
    found = _NAMED_TALLY.search(folded)
    return (_value(found[1]), found[2]) if found else None


def counted(folded: str) -> int:
    """How many things a folded text says there are, 0 where it does not say.

    >>> counted("确定了十件民生实事"), counted("分哪六个方面"), counted("今年来了19家企业"), counted("二期有哪些")
    (10, 6, 0, 0)
    """
    found = TALLY.search(folded)
    return _value(found[1]) if found else 0


def announces(candidate: Candidate) -> bool:
    """Whether a sentence says that a list follows, or holds its first item already."""
    return _ANNOUNCES.search(candidate.text) is not None or _RUN_IN.search(candidate.text) is not None


def members(asked: Asked, best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The items of the list that is asked for, with what announces it; empty where there is no such list.

    They are numbered and as many as the question says, or stand behind a best sentence that announces them, or each
    opens a paragraph with the word that the name of the list ends in (“五化”: 体系化 …, 民主化 …), or they stand
    between semicolons behind a colon.
    """
    same = sorted((c for c in sentences if c.passage.document == best.passage.document), key=lambda c: c.span)
    if best not in same:
        return []
    at = same.index(best)
    return _numbered(asked, best, same) or _bearing(asked, best, same[at + 1 :]) or _parts(same, at)


def _numbered(asked: Asked, best: Candidate, same: Sequence[Candidate]) -> list[Candidate]:
    """The numbered items behind the best sentence, or as many as the question says; empty where there are none."""
    at = same.index(best)
    is_announced, asked_for = announces(best), counted(asked.folded)
    wanted = asked_for or (counted(best.folded) if is_announced else 0)
    if not (wanted or is_announced):
        return []
    runs = [run for run in _runs(same) if len(run) > 1 and (not wanted or _last(run) == wanted)]
    behind = [run for run in runs if best in run or (is_announced and at < same.index(run[0]) <= at + ANNOUNCED)]
    if asked_for and not behind:
        behind = [run for run in runs if _is_introduced(run, same, at)]
    if not behind:
        return []
    return in_reading_order([best, *(c for c in behind[0] if c is not best)] if is_announced else behind[0])


def _is_introduced(run: Sequence[Candidate], same: Sequence[Candidate], at: int) -> bool:
    """Whether a run stands near the best sentence, or behind one that has half the words of the question."""
    first = same.index(run[0])
    before = same[max(0, first - ANNOUNCED) : first]
    return 0 < first - at <= 2 * ANNOUNCED or any(candidate.cover >= WORDED for candidate in before)


def _parts(same: Sequence[Candidate], at: int) -> list[Candidate]:
    """The parts between semicolons of the sentence that the one at `at` is a part of, where a colon announces them."""
    low, high = at, at + 1
    while low and same[low - 1].text.endswith(_SEMICOLONS) and line_of(same[low - 1]) == line_of(same[at]):
        low -= 1
    while high < len(same) and same[high - 1].text.endswith(_SEMICOLONS) and line_of(same[high]) == line_of(same[at]):
        high += 1
    parts = list(same[low:high])
    return parts if len(parts) > 1 and _COLON.search(parts[0].text) else []


def _runs(same: Sequence[Candidate]) -> Iterator[list[Candidate]]:
    """The runs of items numbered one, two, three in one form, in reading order; what is numbered inside an item ends
    with it."""
    opened: dict[int, list[Candidate]] = {}
    last: dict[int, int] = {}
    for candidate in same:
        numbered = _number_of(candidate)
        if numbered is None:
            continue
        depth, number = numbered
        for deeper in [each for each in opened if each > depth]:
            yield opened.pop(deeper)
        if number == 1:
            if depth in opened:
                yield opened.pop(depth)
            opened[depth] = [candidate]
        elif depth in opened and number == last[depth] + 1:
            opened[depth].append(candidate)
        last[depth] = number
    yield from opened.values()


def _last(run: Sequence[Candidate]) -> int:
    """The number of the last item of a run; short ones stand in one sentence: 二是…；三是…"""
    spoken = _SPOKEN.findall(run[-1].text)
    return _value(spoken[-1]) if spoken else len(run)


def _number_of(candidate: Candidate) -> tuple[int, int] | None:
    """The depth and number of the item that a sentence opens, or whose first it holds behind a colon."""
    run_in = _RUN_IN.search(candidate.text)
    text = candidate.text if ordinal(candidate.text) or run_in is None else run_in[1]
    spoken = _ONE_IS.match(text)
    return (_IS, _value(spoken[1] or spoken[2])) if spoken else ordinal(text)


def _bearing(asked: Asked, best: Candidate, after: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence and the first one of each paragraph after it that opens with a member of what it names."""
    tally = tally_of(asked.folded)
    if tally is None:
        return []
    count, word = tally
    if not any(f"{numeral}{measure}{word}" in best.folded for numeral in _TALLIES for measure in ("", "个", "大")):
        return []
    found: dict[str, Candidate] = {}
    for candidate in after:
        if starts_paragraph(candidate) and (name := _member(candidate.folded[:OPENING], word)):
            found.setdefault(name, candidate)
    return in_reading_order([best, *found.values()]) if len(found) == count else []


def _member(opening: str, word: str) -> str:
    """What a paragraph's opening names with a word: 体系化 in 在体系化建设方面, 聚焦民生 in 聚焦民生实事, or nothing.

    >>> _member("在体系化建设方面,", "化"), _member("聚焦民生实事,办好", "聚焦"), _member("化工园区", "化")
    ('体系化', '聚焦民生', '')
    """
    at = opening.find(word)
    if at >= 2 and len(word) == 1:
        return opening[at - 2 : at + 1]
    return opening[: len(word) + 2] if at == 0 and len(word) > 1 else ""


def _value(numeral: str) -> int:
    """The value of one numeral.

    >>> _value("两"), _value("十"), _value("6")
    (2, 10, 6)
    """
    return int(numeral) if numeral.isdecimal() else 2 if numeral == "两" else _NUMERALS.index(numeral) + 1
