"""Which lines are headings, and under which headings a paragraph stands."""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import pairwise
from unicodedata import category

HANZI_NUMBER = "[一二三四五六七八九十百零〇]{1,4}"
# The forms of Chinese numbering, outermost first; the index is the depth of the heading.
NUMBERING = (
    re.compile(rf"第{HANZI_NUMBER}[编編章篇]"),
    re.compile(rf"第{HANZI_NUMBER}[节節]"),
    re.compile(rf"{HANZI_NUMBER}、"),
    re.compile(rf"[（(]{HANZI_NUMBER}[）)]"),
    re.compile(r"\d{1,2}[、.．](?!\d)"),
    re.compile(r"[（(]\d{1,2}[）)]"),
)
PLAIN = len(NUMBERING) + 1  # an unnumbered heading
LONGEST_HEADING = 60
_DIGITS = "零一二三四五六七八九"
_NUMBER = re.compile(rf"{HANZI_NUMBER}|\d{{1,2}}")
LONGEST_PLAIN = 36
QUESTION = PLAIN + 1  # an answer stands under its question
SECTION = 3  # 01 月亮湾: as 一、
LONGEST_SECTION = 24
LONGEST_ANNOUNCING = 16
LONGEST_LABELLED = 40  # characters of a numbered heading with a colon in it
LONGEST_QUESTION = 80
SHORTEST_ANSWER = 12
LEAST_QUESTIONS = 3  # so many bare questions make a page of them, a rhetorical one does not
MOST_BESIDE = 5  # lines for each of them
# A line with a whole date says who wrote and when; as a heading it would put its year over all that follows.
_DATELINE = re.compile(r"(?:19|20)\d\d ?[年./-] ?\d{1,2} ?[月./-] ?\d{1,2}(?!\d)")
_ASKED = re.compile(r"(?:\d{1,2}[.、．] ?)?(?:问题?|[Qq])[一二三四五六七八九十\d]{0,3}[:：.、．]")
_ANSWER = re.compile(r"(?:[答Aa]\d{0,3}|回答|答复|解答)[:：]|[Aa]\d{1,3}[.、．]")
_BARE_QUESTION = re.compile(r"[^?？。]{4,80}[?？]")
_SECTION = re.compile(r"(\d{2})[ \u3000]{1,3}[^\W\d][^。；;!?！？，,:：|]{1,30}")
SHORTEST_BODY = 40  # characters of the paragraph that an unnumbered heading stands above
SENTENCE_MARKS = frozenset("。！？；;!?…，,：:")


def numbering_depth(line: str) -> int:
    """The depth of the numbering that `line` begins with (1 the outermost), 0 where there is none.

    >>> [numbering_depth(line) for line in ("一、工作成效", "（二）服务企业", "3.5万人")]
    [3, 4, 0]
    """
    for depth, form in enumerate(NUMBERING, start=1):
        if form.match(line):
            return depth
    return 0


def ordinal(line: str) -> tuple[int, int] | None:
    """The depth of the numbering that `line` begins with and its number, or None.

    >>> ordinal("九、联系方式"), ordinal("（十二）附则"), ordinal("3. 报名"), ordinal("3.5万人")
    ((3, 9), (4, 12), (5, 3), None)
    """
    depth = numbering_depth(line)
    found = _NUMBER.search(line) if depth else None
    return (depth, int(found[0]) if found[0].isdecimal() else _value_of(found[0])) if found else None


def _value_of(numeral: str) -> int:
    """The value of a numeral in hanzi below a hundred: 十二 is 12."""
    tens, ten, ones = numeral.rpartition("十")
    digits = [_DIGITS.index(digit) for digit in (tens or "一")[-1:] + (ones or "零")[-1:] if digit in _DIGITS]
    return digits[0] * 10 + digits[1] if ten and len(digits) == 2 else max(_DIGITS.find(numeral[-1]), 0)


def find_levels(lines: Sequence[str]) -> list[int]:
    """The heading level of each line (stripped, not empty), 0 for body text."""
    questions = _questions(lines)
    sections = _sections(lines)
    levels = []
    for number, line in enumerate(lines):
        known = QUESTION if number in questions else SECTION if number in sections else 0
        levels.append(known or (0 if _ANSWER.match(line) else _level(lines, number)))
    return levels


