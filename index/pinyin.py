"""Readings in brackets that a converter left behind: 政務(wù)公開.

A converter annotates the same characters wherever they stand, all over the page, and they are
characters of every day. People gloss a rare character once, or, in a lesson, every character of a
phrase. The page decides: either the readings are a converter's and all of them go, or none does.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass

from index.fold import fold
from index.frequency import cost
from index.offsets import Edit
from index.readings import LETTERS, is_reading, toneless, usual_reading

KIND = "pinyin"

MARKED = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"
_BRACKETED = re.compile(rf"([\u3400-\u9fff])[(（] ?([A-ZĀÁǍÀĒÉĚÈŌÓǑÒ]?[{LETTERS}]{{0,6}}[1-5]?) ?[)）]")
_SYLLABLE = re.compile(  # without tone marks; Latin letters in brackets are most often something else
    "(?:[bpmfdtnlgkhjqxryw]|[zcs]h?)?(?:a(?:i|o|ng?)?|e(?:i|ng?|r)?|i(?:a(?:o|ng?)?|e|ng?|ong|u)?|o(?:u|ng)?"
    "|u(?:a(?:i|ng?)?|e|i|n|o)?|[vü](?:e|an?|n)?)[1-5]?"
)
_ABOUT_READINGS = re.compile(
    "拼音|读音|注音|正音|声调|声母|韵母|多音字|生字|组词|部首|笔画|释义|字典|词典|朗读|字音|普通话|pinyin"
)
_DEFINED = re.compile(r"\s?[:：①⑴1]|[,，]?(?:指|意为|即|音|通)")
_HANZI = re.compile(r"[\u3400-\u9fff]")

_SPELLINGS = str.maketrans("vɑɡ", "üag")
FEWEST_PLAIN = 3  # readings without tone marks, on a page that has no others
FIT = 0.8  # of what is written like a syllable in brackets: it is the reading of the hanzi before
FEWEST = 4  # glosses: twice as many are a converter's unless something speaks against it
EVERYDAY = 9.5  # nats: dearer hanzi are such as people look up
FEW_SOUNDS = 10  # a page on tones is about a handful of sounds
SELDOM = 25  # glosses for each word about readings: such a page is about something else
LESSON_SHARE = 0.55  # of the hanzi of the annotated lines: beyond it every character is being taught


@dataclass(frozen=True, slots=True)
class Gloss:
    """A hanzi at `start - 1` and its reading in brackets, `text[start:end]`."""

    hanzi: str
    syllable: str
    start: int
    end: int


def strip_pinyin(text: str) -> list[Edit]:
    """The edits that take out the readings a converter left after some characters of a page.

    >>> page = "政務(wù)公開,規(guī)劃計(jì)劃,計(jì)劃總結(jié),服務(wù)企業(yè)"
    >>> len(strip_pinyin(page)), strip_pinyin("中亚苦蒿(NP137)和耄耋(dié)老人")
    (6, [])
    """
    if "(" not in text and "（" not in text:
        return []
    glosses = _glosses(text)
    if not _left_by_converter(text, glosses):
        return []
    return [Edit(gloss.start, gloss.end, "", KIND) for gloss in glosses]


def _glosses(text: str) -> list[Gloss]:
    """Every bracket that holds a reading of the hanzi before it, if any brackets look as a converter's do."""
    found = list(_BRACKETED.finditer(text))
    syllables = [_plain(match[2]) for match in found]
    marked = any(mark in MARKED for syllable in syllables for mark in syllable)
    alike = sum(_SYLLABLE.fullmatch(syllable) is not None for syllable in syllables)
    if not marked and alike < FEWEST_PLAIN:
        return []  # the table of readings takes half a second to load
    glosses = [
        Gloss(match[1], syllable, match.start() + 1, match.end())
        for match, syllable in zip(found, syllables, strict=True)
        if is_reading(syllable, match[1])
    ]
    return glosses if marked or _are_all_readings(text, glosses, alike) else []


def _plain(syllable: str) -> str:
    """A syllable in small letters, without a figure for its tone, with ü for v."""
    return syllable.lower().rstrip("12345").translate(_SPELLINGS)


