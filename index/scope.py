"""Which place and time one sentence speaks of inside its document."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date as Day

from index.fold import fold
from index.places import SCOPE_RANK, Gazetteer, PlaceMention, dictionary
from index.times import TimeMention, find_times
from index.types import Scope

DISTRICT_RANK = 3
LONGEST_LEAD_IN = 40  # characters of a clause before its subject
LONGEST_HEADING = 80  # characters; a longer one is a paragraph and no heading of a place
CLAUSE_MARKS = "，。；：！？,;:!?"  # not 、, which joins names

# A part of a report that speaks of the year after the one reported.
_NEXT_YEAR = re.compile(
    r"目[标標][与與]措施|目标和措施|目标任务|下一步|下步|下阶段|下一阶段|明年|[来來]年|打算|工作[计計][划劃]|工作安排|努力方向|今[后後]|工作思路(?!与成效|和成效)|工作展望|未[来來]"
)
_NEXT_YEAR_SENTENCE = re.compile(r"(?:下一步|下步|下阶段|下一阶段|接下来)")
_OTHER_YEAR = re.compile(r"同年|当年|次年|翌年|隔年|(?<!年)同期|年后")  # a year that only an earlier sentence tells
_QUOTED = re.compile(r"<[^<>]{1,60}>|\"[^\"]{1,40}\"|《[^《》]{1,60}》|“[^“”]{1,40}”|「[^「」]{1,40}」")
_COMPARED = re.compile(r"(?:比|较|对比|相比|同比|于|不如|超过|超|去)$")
_THAN = re.compile(r"(?:[高低好优多少快慢大小强弱次逊较]于|不及|不如|超过)$")
_TIMES = re.compile(r"(?:全年|同期)?的[\d.两三四五六七八九十]{1,6}(?:倍|%|成)")  # 是上年的1.5倍
# 由上年的46%下降到39% says what is so now; not 从去年起下降到39%
_UNTIL_NOW = re.compile(
    r"(?!起|开始|以来|以后|之后|后|到|至)(?:[^,.;:!?。]|\.\d){1,24}?(?:下降|降低|降|下滑|下调|回落|跌|减少|减|缩小|缩短|缩|压缩|压减|提高|提升|上升|攀升"
    r"|跃升|回升|上调|升|增加|增长|增|涨|扩大|扩充|扩|延长|发展|调整|改善|恢复|变|转)了?[到至为成]"
)
_COMPARED_AFTER = re.compile(r"(?:全年)?(?:同期|相比|的?基础上)|(?:增长|下降|提高|减少|上升|增加)了?\d")
_SINCE = re.compile(r"[^,.;。]{0,16}?(?:以来|至今)")
_AHEAD = re.compile(r"(?:于|在|到|至|前|计划|预计|力争|拟)$")
_NOT_SUBJECT = re.compile(r"(?:对标|学习|参照|借鉴|优于|高于|低于|超过|比|较|距|赴|前往|来自|不同于)$")
_LEAD_IN = re.compile(
    r"(?:其中|此外|同时|另外|例如|比如|如|而|又如|再如|据悉|据了解|据介绍|目前|近日|日前|截至目前|[、,:;\"'“”‘’()【】\s●·\-—]|"
    r"[(]?[一二三四五六七八九十\d]{1,3}[),、.]|在|由|全年|上半年|下半年|期间|以来|的)*+"
)
_YEAR_MARK = re.compile(r"年|\d{4}|十[一二三四五六七八]五")
_PLACE_MARK = re.compile("街道|[区區县縣市省镇鎮乡鄉]")
_CELL_YEAR = re.compile(r"(?:^|[|\t])\s*((?:19|20)\d{2})\s*(?=$|[|\t])")


def scope_of(
    sentence: str,
    heading: Sequence[str] = (),
    *,
    years: Sequence[int] = (),
    place: str | None = None,
    date: str | None = None,
    kind: str | None = None,
    gazetteer: Gazetteer | None = None,
) -> Scope:
    """The place and time that `sentence` speaks of.

    `heading` is the path of headings above it, `years`, `place`, `date` and `kind` are the document's.
    The sentence's own words win, then its heading's, then the document's. Of several places or years
    any one counts; an empty tuple means unknown. Relative words (去年) are reckoned from the
    document's day; what a report says under 下一步 or 目标与措施 belongs to the year after, `derived`.
    """
    gazetteer = gazetteer or dictionary()
    folded = fold(sentence)
    if kind == "report" and len(years) == 2 and years[1] == years[0] + 1:
        years = years[:1]  # 2022年工作总结和2023年工作计划 reports the first; the second is what lies ahead
    base = _base_year(years, date, kind)
    ahead = kind == "report" and looks_ahead(folded, heading)
    if ahead and base is not None:
        base += 1
    document_years = (base,) if ahead and base is not None else tuple(years) or ((base,) if base is not None else ())
    found = _years(folded, heading, base, document_years)
    stands = any(str(year) in part for year in found for part in (folded, *heading))
    derived = ahead and found == document_years and not stands
    return Scope(places=_places(sentence, folded, heading, place, gazetteer), years=found, derived=derived)


def reachable_years(years: Sequence[int], date: str | None = None) -> tuple[int, ...]:
    """The years that a document's sentences may speak of without writing them in digits.

    Its own and that of its day, and those that 去年, 前年, 明年 or a part on what comes next lead to.
    Empty where the document's years are not known: then any may be meant.
    """
    known = set(years) | ({int(date[:4])} if date else set())
    return tuple(sorted({year + shift for year in known for shift in (-2, -1, 0, 1, 2)}))


def _base_year(years: Sequence[int], date: str | None, kind: str | None) -> int | None:
    """The year that 今年 means in a document: a report's or plan's own, else that of its day."""
    if date and (kind not in ("plan", "report") or not years):
        return int(date[:4])
    return max(years) if years else None


def looks_ahead(folded: str, heading: Sequence[str]) -> bool:
    """Whether a folded sentence, or what stands under its headings, speaks of what comes next: 目标与措施, 下一步."""
    return any(_NEXT_YEAR.search(part) for part in heading) or _NEXT_YEAR_SENTENCE.match(folded) is not None


def _years(folded: str, heading: Sequence[str], base: int | None, document_years: tuple[int, ...]) -> tuple[int, ...]:
    """The sentence's own years, else its heading's, else the document's."""
    today = Day(base, 7, 1) if base is not None and base > 0 else None
    own, beside = _named(folded, today, base)
    if own:
        return own
    if _OTHER_YEAR.search(folded):
        return beside
    for part in reversed(heading):
        of_heading, _ = _named(fold(part), today, base) if _YEAR_MARK.search(part) else ((), ())
        if of_heading:
            return tuple(dict.fromkeys(of_heading + beside))
    return tuple(dict.fromkeys(document_years + beside))


