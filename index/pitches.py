"""Advertising in plain Chinese, spliced into a page without a foreign name or an address: 易借宝极速贷款秒到账.

A pitch is a heap of nouns: what is sold, what is promised, where to call, at most a few characters of a name before
and no word of grammar between. A page that speaks of such things uses verbs, warns of them or counts them, and is
left alone. The words of `data/pitches.tsv` are of the trades, not of anybody in them.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from index.doubt import is_about_fraud, is_spoken_of
from index.fold import fold
from index.likelihood import WITHOUT_TRIPLES, Likelihood
from index.suspects import HANZI, either

GAP = 3  # characters between two words of a pitch
LONGEST_NAME = 5  # characters before its first word
USUAL_NAME = (2, 3)  # characters: these are a name as a rule, whatever they cost
NAME = 6.2  # nats a character: what costs the body more is a name
REACH = 200  # characters on either side that are looked at
LEAST_BODY = 12  # hanzi that the page's lines beside must have, for a pitch is put into text

_MARKS = '，。；！？：、,.;!?:\n"“”《》〈〉「」()（）【】'
_GRAMMAR = re.compile(
    "[的了是和与或及等为将被把以由其这那并而也都就从对向于之请该您我他她它已曾需须应要让使区县镇村街委局市省州]"
)
_NUMBER = "[0-9一二三四五六七八九十百千两]{1,9}"
_FIGURE = re.compile(rf"{_NUMBER}(?:[元块万倍%斤]|(?=[^0-9.~/—–\-年月日个家户名人项次公里栋条]|$))")


@dataclass(frozen=True, slots=True)
class _Word:
    kind: str
    start: int
    end: int


def find_pitches(folded: str) -> Iterator[tuple[int, int, bool]]:
    """The stretches, in order, that read as pitches, and whether that is sure; what may be the page's own is not.

    >>> line = "易借宝极速贷款秒到账深入推进老旧小区改造,全年完成改造项目12个。"
    >>> list(find_pitches(line))
    [(0, 10, True)]
    """
    groups = [group for words in _groups(folded) if _is_pitch(group := _trimmed(folded, words))]
    if not groups:
        return
    spans = [(_start(folded, group[0].start), _end(folded, group[-1].end)) for group in groups]
    topical = is_about_fraud(folded)
    for start, end in spans:
        if _stands_in_text(folded, start, end) and not is_spoken_of(folded, start, end):
            yield start, end, not topical


def _groups(folded: str) -> Iterator[list[_Word]]:
    """Words that stand close together, without a mark or a word of grammar between."""
    group: list[_Word] = []
    pattern, kinds = _vocabulary()
    for match in pattern.finditer(folded):
        word = _Word(kinds.get(match[0], "promise"), match.start(), match.end())
        between = folded[group[-1].end : word.start] if group else ""
        if group and (len(between) > GAP or _GRAMMAR.search(between) or any(each in _MARKS for each in between)):
            yield group
            group = []
        group.append(word)
    if group:
        yield group


def _trimmed(folded: str, group: list[_Word]) -> list[_Word]:
    """Without the words of any page at its ends (公司, 服务), unless the clause begins or ends there."""
    first, last = 0, len(group)
    while first < last and group[first].kind == "loose" and not _is_edge(folded, group[first].start - 1):
        first += 1
    while first < last and group[last - 1].kind == "loose" and not _is_edge(folded, group[last - 1].end):
        last -= 1
    return group[first:last]


def _is_edge(folded: str, at: int) -> bool:
    return not 0 <= at < len(folded) or folded[at] in _MARKS


def _is_pitch(group: list[_Word]) -> bool:
    """Whether words are enough for a pitch: of a black trade with others, or what is sold with what is promised."""
    kinds = Counter(word.kind for word in group)
    sold = kinds["goods"] + kinds["game"]
    if kinds["black"]:
        return kinds["black"] > 1 or kinds["promise"] > 0 or len(group) > 2
    if kinds["game"] and kinds["call"] + kinds["loose"] > 1:
        return True
    return bool(sold and kinds["promise"]) and (len(group) >= 3 or kinds["promise"] >= 2 or _is_rich(group))


def _is_rich(group: list[_Word]) -> bool:
    """Whether two words fill what they span: 彩票稳赚不赔, 手游充值三折."""
    return group[-1].end - group[0].start >= 5 and group[-1].kind == "promise"


def _start(folded: str, first: int) -> int:
    """Where a pitch begins: with a name before its first word, where the clause begins with what reads like one."""
    start = first
    while start and first - start <= LONGEST_NAME and folded[start - 1] not in _MARKS:
        start -= 1
    lead = folded[start:first]
    if not 0 < len(lead) <= LONGEST_NAME or _GRAMMAR.search(lead) or not all(map(HANZI.match, lead)):
        return first
    if len(lead) in USUAL_NAME:
        return start
    return start if _value(Likelihood(shares=WITHOUT_TRIPLES), lead) < -NAME * len(lead) else first


def _value(reader: Likelihood, text: str) -> float:
    state, total = reader.start, 0.0
    for character in text:
        state, gained = reader.step(state, character)
        total += gained
    return total


def _end(folded: str, last: int) -> int:
    """Where a pitch ends: behind its last word, and a figure with its unit."""
    figure = _FIGURE.match(folded, last)
    return figure.end() if figure else last


def _stands_in_text(folded: str, start: int, end: int) -> bool:
    """Whether there is a text that a stretch was put into."""
    beside = folded[max(0, start - REACH) : start] + folded[end : end + REACH]
    return len(HANZI.findall(beside)) >= LEAST_BODY


@cache
def _vocabulary() -> tuple[re.Pattern[str], dict[str, str]]:
    """A pattern for the words of `data/pitches.tsv` (kind, tab, word), the longest first, and their kinds; folded."""
    kinds: dict[str, str] = {}
    for line in files("index").joinpath("data/pitches.tsv").read_text(encoding="utf-8").splitlines():
        kind, word = line.split("\t")
        kinds[fold(word)] = kind
    return re.compile(f"送{_NUMBER}元?|{either(list(kinds))}"), kinds