def _questions(lines: Sequence[str]) -> set[int]:
    """Which lines are questions with their answers below: 问：…? above 答：…, or a page of bare questions."""
    asked = {
        number
        for number, (line, following) in enumerate(pairwise(lines))
        if len(line) <= LONGEST_QUESTION
        and _ANSWER.match(following)
        and (_ASKED.match(line) or line[-1] in "?？")
        and not _ANSWER.match(line)
    }
    bare = {
        number
        for number, (line, following) in enumerate(pairwise(lines))
        if len(line) <= LONGEST_QUESTION and _BARE_QUESTION.fullmatch(line) and _is_answer(following)
    }
    return asked | bare if len(bare) >= LEAST_QUESTIONS and len(bare) * MOST_BESIDE >= len(lines) else asked


def _is_answer(following: str) -> bool:
    return len(following) >= SHORTEST_ANSWER and following[-1] in "。.！!；;" and not _ASKED.match(following)


def _sections(lines: Sequence[str]) -> set[int]:
    """Which lines are headings numbered 01, 02 and so on, each above something else."""
    found = {
        number: int(match[1])
        for number, line in enumerate(lines)
        if len(line) <= LONGEST_SECTION and (match := _SECTION.fullmatch(line)) is not None
    }
    values = set(found.values())
    return {
        number
        for number, value in found.items()
        if number + 1 < len(lines) and number + 1 not in found and ({value - 1, value + 1} & values)
    }


def _level(lines: Sequence[str], number: int) -> int:
    line, following = lines[number], lines[number + 1] if number + 1 < len(lines) else ""
    depth = numbering_depth(line)
    if depth and _announces(line, depth, following):
        return depth
    if len(line) > LONGEST_HEADING or line[-1] in SENTENCE_MARKS:
        return 0
    if depth:
        return depth if not any(mark in line for mark in "。；;") and not _holds_value(lines, number, depth) else 0
    if len(line) > LONGEST_PLAIN or any(mark in SENTENCE_MARKS for mark in line):
        return 0
    hanzi = sum("一" <= character <= "鿿" for character in line)
    if hanzi < 4 or hanzi < len(line) * 0.6 or _is_ornate(line) or (number and _DATELINE.search(line)):
        return 0
    return PLAIN if len(following) >= SHORTEST_BODY or (number == 0 and following) else 0


def _announces(line: str, depth: int, following: str) -> bool:
    """Whether a numbered line is a heading with a colon behind it: 八、其他补充事宜："""
    plain = line[:-1]
    marked = any(mark in plain for mark in SENTENCE_MARKS)
    return line[-1] in ":：" and len(line) <= LONGEST_ANNOUNCING and not marked and numbering_depth(following) != depth


def _is_ornate(line: str) -> bool:
    """Whether a line begins with a bullet or a picture, or ends with a bracket: no heading does."""
    return line[0] in "●•◆■○·-—*▲" or category(line[0]) == "So" or line[-1] in ")）〕】]］"


def _holds_value(lines: Sequence[str], number: int, depth: int) -> bool:
    """Whether a numbered line is a label with its value (五、专家名单：甲、乙、丙), by its length or one of a list."""
    line = lines[number]
    _, colon, value = line.replace(":", "：").partition("：")
    beside = [*lines[max(0, number - 1) : number], *lines[number + 1 : number + 2]]
    listed = number + 1 == len(lines) or any(numbering_depth(other) == depth for other in beside)
    return bool(colon) and (len(line) > LONGEST_LABELLED or listed or value.count("、") > 1)


def heading_paths(lines: Sequence[str], levels: Sequence[int]) -> list[tuple[str, ...]]:
    """For each line the headings above it, outermost first; a heading is not above itself.

    A paragraph that is numbered as a heading above it is, and further on, ends what stands under that heading.
    """
    path: list[tuple[int, str]] = []
    paths = []
    for line, level in zip(lines, levels, strict=True):
        if level:
            path = [(depth, text) for depth, text in path if depth < level]
        elif path and (own := ordinal(line)) is not None:
            path = path[: next((at for at, (_, text) in enumerate(path) if _precedes(text, own)), None)]
        paths.append(tuple(text for _, text in path))
        if level:
            path.append((level, line))
    return paths


def _precedes(heading: str, own: tuple[int, int]) -> bool:
    """Whether a heading is numbered in the same form as a line, and lower."""
    found = ordinal(heading)
    return found is not None and found[0] == own[0] and found[1] < own[1]


def run_in_heading(sentence: str) -> bool:
    """Whether a paragraph's first sentence is its heading, run in: （一）突出招商引资，提升发展指数。

    >>> run_in_heading("（一）突出招商引资，提升发展指数。"), run_in_heading("今年引进19家企业。")
    (True, False)
    """
    return len(sentence) <= LONGEST_HEADING + 20 and numbering_depth(sentence) > 0
