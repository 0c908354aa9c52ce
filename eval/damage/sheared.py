"""A GBK stream that loses step: the decoder pairs the second byte of a character with the first of the next.

`shear` works on bytes, as the accident does. Each byte knows which character it belongs to, so that what
became of every character is known exactly. `eval.damage.sheared_trials` measures a repair on many such pages.
"""

from __future__ import annotations

import random as randomness
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field

from eval.damage import Damaged
from eval.damage.pinyin import reading, word_list

PRIVATE = ((0xAA, 0xAF), (0xF8, 0xFE))  # lead bytes whose pairs with a trail from A1 on are dropped
SPACE = "\u3000"
_NUMERALS = "一二三四五六七八九十"


@dataclass(frozen=True, slots=True)
class Accident:
    """What befell the stream. `slips` and `losses` are character indices into the text.

    At a slip the first byte of the character becomes `?` and the reader goes on with the second; at
    a loss that byte is gone without a trace. `listed` are the characters that the converter annotates, by
    their bytes, also where these belong to two neighbours. A lead byte before one of the signs in
    `swallowed` takes it along when it becomes `?`.
    """

    slips: frozenset[int] = frozenset()
    losses: frozenset[int] = frozenset()
    listed: frozenset[str] = frozenset()
    swallowed: str = "("
    folded: bool = True
    stripped: bool = True


@dataclass(frozen=True, slots=True)
class Run:
    """A damaged stretch: `damaged[start:end]` stands for `true[true_start:true_end]`.

    `whole` are the indices (into the true text) of the characters whose two bytes are still there.
    """

    start: int
    end: int
    true_start: int
    true_end: int
    whole: frozenset[int]


@dataclass(frozen=True, slots=True)
class Trial:
    """One damaged page: what stands there, what was meant, and where the two differ."""

    damaged: str
    truth: str
    runs: tuple[Run, ...]


@dataclass(slots=True)
class _Shown:
    """One decoded character and the (character, which byte) tags of the bytes that it came from."""

    text: str
    tags: list[tuple[int, int]] = field(default_factory=list)


def damage(body: str, random: randomness.Random) -> Damaged:
    """A page that lost step at random places, in UTF-8; the body is the numbered and indented page it was."""
    one = trial(body, random.getrandbits(32))
    runs = tuple((run.start, run.end) for run in one.runs)
    return Damaged(one.damaged.encode("utf-8"), one.truth, runs)


def trial(body: str, seed: int) -> Trial:
    """Damage a page at random, the same way for the same seed.

    Numbers some paragraphs, indents all by two full-width spaces, and lets the stream lose step at
    some of these and at up to five places within; in half of the pages a converter left readings.
    """
    random = randomness.Random(seed)
    text = _page(body, random)
    opening = [at for at, character in enumerate(text) if character == "\u3000" and text[at - 1 : at] == "\u3000"]
    hanzi = [at for at, character in enumerate(text) if "\u4e00" <= character <= "\u9fff"]
    slips = {at for at in opening if random.random() < 0.5}
    slips |= set(random.sample(hanzi, min(len(hanzi), random.randint(0, 5))))
    losses = {at for at in opening if random.random() < 0.1} - slips
    listed = word_list(text, random) if random.random() < 0.5 else frozenset()
    swallowed = random.choice(["(", "(", "", "(,.0123456789"])
    accident = Accident(frozenset(slips), frozenset(losses), listed, swallowed, random.random() < 0.8)
    damaged, runs = shear(text, accident)
    return Trial(damaged, text, tuple(runs))


def _page(body: str, random: randomness.Random) -> str:
    """The body as GBK can write it, indented, every third paragraph or so numbered."""
    paragraphs = [line for line in body.encode("gbk", "ignore").decode("gbk").split("\n") if line]
    if random.random() < 0.5:
        paragraphs = [line.replace("，", ",") for line in paragraphs]
    number = 0
    style = random.choice(["（{}）", "{}、", "（{}）"])
    lines = []
    for line in paragraphs:
        mark = ""
        if number < 10 and random.random() < 0.5:
            mark = style.format(_NUMERALS[number])
            number += 1
        lines.append("\u3000\u3000" + mark + line)
    return "\n".join(lines)


def shear(text: str, accident: Accident) -> tuple[str, list[Run]]:
    """The text as it reads after the accident, and the runs that were damaged."""
    shown = _decoded(*_stream(text, accident), accident.swallowed)
    if accident.folded:
        for one in shown:
            one.text = unicodedata.normalize("NFKC", one.text)
    if accident.stripped:
        shown = _stripped(shown)
    return "".join(one.text for one in shown), _runs(text, shown)


