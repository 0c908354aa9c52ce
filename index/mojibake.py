"""Double decoding undone: text whose bytes were once read with a wrong charset, in a page or in a part of a line.

Three ways to go wrong are known: GBK read as Latin-1 or windows-1252 (¹ú¼Ò), UTF-8 read as either (å›½å®¶), and
UTF-8 read as GBK (鍥藉), which loses bytes; each may have happened twice. The bytes are taken back and read
anew where that is far cheaper (`index/redecode.py`); a correct text never is.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy

from index.edit_lists import applied, composed
from index.frequency import Costs, cost, costs
from index.lost_bytes import Chooser
from index.offsets import Edit
from index.quoted_damage import without_quoted
from index.redecode import LOST, Run, Step, read

CERTAIN = 0.6  # below this a character with a lost byte is U+FFFD

_KIND = "mojibake"
_PASSES = 5
_SWITCH = 14.0  # nats that reading anew must save: two hanzi do, one does not
_SWITCH_AGAIN = 6.0  # the same in a page that is known to be damaged so
_KNOWN = 10  # characters mended before a page is known to be damaged
_CONTEXT = 4  # characters on either side of what was mended that tell what a lost byte was
_AROUND = 20  # characters looked at on either side of what looks like UTF-8 read as GBK
_REPEATED = (
    1.5  # nats for a sign that repeats the one before or follows it in the charset: ruled lines, tables of signs
)
_ACCENT = 6.0  # nats for a Latin-1 letter beside an ASCII letter: French, not damage
_UNDEFINED = (0x81, 0x8D, 0x8F, 0x90, 0x9D)  # bytes that windows-1252 has no character for
_HIGH = {bytes((value,)).decode("cp1252"): value for value in range(0x80, 0xA0) if value not in _UNDEFINED}
_HIGH |= {chr(value): value for value in range(0x80, 0x100)} | {"\ufffd": LOST}
_SIGNS = re.escape("".join(_HIGH))
_LATIN = re.compile(f"[{_SIGNS}]{{3,}}")
_LATIN_AGAIN = re.compile(f"[{_SIGNS}]{{2,}}")
_LATIN_RUN = re.compile(f"[ -~\t{_SIGNS}]+")
_LATIN_CHARACTERS = frozenset({*map(chr, range(0x20, 0x7F)), "\t", *_HIGH})
_LATIN_LETTER = re.compile("[\x80-\xff]")


def _gbk_characters(leads: range, trails: range) -> str:
    pairs = (bytes((lead, trail)).decode("gb18030", "ignore") for lead in leads for trail in trails)
    return re.escape("".join(pair for pair in pairs if len(pair) == 1))


# What the first two pairs of bytes of two hanzi in UTF-8 look like in GBK.
_FIRST = _gbk_characters(range(0xE2, 0xF0), range(0x80, 0xC0))
_SECOND = _gbk_characters(range(0x81, 0xC0), range(0xE2, 0xF0))
_GBK = re.compile(f"[{_FIRST}][{_SECOND}]")
_GBK_AGAIN = re.compile(f"[{_FIRST}][^\x00-\x3e@-\x7f]")


class _Group(NamedTuple):
    """Characters `start` to `end` of the text are read anew as the characters of `steps`."""

    start: int
    end: int
    steps: list[Step]


def mend_mojibake(text: str) -> list[Edit]:
    """Edits of kind mojibake that give `text` its right characters back, one edit a character where possible.

    A character of which a byte was lost is mended, as a guess, where only one is likely; else U+FFFD stands for it,
    as a guess too. No edit touches a line feed.

    >>> [edit.text for edit in mend_mojibake("记者从¹ú¼ÒÍ³¼Æ¾Ö获悉")]
    ['国', '家', '统', '计', '局']
    """
    edits: list[Edit] = []
    current = text
    latin = gbk = 0  # characters mended so far, by what they were read as
    for _ in range(_PASSES):
        from_latin = _changes(_latin_edits(current, latin >= _KNOWN), current)
        from_gbk = _changes(_gbk_edits(current, gbk >= _KNOWN), current)
        if not from_latin and not from_gbk:
            break
        latin, gbk = latin + len(from_latin), gbk + len(from_gbk)
        found = sorted(from_latin + from_gbk, key=lambda edit: edit.start)
        before, current = current, applied(current, found, 0, len(current))
        edits = composed(before, edits, found) if edits else found
    return without_quoted(text, edits)


def _changes(edits: list[Edit], text: str) -> list[Edit]:
    return [edit for edit in edits if edit.text != text[edit.start : edit.end]]


def _latin_edits(text: str, again: bool) -> list[Edit]:
    """Edits for what was read as Latin-1 or windows-1252."""
    if not _LATIN_LETTER.search(text):
        return []
    trigger = _LATIN_AGAIN if again else _LATIN
    groups: list[_Group] = []
    done = 0
    for found in trigger.finditer(text):
        if found.end() <= done or not _LATIN_LETTER.search(found.group()):
            continue
        start = found.start()
        while start > done and text[start - 1] in _LATIN_CHARACTERS:
            start -= 1
        run = _LATIN_RUN.match(text, start)
        assert run is not None  # it begins with what was found
        groups += _anew(_latin_run(run.group()), start, again)
        done = run.end()
    return _edits(text, groups)


def _latin_run(text: str) -> Run:
    return Run([_HIGH.get(each, 0) or ord(each) for each in text], [1] * len(text), _prices(text).tolist(), latin=True)


def _prices(text: str) -> Costs:
    """What it costs to leave each character of a Latin run as it is, in nats."""
    values = costs(text).copy()
    numbers = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32).astype(numpy.int64)
    steps = numpy.diff(numbers, prepend=-2)
    values[(numbers > 0x7F) & ((steps == 0) | (steps == 1))] = _REPEATED
    letters = ((numbers | 0x20) >= 0x61) & ((numbers | 0x20) <= 0x7A)
    beside = numpy.zeros(len(text) + 2, dtype=bool)
    beside[:-2] |= letters
    beside[2:] |= letters
    accents = (numbers >= 0xC0) & (numbers <= 0xFF) & beside[1:-1]
    values[accents] = numpy.minimum(values[accents], _ACCENT)
    return values


def _gbk_edits(text: str, again: bool) -> list[Edit]:
    """Edits for UTF-8 that was read as GBK."""
    groups: list[_Group] = []
    for start, end in _stretches(text, _GBK_AGAIN if again else _GBK):
        groups += _anew(_gbk_run(text[start:end]), start, again)
    return _edits(text, groups)


def _stretches(text: str, trigger: re.Pattern[str]) -> list[tuple[int, int]]:
    """Where `trigger` is found, with some characters of the same line either side; neighbours in one piece."""
    stretches: list[tuple[int, int]] = []
    for found in trigger.finditer(text):
        low, high = max(0, found.start() - _AROUND), min(len(text), found.end() + _AROUND)
        start = text.rfind("\n", low, found.start()) + 1 or low
        line_end = text.find("\n", found.end(), high)
        end = high if line_end < 0 else line_end
        if stretches and start <= stretches[-1][1]:
            start = stretches.pop()[0]
        stretches.append((start, end))
    return stretches


def _gbk_run(text: str) -> Run:
    values: list[int] = []
    skips: list[int] = []
    leave: list[float] = []
    for each in text:
        found = _gbk_bytes(each)
        values += found
        skips += (len(found), *(0,) * (len(found) - 1))
        price = cost(each)
        leave += (price, *(cost(chr(value)) if 0 <= value < 0x80 else 0.0 for value in found[1:]))
    return Run(values, skips, leave, latin=False)


@lru_cache(maxsize=1 << 16)
def _gbk_bytes(character: str) -> tuple[int, ...]:
    if character == "\ufffd":
        return (LOST,)
    return tuple(character.encode("gb18030", "replace"))


def _anew(run: Run, offset: int, again: bool) -> list[_Group]:
    """What a run that starts at `offset` in the text says anew, one group for as few whole characters as can be."""
    steps = read(run, _SWITCH_AGAIN if again else _SWITCH)
    if run.latin:
        return [_Group(offset + step.start, offset + step.end, [step]) for step in steps]
    places = list(accumulate((skip > 0 for skip in run.skips), initial=offset))
    groups: list[_Group] = []
    held: list[Step] = []
    for step in steps:
        held.append(step)
        if step.end == len(run.skips) or run.skips[step.end]:
            groups.append(_Group(places[held[0].start], places[step.end], held))
            held = []
    return groups


def _edits(text: str, groups: list[_Group]) -> list[Edit]:
    """One edit for each group; characters of which a byte was lost are chosen by what stands around them."""
    edits = [_edit(group) for group in groups]
    lost = [
        number
        for number, group in enumerate(groups)
        if edits[number].confidence < 1.0 and any(map(_is_hanzi_lost, group.steps))
    ]
    if not lost:
        return edits
    for number in lost:
        edits[number] = replace(edits[number], text="\n")
    chooser = Chooser(applied(text, edits, 0, len(text)))
    tokens: list[str | tuple[str, ...]] = []
    steps: dict[int, tuple[int, int]] = {}  # token → group, step
    at = max(0, groups[lost[0]].start - _CONTEXT)
    for number in range(bisect_left(groups, at, key=lambda group: group.start), len(groups)):
        group = groups[number]
        tokens += text[at : group.start]
        for place, step in enumerate(group.steps):
            if _is_hanzi_lost(step):
                steps[len(tokens)] = (number, place)
            tokens.append(step.choices if _is_hanzi_lost(step) else step.text)
        at = group.end
    tokens += text[at : at + _CONTEXT]
    for token, (character, share) in chooser.choose(tokens).items():
        number, place = steps[token]
        chosen = groups[number].steps[place]._replace(text=character, confidence=min(share, 0.999))
        groups[number].steps[place] = chosen
    for number in lost:
        edits[number] = _edit(groups[number])
    return edits


def _is_hanzi_lost(step: Step) -> bool:
    """Whether a step is a hanzi of which a byte was lost, not half a one of a text that was decoded wrongly twice."""
    return len(step.choices) > 1 and step.choices[0] > "\u2000"


def _edit(group: _Group) -> Edit:
    """One edit for the characters of a group, U+FFFD for each that is not certain enough."""
    start, end, steps = group
    if len(steps) == 1 and steps[0].confidence == 1.0:
        return Edit(start, end, steps[0].text, _KIND)
    confidence = min(step.confidence for step in steps)
    new = "".join(step.text if step.confidence >= CERTAIN else "\ufffd" for step in steps)
    return Edit(start, end, new, _KIND, confidence)
