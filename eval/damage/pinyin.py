"""A converter that leaves the reading after the characters of its list, wherever they stand."""

from __future__ import annotations

import random as randomness

from pypinyin import Style, pinyin

from eval.damage import Damaged
from index.fold import fold


def damage(body: str, random: randomness.Random) -> Damaged:
    """Annotate a random share of the body's characters, each at every place where it stands.

    In a traditional body the list is drawn from characters that have a simplified form, as the
    converter's was; in a simplified one from a third of all.
    """
    return Damaged(annotate(body, word_list(body, random)).encode("utf-8"), body)


def word_list(body: str, random: randomness.Random) -> frozenset[str]:
    """The characters that the converter annotates."""
    hanzi = sorted({character for character in body if "\u4e00" <= character <= "\u9fff"})
    different = [character for character in hanzi if fold(character) != character]
    if len(different) < len(hanzi) / 10:
        different = random.sample(hanzi, len(hanzi) // 3)
    return frozenset(random.sample(different, round(len(different) * random.uniform(0.2, 0.9))))


def annotate(body: str, listed: frozenset[str]) -> str:
    """`body` with a reading in brackets after every listed character."""
    return "".join(character + (f"({reading(character)})" if character in listed else "") for character in body)


def reading(character: str) -> str:
    """The first reading of a character, with its tone mark."""
    return str(pinyin(character, style=Style.TONE)[0][0])
