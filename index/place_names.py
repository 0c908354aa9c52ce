"""The grammar of place names: which suffixes make one, which words only look like one, where a bare one stands."""

from __future__ import annotations

import re
from functools import cache
from importlib.resources import files

KINDS = {  # longer suffixes first: 自治区 is no 区
    "特别行政区": "province",
    "自治区": "province",
    "自治州": "city",
    "自治县": "county",
    "街道": "street",
    "社区": "community",
    "新区": "district",
    "地区": "city",
    "省": "province",
    "市": "city",
    "盟": "city",
    "区": "district",
    "县": "county",
    "镇": "town",
    "乡": "town",
    "村": "village",
}
FORM = re.compile(r"街道|社区|新区|自治[州县]|[区县市省镇乡村]")
_SUFFIX = re.compile("(?:" + "|".join(KINDS) + ")$")
_ONE_CHARACTER = "区市省县镇乡村"
_NUMERALS = frozenset("0123456789〇零一二三四五六七八九十")
_TIME_OR_OFFICE = re.compile(r"[在于]?(?:[12]\d{3}年|二[〇零][〇零一二三四五六七八九]{2}年|办事处|党工委)")
LONGEST_RUN = 6  # characters looked at before a suffix: a name of 2 or 3 and the words before it

# What follows a suffix and makes another word of it: 市|场, 区|域.
_NO_PLACE_AFTER = {
    "区": ("域", "间", "别", "块", "分", "划", "位", "号", "级", "内", "外"),
    "市": ("场", "值", "容", "面", "井", "级", "盈", "民", "集", "政"),
    "省": ("略", "级", "份", "力", "钱", "得"),
    "县": ("级", "域"),
    "镇": ("压", "静", "定", "痛", "区"),
    "乡": ("村", "镇", "亲", "愁", "土"),
    "村": ("民", "庄", "镇"),
}
_STILL_A_PLACE = ("市民", "市容", "市政", "市级", "省级", "区级", "县级")  # behind a name that is known: 深圳市|民
_LANDSCAPE = frozenset("海湖港林山城")
# No name holds one of these; walking left from a suffix they end it.
_STOP = frozenset(
    "的在和与及或是了把被将从到至对向比为给由于以各全本该此这那每某哪几个等请问查找说有也都还就并让使着过之其而但"
)
_GAP_ENDS = frozenset("的有几多哪是在将要建设办推引招打成新开改治管获被对和与、，,。？?")
_SAFE_BEFORE = frozenset("在和与及比较同对于为到从由问以跟而年的是")
_SAFE_AFTER = re.compile(
    "的|有|是|和|与|及|跟|呢|在|去年|今年|前年|明年|上半年|下半年|本年|近|将|要|计划|怎|如何|为什么|什么|哪|引进|街道|这|还|"
    "也|都|一共|共|总|每|相比|比|同|全年|当年|二[〇零○]|后"
)


def kind_of(name: str) -> str | None:
    """What a full name says it is: 清源街道 → street; None where it has no suffix of a place."""
    found = _SUFFIX.search(name)
    return KINDS[found.group()] if found and found.start() else None


def bare_name(name: str) -> str:
    """A full name without its suffix: 莲塘街道 → 莲塘."""
    return _SUFFIX.sub("", name)


def is_common(bare: str) -> bool:
    """Whether a bare name is also a word of the language (光明, 和平)."""
    return bare in _words("common")


def qualifier_of(name: str) -> str | None:
    """What a qualified name is qualified by: 嘉兴市南湖街道 → 嘉兴市."""
    for found in FORM.finditer(name):
        if found.start() >= 2 and found.end() <= len(name) - 3:
            return name[: found.end()]
    return None


def is_cut(folded: str, end: int, written: str) -> bool:
    """Whether the last character of a known full name belongs to the word after it: 深圳市|场."""
    after = _NO_PLACE_AFTER.get(written[-1])
    return after is not None and folded.startswith(after, end) and not folded.startswith(_STILL_A_PLACE, end - 1)


def stands_alone(folded: str, start: int, end: int, guarded: bool, behind_place: bool) -> bool:
    """Whether a bare name means the place: it is no part of 罗湖口岸 or 南山湖街道.

    A `guarded` one also needs neighbours that vouch for it (莲塘的, 在莲塘).
    """
    after = folded[end : end + LONGEST_RUN]
    if _form_follows(after) or _facility_follows(after):
        return False
    if not guarded:
        return True
    before = folded[start - 1] if start else ""
    safe_before = behind_place or not _is_han(before) or before in _SAFE_BEFORE
    safe_after = not after or not _is_han(after[0]) or _SAFE_AFTER.match(after) is not None
    return safe_before and safe_after


