"""What an out-of-step decoder does to text, asked backwards: from what stands there to what may have been meant.

A place of the text is in step, or a first byte (`pending`) waits for the second byte of its character,
which is the first byte of the next visible one. Between two visible characters the decoder may have
dropped pairs that stand for nothing; then two characters lack one byte each.
"""

from __future__ import annotations

import heapq
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from operator import itemgetter
from typing import TypeVar

from index import gbk
from index.candidates import Candidate, alphabet
from index.fold import fold
from index.lattice import Lattice, Node
from index.likelihood import UNSEEN_PAIR, Likelihood, State
from index.readings import LETTERS, is_exact_reading, is_reading, is_usual_reading

SLIPPED = -6.0  # nats: a question mark where the reader lost step
NOTED = 2.0  # its second byte stands there before its own reading
LOST = -15.0  # a byte lost without a trace
RESUMED = -14.0  # back in step without a trace
GAP = 1.0  # a pair that was dropped: few are, and the likelihood knows nothing of it
RARE_GAP = 2.0  # pairs outside the rows that decoders are known to drop
UNREAD = -16.0  # a reading without its first bracket that nothing explains
WRONG_TONE = 5.0  # a reading of the right sound in another tone
SLIPPED_SIGN = 2.5  # punctuation is likely anywhere, and a slip seldom begins with it
CLOSER = 8.0  # what closes or divides, at the start of a line
SENTENCE_END = 3.0  # neighbours alone see no harm in ending a sentence anywhere
UNCLOSED = {",": -4.0, "、": -6.0, "(": -6.0}  # nats: signs that a paragraph does not end with
SPACE = 0xA1  # either byte of a full-width space, and the first of many signs
FULL_WIDTH = 0xFEE0  # from a sign to its full-width form
LETTER = 4.0  # nats: a letter of which nothing is left
CLOSE = 8.0  # nats behind the likeliest candidate, by neighbouring characters alone
TRIED = 8  # candidates weighed in full, out of those that neighbouring characters make likely
TWO_GAPS = -17.0  # nats: where one dropped pair explains so little, two are tried
UNFIT = -9.0  # nats: a character that fits its reading but not the text
GOOD = -3.5  # nats: a character with both its bytes that fits so well leaves no room for others

_SWALLOWED = re.compile(rf"\?\(?([{LETTERS}]{{1,6}})\)")
_SIGN_LEADS = {SPACE: ".", 0xA3: ")"}  # the commonest sign that begins with a byte
_Any = TypeVar("_Any")
_ENDS = frozenset(".!?")
_CLOSERS = frozenset(").,、;:!?>")
_BRACKETED = re.compile(rf"\(([{LETTERS}]{{1,6}})\)")


