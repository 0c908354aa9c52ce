"""How much one line of text looks like the furniture of a web page: a linear score of visible features."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from operator import add

from index.fold import fold

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
    "breadcrumb": 2.5,
    "stamped": 2.0,  # a few names, then a date with its time
    "sentence": -1.5,
    "source": 0.3,  # begins with who wrote it or where it is from
    "counter": 1.0,  # so many have read it
    "spoken": -4.0,  # 记者：谢谢。
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

_HANZI = "一-鿿"
_DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
_CLOCK = rf"{_DATE}[ t]{{0,3}}\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
_TELEPHONE = r"(?:\+?86-?)?(?:0\d{2,3}-?\d{7,8}|[48]00-?\d{3,4}-?\d{3,4}|1[3-9]\d-?\d{4}-?\d{4})"
_VALUE = re.compile(
    rf"{_CLOCK}|{_DATE}|\d{{1,2}}-\d{{1,2}} \d{{1,2}}:\d{{2}}|{_TELEPHONE}|\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
    r"|(?:https?://|www\.)[a-z0-9./?=&%#~:_-]{1,200}|[a-z0-9.-]{1,40}@[a-z0-9.-]{1,40}|\d{1,9}"
)
_NAMES = rf"[{_HANZI}]{{2,4}}(?:[ 、,/]{{1,3}}[{_HANZI}]{{2,4}}(?![{_HANZI}:])){{0,5}}"
_EDGE = r"[\s\[\](){}<>*|·.:,-]*"
_MOMENT = re.compile(_CLOCK)
_ONLY_CLOCK = re.compile(rf"{_EDGE}(?:{_CLOCK}|\d{{1,2}}:\d{{2}}\s{{0,3}}/\s{{0,3}}\d{{1,2}}:\d{{2}}){_EDGE}")
_ONLY_TELEPHONE = re.compile(_EDGE + _TELEPHONE + _EDGE)
_STAMPED = re.compile(
    rf"[^,.;!?:]{{2,20}}\s{_CLOCK}[\s\w]{{0,6}}|(?:[^,.;!?:]{{2,20}}\s)?{_CLOCK}\s{{0,3}}发[表布]于\s?[{_HANZI}]{{2,4}}"
    rf"|[{_HANZI}]{{2,9}}[报网]\s{{1,3}}{_DATE}[\s\w]{{0,8}}"
)
_OTHERS = re.compile(
    r"可能.{0,8}(?:感兴趣|喜欢)|喜欢.{0,8}还喜欢|都在搜|看过.{0,8}还看|[大人]家?都在看|(?:推荐|相关|更多|往期|热门|精彩).{0,3}(?:推荐|阅读|文章|新闻|回顾|内容|资讯|帖子|视频|话题|专题)"
)
_OUTLET = re.compile(
    rf"[{_HANZI}\w]{{1,9}}(?:报|网|通讯社|电视台|广播|客户端|融媒体?|融媒体中心|在线|杂志|头条号|公众号)"
)
_ORNAMENT = re.compile(
    r"[\s\u2190-\u21ff\u2500-\u25c9\u25cc-\u25ff\u2700-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff\ufe0f]+"
)
_CODE = re.compile(r"[={}\\_$;]|[a-z]\(|\(\)|(?<!:)//")
_BREADCRUMB = re.compile(
    rf"(?:(?:当前|您的?|你的?|所在|您现在的|您当前的|您所在的)(?:所在)?(?:位置|栏目)(?:是|为)?[:\s]{{0,3}})?"
    rf"(?:网站)?(?:首页|主页|home)(?:\s{{0,3}}[>/'\"|→-]{{1,2}}\s{{0,3}}[{_HANZI}\w·、()]{{1,20}}){{1,8}}[>\s]*"
)
_NO_LETTERS = re.compile(r"\W+")
_ENDED = re.compile(r"[。！？!?…；;.”」』][）)”」』]*\s*$")
_JOINT = re.compile(r"[:\s|丨备/\"']|\d{4}")  # no field is without one
_SOURCE = re.compile(r"\W{0,3}(?:来源|作者|记者|通讯员|摄影|供稿|撰文|文字)")
_COUNT = "(?:阅读|浏览|点击|评论|点赞|赞|在看|分享|转发|收藏|人气|热度|访客)"
_COUNTER = re.compile(rf"{_COUNT}[数量]?[ :()]{{0,3}}\d|\d[\d.]{{0,9}}[万+]{{0,2}} ?次?{_COUNT}")
_THE_END = re.compile(r"[\W_]{0,12}(?:the\s)?end[\W_]{0,12}")
_SPOKEN = re.compile(r"[。！？!?]\s*$")
_DAY = r"\d{4}年\d{1,2}月\d{1,2}日"
_PART = re.compile(
    rf"\({_DAY}\)|{_DAY}|[(第]?[一二三四五六七八九十]{{1,3}}[)、章节条].{{0,40}}|[{_HANZI}]{{2,8}}们:|各位[{_HANZI}]{{2,8}}:"
)
_CLAUSE = re.compile(r"[,，。！？；!?;]")


@dataclass(frozen=True, slots=True)
class Words:
    """The words of furniture, ready to be looked for in folded text."""

    kinds: dict[str, frozenset[str]]
    word: re.Pattern[str]
    field: re.Pattern[str]  # a label of the page itself with its value
    credit: re.Pattern[str]  # where a picture is from
    detail: re.Pattern[str]  # a label that bodies have too, with its value
    latin: re.Pattern[str]  # the words in Latin letters
    openings: frozenset[str]  # the first two characters of every word, or its only one
    pairs: frozenset[str]  # neighbouring characters inside words
    single: tuple[str, ...]  # words of one character
    trailing: re.Pattern[str]  # a field as it is run into the end of a title


@dataclass(frozen=True, slots=True)
class LineScore:
    """What a line weighs: `score` against STRONG, CERTAIN and WEAK, and the kinds of words it holds."""

    score: float
    letters: int
    kinds: frozenset[str]
    code: bool  # written for a machine
    sentence: bool  # long, with clauses, and no furniture: a sentence of the body
    others: bool  # announces other articles
    part: bool = False  # a part of the body however short: numbered, a salutation, a day in brackets


def score_line(line: str, folded: str) -> LineScore:
    """Score one line; `folded` is the same line as it is searched. Linear in its length.

    >>> line = "责任编辑：王小明"
    >>> score_line(line, fold(line)).score > STRONG
    True
    """
    if len(line) > LONGEST:
        return LineScore(BIAS, len(line), frozenset(), False, True, False)
    letters = _letters(line)
    clauses = _CLAUSE.search(line) is not None
    stamped = ":" in folded and letters <= LONGEST_STAMP
    if letters > SHORTEST_PLAIN and not stamped and _most_covered(folded) < 0.35 * letters:
        return LineScore(BIAS, letters, frozenset(), False, letters >= SHORTEST_SENTENCE and clauses, False)
    if not letters and not _ORNAMENT.fullmatch(line):
        return LineScore(BIAS, 0, frozenset(), False, False, False)
    features, kinds = _features(line, folded, letters)
    score = BIAS + sum(WEIGHTS[name] * value for name, value in features.items())
    sentence = letters >= SHORTEST_SENTENCE and clauses and score < WEAK
    others = features["more"] > 0 and score >= STRONG
    part = score < STRONG and bool(_PART.fullmatch(folded.strip()))
    return LineScore(score, letters, frozenset(kinds), features["code"] > 0, sentence, others, part)


def _features(line: str, folded: str, letters: int) -> tuple[dict[str, float], set[str]]:
    """The features by name, and the kinds of the words that were found."""
    words = furniture_words()
    kinds: set[str] = set()
    nothing_else = _letters(words.word.sub(" ", folded)) == 0  # 快速回复 返回顶部: not a reply of someone called 返回
    fielded = not nothing_else and _JOINT.search(folded)
    after_fields, fields = words.field.subn(" ", folded) if fielded else (folded, 0)
    if words.credit.fullmatch(after_fields):
        after_fields, fields = "", fields + 1
    after_details, details = words.detail.subn(" ", after_fields) if fields or fielded else (after_fields, 0)
    rest = after_details
    covered = (letters - _letters(after_fields)) + 0.6 * (_letters(after_fields) - _letters(after_details))
    if fields:
        kinds.add("label")
    if not words.openings.isdisjoint(map(add, rest, rest[1:])) or not words.openings.isdisjoint(rest):
        for word in words.word.findall(rest):
            found = words.kinds[word]
            kinds |= found
            covered += _letters(word) * (0.5 if found <= HALF else 1.0)
        rest = words.word.sub(" ", rest)
    covered += 0.5 * (_letters(rest) - _letters(_VALUE.sub(" ", rest)))
    share = min(1.0, covered / letters) if letters else 0.0
    stripped = folded.strip()
    return {
        "covered": share,
        "fields": min(2.0, fields + 0.5 * details),
        "separators": float(letters < 60 and folded.count(">") + folded.count("|") >= 2),
        "self": float({"self", "legal"} <= kinds),
        "more": float(_announces(stripped, words)),
        "ornament": float(bool(stripped) and bool((_THE_END if letters else _ORNAMENT).fullmatch(stripped))),
        "outlet": float(letters <= 12 and bool(_OUTLET.fullmatch(stripped))),
        "clock": float(bool(_ONLY_CLOCK.fullmatch(stripped))),
        "phone": float(bool(_ONLY_TELEPHONE.fullmatch(stripped))),
        "stamped": float(letters <= LONGEST_STAMP and _is_stamped(stripped)),
        "breadcrumb": float(bool(_BREADCRUMB.fullmatch(stripped)) or _is_path(stripped, words)),
        "sentence": float(share < 0.6 and (bool(_ENDED.search(line)) or len(_CLAUSE.findall(line)) > 2)),
        "source": float(details > 0 and bool(_SOURCE.match(stripped))),
        "counter": float(letters <= LONGEST_STAMP and bool(_COUNTER.search(stripped))),
        "spoken": float(fields + details > 0 and bool(_SPOKEN.search(line))),
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


def _most_covered(folded: str) -> int:
    """More letters than words of furniture can cover: told from pairs of characters, without the patterns."""
    pairs, single = furniture_words().pairs, furniture_words().single
    hits = sum(map(pairs.__contains__, map(add, folded, folded[1:])))
    latin = 4 * len(furniture_words().latin.findall(folded)) if "o" in folded or "i" in folded else 0
    if not hits and not latin:
        return 0
    values = folded.count(":") + folded.count("/") + (folded.count(" ") if hits else 0)
    return 2 * hits + sum(map(folded.count, single)) + 4 * latin + 16 * values


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
def furniture_words() -> Words:
    """The words of `data/furniture.tsv` (kind, tab, word), folded."""
    kinds: dict[str, set[str]] = {}
    for line in files("index").joinpath("data/furniture.tsv").read_text(encoding="utf-8").splitlines():
        kind, word = line.split("\t")
        kinds.setdefault(fold(word), set()).add(kind)
    labels = [word for word, found in kinds.items() if found & {"label", "count"}]
    details = [word for word, found in kinds.items() if found & {"detail"}]
    value = r"[^,!?;|<>\n。]{0,24}"
    return Words(
        {word: frozenset(found) for word, found in kinds.items()},
        re.compile(_either(list(kinds))),
        # 责任编辑:…, 编辑 刘某 审读 吴某, 图源某网
        re.compile(
            rf"(?:{_either(labels)})(?:\s{{0,3}}[:/|丨©#](?:\s{{0,3}}https?://\S{{1,200}}|{value})"
            rf"|\s{{0,3}}{_CLOCK}|\s{{0,3}}{_DATE}|\s{{1,3}}{_NAMES}(?![{_HANZI}]))"
            r"|(?:icp备|公网安备)[\s\d]{1,24}号?(?:-\d{1,3})?"
            rf"|(?:关注|搜索|识别|扫描|点击[上下]).{{0,4}}[\"'][^\"']{{1,16}}[\"']"
        ),
        re.compile(r"\W{0,3}(?:图源|图据|供图|图片来源|图片来自|视频来源|素材来源)[:\s]{0,3}\S{0,16}\s*"),
        re.compile(
            rf"(?:[{_HANZI}]{{2,8}}[报社网台刊])?(?:{_either(details)})"
            rf"(?:\s{{0,3}}[:/|丨]{value}|\s{{1,3}}{_NAMES}(?![{_HANZI}]))"
        ),
        re.compile(_either([word for word in kinds if word.isascii()])),
        frozenset(word[:2] for word in kinds),
        frozenset(word[at : at + 2] for word in kinds if not word.isascii() for at in range(len(word) - 1)),
        tuple(word for word in kinds if len(word) == 1),
        re.compile(
            rf"[\[(]?(?:{_either(labels + details)})\s{{0,3}}[:]\s{{0,3}}"
            rf"(?:(?:{_VALUE.pattern})(?:次|人|人次)?|{_NAMES}(?![{_HANZI}])|[{_HANZI}\w]{{1,12}}(?=[\s\])|]|$))?[\])]?"
        ),
    )


def _either(words: list[str]) -> str:
    """A pattern for any of `words`, the longest first; Latin words only as whole words.

    Words that begin alike share a branch, for a pattern tries its branches one by one.
    """
    branches: dict[str, list[str]] = {}
    for word in sorted(words, key=len, reverse=True):
        end = r"\b" if word.isascii() and word.isalpha() else ""
        branches.setdefault((end and r"\b") + re.escape(word[0]), []).append(re.escape(word[1:]) + end)
    return "|".join(f"{first}(?:{'|'.join(rests)})" for first, rests in branches.items())
