"""Damagers: each breaks a whole page in one known way, so that a repair can be measured against the truth.

Every damager is a module with one function `damage(body: str, random: random.Random) -> Damaged`. They are
written from the descriptions of the damages alone; no repair may import them or their parameters.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Damaged:
    """A page as it would lie on a disk, and what is known about it.

    `data` are the bytes of the file; `body` is the text that a perfect repair gives, paragraphs separated by
    one newline. `runs` are the damaged stretches, as (start, end) in the decoded `data`, where the damager can
    tell. `furniture` holds the lines that do not belong to the body and should be removed.
    """

    data: bytes
    body: str
    runs: tuple[tuple[int, int], ...] = ()
    furniture: tuple[str, ...] = ()
