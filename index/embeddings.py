"""Tokens to the sums of their word, position and type embeddings: what the encoder's graph starts from.

The table has 250,000 rows, of which a question needs twenty. So it stays in the 4 bits of the wheel, memory-mapped;
the rows in use are dequantised as they are needed, and a block of rows is checked when it is first touched.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from pathlib import Path

import numpy
from numpy.typing import NDArray

from index.prepared import Prepared
from index.unpack import Packed, dequantise

_BLOCK = 256  # rows, 54 KiB


def write_embeddings(packed: Packed, folder: Path) -> None:
    """Write the tables that `TokenEmbeddings` reads."""
    words = packed.words()
    checksums = [zlib.crc32(words[at : at + _BLOCK].data) for at in range(0, len(words), _BLOCK)]
    numpy.save(folder / "words.npy", words)
    numpy.save(folder / "word-checksums.npy", numpy.array(checksums, dtype=numpy.uint32))
    types = packed.matrix("emb.type").reshape(-1, packed.shape.hidden)  # one segment only: every token is of type 0
    numpy.save(folder / "positions.npy", packed.matrix("emb.pos").reshape(-1, packed.shape.hidden) + types[0])


class TokenEmbeddings:
    """The tables of a prepared folder. Raises ModelError, and voids the folder, where a block is damaged."""

    def __init__(self, prepared: Prepared) -> None:
        self._prepared = prepared
        self._words = prepared.unchecked_array("words")
        self._checksums = prepared.array("word-checksums")
        self._positions = prepared.array("positions")
        self._checked = numpy.zeros(len(self._checksums), dtype=bool)

    def of(self, ids: Sequence[int]) -> NDArray[numpy.float32]:
        """The embedded tokens, (tokens, hidden)."""
        rows = numpy.asarray(ids)
        for block in numpy.unique(rows // _BLOCK):
            if not self._checked[block]:
                self._check(int(block))
        words = dequantise(self._words[rows])
        words += self._positions[: len(rows)]
        return words

    def _check(self, block: int) -> None:
        rows = numpy.ascontiguousarray(self._words[block * _BLOCK : (block + 1) * _BLOCK])
        if zlib.crc32(rows.data) != self._checksums[block]:
            raise self._prepared.void("words.npy")
        self._checked[block] = True
