"""The GBK code table, as a decoder sees it that reads out of step.

A pair of bytes is written as one integer, `lead << 8 | trail`. Sources: code page 936; the rows
AAA1..AFFE, F8A1..FEFE and A140..A7A0 are for private use, so decoders drop what stands there.
"""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from dataclasses import dataclass
from functools import cache

LEADS = range(0x81, 0xFF)


@dataclass(frozen=True, slots=True)
class Table:
    """The code table, from every side that the search asks from.

    `character[pair]` is what a pair stands for. `by_lead[b]` and `by_trail[b]` are the pairs with
    that byte. `gaps[trail]` holds the leads y for which the pair (trail, y) decodes to nothing:
    two neighbours (·, trail)(y, ·) read out of step lose it. `units[c]` holds what begins with the
    visible character c: the string, as it is or NFKC-folded, and the pair it may come from.
    """

    character: dict[int, str]
    by_lead: dict[int, tuple[int, ...]]
    by_trail: dict[int, tuple[int, ...]]
    gaps: dict[int, frozenset[int]]
    units: dict[str, tuple[tuple[str, int], ...]]


@cache
def table() -> Table:
    """Build the table from Python's own codec; it takes some 30 ms."""
    data = "".join(map(chr, range(0x80, 0xD800))).encode("gbk", "ignore")
    data += "".join(map(chr, range(0xE000, 0x10000))).encode("gbk", "ignore")
    pairs = zip(data[0::2], data[1::2], strict=True)
    character = {lead << 8 | trail: plain for (lead, trail), plain in zip(pairs, data.decode("gbk"), strict=True)}
    by_lead: dict[int, list[int]] = defaultdict(list)
    by_trail: dict[int, list[int]] = defaultdict(list)
    units: dict[str, list[tuple[str, int]]] = defaultdict(list)
    folded = unicodedata.normalize("NFKC", "\0".join(character.values())).split("\0")
    for (pair, plain), compatible in zip(character.items(), folded, strict=True):
        by_lead[pair >> 8].append(pair)
        by_trail[pair & 0xFF].append(pair)
        units[plain].append((plain, pair))
        if compatible != plain:
            units[compatible[0]].append((compatible, pair))
    every = frozenset(LEADS)
    gaps = {trail: every.difference(pair & 0xFF for pair in by_lead.get(trail, ())) for trail in LEADS}
    return Table(
        character,
        {lead: tuple(pairs) for lead, pairs in by_lead.items()},
        {trail: tuple(pairs) for trail, pairs in by_trail.items()},
        {trail: leads for trail, leads in gaps.items() if leads},
        {shown: tuple(found) for shown, found in units.items()},
    )


def pair_of(character: str) -> int | None:
    """The two bytes of a character, or None where GBK has no pair for it.

    >>> hex(pair_of("園"))
    '0x8840'
    """
    try:
        encoded = character.encode("gbk")
    except UnicodeEncodeError:
        return None
    return encoded[0] << 8 | encoded[1] if len(encoded) == 2 else None
