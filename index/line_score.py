"""How much one line of text looks like the furniture of a web page: a linear score of visible features."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from operator import add

import numpy
from numpy.typing import NDArray

from index.fold import fold
from index.furniture_words import CLOCK, DATE, HANZI, TELEPHONE, VALUE, Words, furniture_words
from index.substrings import codes_of

BIAS = -2.2
WEIGHTS = {
    "covered": 4.5,  # share of the letters that words of furniture and their values cover
    "fields": 0.8,  # label and value, as in 责任编辑：…; at most two count
    "separators": 0.6,  # cut by > or | into short pieces
    "self": 0.8,  # a disclaimer that names the page itself
    "more": 3.5,  # announces other articles
    "ornament": 4.5,
    "outlet": 2.3,  # nothing but the name of a newspaper or a channel
    "clock": 1.3,  # nothing but a date with its time
    "phone": 1.3,  # nothing but a telephone number
    "address": 2.6,  # nothing but where the site is
    "menu": 3.0,  # a row of sections
    "breadcrumb": 2.5,
    "stamped": 2.0,  # a few names, then a date with its time
    "sentence": -1.5,
    "source": 0.3,  # begins with who wrote it or where it is from
    "counter": 1.0,  # so many have read it
    "spoken": -4.0,  # 记者：谢谢。
    "booked": -4.0,  # 微信预订：关注“某酒店”公众号
    "code": -3.0,
    "length": -0.02,  # for each letter beyond forty
}
STRONG = 1.0  # furniture at the head or the tail of a page
CERTAIN = 1.4  # furniture anywhere
WEAK = 0.0  # furniture beside furniture

LONGEST = 400  # characters; what is longer is body
SHORTEST_SENTENCE = 30  # letters of a line that must be a sentence of the body

LONGEST_SECTION = 10  # characters of the name of a section
LONGEST_STAMP = 32  # letters of a line that is names and a date with its time
SHORTEST_PLAIN = 13  # letters of a line that no pattern but the words themselves could tell to be furniture

# What a letter counts towards `covered`, by the kind of word that covers it.
HALF = frozenset({"section", "detail", "contact"})

_EDGE = r"[\s\[\](){}<>*|·.:,-]*"
_MOMENT = re.compile(CLOCK)
_ONLY_CLOCK = re.compile(rf"{_EDGE}(?:{CLOCK}|\d{{1,2}}:\d{{2}}\s{{0,3}}/\s{{0,3}}\d{{1,2}}:\d{{2}}){_EDGE}")
_ONLY_TELEPHONE = re.compile(_EDGE + TELEPHONE + _EDGE)
_ONLY_ADDRESS = re.compile(
    _EDGE + r"(?:https?://)?(?:www\.)?[a-z0-9-]{1,40}(?:\.[a-z0-9-]{1,40}){0,3}\.[a-z]{2,20}/?" + _EDGE
)
_STAMPED = re.compile(
    rf"[^,.;!?:]{{2,20}}\s{CLOCK}[\s\w]{{0,6}}|(?:[^,.;!?:]{{2,20}}\s)?{CLOCK}\s{{0,3}}发[表布]于\s?[{HANZI}]{{2,4}}"
    rf"|[{HANZI}]{{2,9}}[报网]\s{{1,3}}{DATE}[\s\w]{{0,8}}"
)
_OTHERS = re.compile(
    r"可能.{0,8}(?:感兴趣|喜欢)|喜欢.{0,8}还喜欢|都在搜|看过.{0,8}还看|[大人]家?都在看|(?:推荐|相关|更多|往期|热门|精彩).{0,3}(?:推荐|阅读|文章|新闻|回顾|内容|资讯|帖子|视频|话题|专题)"
)
_OUTLET = re.compile(
    rf"[{HANZI}\w]{{1,9}}(?:报|网|通讯社|电视台|广播|客户端|融媒体?|融媒体中心|在线|杂志|头条号|公众号)"
)
_ORNAMENT = re.compile(
    r"[\s\u2190-\u21ff\u2500-\u25c9\u25cc-\u25ff\u2700-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f]+"
)
# A semicolon of prose folds to that of code, which stands behind Latin letters.
_CODE = re.compile(rf"[={{}}\\_$]|[a-z0-9\]];(?!\s?[{HANZI}])|[a-z]\(|\(\)|(?<!:)//")
_BREADCRUMB = re.compile(
    rf"(?:[您你]?(?:现在|当前|目前)?的?(?:所在|所处)?的?(?:位置|栏目)\s{{0,3}}(?:是|为)?[:\s]{{0,3}})?"
    rf"(?:网站)?(?:首页|主页|home)(?:\s{{0,3}}[>/'\"|→-]{{1,2}}\s{{0,3}}[{HANZI}\w·、()]{{1,20}}){{1,8}}[>\s]*"
)
_NO_LETTERS = re.compile(r"\W+")
_ENDED = re.compile(r"[。！？!?…；;.”」』][）)”」』]{0,8}\s{0,8}$")
_JOINT = re.compile(r"[:\s|丨备/\"']|\d{4}")  # no field is without one
_SOURCE = re.compile(r"\W{0,3}(?:来源|作者|记者|通讯员|摄影|供稿|撰文|文字)")
_COUNT = "(?:阅读|浏览|点击|评论|点赞|赞|在看|分享|转发|收藏|人气|热度|访客)"
_COUNTER = re.compile(rf"{_COUNT}[数量]?[ :()]{{0,3}}\d|\d[\d.]{{0,9}}[万+]{{0,2}} ?次?{_COUNT}")
_THE_END = re.compile(r"[\W_]{0,12}(?:the\s)?end[\W_]{0,12}")
_SPOKEN = re.compile(r"[。！？!?]\s*$")
_DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
_PART = re.compile(
    rf"\({_DAY}\)|{_DAY}|[(第]?[一二三四五六七八九十]{{1,3}}[)、章节条].{{0,40}}|[{HANZI}]{{2,8}}们:|各位[{HANZI}]{{2,8}}:"
    rf"|0\d|(?:[01]\d |[(]?\d{{1,2}}[)、.] ?)[{HANZI}][^|]{{1,30}}"
)
# Where, when, for how much and whom to call; not the day of the page.
_VALUE_LINE = re.compile(
    rf"\W{{0,4}}[{HANZI}]{{0,4}}(?:地址|地点|电话|热线|时间|对象|费用|票价|价格|门票|交通|人均|车程|联系人|方式|预[订约]|报名)"
    rf": ?(?!{DATE}[\d: ]{{0,12}}$)\S.{{1,60}}|\W{{0,4}}[{HANZI}]{{2,8}}: ?{TELEPHONE}.{{0,30}}"
)
_BOOKED = re.compile(rf"\W{{0,4}}[{HANZI}]{{0,4}}(?:预[订约]|报名|购票|订[票房餐])(?:方式|电话|渠道)?:")
_MENU_GAP = re.compile(r"[ |/]{1,8}")
_LEAST_ENTRIES = 4  # of a menu
_NONE: frozenset[str] = frozenset()
_APART = re.compile(rf"[{HANZI}] {{1,3}}[{HANZI}]")
_FIGURE = re.compile(r"[\d@]|www|http")
_CLAUSE = re.compile(r"[,，。！？；!?;]")


@dataclass(frozen=True, slots=True)
class LineScore:
    """What a line weighs: `score` against STRONG, CERTAIN and WEAK, and the kinds of words it holds."""

    score: float
    letters: int
    kinds: frozenset[str]
    code: bool  # written for a machine
    sentence: bool  # long, with clauses, and no furniture: a sentence of the body
    others: bool  # announces other articles
    part: bool = False  # a part of the body however short: numbered, a salutation, a day in brackets, where and when


class Scorer:
    """Scores the lines of one page; what comes back is scored once.

    Most lines hold too few words of furniture to be any: that is told from running counts over the whole page,
    without the patterns.
    """

    def __init__(self, text: str, folded: str) -> None:
        self.text = text
        self.folded = folded
        self._scores: dict[str, LineScore] = {}
        first, second, self._pairs = _pair_tables()
        codes = numpy.minimum(codes_of(folded), 0xFFFF)
        inside = numpy.zeros(len(codes), dtype=bool)
        at = numpy.flatnonzero(first[codes[:-1]] & second[codes[1:]])
        inside[at[numpy.isin(codes[at] << 16 | codes[at + 1], self._pairs)]] = True
        self._hits = _running(inside)
        self._letters = _running(_letter_table()[codes])

    def hits(self, start: int, end: int) -> int:
        """How many neighbours in a stretch stand so inside words of furniture."""
        return int(self._hits[end] - self._hits[start])

    def score(self, start: int, end: int) -> LineScore:
        """Score the line, or the part of one, `text[start:end]`. Linear in its length."""
        if end - start > LONGEST:
            return LineScore(BIAS, end - start, frozenset(), False, True, False)
        line, folded = self.text[start:end], self.folded[start:end]
        letters = int(self._letters[end] - self._letters[start])
        stamped = ":" in folded and letters <= LONGEST_STAMP
        if letters > SHORTEST_PLAIN and not stamped and self._most_covered(folded, start, end) < 0.35 * letters:
            sentence = letters >= SHORTEST_SENTENCE and _CLAUSE.search(line) is not None
            return LineScore(BIAS, letters, frozenset(), False, sentence, False)
        if line not in self._scores:
            self._scores[line] = _score(line, folded, letters)
        return self._scores[line]

    def _most_covered(self, folded: str, start: int, end: int) -> int:
        """More letters than words of furniture can cover."""
        hits = self.hits(start, end)
        latin = 4 * len(furniture_words().latin.findall(folded)) if "o" in folded or "i" in folded else 0
        if not hits and not latin:
            return 0
        values = folded.count(":") + folded.count("/") + (len(_APART.findall(folded)) if " " in folded else 0)
        return 2 * hits + sum(map(folded.count, furniture_words().single)) + 4 * latin + 16 * values


def score_line(line: str) -> LineScore:
    """Score one line by itself.

    >>> score_line("责任编辑：王小明").score > STRONG
    True
    """
    return Scorer(line, fold(line)).score(0, len(line))


def _score(line: str, folded: str, letters: int) -> LineScore:
    clauses = _CLAUSE.search(line) is not None
    if not letters and not _ORNAMENT.fullmatch(line):
        return LineScore(BIAS, 0, frozenset(), False, False, False)
    features, kinds = _features(line, folded, letters)
    score = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    sentence = letters >= SHORTEST_SENTENCE and clauses and score < WEAK
    others = features["more"] > 0 and score >= STRONG
    stripped = folded.strip()
    part = bool((score < STRONG and _PART.fullmatch(stripped)) or (score < CERTAIN and _VALUE_LINE.fullmatch(stripped)))
    return LineScore(score, letters, frozenset(kinds), features["code"] > 0, sentence, others, part)


def _features(line: str, folded: str, letters: int) -> tuple[dict[str, float], set[str]]:
    """The features by name, and the kinds of the words that were found."""
    words = furniture_words()
    kinds: set[str] = set()
    starts = {*folded, *map(add, folded, folded[1:])}
    worded = not words.openings.isdisjoint(starts)
    fielded = worded and not words.labels.isdisjoint(starts) and _JOINT.search(folded) is not None
    if fielded:  # 快速回复 返回顶部: not a reply of someone called 返回
        fielded = _letters(words.word.sub(" ", folded)) > 0
    after_fields, fields = words.field.subn(" ", folded) if fielded else (folded, 0)
    if worded and words.credit.fullmatch(after_fields):
        after_fields, fields = "", fields + 1
    after_details, details = words.detail.subn(" ", after_fields) if fields or fielded else (after_fields, 0)
    rest = after_details
    covered = (letters - _letters(after_fields)) + 0.6 * (_letters(after_fields) - _letters(after_details))
    if fields:
        kinds.add("label")
    if worded:
        for word in words.word.findall(rest):
            found = words.kinds[word]
            kinds |= found
            covered += _letters(word) * (0.5 if found <= HALF else 1.0)
        rest = words.word.sub(" ", rest)
    figures = _FIGURE.search(rest) is not None  # no value is without one
    covered += 0.5 * (_letters(rest) - _letters(VALUE.sub(" ", rest))) if figures else 0.0
    dated = any(map(str.isdigit, folded))
    share = min(1.0, covered / letters) if letters else 0.0
    stripped = folded.strip()
    return {
        "covered": share,
        "fields": min(2.0, fields + 0.5 * details),
        "separators": float(letters < 60 and folded.count(">") + folded.count("|") >= 2),
        "self": float({"self", "legal"} <= kinds),
        "more": float(worded and _announces(stripped, words)),
        "ornament": float(bool(stripped) and bool((_THE_END if letters else _ORNAMENT).fullmatch(stripped))),
        "outlet": float(letters <= 12 and bool(_OUTLET.fullmatch(stripped))),
        "clock": float(":" in stripped and bool(_ONLY_CLOCK.fullmatch(stripped))),
        "address": float("." in stripped and bool(_ONLY_ADDRESS.fullmatch(stripped))),
        "menu": float(worded and _is_menu(stripped, words)),
        "phone": float(dated and bool(_ONLY_TELEPHONE.fullmatch(stripped))),
        "stamped": float(dated and letters <= LONGEST_STAMP and _is_stamped(stripped)),
        "breadcrumb": float(worded and (bool(_BREADCRUMB.fullmatch(stripped)) or _is_path(stripped, words))),
        "sentence": float(share < 0.6 and (bool(_ENDED.search(line)) or len(_CLAUSE.findall(line)) > 2)),
        "source": float(details > 0 and bool(_SOURCE.match(stripped))),
        "counter": float(dated and letters <= LONGEST_STAMP and bool(_COUNTER.search(stripped))),
        "spoken": float(fields + details > 0 and "call" not in kinds and bool(_SPOKEN.search(line))),
        "booked": float(fields > 0 and bool(_BOOKED.match(stripped))),
        "code": float(bool(_CODE.search(folded))),
        "length": float(max(0, letters - 40)),
    }, kinds


def _is_stamped(stripped: str) -> bool:
    """True for a few names and a date with its time, or for a source and such a date, in either order."""
    if _STAMPED.fullmatch(stripped):
        return True
    return bool(_SOURCE.search(stripped)) and bool(_MOMENT.search(stripped))


def _is_path(stripped: str, words: Words) -> bool:
    """True for sections of a site, one within the other: 新闻中心 > 行业新闻."""
    parts = [part.strip() for part in stripped.split(">")]
    if len(parts) < 2 or "section" not in words.kinds.get(parts[0], frozenset()):
        return False
    return all(len(part) <= LONGEST_SECTION and part.isalnum() for part in parts)


def _is_menu(stripped: str, words: Words) -> bool:
    """True for a row of short entries, at least half of them known as sections of sites or ways around them."""
    parts = _MENU_GAP.split(stripped)
    if len(parts) < _LEAST_ENTRIES or max(map(len, parts)) > LONGEST_SECTION:
        return False
    known = sum(not words.kinds.get(part, _NONE).isdisjoint({"section", "navigation"}) for part in parts)
    return known * 2 >= len(parts)


def _announces(stripped: str, words: Words) -> bool:
    """True for 推荐阅读, ▌往期精彩回顾：, 您可能也对以下帖子感兴趣: short, and little besides."""
    if len(stripped) > 24:
        return False
    found = _OTHERS.search(stripped)
    if found and _letters(stripped) - _letters(found[0]) <= 5:
        return True
    return any(
        "more" in words.kinds[match[0]] and _letters(stripped) - _letters(match[0]) <= 5
        for match in words.word.finditer(stripped)
    )


def _letters(text: str) -> int:
    return len(_NO_LETTERS.sub("", text))


@cache
def _pair_tables() -> tuple[NDArray[numpy.bool_], NDArray[numpy.bool_], NDArray[numpy.uint32]]:
    """Which characters begin and end a pair inside a word of furniture, and the pairs as numbers, sorted."""
    codes = [(ord(pair[0]), ord(pair[1])) for pair in furniture_words().pairs]
    first, second = numpy.zeros(0x10000, dtype=bool), numpy.zeros(0x10000, dtype=bool)
    first[[pair[0] for pair in codes]] = True
    second[[pair[1] for pair in codes]] = True
    return first, second, numpy.array(sorted(a << 16 | b for a, b in codes), dtype=numpy.uint32)


@cache
def _letter_table() -> NDArray[numpy.bool_]:
    """Which characters of the basic plane are letters or digits; the last stands for all beyond it, hanzi mostly."""
    table = numpy.fromiter((chr(code).isalnum() or code == 0x5F for code in range(0x10000)), dtype=bool, count=0x10000)
    table[-1] = True
    return table


def _running(flags: NDArray[numpy.bool_]) -> NDArray[numpy.int32]:
    """How many flags are set before each place; the last figure counts all."""
    return numpy.concatenate((numpy.zeros(1, numpy.int32), numpy.cumsum(flags, dtype=numpy.int32)))
