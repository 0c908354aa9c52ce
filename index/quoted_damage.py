"""Damage that a page about damage quotes: it is left as it stands in lines that are otherwise whole."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import replace

from index.edit_lists import applied
from index.fold import fold
from index.frequency import cost
from index.offsets import Edit

_ABOUT_CODES = re.compile(
    r"编码|解码|編碼|解碼|字符集|字元集|mojibake|charset|encod(?:e|ing)|UTF-?8|GBK|GB2312|GB18030|Latin-?1|ISO-8859|1252",
    re.IGNORECASE,
)
_TERMS = 2  # so many of them on a page that is about such damage
_EVERYDAY = 9.5  # nats: dearer hanzi may be damage themselves
_WHOLE = 2  # such hanzi in what is left of a line that quotes damage
_WHOLE_LATIN = 20  # or so many Latin letters


def without_quoted(text: str, edits: list[Edit]) -> list[Edit]:
    """Without the edits to lines that are otherwise whole, on a page that is about such damage: it quotes it."""
    if not edits or not _is_about_damage(applied(text, [replace(edit, text=" ") for edit in edits], 0, len(text))):
        return edits
    kept: list[Edit] = []
    at = 0
    while at < len(edits):
        start = text.rfind("\n", 0, edits[at].start) + 1
        end = text.find("\n", edits[at].start)
        end = len(text) if end < 0 else end
        after = bisect_left(edits, end, lo=at, key=lambda edit: edit.start)
        blanked = [replace(edit, text="") for edit in edits[at:after]]
        whole = applied(text, blanked, start, end)
        hanzi = sum("\u4e00" <= each <= "\u9fff" and cost(each) < _EVERYDAY for each in whole)
        if hanzi < _WHOLE and sum(each.isascii() and each.isalpha() for each in whole) < _WHOLE_LATIN:
            kept += edits[at:after]
        at = after
    return kept


def _is_about_damage(intact: str) -> bool:
    return len({found.lower() for found in _ABOUT_CODES.findall(intact)}) >= _TERMS or "乱码" in fold(intact)
