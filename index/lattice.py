"""A lattice of readings of one stretch of text: the best path, and how probable each of its steps is.

Nodes are reached in the order of the text. Two ways to one node differ only in what lies behind it, so
they are kept as arcs; forward and backward sums over the arcs give posterior probabilities (Rabiner
1989). What falls too far behind the best at its place is dropped (beam search).
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from operator import itemgetter

from index.likelihood import State

WIDTH = 10  # nodes kept at one place
BEAM = 11.0  # nats behind the best node at its place
TEMPERATURE = 1.4  # the likelihoods are overconfident: neighbouring characters count their words twice


@dataclass(slots=True, eq=False)
class Node:
    """A place of the text (`at`), the byte that waits for its partner there (None: in step), and the state behind."""

    at: int
    pending: int | None
    state: State
    score: float
    arcs: list[Arc] = field(default_factory=list)
    forward: float = 0.0
    backward: float = -math.inf
    behind: float = 0.0  # nats behind the best node at its place, once followed

    def in_step(self) -> bool:
        """Whether nothing waits here, and what led here stands as it was meant."""
        return self.pending is None and all(arc.plain for arc in self.arcs)


@dataclass(slots=True, eq=False)
class Arc:
    """`text[start:end]` read as `reading`, coming from `origin`. `proved` by its bytes or by a reading in brackets."""

    origin: Node
    gained: float
    start: int
    end: int
    reading: str
    proved: bool
    plain: bool  # in step: what stands there is what was meant


# A state, and the folded character read behind it (empty: none) with whether it stands there: the state behind that
# is grown only where it is needed.
Behind = tuple[State, str, bool]
_Way = tuple[float, int | None, Behind, Arc]  # with its score, and the byte that waits at its end


class Lattice:
    """All readings still alive, as nodes by place."""

    def __init__(self, at: int, state: State, grow: Callable[[State, str, bool], State]) -> None:
        self._grow = grow  # the state behind one more character, as `Likelihood.grow`
        self._places: dict[int, list[_Way]] = defaultdict(list)
        self._queue = [at]
        self._best: dict[int, float] = {}
        self._done: list[list[Node]] = []
        self._beginnings = [Node(at, None, state, 0.0)]

    def add(
        self,
        origin: Node,
        at: int,
        pending: int | None,
        behind: Behind,
        gained: float,
        reading: str,
        *,
        start: int = -1,
        proved: bool = False,
        plain: bool = False,
    ) -> None:
        """One more way on from `origin` to the place `at`, reading `text[start or origin.at:at]` as `reading`."""
        score = origin.score + gained
        best = self._best.get(at)
        if best is None:
            heapq.heappush(self._queue, at)
            self._best[at] = score
        elif score > best:
            self._best[at] = score
        elif score < best - BEAM:
            return
        arc = Arc(origin, gained, origin.at if start < 0 else start, at, reading, proved, plain)
        self._places[at].append((score, pending, behind, arc))

    def pop(self) -> list[Node]:
        """The nodes worth following at the next place of the text, best first; empty at the end."""
        if not self._queue:
            return []
        at = heapq.heappop(self._queue)
        nodes = self._nodes(at, self._places.pop(at, [])) or sorted(self._beginnings, key=lambda node: -node.score)
        for node in nodes:
            node.behind = nodes[0].score - node.score
        self._done.append(nodes)
        return nodes

    def _nodes(self, at: int, ways: list[_Way]) -> list[Node]:
        """The best nodes at a place; what lies behind a way is looked at only where the way is one of the best."""
        nodes: dict[tuple[int | None, str], Node] = {}
        ends: set[tuple[int | None, str]] = set()
        ways.sort(key=itemgetter(0), reverse=True)
        worst = ways[0][0] - BEAM if ways else 0.0
        last = worst
        for score, pending, (state, character, seen), arc in ways:
            if score <= worst and nodes:
                break
            full = len(nodes) >= WIDTH and score < last
            if full and (pending, character or state.tail[-1:]) not in ends:
                continue
            if character:
                state = self._grow(state, character, seen)
            key = pending, state.tail
            node = nodes.get(key)
            if node is None:
                if full:
                    continue
                node = nodes[key] = Node(at, pending, state, score)
                ends.add((pending, state.tail[-1:]))
                last = score  # those as good as the last are kept too
            node.arcs.append(arc)
        return list(nodes.values())

    def begin(self, pending: int, state: State, score: float) -> None:
        """One more way to begin: with a byte that waits for its partner."""
        (at,) = self._queue
        self._beginnings.append(Node(at, pending, state, score, forward=score / TEMPERATURE))

    def floor(self, at: int) -> float:
        """The score that a way to the place `at` must reach to be followed."""
        return self._best.get(at, -math.inf) - BEAM

    def weigh(self, node: Node, more: float) -> None:
        """Add to the score of every way to a node."""
        node.score += more
        for arc in node.arcs:
            arc.gained += more

    def alone(self) -> bool:
        """Whether nothing but the place last popped is alive."""
        return not self._queue

    def best(self, final: list[Node]) -> list[tuple[Arc, float]]:
        """The best path to one of the `final` nodes: its arcs with their posterior probabilities."""
        self._sum_forward()
        total = _log_sum([node.forward for node in final])
        for node in final:
            node.backward = 0.0
        same: dict[tuple[int, int, str], float] = defaultdict(float)
        for place in reversed(self._done):
            for node in place:
                if node.backward == -math.inf:
                    continue
                for arc in node.arcs:
                    origin = arc.origin
                    through = arc.gained / TEMPERATURE + node.backward
                    other = origin.backward
                    origin.backward = through if other == -math.inf else _log_sum([other, through])
                    same[arc.start, arc.end, arc.reading] += math.exp(min(0.0, origin.forward + through - total))
        path: list[tuple[Arc, float]] = []
        node = max(final, key=lambda node: node.score)
        while node.arcs:
            arc = max(node.arcs, key=lambda arc: arc.origin.score + arc.gained)
            path.append((arc, min(1.0, same[arc.start, arc.end, arc.reading])))
            node = arc.origin
        return path[::-1]

    def _sum_forward(self) -> None:
        for place in self._done:
            for node in place:
                if node.arcs:
                    node.forward = _log_sum([arc.origin.forward + arc.gained / TEMPERATURE for arc in node.arcs])


def _log_sum(values: list[float]) -> float:
    highest = max(values)
    if len(values) == 1 or highest == -math.inf:
        return highest
    return highest + math.log(sum([math.exp(value - highest) for value in values]))
