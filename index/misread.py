"""Text of one double-byte charset that was read as another: Big5 as GBK (綠鰓 for 漢字), GBK as Big5 or as Korean.

Every pair of bytes was a character before and is another one now, so the way back is a table of single characters
and offsets stay as they are. A stretch is taken back where its characters are far more common that way and stand
beside one another as they do in Chinese; one who reads kana or a rare hanzi as Big5 finds common characters by
chance, but not neighbours.
"""

from __future__ import annotations

from functools import cache
from itertools import pairwise

import numpy
from numpy.typing import NDArray

from index.fold import fold
from index.frequency import Costs, costs
from index.likelihood import seen_after
from index.offsets import Edit
from index.quoted_damage import without_quoted
from index.substrings import codes_of

_KIND = "mojibake"
_WAYS = ((("gb18030",), "cp950"), (("cp950", "big5hkscs"), "gb18030"), (("cp949",), "gb18030"))  # read as, was
_WINDOW = 8  # characters
_STRANGE = 10.5  # nats a character of a window: it is looked at closely
_ASCII = 7.0  # nats for what damage leaves as it is
_AROUND = 200  # characters on either side that are looked at with it
_SWITCH = 14.0  # nats that a stretch must save, and that it costs to begin and to end one
_UNMAPPED = 25.0  # nats against a character that the other charset has no pair for
_SIGN = 6.0  # nats that a sign must cost more as what it was to be one that was never damaged
_LEAST = 3  # hanzi of a stretch that stand side by side
_SEEN = 0.45  # of them: so many are neighbours elsewhere, too

Codes = NDArray[numpy.uint32]  # code points; 0 where there is none


def mend_misread(text: str) -> list[Edit]:
    """Edits of kind mojibake, one a character, that give what was read in another double-byte charset back.

    >>> [edit.text for edit in mend_misread("深圳\\n" + "滨河街道办事处".encode("gbk").decode("cp950"))]
    ['滨', '河', '街', '道', '办', '事', '处']
    """
    edits: list[Edit] = []
    for start, end in _strange(text):
        codes, own = codes_of(text[start:end]), costs(text[start:end])
        for read_as, was in _WAYS:
            saved, mapped = _saved(codes, own, read_as, was)
            found = _mended(codes, saved, mapped, start) if _most(saved) >= _SWITCH else []
            if found:
                edits += found
                break
    return without_quoted(text, edits)


def _strange(text: str) -> list[tuple[int, int]]:
    """Where characters are so rare that Chinese has no such row of them, with what stands around."""
    own = numpy.where(codes_of(text) < 0x80, _ASCII, costs(text))
    sums = numpy.concatenate(([0.0], numpy.cumsum(own)))
    rare = numpy.flatnonzero(sums[_WINDOW:] - sums[:-_WINDOW] > _STRANGE * _WINDOW)
    if not rare.size:
        return []
    breaks = numpy.flatnonzero(numpy.diff(rare) > 2 * _AROUND)
    firsts, lasts = rare[numpy.append(0, breaks + 1)], rare[numpy.append(breaks, rare.size - 1)]
    starts, ends = numpy.maximum(firsts - _AROUND, 0), numpy.minimum(lasts + _WINDOW + _AROUND, len(text))
    return list(zip(starts.tolist(), ends.tolist(), strict=True))


def _saved(codes: Codes, own: Costs, read_as: tuple[str, ...], was: str) -> tuple[Costs, Codes]:
    """What each character costs less as what it was, in nats, and what that is."""
    table, prices = _table(read_as, was)
    places = numpy.minimum(codes, 0xFFFF)
    mapped = table[places]
    saved = numpy.where(mapped > 0, own - prices[places], numpy.float32(-_UNMAPPED))
    saved[(codes < 0x80) | (codes == 0xFFFD)] = 0.0
    return saved, mapped


def _most(saved: Costs) -> float:
    """The most that any stretch saves (Kadane's sum)."""
    sums = numpy.concatenate(([0.0], numpy.cumsum(saved, dtype=numpy.float64)))
    return float((sums - numpy.minimum.accumulate(sums)).max())


def _mended(codes: Codes, saved: Costs, mapped: Codes, offset: int) -> list[Edit]:
    """The edits to a part of the text that begins at `offset`."""
    edits: list[Edit] = []
    signs = ((codes < 0x3400) | (codes >= 0xFF00)) & (saved < -_SIGN)
    mapped = numpy.where(signs, 0, mapped)
    breaks = numpy.flatnonzero(codes == ord("\n"))
    done = 0
    for start, end in _stretches(saved.tolist()):
        start, end = _to_line_ends(start, end, saved, breaks)
        start, done = max(start, done), max(end, done)
        right = mapped[start:end].tolist()
        if _is_chinese("".join(map(chr, right))):
            places = range(offset + start, offset + end)
            edits += [Edit(at, at + 1, chr(code), _KIND) for at, code in zip(places, right, strict=True) if code]
    return edits


def _to_line_ends(start: int, end: int, saved: Costs, breaks: NDArray[numpy.int64]) -> tuple[int, int]:
    """The same, up to the ends of its lines where they are near: nobody misreads all of a line but a word."""
    first, last = numpy.searchsorted(breaks, (start, end))
    low = int(breaks[first - 1]) + 1 if first else 0
    high = int(breaks[last]) if last < len(breaks) else len(saved)
    before, after = numpy.cumsum(saved[low:start][::-1]), numpy.cumsum(saved[end:high])
    return (
        low if before.min(initial=0.0) > -_SWITCH else start,
        high if after.min(initial=0.0) > -_SWITCH else end,
    )


def _stretches(saved: list[float]) -> list[tuple[int, int]]:
    """The stretches that save most in sum, where each must save `_SWITCH` and so must each gap between them."""
    found: list[tuple[int, int]] = []
    start = best_at = 0
    total = best = 0.0
    for at, value in enumerate((*saved, -1e9)):
        total += value
        if total > best:
            best, best_at = total, at + 1
        elif total <= 0.0 or total < best - _SWITCH:
            if best >= _SWITCH:
                found.append((start, best_at))
            total = best = 0.0
            start = best_at = at + 1
    return found


def _is_chinese(text: str) -> bool:
    """Whether the hanzi of a text stand beside one another as they do in Chinese."""
    pairs = [pair for pair in pairwise(fold(text)) if min(pair) >= "\u3400" and max(pair) < "\ua000"]
    return len(pairs) >= _LEAST - 1 and sum(two in seen_after(one) for one, two in pairs) >= _SEEN * len(pairs)


@cache
def _table(read_as: tuple[str, ...], was: str) -> tuple[Codes, Costs]:
    """By code point of what a pair of bytes was read as: the code point of what it was, and what that costs."""
    table = numpy.zeros(0x10000, dtype=numpy.uint32)
    for codec in reversed(read_as):
        for wrong, right in zip(_pairs(codec), _pairs(was), strict=True):
            known = len(wrong) == len(right) == 1 and min(wrong, right) > "\x7f" and max(wrong, right) <= "\uffff"
            if known and "\ufffd" not in wrong + right and not "\ue000" <= right <= "\uf8ff":
                table[ord(wrong)] = ord(right)
    return table, costs("".join(map(chr, table.tolist())))


@cache
def _pairs(codec: str) -> list[str]:
    """What each pair of bytes is in a charset, one that is none longer than a character."""
    trails = (*range(0x40, 0x7F), *range(0x80, 0xFF))
    pairs = b"\n".join(bytes((lead, trail)) for lead in range(0x81, 0xFF) for trail in trails)
    return pairs.decode(codec, "replace").split("\n")
