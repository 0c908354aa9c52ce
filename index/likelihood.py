"""How likely a reading is as Chinese text: words, neighbouring characters, and what the page says itself.

Everything is asked of folded text (`index.fold`), so that one table serves both scripts. A text's
likelihood is half that of its best cutting into words, half that of each character after the one before
it; words of the page count like words of the dictionary (a cache model, Kuhn and De Mori 1990).
"""

from __future__ import annotations

import lzma
import math
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from index.frequency import cost

NEVER = -99.0
WORD_SHARE = 0.5  # of words in the score; the rest is neighbouring characters
UNSEEN_PAIR = -2.5  # nats, beside the second character's own probability
PAGE_SHARE = 0.3  # how far the page is believed to repeat itself
LONGEST_WORD = 4
SIGN_COSTS = {
    ",": 3.0,
    ".": 3.3,
    "、": 4.5,
    ":": 5.0,
    ";": 5.5,
    "(": 5.0,
    ")": 5.0,
    '"': 4.5,
    "<": 6.0,
    ">": 6.0,
}  # folded


class State(NamedTuple):
    """Where a reading has come to: its last characters, and the best cuttings that end at each of them."""

    tail: str = ""
    cuts: tuple[float, float, float, float] = (0.0, NEVER, NEVER, NEVER)


START = State()


class Likelihood:
    """The likelihood of text on one page; `page` is folded text to take words from."""

    def __init__(self, page: str = "") -> None:
        self._words, self._lines = _tables()
        self._followers: dict[str, dict[str, float]] = {}
        self._page_words, self._page_pairs = _page_tables(page)
        self._extra: dict[str, float] = {}

    def expect(self, words: dict[str, float]) -> None:
        """Also believe in these words (log probabilities), until told otherwise."""
        self._extra = words

    def single(self, character: str) -> float:
        """The log probability of one folded character."""
        known = self._words.get(character)
        return known if known is not None else -SIGN_COSTS.get(character, 0.0) or -cost(character)

    def follows(self, first: str, second: str) -> bool:
        """Whether the two were ever seen side by side."""
        return second in self.followers(first) or first + second in self._page_pairs or first + second in self._extra

    def followers(self, first: str) -> dict[str, float]:
        """The log probabilities of what was seen after a folded character."""
        found = self._followers.get(first)
        if found is None:
            found = self._followers[first] = _parsed(self._lines.get(first, ""))
        return found

    def word(self, word: str) -> float:
        """The log probability of a folded word, `NEVER` where it is none."""
        found = self._words.get(word, NEVER)
        here = self._page_words.get(word)
        if here is not None and here > found:
            found = here
        return max(found, self._extra[word]) if word in self._extra else found

    def step(self, state: State, character: str) -> tuple[State, float]:
        """Read one more folded character: the new state and what it adds to the log likelihood."""
        tail, cuts = state
        before = cuts[0]
        best = before + self.single(character)
        window = tail + character
        word = self.word
        for length in range(2, len(window) + 1):
            ended = cuts[length - 1]
            if ended > best:  # a word costs something: nothing below can win
                cut = ended + word(window[-length:])
                if cut > best:
                    best = cut
        gained = WORD_SHARE * (best - before) + (1 - WORD_SHARE) * self.pair(tail[-1:], character)
        return State(window[1 - LONGEST_WORD :], (best, before, cuts[1], cuts[2])), gained

    def pair(self, first: str, second: str) -> float:
        """The log probability of `second` after `first`, of `second` alone where `first` is empty."""
        if not first:
            return self.single(second)
        seen = self.followers(first).get(second)
        value = seen if seen is not None else max(self.single(second) + UNSEEN_PAIR, -16.0)
        both = first + second
        here = self._page_pairs.get(both, NEVER)
        if here > value:
            value = here
        return max(value, -2.0) if both in self._extra else value


def _parsed(line: str) -> dict[str, float]:
    parts = line.split(" ")
    return {
        second: int(value) / -10 for value, seconds in zip(parts[0::2], parts[1::2], strict=False) for second in seconds
    }


def _page_tables(page: str) -> tuple[dict[str, float], dict[str, float]]:
    """Stretches of 2 to 4 characters of the page as words, and its pairs, with log probabilities."""
    words: dict[str, float] = {}
    if not page:
        return words, {}
    size = len(page) + 2000
    singles = Counter(page)
    pairs = Counter(map("".join, zip(page, page[1:], strict=False)))
    for pair, count in pairs.items():
        words[pair] = math.log(PAGE_SHARE * count / size)
    for parts in ((page, page[1:], page[2:]), (page, page[1:], page[2:], page[3:])):
        for word, count in Counter(map("".join, zip(*parts, strict=False))).items():
            words[word] = math.log(PAGE_SHARE * count / size)
    return words, {pair: math.log(PAGE_SHARE * count / (singles[pair[0]] + 1)) for pair, count in pairs.items()}


@cache
def _tables() -> tuple[dict[str, float], dict[str, str]]:
    """Words with their log probabilities, and a line of followers for every first character."""
    packed = files("index").joinpath("data/language.txt.xz").read_bytes()
    first, _, second = lzma.decompress(packed).decode("utf-8").partition("\n\n")
    words: dict[str, float] = {}
    for line in first.split("\n"):
        value, *found = line.split(" ")
        words.update(dict.fromkeys(found, int(value) / -10))
    return words, {line[0]: line[2:] for line in second.split("\n")}
