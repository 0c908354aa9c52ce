"""Sheared runs once more, from the description alone: nothing is shared with `eval.damage.sheared`.

A paragraph is written as GBK bytes, one byte goes astray, and what is left is decoded two bytes at a time, as a
decoder does that knows nothing of where characters begin.
"""

from __future__ import annotations

import random as randomness
import unicodedata
from dataclasses import dataclass

INDENT = "\u3000\u3000"
WAYS = ("indent", "question mark", "gone")


@dataclass(frozen=True, slots=True)
class Astray:
    """One page: its lines as they read after the accident, those meant, and where a byte went astray in each line
    (a character index into the line meant; -1: nowhere)."""

    damaged: tuple[str, ...]
    meant: tuple[str, ...]
    places: tuple[int, ...]


def lose_bytes(body: str, random: randomness.Random, way: str) -> Astray:
    """Every second line or so loses step once, in one of `WAYS`: in its indent, by a byte that reads as `?`, or by
    one that is gone."""
    damaged, meant, places = [], [], []
    for line in body.encode("gbk", "ignore").decode("gbk").split("\n"):
        hanzi = [at for at, character in enumerate(line) if "\u4e00" <= character <= "\u9fff"]
        if len(hanzi) < 20 or random.random() < 0.5:
            place, data = -1, (INDENT + line).encode("gbk")
        elif way == "indent":
            place, data = 0, (INDENT + line).encode("gbk")
            data = data[:2] + b"?" + data[3:]
        else:
            place = random.choice(hanzi[5:-5])
            before = (INDENT + line[:place]).encode("gbk")
            whole = (INDENT + line).encode("gbk")
            data = before + (b"?" if way == "question mark" else b"") + whole[len(before) + 1 :]
        damaged.append(decode_pairs(data).strip())
        meant.append(line.strip())
        places.append(place)
    return Astray(tuple(damaged), tuple(meant), tuple(places))


def decode_pairs(data: bytes) -> str:
    """Bytes as text: what stands for nothing is dropped, a first byte without a second is `?`; at last NFKC."""
    out = []
    at = 0
    while at < len(data):
        lead, trail = data[at], data[at + 1] if at + 1 < len(data) else 0
        if lead < 0x80:
            out.append(chr(lead))
            at += 1
        elif trail < 0x40 or trail == 0x7F or lead in (0x80, 0xFF):
            out.append("?")
            at += 1
        else:
            private = trail > 0xA0 and (0xAA <= lead <= 0xAF or lead >= 0xF8)
            out.append("" if private else data[at : at + 2].decode("gbk", "ignore"))
            at += 2
    return unicodedata.normalize("NFKC", "".join(out))
