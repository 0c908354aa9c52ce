"""What an out-of-step decoder does to text, asked backwards: from what stands there to what may have been meant.

A place of the text is in step, or a first byte (`pending`) waits for the second byte of its character,
which is the first byte of the next visible one. Between two visible characters the decoder may have
dropped pairs that stand for nothing; then two characters lack one byte each.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index import gbk
from index.candidates import ENDS, Candidate, alphabet
from index.fold import fold
from index.lattice import Lattice, Node
from index.likelihood import Likelihood
from index.readings import LETTERS, is_exact_reading, is_reading, is_usual_reading
from index.shear_arrivals import Arrivals, tries
from index.shear_gaps import Gaps
from index.shear_signals import has_debris, opens_line

SLIPPED = -6.0  # nats: a question mark where the reader lost step
NOTED = 2.0  # its second byte stands there before its own reading
LOST = -15.0  # a byte lost without a trace
RESUMED = -14.0  # back in step without a trace
GAP = 1.0  # a pair that was dropped: few are, and the likelihood knows nothing of it
UNREAD = -16.0  # a reading without its first bracket that nothing explains
BESIDE = 4  # characters: how near before a reading other debris shows that its bracket may be of the same run
WRONG_TONE = 5.0  # a reading of the right sound in another tone
SLIPPED_SIGN = 2.5  # punctuation is likely anywhere, and a slip seldom begins with it
UNCLOSED = {",": -4.0, "、": -6.0, "(": -6.0, "<": -6.0}  # nats: signs that a paragraph does not end with
ENDED = 2.0  # what speaks for a sign that ends a sentence, at the end of a paragraph
SPACE = 0xA1  # either byte of a full-width space, and the first of many signs
FULL_WIDTH = 0xFEE0  # from a sign to its full-width form
LETTER = 4.0  # nats: a letter of which nothing is left
TWO_GAPS = -17.0  # nats: where one dropped pair explains so little, two are tried
UNFIT = -9.0  # nats: a character that fits its reading but not the text
GOOD = -3.5  # nats: a character with both its bytes that fits so well leaves no room for others

_SWALLOWED = re.compile(rf"\?\(?([{LETTERS}]{{1,6}})\)")
_SIGN_LEADS = {SPACE: ".", 0xA3: ")"}  # the commonest sign that begins with a byte
USUAL_SIGNS = frozenset("，。、；：！？（）《》“”‘’「」『』【】—…·,.;:!?()<>")
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
        self._gaps = Gaps(likelihood, self._alphabet)
        self._arrivals = Arrivals(likelihood)

    def move(self, lattice: Lattice, node: Node, end: int, may_lose: bool) -> None:
        """Add every way on from `node` that stays before `end`. `may_lose`: a byte may be lost here without a trace."""
        if node.pending is None:
            self._in_step(lattice, node, end, may_lose)
        else:
            self._complete(lattice, node, node.pending, end)

    def close(self, lattice: Lattice, node: Node) -> None:
        """The paragraph ends here: what ends no sentence is less likely."""
        last = node.state.tail[-1:]
        lattice.weigh(node, ENDED if last in ENDS else UNCLOSED.get(last, 0.0))

    def _in_step(self, lattice: Lattice, node: Node, end: int, may_lose: bool) -> None:
        at = node.at
        noted = _BRACKETED.match(self.text, at, end)
        if noted and at and ("?" <= self.text[at - 1] <= "~" or is_reading(noted[1], self.text[at - 1])):
            lattice.add(node, noted.end(), None, (node.state, "", False), 0.0, noted[0], plain=True)
            return
        character = self.text[at]
        folded = fold(character)
        gained = self.likelihood.gain(node.state, folded)
        behind = node.state, folded, at >= self.signal
        lattice.add(node, at + 1, None, behind, gained, character, plain=True)
        if character == "?":
            self._slip(lattice, node, end, may_lose)
        elif may_lose:
            self._lose(lattice, node, end)

    def _slip(self, lattice: Lattice, node: Node, end: int, may_lose: bool) -> None:
        """The first byte of a character became `?`, or the bracket of a reading inserted between its bytes did."""
        at = node.at
        noted = _SWALLOWED.match(self.text, at, end)
        if noted and at:
            before = self.text[at - 1]  # in step, if the reading was inserted between its last byte and the next one
            sound = is_hanzi(before) or before in USUAL_SIGNS
            trails = list(self._annotated(before, noted[1])) if sound else []
            for trail in trails:
                behind = node.state, "", False
                lattice.add(node, noted.end(), trail, behind, SLIPPED, "", proved=len(trails) == 1)
            beside = self.text[max(0, at - BESIDE) : at].rpartition("\n")[2]  # may be out of step itself
            unread = SLIPPED if may_lose or has_debris(before) or has_debris(beside) else UNREAD
            lattice.add(node, noted.end(), None, (node.state, "", False), unread, noted[0])
            return
        self._slip_alone(lattice, node, end)
        opening = opens_line(self.text, at)
        for length, pair in self._units(at + 1, end):
            first, after = pair >> 8, pair & 0xFF
            if opening and first == SPACE:
                self._arrivals.arrive(lattice, node, at + 1 + length, after, (node.state, "", False), 0.0, "", True)
                continue
            for candidate in self._gaps.likely(node.state, self._alphabet.by_trail(first)):
                sign = 0.0 if candidate.is_hanzi else SLIPPED_SIGN + candidate.end
                self._arrivals.read_one(lattice, node, at + 1 + length, after, candidate, SLIPPED - sign, False)
            if tries(node):
                couples = self._gaps.behind_slip(node.state, first)
                self._arrivals.read_couples(lattice, node, at + 1 + length, after, couples, SLIPPED - GAP)

    def _slip_alone(self, lattice: Lattice, node: Node, end: int) -> None:
        """A slip that ended at once: the second byte was a low one, or had no partner and became `?` too."""
        at = node.at + 2
        second = self.text[at - 1] if at <= end else ""
        noted = _SWALLOWED.match(self.text, at - 1, end) if second == "?" else _BRACKETED.match(self.text, at, end)
        if noted and second == "?" and self.text[at] != "(":  # whose bracket it took along
            at = noted.end()
        if "@" <= second <= "~":
            pairs = self._table.by_trail.get(ord(second), ()) if noted else ()
            candidates = [self._alphabet.of_pair(pair) for pair in pairs] or self._alphabet.by_trail(ord(second))
        elif second == "?":
            among = self._alphabet.read_as(noted[1]) if noted else self._gaps.followers(node.state.tail[-1:])
            candidates = [one for one in among if one.trail > 0x80]
        else:
            return
        if noted:
            candidates = [one for one in candidates if is_exact_reading(noted[1], one.character)]
        elif not self.damaged:
            return
        for candidate in self._gaps.likely(node.state, candidates):
            proved = len(candidates) == 1 and second != "?"
            self._arrivals.read_one(lattice, node, at, None, candidate, NOTED if noted else SLIPPED, proved)
        if not noted and second != "?":
            couples = self._gaps.behind_slip(node.state, ord(second))
            self._arrivals.read_couples(lattice, node, at, None, couples, SLIPPED - GAP)

    def _lose(self, lattice: Lattice, node: Node, end: int) -> None:
        """One byte of a character is gone; the other pairs with the first of the next."""
        opening = opens_line(self.text, node.at)
        for length, pair in self._units(node.at, end):
            first, after = pair >> 8, pair & 0xFF
            if opening and first == SPACE:
                self._arrivals.arrive(
                    lattice, node, node.at + length, after, (node.state, "", False), LOST / 3, "", True
                )
                continue
            among = (*self._alphabet.by_trail(first), *self._alphabet.by_lead(first))
            for candidate in self._gaps.likely(node.state, list(among)):
                self._arrivals.read_one(lattice, node, node.at + length, after, candidate, LOST, False)

    def _complete(self, lattice: Lattice, node: Node, pending: int, end: int) -> None:
        """Find the second byte of the character that `pending` begins."""
        at = node.at
        noted = _BRACKETED.match(self.text, at, end)
        if noted and is_reading(noted[1], self.text[at - 1]):  # annotated across two characters, out of step
            lattice.add(node, noted.end(), pending, (node.state, "", False), 0.0, "", proved=True)
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
            gained = self.likelihood.gain(node.state, fold(shown))
            lattice.add(node, at + 1, None, (node.state, fold(shown), False), gained + RESUMED, shown)
        elif pending in _SIGN_LEADS and not is_hanzi(shown):  # a sign was dropped together with a letter behind it
            state, gained = self.likelihood.step(node.state, _SIGN_LEADS[pending])
            more = self.likelihood.gain(state, fold(shown))
            lattice.add(node, at + 1, None, (state, fold(shown), False), gained + more - LETTER, shown)

    def _with_pair(self, lattice: Lattice, node: Node, at: int, pending: int, first: int, after: int | None) -> float:
        """`first` is the second byte of `pending`, or of a character behind a dropped pair. The best gain."""
        best = -99.0
        whole = self._table.character.get(pending << 8 | first)
        if whole is not None:
            noted = _BRACKETED.match(self.text, at) if after is None else None
            wrong = noted is not None and not is_reading(noted[1], whole)
            candidate = self._alphabet.of_pair(pending << 8 | first)
            best = self._arrivals.read_one(lattice, node, at, after, candidate, -WRONG_TONE if wrong else 0.0, True)
            if best > GOOD and not (not node.state.tail and self.likelihood.expected()):
                return best
        tried = tries(node) > 0
        if tried:
            couples = self._gaps.across_gap(node.state, pending, first)
            best = max(best, self._arrivals.read_couples(lattice, node, at, after, couples, -GAP))
        if not node.state.tail:
            for meant in self._numbered(pending, first):
                best = max(best, self._arrivals.read_several(lattice, node, at, after, meant, 0.0))
        if best < TWO_GAPS and tried:
            firsts = self._alphabet.ending_in_gap(pending)
            for meant in self._gaps.across_two_gaps(node.state, firsts, self._alphabet.by_trail(first)):
                best = max(best, self._arrivals.read_several(lattice, node, at, after, meant, 0.0))
        return best

    def _numbered(self, pending: int, first: int) -> Iterator[list[Candidate]]:
        """Numbers of a paragraph of which nothing is left between `pending` and `first` but dropped pairs."""
        for number in self.likelihood.expected():
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
            likely = self._gaps.likely(node.state, self._alphabet.ending_high(pending))
            for one in likely[: max(1, tries(node))]:
                self._arrivals.read_one(lattice, node, node.at + 1, None, one, 0.0, False)
            couples = self._gaps.across_gap(node.state, pending, None)
            self._arrivals.read_couples(lattice, node, node.at + 1, None, couples, -GAP)
            return False
        after = noted.end()
        exact, others = self._alphabet.read_after(pending, noted[1])
        best = -99.0
        for one in exact:
            best = max(best, self._arrivals.read_one(lattice, node, after, None, one, 0.0, len(exact) == 1))
        for one in others:
            self._arrivals.read_one(lattice, node, after, None, one, -WRONG_TONE, False)
        if not exact or best < UNFIT:
            couples = self._gaps.across_gap(node.state, pending, None, noted[1])
            self._arrivals.read_couples(lattice, node, after, None, couples, -GAP)
        return bool(exact)

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


def is_hanzi(shown: str) -> bool:
    """Whether a character is a hanzi of the common block."""
    return "\u4e00" <= shown <= "\u9fff"
