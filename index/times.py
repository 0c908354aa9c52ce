"""Which years and days a text names, in digits, in characters and in relative words."""

from __future__ import annotations

import re
from calendar import monthrange
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from index.fold import fold

_DIGITS = {character: str(value) for value, character in enumerate("〇一二三四五六七八九")} | {"零": "0", "○": "0"}
_NUMERALS = "〇零○一二三四五六七八九"
_NUMERALS_BY_DIGIT = dict(zip("0123456789", "〇一二三四五六七八九", strict=True))
FIRST_NAMED_PLAN = 2006  # 十一五; before it the decades are what a year is named by
_COUNT = r"[一二两三四五六七八九十\d]{1,3}"

EARLIEST, LATEST = 1000, 2100  # a number outside is no year unless something else says so
LONGEST_RECENT = 10  # 近三年 is a time, 近五十年 a length of time
LONGEST_RANGE = 120  # years; beyond it the two ends say more than everything between

_EVENTS = {  # what anniversaries are counted from
    "新中国成立": 1949,
    "中华人民共和国成立": 1949,
    "建国": 1949,
    "建党": 1921,
    "中国共产党成立": 1921,
    "建军": 1927,
    "改革开放": 1978,
    "深圳经济特区建立": 1980,
    "深圳经济特区成立": 1980,
    "香港回归": 1997,
    "澳门回归": 1999,
    "抗战胜利": 1945,
    "辛亥革命": 1911,
}


@dataclass(frozen=True, slots=True)
class TimeMention:
    """A stretch of text that names years.

    `kind` is year, range, decade, plan (a five-year plan), relative, half (a part of the year that
    goes on: 上半年), recent (近三年) or date. `derived` is true where the years were reckoned.
    """

    start: int
    end: int
    years: tuple[int, ...]
    kind: str
    derived: bool = False


@dataclass(frozen=True, slots=True)
class DateMention:
    """A stretch of text that names a day. `iso` is YYYY-MM-DD; `full` is false where the year was reckoned."""

    start: int
    end: int
    iso: str
    full: bool = True


_TIME = re.compile(
    rf"""
    (?=[\d{_NUMERALS}十民公西前“"'‘「最近过这大去今明后本上当第下])(?:
    (?P<iso>(?<!\d)(?P<iso_year>[12]\d{{3}})[-/.](?P<iso_month>\d{{1,2}})[-/.]\d{{1,2}}(?!\d))
  | (?P<range>(?<!\d)(?P<from>\d{{3,4}})\s?年?(?:\d{{1,2}}月(?:\d{{1,2}}日)?)?
        \s?(?:-|—|——|–|~|～|至|到)\s?(?P<to>\d{{4}}|\d{{2}}(?=年))\s?(?P<range_year>年)?(?!\d))
  | (?P<era>民国(?P<era_count>前)?(?P<era_year>{_COUNT})年)
  | (?P<bc>(?:(?:公元|西元)前|(?<![\u4e00-\u9fff])前(?=\d{{2}}))(?P<bc_year>\d{{1,4}})年)
  | (?P<ce>(?:公元|西元)(?P<ce_year>\d{{1,4}})年)
  | (?P<decade>(?:(?P<century>\d{{1,2}}|[一二]?十[一二三四五六七八九]?)世纪)(?P<tens>[1-9一二三四五六七八九]?[0十])年代)
  | (?P<decade4>(?<!\d)(?P<decade_year>[12]\d{{2}}0)年代)
  | (?P<year>(?<!\d)(?P<digits>[12]\d{{3}})\s?(?:年度?|财年))(?!代)
  | (?P<han>(?P<characters>[一二][{_NUMERALS}]{{3}})年)
  | (?P<short>(?<![-\d.年第近满达约了])(?P<two>[0-4]\d)年
        (?=上半年|下半年|年?底|初|度|第?[一二三四]季度|\d{{1,2}}月|的?工作|的?计划|的?要点|的?总结|的?报告|[呢,?]|$))
  | (?P<plan>[“"'‘「]?十(?P<plan_number>[一二三四五六七八])五[”"'’」]?
        (?=$|[^\d年月日人名天家个条周岁元号章回册]))
  | (?P<five>第(?P<five_number>[一二]?十[一二三四五六七八]?)个五年(?:规划|计划))
  | (?P<recent>(?:最近|近|过去|这)(?P<recent_count>[一二两三四五六七八九十]|\d{{1,2}})年(?!级|代|前))
  | (?P<relative>大前年|前年|去年|今年|明年|后年|本年度?|上一?年度|当前年度|上年(?!纪))
  | (?P<half>上半年|下半年|第?[一二三四]季度)
    )
    """,
    re.VERBOSE,
)
_OFFSETS = {
    "大前年": -3,
    "前年": -2,
    "去年": -1,
    "上年": -1,
    "上年度": -1,
    "上一年度": -1,
    "今年": 0,
    "本年": 0,
    "本年度": 0,
    "当前年度": 0,
    "明年": 1,
    "后年": 2,
}
_DATE = re.compile(
    r"(?<!\d)(?:(?P<year>(?:19|20)\d{2})(?P<mark>[-/.]|\s?年\s?))(?P<month>\d{1,2})(?:[-/.]|\s?月\s?)(?P<day>\d{1,2})(?!\d)日?"
    r"|(?<![\d-])(?P<short_month>\d{1,2})月(?P<short_day>\d{1,2})日"
)
_MAY_HOLD_TIME = re.compile(r"[年季五]|\d[-/.]\d|\d[～~至到—–－-]\d|[０-９]")  # holds before folding too
_DIGIT = re.compile(r"\d")
_ANNIVERSARY = re.compile(rf"(?P<count>{_COUNT})周年")


