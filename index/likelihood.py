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


class Trie:
    """Words that begin alike: what each next character completes (its log probability) and what may follow it."""

    __slots__ = ("value", "rest")

    def __init__(self) -> None:
        self.value = NEVER
        self.rest: dict[str, Trie] = {}

    def add(self, word: str, value: float) -> None:
        """One more word below this place."""
        place = self
        for character in word:
            place = place.rest.setdefault(character, Trie())
        place.value = max(value, place.value)


# Where a reading has come to: the last characters that still matter, its best cutting into words, and the words
# begun in it: the value of the cutting before, the characters so far, and what may follow.
State = tuple[str, float, list[tuple[float, int, dict[str, Trie]]]]
START: State = ("", 0.0, [])


class Likelihood:
    """The likelihood of text on one page; `page` is folded text to take words from."""

    def __init__(self, page: str = "") -> None:
        self._page = Page(page)
        self._begun: dict[str, tuple[dict[str, Trie], ...]] = {}
        self._followers: dict[str, dict[str, float]] = {}
        self._extra: dict[str, float] = {}
        self._extra_begun: dict[str, dict[str, Trie]] = {}

    def expect(self, words: dict[str, float]) -> None:
        """Also believe in these words (log probabilities), until told otherwise."""
        self._extra = words
        begun: dict[str, Trie] = {}
        for word, value in words.items():
            begun.setdefault(word[0], Trie()).add(word[1:], value)
        self._extra_begun = {first: trie.rest for first, trie in begun.items()}

    def expected(self) -> dict[str, float]:
        """The words that are believed in for now."""
        return self._extra

    def follows(self, first: str, second: str) -> bool:
        """Whether the two were ever seen side by side."""
        return second in self.followers(first) or first + second in self._extra

    def followers(self, first: str) -> dict[str, float]:
        """The log probabilities of what was seen after a folded character, here or elsewhere."""
        found = self._followers.get(first)
        if found is None:
            found = self._followers[first] = _highest(_seen_after(first), self._page.followers(first))
        return found

    def step(self, state: State, character: str, seen: bool = False) -> tuple[State, float]:
        """Read one more folded character: the new state and what it adds to the log likelihood.

        `seen`: it stands there on the page, so that a word of the page that begins here is no evidence.
        """
        tail, before, words = state
        best = before + single(character)
        going_on = []
        longest = 1
        for value, length, begun in words:
            place = begun.get(character)
            if place is not None:
                ended = value + place.value
                if ended > best:
                    best = ended
                if place.rest:
                    going_on.append((value, length + 1, place.rest))
                    if length >= longest:
                        longest = length + 1
        starting = self._begun.get(character)
        if starting is None:
            starting = self._begun[character] = self._starting(character)
        for begun in starting[:1] if seen else starting:
            going_on.append((before, 1, begun))
        if self._extra_begun and character in self._extra_begun:
            going_on.append((before, 1, self._extra_begun[character]))
        gained = WORD_SHARE * (best - before) + (1 - WORD_SHARE) * self.pair(tail[-1:], character)
        return ((tail + character)[-longest:], best, going_on), gained

    def pair(self, first: str, second: str) -> float:
        """The log probability of `second` after `first`, of `second` alone where `first` is empty."""
        if not first:
            return single(second)
        followers = self._followers.get(first)
        seen = (self.followers(first) if followers is None else followers).get(second)
        value = seen if seen is not None else unseen(second)
        return max(value, -2.0) if self._extra and first + second in self._extra else value

    def _starting(self, first: str) -> tuple[dict[str, Trie], ...]:
        here = self._page.words_from(first)
        return (_words_from(first), here) if here else (_words_from(first),)


@cache
def language() -> Likelihood:
    """The likelihood of text anywhere."""
    return Likelihood()


class Page:
    """What a page says itself: stretches of 2 to 4 characters as words, and pairs; counted as they are asked for."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._size = len(text) + 2000
        self._places: dict[str, list[int]] = {}
        for place, character in enumerate(text):
            self._places.setdefault(character, []).append(place)

    def words_from(self, first: str) -> dict[str, Trie]:
        """What follows a character, once for all and again for every way on, with log probabilities."""
        trie = Trie()
        for word, count in self._counted(first, LONGEST_WORD).items():
            if len(word) > 1:
                trie.add(word[1:], math.log(PAGE_SHARE * count / self._size))
        return trie.rest

    def followers(self, first: str) -> dict[str, float]:
        """The log probabilities of what stands after a character on this page."""
        counted = self._counted(first, 2)
        total = len(self._places.get(first, ())) + 1
        return {word[1]: math.log(PAGE_SHARE * count / total) for word, count in counted.items() if len(word) == 2}

    def _counted(self, first: str, longest: int) -> Counter[str]:
        counted: Counter[str] = Counter()
        for place in self._places.get(first, ()):
            stretch = self._text[place : place + longest].partition("\n")[0]
            counted.update(stretch[:length] for length in range(2, len(stretch) + 1))
        return counted


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


@cache
def _tables() -> tuple[dict[str, bytes], dict[str, bytes]]:
    """The lines of the two parts of the table by their first character; they are read as they are asked for."""
    words, _, pairs = files("index").joinpath("data/language.txt").read_bytes().partition(b"\n\n")
    return _by_first(words), _by_first(pairs)


def _by_first(part: bytes) -> dict[str, bytes]:
    lines = (line.partition(b" ") for line in part.split(b"\n"))
    return {first.decode("utf-8"): rest for first, _, rest in lines}


@cache
def _words_from(first: str) -> dict[str, Trie]:
    """The words of two characters and more that begin with a folded character, as what may follow it."""
    parts = _tables()[0].get(first, b"").decode("utf-8").split(" ")[1:]
    trie = Trie()
    for value, rests in zip(parts[0::2], parts[1::2], strict=False):
        for rest in rests.split(","):
            trie.add(rest, int(value) / -10)
    return trie.rest


@cache
def _seen_after(first: str) -> dict[str, float]:
    parts = _tables()[1].get(first, b"").decode("utf-8").split(" ")
    return {
        second: int(value) / -10 for value, seconds in zip(parts[0::2], parts[1::2], strict=False) for second in seconds
    }
