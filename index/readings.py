"""How a hanzi may be read: the one door to pypinyin."""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

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


def hanzi_read(syllable: str) -> str:
    """All hanzi of the common block with exactly this reading, in the order of their code points.

    >>> "長" in hanzi_read("zhǎng"), hanzi_read("wifi")
    (True, '')
    """
    return _hanzi_by_reading().get(syllable, "")


@cache
def _hanzi_by_reading() -> dict[str, str]:
    found: dict[str, list[str]] = {}
    for code, known in _table().items():
        if 0x4E00 <= code <= 0x9FFF:
            for syllable in set(known.split(",")):
                found.setdefault(syllable, []).append(chr(code))
    return {syllable: "".join(sorted(hanzi)) for syllable, hanzi in found.items()}


@cache
def _table() -> dict[int, str]:
    """The readings of every hanzi by code point, the usual one first, divided by commas.

    The module is loaded without its package, which reads a dictionary of phrases that nobody here needs (0.4 s).
    """
    package = find_spec("pypinyin")
    if package is None or not package.submodule_search_locations:
        raise ModuleNotFoundError("pypinyin")
    spec = spec_from_file_location("pinyin_dict", Path(package.submodule_search_locations[0]) / "pinyin_dict.py")
    if spec is None or spec.loader is None:
        raise ModuleNotFoundError("pypinyin.pinyin_dict")
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return dict(module.pinyin_dict)


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
