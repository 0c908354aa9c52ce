"""A question that asks several things, as questions that each ask one and stand alone."""

from __future__ import annotations

import re
from datetime import date

from index.fold import fold
from index.places import Gazetteer
from rag.followup import standalone
from rag.referents import Parts, parts_of, topic_of
from rag.types import Turn

MOST = 4  # what asks more is read as one question
_BREAK = re.compile(r"[,，;；?？。](?![^“”《》「」]{0,60}[”》」])")
_ASKS = re.compile(
    r"多少|(?<![这那前近后十数好])几(?![乎经度近])|谁|哪|什么|何[时处地人]|怎么|怎样|如何|为何|多[大高长久远重]|占比|啥|咋"
)
_EDGES = " ,，;；?？。"


def single_questions(question: str, gazetteer: Gazetteer, today: date) -> list[str]:
    """The questions in a question, each with what it is about; the question alone where it asks but one thing.

    The later ones are about what the first is about, unless they name a place or a time of their own.

    >>> from index.places import dictionary
    >>> single_questions("罗湖区2021年的GDP多少，增长了多少？", dictionary(), date(2024, 1, 1))
    ['罗湖区2021年的GDP多少', '罗湖区2021年的GDP增长了多少']
    """
    pieces = _asking(question)
    if not 1 < len(pieces) <= MOST:
        return [question]
    first = parts_of(pieces[0], gazetteer, today)
    return [pieces[0], *(_about(first, parts_of(piece, gazetteer, today), gazetteer, today) for piece in pieces[1:])]


def _about(first: Parts, later: Parts, gazetteer: Gazetteer, today: date) -> str:
    """A later question, with what the first is about or, where it names a place or a time, what it takes over."""
    within = {mention.full_name for mention in first.places}
    elsewhere = [m for m in later.places if not any(gazetteer.is_within(name, m.full_name) for name in within)]
    if not later.times and not elsewhere:  # of 东门's shops 深圳首店 are some
        return (topic_of(first) or _ASKS.sub("", first.text, count=1)) + later.text
    text = later.text
    if not later.times:
        at = max(mention.end for mention in elsewhere)
        text = text[:at] + first.time() + text[at:]
    return standalone(text, [Turn(first.text, "")], gazetteer, today)


def _asking(question: str) -> list[str]:
    """The stretches between commas that ask something; one that does not goes with the next, the last with the one
    before."""
    pieces: list[str] = []
    held = ""
    for piece in _BREAK.split(question):
        held = f"{held}，{piece}".strip(_EDGES) if held else piece.strip(_EDGES)
        if _ASKS.search(fold(piece)):
            pieces.append(held)
            held = ""
    if held and pieces:
        pieces[-1] = f"{pieces[-1]}，{held}"
    return pieces
