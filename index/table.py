"""Comma-separated values: one row a line, "cell | cell", mapped to the decoded file character by character."""

from __future__ import annotations

import re

from index.offsets import Edit, apply
from index.types import Line, Loaded, Reading

SEPARATOR = " | "
_DELIMITERS = ",\t;|"
_SAMPLE = 65_536  # characters that the delimiter is judged by
_NUMBER = re.compile(r"[-+]?[\d.,]+[%％]?")


def read(original: str, encoding: str) -> Loaded:
    """The table as read. Empty rows are left out; every row after the header row carries its cells as a hint."""
    delimiter = sniff(original[:_SAMPLE])
    edits: list[Edit] = []
    done = 0  # rows kept so far end here; what lies between two kept rows becomes one newline
    for start, end, row in _rows(original, delimiter):
        edits.append(Edit(done, start, "\n" if done else "", ""))
        edits.extend(row)
        done = end
    if done < len(original):
        edits.append(Edit(done, len(original), "", ""))
    text, way = apply(original, edits)
    lines = text.split("\n")
    return Loaded(Reading(original, text, way), encoding, hints(lines))


def hints(rows: list[str]) -> tuple[Line, ...]:
    """One hint a row: the first row of two or more cells without a number is the header of those below it."""
    header = ""
    made: list[Line] = []
    for row in rows:
        made.append(Line(header=header))
        if not header and is_header(row.split(SEPARATOR)):
            header = row
    return tuple(made)


def is_header(cells: list[str]) -> bool:
    """True for a row that names columns: at least two filled cells, none of them a bare number."""
    filled = [cell.strip() for cell in cells if cell.strip()]
    return len(filled) >= 2 and not any(_NUMBER.fullmatch(cell) for cell in filled)


def sniff(sample: str) -> str:
    """The delimiter that cuts most lines of the sample into the same number of cells; a comma when none does."""
    lines = [line for line in sample.splitlines()[:50] if line.strip()]

    def steadiness(delimiter: str) -> tuple[int, int]:
        counts = [len(re.sub(r'"[^"]*"', "", line).split(delimiter)) for line in lines]
        usual = max(set(counts), key=counts.count, default=1)
        return (counts.count(usual), usual) if usual > 1 else (0, 0)

    return max(_DELIMITERS, key=steadiness)


def _rows(text: str, delimiter: str) -> list[tuple[int, int, list[Edit]]]:
    """(start, end, edits) of each row that has a character in it; quoted cells may hold newlines."""
    token = re.compile(f'"|{re.escape(delimiter)}|\r\n|[\n\r]')
    rows: list[tuple[int, int, list[Edit]]] = []
    row: list[Edit] = []
    start = cell = at = 0
    quoted = False
    while match := token.search(text, at):
        mark, at = match[0], match.end()
        if quoted and mark == '"' and text.startswith('"', at):
            row.append(Edit(at, at + 1, "", ""))
            at += 1
        elif quoted and mark == '"':
            row.append(Edit(match.start(), at, "", ""))
            quoted = False
        elif quoted and mark[0] in "\r\n":
            row.append(Edit(match.start(), at, " ", ""))
        elif quoted or (mark == '"' and text[max(cell, match.start() - 9) : match.start()].strip()):
            continue  # a delimiter inside quotes, or an inch mark inside a word
        elif mark == '"':
            row.append(Edit(match.start(), at, "", ""))
            quoted = True
        elif mark == delimiter:
            row.append(Edit(match.start(), at, SEPARATOR, ""))
            cell = at
        else:
            _close(rows, text, start, match.start(), row, delimiter)
            row, start, cell = [], at, at
    _close(rows, text, start, len(text), row, delimiter)
    return rows


def _close(
    rows: list[tuple[int, int, list[Edit]]], text: str, start: int, end: int, row: list[Edit], delimiter: str
) -> None:
    if text[start:end].strip(delimiter + '" \t'):
        rows.append((start, end, row))