def _stream(text: str, accident: Accident) -> tuple[list[int], list[tuple[int, int]]]:
    """The bytes after the converter and the accident, and whose they are; (-1, 0) marks a reading's."""
    data: list[int] = []
    tags: list[tuple[int, int]] = []
    for index, character in enumerate(text):
        for which, byte in enumerate(character.encode("gbk", "replace")):
            data.append(byte)
            tags.append((index, which))
    data, tags = _annotated(data, tags, accident.listed)
    out = [
        (0x3F if tag[0] in accident.slips and tag[1] == 0 and byte > 0x7F else byte, tag)
        for byte, tag in zip(data, tags, strict=True)
        if not (tag[0] in accident.losses and tag[1] == 0)
    ]
    return [byte for byte, _ in out], [tag for _, tag in out]


def _annotated(
    data: list[int], tags: list[tuple[int, int]], listed: frozenset[str]
) -> tuple[list[int], list[tuple[int, int]]]:
    pairs = {tuple(character.encode("gbk", "ignore")): f"({reading(character)})" for character in listed}
    out: list[int] = []
    out_tags: list[tuple[int, int]] = []
    at = 0
    while at < len(data):
        pair = tuple(data[at : at + 2])
        note = pairs.get(pair)
        step = 2 if note else 1
        out += data[at : at + step]
        out_tags += tags[at : at + step]
        if note:
            encoded = note.encode("gbk", "ignore")
            out += encoded
            out_tags += [(-1, 0)] * len(encoded)
        at += step
    return out, out_tags


def _decoded(data: Sequence[int], tags: Sequence[tuple[int, int]], swallowed: str) -> list[_Shown]:
    shown: list[_Shown] = []
    at = 0
    while at < len(data):
        byte = data[at]
        if byte < 0x80:
            shown.append(_Shown(chr(byte), [tags[at]]))
            at += 1
            continue
        following = data[at + 1] if at + 1 < len(data) else 0
        if following < 0x40 or following == 0x7F or not 0x80 < byte < 0xFF:
            taken = at + 1 < len(data) and chr(following) in swallowed
            shown.append(_Shown("?", [tags[at]]))
            at += 2 if taken else 1
            continue
        private = any(low <= byte <= high for low, high in PRIVATE) and following >= 0xA1
        try:
            text = "" if private else bytes((byte, following)).decode("gbk")
        except UnicodeDecodeError:
            text = ""
        shown.append(_Shown(text, [tags[at], tags[at + 1]]))
        at += 2
    return shown


def _stripped(shown: list[_Shown]) -> list[_Shown]:
    """Without the white space at the ends of lines, as pages are crawled."""
    out: list[_Shown] = []
    for one in shown:
        if one.text.isspace() and one.text != "\n" and (not out or out[-1].text == "\n"):
            continue
        if one.text == "\n":
            while out and out[-1].text.isspace() and out[-1].text != "\n":
                out.pop()
        out.append(one)
    return out


def _runs(text: str, shown: Sequence[_Shown]) -> list[Run]:
    runs: list[Run] = []
    at = 0
    held: list[tuple[int, _Shown]] = []
    waiting: list[tuple[int, _Shown]] = []  # readings, which belong to a run only if it goes on behind them
    for one in [*shown, _Shown("\n")]:
        if {tag[0] for tag in one.tags} == {-1}:
            waiting.append((at, one))
        elif _in_step(one, text):
            if held:
                behind = waiting if held[-1][1].text == "?" else []  # the reading whose bracket was swallowed
                runs.append(_run(text, [*held, *behind]))
            held, waiting = [], []
        else:
            held += [*waiting, (at, one)] if held else [(at, one)]
            waiting = []
        at += len(one.text)
    return [run for run in runs if run.true_end > run.true_start]


def _in_step(one: _Shown, text: str) -> bool:
    """Whether this decoded character is one whole character of the text."""
    owners = {tag[0] for tag in one.tags}
    if not one.tags:
        return True
    whole = len(owners) == 1 and [which for _, which in one.tags] == list(range(_size(text[one.tags[0][0]])))
    return whole and bool(one.text) and (one.text != "?" or text[one.tags[0][0]] in "?？")


def _size(character: str) -> int:
    return len(character.encode("gbk", "replace"))


def _run(text: str, held: Sequence[tuple[int, _Shown]]) -> Run:
    touched = {tag for _, one in held for tag in one.tags if tag[0] >= 0}
    seen = {tag for _, one in held for tag in one.tags if one.text and one.text != "?"}
    indices = sorted({index for index, _ in touched})
    low, high = indices[0], indices[-1] + 1
    while low < high and text[low].isspace():
        low += 1
    whole = frozenset(
        index for index in range(low, high) if all((index, which) in seen for which in range(_size(text[index])))
    )
    last = held[-1]
    return Run(held[0][0], last[0] + len(last[1].text), low, high, whole)
