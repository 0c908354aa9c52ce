"""Where one sentence ends and the next begins in Chinese prose, lists and mixed pages."""

from __future__ import annotations

import re

ENDS = frozenset("。！？!?…")
SOFT_ENDS = frozenset("；;")
OPENERS = {
    "“": "”",
    "‘": "’",
    "「": "」",
    "『": "』",
    "（": "）",
    "(": ")",
    "《": "》",
    "【": "】",
    "〈": "〉",
    "[": "]",
}
CLOSERS = frozenset(OPENERS.values())
MARK = re.compile("[" + re.escape("".join(sorted(ENDS | SOFT_ENDS | OPENERS.keys() | CLOSERS))) + ".．｡]")
SPEECH = ("说", "表示", "道", "称", "指出", "问", "答", "認為", "认为", "說", "稱")

SOFT_MINIMUM = 10  # a part cut off at a semicolon has at least so many characters
BRACKET_LIMIT = 120  # a bracket left open longer than this was never meant to be closed
LONGEST = 400  # a sentence longer than this is cut at a comma


def cut_sentences(text: str, longest: int = LONGEST) -> list[tuple[int, int]]:
    """Cut `text` into sentences: (start, end) offsets that, with white space between them, tile it.

    Newlines always cut. Full stops cut outside quotes and brackets, and behind a quote that ends
    with one unless somebody is being quoted (“……。”他说). Semicolons cut where both parts can stand
    alone. A sentence longer than `longest` characters is cut at a comma. Time is linear.

    >>> text = "引进19家企业；组建16个小组，解决诉求51个。“好！”他说。"
    >>> [text[start:end] for start, end in cut_sentences(text)]
    ['引进19家企业；组建16个小组，解决诉求51个。', '“好！”他说。']
    """
    spans: list[tuple[int, int]] = []
    line_start = 0
    while line_start <= len(text):
        line_end = text.find("\n", line_start)
        line_end = len(text) if line_end < 0 else line_end
        for start, end in _cut_line(text, line_start, line_end):
            spans.extend(_shortened(text, start, end, longest))
        line_start = line_end + 1
    return spans


def _cut_line(text: str, start: int, end: int) -> list[tuple[int, int]]:
    cuts: list[int] = []
    begin = start
    waiting: list[tuple[str, int]] = []  # closers that are due, and where they were opened
    behind = start  # of the full stops that were passed
    for found in MARK.finditer(text, start, end):
        at, character = found.start(), found[0]
        if at < behind:
            continue
        if waiting and at - waiting[0][1] > BRACKET_LIMIT:
            waiting.clear()
        if waiting and character == waiting[-1][0]:
            waiting.pop()
            if not waiting and at > begin and text[at - 1] in ENDS and not _goes_on(text, at + 1, end):
                cuts.append(at + 1)
                begin = at + 1
        elif character in OPENERS:
            waiting.append((OPENERS[character], at))
        elif not waiting and (character in ENDS or _is_full_stop(text, at, end)) and not _is_torn(text, at, end):
            begin = behind = _past_ends(text, at, end)
            cuts.append(begin)
        elif (
            not waiting
            and character in SOFT_ENDS
            and text[at - 1] not in ENDS
            and at - begin >= SOFT_MINIMUM
            and _room_after(text, at + 1, end)
        ):
            cuts.append(at + 1)
            begin = at + 1
    return _trimmed(text, [start, *cuts, end])


def _is_torn(text: str, at: int, end: int) -> bool:
    """An end with a comma or a semicolon right behind it is what is left of a lost character, not an end."""
    return at + 1 < end and text[at] in "?!？！" and text[at + 1] in "，,；;、"


def _is_full_stop(text: str, at: int, end: int) -> bool:
    """An ASCII full stop ends a sentence behind a Latin letter with a space, or behind a hanzi at the end."""
    if text[at] not in ".．｡":
        return False
    if text[at] == "｡":
        return True
    before = text[at - 1] if at else ""
    after = text[at + 1] if at + 1 < end else ""
    if "一" <= before <= "鿿":
        return True
    return before.isalpha() and before.islower() and after in ("", " ") and not after.isdigit()


def _past_ends(text: str, at: int, end: int) -> int:
    while at < end and (text[at] in ENDS or text[at] in ".．｡" or text[at] in CLOSERS):
        at += 1
    return at


def _goes_on(text: str, at: int, end: int) -> bool:
    """Whether what follows a closed quotation belongs to its sentence: a speaker, a comma, 的."""
    if at >= end:
        return False
    if text[at] in "，,、。；;：:的等为是)）》”’」』":
        return True
    following = text[at : at + 12]
    return any(verb in following for verb in SPEECH)


def _room_after(text: str, at: int, end: int) -> bool:
    """Whether at least SOFT_MINIMUM characters stand between here and the next end."""
    for offset in range(at, min(at + SOFT_MINIMUM, end)):
        if text[offset] in ENDS or text[offset] in SOFT_ENDS:
            return False
    return end - at >= SOFT_MINIMUM


def _trimmed(text: str, cuts: list[int]) -> list[tuple[int, int]]:
    spans = []
    for start, end in zip(cuts, cuts[1:], strict=False):
        while start < end and text[start].isspace():
            start += 1
        while end > start and text[end - 1].isspace():
            end -= 1
        if start < end:
            spans.append((start, end))
    return spans


def _shortened(text: str, start: int, end: int, longest: int) -> list[tuple[int, int]]:
    spans = []
    while end - start > longest:
        window = text[start : start + longest]
        cut = max(window.rfind(mark) for mark in "，,；;、 ")
        cut = start + (cut + 1 if cut >= longest // 2 else longest)
        spans.extend(_trimmed(text, [start, cut]))
        start = cut
    return spans + _trimmed(text, [start, end])
