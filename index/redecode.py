"""The cheapest way to read a run of bytes of which any part may have been decoded with a wrong charset.

A dynamic programme (Viterbi) over the bytes: each may be left as it was read, be part of a character of UTF-8, or be
part of a character of GB18030. A character costs the minus logarithm of its frequency, a change of charset costs a
fixed sum, so that a few lucky characters do not pay for it. What is left is the reading that explains the run best.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import product
from math import exp, inf
from string import ascii_letters
from typing import NamedTuple

import numpy

from index.frequency import UNSEEN, cost, cost_of, costs

LOST = -1  # stands for a byte that a wrong charset could not hold

_SPACE = 0x20  # what is often left of the byte A0, a no-break space
_WINDOW = 4_000  # bytes that are read at a time
_MARGIN = 64  # bytes at the end of a window that are read again with the next
_MARK = 0x3F  # a question mark often stands for a byte that was lost
_LOST_IN_LATIN = (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # the bytes that windows-1252 has no character for
_TRAILS = tuple(range(0x80, 0xC0))
_LEADS = tuple(range(0xE3, 0xEA)) + (0xEF, 0xE2)
_LOSS = 4.0  # nats for a byte that has to be guessed
_COMMON = 9.5  # nats: characters that cost less on average make a text
_RARE = 12.0  # nats: a hanzi above this does not stand between small letters
_LOSSY = re.compile(rb"[\x00-\x7f]+|[\xc2-\xdf][\x80-\xbf\xff]|[\xe0-\xef][\x80-\xbf\xff]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_GLUED = re.compile("[a-z][^\x00-\x7f]|[^\x00-\x7f][a-z]")
_LOST_LEAD = 8.0  # nats more for a first byte: it may be anything
_HALF = 4.5  # nats for a Latin-1 character out of UTF-8: as a rule half a hanzi of a text decoded wrongly twice
_LEAVE, _UTF8, _GBK = 0, 1, 2


@dataclass(frozen=True, slots=True)
class Run:
    """Bytes with what leaving them as they are would cost.

    `skips[i]` is the number of bytes of the character that starts at byte i, 0 inside a character;
    `leave[i]` is that character's cost in nats. `latin` is true where one character is one byte.
    """

    values: list[int]
    skips: list[int]
    leave: list[float]
    latin: bool


class Step(NamedTuple):
    """Bytes `start` to `end` make the one character `text`.

    Below 1.0 `confidence` says that a byte was lost; `choices` are the characters that it may have been of, the most
    common first.
    """

    start: int
    end: int
    text: str
    confidence: float = 1.0
    choices: tuple[str, ...] = ()


class Weighed(NamedTuple):
    """What some bytes may be: the characters, the most common first, what that one costs, and how probable it is."""

    choices: tuple[str, ...]
    price: float
    share: float


def read(run: Run, switch: float) -> list[Step]:
    """The characters that the bytes of `run` make where reading them anew is cheaper by `switch` nats or more.

    Bytes that stay as they are and ASCII are left out. Takes time linear in the run, and bounded memory beside it.
    """
    steps: list[Step] = []
    start, inside = 0, False
    while start < len(run.values):
        end = start + _WINDOW
        while end < len(run.values) and not run.skips[end]:
            end += 1
        plain = _read_plain(run, start, min(end, len(run.values)), 0.0 if inside else switch)
        if plain is not None:
            found, start = plain
            steps += found
            inside = True
            continue
        found = _moved(_read_window(_cut(run, start, end), switch, inside), start)
        if end >= len(run.values):
            return steps + found
        cut = end - _MARGIN
        while not run.skips[cut]:
            cut -= 1
        # subtle: what was read near the end of a window is read again with what follows; a cut goes between
        # characters of the old text and of the new.
        settled = [step for step in found if step.end <= cut]
        steps += settled
        inside = bool(settled) and settled[-1].end > cut - _MARGIN
        start = settled[-1].end if inside else cut
        if not run.skips[start]:
            start = _edge_before(run, steps, start)
    return steps


def _read_plain(run: Run, start: int, end: int, switch: float) -> tuple[list[Step], int] | None:
    """A window without other damage, and where its last whole character ends; None where it is not so plain."""
    for cut in range(end, max(start, end - 4), -1):
        if cut == len(run.values) or run.skips[cut]:
            whole = _read_whole(_cut(run, start, cut), switch)
            if whole is not None:
                return _moved(whole, start), cut
    return None


def _cut(run: Run, start: int, end: int) -> Run:
    return Run(run.values[start:end], run.skips[start:end], run.leave[start:end], run.latin)


def _moved(steps: list[Step], start: int) -> list[Step]:
    if not start:
        return steps
    return [Step(start + low, start + high, text, share, choices) for low, high, text, share, choices in steps]


def _read_whole(run: Run, switch: float) -> list[Step] | None:
    """The run as one text of one charset where that is plainly right, else None: quick, and most damage is so."""
    if LOST in run.values:
        return _read_lossy(run, switch) if run.latin else None
    data = bytes(run.values)
    readings = []
    for codec in ("utf-8", "gb18030", "cp950") if run.latin else ("utf-8",):
        try:
            text = data.decode(codec)
        except UnicodeDecodeError:
            continue
        beyond = "".join(each for each in text if each > "\x7f")
        prices = costs(beyond)
        prices = numpy.where([each <= "\xff" for each in beyond], _HALF, prices)
        readings.append((float(prices.sum()), codec, text, len(beyond)))
    if not readings:
        return None
    price, codec, text, beyond_count = min(readings)
    left = sum(each for each, value in zip(run.leave, run.values, strict=True) if not 0 <= value < 0x80)
    if price + switch > left or price > _COMMON * beyond_count:
        return None
    if any(cost(each.strip(ascii_letters)) > _RARE for each in _GLUED.findall(text)):
        return None
    return _steps_of(text, codec, run)


def _read_lossy(run: Run, switch: float) -> list[Step] | None:
    """The same for UTF-8 of which bytes were replaced, none dropped."""
    data = bytes(0xFF if value == LOST else value for value in run.values)
    steps: list[Step] = []
    price, beyond, at = 0.0, 0, 0
    for found in _LOSSY.finditer(data):
        start, end = found.span()
        if start > at:
            break
        at = end
        if data[start] < 0x80:
            continue
        weighed = _weighed(tuple(run.values[start:end]), latin=True)
        if not weighed.choices:
            return None
        steps.append(_step(start, end, weighed, 0xFF in found[0]))
        price += weighed.price
        beyond += 1
    left = sum(each for each, value in zip(run.leave, run.values, strict=True) if not 0 <= value < 0x80)
    return steps if at == len(data) and price + switch <= left and price <= _COMMON * beyond else None


def _steps_of(text: str, codec: str, run: Run) -> list[Step]:
    steps: list[Step] = []
    at = 0
    for each in text:
        if each <= "\x7f":
            if not run.skips[at]:
                steps.append(Step(at, at + 1, each))
            at += 1
            continue
        end = at + _width(each, codec)
        steps.append(Step(at, end, each))
        at = end
    return steps


@lru_cache(maxsize=1 << 16)
def _width(character: str, codec: str) -> int:
    return len(character.encode(codec))


def _edge_before(run: Run, steps: list[Step], start: int) -> int:
    """Take back steps until they end at the edge of a character of the old text: that edge."""
    while steps and not run.skips[start]:
        start = steps.pop().start
    return start


def _read_window(run: Run, switch: float, inside: bool) -> list[Step]:
    size = len(run.values)
    best = [[inf] * (size + 1) for _ in range(3)]
    back = [[0] * (size + 1) for _ in range(3)]  # the byte before times 4 plus the mode before
    best[_LEAVE][0] = 0.0
    if inside:
        best[_UTF8][0] = best[_GBK][0] = 0.0
    _forward(run, switch, best, back)
    return _trace(run, best, back)


def _forward(run: Run, switch: float, best: list[list[float]], back: list[list[int]]) -> None:
    values, skips, leave = run.values, run.skips, run.leave
    leaving, utf8, gbk = best
    from_leave, from_utf8, from_gbk = back
    pairs = _pair_costs() if run.latin else []
    for at, value in enumerate(values):
        cheapest, mode = leaving[at], _LEAVE
        if utf8[at] < cheapest:
            cheapest, mode = utf8[at], _UTF8
        if gbk[at] < cheapest:
            cheapest, mode = gbk[at], _GBK
        if cheapest == inf:
            continue
        skip = skips[at]
        if skip:
            total, end = cheapest + leave[at], at + skip
            if total < leaving[end]:
                leaving[end], from_leave[end] = total, at * 4 + mode
        entry, origin = (utf8[at], _UTF8) if utf8[at] <= cheapest + switch else (cheapest + switch, mode)
        if not skip and origin != _UTF8:
            entry = inf  # a reading may start at the edge of a character only
        if 0 <= value < 0x80:
            for scores, sources, own in ((utf8, from_utf8, _UTF8), (gbk, from_gbk, _GBK)):
                if scores[at] + leave[at] < scores[at + 1]:
                    scores[at + 1], sources[at + 1] = scores[at] + leave[at], at * 4 + own
            continue
        if entry < inf:
            for end, price in _utf8_steps(values, at, run.latin):
                if entry + price < utf8[end]:
                    utf8[end], from_utf8[end] = entry + price, at * 4 + origin
        if not pairs or at + 1 >= len(values) or 0 <= value < 0x81:
            continue
        entry, origin = (gbk[at], _GBK) if gbk[at] <= cheapest + switch else (cheapest + switch, mode)
        following = values[at + 1]
        total = entry + (
            pairs[value << 8 | following] if following >= 0 <= value else _pair((value, following)).price + _LOSS
        )
        if total < gbk[at + 2]:
            gbk[at + 2], from_gbk[at + 2] = total, at * 4 + origin
        if 0x30 <= following <= 0x39 and at + 3 < len(values):
            total = entry + _four_byte_cost(tuple(values[at : at + 4]))
            if total < gbk[at + 4]:
                gbk[at + 4], from_gbk[at + 4] = total, at * 4 + origin


def _utf8_steps(values: list[int], at: int, latin: bool) -> list[tuple[int, float]]:
    """Where a character of UTF-8 that starts at `at` may end, and what it costs."""
    found = _utf8_at(values, at, latin)
    if found is None or not found[1].choices:
        return []
    end, weighed, penalty = found
    return [(end, weighed.price + penalty)]


def _utf8_at(values: list[int], at: int, latin: bool) -> tuple[int, Weighed, float] | None:
    """The characters of UTF-8 that may start at `at`: (end, characters, what is asked beside their own costs)."""
    lead = values[at]
    if lead == LOST:
        needed = 3
    elif 0xC2 <= lead <= 0xDF:
        needed = 2
    elif 0xE0 <= lead <= 0xEF:
        needed = 3
    elif 0xF0 <= lead <= 0xF4:
        needed = 4
    else:
        return None
    tail = values[at + 1 : at + needed]
    have = 0
    for value in tail:
        if not (0x80 <= value < 0xC0 or value in (LOST, _MARK) or (value == _SPACE and latin)):
            break
        have += 1
    if have == needed - 1 and len(tail) == have:
        pattern = (lead, *(LOST if value == _MARK else value for value in tail))
        return at + needed, _weighed(pattern, latin), _penalty(pattern)
    if needed == 3 and have and lead != LOST and tail[0] >= 0x80:
        # One byte was dropped, not replaced: it may have stood before the other or after it.
        pattern = (lead, tail[0], LOST)
        return at + 2, _weighed(pattern, latin, (lead, LOST, tail[0]) if latin else ()), _penalty(pattern)
    return None


@lru_cache(maxsize=1 << 16)
def _weighed(pattern: tuple[int, ...], latin: bool, other: tuple[int, ...] = ()) -> Weighed:
    """The characters of UTF-8 whose bytes are `pattern`, of which some may be `LOST`, or those of an `other` one."""
    characters = {*_spelled(pattern, latin), *_spelled(other, latin)}
    return _ordered((_HALF if "\x80" <= each <= "\xff" else cost(each), each) for each in characters)


def _spelled(pattern: tuple[int, ...], latin: bool) -> Iterator[str]:
    if not pattern or (len(pattern) > 3 and LOST in pattern):
        return
    choices: list[tuple[int, ...]] = []
    for place, value in enumerate(pattern):
        if value == LOST:
            choices.append(_LOST_IN_LATIN if latin else _TRAILS if place else _LEADS)
        else:
            choices.append((0xA0,) if value == _SPACE else (value,))
    for values in product(*choices):
        with suppress(UnicodeDecodeError):
            yield bytes(values).decode("utf-8")


def _ordered(weighed: Iterable[tuple[float, str]]) -> Weighed:
    """Characters with their costs, ordered."""
    known = sorted(weighed)
    total = sum(exp(-price) for price, _ in known)
    first = known[0][0] if known else inf
    return Weighed(tuple(each for _, each in known), first, min(0.999, exp(-first) / total) if known else 0.0)


def _penalty(pattern: tuple[int, ...]) -> float:
    lost = _LOSS * pattern.count(LOST) + (_LOST_LEAD if pattern[0] == LOST else 0.0)
    return lost + (3.0 if _SPACE in pattern else 0.0)


@lru_cache(maxsize=1 << 16)
def _pair(values: tuple[int, ...]) -> Weighed:
    """The hanzi that a pair of GBK may be of which one byte was lost."""
    costs = _pair_costs()
    choices = [_LOST_IN_LATIN if value == LOST else (value,) for value in values]
    pairs = [lead << 8 | trail for lead, trail in product(*choices)]
    known = [pair for pair in pairs if costs[pair] < inf and values.count(LOST) < 2]
    return _ordered((costs[pair], pair.to_bytes(2, "big").decode("gb18030")) for pair in known)


def _step(start: int, end: int, weighed: Weighed, lost: bool) -> Step:
    """The likeliest of the characters that bytes may make, with all of them where one of the bytes was lost."""
    if not lost:
        return Step(start, end, weighed.choices[0])
    return Step(start, end, weighed.choices[0], weighed.share, weighed.choices)


def _four_byte_cost(values: tuple[int, ...]) -> float:
    """The cost of the character of four bytes of GB18030, infinite where there is none."""
    if min(values) < 0:
        return inf
    with suppress(UnicodeDecodeError):
        return cost(bytes(values).decode("gb18030"))
    return inf


@cache
def _pair_costs() -> list[float]:
    """The cost of the character of each pair of GBK, infinite where there is none."""
    known = cost_of()
    costs = [inf] * 0x10000
    for lead in range(0x81, 0xFF):
        for trail in (*range(0x40, 0x7F), *range(0x80, 0xFF)):
            try:
                character = bytes((lead, trail)).decode("gb18030")
            except UnicodeDecodeError:
                continue
            if not "\ue000" <= character <= "\uf8ff":
                costs[lead << 8 | trail] = known.get(character, UNSEEN)
    return costs


def _trace(run: Run, best: list[list[float]], back: list[list[int]]) -> list[Step]:
    at = len(run.values)
    mode = min(range(3), key=lambda each: best[each][at])
    steps: list[Step] = []
    while at:
        start, before = divmod(back[mode][at], 4)
        value = run.values[start]
        if mode == _GBK and LOST in run.values[start:at]:
            steps.append(_step(start, at, _pair(tuple(run.values[start:at])), lost=True))
        elif mode == _GBK and at - start > 1:
            steps.append(Step(start, at, bytes(run.values[start:at]).decode("gb18030")))
        elif mode == _UTF8 and 0 <= value < 0x80 and not run.skips[start]:
            steps.append(Step(start, at, chr(value)))  # ASCII that was taken for the second half of a character
        elif mode == _UTF8 and not 0 <= value < 0x80:
            found = _utf8_at(run.values, start, run.latin)
            assert found is not None  # the way led over it
            dropped = at - start < _width(found[1].choices[0], "utf-8")
            replaced = not {LOST, _MARK}.isdisjoint(run.values[start:at])
            steps.append(_step(start, at, found[1], dropped or replaced))
        at, mode = start, before
    return steps[::-1]
