"""How likely a reading is as Chinese text: words, neighbouring characters, and what the page says itself.

Everything is asked of folded text (`index.fold`), so that one table serves both scripts. A text's
likelihood mixes that of its best cutting into words with that of each character after the one before
it; words of the page count like words of the dictionary (a cache model, Kuhn and De Mori 1990).
"""

from __future__ import annotations

import math
from collections import Counter
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from index.frequency import cost

NEVER = -99.0
WORD_SHARE = 0.6  # of words in the score; the rest is neighbouring characters
UNSEEN_PAIR = -1.8  # nats, beside the second character's own probability
PAGE_SHARE = 0.45  # how far the page is believed to repeat itself
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
        self._words: dict[str, dict[str, float]] = {}
        self._followers: dict[str, dict[str, float]] = {}
        self._page_words, self._page_pairs = _page_tables(page)
        self._extra: dict[str, float] = {}

    def expect(self, words: dict[str, float]) -> None:
        """Also believe in these words (log probabilities), until told otherwise."""
        self._extra = words

    def expected(self) -> dict[str, float]:
        """The words that are believed in for now."""
        return self._extra

    def single(self, character: str) -> float:
        """The log probability of one folded character."""
        return single(character)

    def follows(self, first: str, second: str) -> bool:
        """Whether the two were ever seen side by side."""
        return second in self.followers(first) or first + second in self._extra

    def followers(self, first: str) -> dict[str, float]:
        """The log probabilities of what was seen after a folded character, here or elsewhere."""
        found = self._followers.get(first)
        if found is None:
            found = _highest(_seen_after(first), self._page_pairs.get(first))
            self._followers[first] = found
        return found

    def word(self, word: str) -> float:
        """The log probability of a folded word, `NEVER` where it is none."""
        words = self._words.get(word[0])
        if words is None:
            words = self._words[word[0]] = _highest(_words_from(word[0]), self._page_words.get(word[0]))
        found = words.get(word, NEVER)
        return max(found, self._extra[word]) if self._extra and word in self._extra else found

    def step(self, state: State, character: str) -> tuple[State, float]:
        """Read one more folded character: the new state and what it adds to the log likelihood."""
        tail, cuts = state
        before = cuts[0]
        best = before + single(character)
        words = self._words
        for back in range(1, len(tail) + 1):
            ended = cuts[back]
            if ended > best:  # a word costs something: nothing below can win
                word = tail[-back:] + character
                if word[0] in words and not self._extra:
                    cut = ended + words[word[0]].get(word, NEVER)
                else:
                    cut = ended + self.word(word)
                if cut > best:
                    best = cut
        gained = WORD_SHARE * (best - before) + (1 - WORD_SHARE) * self.pair(tail[-1:], character)
        return State((tail + character)[1 - LONGEST_WORD :], (best, before, cuts[1], cuts[2])), gained

    def pair(self, first: str, second: str) -> float:
        """The log probability of `second` after `first`, of `second` alone where `first` is empty."""
        if not first:
            return self.single(second)
        seen = self.followers(first).get(second)
        value = seen if seen is not None else unseen(second)
        return max(value, -2.0) if self._extra and first + second in self._extra else value


@cache
def single(character: str) -> float:
    """The log probability of one folded character, anywhere."""
    known = _tables()[0].get(character, b"").partition(b" ")[0]
    return int(known) / -10 if known.isdigit() else -SIGN_COSTS.get(character, 0.0) or -cost(character)


@cache
def unseen(character: str) -> float:
    """The log probability of a folded character after one that it was never seen behind."""
    return max(single(character) + UNSEEN_PAIR, -16.0)


def _highest(known: dict[str, float], here: dict[str, float] | None) -> dict[str, float]:
    """The higher figure of each entry of the two; `known` itself is left alone."""
    if not here:
        return known
    found = dict(known)
    for entry, value in here.items():
        found[entry] = max(value, found.get(entry, NEVER))
    return found


def _page_tables(page: str) -> tuple[dict[str, dict[str, float]], dict[str, dict[str, float]]]:
    """Stretches of 2 to 4 characters of the page as words, and its pairs: log probabilities by first character."""
    words: dict[str, dict[str, float]] = {}
    pairs: dict[str, dict[str, float]] = {}
    size = len(page) + 2000
    singles = Counter(page)
    for parts in ((page, page[1:]), (page, page[1:], page[2:]), (page, page[1:], page[2:], page[3:])):
        for word, count in Counter(map("".join, zip(*parts, strict=False))).items():
            if "\n" not in word:
                words.setdefault(word[0], {})[word] = math.log(PAGE_SHARE * count / size)
                if len(word) == 2:
                    pairs.setdefault(word[0], {})[word[1]] = math.log(PAGE_SHARE * count / (singles[word[0]] + 1))
    return words, pairs


@cache
def _tables() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The lines of the two parts of the table by their first character; they are read as they are asked for."""
    words, _, pairs = files("index").joinpath("data/language.txt").read_bytes().partition(b"\n\n")
    return _by_first(words), _by_first(pairs)


def _by_first(part: bytes) -> dict[str, bytes]:
    lines = (line.partition(b" ") for line in part.split(b"\n"))
    return {first.decode("utf-8"): rest for first, _, rest in lines}


@cache
def _words_from(first: str) -> dict[str, float]:
    """The words of two characters and more that begin with a folded character, with their log probabilities."""
    parts = _tables()[0].get(first, b"").decode("utf-8").split(" ")[1:]
    return {
        first + rest: int(value) / -10
        for value, rests in zip(parts[0::2], parts[1::2], strict=False)
        for rest in rests.split(",")
    }


@cache
def _seen_after(first: str) -> dict[str, float]:
    parts = _tables()[1].get(first, b"").decode("utf-8").split(" ")
    return {
        second: int(value) / -10 for value, seconds in zip(parts[0::2], parts[1::2], strict=False) for second in seconds
    }
