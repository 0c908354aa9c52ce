"""What a page is: its title, its day, the years and the place it speaks of, who wrote it, and of what kind it is.

Nothing is invented: what neither stands in the page nor follows from it is None, and what follows
from it (2019年8月18日 and 两周年 give 2021) is named in `derived`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from index.fold import fold
from index.places import SCOPE_RANK, Gazetteer, PlaceMention, dictionary
from index.scope import scope_of as scope_of
from index.structure import numbering_depth
from index.times import anniversary_year, find_dates, find_times, named_years
from index.title import table_title, title_above, title_of
from index.types import Paragraph

HEAD = 8_000  # characters of a page that are looked at: what it is about shows early
OPENING = 200  # characters of the opening: a report or a plan says there of whom and when it speaks
CHRONICLE = 3  # so many dated lines are a table of events, not a day of publication
MODERN = 1978  # plans and reports of an older day are history
EDGE_LINES = 15  # lines at either end of a page among which its date is looked for

# A paper is what its title ends with; 报告 in the middle of a headline is news about one.
_PLAN_TITLE = re.compile(r"(?:计划|要点|规划|纲要|方案|打算|安排|部署)(?:[(][^()]{1,20}[)])?$")
_REPORT_TITLE = re.compile(
    r"(?:总结|报告|述职|年报|汇报|情况|回顾|公报)(?:[(][^()]{1,20}[)])?$|总结.{0,4}(?:暨|和|及|与|以及).{0,14}(?:计划|打算|安排|思路)$"
)
_ANNOUNCED = re.compile(r"现将.{0,24}?(?P<year>[12]\d{3})年.{0,30}?(?:报告|汇报|总结|通报|公布)如下")
_LEADS = re.compile(r"(?:过去的|刚刚过去的|在|自)?")
_TELLS = re.compile(r"度?的?.{0,6}(?:工作|情况|任务|成绩)")  # 代表班子报告2024年的工作
_LOOKS_BACK = re.compile(r"一年来|过去一年|过去的一年|今年以来|本年度|一年以来")
_SIGNED = re.compile(r"(?:办事处|党工委|党委|政府|委员会|管委会|局|办公室|指挥部|工作站|居委会|村委会)$")
_CLOCK = re.compile(r"\d{1,2}:\d{2}")
# On a short line of its own, or in a dateline; inside prose these are words like any other.
_NEWS_MARK = re.compile(
    r"记者|责任编辑|责编|编辑[: ]|信息来源|稿件来源|来源:|浏览次数|阅读量|点击数|阅读次数|公众号|点个赞|推荐阅读|"
    r"免责声明|往期|通讯员|转载|点击查看|特区报|日报|晚报|商报"
)
_DATELINE = re.compile(r"(?:新华社|中新社|中新网|人民网|本报|本网|本台).{0,12}(?:电|讯|消息)|[(]记者|报记者")
LONGEST_MARK = 80  # characters of a line that is furniture of news
_PAST = re.compile(r"全年|累计|获评|荣获|完成了?|同比|达到|成立了?|新增|实现|办结|开展")
_FUTURE = re.compile(r"将|力争|计划|拟|争取|加快|推进|继续|进一步|努力")
_WILL = re.compile(r"将(?!军|领|士|来之)|力争|拟于|计划于")
_REPORT_HEADING = re.compile(r"成效|存在.{0,4}(?:问题|不足)|下一步|工作总结|主要做法|工作回顾|目标与措施|完成情况")
# 报名时间 and 开标日期 are of something else.
_LABELLED = re.compile(
    r"(?:(?:(?<![\u4e00-\u9fff])|公[开開]|(?<!出)[发發]|[布佈表新文成稿传傳入辑輯建改加])(?:日期|[时時][间間])(?:\s?[:：]\s{0,3}|\s{1,3})|(?:[发發][布佈]|[发發]表|印[发發])[于於]\s{0,3})(?P<day>[12１２]\d{3}.{4,12})"
)
_ON = re.compile(r"\s?(?:至|到|起|[-—–~～]\s?\d{1,4}[年月日.-])")  # 2024年6月20日至27日 is a time to come
_ISO = re.compile(r"(?P<year>[12]\d{3})(?:[-/.年](?P<month>\d{1,2})(?:[-/.月](?P<day>\d{1,2}))?)?")
_DEFINES = re.compile(r"[(,]|是|为|位于|地处|坐落|隶属|简称|古称|又称|亦称|旧称|别称")
_ORGANISATION = re.compile("街道|区|市|县|镇|乡|局|委|办|公司|集团|学校|医院|中心|我们|我|全|社区|村")
_OF_A_UNIT = "办事处|党工委|街道办|人民政府|政府|管委会|管理委员会|委员会"
_UNIT_TAIL = re.compile(rf"(?:{_OF_A_UNIT}|办(?![理公事案学好实])|委(?!托|派|员))")


@dataclass(frozen=True, slots=True)
class Description:
    """What a page is. `derived` names the fields that do not stand in the page but follow from it."""

    title: str | None = None
    date: str | None = None
    years: tuple[int, ...] = ()
    place: str | None = None
    unit: str | None = None
    kind: str | None = None
    derived: tuple[str, ...] = ()


def describe(
    page: str,
    text: str,
    paragraphs: Sequence[Paragraph],
    path: str,
    title: str | None = None,
    date: str | None = None,
    gazetteer: Gazetteer | None = None,
) -> Description:
    """Say what a page is.

    `page` is everything there is to read of it, furniture included (dates stand there); `text` and
    `paragraphs` are the body. `title` and `date` are what the format's metadata say, or None; `path`
    is not evidence, for a file's name is not the page's word, but a table without a title is called by it.
    """
    gazetteer = gazetteer or dictionary()
    head = fold(text[:HEAD])
    named = title_of(paragraphs, title) or title_above(page, paragraphs)
    tabled = table_title(paragraphs, path) if not title else None
    named, of_file = tabled or (named, False)
    opening = _opening(paragraphs)
    kind = _kind(named, opening, paragraphs, page) if head.strip() else None
    day = _date(page, date)
    years, reckoned = _years(named, opening, kind, day, head)
    place = _place(named, opening, kind, head, _signatures(page), gazetteer)
    called = fold(named or "") if of_file else ""
    derived = {
        "title": of_file,
        "years": reckoned or bool(called and years and named_years(called)),
        "place": bool(called and place and place in called),
    }
    told = tuple(name for name, follows in derived.items() if follows)
    return Description(named, day, years, place, _unit(place, kind, head), kind, told)


def iso_date(written: str | None) -> str | None:
    """A date of metadata as YYYY, YYYY-MM or YYYY-MM-DD; None where it is none."""
    found = _ISO.search(written or "")
    if not found:
        return None
    month, day = int(found["month"] or 0), int(found["day"] or 0)
    if not 1 <= month <= 12:
        return found["year"]
    return f"{found['year']}-{month:02d}" + (f"-{day:02d}" if 1 <= day <= 31 else "")


def _opening(paragraphs: Sequence[Paragraph]) -> str:
    """The first paragraph of the body that is prose, folded and cut short."""
    for paragraph in paragraphs:
        prose = len(paragraph.text) >= 30 or (len(paragraph.text) >= 12 and paragraph.text.endswith("。"))
        if prose and not paragraph.level and " > " not in paragraph.text:
            return fold(paragraph.text[:OPENING])
    return ""


def _kind(title: str | None, opening: str, paragraphs: Sequence[Paragraph], page: str) -> str:
    """plan, report, news or other: by its title, else by how it opens, else by what surrounds it."""
    folded = fold(title or "")
    start = fold(" ".join(paragraph.text for paragraph in paragraphs[:40])[:6000])
    if _REPORT_TITLE.search(folded) or _ANNOUNCED.search(start[:400]):
        return "report"
    if _PLAN_TITLE.search(folded):
        return "plan"
    if _opening_years(opening) or _looks_back(opening):
        headings = [paragraph.text for paragraph in paragraphs[:60] if paragraph.level]
        past, future = len(_PAST.findall(start)), len(_FUTURE.findall(start))
        if any(_REPORT_HEADING.search(fold(heading)) for heading in headings):
            return "report"
        if _WILL.search(opening) and future > past:
            return "plan"
        if (past >= 5 or any(map(numbering_depth, headings))) and not _is_news(page, opening):
            return "report"
    return "news" if _is_news(page, opening) else "other"


def _is_news(page: str, opening: str) -> bool:
    if _DATELINE.search(opening[:60]):
        return True
    edges = fold(page[:1500] + "\n" + page[-1500:]).split("\n")
    return any(len(line) <= LONGEST_MARK and _NEWS_MARK.search(line) for line in edges)


def _opening_years(opening: str) -> tuple[int, ...]:
    """The year that a plan or report opens with, and somebody who writes them: 2023年,南湖街道领导班子…"""
    times = [mention for mention in find_times(opening[:60]) if mention.kind == "year" and mention.years[0] >= MODERN]
    if not times:
        return ()
    first = times[0]
    if _LEADS.fullmatch(opening[: first.start]) and _ORGANISATION.search(opening, first.end, first.end + 16):
        return first.years
    told = _TELLS.match(opening, first.end) and _ORGANISATION.search(opening, 0, min(12, first.start))
    return first.years if told else ()


def _looks_back(opening: str) -> bool:
    """一年来,凤凰街道全体…: a report that names no year."""
    found = _LOOKS_BACK.match(opening)
    return found is not None and _ORGANISATION.search(opening, found.end(), found.end() + 12) is not None


def _date(page: str, date: str | None) -> str | None:
    """The day of publication: metadata, else a labelled date, else a line at an edge that is little but a date."""
    known = iso_date(date)
    if known:
        return known
    for label in _LABELLED.finditer(page if len(page) <= HEAD else page[:HEAD] + "\n" + page[-2000:]):
        days = find_dates(label["day"])
        if (
            days
            and days[0].full
            and days[0].start == 0
            and not _ON.match(label.string, label.start("day") + days[0].end)
        ):
            return days[0].iso
    lines = [line.strip() for line in page[:4000].split("\n") if line.strip()][:EDGE_LINES]
    lines += [line.strip() for line in page[-2000:].split("\n") if line.strip()][-EDGE_LINES:]
    found = dict.fromkeys(day for line in lines if len(line) <= 60 for day in _day_of_line(line))
    return next(iter(found)) if 0 < len(found) < CHRONICLE else None


def _day_of_line(line: str) -> list[str]:
    """The date of a line that holds a date and nothing that reads like a sentence."""
    days = [day for day in find_dates(line) if day.full]
    if not days:
        return []
    rest = fold(line[: days[0].start] + line[days[0].end :])
    hanzi = sum("\u4e00" <= character <= "\u9fff" for character in rest)
    marked = bool(_NEWS_MARK.search(rest) or _CLOCK.search(rest))
    alone = hanzi <= 4 or (hanzi <= 12 and days[0].start == 0 and not any(mark in rest for mark in ",.:;。"))
    return [days[0].iso] if alone or (marked and hanzi <= 24) else []


def _years(
    title: str | None, opening: str, kind: str | None, day: str | None, head: str
) -> tuple[tuple[int, ...], bool]:
    """The years that a page speaks of, and whether they were reckoned."""
    of_title = named_years(title or "")
    of_day = (int(day[:4]),) if day else ()
    if of_title and len(of_title) <= 10:
        reports = kind in ("plan", "report") or (of_day and 0 <= of_day[0] - max(of_title) <= 1)
        return (of_title if reports else tuple(dict.fromkeys(of_title + of_day))), False
    if kind in ("plan", "report") and _opening_years(opening):
        return _opening_years(opening), False
    announced = _ANNOUNCED.search(head[:400])
    if announced:
        return (int(announced["year"]),), False
    if of_day:
        return of_day, False
    if kind in ("plan", "report", "news"):
        reckoned = anniversary_year((title or "") + "\n" + head[:6000])
        if reckoned is not None:
            return (reckoned,), True
    return (), False


def _place(
    title: str | None, opening: str, kind: str | None, head: str, signatures: str, gazetteer: Gazetteer
) -> str | None:
    """The narrowest place that the page is about, or None."""
    in_title = _narrow(gazetteer.find(title or ""), gazetteer)
    in_opening = _narrow(gazetteer.find_folded(opening), gazetteer)
    in_text = _narrow(gazetteer.find_folded(head), gazetteer)
    signed = _narrow(gazetteer.find(signatures), gazetteer)
    if kind not in ("plan", "report", "news"):
        return _defined(in_title, in_opening, in_text, opening) or (signed[0].name if signed else None)
    scores: dict[str, float] = {}
    for mentions, weight in ((in_title, 8.0), (signed[:1], 6.0), (in_opening[:1], 3.0), (in_text, 1.0)):
        for mention in mentions:
            name = mention.full_name if mention.bare else mention.name  # a qualified name as the page writes it
            scores[name] = scores.get(name, 0.0) + weight * (0.5 if mention.bare else 1.0)
    if not scores:
        return None
    best, score = max(scores.items(), key=lambda item: (item[1], gazetteer.rank(item[0])))
    rivals = sum(count for name, count in scores.items() if gazetteer.rank(name) == gazetteer.rank(best))
    return best if score >= 3 and score * 2 >= rivals else None


def _signatures(page: str) -> str:
    """The short lines at the edges of a page that name who signs: 罗湖区翠竹街道办事处."""
    lines = [line.strip() for line in (page[:600] + "\n" + page[-600:]).split("\n")]
    return "\n".join(line for line in lines if 4 <= len(line) <= 25 and _SIGNED.search(fold(line)))


def _defined(
    in_title: Sequence[PlaceMention],
    in_opening: Sequence[PlaceMention],
    in_text: Sequence[PlaceMention],
    opening: str,
) -> str | None:
    """The place that a page without a known kind is about.

    Its title begins with it, its first words define it, or one street or town stands all over it.
    """
    for mention in in_title[:1]:
        if mention.start <= 6 and not mention.bare:
            return mention.name
    streets = Counter(mention.name for mention in in_text if mention.kind in ("street", "town") and not mention.bare)
    for mention in in_opening[:1]:
        defines = mention.start == 0 and _DEFINES.match(opening, mention.end) is not None
        acts = mention.start <= 8 and streets[mention.name] >= 2 and "," in opening[: mention.start]
        if (defines or acts) and not mention.bare:
            return mention.name
    if streets:
        street, count = streets.most_common(1)[0]
        if count >= 3 and count * 2 >= streets.total():
            return street
    return None


def _narrow(mentions: Sequence[PlaceMention], gazetteer: Gazetteer) -> list[PlaceMention]:
    """Mentions of streets and wider, without those that only say where the next one lies (罗湖区东门街道)."""
    kept = [mention for mention in mentions if gazetteer.rank(mention.full_name) <= SCOPE_RANK]
    wider = {wide.start for wide, narrow in pairwise(kept) if wide.end == narrow.start and wide.kind != narrow.kind}
    return [mention for mention in kept if mention.start not in wider]


def _unit(place: str | None, kind: str | None, head: str) -> str | None:
    """Who the page is by or about, as the page itself calls it: 园岭街道党工委, else the place itself."""
    if not place:
        return None
    counts: Counter[str] = Counter()
    at = head.find(place)
    times = 0
    while at >= 0:
        times += 1
        tail = _UNIT_TAIL.match(head, at + len(place))
        if tail:
            counts[place + tail.group()] += 1
        at = head.find(place, at + 1)
    if counts:
        return counts.most_common(1)[0][0]
    often = 1 if kind in ("plan", "report") else 2  # a plan is somebody's, though it may name them once
    return place if times >= often and kind in ("plan", "report", "news") else None
