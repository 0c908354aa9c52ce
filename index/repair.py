"""A file as it was loaded, read as if it were whole: every repair in one visible order."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

from index.advert import cut_adverts
from index.controls import drop_controls
from index.describe import describe
from index.furniture import find_furniture
from index.misread import mend_misread
from index.mojibake import mend_mojibake
from index.offsets import Edit, OffsetMap, join
from index.pinyin import strip_pinyin
from index.sheared import mend_sheared
from index.structure import find_levels, heading_paths
from index.types import Document, Line, Loaded, Paragraph, Reading
from index.variants import unify
from index.verdict import judge

# The order matters: double decoding hides every other damage; sheared runs have swallowed the
# brackets of readings, so they are mended before readings are stripped. Advertising comes last: it is
# judged by its fit with a text that is otherwise whole, and only where the page speaks itself.
REPAIRS: tuple[Callable[[str], list[Edit]], ...] = (
    drop_controls,
    mend_mojibake,
    mend_misread,
    mend_sheared,
    strip_pinyin,
    unify,
)
LEAST_CERTAIN = 0.6  # of a page from which advertising was cut: with less body for certain, it is judged with it
TITLE_CONTEXT = 1_000  # characters of a page that its title is mended with
LEAST_BODY = 60  # characters that a page is judged by without its furniture; with less, all of it is


@cache
def version() -> str:
    """The version of the reading: a hash of this package's code and tables; another one reads every file again."""
    home = Path(__file__).parent
    digest = hashlib.sha256()
    for path in sorted([*home.glob("*.py"), *home.glob("data/*")]):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def repair(loaded: Loaded, path: str, source: str) -> Document:
    """Mend the text, take out the furniture, find the headings, and say what the page is.

    `path` is relative to the folder `source`. The result keeps the invariant of the house:
    `original[start:end]` of whatever its map leads to is the unchanged stretch of the file.
    """
    reading = loaded.reading
    for step in REPAIRS:
        reading = reading.edited(step(reading.text))
    whole = reading.text
    reading, furniture = _without_adverts(reading, loaded.lines)
    text, way, paragraphs = _paragraphs(reading, loaded.lines, furniture)
    reason = judge(text if len(text) >= LEAST_BODY else reading.text)
    certain = len(text) - sum(guess.end - guess.start for guess in reading.guesses)
    if reason is None and len(reading.text) < len(whole) and certain < LEAST_CERTAIN * len(whole):
        reason = judge(whole)  # what is left between advertisements is no body
    title = loaded.title and _mended_title(loaded.title, loaded.reading.text)
    description = describe(reading.text, text, paragraphs, path, title, loaded.date)
    return Document(
        path=path,
        source=source,
        original=reading.original,
        text=text,
        map=way,
        encoding=loaded.encoding,
        paragraphs=paragraphs,
        furniture=tuple(reading.map.back(start, end) for start, end in furniture),
        title=description.title,
        date=description.date,
        years=description.years,
        place=description.place,
        unit=description.unit,
        kind=description.kind,
        verdict="quarantined" if reason else "repaired" if reading.repairs else "clean",
        reason=reason,
        repairs=reading.repairs,
        guesses=reading.guesses,
        derived=description.derived,
    )


def _mended_title(title: str, text: str) -> str | None:
    """A title that the format names, mended as the first line of its page would be; None where it is advertising."""
    reading = Reading.of(" ".join(title.split()) + "\n" + text[:TITLE_CONTEXT])
    for step in REPAIRS:
        reading = reading.edited(step(reading.text))
    reading = reading.edited([edit for edit in cut_adverts(reading.text) if not edit.text])
    return reading.text.partition("\n")[0].strip(" _-|·") or None


def _without_adverts(reading: Reading, hints: Sequence[Line]) -> tuple[Reading, list[tuple[int, int]]]:
    """The reading without the advertising in its body, and its furniture, which keeps what it has."""
    furniture = find_furniture(reading.text, hints)
    ends = [end for _, end in furniture]
    edits = []
    for edit in cut_adverts(reading.text):
        at = bisect_right(ends, edit.start)
        if at == len(furniture) or furniture[at][0] >= edit.end:
            edits.append(edit)
    if not edits:
        return reading, furniture
    cut = reading.edited(edits)
    return cut, find_furniture(cut.text, hints)


def _paragraphs(
    reading: Reading, hints: Sequence[Line], furniture: Sequence[tuple[int, int]]
) -> tuple[str, OffsetMap, tuple[Paragraph, ...]]:
    """What is left of each line when the furniture is out, as paragraphs under their headings."""
    kept: list[tuple[str, OffsetMap]] = []
    known: list[Line] = []
    for number, (start, end) in enumerate(_lines(reading.text)):
        for low, high in _without(start, end, furniture):
            low, high = _stripped(reading.text, low, high)
            if low < high:
                kept.append((reading.text[low:high], reading.map.slice(low, high)))
                known.append(hints[number] if hints else Line())
    texts = [text for text, _ in kept]
    known = [  # a table's first row is its own header, so that nobody takes it for data
        replace(hint, header=text) if following.header == text else hint
        for hint, text, following in zip(known, texts, [*known, Line()][1:], strict=True)
    ]
    levels = _levels(texts, known)
    paths = heading_paths(texts, levels)
    paragraphs: list[Paragraph] = []
    text_start = 0
    for (text, way), hint, level, path in zip(kept, known, levels, paths, strict=True):
        start, end = way.back(0, len(text))
        paragraphs.append(Paragraph(text, start, end, text_start, level, path, hint.header, hint.page))
        text_start += len(text) + 1
    whole, way = join(kept, "\n")
    return whole, way, tuple(paragraphs)


def _levels(texts: Sequence[str], hints: Sequence[Line]) -> list[int]:
    """Heading levels: what the format says goes first; what the numbering says stands below it."""
    below = max((line.level for line in hints), default=0)
    return [
        hint.level or (level + below if level and not hint.header else 0)
        for hint, level in zip(hints, find_levels(texts), strict=True)
    ]


def _lines(text: str) -> list[tuple[int, int]]:
    spans = []
    start = 0
    for line in text.split("\n"):
        spans.append((start, start + len(line)))
        start += len(line) + 1
    return spans


def _without(start: int, end: int, furniture: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The parts of [start, end) that no furniture covers."""
    parts = []
    at = max(0, bisect_right(furniture, start, key=lambda span: span[1]))
    while at < len(furniture) and furniture[at][0] < end:
        low, high = furniture[at]
        if low > start:
            parts.append((start, low))
        start = max(start, high)
        at += 1
    if start < end:
        parts.append((start, end))
    return parts


def _stripped(text: str, start: int, end: int) -> tuple[int, int]:
    while start < end and (text[start].isspace() or text[start] == "\ufeff"):
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end
