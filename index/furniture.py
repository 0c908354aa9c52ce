"""Which stretches of a page are not its body: navigation, bylines, counters, disclaimers, other articles.

Each line is scored by itself (`index.line_score`); the score decides together with the line's place.
Sentences of the body are the anchors: above the first and below the last one a line is judged more
strictly than between them. A body sentence lost costs more than a line of furniture kept, so a line
without evidence of its own goes only where furniture surrounds it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from index.fold import fold
from index.furniture_words import furniture_words
from index.line_score import CERTAIN, LONGEST, STRONG, WEAK, LineScore, Scorer
from index.structure import ordinal
from index.types import Line

SHORT = 20  # letters of a line that goes without evidence of its own, between furniture
CLOSING = frozenset({"label", "legal", "more", "call", "tool"})  # after such words a page has no more body
SHORTEST_REST = 4  # characters before furniture that is run into a line
SHORTEST_TITLE = 4  # letters
CONTACT = frozenset({"contact", "detail"})
NUMBERED = 8  # characters that tell how a line is numbered
LONG_LABEL = 4  # characters of a label that no sentence ends with: 责任编辑
CLOSING_BRACKETS = (")", "）", "】", "]")
CODE_SHARE = 0.15  # of the lines: the page is a program
RUN_IN_PARTS = 4  # rounds of cutting at the end of one line
FRAGMENT = 160  # characters at the end of a line that may be furniture run into it

_SENTENCE_END = re.compile(r"[。！？!?…][”」』）)\"]{0,2}")
# What may be furniture without a word of it: a time, ornaments, a few characters behind the last sentence.
_WORDLESS = re.compile(
    r"\d:\d|[\u2190-\u21ff\u2500-\u25ff\u2700-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff]|[.!?][^.!?]{4,20}$"
)
_BRACKETED = re.compile(r"\s{0,8}[(（【\[]([^()（）【】\[\]]{2,60})[)）】\]]\s{0,8}$")
_PREFIX = re.compile(
    r"\s*(?:[您你]?(?:现在|当前|目前)?的?(?:所在|所处)?的?(?:位置|栏目)\s{0,3}(?:是|为)?[:\s]{0,3})?"
    r"(?:网站)?(?:首页|主页)(?:\s{0,3}[>/'\"→]{1,2}\s{0,3}[^\s>/'\"→,]{1,16})*\s{0,3}[>/'\"→]{1,2}\s{0,3}(?:正文|详情|内容)\s+"
)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line that is not empty and where it stands."""

    start: int
    end: int
    line: LineScore
    ordinal: tuple[int, int] | None = None  # how it is numbered
    headed: bool = False  # the format calls it a heading

    @property
    def closes(self) -> bool:
        return self.line.others or (self.line.score >= STRONG and bool(self.line.kinds & CLOSING))


def find_furniture(text: str, lines: Sequence[Line] = ()) -> list[tuple[int, int]]:
    """The stretches of `text` that are not its body: sorted, not overlapping, offsets into `text`.

    `lines[i]` is what the loader knows of line i; a line that the format calls furniture is furniture.

    >>> find_furniture("美丽街区发布日期:2024-06-28 浏览次数:")
    [(4, 25)]
    """
    scorer = Scorer(text, fold(text))
    spans: list[tuple[int, int]] = []
    rows: list[_Row] = []
    start = 0
    for number, line in enumerate(text.split("\n")):
        end = start + len(line)
        if lines and lines[number].furniture:
            spans.append((start, end))
        elif line and not line.isspace():
            low, high = _core(scorer, start, end)
            spans += [(start, low)] if low > start else []
            spans += [(high, end)] if high < end else []
            numbered = ordinal(text[low : low + NUMBERED].lstrip())
            rows.append(_Row(low, high, scorer.score(low, high), numbered, bool(lines) and lines[number].level > 0))
        start = end + 1
    spans += [(row.start, row.end) for row, gone in zip(rows, _judge(rows), strict=True) if gone]
    return _merged(spans)


def _judge(rows: Sequence[_Row]) -> list[bool]:
    """For each row whether it is furniture."""
    gone = [row.line.score >= CERTAIN and row.line.letters <= SHORT * 2 for row in rows]
    if sum(row.line.code for row in rows) > CODE_SHARE * len(rows):
        return [False] * len(rows)
    anchors = [number for number, row in enumerate(rows) if row.line.sentence]
    if anchors:
        _judge_head(rows, gone, anchors[0])
        _judge_tail(rows, gone, _last_anchor(rows, anchors))
    _keep_numbered(rows, gone)
    return gone


def _keep_numbered(rows: Sequence[_Row], gone: list[bool]) -> None:
    """九、联系方式 goes on from what is kept, so it is of the body, and so are the contacts that stand under it.

    So is what the format calls a heading, above something that is kept.
    """
    last: dict[int, tuple[int, bool]] = {}  # by the form of the numbering: its last number, and whether that is kept
    under = False
    for number, row in enumerate(rows):
        under = under and bool(row.line.kinds) and row.line.kinds <= CONTACT
        if row.ordinal is not None:
            form, value = row.ordinal
            under = last.get(form) == (value - 1, True)
            last[form] = value, under or not gone[number]
        heads = row.headed and not row.line.others and number + 1 < len(rows) and not gone[number + 1]
        gone[number] = gone[number] and not under and not heads