def find_times(text: str, today: date | None = None) -> list[TimeMention]:
    """The years that `text` names, in order, not overlapping. Offsets are into `text`.

    Relative words (去年, 上半年) are reckoned from `today`; without it they name no year and are left out.

    >>> [mention.years for mention in find_times("二〇二四年和去年", date(2024, 8, 1))]
    [(2024,), (2023,)]
    """
    if not _MAY_HOLD_TIME.search(text):
        return []
    folded = fold(text)
    found: list[TimeMention] = []
    for match in _TIME.finditer(folded):
        mention = _mention(match, today)
        if mention is not None:
            found.append(mention)
    return _without_echoes(found, folded)


def find_dates(text: str, today: date | None = None) -> list[DateMention]:
    """The days that `text` names: 2024-08-25, 2024/6/28, 2024年8月25日; 8月25日 with the year of `today`."""
    found: list[DateMention] = []
    for match in _DATE.finditer(fold(text)) if _DIGIT.search(text) else ():
        full = match["year"] is not None
        year = int(match["year"]) if full else (today.year if today else 0)
        month, day = (int(match["month"]), int(match["day"])) if full else _pair(match)
        if year and 1 <= month <= 12 and 1 <= day <= monthrange(year, month)[1]:
            found.append(DateMention(match.start(), match.end(), f"{year:04d}-{month:02d}-{day:02d}", full))
    return found


def named_years(text: str, today: date | None = None) -> tuple[int, ...]:
    """All years that `text` names, each once, in the order in which they stand."""
    return tuple(dict.fromkeys(year for mention in find_times(text, today) for year in mention.years))


def spellings(year: int) -> tuple[str, ...]:
    """How a text may write a year other than by a relative word; folded.

    >>> spellings(1985)
    ('1985', '一九八五', '80年代', '八十年代')
    >>> spellings(2023)
    ('2023', '二〇二三', '二零二三', '十四五')
    """
    digits = str(year)
    han = "".join(_NUMERALS_BY_DIGIT[digit] for digit in digits if digit in _NUMERALS_BY_DIGIT)
    written = [digits, han, han.replace("〇", "零")]
    if year < FIRST_NAMED_PLAN:
        tens = digits[-2:-1]
        written += [f"{tens}0年代", f"{_NUMERALS_BY_DIGIT[tens]}十年代"] if tens not in ("", "0") else []
    else:
        written.append(f"十{_NUMERALS_BY_DIGIT[str((year - 2001) // 5)]}五" if year < 2046 else "")
    return tuple(dict.fromkeys(filter(None, written)))


def anniversary_year(text: str) -> int | None:
    """The year in which `text` is written, reckoned from an anniversary that it keeps; None if it keeps none.

    The event is one that everybody knows (新中国成立75周年 → 2024), or one whose day the text tells:
    先行示范两周年 and 2019年8月18日 … 先行示范区 give 2021.
    """
    folded = fold(text)
    for match in _ANNIVERSARY.finditer(folded):
        count = count_of(match["count"])
        before = folded[max(0, match.start() - 12) : match.start()]
        if count is None:
            continue
        for event, year in _EVENTS.items():
            if before.endswith(event):
                return year + count
        year_of_event = _year_of_event(folded, before)
        if year_of_event is not None:
            return year_of_event + count
    return None


def count_of(numeral: str) -> int | None:
    """The value of a small number in digits or characters: 两 → 2, 十五 → 15, 七十五 → 75."""
    if numeral.isdecimal():
        return int(numeral)
    numeral = numeral.replace("两", "二")
    tens, ten, ones = numeral.partition("十")
    if not ten:
        return int(_DIGITS[numeral]) if len(numeral) == 1 and numeral in _DIGITS else None
    if len(tens) > 1 or len(ones) > 1:
        return None
    return int(_DIGITS.get(tens, "1")) * 10 + int(_DIGITS.get(ones, "0"))


