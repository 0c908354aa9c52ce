"""How common each character is in Chinese text, as a cost: the minus natural logarithm of its probability.

A text read in the right charset is cheap, the same bytes read in a wrong one are dear. Hanzi are counted
(`data/hanzi.txt` names its sources); the rest are classes with round figures, for only their order matters.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy
from numpy.typing import NDArray

Costs = NDArray[numpy.float32]  # (characters,), nats

UNSEEN = 16.0  # beyond the basic plane, unassigned, or of a script that Chinese pages do not use
DAMAGED = 14.0  # U+FFFD: as dear as a rare hanzi, dearer than any hanzi that people use

_CLASSES: tuple[tuple[int, int, float], ...] = (
    (0x0000, 0x0020, 20.0),  # control characters
    (0x0020, 0x0021, 4.0),
    (0x0021, 0x0030, 6.0),
    (0x0030, 0x003A, 4.5),
    (0x003A, 0x0041, 6.0),
    (0x0041, 0x005B, 6.5),
    (0x005B, 0x0061, 7.5),
    (0x0061, 0x007B, 5.0),
    (0x007B, 0x007F, 7.5),
    (0x007F, 0x0080, 20.0),
    (0x0080, 0x00A0, 16.0),  # C1 control characters
    (0x00A0, 0x00C0, 9.5),
    (0x00C0, 0x0100, 9.5),
    (0x0100, 0x0250, 13.0),
    (0x02C0, 0x0300, 13.0),
    (0x0391, 0x03CA, 9.0),
    (0x0401, 0x0452, 7.5),
    (0x1E00, 0x1F00, 11.0),  # Vietnamese
    (0x2010, 0x2028, 9.0),
    (0x2030, 0x2040, 11.0),
    (0x2070, 0x2600, 12.0),
    (0x2460, 0x2474, 10.0),
    (0x2500, 0x25FF, 11.0),
    (0x2600, 0x27C0, 13.0),
    (0x2E80, 0x2FE0, 15.0),  # radicals
    (0x3000, 0x3018, 9.0),
    (0x3018, 0x3040, 14.0),
    (0x3041, 0x30FF, 10.5),  # kana
    (0x3105, 0x312A, 12.0),
    (0x3200, 0x3400, 14.0),
    (0xAC00, 0xD7A4, 15.0),
    (0xFE30, 0xFE70, 14.0),
    (0xFF01, 0xFF10, 9.0),
    (0xFF10, 0xFF1A, 9.0),
    (0xFF1A, 0xFF21, 9.0),
    (0xFF21, 0xFF5F, 10.0),
    (0xFF61, 0xFFA0, 15.5),  # half-width kana
    (0xFFE0, 0xFFE7, 11.0),
)
_SIGNS: dict[str, float] = {
    "\n": 4.0,
    "\r": 5.0,
    "\t": 6.0,
    "，": 3.5,
    "。": 3.5,
    "、": 4.5,
    "\u3000": 5.0,
    "“”：；（）《》": 5.5,
    "？！…—‘’「」·【】〔〕％": 6.5,
    "『』〈〉＋－／～．￥①②③④⑤⑥■●★◆→×°±℃": 8.5,
    "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜü": 8.5,
    "の": 7.0,
    "㎡": 10.0,
    "\ufffd": DAMAGED,
}


def costs(text: str) -> Costs:
    """The cost of each character of `text` in nats: 4.5 for 一, 15 for a hanzi nobody uses.

    >>> costs("的，").tolist() < costs("襓鍥").tolist()
    True
    """
    if not text:
        return numpy.zeros(0, dtype=numpy.float32)
    table = _table()
    numbers = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)
    return table[numpy.minimum(numbers, len(table) - 1)]


def cost(character: str) -> float:
    """The cost of one character in nats."""
    return cost_of().get(character, UNSEEN)


@cache
def cost_of() -> dict[str, float]:
    """Every character of the basic plane that costs less than `UNSEEN`, with its cost in nats."""
    table = _table()
    return {chr(number): float(table[number]) for number in numpy.flatnonzero(table < UNSEEN)}


@cache
def _table() -> Costs:
    table = numpy.full(0x10001, UNSEEN, dtype=numpy.float32)  # the last row stands for all that is beyond
    for start, end, value in _CLASSES:
        table[start:end] = value
    for signs, value in _SIGNS.items():
        for sign in signs:
            table[ord(sign)] = value
    for line in (Path(__file__).parent / "data" / "hanzi.txt").read_text(encoding="utf-8").splitlines():
        if not line.startswith("#"):
            figure, _, hanzi = line.partition(" ")
            table[[ord(each) for each in hanzi]] = float(figure)
    table.setflags(write=False)
    return table
