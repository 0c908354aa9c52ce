"""How likely a reading is as Chinese text: words, neighbouring characters, and what the page says itself.

Everything is asked of folded text (`index.fold`), so that one table serves both scripts. A text's
likelihood mixes that of its best cutting into words with that of each character after the one before
it and after the two before it; words of the page count like words of the dictionary (a cache model, Kuhn
and De Mori 1990).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from importlib.resources import files

from index.frequency import cost
from index.page_words import NEVER, Page, Words, words_of

SHARES = 0.5, 0.1, 0.4  # of words in the score, of neighbouring characters, of each one after the two before it
WITHOUT_TRIPLES = 0.7, 0.3, 0.0
UNSEEN_PAIR = -1.8  # nats, beside the second character's own probability
EXPECTED = -2.0  # nats: at least this likely is the second of two expected characters
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


_NOTHING: dict[str, float] = {}


class State:
    """Where a reading has come to: the last characters that still matter (`tail`), and the words begun in it.

    Each of these is the value of the best cutting before it, less that of the best cutting of the whole, the
    characters behind its first, and what may follow that. What comes next from here is remembered, by character.
    """

    __slots__ = ("tail", "words", "gains", "steps", "behind")

    def __init__(self, tail: str, words: list[tuple[float, str, Words]]) -> None:
        self.tail = tail
        self.words = words
        self.gains: dict[str, float] = {}
        self.steps: dict[str, State] = {}
        self.behind: Behind | None = None  # what is known of characters behind the last two, once asked for


# The log probabilities of characters behind the last one anywhere and on this page, of characters behind the last two,
# and what is left for those not seen behind two.
Behind = tuple[dict[str, float], dict[str, float], dict[str, float], float]


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
        best = alone = single(character)
        for value, rest, begun in state.words:
            word = begun.get(rest + character)
            if word is not None and value + word[0] > best:
                best = value + word[0]
        words_share, pairs_share, triples_share = self._shares
        if not state.tail:
            return words_share * best + (pairs_share + triples_share) * alone
        seen, here, thirds, left = state.behind or self._behind(state)
        pair = seen.get(character)
        if pair is None:
            pair = unseen(character)
        repeated = here.get(character, NEVER)
        if repeated > pair:
            pair = repeated
        if self._extra and pair < EXPECTED and state.tail[-1] + character in self._extra:
            pair = EXPECTED
        triple = thirds.get(character)
        if triple is None:
            triple = pair + left
        if repeated > triple:
            triple = repeated
        return words_share * best + pairs_share * pair + triples_share * triple

    def _behind(self, state: State) -> Behind:
        """What is known of characters behind a state's last two."""
        tail = state.tail
        last = tail[-1]
        thirds = _thirds(tail[-2], last) if self._shares[2] and len(tail) > 1 else None
        left, seen = thirds or (0.0, _NOTHING)
        state.behind = found = (seen_after(last), self.here(last), seen, left)
        return found

    def _grown(self, state: State, character: str, seen: bool) -> State:
        best = single(character)
        going_on = []
        for value, rest, begun in state.words:
            rest += character
            found = begun.get(rest)
            if found is not None:
                if value + found[0] > best:
                    best = value + found[0]
                if found[1]:
                    going_on.append((value, rest, begun))
        longest = len(going_on[0][1]) + 1 if going_on else 1  # the first has been going on for longest
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
        return max(value, EXPECTED) if self._extra and first + second in self._extra else value

    def _starting(self, first: str) -> tuple[Words, ...]:
        here = self._page.words_from(first)
        return (_words_from(first), here) if here else (_words_from(first),)


@cache
def language() -> Likelihood:
    """The likelihood of text anywhere."""
    return Likelihood()


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
