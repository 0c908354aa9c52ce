"""Pages in every charset that Chinese pages are found in, with and without a mark, truly and falsely declared."""

from __future__ import annotations

import random as randomness
from collections.abc import Callable

from eval.damage import Damaged

_NARROW = ("utf-8", "gb18030", "big5")


def damage(body: str, random: randomness.Random) -> Damaged:
    """One of `WAYS`, at random."""
    return WAYS[random.choice(sorted(WAYS))](body, random)


def in_gb18030(body: str, random: randomness.Random) -> Damaged:
    """GB18030, or its subset GBK without what GBK lacks."""
    return _encoded(body, random.choice(("gb18030", "gbk")))


def in_big5(body: str, random: randomness.Random) -> Damaged:
    """Big5 as Taiwan, Microsoft or Hong Kong have it; what it lacks is left out of the body too."""
    return _encoded(body, random.choice(("big5", "cp950", "big5hkscs")))


def in_utf16(body: str, random: randomness.Random) -> Damaged:
    """UTF-16 of either byte order, with its mark or without."""
    codec = random.choice(("utf-16-le", "utf-16-be"))
    mark = "\ufeff" if random.random() < 0.5 else ""
    return Damaged((mark + body).encode(codec), body)


def in_utf8(body: str, random: randomness.Random) -> Damaged:
    """UTF-8 with a mark, with Windows' line ends, or with both."""
    text = body.replace("\n", "\r\n") if random.random() < 0.7 else body
    return Damaged(text.encode(random.choice(("utf-8", "utf-8-sig"))), body)


def mixed(body: str, random: randomness.Random) -> Damaged:
    """Some lines, or a stretch of one line, in another charset than the rest."""
    main, other = random.sample(_NARROW, 2)
    lines = [_within(line, main, other) for line in body.split("\n")]
    if random.random() < 0.25:
        main, other = random.choice((("utf-8", "gb18030"), ("gb18030", "utf-8")))
        at = random.randrange(len(lines))
        start = random.randrange(len(lines[at]) // 2 + 1)
        end = start + random.randint(12, 60)
        raw = [line.encode(main) for line in lines]
        parts = ((lines[at][:start], main), (lines[at][start:end], other), (lines[at][end:], main))
        raw[at] = b"".join(part.encode(codec) for part, codec in parts)
        return Damaged(b"\n".join(raw), "\n".join(lines))
    chosen = set(random.sample(range(len(lines)), max(1, len(lines) // random.randint(2, 5))))
    raw = [line.encode(other if number in chosen else main) for number, line in enumerate(lines)]
    return Damaged(b"\n".join(raw), "\n".join(lines))


def stray_bytes(body: str, random: randomness.Random) -> Damaged:
    """A few bytes overwritten by bytes that no text holds; the body has U+FFFD there."""
    codec = random.choice(("utf-8", "gb18030"))
    places = sorted(random.sample(range(len(body)), random.randint(1, 4)))
    kept = "".join("\ufffd" if at in places else each for at, each in enumerate(body))
    raw = b"".join(b"\xff" if at in places else each.encode(codec) for at, each in enumerate(body))
    return Damaged(raw, kept)


def _encoded(body: str, codec: str) -> Damaged:
    data = body.encode(codec, "ignore")
    return Damaged(data, data.decode(codec))


def _within(line: str, *codecs: str) -> str:
    """What of a line all `codecs` can hold."""
    for codec in codecs:
        line = line.encode(codec, "ignore").decode(codec)
    return line


WAYS: dict[str, Callable[[str, randomness.Random], Damaged]] = {
    "GB18030": in_gb18030,
    "Big5": in_big5,
    "UTF-16": in_utf16,
    "UTF-8（标记、CRLF）": in_utf8,
    "一个文件两种编码": mixed,
    "零星坏字节": stray_bytes,
}