class Channel:
    """The moves through one page's damaged text."""

    def __init__(self, text: str, likelihood: Likelihood, traditional: bool | None, damaged: bool = False) -> None:
        self.text = text
        self.damaged = damaged  # whether other places of the page show that a stream lost step
        self.likelihood = likelihood
        self.signal = 0  # the place around which it is read
        self._alphabet = alphabet({True: "big5", False: "gb2312", None: "gbk"}[traditional])
        self._table = gbk.table()
        self._followed: dict[str, list[Candidate]] = {}
        self._fitting: dict[tuple[str, int], list[Candidate]] = {}
        self._couples: dict[tuple[str, int, int, str], list[list[Candidate]]] = {}

    def move(self, lattice: Lattice, node: Node, end: int, may_lose: bool) -> None:
        """Add every way on from `node` that stays before `end`. `may_lose`: a byte may be lost here without a trace."""
        if node.pending is None:
            self._in_step(lattice, node, end, may_lose)
        else:
            self._complete(lattice, node, node.pending, end)

    def close(self, lattice: Lattice, node: Node) -> None:
        """The paragraph ends here: what ends no sentence is less likely."""
        lattice.weigh(node, UNCLOSED.get(node.state[0][-1:], 0.0))

    def _in_step(self, lattice: Lattice, node: Node, end: int, may_lose: bool) -> None:
        at = node.at
        noted = _BRACKETED.match(self.text, at, end)
        if noted and at and ("@" <= self.text[at - 1] <= "~" or is_reading(noted[1], self.text[at - 1])):
            lattice.add(node, noted.end(), None, node.state, 0.0, noted[0], plain=True)
            return
        character = self.text[at]
        state, gained = self.likelihood.step(node.state, fold(character), at >= self.signal)
        lattice.add(node, at + 1, None, state, gained, character, plain=True)
        if character == "?":
            self._slip(lattice, node, end)
        elif may_lose:
            self._lose(lattice, node, end)

    def _slip(self, lattice: Lattice, node: Node, end: int) -> None:
        """The first byte of a character became `?`, or the bracket of a reading inserted between its bytes did."""
        at = node.at
        noted = _SWALLOWED.match(self.text, at, end)
        if noted and at:
            trails = list(self._annotated(self.text[at - 1], noted[1]))
            for trail in trails:
                lattice.add(node, noted.end(), trail, node.state, SLIPPED, "", proved=len(trails) == 1)
            lattice.add(node, noted.end(), None, node.state, UNREAD, noted[0])
            return
        self._slip_alone(lattice, node, end)
        opening = self._opens_line(at)
        for length, pair in self._units(at + 1, end):
            first, after = pair >> 8, pair & 0xFF
            if opening and first == SPACE:
                self._arrive(lattice, node, at + 1 + length, after, node.state, 0.0, "", True)
                continue
            for candidate in self._likely(node.state, self._alphabet.by_trail(first)):
                sign = (
                    0.0 if candidate.is_hanzi else SLIPPED_SIGN + (SENTENCE_END if candidate.folded in _ENDS else 0.0)
                )
                self._emit(lattice, node, at + 1 + length, after, [candidate], SLIPPED - sign, False)
            for meant in self._slip_across_gap(node.state, first):
                self._emit(lattice, node, at + 1 + length, after, meant, SLIPPED - GAP, False)

    def _slip_across_gap(self, state: State, first: int) -> list[list[Candidate]]:
        """The likeliest couples of which the first byte became `?` and the middle ones were dropped."""
        key = state[0][-1:], 0, first, ""
        found = self._couples.get(key)
        if found is None:
            firsts = [one for one in self._followers(state[0][-1:]) if one.trail in self._table.gaps]
            couples = self._couples_across(state, firsts, first, "")
            found = [[one, two] for _, one, two in _nearest(couples)]
            self._couples[key] = found
        return found

    def _slip_alone(self, lattice: Lattice, node: Node, end: int) -> None:
        """A slip that ended at once: the second byte was a low one, or had no partner and became `?` too."""
        at = node.at + 2
        second = self.text[at - 1] if at <= end else ""
        noted = _BRACKETED.match(self.text, at, end)
        if "@" <= second <= "~":
            pairs = self._table.by_trail.get(ord(second), ()) if noted else ()
            candidates = [self._alphabet.of_pair(pair) for pair in pairs] or self._alphabet.by_trail(ord(second))
        elif second == "?":
            among = self._alphabet.read_as(noted[1]) if noted else self._followers(node.state[0][-1:])
            candidates = [one for one in among if one.trail > 0x80]
        else:
            return
        if noted:
            candidates = [one for one in candidates if is_exact_reading(noted[1], one.character)]
        elif not self.damaged:
            return
        for candidate in self._likely(node.state, candidates):
            proved = len(candidates) == 1 and second != "?"
            self._emit(lattice, node, at, None, [candidate], NOTED if noted else SLIPPED, proved)
        for meant in self._slip_across_gap(node.state, ord(second)) if not noted and second != "?" else ():
            self._emit(lattice, node, at, None, meant, SLIPPED - GAP, False)

    def _lose(self, lattice: Lattice, node: Node, end: int) -> None:
        """One byte of a character is gone; the other pairs with the first of the next."""
        opening = self._opens_line(node.at)
        for length, pair in self._units(node.at, end):
            first, after = pair >> 8, pair & 0xFF
            if opening and first == SPACE:
                self._arrive(lattice, node, node.at + length, after, node.state, LOST / 3, "", True)
                continue
            among = (*self._alphabet.by_trail(first), *self._alphabet.by_lead(first))
            for candidate in self._likely(node.state, list(among)):
                self._emit(lattice, node, node.at + length, after, [candidate], LOST, False)

    def _complete(self, lattice: Lattice, node: Node, pending: int, end: int) -> None:
        """Find the second byte of the character that `pending` begins."""
        at = node.at
        noted = _BRACKETED.match(self.text, at, end)
        if noted and is_reading(noted[1], self.text[at - 1]):  # annotated across two characters, out of step
            lattice.add(node, noted.end(), pending, node.state, 0.0, "", proved=True)
            return
        shown = self.text[at]
        if shown == "?" and self._unpaired(lattice, node, pending, end):
            return
        best = -99.0
        for length, pair in self._units(at, end):
            first, after = pair >> 8, pair & 0xFF
            best = max(best, self._with_pair(lattice, node, at + length, pending, first, after))
        if "@" <= shown <= "~":
            self._with_pair(lattice, node, at + 1, pending, ord(shown), None)
        if best < UNFIT:  # nothing fits: the reader found back without a trace
            state, gained = self.likelihood.step(node.state, fold(shown))
            lattice.add(node, at + 1, None, state, gained + RESUMED, shown)
        elif pending in _SIGN_LEADS and not is_hanzi(shown):  # a sign was dropped together with a letter behind it
            state, gained = self.likelihood.step(node.state, _SIGN_LEADS[pending])
            state, more = self.likelihood.step(state, fold(shown))
            lattice.add(node, at + 1, None, state, gained + more - LETTER, shown)

    def _with_pair(self, lattice: Lattice, node: Node, at: int, pending: int, first: int, after: int | None) -> float:
        """`first` is the second byte of `pending`, or of a character behind a dropped pair. The best gain."""
        best = -99.0
        whole = self._table.character.get(pending << 8 | first)
        if whole is not None:
            noted = _BRACKETED.match(self.text, at) if after is None else None
            wrong = noted is not None and not is_reading(noted[1], whole)
            candidate = self._alphabet.of_pair(pending << 8 | first)
            best = self._emit(lattice, node, at, after, [candidate], -WRONG_TONE if wrong else 0.0, True)
            if best > GOOD and not (not node.state[0] and self.likelihood.expected()):
                return best
        for meant in self._across_gap(node.state, pending, first):
            best = max(best, self._emit(lattice, node, at, after, meant, -GAP, False))
        for meant in self._numbered(node.state, pending, first):
            best = max(best, self._emit(lattice, node, at, after, meant, 0.0, False))
        if best < TWO_GAPS:
            firsts = self._alphabet.ending_in_gap(pending)
            for meant in self._across_two_gaps(node.state, firsts, self._alphabet.by_trail(first)):
                best = max(best, self._emit(lattice, node, at, after, meant, 0.0, False))
        return best

    def _numbered(self, state: State, pending: int, first: int) -> Iterator[list[Candidate]]:
        """Numbers of a paragraph of which nothing is left between `pending` and `first` but dropped pairs."""
        for number in self.likelihood.expected() if not state[0] else ():
            meant = [one for character in number for one in self._alphabet.forms(character)[:1]]
            data = [byte for one in meant for byte in (one.lead, one.trail)]
            if len(meant) == len(number) > 2 and (data[0], data[-1]) == (pending, first):
                inner = zip(data[1:-1:2], data[2::2], strict=False)
                if all(lead in self._table.gaps.get(trail, ()) for trail, lead in inner):
                    yield meant

    def _unpaired(self, lattice: Lattice, node: Node, pending: int, end: int) -> bool:
        """The second byte of `pending` had no partner and became `?`. Whether a reading proves which it was."""
        noted = _SWALLOWED.match(self.text, node.at, end)
        if noted is None:
            for one in self._likely(node.state, self._alphabet.ending_high(pending)):
                self._emit(lattice, node, node.at + 1, None, [one], 0.0, False)
            for meant in self._across_gap(node.state, pending, None):
                self._emit(lattice, node, node.at + 1, None, meant, -GAP, False)
            return False
        after = noted.end()
        exact, others = self._alphabet.read_after(pending, noted[1])
        best = -99.0
        for one in exact:
            best = max(best, self._emit(lattice, node, after, None, [one], 0.0, True))
        for one in others:
            self._emit(lattice, node, after, None, [one], -WRONG_TONE, False)
        if not exact or best < UNFIT:
            for meant in self._across_gap(node.state, pending, None, noted[1]):
                self._emit(lattice, node, after, None, meant, -GAP, False)
        return bool(exact)

    def _emit(
        self,
        lattice: Lattice,
        node: Node,
        at: int,
        pending: int | None,
        meant: list[Candidate],
        gained: float,
        proved: bool,
    ) -> float:
        state = node.state
        for one in meant:
            state, more = self.likelihood.step(state, one.folded)
            gained += more + one.fit
        for one in meant[:-1]:
            gained -= _cost_in_gap(one)
        if len(meant) > 1 and meant[-1].folded in _ENDS:
            gained -= SENTENCE_END
        if not node.state[0] and meant[0].folded in _CLOSERS:
            gained -= CLOSER
        self._arrive(lattice, node, at, pending, state, gained, "".join(one.character for one in meant), proved)
        return gained

    def _arrive(
        self,
        lattice: Lattice,
        node: Node,
        at: int,
        pending: int | None,
        state: State,
        gained: float,
        reading: str,
        proved: bool,
    ) -> None:
        """A byte below 0x80 was a sign of its own: the reader is back in step behind it."""
        if pending is not None and pending < 0x80:
            state, more = self.likelihood.step(state, fold(chr(pending)))
            reading, gained, pending = reading + chr(pending), gained + more, None
        lattice.add(node, at, pending, state, gained, reading, proved=proved)

    def _units(self, at: int, end: int) -> Iterator[tuple[int, int]]:
        """The pairs of bytes that may stand behind what begins at `at`, with the length of what they show."""
        if at < end:
            for shown, pair in self._table.units.get(self.text[at], ()):
                if len(shown) == 1 or self.text.startswith(shown, at, end):
                    yield len(shown), pair

    def _annotated(self, before: str, syllable: str) -> Iterator[int]:
        """First bytes of the next character that, with the last byte of `before`, made a character so read."""
        pair = gbk.pair_of(before) or gbk.pair_of(chr(ord(before) + FULL_WIDTH) if "!" <= before <= "~" else before)
        if pair is not None:
            for annotated in self._table.by_lead.get(pair & 0xFF, ()):
                if annotated & 0xFF > 0x80 and is_usual_reading(syllable, self._table.character[annotated]):
                    yield annotated & 0xFF

    def _opens_line(self, at: int) -> bool:
        while at and self.text[at - 1] in " \u3000\t":
            at -= 1
        return at == 0 or self.text[at - 1] == "\n"

    def _likely(self, state: State, candidates: Sequence[Candidate]) -> list[Candidate]:
        """The few candidates that fit best behind the last character; `candidates` have the most common first."""
        key = state[0][-1:], id(candidates)
        if isinstance(candidates, tuple) and key in self._fitting:  # tuples are the alphabet's, which never go
            return self._fitting[key]
        seen = self.likelihood.followers(state[0][-1:])
        ranked = [(seen[one.folded] + one.fit, -rank, one) for rank, one in enumerate(candidates) if one.folded in seen]
        strangers = (one for one in candidates if one.folded not in seen)
        ranked += [(one.alone + UNSEEN_PAIR, -99, one) for one in islice(strangers, TRIED // 2)]
        found = [one for score, _, one in _nearest(ranked)]
        if isinstance(candidates, tuple):
            self._fitting[key] = found
        return found

    def _across_gap(self, state: State, pending: int, first: int | None, syllable: str = "") -> list[list[Candidate]]:
        """The likeliest couples that lost their middle bytes in one dropped pair.

        The first begins with `pending`, the second ends with `first`; None: with any high byte (and is
        read as `syllable`).
        """
        key = state[0][-1:], pending, first or 0, syllable
        found = self._couples.get(key)
        if found is None:
            couples = self._couples_across(state, self._alphabet.ending_in_gap(pending), first, syllable)
            found = [[one, two] for _, one, two in _nearest(couples)]
            self._couples[key] = found
        return found

    def _couples_across(
        self, state: State, firsts: Sequence[Candidate], first: int | None, syllable: str
    ) -> Iterator[tuple[float, Candidate, Candidate]]:
        for one in self._likely(state, firsts):
            leads = self._table.gaps[one.trail]
            begun = self.likelihood.pair(state[0][-1:], one.folded) + one.fit - _cost_in_gap(one)
            seen = self.likelihood.followers(one.folded)
            if first is not None:
                fitting = self._alphabet.behind_gap(one.trail, first)
            else:
                among = self._alphabet.read_as(syllable) if syllable else self._followers(one.folded)
                fitting = tuple(two for two in among if two.lead in leads and two.trail > 0x80)
            strangers = 0
            for two in fitting:
                follows = seen.get(two.folded)
                if follows is not None:
                    yield begun + follows + two.fit - (SENTENCE_END if two.folded in _ENDS else 0.0), one, two
                elif strangers < 2:
                    strangers += 1
                    yield begun + two.alone + UNSEEN_PAIR, one, two

    def _across_two_gaps(
        self, state: State, firsts: Sequence[Candidate], thirds: Sequence[Candidate]
    ) -> list[list[Candidate]]:
        """The likeliest triples between which two pairs were dropped: the one in the middle has no byte left."""
        found: list[tuple[float, list[Candidate]]] = []
        pair = self.likelihood.pair
        gaps = self._table.gaps
        for one in self._likely(state, firsts)[: TRIED // 2]:
            begun = pair(state[0][-1:], one.folded) + one.fit
            seen = self.likelihood.followers(one.folded)
            for two in self._followers(one.folded):
                if two.trail in gaps and two.lead in gaps[one.trail]:
                    after = self.likelihood.followers(two.folded)
                    leads = gaps[two.trail]
                    middle = begun + seen[two.folded]
                    found += [
                        (middle + after[three.folded] + three.fit, [one, two, three])
                        for three in thirds
                        if three.folded in after and three.lead in leads
                    ]
        return [meant for _, meant in heapq.nlargest(TRIED // 2, found, key=itemgetter(0))]

    def _followers(self, folded: str) -> list[Candidate]:
        """What is often seen after a folded character."""
        found = self._followed.get(folded)
        if found is None:
            followers = self.likelihood.followers(folded)
            best = heapq.nlargest(100, followers, key=lambda second: followers[second])
            found = self._followed[folded] = [one for second in best for one in self._alphabet.forms(second)]
        return found


def is_hanzi(shown: str) -> bool:
    """Whether a character is a hanzi of the common block."""
    return "\u4e00" <= shown <= "\u9fff"


def _nearest(ranked: Iterable[tuple[float, _Any, Candidate]]) -> list[tuple[float, _Any, Candidate]]:
    """The best of what is ranked, without what falls too far behind the first."""
    best = heapq.nlargest(TRIED, ranked, key=itemgetter(0))
    return [one for one in best if one[0] > best[0][0] - CLOSE]


def _cost_in_gap(one: Candidate) -> float:
    """How odd it is that the end of this character was dropped with the beginning of the next."""
    rare = RARE_GAP if 0xA1 <= one.trail <= 0xA9 else 0.0
    return rare + (SENTENCE_END if one.folded in _ENDS else 0.0)
