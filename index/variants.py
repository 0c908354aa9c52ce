"""Characters that only look like the ones they stand for: CJK radicals and compatibility ideographs.

Printing programs and PDF extractors put ⺠ (U+2EA0, a radical) where 民 was meant. No reader sees
the difference, every search does.
"""

from __future__ import annotations

import re
import unicodedata

from index.offsets import Edit

KIND = "variant"

# The radicals of U+2E80..2EF3 that are whole characters; Unicode decomposes two of them only.
# Source: Unicode Character Database, EquivalentUnifiedIdeograph.txt. Those of U+2F00..2FD5 follow from NFKC.
RADICALS = dict(
    zip(
        "⺁⺄⺇⺈⺊⺎⺐⺒⺓⺜⺝⺞⺟⺠⺩⺬⺼⺽⻁⻄⻅⻆⻇⻉⻊⻋⻑⻓⻔⻗⻘⻙⻚⻛⻜⻝⻞⻡⻢⻣⻤⻥⻦⻧⻨⻩⻪⻫⻬⻭⻮⻯⻰⻱⻲⻳",
        "厂乙几刀卜兀尢巳幺日月歺母民王示肉臼虎西见角角贝足车長长门雨青韦页风飞食食首马骨鬼鱼鸟卤麦黄黾斉齐歯齿竜龙龜亀龟",
        strict=True,
    )
)

_LOOKALIKE = re.compile("[\u2e80-\u2fdf\uf900-\ufaff\U0002f800-\U0002fa1f]")
_HANZI = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\U00020000-\U0002a6df]")
# A page about the characters themselves names them for what they are.
_ABOUT_CHARACTERS = re.compile(
    r"部首|偏旁|字旁|康熙字典|字根|(?:兼容|相容)(?:表意|汉字|漢字)|[Rr]adicals?\b|U\+(?:2[EF]|F[9A])"
)


def unify(text: str) -> list[Edit]:
    """The edits that put the ordinary character where a lookalike stands amid hanzi.

    >>> unify("⺠生项目")
    [Edit(start=0, end=1, text='民', kind='variant', confidence=1.0)]
    """
    if _LOOKALIKE.search(text) is None or _ABOUT_CHARACTERS.search(text):
        return []
    edits = []
    for match in _LOOKALIKE.finditer(text):
        ordinary = _ordinary(match[0])
        if ordinary != match[0] and _amid_hanzi(text, match.start()):
            edits.append(Edit(match.start(), match.end(), ordinary, KIND))
    return edits


def _ordinary(character: str) -> str:
    if character in RADICALS:
        return RADICALS[character]
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def _amid_hanzi(text: str, at: int) -> bool:
    """True where a neighbour is a hanzi, or a lookalike that itself stands amid hanzi on its other side."""
    before, after = text[at - 1 : at], text[at + 1 : at + 2]
    if _HANZI.match(before) or _HANZI.match(after):
        return True
    return bool(
        (_LOOKALIKE.match(before) and _HANZI.match(text[at - 2 : at - 1] if at > 1 else ""))
        or (_LOOKALIKE.match(after) and _HANZI.match(text[at + 2 : at + 3]))
    )
