"""Text as it is searched: simplified, half-width, variants unified, of the same length."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy
from numpy.typing import NDArray

# Looked up whether or not they change: `str.translate` is slow on characters that a table lacks.
FREQUENT = (range(0x00, 0x250), range(0x2000, 0x2070), range(0x3000, 0x3100), range(0x4E00, 0xA000))
LONG = 150  # characters from which one look-up in an array is faster than one in a dictionary for each


def fold(text: str) -> str:
    """Fold character by character, so that offsets into the text are offsets into the folded text.

    >>> fold("（一）突出招商引資，⺠生９５％")
    '(一)突出招商引资,民生95%'
    """
    if len(text) < LONG:
        return text.translate(_table())
    codes = numpy.frombuffer(text.encode("utf-32-le", "surrogatepass"), dtype="<u4")
    folded: str = _targets()[codes].tobytes().decode("utf-32-le", "surrogatepass")
    return folded


@cache
def _table() -> dict[int, int]:
    """What every character folds to, by code point."""
    lines = files("index").joinpath("data/fold.tsv").read_bytes().decode("utf-8")
    table: dict[int, int] = {}
    for block in FREQUENT:
        table.update(zip(block, block, strict=True))
    # A line is always four characters: the character, a tab, its target, a newline.
    table.update(zip(map(ord, lines[0::4]), map(ord, lines[2::4]), strict=True))
    return table


@cache
def _targets() -> NDArray[numpy.uint32]:
    """The same as an array: every code point's target."""
    table = _table()
    targets = numpy.arange(0x110000, dtype="<u4")
    targets[list(table)] = list(table.values())
    targets.setflags(write=False)
    return targets
