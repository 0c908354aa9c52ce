"""Text as it is searched: simplified, half-width, variants unified, of the same length."""

from __future__ import annotations

from functools import cache
from importlib.resources import files

# Looked up whether or not they change: `str.translate` is slow on characters that a table lacks.
FREQUENT = (range(0x00, 0x250), range(0x2000, 0x2070), range(0x3000, 0x3100), range(0x4E00, 0xA000))


def fold(text: str) -> str:
    """Fold character by character, so that offsets into the text are offsets into the folded text.

    >>> fold("（一）突出招商引資，⺠生９５％")
    '(一)突出招商引资,民生95%'
    """
    return text.translate(_table())


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
