"""The words of furniture, the values that stand beside them, and the patterns made of both."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from index.fold import fold

HANZI = "一-鿿"
DATE = r"\d{4}[-/.年]\d{1,2}[-/.月]\d{1,2}日?"
CLOCK = rf"{DATE}[ t]{{0,3}}\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
TELEPHONE = r"(?:\+?86-?)?(?:0\d{2,3}-?\d{7,8}|[48]00-?\d{3,4}-?\d{3,4}|1[3-9]\d-?\d{4}-?\d{4})"
VALUE = re.compile(
    rf"{CLOCK}|{DATE}|\d{{1,2}}-\d{{1,2}} \d{{1,2}}:\d{{2}}|{TELEPHONE}|\d{{1,2}}:\d{{2}}(?::\d{{2}})?"
    r"|(?:https?://|www\.)[a-z0-9./?=&%#~:_-]{1,200}|[a-z0-9.-]{1,40}@[a-z0-9.-]{1,40}|\d{1,9}"
)
NAMES = rf"[{HANZI}]{{2,4}}(?:[ 、,/]{{1,3}}[{HANZI}]{{2,4}}(?![{HANZI}:])){{0,5}}"

_OTHER_LABELS = ("icp备", "公网安备", "关注", "搜索", "识别", "扫描", "点击")  # that the pattern of fields spells out


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
    labels: frozenset[str]  # the first two characters of every label, of the page itself or of bodies
    pairs: frozenset[str]  # neighbouring characters inside words
    single: tuple[str, ...]  # words of one character
    trailing: re.Pattern[str]  # a field as it is run into the end of a title


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
            rf"|\s{{0,3}}{CLOCK}|\s{{0,3}}{DATE}|\s{{1,3}}{NAMES}(?![{HANZI}]))"
            r"|(?:icp备|公网安备)[\s\d]{1,24}号?(?:-\d{1,3})?"
            rf"|(?:关注|搜索|识别|扫描|点击[上下]).{{0,4}}[\"'][^\"']{{1,16}}[\"']"
        ),
        re.compile(r"\W{0,3}(?:图源|图据|供图|图片来源|图片来自|视频来源|素材来源)[:\s]{0,3}\S{0,16}\s*"),
        re.compile(
            rf"(?:[{HANZI}]{{2,8}}[报社网台刊])?(?:{_either(details)})"
            rf"(?:\s{{0,3}}[:/|丨]{value}|\s{{1,3}}{NAMES}(?![{HANZI}]))"
        ),
        re.compile(_either([word for word in kinds if word.isascii()])),
        frozenset(word[:2] for word in kinds),
        frozenset(word[:2] for word in [*labels, *details, *_OTHER_LABELS]),
        frozenset(word[at : at + 2] for word in kinds if not word.isascii() for at in range(len(word) - 1)),
        tuple(word for word in kinds if len(word) == 1),
        re.compile(
            rf"[\[(]?(?:{_either(labels + details)})\s{{0,3}}[:]\s{{0,3}}"
            rf"(?:(?:{VALUE.pattern})(?:次|人|人次)?|{NAMES}(?![{HANZI}])|[{HANZI}\w]{{1,12}}(?=[\s\])|]|$))?[\])]?"
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
