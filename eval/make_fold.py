"""Make `index/data/fold.tsv`, the 1:1 table of `index.fold`: `python -m eval.make_fold`.

Every line is one character, a tab and the character it folds to. Sources, in this order:
Unicode's NFKC where it gives one character; the CJK radicals that are whole characters; OpenCC's
traditional to simplified characters (Hong Kong's variants included); punctuation; lower case.
OpenCC is needed to make the table, never to use it.
"""

from __future__ import annotations

import sys
import unicodedata
from collections.abc import Callable
from pathlib import Path

from index.variants import RADICALS

TABLE = Path(__file__).parent.parent / "index" / "data" / "fold.tsv"

# ASCII counterparts where Chinese punctuation has one; NFKC has done the full-width forms.
PUNCTUATION = {
    "。．｡": ".",
    "、､": ",",
    "‐‑‒–—―−⁃﹘─━": "-",
    "“”„‟〝〞〟「」﹁﹂«»": '"',
    "‘’‚‛『』﹃﹄‹›": "'",
    "《〈": "<",
    "》〉": ">",
    "【〔〖〚": "[",
    "】〕〗〛": "]",
    "～〜∼˜": "~",
    "•‧・･∙⋅●▪■◆": "·",
    "⋯": "…",
    "○◯": "〇",  # typed for the numeral zero: 二○二四
    "峯": "峰",
    "囯": "国",
    "羣": "群",
}

# These are marks, not digits or words: folded they would make numbers that nobody wrote.
ENCLOSED = (range(0x2460, 0x2500), range(0x3200, 0x3400), range(0x1F100, 0x1F200), range(0x2160, 0x2189))


def compatibility(character: str) -> str:
    """NFKC, where that is one other character."""
    if any(ord(character) in block for block in ENCLOSED):
        return character
    plain = unicodedata.normalize("NFKC", character)
    return plain if len(plain) == 1 else character


def simplifier() -> Callable[[str], str]:
    """OpenCC's reading of a single character."""
    import opencc

    mainland, hong_kong = opencc.OpenCC("t2s"), opencc.OpenCC("hk2s")

    def simplified(character: str) -> str:
        for converter in (mainland, hong_kong):
            found = str(converter.convert(character))
            if found != character and len(found) == 1:
                return found
        return character

    return simplified


def folded(character: str, simplified: Callable[[str], str], marks: dict[str, str]) -> str:
    """`character` after every step, repeated until nothing changes."""
    seen = {character}
    while True:
        before = character
        character = RADICALS.get(character, character)
        character = compatibility(character)
        if is_hanzi(character):
            character = simplified(character)
        character = marks.get(character, character)
        lower = character.lower()
        character = lower if len(lower) == 1 else character
        if character == before:
            return character
        if character in seen:
            raise ValueError(f"the steps run in a circle at U+{ord(character):04X}")
        seen.add(character)


def is_hanzi(character: str) -> bool:
    """True for the unified ideographs."""
    return unicodedata.name(character, "").startswith("CJK UNIFIED")


def make() -> str:
    """The table as text."""
    simplified = simplifier()
    marks = {character: target for characters, target in PUNCTUATION.items() for character in characters}
    lines = []
    for code in range(0x80, sys.maxunicode + 1):
        character = chr(code)
        if unicodedata.category(character) in ("Cs", "Co", "Cn", "Cc", "Zl", "Zp"):
            continue
        target = folded(character, simplified, marks)
        if target != character:
            lines.append(f"{character}\t{target}\n")
    lines += [f"{chr(code)}\t{chr(code + 32)}\n" for code in range(ord("A"), ord("Z") + 1)]
    return "".join(lines)


if __name__ == "__main__":
    TABLE.write_text(make(), encoding="utf-8", newline="\n")
