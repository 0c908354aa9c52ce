"""How likely a reading is as Chinese text: words, neighbouring characters, and what the page says itself.

Everything is asked of folded text (`index.fold`), so that one table serves both scripts. A text's
likelihood mixes that of its best cutting into words with that of each character after the one before
it and after the two before it; words of the page count like words of the dictionary (a cache model, Kuhn
and De Mori 1990).
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from functools import cache
from importlib.resources import files

from index.frequency import cost

NEVER = -99.0
SHARES = 0.5, 0.1, 0.4  # of words in the score, of neighbouring characters, of each one after the two before it
WITHOUT_TRIPLES = 0.7, 0.3, 0.0
UNSEEN_PAIR = -1.8  # nats, beside the second character's own probability
PAGE_SHARE = 0.45  # how far the page is believed to repeat itself
LONGEST_WORD = 4
REMEMBERED = 20_000  # states at most that know what comes next; then remembering begins anew
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


class State:
    """Where a reading has come to: the last characters that still matter (`tail`), and the words begun in it.

    Each of these is the value of the best cutting before it, less that of the best cutting of the whole, the
    characters behind its first, and what may follow that. What comes next from here is remembered, by character.
    """

    __slots__ = ("tail", "words", "gains", "steps")

    def __init__(self, tail: str, words: list[tuple[float, str, Words]]) -> None:
        self.tail = tail
        self.words = words
        self.gains: dict[str, float] = {}
        self.steps: dict[str, State] = {}


class Likelihood:
    """The likelihood of text on one page; `page` is folded text to take words from, `shares` are as in `SHARES`."""

    def __init__(self, page: str = "", shares: tuple[float, float, float] = SHARES) -> None:
        self._shares = shares
        self.start = State("", [])  # before the first character
        self._page = Page(page)
        self._states: dict[tuple[str, tuple[float, ...]], State] = {}
        self._begun: dict[str, tuple[Words, ...]] = {}
        self._here: dict[str, dict[str, float]] = {}
        self._extra: dict[str, float] = {}
        self._extra_begun: dict[str, Words] = {}

    def expect(self, words: dict[str, float]) -> None:
        """Also believe in these words (log probabilities), until told otherwise; readings begin anew."""
        if words != self._extra:
            self._forget()
        self._extra = words
        rests: dict[str, list[tuple[str, float]]] = {}
        for word, value in words.items():
            rests.setdefault(word[0], []).append((word[1:], value))
        self._extra_begun = {first: words_of(found) for first, found in rests.items()}

    def _forget(self) -> None:
        self.start = State("", [])
        self._states.clear()

    def expected(self) -> dict[str, float]:
        """The words that are believed in for now."""
        return self._extra

    def follows(self, first: str, second: str) -> bool:
        """Whether the two were ever seen side by side."""
        return second in seen_after(first) or second in self.here(first) or first + second in self._extra

    def here(self, first: str) -> dict[str, float]:
        """The log probabilities of what stands after a folded character on this page."""
        found = self._here.get(first)
        if found is None:
            found = self._here[first] = self._page.followers(first)
        return found

    def step(self, state: State, character: str, seen: bool = False) -> tuple[State, float]:
        """Read one more folded character: the new state and what it adds to the log likelihood.

        `seen`: it stands there on the page, so that a word of the page that begins here is no evidence.
        """
        return self.grow(state, character, seen), self.gain(state, character)

    def gain(self, state: State, character: str) -> float:
        """What one more folded character adds to the log likelihood."""
        found = state.gains.get(character)
        if found is None:
            found = state.gains[character] = self._gain(state, character)
        return found

    def grow(self, state: State, character: str, seen: bool = False) -> State:
        """The state behind one more folded character, as `step` has it."""
        key = character + " " if seen else character
        found = state.steps.get(key)
        if found is None:
            found = state.steps[key] = self._grown(state, character, seen)
        return found

    def _gain(self, state: State, character: str) -> float:
        pair = self.pair(state.tail[-1:], character)
        words_share, pairs_share, triples_share = self._shares
        gained = words_share * _best_cut(state, character) + pairs_share * pair
        if triples_share:
            triple = self._triple(state.tail[-2:], character, pair) if len(state.tail) > 1 else pair
            gained += triples_share * triple
        return gained

    def _grown(self, state: State, character: str, seen: bool) -> State:
        best = _best_cut(state, character)
        going_on = []
        longest = 1
        for value, rest, begun in state.words:
            rest += character
            found = begun.get(rest)
            if found is not None and found[1]:
                going_on.append((value, rest, begun))
                if len(rest) >= longest:
                    longest = len(rest) + 1
        starting = self._begun.get(character)
        if starting is None:
            starting = self._begun[character] = self._starting(character)
        for begun in starting[:1] if seen else starting:
            going_on.append((0.0, "", begun))
        if self._extra_begun and character in self._extra_begun:
            going_on.append((0.0, "", self._extra_begun[character]))
        last = state.tail[-1:]
        if longest < 2 and self._shares[2] and last and character in _triples_from(last):
            longest = 2
        words = [(round(value - best, 6), rest, begun) for value, rest, begun in going_on]
        tail = (state.tail + character)[-longest:]
        if seen:
            return State(tail, words)
        key = tail, tuple([value for value, _, _ in words])
        known = self._states.get(key)
        if known is None:
            if len(self._states) >= REMEMBERED:
                self._forget()
            known = self._states[key] = State(tail, words)
        return known

    def pair(self, first: str, second: str) -> float:
        """The log probability of `second` after `first`, of `second` alone where `first` is empty."""
        if not first:
            return single(second)
        value = seen_after(first).get(second)
        if value is None:
            value = unseen(second)
        if (here := self._here.get(first)) is None:
            here = self.here(first)
        if here and here.get(second, NEVER) > value:
            value = here[second]
        return max(value, -2.0) if self._extra and first + second in self._extra else value

    def _triple(self, before: str, character: str, pair: float) -> float:
        """The log probability of a character after two others; `pair`: after the last of them alone."""
        seen = _thirds(before[0], before[1])
        if seen is None:
            return pair
        left, thirds = seen
        value = thirds.get(character)
        if value is None:
            value = left + pair
        return max(value, self.here(before[1]).get(character, NEVER))

    def _starting(self, first: str) -> tuple[Words, ...]:
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


def _best_cut(state: State, character: str) -> float:
    """The value of the best cutting that ends with a character behind a state, less that of the best before it."""
    best = single(character)
    for value, rest, begun in state.words:
        word = begun.get(rest + character)
        if word is not None and value + word[0] > best:
            best = value + word[0]
    return best


@cache
def single(character: str) -> float:
    """The log probability of one folded character, anywhere."""
    known = _tables()[0].get(character, b"").partition(b" ")[0]
    return int(known) / -10 if known.isdigit() else -SIGN_COSTS.get(character, 0.0) or -cost(character)


@cache
def unseen(character: str) -> float:
    """The log probability of a folded character after one that it was never seen behind."""
    return max(single(character) + UNSEEN_PAIR, -16.0)


@cache
def _tables() -> tuple[dict[str, bytes], ...]:
    """The lines of the three parts of the table by their first character; they are read as they are asked for."""
    _, *parts = files("index").joinpath("data/language.txt").read_bytes().split(b"\n\n")
    return tuple(map(_by_first, parts))


def _by_first(part: bytes) -> dict[str, bytes]:
    lines = (line.partition(b" ") for line in part.split(b"\n"))
    return {first.decode("utf-8"): rest for first, _, rest in lines}


@cache
def _words_from(first: str) -> Words:
    """The words of two characters and more that begin with a folded character, as what may follow it."""
    parts = _tables()[0].get(first, b"").decode("utf-8").split(" ")[1:]
    pairs = zip(parts[0::2], parts[1::2], strict=False)
    return words_of((rest, int(value) / -10) for value, rests in pairs for rest in rests.split(","))


@cache
def seen_after(first: str) -> dict[str, float]:
    """The log probabilities of what was seen anywhere after a folded character."""
    return _costs_of(_tables()[1].get(first, b"").decode("utf-8").split(" "))


@cache
def _thirds(first: str, second: str) -> tuple[float, dict[str, float]] | None:
    """What is left for characters not seen after these two, and the log probabilities of those seen."""
    line = _triples_from(first).get(second)
    if line is None:
        return None
    left, *costs = line.split(" ")
    return int(left) / -10, _costs_of(costs)


@cache
def _triples_from(first: str) -> dict[str, str]:
    """The lines of the triples that begin with a character, by their second."""
    parts = _tables()[2].get(first, b"").decode("utf-8").split("|")
    return {part[0]: part[2:] for part in parts if part}


def _costs_of(parts: Sequence[str]) -> dict[str, float]:
    """The log probabilities of characters, out of costs and the characters that cost as much in turn."""
    pairs = zip(parts[0::2], parts[1::2], strict=False)
    return {character: int(value) / -10 for value, characters in pairs for character in characters}
