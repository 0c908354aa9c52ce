"""Words as what may follow their first character, and those that a page uses itself, with how likely they are."""

from __future__ import annotations

import math
from collections.abc import Iterable

NEVER = -99.0  # nats: what is no word
PAGE_SHARE = 0.45  # how far the page is believed to repeat itself
LONGEST_WORD = 4

# What may follow a character in words: the log probability of each word less that character (`NEVER` where this is
# only the beginning of words), and whether longer words go on behind it.
Words = dict[str, tuple[float, bool]]
_BEGUN = NEVER, True


def words_of(rests: Iterable[tuple[str, float]]) -> Words:
    """Words without their first character, as what may follow it."""
    found: Words = {}
    for rest, value in rests:
        found[rest] = value, rest in found and found[rest][1]
        for end in range(1, len(rest)):
            begun = rest[:end]
            known = found.get(begun)
            if known is None:
                found[begun] = _BEGUN
            elif not known[1]:
                found[begun] = known[0], True
    return found


class Page:
    """What a page says itself: stretches of 2 to 4 characters as words, and pairs; counted as they are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = len(text) + 2000
        self._counts: dict[str, dict[str, int]] = {}
        self._places: dict[str, list[int]] = {}
        for place, character in enumerate(text):
            self._places.setdefault(character, []).append(place)

    def words_from(self, first: str) -> Words:
        """What follows a character, once for all and again for every way on, with log probabilities."""
        counted = self._counted(first)
        return words_of((word, math.log(PAGE_SHARE * count / self._size)) for word, count in counted.items())

    def followers(self, first: str) -> dict[str, float]:
        """The log probabilities of what stands after a character on this page."""
        counted = self._counted(first)
        total = len(self._places.get(first, ())) + 1
        return {word: math.log(PAGE_SHARE * count / total) for word, count in counted.items() if len(word) == 1}

    def _counted(self, first: str) -> dict[str, int]:
        """How often each stretch of up to three characters stands behind a character."""
        counted = self._counts.get(first)
        if counted is None:
            counted = self._counts[first] = {}
            for place in self._places.get(first, ()):
                stretch = self._text[place + 1 : place + LONGEST_WORD].partition("\n")[0]
                for length in range(1, len(stretch) + 1):
                    word = stretch[:length]
                    counted[word] = counted.get(word, 0) + 1
        return counted
