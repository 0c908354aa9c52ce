"""Bytes decoded with a wrong charset and saved again: once or twice, a page, a few lines or a part of a line."""

from __future__ import annotations

import random as randomness
from collections.abc import Callable

from eval.damage import Damaged


def damage(body: str, random: randomness.Random) -> Damaged:
    """One of `WAYS`, at random."""
    return WAYS[random.choice(sorted(WAYS))](body, random)


def gbk_as_latin(body: str, random: randomness.Random) -> Damaged:
    """GBK read as Latin-1 or as browsers read windows-1252; at times saved as UTF-8 and read so again."""
    as_latin = random.choice((_latin, _windows))
    twice = random.random() < 0.2

    def misread(text: str) -> str:
        once = as_latin(text.encode("gb18030"))
        return as_latin(once.encode("utf-8")) if twice else once

    return _spread(body, misread, random)


def utf8_as_latin(body: str, random: randomness.Random) -> Damaged:
    """UTF-8 read as Latin-1 or windows-1252, once or twice."""
    as_latin = random.choice((_latin, _windows))
    times = random.choice((1, 1, 1, 2))

    def misread(text: str) -> str:
        for _ in range(times):
            text = as_latin(text.encode("utf-8"))
        return text

    return _spread(body, misread, random)


def utf8_as_windows_lossy(body: str, random: randomness.Random) -> Damaged:
    """UTF-8 read as windows-1252 by a program that marks the five bytes that charset lacks as lost."""
    return _spread(body, lambda text: text.encode("utf-8").decode("cp1252", "replace"), random)


def utf8_as_gbk(body: str, random: randomness.Random) -> Damaged:
    """UTF-8 read as GBK or GB18030: what makes no pair is lost, with a mark or without."""
    codec = random.choice(("gbk", "gb18030"))
    errors = random.choice(("replace", "ignore"))
    return _spread(body, lambda text: text.encode("utf-8").decode(codec, errors), random)


def _spread(body: str, misread: Callable[[str], str], random: randomness.Random) -> Damaged:
    """Misread the whole body, every nth line, or stretches of some lines."""
    lines = body.split("\n")
    form = random.random()
    if form < 0.5:
        lines = [misread(line) for line in lines]
    elif form < 0.8:
        for number in random.sample(range(len(lines)), max(1, len(lines) // random.randint(2, 4))):
            lines[number] = misread(lines[number])
    else:
        for number in random.sample(range(len(lines)), max(1, len(lines) // 2)):
            start = random.randrange(max(1, len(lines[number]) - 8))
            end = start + random.randint(6, 80)
            lines[number] = lines[number][:start] + misread(lines[number][start:end]) + lines[number][end:]
    return Damaged("\n".join(lines).encode("utf-8"), body)


def _latin(data: bytes) -> str:
    return data.decode("latin-1")


def _windows(data: bytes) -> str:
    """As the WHATWG has it: bytes that windows-1252 lacks become control characters."""
    return "".join(chr(value) if value in (0x81, 0x8D, 0x8F, 0x90, 0x9D) else _signs(value) for value in data)


def _signs(value: int) -> str:
    return bytes((value,)).decode("cp1252")


WAYS: dict[str, Callable[[str, randomness.Random], Damaged]] = {
    "GBK 读作 Latin-1": gbk_as_latin,
    "UTF-8 读作 Latin-1": utf8_as_latin,
    "UTF-8 读作 cp1252（丢字节）": utf8_as_windows_lossy,
    "UTF-8 读作 GBK（丢字节）": utf8_as_gbk,
}