def _last_anchor(rows: Sequence[_Row], anchors: Sequence[int]) -> int:
    """The last sentence of the body: sentences below "other articles" are none, unless they are many."""
    before = 0
    for place, number in enumerate(anchors[:-1]):
        before += rows[number].line.letters
        following = anchors[place + 1]
        if any(row.line.others for row in rows[number + 1 : following]):
            after = sum(rows[later].line.letters for later in anchors[place + 1 :])
            if after * 2 < before:
                return number
    return anchors[-1]


def _judge_head(rows: Sequence[_Row], gone: list[bool], first: int) -> None:
    """Above the first sentence: what is strong, then what is weak beside it; never the title."""
    for number in range(first):
        gone[number] = gone[number] or (rows[number].line.score >= STRONG and not rows[number].line.part)
    for order in (range(first), range(first - 1, -1, -1)):
        for number in order:
            beside = (number > 0 and gone[number - 1]) or (number + 1 < first and gone[number + 1])
            gone[number] = gone[number] or (beside and rows[number].line.score >= WEAK and not rows[number].line.part)
    candidates = [n for n in range(first) if rows[n].line.score < WEAK and rows[n].line.letters >= SHORTEST_TITLE]
    title = max(candidates, key=lambda number: min(rows[number].line.letters, SHORT * 2), default=-1)
    for number in range(1, first - 1):
        below = rows[number + 1].line
        follows = gone[number + 1] or (below.score >= WEAK and not below.part)
        if gone[number - 1] and follows and number != title and rows[number].line.letters <= SHORT:
            gone[number] = gone[number] or not rows[number].line.part


def _judge_tail(rows: Sequence[_Row], gone: list[bool], last: int) -> None:
    """Below the last sentence: what is strong, all that follows a closing line, what is weak just above."""
    closed = False
    for number in range(last + 1, len(rows)):
        gone[number] = gone[number] or closed or (rows[number].line.score >= STRONG and not rows[number].line.part)
        closed = closed or rows[number].closes
    for number in range(len(rows) - 2, last, -1):
        line, below = rows[number].line, rows[number + 1].line
        pulled = "contact" not in line.kinds or bool(below.kinds & {"legal", "contact", "navigation"})
        gone[number] = gone[number] or (gone[number + 1] and line.score >= WEAK and pulled and not line.part)


def _core(scorer: Scorer, low: int, high: int) -> tuple[int, int]:
    """The stretch of a line that is left when furniture run into its ends is cut off; all of it mostly."""
    if high - low <= 2 * SHORTEST_REST:
        return low, high
    if found := _PREFIX.match(scorer.folded, low, min(high, low + FRAGMENT)):
        low = found.end() if found.end() < high else low
    window = max(low, high - FRAGMENT)
    if not scorer.hits(window, high) and not _WORDLESS.search(scorer.folded, window, high):
        return low, high
    for _ in range(RUN_IN_PARTS):
        before = high
        for cut in (_without_brackets, _without_fields, _without_sentences):
            high = cut(scorer, low, high)
        if high == before:
            break
    return low, high


def _without_brackets(scorer: Scorer, low: int, high: int) -> int:
    """Without 【打印】 or (责任编辑：…) at the end."""
    line = scorer.text
    window = max(low, high - FRAGMENT)
    if not line[window:high].rstrip().endswith(CLOSING_BRACKETS):
        return high
    found = _BRACKETED.search(line, window, high)
    if found is None or found.start() <= low + SHORTEST_REST or not _is_run_in(scorer, *found.span(1)):
        return high
    before = line[found.start() - 1]
    call = found[0][0] == "(" and before.isascii() and before.isalnum()  # print("首页")
    return high if call else found.start()


def _without_fields(scorer: Scorer, low: int, high: int) -> int:
    """Without 发布日期:… 浏览次数:… at the end."""
    window = max(low, high - FRAGMENT)
    tail = scorer.folded[window:high]
    begin = _trailing_fields(tail) if ":" in tail else None
    if begin is None or len(scorer.text[low : window + begin].strip()) < SHORTEST_REST:
        return high
    return window + begin


def _without_sentences(scorer: Scorer, low: int, high: int) -> int:
    """Without what follows the last sentence, or the last sentences, where it is furniture."""
    window = max(low, high - FRAGMENT)
    last = high
    for end in reversed([match.end() for match in _SENTENCE_END.finditer(scorer.text, window, high)]):
        if len(scorer.text[end:last].strip()) < SHORTEST_REST:
            continue
        if not _is_run_in(scorer, end, last):
            break
        last = end
    return last


def _is_run_in(scorer: Scorer, start: int, end: int) -> bool:
    while start < end and scorer.text[start].isspace():
        start += 1
    while start < end and scorer.text[end - 1].isspace():
        end -= 1
    return end - start <= LONGEST and scorer.score(start, end).score >= STRONG + 0.5


def _trailing_fields(folded: str) -> int | None:
    """Where the fields (发布日期:… 浏览次数:…) begin that run to the end of a title, or None."""
    words = furniture_words()
    matches = list(words.trailing.finditer(folded))
    at = len(folded.rstrip())
    begin, found, longest = None, 0, 0
    for match in reversed(matches):
        if folded[match.end() : at].strip(" \t|/-"):
            break
        begin, at, found = match.start(), match.start(), found + 1
        longest = max(longest, match[0].find(":"))
    return begin if found >= 2 or longest >= LONG_LABEL else None


def _merged(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """Sorted spans, with those that touch joined."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        elif start < end:
            merged.append((start, end))
    return merged