def start_of_unknown(folded: str, at: int, suffix: str, floor: int) -> int | None:
    """Where the unknown place whose suffix stands at `at` begins; None where it is no place.

    Nothing before `floor` (where the last place ended) belongs to it.
    """
    last = folded[at - 1 : at]
    if not last or last in _ONE_CHARACTER or last in _before(suffix):
        return None
    if folded.startswith(_NO_PLACE_AFTER.get(suffix, ()), at + len(suffix)):
        return None
    if suffix == "街道" and folded[at - 2 : at] in _words("also_name") and _is_vouched_for(folded, at):
        return at - 2
    if suffix == "街道" and last == "和" and at >= 2 and _is_han(folded[at - 2]):  # 青和街道, not 社区和街道
        opens = (
            at == 2 or not _is_han(folded[at - 3]) or _ends_time(folded, at - 2) or folded[at - 4 : at - 2] == "请问"
        )
        return at - 2 if opens else None
    run, least = at, max(floor, at - LONGEST_RUN)
    while run > least and _is_han(folded[run - 1]) and folded[run - 1] not in _STOP and not _ends_time(folded, run):
        run -= 1
    start = _behind_words(folded, run, at)
    if len(suffix) == 1 and start == run and not _is_bounded(folded, start, floor):
        return None
    longest = 2 if last in _LANDSCAPE and len(suffix) == 1 else 3  # 望海区 is a district, 洞庭湖区 a landscape
    if not 2 <= at - start <= longest or folded[start] in _ONE_CHARACTER or folded[at - 2 : at] in _words("no_name"):
        return None
    return start


def _ends_time(folded: str, at: int) -> bool:
    """Whether a year, a month or a day ends at `at`: 2023年|新港街道."""
    return folded[at - 1] in "年月日" and folded[at - 2 : at - 1] in _NUMERALS


def _is_vouched_for(folded: str, at: int) -> bool:
    """Whether a time or an office stands beside the street whose suffix is at `at`: 古城|街道2023年."""
    return _TIME_OR_OFFICE.match(folded, at + 2) is not None or (at > 3 and _ends_time(folded, at - 2))


def _behind_words(folded: str, run: int, at: int) -> int:
    """Where a name begins behind the words that lead to it: 近日走访|南屏街道."""
    start = run
    while start < at and folded[start : start + 2] in _words("no_name"):
        start += 2
    if folded[start] == "属" and at - start == 3:
        start += 1
    if at - start <= 3:
        return start
    for length in (2, 3):
        if folded[at - length - 2 : at - length] in _words("no_name"):
            return at - length
    return start


def _is_bounded(folded: str, start: int, floor: int) -> bool:
    """Whether a name can begin at `start`: at an edge, behind a place, or behind a word that introduces one."""
    if start in (0, floor):
        return True
    before = folded[start - 1]
    return before in _SAFE_BEFORE or not (_is_han(before) or before.isdigit())


def _form_follows(after: str) -> bool:
    """Whether a suffix follows within one character, so that the name goes on: 南山|湖街道."""
    found = FORM.match(after) or FORM.match(after, 1)
    return found is not None and (found.start() == 0 or after[0] not in _before(found.group()))


def _facility_follows(after: str) -> bool:
    """Whether the name belongs to something that stands there: 东门|商业步行街."""
    for gap in range(min(4, len(after))):
        found = _facility().match(after, gap)
        if found and (gap == 0 or len(found.group()) > 1):
            return True
        if after[gap] in _GAP_ENDS or not _is_han(after[gap]):
            return False
    return False


def _is_han(character: str) -> bool:
    return "\u4e00" <= character <= "\u9fff"


def _before(suffix: str) -> frozenset[str]:
    """Characters that make a common word with a suffix: 园|区, 超|市."""
    return _words(f"before_{suffix}")


@cache
def _facility() -> re.Pattern[str]:
    return re.compile("|".join(sorted(_words("facility"), key=len, reverse=True)))


@cache
def _words(key: str) -> frozenset[str]:
    """A list of `data/place_words.tsv`; empty where there is none of that name."""
    for line in files("index").joinpath("data/place_words.tsv").read_text("utf-8").splitlines():
        name, _, words = line.partition("\t")
        if name == key:
            return frozenset(words.split(" "))
    return frozenset()
