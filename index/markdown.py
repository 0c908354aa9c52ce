"""Markdown: the markup is taken out of the reading, every character keeps its place in the original.

No newline is ever removed, so line i of the reading is line i of the file.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from index.offsets import Edit, apply
from index.types import Line, Loaded, Reading

_HEADING = re.compile(r" {0,3}(#{1,6})[ \t]+")
_CLOSING = re.compile(r"(?<![ \t])[ \t]++#++\s*$")
_FENCE = re.compile(r" {0,3}(```+|~~~+)")
_RULE_ROW = re.compile(r"\s*+\|?[ \t]*+:?-++:?[ \t]*+(\|[ \t]*+:?-*+:?[ \t]*+)*+$")
_LEAD = re.compile(r"\s{0,3}(?:>[ \t]?)+|\s*[-*+][ \t]+")
_INLINE = re.compile(
    r"!?\[(?P<label>[^\[\]\n]*)\]\([^()\n]*\)"
    r"|\*\*(?P<bold>[^*\n]+)\*\*"
    r"|(?<![\w_])__(?P<strong>[^_\n]+)__(?![\w_])"
    r"|`(?P<code>[^`\n]+)`"
    r"|\\(?P<escaped>[\\`*_{}\[\]()#+.!|>~-])"
)
_FIELD = re.compile(r"(title|date)[ \t]*:[ \t]*(.+)")
_LONGEST_LINE = 100_000  # beyond it a line is data, not prose: its inline markup stays


def read(original: str, encoding: str) -> Loaded:
    """The file as read: headings by `#`, table rows with their header cells, front matter as furniture."""
    edits: list[Edit] = []
    hints: list[Line] = []
    table = _Table()
    fields: dict[str, str] = {}
    fence = ""
    front = _front_matter_end(original)
    at = 0
    for line in original.split("\n"):
        bare = line.rstrip("\r")
        if at < front:
            if field := _FIELD.match(bare):
                fields[field[1]] = field[2].strip().strip("\"'")
            hints.append(Line(furniture=True))
        elif mark := _FENCE.match(bare):
            fence = "" if fence and mark[1].startswith(fence) else (fence or mark[1])
            edits.append(Edit(at, at + len(bare), "", ""))
            hints.append(Line())
        elif fence:
            hints.append(Line())
        else:
            made, hint = _line(bare, at, table)
            edits.extend(made)
            hints.append(hint)
        at += len(line) + 1
    text, way = apply(original, edits)
    title = fields.get("title") or _first_heading(text, hints)
    return Loaded(Reading(original, text, way), encoding, tuple(hints), title, _iso(fields.get("date", "")))


class _Table:
    """The header of the table that the lines so far may stand in."""

    def __init__(self) -> None:
        self.header = ""
        self.candidate = ""


def _line(line: str, at: int, table: _Table) -> tuple[list[Edit], Line]:
    """The edits of one line outside fences, and its hint."""
    if "|" in line and _RULE_ROW.match(line) and table.candidate:
        table.header = table.candidate
        return [Edit(at, at + len(line), "", "")], Line()
    if line.strip().startswith("|") or (table.header and "|" in line):
        edits = list(_row(line, at))
        cells = apply(line, [Edit(edit.start - at, edit.end - at, edit.text, "") for edit in edits])[0]
        table.candidate = cells
        return edits, Line(header=table.header)
    table.header, table.candidate = "", line.strip() if "|" in line else ""
    if heading := _HEADING.match(line):
        closing = _CLOSING.search(line, heading.end())
        end = closing.start() if closing else len(line)
        edits = [Edit(at, at + heading.end(), "", ""), *_inline(line, at, heading.end(), end)]
        if end < len(line):
            edits.append(Edit(at + end, at + len(line), "", ""))
        return edits, Line(level=len(heading[1]))
    lead = _LEAD.match(line)
    start = lead.end() if lead else 0
    edits = [Edit(at, at + start, "", "")] if start else []
    return [*edits, *_inline(line, at, start, len(line))], Line()


def _row(line: str, at: int) -> Iterator[Edit]:
    """Outer pipes go; a pipe between two cells becomes " | " whatever spaces stood around it."""
    body = line.strip()
    start = len(line) - len(line.lstrip()) + body.startswith("|")
    end = len(line.rstrip()) - (len(body) > 1 and body.endswith("|"))
    done = 0
    for number, cell in enumerate(line[start:end].split("|")):
        first = start + len(cell) - len(cell.lstrip())
        last = max(first, start + len(cell.rstrip()))
        yield Edit(at + done, at + first, " | " if number else "", "")
        yield from _inline(line, at, first, last)
        done, start = last, start + len(cell) + 1
    yield Edit(at + done, at + len(line), "", "")


def _inline(line: str, at: int, start: int, end: int) -> Iterator[Edit]:
    """Marks around words: what is kept is the one group that matched, the rest of the match goes."""
    if end - start > _LONGEST_LINE:
        return
    for match in _INLINE.finditer(line, start, end):
        kept_start, kept_end = match.span(match.lastgroup or 0)
        yield Edit(at + match.start(), at + kept_start, "", "")
        if kept_end < match.end():
            yield Edit(at + kept_end, at + match.end(), "", "")


def _front_matter_end(original: str) -> int:
    """Where the YAML block at the top ends, 0 without one."""
    opening = re.match(r"---[ \t]*\r?\n", original)
    if not opening:
        return 0
    closing = re.compile(r"^---[ \t]*\r?$", re.MULTILINE).search(original, opening.end(), opening.end() + 4000)
    return closing.end() if closing else 0


def _first_heading(text: str, hints: list[Line]) -> str | None:
    levels = [hint.level for hint in hints if hint.level]
    if not levels:
        return None
    number = next(i for i, hint in enumerate(hints) if hint.level == min(levels))
    return text.split("\n")[number].strip() or None


def _iso(value: str) -> str | None:
    match = re.match(r"((?:19|20)\d\d)-(\d\d)(?:-(\d\d))?", value)
    return "-".join(part for part in match.groups() if part) if match else None
