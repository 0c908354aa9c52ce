"""Which place and time a question asks about, and whether a sentence speaks of the same."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date
from enum import Enum
from itertools import pairwise

from index.fold import fold
from index.places import SCOPE_RANK, Gazetteer, PlaceMention, bare_name, dictionary
from index.times import TimeMention, find_times
from index.types import Scope

_UNIT = re.compile(
    r"街道办事处|街道党工委|街道办|党工委|区人民政府|市人民政府|县人民政府|镇人民政府|区政府|市政府|县政府|镇政府|区委|市委|县委|"
    r"社区党委|居委会|村委会"
)
# Inside a title or a quotation a place or a year belongs to a name: 《罗湖区2024年行动计划》.
_QUOTED = re.compile(r"《[^《》]{1,60}》|“[^“”]{1,40}”|\"[^\"]{1,40}\"|「[^「」]{1,40}」")
_JOINED = re.compile(r"[和与跟同及、,比\s]|以及|还是|或者?|相比|对比|\d{4}年|的")
_COMPARES = re.compile(
    r"比较|对比|相比|分别|各自|各有|差异|差别|区别|异同|不同|变化|哪个|哪一个|哪年|谁更|更多|更高|更少"
)
_OPEN_END = re.compile(r"年?(?:\d{1,2}月)?(?:\d{1,2}日)?[^,.。?]{0,20}?(?:以来|至今|到现在|起)")
_AFTER_TIME = re.compile(r"(?:以来|期间|时期|之后|之前|前后|间|底|初|末|度|中|里|内|时)?")
_FIGURES = "0123456789〇一二三四五六七八九"
# 24年 and 二四年, but not 24年来, 20年以上, 24年前.
_SHORT_YEAR = re.compile(
    r"(?<![0-9〇一二三四五六七八九十.\-])([12][0-9]|[一二][〇一二三四五六七八九])年(?![来以内间前后多里代级期]|左右|时间|历史)"
)
_BEFORE_YEAR = ",，、和与及 ？?"
_EDGES = " \t,.。、;:的和与及在"


class Compatibility(Enum):
    """What a sentence's scope is to the scope that was asked for."""

    MATCH = "match"
    UNKNOWN = "unknown"
    WRONG_PLACE = "wrong_place"
    WRONG_YEAR = "wrong_year"


def scope_of_question(question: str, today: date | None = None, gazetteer: Gazetteer | None = None) -> Scope:
    """The places (full names), years and units that a question is limited to; empty where in doubt.

    Of 罗湖区莲塘街道 only the narrowest counts. 上半年 alone names the year of `today` as a preference
    (`derived` is true), not as a condition.
    """
    gazetteer = gazetteer or dictionary()
    places = _narrowest(_places(question, gazetteer), gazetteer)
    times = _times(question, today)
    years = tuple(dict.fromkeys(year for time in times for year in _years(question, time, today)))
    only_half = bool(times) and all(time.kind == "half" for time in times)
    units = tuple(dict.fromkeys(found.group() for found in _UNIT.finditer(fold(question))))
    return Scope(places, years, units, derived=only_half)


def with_whole_years(question: str, gazetteer: Gazetteer | None = None) -> str:
    """A question with its years in four figures where it gives two: at its beginning, or right behind a place.

    >>> with_whole_years("莲塘街道24年的口岸计划"), with_whole_years("他从教24年")
    ('莲塘街道2024年的口岸计划', '他从教24年')
    """
    found = list(_SHORT_YEAR.finditer(question))
    if not found:
        return question
    ends = {mention.end for mention in (gazetteer or dictionary()).find(question)}
    ends |= {unit.end() for unit in _UNIT.finditer(fold(question))}
    parts, done = [], 0
    for short in found:
        if short.start() == 0 or short.start() in ends or question[short.start() - 1] in _BEFORE_YEAR:
            figures = "".join(str(_FIGURES.find(character) % 10) for character in short[1])
            parts.append(f"{question[done : short.start()]}20{figures}年")
            done = short.end()
    return "".join([*parts, question[done:]])


def strip_scope(question: str, today: date | None = None, gazetteer: Gazetteer | None = None) -> str:
    """What is asked, without its place and its time.

    >>> strip_scope("莲塘街道2024年的口岸计划是什么")
    '口岸计划是什么'
    """
    gazetteer = gazetteer or dictionary()
    folded = fold(question)
    spans = [
        (place.start, place.end) for place in _places(question, gazetteer) if not folded.startswith("委", place.end)
    ]
    for time in _times(question, today or date(2000, 1, 1)):
        followed = _AFTER_TIME.match(folded, time.end)
        start = time.start - (folded[time.start - 1 : time.start] in tuple("在于自从到"))
        spans.append((start, followed.end() if followed else time.end))
    parts, done = [], 0
    for start, end in sorted(spans):
        between = question[done : max(done, start)]
        if not done or _JOINED.sub("", fold(between)):
            parts.append(between)
        done = max(done, end)
    stripped = "".join([*parts, question[done:]]).strip()
    while stripped and fold(stripped[0]) in _EDGES:
        stripped = stripped[1:]
    return stripped.replace("的的", "的") or question


