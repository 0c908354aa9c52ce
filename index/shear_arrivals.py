"""What it is worth to read candidates at a place, and where the reader has come to behind them."""

from __future__ import annotations

from index.candidates import ODD_FORM, Candidate
from index.fold import fold
from index.lattice import Behind, Lattice, Node
from index.likelihood import Likelihood
from index.shear_gaps import Couple

CLOSER = 8.0  # what closes or divides, at the start of a line
BY_PAIRS = 0.4  # of what neighbours say of a couple is in its likelihood,
BY_WORDS = -4.5  # nats: and the most that words add to that, 99 times in 100
ROWS = ("α", "ω"), ("а", "я"), ("ぁ", "ヿ")  # scripts of which foreign names and words are written, folded
IN_ROW = -4.5  # nats: a letter behind another of its script
COUPLES = 8  # that are tried from the best node at a place,
FEWER = 2.0  # and so many fewer for each nat that a node is behind it
_CLOSERS = frozenset(").,、;:!?>")


class Arrivals:
    """The ways on through one page's damaged text, each with what speaks for it."""

    def __init__(self, likelihood: Likelihood) -> None:
        self.likelihood = likelihood

    def read_couples(
        self, lattice: Lattice, node: Node, at: int, pending: int | None, couples: list[Couple], gained: float
    ) -> float:
        """Read couples, best first, until words can no longer lift one into the beam. The best gain."""
        best = -99.0
        for score, meant in couples[: tries(node)]:
            if node.score + gained + BY_PAIRS * score + BY_WORDS < lattice.floor(at):
                break
            best = max(best, self.read_several(lattice, node, at, pending, meant, gained))
        return best

    def read_one(
        self, lattice: Lattice, node: Node, at: int, pending: int | None, one: Candidate, gained: float, proved: bool
    ) -> float:
        """Read one character; what it gains in all."""
        state, folded = node.state, one.folded
        if one.fit <= -ODD_FORM and _goes_on_in_row(state.tail[-1:], folded):
            gained += IN_ROW
        else:
            gained += (state.gains.get(folded) or self.likelihood.gain(state, folded)) + one.fit
        if not state.tail and folded in _CLOSERS:
            gained -= CLOSER
        if node.score + gained >= lattice.floor(at):
            self.arrive(lattice, node, at, pending, (state, folded, False), gained, one.character, proved)
        return gained

    def read_several(
        self, lattice: Lattice, node: Node, at: int, pending: int | None, meant: list[Candidate], gained: float
    ) -> float:
        """Read several characters between which pairs were dropped; what they gain in all."""
        state = node.state
        likelihood = self.likelihood
        if not state.tail and meant[0].folded in _CLOSERS:
            gained -= CLOSER
        for one in meant[:-1]:
            folded = one.folded
            gained += (state.gains.get(folded) or likelihood.gain(state, folded)) + one.fit - one.gap
            state = state.steps.get(folded) or likelihood.grow(state, folded)
        last = meant[-1]
        folded = last.folded
        gained += (state.gains.get(folded) or likelihood.gain(state, folded)) + last.fit - last.end
        if node.score + gained >= lattice.floor(at):
            reading = "".join([one.character for one in meant])
            self.arrive(lattice, node, at, pending, (state, folded, False), gained, reading, False)
        return gained

    def arrive(
        self,
        lattice: Lattice,
        node: Node,
        at: int,
        pending: int | None,
        behind: Behind,
        gained: float,
        reading: str,
        proved: bool,
    ) -> None:
        """A byte below 0x80 was a sign of its own: the reader is back in step behind it."""
        if pending is not None and pending < 0x80:
            state, character, _ = behind
            if character:
                state = self.likelihood.grow(state, character)
            sign = fold(chr(pending))
            behind, gained = (state, sign, False), gained + self.likelihood.gain(state, sign)
            reading, pending = reading + chr(pending), None
        lattice.add(node, at, pending, behind, gained, reading, proved=proved)


def _goes_on_in_row(last: str, letter: str) -> bool:
    """Whether a letter of a foreign script stands behind another of the same."""
    return last != "" and any(low <= last <= high and low <= letter <= high for low, high in ROWS)


def tries(node: Node) -> int:
    """How many couples are tried from a node: the farther behind, the fewer."""
    return max(0, COUPLES - int(node.behind * FEWER))
