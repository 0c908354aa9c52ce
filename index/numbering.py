"""How a paragraph may be numbered, by the numbered paragraphs around it: 一、 （一） and so on."""

from __future__ import annotations

import re

from index.offsets import Edit

_NUMERALS = "零一二三四五六七八九十"
_NUMBERED = re.compile(r"[ \u3000\t]*(?:[(（]([一二三四五六七八九十]{1,3})[)）]|([一二三四五六七八九十]{1,3})、)")


def expected_numbers(text: str, opening: int, end: int, before: list[Edit]) -> dict[str, float]:
    """How a paragraph may be numbered here: after the last numbered one, before the next."""
    expected: dict[str, float] = {}
    last = _last_number(text, opening, before)
    following = _NUMBERED.match(text, end + 1)
    numbers = {last + 1: -1.5} if last is not None else {1: -4.0}
    if following:
        numbers[_value(following[1] or following[2]) - 1] = -1.5
    for number in range(1, 20):
        believed = numbers.get(number, -6.0)
        numeral = _numeral(number)
        expected[f"({numeral})"] = believed
        expected[f"{numeral}、"] = believed - 1.0
        if believed > -6.0:
            expected["(" + numeral[0]] = expected[numeral[-1] + ")"] = believed
    return expected


def _last_number(text: str, opening: int, before: list[Edit]) -> int | None:
    """The number of the nearest numbered paragraph above, as mended so far."""
    line_end = opening - 1
    for _ in range(20):
        if line_end <= 0:
            return None
        line = text.rfind("\n", 0, line_end) + 1
        head = _mended_head(text, line, min(line_end, line + 12), before)
        numbered = _NUMBERED.match(head)
        if numbered:
            return _value(numbered[1] or numbered[2])
        line_end = line - 1
    return None


def _mended_head(text: str, start: int, end: int, before: list[Edit]) -> str:
    parts = []
    at = start
    for edit in before[-400:]:
        if start <= edit.start and edit.end <= end:
            parts += [text[at : edit.start], edit.text]
            at = edit.end
    return "".join(parts) + text[at:end]


def _numeral(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens == 0 else ("" if tens == 1 else _NUMERALS[tens]) + "十") + (_NUMERALS[ones] if ones else "")


def _value(numeral: str) -> int:
    tens, ten, ones = numeral.rpartition("十")
    if not ten:
        return _NUMERALS.index(numeral[-1])
    return (_NUMERALS.index(tens[-1]) if tens else 1) * 10 + (_NUMERALS.index(ones[-1]) if ones else 0)
