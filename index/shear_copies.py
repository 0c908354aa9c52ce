"""The same damage behind the same character on one page was the same text: what is read best is read everywhere."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

from index.offsets import Edit

SHORTEST = 3  # characters of damage that do not look alike by chance
UNPROVED = 0.99  # the most that a copy is sure of


def read_alike(text: str, edits: Sequence[Edit]) -> list[Edit]:
    """The edits, with each run read as the surest of those that look like it, and that one's confidences.

    A run is a row of edits that touch. What only another place proves is no certainty here.
    """
    copies: dict[str, list[list[Edit]]] = defaultdict(list)
    for run in touching(edits):
        start, end = run[0].start, run[-1].end
        copies[text[start - 1 : end] if start and end - start >= SHORTEST else f"\0{start}"].append(run)
    found: list[Edit] = []
    for alike in copies.values():
        surest = max(alike, key=_sureness)
        for run in alike:
            found += run if _sureness(run) >= _sureness(surest) else _moved(surest, run)
    return sorted(found, key=lambda edit: edit.start)


def touching(edits: Sequence[Edit]) -> Iterator[list[Edit]]:
    """The runs of sorted edits in which each begins where the one before ends."""
    run: list[Edit] = []
    for edit in edits:
        if run and run[-1].end != edit.start:
            yield run
            run = []
        run.append(edit)
    if run:
        yield run


def _sureness(run: Sequence[Edit]) -> float:
    return sum(edit.confidence * (edit.end - edit.start) for edit in run)


def _moved(surest: Sequence[Edit], run: Sequence[Edit]) -> list[Edit]:
    """The surest reading in the place of another run."""
    shift = run[0].start - surest[0].start
    certain = {(edit.start, edit.end, edit.text) for edit in run if edit.confidence == 1.0}
    moved = [replace(edit, start=edit.start + shift, end=edit.end + shift) for edit in surest]
    return [
        edit
        if not edit.text or (edit.start, edit.end, edit.text) in certain
        else replace(edit, confidence=min(edit.confidence, UNPROVED))
        for edit in moved
    ]
