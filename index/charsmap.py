"""A character normalisation table in the form that SentencePiece and `tokenizers` read.

The form is SentencePiece's `precompiled_charsmap`: the byte length of a double-array trie (Aoe 1989, in the unit
layout of Darts-clone), the trie itself, and the replacements as one zero-terminated string after another. The trie
leads from the UTF-8 bytes of what is replaced to the byte offset of its replacement.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping

import numpy

_HAS_LEAF = 1 << 8
_IS_LEAF = 1 << 31

Node = dict[int, "Node | int"]  # from a byte to what follows it; from 0 to the value of the key that ends here


def compile_charsmap(replacements: Mapping[str, str]) -> bytes:
    """The precompiled map of `replacements`, each from one string to the string that takes its place."""
    root: Node = {}
    blob = bytearray()
    for source in sorted(replacements):
        node = root
        for byte in source.encode():
            node = node.setdefault(byte, {})  # type: ignore[assignment]
        node[0] = len(blob)
        blob += replacements[source].encode() + b"\0"
    trie = _double_array(root)
    return len(trie).to_bytes(4, "little") + trie + bytes(blob)


def _double_array(root: Node) -> bytes:
    """`root` as units of 32 bits: child c of the unit at p lies at p ^ offset ^ c and carries c as its label."""
    units = numpy.zeros(1 << 18, dtype=numpy.uint32)  # offsets stay below 2**21, so none needs the wide form
    free = numpy.ones(len(units), dtype=bool)
    free[0] = False
    unused = free.copy()  # as a base: two nodes with one base would have each other's children
    waiting: list[tuple[int, Node]] = [(0, root)]
    first = 1
    while waiting:
        position, node = waiting.pop()
        while not free[first]:
            first += 1
        labels = numpy.fromiter(node, dtype=numpy.int64)
        base = next(
            base for at in itertools.count(first) if unused[base := at ^ labels[0]] and free[base ^ labels].all()
        )
        units[position] |= (position ^ base) << 10
        free[base ^ labels] = unused[base] = False
        for label, child in node.items():
            if isinstance(child, int):
                units[position] |= _HAS_LEAF
                units[base] = child | _IS_LEAF
            else:
                units[base ^ label] = label
                waiting.append((base ^ label, child))
    used = int(numpy.flatnonzero(~free)[-1]) | 0xFF
    return units[: used + 1].astype("<u4").tobytes()
