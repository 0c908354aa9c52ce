"""Whether a page is beyond help: nothing but damage, or advertising from end to end.

A page is judged by how much of it is bad, never by a word or two: an article about mojibake quotes mojibake, and
news about a gambling ring speaks of gambling.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy

from index.fold import fold
from index.frequency import costs

LOST_SHARE = 0.35  # of the signs on a page that are marks of damage: beyond, more is lost than can be read
GARBLED_COST = 11.0  # nats a hanzi: a page of characters that no one uses side by side
SPAM_SHARE = 0.6  # of the characters on a page that stand in advertising

_SAMPLE = 3_000  # characters that sense and advertising are judged from
_LEAST = 30  # characters: on less, nothing is judged but plain damage
_LEAST_HANZI = 100  # a line of rare characters is no damage
_KUN = re.compile("(?:锟斤拷|锟斤|斤拷|锟)+|烫{4,}|屯{4,}|锘縷")
_KUN_SIGNS = ("锟", "斤拷", "烫烫烫烫", "屯屯屯屯", "锘縷")
_QUESTIONS = re.compile(r"\?{2,}|？{4,}|□{4,}")
_GARBLED_LATIN = re.compile("[\x80-\xff\u0152-\u0192\u02c6\u02dc\u2013-\u203a\u20ac\u2122]{3,}")
_STRAY = re.compile("[\u0180-\u02af\u0370-\u07ff]")
_SEGMENT = re.compile(r"[^\n。!?;]+")
_SEPARATORS = re.compile(r"[\s,，|_、;；。/-]+")
_LEAST_WORDS = 12  # of a salad
_LEAST_KINDS = 4  # of words of trade in it
_LONGEST_WORD = 20  # characters that someone types into a search box
_COURT = re.compile(
    "警方|公安|民警|警察|犯罪|嫌疑|法院|法庭|判决|判处|有期徒刑|检察|抓获|查处|查获|涉案|涉嫌|打击|反诈|诈骗|被告|侦查|立案|"
    "违法|非法|整治|处罚|举报|受害|被骗|监管部门|执法|禁止|严禁|取缔|通报|案件|刑法|条例|规定|研究|历史|防范|提醒|警惕"
)


def judge(text: str) -> str | None:
    """Why a page is hopeless, as one Chinese sentence; None where it can be read.

    `text` is the page after repair, with what damage remains in it.

    >>> judge("锟斤拷锟斤拷锟斤拷锟斤拷2023锟斤拷")
    '整页乱码：原文的字节已丢失（锟斤拷），无法恢复'
    >>> judge("莲塘街道办事处电话：0755-25700000")
    """
    signs = _signs(text)
    if not signs:
        return None
    sample = _sampled(text)
    return _lost(text, signs) or _garbled(sample) or _spam(sample)


def _signs(text: str) -> int:
    """How many characters are not white space."""
    return len(text) - sum(map(text.count, " \n\r\t\u3000\xa0"))


def _sampled(text: str) -> str:
    """A third each from the start, the middle and the end of a long page: who fills a page fills every part of it."""
    if len(text) <= _SAMPLE:
        return text
    third = _SAMPLE // 3
    middle = len(text) // 2
    return "\n".join((text[:third], text[middle : middle + third], text[-third:]))


def _lost(text: str, signs: int) -> str | None:
    """The reason where marks of lost bytes outweigh what is left."""
    kun = sum(len(found) for found in _KUN.findall(text)) if any(sign in text for sign in _KUN_SIGNS) else 0
    if kun > LOST_SHARE * signs:
        return "整页乱码：原文的字节已丢失（锟斤拷），无法恢复"
    marks = text.count("\ufffd")
    stray = len(_STRAY.findall(text)) if marks else 0
    if kun + marks + min(stray, marks) > LOST_SHARE * signs:
        return "整页乱码：替换符多于正文，无法恢复"
    asked = any(sign in text for sign in ("??", "？？？？", "□□□□"))
    questions = sum(len(found) for found in _QUESTIONS.findall(text)) if asked else 0
    if questions > LOST_SHARE * signs:
        return "整页乱码：汉字都变成了问号，无法恢复"
    return None


def _garbled(text: str) -> str | None:
    """The reason where what is left reads like nothing that people write."""
    latin = sum(len(found) for found in _GARBLED_LATIN.findall(text) if not _is_ruled(found))
    if len(text) >= _LEAST and latin > LOST_SHARE * _signs(text):
        return "整页乱码：编码错乱，无法恢复"
    numbers = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype=numpy.uint32)
    hanzi = (numbers >= 0x3400) & (numbers <= 0x9FFF)
    many = int(hanzi.sum())
    if many >= _LEAST_HANZI and many * 2 > len(text) and float(costs(text)[hanzi].mean()) > GARBLED_COST:
        return "整页乱码：编码错乱，无法恢复"
    return None


def _is_ruled(signs: str) -> bool:
    """True for a row of one sign (××××) or a part of a table of signs (ÀÁÂÃ)."""
    steps = {ord(after) - ord(before) for before, after in pairwise(signs)}
    return steps <= {0, 1}


def _spam(text: str) -> str | None:
    """The reason where advertising fills the page."""
    if len(text) < _LEAST:
        return None
    folded = fold(text).lower()
    if _advertising_share(folded) > SPAM_SHARE or _is_salad(folded):
        return "整页广告：通篇是推广内容，没有可用的正文"
    return None


def _advertising_share(folded: str) -> float:
    """The share of the characters that stand in sentences of advertising, or in one between two such."""
    segments = ["".join(found.split()) for found in _SEGMENT.findall(folded)]
    segments = [segment for segment in segments if segment]
    clean = [bool(_COURT.search(segment)) for segment in segments]
    bad = [not clean[at] and _is_advertising(segment) for at, segment in enumerate(segments)]
    between = [
        bad[at] or (not clean[at] and 0 < at < len(bad) - 1 and bad[at - 1] and bad[at + 1]) for at in range(len(bad))
    ]
    lengths = [len(segment) for segment in segments]
    return sum(length for length, is_bad in zip(lengths, between, strict=True) if is_bad) / max(1, sum(lengths))


def _is_advertising(segment: str) -> bool:
    """True for a sentence or line that is dense with the words of advertising."""
    pattern, weights = _lexicon()
    found = Counter(pattern.findall(segment))
    strong = sum(count for word, count in found.items() if weights[word] > 1)
    weight = sum(weights[word] * count for word, count in found.items())
    return weight * 12 >= len(segment) and (strong > 0 or len(found) > 3)


def _is_salad(folded: str) -> bool:
    """True for a page of search words strung together: most of them end in one of many words of trade."""
    words = [word for word in _SEPARATORS.split(folded) if word]
    lengths = list(map(len, words))
    if len(words) < _LEAST_WORDS or max(lengths) > _LONGEST_WORD * 2:
        return False
    found = [_trade().findall(word) for word in words]
    kinds = {kind for each in found for kind in each}
    bad = sum(length for length, each in zip(lengths, found, strict=True) if each and length <= _LONGEST_WORD)
    return len(kinds) > _LEAST_KINDS and bad > SPAM_SHARE * sum(lengths)


@cache
def _lexicon() -> tuple[re.Pattern[str], dict[str, int]]:
    """Words of advertising: a pattern that finds them, and their weights."""
    weights: dict[str, int] = {}
    for weight, words in _table():
        if weight.isdigit():
            weights |= {word: int(weight) for word in words if word not in weights}
    endings: dict[str, list[str]] = {}
    for word in sorted(weights, key=len, reverse=True):
        endings.setdefault(word[0], []).append(re.escape(word[1:]))
    # Branches by first character: the engine then tries few words at each place.
    branches = (f"{re.escape(first)}(?:{'|'.join(rest)})" for first, rest in endings.items())
    return re.compile("|".join(branches)), weights


@cache
def _trade() -> re.Pattern[str]:
    """What people type beside the name of a thing or a trade."""
    words = [word for kind, words in _table() if kind == "salad" for word in words]
    return re.compile("|".join(map(re.escape, sorted(words, key=len, reverse=True))))


def _table() -> list[tuple[str, list[str]]]:
    lines = (Path(__file__).parent / "data" / "spam.tsv").read_text(encoding="utf-8").splitlines()
    rows = (line.partition("\t") for line in lines if not line.startswith("#"))
    return [(kind, words.split()) for kind, _, words in rows]
