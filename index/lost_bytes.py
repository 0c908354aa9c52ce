"""Characters of which a byte was lost, chosen by what stands around them.

A lost byte leaves a handful of characters to choose from. Neighbouring characters weigh them first (forward and
backward over pairs, for lost characters stand side by side), then words do where that leaves a doubt
(`index.likelihood`). Each choice comes with its probability.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from math import exp, log

from index.fold import fold
from index.frequency import cost
from index.likelihood import Likelihood

Choices = tuple[str, ...]  # what a character may be, the most common first
Shares = list[tuple[str, float]]  # choices with their probabilities, the likeliest first

PLAIN = 0.998  # a choice as probable as this by its neighbours needs no words
MOST = 12  # choices that are weighed
BY_WORDS = 4  # of them by words, too
HOPELESS = 0.002  # a choice less probable than this by its neighbours is not asked for in words
REACH = 3  # characters on either side that words are looked for in
SEEN = 1.5  # nats for a character that the page uses elsewhere
TRADITIONAL = 0.05  # of the characters of a page: beyond, it is written in traditional characters
OTHER_SCRIPT = 4.0  # nats against a traditional character on a page without any
CLOSES = dict(zip("」』）》〉】〕”’", "「『（《〈【〔“‘", strict=True))
OPENED = 4.0  # nats for a bracket that closes one, against one that closes none
LONGEST_QUOTE = 60  # characters
EDGE = "\n"  # what stands outside the text


class Chooser:
    """Chooses among characters on one page; `page` is what of it is certain."""

    def __init__(self, page: str) -> None:
        folded = fold(page)
        self._reader = Likelihood()
        self._seen = Counter(page)
        differ = sum(raw != plain and raw > "\u3400" for raw, plain in zip(page, folded, strict=True))
        self._traditional = differ > TRADITIONAL * len(page)
        self._forms: dict[str, tuple[str, float]] = {}

    def choose(self, tokens: Sequence[str | Choices]) -> dict[int, tuple[str, float]]:
        """For each token that is a tuple of choices the likeliest of them and its probability, by its index."""
        shares: dict[int, Shares] = {}
        at = 0
        while at < len(tokens):
            end = at
            while end < len(tokens) and not isinstance(tokens[end], str):
                end += 1
            if end > at:
                before, after = _certain(tokens, at - 1), _certain(tokens, end)
                lost = [tuple(tokens[place][:MOST]) for place in range(at, end)]
                shares |= zip(range(at, end), self._by_pairs(before, lost, after), strict=True)
            at = end + 1
        self._settle(tokens, shares)
        return {place: found[0] for place, found in shares.items()}

    def _settle(self, tokens: Sequence[str | Choices], shares: dict[int, Shares]) -> None:
        """Ask words where pairs leave a doubt; once more where a neighbour was chosen anew."""
        best = [token if isinstance(token, str) else shares[place][0][0] for place, token in enumerate(tokens)]
        folded = list(fold("".join(best)))
        doubtful = {
            place: [choice for choice, share in found[:BY_WORDS] if share > HOPELESS]
            for place, found in shares.items()
            if found[0][1] < PLAIN
        }
        again = set(doubtful)
        for _ in range(2):
            changed = set()
            for place in sorted(again):
                shares[place] = self._by_words(best, folded, place, doubtful[place])
                chosen = shares[place][0][0]
                if chosen != best[place]:
                    best[place] = chosen
                    folded[place] = self._form(chosen)[0]
                    changed.add(place)
            again = {place + by for place in changed for by in range(-REACH, REACH + 1) if by} & set(doubtful)

    def _by_pairs(self, before: str, lost: list[Choices], after: str) -> list[Shares]:
        """The choices of neighbouring lost characters with their probabilities."""
        lattice = [[(each, *self._form(each)) for each in choices] for choices in lost]
        known = [("" if before == EDGE else fold(before), 0.0)]
        forward: list[list[float]] = []
        for choices in lattice:
            known = [(form, prior + self._arriving(known, form)) for _, form, prior in choices]
            forward.append([value for _, value in known])
        backward = [("." if after == EDGE else fold(after), 0.0)]
        found: list[Shares] = []
        for choices, front in zip(reversed(lattice), reversed(forward), strict=True):
            behind = [self._leaving(form, backward) for _, form, _ in choices]
            found.append(_shares([each for each, _, _ in choices], list(map(float.__add__, front, behind))))
            backward = [(form, prior + value) for (_, form, prior), value in zip(choices, behind, strict=True)]
        return found[::-1]

    def _arriving(self, known: list[tuple[str, float]], form: str) -> float:
        pair = self._reader.pair
        return _sum([value + pair(before, form) for before, value in known])

    def _leaving(self, form: str, backward: list[tuple[str, float]]) -> float:
        pair = self._reader.pair
        return _sum([value + pair(form, following) for following, value in backward])

    def _by_words(self, text: list[str], folded: list[str], place: int, choices: list[str]) -> Shares:
        """The choices for one character with their probabilities as words have it, what stands around it given."""
        step = self._reader.step
        state = self._reader.start
        for character in folded[max(0, place - REACH) : place]:
            state, _ = step(state, character)
        after = folded[place + 1 : place + 1 + REACH]
        scores = []
        for choice in choices:
            form, score = self._form(choice)
            score += _balance(text, place, choice)
            reached = state
            for character in (form, *after):
                reached, gained = step(reached, character)
                score += gained
            scores.append(score)
        return _shares(choices, scores)

    def _form(self, character: str) -> tuple[str, float]:
        """The folded form of a character, and what speaks for this one: how usual it is, and what the page uses."""
        known = self._forms.get(character)
        if known is None:
            form = fold(character)
            prior = min(0.0, cost(form) - cost(character)) + (SEEN if self._seen[character] else 0.0)
            prior -= OTHER_SCRIPT if form != character and not self._traditional else 0.0
            known = self._forms[character] = (form, prior)
        return known


def _balance(text: list[str], place: int, choice: str) -> float:
    """What speaks for a bracket that closes, which another one has opened, or against it."""
    opening = CLOSES.get(choice)
    if opening is None:
        return 0.0
    for character in reversed(text[max(0, place - LONGEST_QUOTE) : place]):
        if character in (choice, EDGE):
            break
        if character == opening:
            return OPENED
    return -OPENED


def _certain(tokens: Sequence[str | Choices], place: int) -> str:
    token = tokens[place] if 0 <= place < len(tokens) else EDGE
    return token if isinstance(token, str) else EDGE


def _sum(logarithms: list[float]) -> float:
    """The logarithm of a sum of probabilities given as logarithms."""
    if len(logarithms) == 1:
        return logarithms[0]
    highest = max(logarithms)
    return highest + log(sum([exp(each - highest) for each in logarithms]))


def _shares(choices: Sequence[str], scores: list[float]) -> Shares:
    """Log scores as probabilities, the highest first."""
    total = _sum(scores)
    shares = [(choice, exp(score - total)) for choice, score in zip(choices, scores, strict=True)]
    return sorted(shares, key=lambda pair: -pair[1])