def compatible(asked: Scope, given: Scope, gazetteer: Gazetteer | None = None) -> Compatibility:
    """Whether a sentence of scope `given` can be evidence for a question of scope `asked`.

    A child place is evidence for its parent, a parent for its child only where it names the child
    (then `given.places` holds it). What is not known is neither right nor wrong. Years that were asked
    as a preference never exclude.
    """
    place = _place_compatibility(asked.places, given.places, gazetteer or dictionary())
    if place is Compatibility.WRONG_PLACE:
        return place
    year = _year_compatibility(asked, given.years)
    if year is Compatibility.WRONG_YEAR:
        return year
    return Compatibility.UNKNOWN if Compatibility.UNKNOWN in (place, year) else Compatibility.MATCH


def sides(question: str, scope: Scope, today: date | None = None) -> list[Scope]:
    """The sides of a comparison, one scope a side, in the order asked; empty where nothing is compared.

    `scope` is the question's. Places that stand side by side (东门街道和南湖街道) and single years
    (2022年和2023年) make sides; a range of years does not.
    """
    folded = fold(question)
    compares = _COMPARES.search(folded) is not None
    places = scope.places
    if len(places) < 2 or not (compares or _side_by_side(folded, _spans(folded, places))):
        places = ()
    singles = [time for time in _times(question, today) if len(time.years) == 1 and time.years[0] in scope.years]
    years = tuple(dict.fromkeys(time.years[0] for time in singles))
    if len(years) < 2 or not (compares or _side_by_side(folded, [(time.start, time.end) for time in singles])):
        years = ()
    if places and years:
        return [Scope((place,), (year,), scope.units) for place in places for year in years]
    if places:
        return [Scope((place,), scope.years, scope.units, scope.derived) for place in places]
    return [Scope(scope.places, (year,), scope.units) for year in years]


def _spans(folded: str, places: Sequence[str]) -> list[tuple[int, int]]:
    """Where places stand in a question, in full or bare."""
    spans = []
    for place in places:
        for written in (place, bare_name(place)):
            at = folded.find(written)
            if at >= 0:
                spans.append((at, at + len(written)))
                break
    return sorted(spans)


def _places(question: str, gazetteer: Gazetteer) -> list[PlaceMention]:
    """Mentions that can limit a question: streets and wider, not inside a title."""
    quoted = _quoted(question)
    return [
        mention
        for mention in gazetteer.find(question)
        if gazetteer.rank(mention.full_name) <= SCOPE_RANK and not _inside(mention.start, mention.end, quoted)
    ]


def _times(question: str, today: date | None) -> list[TimeMention]:
    quoted = _quoted(question)
    return [time for time in find_times(question, today) if not _inside(time.start, time.end, quoted)]


def _years(question: str, time: TimeMention, today: date | None) -> tuple[int, ...]:
    """The years of a mention; 自2023年…以来 goes on until today."""
    opened = question[max(0, time.start - 1) : time.start] in ("自", "从")
    since = opened or fold(question).startswith(("以来", "至今"), time.end)
    if since and today and len(time.years) == 1 and _OPEN_END.match(fold(question), time.end):
        return tuple(range(time.years[0], max(today.year, time.years[0]) + 1))
    return time.years


def _quoted(question: str) -> list[tuple[int, int]]:
    return [found.span() for found in _QUOTED.finditer(question)]


def _inside(start: int, end: int, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether a mention is a part of a quoted name and not the whole of what is quoted."""
    return any(low < start and end < high and (low + 1 < start or end < high - 1) for low, high in spans)


def _narrowest(mentions: Sequence[PlaceMention], gazetteer: Gazetteer) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(mention.full_name for mention in mentions))
    wider = {
        wide.full_name for wide, narrow in pairwise(mentions) if wide.end == narrow.start and _is_wider(wide, narrow)
    }
    return tuple(
        name
        for name in names
        if name not in wider and not any(other != name and gazetteer.is_within(other, name) for other in names)
    )


def _is_wider(wide: PlaceMention, narrow: PlaceMention) -> bool:
    return wide.kind != narrow.kind or wide.full_name in narrow.full_name


def _place_compatibility(asked: Sequence[str], given: Sequence[str], gazetteer: Gazetteer) -> Compatibility:
    if not asked:
        return Compatibility.MATCH
    if not given:
        return Compatibility.UNKNOWN
    if any(gazetteer.is_within(place, wanted) for place in given for wanted in asked):
        return Compatibility.MATCH
    if any(gazetteer.may_be_within(place, wanted) for place in given for wanted in asked):
        return Compatibility.UNKNOWN
    return Compatibility.WRONG_PLACE


def _year_compatibility(asked: Scope, given: Sequence[int]) -> Compatibility:
    if not asked.years or set(asked.years) & set(given):
        return Compatibility.MATCH
    return Compatibility.UNKNOWN if not given or asked.derived else Compatibility.WRONG_YEAR


def _side_by_side(folded: str, spans: Sequence[tuple[int, int]]) -> bool:
    """Whether nothing but joining words stands between two of the mentions."""
    for (_, end), (start, _) in pairwise(spans):
        between = folded[end:start]
        if len(between) <= 8 and between and not _JOINED.sub("", between):
            return True
    return False