def _pair(match: re.Match[str]) -> tuple[int, int]:
    return int(match["short_month"]), int(match["short_day"])


def _year_of_event(folded: str, name: str) -> int | None:
    """The year of the first full date whose sentence speaks of what `name` ends with."""
    subject = re.split(r"[^\u4e00-\u9fff]", name)[-1][-4:]
    pairs = {subject[at : at + 2] for at in range(len(subject) - 1)}
    if not pairs:
        return None
    for day in find_dates(folded):
        sentence = re.split(r"[.。!?\n]", folded[day.end : day.end + 120])[0]
        if day.full and sum(pair in sentence for pair in pairs) * 2 > len(pairs):
            return int(day.iso[:4])
    return None


def _mention(match: re.Match[str], today: date | None) -> TimeMention | None:
    kind = match.lastgroup
    assert kind is not None  # every branch of the pattern has a name
    for group, (name, derived, read) in _READERS.items():
        if match[group] is not None:
            years = read(match, today)
            return TimeMention(match.start(), match.end(), years, name, derived) if years else None
    return None


def _single(group: str) -> Callable[[re.Match[str], date | None], tuple[int, ...]]:
    return lambda match, today: (int(match[group]),)


def _iso(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    return (int(match["iso_year"]),) if 1 <= int(match["iso_month"]) <= 12 else ()


def _range(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    first, last = int(match["from"]), match["to"]
    named = "年" in match["range"]
    end = int(last) if len(last) == 4 else first // 100 * 100 + int(last)
    if not named or end < first or not EARLIEST <= end <= LATEST:
        return ()
    return tuple(range(first, end + 1)) if end - first <= LONGEST_RANGE else (first, end)


def _era(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    count = count_of(match["era_year"])
    if count is None:
        return ()
    return (1912 - count,) if match["era_count"] else (1911 + count,)


def _decade(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    century, tens = count_of(match["century"]), count_of(match["tens"])
    if century is None or tens is None:
        return ()
    first = (century - 1) * 100 + tens
    return tuple(range(first, first + 10))


def _decade4(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    first = int(match["decade_year"])
    return tuple(range(first, first + 10))


def _han(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    return (int("".join(_DIGITS[character] for character in match["characters"])),)


def _plan(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    number = int(_DIGITS[match["plan_number"]])
    first = 2001 + number * 5  # 十五 2001, 十一五 2006, 十四五 2021
    return tuple(range(first, first + 5))


def _five(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    number = count_of(match["five_number"])
    return tuple(range(1951 + number * 5, 1956 + number * 5)) if number else ()  # 第十四个 2021 to 2025


def _recent(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    count = count_of(match["recent_count"])
    return tuple(range(today.year - count + 1, today.year + 1)) if today and count and count <= LONGEST_RECENT else ()


def _relative(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    return (today.year + _OFFSETS[match["relative"]],) if today else ()


def _half(match: re.Match[str], today: date | None) -> tuple[int, ...]:
    return (today.year,) if today else ()


# Group of the pattern → kind, whether the years are reckoned, how they are read.
_READERS: dict[str, tuple[str, bool, Callable[[re.Match[str], date | None], tuple[int, ...]]]] = {
    "iso": ("date", False, _iso),
    "range": ("range", False, _range),
    "era": ("year", True, _era),
    "bc": ("year", False, lambda match, today: (-int(match["bc_year"]),)),
    "ce": ("year", False, _single("ce_year")),
    "decade": ("decade", False, _decade),
    "decade4": ("decade", False, _decade4),
    "year": ("year", False, _single("digits")),
    "han": ("year", False, _han),
    "short": ("year", True, lambda match, today: (2000 + int(match["two"]),)),
    "plan": ("plan", True, _plan),
    "five": ("plan", True, _five),
    "recent": ("recent", True, _recent),
    "relative": ("relative", True, _relative),
    "half": ("half", True, _half),
}


def _without_echoes(mentions: list[TimeMention], folded: str) -> list[TimeMention]:
    """Join 上半年 to the year before it: 2023年上半年 is 2023, whatever day it is today."""
    kept: list[TimeMention] = []
    for mention in mentions:
        before = kept[-1] if kept else None
        if mention.kind == "half" and before is not None and folded[before.end : mention.start].strip("的 ") == "":
            kept[-1] = TimeMention(before.start, mention.end, before.years, before.kind, before.derived)
            continue
        kept.append(mention)
    return kept
