"""Which lines are headings, and under which headings a paragraph stands."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
    return [
        _level(line, lines[number + 1] if number + 1 < len(lines) else "", number) for number, line in enumerate(lines)
    ]


def _level(line: str, following: str, number: int) -> int:
    if len(line) > LONGEST_HEADING or line[-1] in SENTENCE_MARKS:
        return 0
    depth = numbering_depth(line)
    if depth:
        return depth if not any(mark in line for mark in "。；;") else 0
    if len(line) > LONGEST_PLAIN or any(mark in SENTENCE_MARKS for mark in line):
        return 0
    hanzi = sum("一" <= character <= "鿿" for character in line)
    if hanzi < 4 or hanzi < len(line) * 0.6 or line[0] in "●•◆■○·-—*▲" or line[-1] in ")）":
        return 0
    return PLAIN if len(following) >= SHORTEST_BODY or (number == 0 and following) else 0


def heading_paths(lines: Sequence[str], levels: Sequence[int]) -> list[tuple[str, ...]]:
    """For each line the headings above it, outermost first; a heading is not above itself."""
    path: list[tuple[int, str]] = []
    paths = []
    for line, level in zip(lines, levels, strict=True):
        if level:
            path = [(depth, text) for depth, text in path if depth < level]
        paths.append(tuple(text for _, text in path))
        if level:
            path.append((level, line))
    return paths


def run_in_heading(sentence: str) -> bool:
    """Whether a paragraph's first sentence is its heading, run in: （一）突出招商引资，提升发展指数。

    >>> run_in_heading("（一）突出招商引资，提升发展指数。"), run_in_heading("今年引进19家企业。")
    (True, False)
    """
    return len(sentence) <= LONGEST_HEADING + 20 and numbering_depth(sentence) > 0
