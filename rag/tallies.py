"""Names that say how many they hold: “五化”, “四个聚焦”, and the paragraphs that each open with one of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag.candidate import Candidate, in_reading_order, line_of
from rag.question import Asked

OPENING = 14  # characters at the beginning of a paragraph in which it names what it is about
_NUMBERS = {sign: value for value, sign in enumerate("二三四五六七八九十", start=2)} | {"两": 2}
_TALLY = re.compile(
    r"([二两三四五六七八九十])(?:个|大)?((?![一二三四五六七八九十月年日])[\u4e00-\u9fff]{1,2})[”\"』」]?"
    r"(?:[\u4e00-\u9fff]{0,4}?)(?:具体|主要|分别|都)?(?:是|指的是|指|包括|包含|含|有|代表)(?:了)?(?:哪|什么|啥)"
)


def tally_of(folded: str) -> tuple[int, str] | None:
    """How many a name says it holds, and the word that each of them bears; None where no such name is asked about.

    >>> tally_of("小区的“五化”包括哪些方面"), tally_of("“四个聚焦”是什么"), tally_of("五一节有什么活动")
    ((5, '化'), (4, '聚焦'), None)
    """
    found = _TALLY.search(folded)
    return (_NUMBERS[found[1]], found[2]) if found else None


def members(asked: Asked, best: Candidate, sentences: Sequence[Candidate]) -> list[Candidate]:
    """The best sentence and the first one of each paragraph after it that opens with a member of what it names.

    Empty where the question names no tally, the best sentence does not, or the paragraphs are not as many as it says.
    """
    tally = tally_of(asked.folded)
    if tally is None:
        return []
    count, word = tally
    if not re.search(f"[二两三四五六七八九十](?:个|大)?{word}", best.folded):
        return []
    bears = re.compile(rf"[\u4e00-\u9fff]{{2,4}}{word}|{word}[“\"]?[\u4e00-\u9fff]{{2,4}}")
    after = [c for c in sentences if c.passage.document == best.passage.document and c.span > best.span]
    found: dict[str, Candidate] = {}
    for candidate in sorted(after, key=lambda each: each.span):
        opens = candidate.passage.sentences[candidate.number][0] == line_of(candidate)[0]
        named = bears.search(candidate.folded[:OPENING]) if opens else None
        if named and named[0] not in found:
            found[named[0]] = candidate
    return in_reading_order([best, *found.values()]) if len(found) == count else []
