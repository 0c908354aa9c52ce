"""A lattice of readings of one stretch of text: the best path, and how probable each of its steps is.

Nodes are reached in the order of the text. Two ways to one node differ only in what lies behind it, so
they are kept as arcs; forward and backward sums over the arcs give posterior probabilities (Rabiner
1989). What falls too far behind the best at its place is dropped (beam search).
"""

from __future__ import annotations

import heapq
import math
from collections import defaultdict
from dataclasses import dataclass, field

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


class Lattice:
    """All readings still alive, as nodes by place."""

    def __init__(self, at: int, state: State) -> None:
        self._places: dict[int, dict[tuple[int | None, str], Node]] = defaultdict(dict)
        self._queue = [at]
        self._best: dict[int, float] = {}
        self._done: list[list[Node]] = []
        self._places[at][None, state.tail] = Node(at, None, state, 0.0)

    def add(
        self,
        origin: Node,
        at: int,
        pending: int | None,
        state: State,
        gained: float,
        reading: str,
        *,
        start: int = -1,
        proved: bool = False,
        plain: bool = False,
    ) -> None:
        """One more way on from `origin` to the place `at`, reading `text[start or origin.at:at]` as `reading`."""
        place = self._places[at]
        if not place:
            heapq.heappush(self._queue, at)
        score = origin.score + gained
        if score < self._best.get(at, -math.inf) - BEAM:
            return
        self._best[at] = max(score, self._best.get(at, score))
        node = place.get((pending, state.tail))
        if node is None:
            node = place[pending, state.tail] = Node(at, pending, state, score)
        elif score > node.score:
            node.score, node.state = score, state
        node.arcs.append(Arc(origin, gained, origin.at if start < 0 else start, at, reading, proved, plain))

    def pop(self) -> list[Node]:
        """The nodes worth following at the next place of the text, best first; empty at the end."""
        if not self._queue:
            return []
        nodes = sorted(self._places.pop(heapq.heappop(self._queue)).values(), key=lambda node: -node.score)
        worst = nodes[min(WIDTH, len(nodes)) - 1].score  # those as good as the last are kept too
        kept = [node for node in nodes if node.score >= worst and node.score > nodes[0].score - BEAM]
        for node in kept:
            node.behind = kept[0].score - node.score
        self._done.append(kept)
        return kept

    def begin(self, pending: int, state: State, score: float) -> None:
        """One more way to begin: with a byte that waits for its partner."""
        (at,) = self._queue
        self._places[at][pending, state.tail] = Node(at, pending, state, score, forward=score / TEMPERATURE)

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
                    through = arc.gained / TEMPERATURE + node.backward
                    arc.origin.backward = _log_sum([arc.origin.backward, through])
                    same[arc.start, arc.end, arc.reading] += math.exp(min(0.0, arc.origin.forward + through - total))
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
    if highest == -math.inf:
        return highest
    return highest + math.log(sum(math.exp(value - highest) for value in values))
