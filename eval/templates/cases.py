"""All cases over the world's pages, half of them without an answer, split into a tuning and a judging half."""

from __future__ import annotations

from random import Random

from eval.templates.asker import Asker, Case
from eval.templates.questions import ANSWERED
from eval.templates.traps import REFUSED
from eval.templates.world import World

HALVES = ("judge", "tune")


def write_cases(world: World, files: dict[str, str], seed: int) -> list[Case]:
    """All cases; the last tag of each is its half. `files` gives the file name of a page's key."""
    asker = Asker(world, files, Random(seed + 2))
    for step in ANSWERED + REFUSED:
        step(asker)
    _split(asker.cases, Random(seed + 3))
    return asker.cases


def _split(cases: list[Case], random: Random) -> None:
    """Half of every group judges, half tunes."""
    groups: dict[tuple[str, bool], list[Case]] = {}
    for case in cases:
        groups.setdefault((case["tags"][0], case["answerable"]), []).append(case)
    for members in groups.values():
        order = list(range(len(members)))
        random.shuffle(order)
        for place, at in enumerate(order):
            members[at]["tags"].append(HALVES[place % 2])