def _are_all_readings(text: str, glosses: list[Gloss], alike: int) -> bool:
    """Whether readings without tone marks are more than a chance: 锂(Li)、钠(Na) are none, nor is 吴(Wu)教授."""
    if len({gloss.hanzi for gloss in glosses}) < FEWEST_PLAIN or len(glosses) < FIT * alike:
        return False
    within = sum(_HANZI.match(text, gloss.end) is not None for gloss in glosses)
    return within * 2 > len(glosses)


def _left_by_converter(text: str, glosses: list[Gloss]) -> bool:
    """Whether these readings are a converter's work and not a person's."""
    if not glosses:
        return False
    count = len(glosses)
    following = sum(left.end + 1 == right.start for left, right in zip(glosses, glosses[1:], strict=False)) / count
    if following > 0.55 or _share_of_lines(text, glosses) > LESSON_SHARE or _plays_on_tones(glosses):
        return False
    mentions = len(_ABOUT_READINGS.findall(fold(text)))
    about = mentions > 0
    if count < 2 * FEWEST:
        return not about and _needless(text, glosses) > 0
    if sum(cost(gloss.hanzi) < EVERYDAY for gloss in glosses) < 0.5 * count and _needless(text, glosses) <= 0:
        return False
    if not about or count < 5 * FEWEST:
        return not about
    passing = mentions * SELDOM < count and _needless(text, glosses) > count  # 部首 alone makes no lesson
    return passing or _consistency(text, glosses) > 0.8


def _needless(text: str, glosses: list[Gloss]) -> int:
    """How many more glosses tell a reader nothing than tell something.

    Nobody looks up a hanzi of every day in its usual reading; a rare one, an unusual reading of a common one, or one
    that is being defined is glossed by people.
    """
    needless = 0
    rare = {gloss.start for gloss in glosses if cost(gloss.hanzi) >= EVERYDAY}
    ends = {gloss.end + 1: gloss.start for gloss in glosses}
    starts = {gloss.start: gloss.end + 1 for gloss in glosses}
    for gloss in glosses:
        beside = {ends.get(gloss.start), starts.get(gloss.start) if gloss.end + 1 in starts else None}
        if gloss.start in rare or _DEFINED.match(text, gloss.end):
            needless -= 1
        elif gloss.syllable not in (usual := usual_reading(gloss.hanzi), toneless(usual)):
            needless -= 2
        elif rare.isdisjoint(beside):
            needless += 2
    return needless


def _consistency(text: str, glosses: list[Gloss]) -> float:
    """How much of the annotated characters' occurrences carry their reading: 1.0 for a converter with a list."""
    return len(glosses) / sum(text.count(hanzi) for hanzi in {gloss.hanzi for gloss in glosses})


def _share_of_lines(text: str, glosses: list[Gloss]) -> float:
    """The share of hanzi that are annotated, in those lines that have readings at all."""
    hanzi = start = done = 0
    while done < len(glosses):
        start = text.rfind("\n", 0, glosses[done].start) + 1
        end = text.find("\n", glosses[done].start)
        end = len(text) if end < 0 else end
        hanzi += len(_HANZI.findall(text, start, end))
        while done < len(glosses) and glosses[done].start < end:
            done += 1
    return len(glosses) / hanzi


def _plays_on_tones(glosses: list[Gloss]) -> bool:
    """Whether most readings belong to hanzi that are read in several ways here, or one sound in several tones."""
    by_hanzi: dict[str, set[str]] = {}
    by_sound: dict[str, set[str]] = {}
    for gloss in glosses:
        by_hanzi.setdefault(gloss.hanzi, set()).add(gloss.syllable)
        by_sound.setdefault(toneless(gloss.syllable), set()).add(gloss.syllable)
    several = Counter(len(by_hanzi[gloss.hanzi]) > 1 for gloss in glosses)[True]
    tones = Counter(len(by_sound[toneless(gloss.syllable)]) > 2 for gloss in glosses)[True]
    return several > len(glosses) / 2 or (tones > len(glosses) * 0.6 and len(by_sound) <= FEW_SOUNDS)