def _named(folded: str, today: Day | None, base: int | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """The years that a text speaks of, and those that it only mentions beside (in a title, 自…以来)."""
    own: list[int] = [int(cell) for cell in _CELL_YEAR.findall(folded)] if "|" in folded or "\t" in folded else []
    beside: list[int] = []
    times = find_times(folded, today)
    if not times:
        return tuple(own), ()
    quoted = [found.span() for found in _QUOTED.finditer(folded)]
    dated = any(time.kind in ("year", "date", "range") for time in times)
    for time in times:
        if _is_compared(folded, time) or (dated and time.kind == "plan"):  # 2021年是“十四五”开局之年
            continue
        (beside if _is_beside(folded, time, quoted, base) else own).extend(time.years)
    return tuple(dict.fromkeys(own)), tuple(dict.fromkeys(beside))


def _is_compared(folded: str, time: TimeMention) -> bool:
    """Whether a year is only what another is measured against: 比2022年增长5%, 由上年的46%下降到39%."""
    before = folded[max(0, time.start - 2) : time.start]
    if _THAN.search(before) or (before[-1:] in ("由", "从") and _UNTIL_NOW.match(folded, time.end)):
        return True
    if before[-1:] in ("是", "为", "到", "于") and _TIMES.match(folded, time.end):
        return True
    if _COMPARED.search(before) and not before.endswith(("于", "去")):
        return True
    return _COMPARED_AFTER.match(folded, time.end) is not None and before[-1:] in ("与", "和", "同", "比", "较", "在")


def _is_beside(folded: str, time: TimeMention, quoted: Sequence[tuple[int, int]], base: int | None) -> bool:
    if any(low < time.start and time.end < high - 1 for low, high in quoted):
        return True
    if folded[max(0, time.start - 1) : time.start] in ("自", "从") and _SINCE.match(folded, time.end):
        return True
    later = base is not None and bool(time.years) and min(time.years) > base
    return later and time.start > 0 and _AHEAD.search(folded[max(0, time.start - 2) : time.start]) is not None


def _places(
    sentence: str, folded: str, heading: Sequence[str], place: str | None, gazetteer: Gazetteer
) -> tuple[str, ...]:
    around = _place_of_heading(heading, gazetteer) or place
    mentions = [
        mention
        for mention in gazetteer.find_folded(folded)
        if gazetteer.rank(mention.full_name) <= SCOPE_RANK
        and not _NOT_SUBJECT.search(folded[max(0, mention.start - 3) : mention.start])
    ]
    named = tuple(dict.fromkeys(mention.full_name for mention in mentions))
    if around is None:  # a city that is only mentioned does not say where the rest happens
        small = any(gazetteer.rank(name) >= DISTRICT_RANK for name in named)
        known = small or any(_is_subject(sentence, mention, mentions) for mention in mentions)
        return _narrowest(named, gazetteer) if known else ()
    if around in named or not mentions or not _is_other_subject(sentence, mentions, around, gazetteer):
        return _narrowest(tuple(dict.fromkeys((around, *named))), gazetteer)
    return _narrowest(named, gazetteer)


def _narrowest(names: tuple[str, ...], gazetteer: Gazetteer) -> tuple[str, ...]:
    """Places without those that hold another of them: what is so in 东门街道 is so in 罗湖区."""
    return tuple(
        name for name in names if not any(other != name and gazetteer.is_within(other, name) for other in names)
    )


def _place_of_heading(heading: Sequence[str], gazetteer: Gazetteer) -> str | None:
    for part in reversed(heading):
        if len(part) > LONGEST_HEADING or not _PLACE_MARK.search(part):
            continue
        mentions = [m for m in gazetteer.find(part) if gazetteer.rank(m.full_name) <= SCOPE_RANK and not m.bare]
        if mentions and _LEAD_IN.fullmatch(fold(part)[: mentions[0].start]):
            return mentions[-1].full_name if _chained(mentions) else mentions[0].full_name
    return None


def _chained(mentions: Sequence[PlaceMention]) -> bool:
    return all(wide.end == narrow.start for wide, narrow in zip(mentions, mentions[1:], strict=False))


def _is_other_subject(sentence: str, mentions: Sequence[PlaceMention], around: str, gazetteer: Gazetteer) -> bool:
    """Whether a clause is about a place of the same rank as the document's and not in it."""
    return any(
        gazetteer.rank(mention.full_name) == gazetteer.rank(around)
        and not gazetteer.is_within(mention.full_name, around)
        and _is_subject(sentence, mention, mentions)
        for mention in mentions
    )


def _is_subject(sentence: str, mention: PlaceMention, mentions: Sequence[PlaceMention]) -> bool:
    """Whether a mention stands first in its clause, but for times, wider places and connecting words."""
    low = max(0, mention.start - LONGEST_LEAD_IN)
    clause = max(sentence.rfind(mark, low, mention.start) for mark in CLAUSE_MARKS) + 1
    if low and not clause:
        return False
    return _LEAD_IN.fullmatch(_without_times(fold(sentence), clause, mention.start, mentions)) is not None


def _without_times(folded: str, start: int, end: int, mentions: Sequence[PlaceMention]) -> str:
    """What stands before a mention in its clause, without times and other places."""
    text = folded[start:end]
    spans = [(time.start, time.end) for time in find_times(text, Day(2000, 1, 1))]
    spans += [(m.start - start, m.end - start) for m in mentions if start <= m.start and m.end <= end]
    for low, high in sorted(spans, reverse=True):
        text = text[:low] + text[high:]
    return text
