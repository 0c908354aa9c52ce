"""How a hanzi may be read: the one door to pypinyin."""

from __future__ import annotations

import unicodedata
from functools import cache

LETTERS = "a-zɑɡüêāáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜńňǹḿ"  # for a character class: what a syllable is written with
_PLAIN_LETTERS = str.maketrans("ɑɡ", "ag")
_TONES = str.maketrans("", "", "\u0304\u0301\u030c\u0300")


def is_reading(syllable: str, hanzi: str) -> bool:
    """Whether `syllable` is a reading of `hanzi`, in any tone or with the tone left out.

    >>> is_reading("wù", "務"), is_reading("men", "們"), is_reading("wifi", "務")
    (True, True, False)
    """
    return toneless(syllable) in _toneless_readings(hanzi)


def is_exact_reading(syllable: str, hanzi: str) -> bool:
    """Whether `syllable` is a reading of `hanzi`, tone and all.

    >>> is_exact_reading("dāng", "當"), is_exact_reading("dāng", "擋")
    (True, False)
    """
    return unicodedata.normalize("NFC", syllable.translate(_PLAIN_LETTERS)) in readings(hanzi)


def is_usual_reading(syllable: str, hanzi: str) -> bool:
    """Whether `syllable` is how `hanzi` is read first of all, tone and all.

    >>> is_usual_reading("shì", "事"), is_usual_reading("zì", "事")
    (True, False)
    """
    return unicodedata.normalize("NFC", syllable.translate(_PLAIN_LETTERS)) == usual_reading(hanzi)


@cache
def usual_reading(hanzi: str) -> str:
    """The first reading of a hanzi, empty for what is not one."""
    return _table().get(ord(hanzi), "").partition(",")[0]


@cache
def readings(hanzi: str) -> frozenset[str]:
    """All readings of one hanzi with their tone marks; empty for what is not a hanzi.

    >>> sorted(readings("長"))
    ['cháng', 'zhàng', 'zhǎng']
    """
    known = _table().get(ord(hanzi))
    return frozenset(known.split(",")) if known else frozenset()


@cache
def _table() -> dict[int, str]:
    """The readings of every hanzi by code point, the usual one first, divided by commas."""
    from pypinyin.constants import PINYIN_DICT

    return dict(PINYIN_DICT)


@cache
def _toneless_readings(hanzi: str) -> frozenset[str]:
    return frozenset(toneless(syllable) for syllable in readings(hanzi))


def toneless(syllable: str) -> str:
    """The syllable without its tone mark; ü keeps its dots.

    >>> toneless("lǜ"), toneless("jié")
    ('lü', 'jie')
    """
    apart = unicodedata.normalize("NFD", syllable.translate(_PLAIN_LETTERS)).translate(_TONES)
    return unicodedata.normalize("NFC", apart)
