"""Lists of edits: what they make of a part of a text, and one list for two that were made one after the other."""

from __future__ import annotations

from index.offsets import Edit


def applied(text: str, edits: list[Edit], start: int, end: int) -> str:
    """`text[start:end]` after `edits` that lie in it."""
    parts: list[str] = []
    for edit in edits:
        parts += (text[start : edit.start], edit.text)
        start = edit.end
    return "".join((*parts, text[start:end]))


def composed(between: str, earlier: list[Edit], later: list[Edit]) -> list[Edit]:
    """One list of edits for two: `earlier`, which made the text `between`, and `later`, with offsets into it.

    Edits of both that touch the same characters of `between` become one.
    """
    both: list[Edit] = []
    grown = 0  # by how much the edits of `earlier` so far made the text longer
    old = new = 0  # of `earlier`, of `later`
    while new < len(later):
        start, end, first = later[new].start, later[new].end, new
        while old < len(earlier) and _new_end(earlier[old], grown) <= start:
            grown += _growth(earlier[old])
            both.append(earlier[old])
            old += 1
        before, confidence = grown, 1.0
        while True:
            if new < len(later) and later[new].start < max(end, start + 1):
                end = max(end, later[new].end)
                confidence = min(confidence, later[new].confidence)
                new += 1
            elif old < len(earlier) and earlier[old].start + grown < end:
                start = min(start, earlier[old].start + grown)
                end = max(end, _new_end(earlier[old], grown))
                confidence = min(confidence, earlier[old].confidence)
                grown += _growth(earlier[old])
                old += 1
            else:
                break
        text = applied(between, later[first:new], start, end)
        both.append(Edit(start - before, end - grown, text, later[first].kind, confidence))
    return both + earlier[old:]


def _growth(edit: Edit) -> int:
    return len(edit.text) - (edit.end - edit.start)


def _new_end(edit: Edit, grown: int) -> int:
    return edit.start + grown + len(edit.text)
