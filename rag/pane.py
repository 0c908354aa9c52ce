"""HTML of the source pane: a document at one quote, its sentence marked, the original beside the repaired reading."""

from __future__ import annotations

from collections.abc import Sequence

from index.types import Document, Paragraph
from rag.draw import Words, heading_path
from rag.untrusted import cleaned, text

AROUND = 40  # paragraphs shown on each side of the quote
LONGEST = 4000  # characters of one paragraph or one original that are shown


def reading_span(document: Document, start: int, end: int) -> tuple[int, int]:
    """The stretch of `document.text` that stands for `original[start:end]`, without white space at its ends."""
    low, high = len(document.text), 0
    for piece in document.map.pieces:
        if piece.old_end <= start or piece.old_start >= end:
            continue
        if piece.copied:
            shift = piece.start - piece.old_start
            low, high = min(low, max(piece.old_start, start) + shift), max(high, min(piece.old_end, end) + shift)
        else:
            low, high = min(low, piece.start), max(high, piece.end)
    if low >= high:
        return 0, 0
    stretch = document.text[low:high]
    return low + len(stretch) - len(stretch.lstrip()), high - len(stretch) + len(stretch.rstrip())


def pane(document: Document, source_id: str, start: int, end: int, words: Words) -> str:
    """The document around `original[start:end]`, that stretch marked, and what the original writes there."""
    start, end = max(0, min(start, len(document.original))), max(0, min(end, len(document.original)))
    low, high = reading_span(document, start, end)
    here = _paragraph_at(document.paragraphs, low)
    heading = document.paragraphs[here].heading if document.paragraphs else ()
    page = document.paragraphs[here].page if document.paragraphs else None
    first, last = max(0, here - AROUND), min(len(document.paragraphs), here + AROUND + 1)
    body = [_paragraph(paragraph, low, high) for paragraph in document.paragraphs[first:last]]
    body.insert(here - first, _original(document, start, end, document.text[low:high], words))
    if first:
        body.insert(0, f'<p class="more">{text(words["before"].format(count=first))}</p>')
    if last < len(document.paragraphs):
        body.append(f'<p class="more">{text(words["after"].format(count=len(document.paragraphs) - last))}</p>')
    return cleaned(
        f'<article class="source"><header><h2>{text(document.title or document.path)}</h2>'
        f"{_about(document, heading, page, source_id, words)}</header>"
        f'<div class="reading" lang="zh">{"".join(body)}</div></article>'
    )


def lost(quote: str, title: str, words: Words) -> str:
    """What is left of a quote whose document is no longer there."""
    return cleaned(
        f'<article class="source"><header><h2>{text(title)}</h2></header><p class="note">{text(words["gone"])}</p>'
        f'<div class="reading"><p><mark>{text(quote)}</mark></p></div></article>'
    )


def _about(document: Document, heading: Sequence[str], page: int | None, source_id: str, words: Words) -> str:
    file = f'<span class="file">{text(document.path)}</span>' if document.title else ""
    parts = [document.date or words["undated"], document.place or "", words["page"].format(page=page) if page else ""]
    line = " · ".join(text(part) for part in parts if part)
    within = heading_path(heading, document.title)
    path = f'<p class="path">{text(within)}</p>' if within else ""
    return (
        f'<p class="about">{line} · '
        f'<a href="/source/{text(source_id)}" target="_blank">{text(words["open_original"])}</a>'
        f"{file}</p>{path}"
    )


def _original(document: Document, start: int, end: int, reading: str, words: Words) -> str:
    """The original of the quote beside its reading, where the two differ; what was changed is marked in both."""
    quote = document.original[start:end]
    if not quote or quote.strip() == reading:
        return ""
    is_damaged = bool(document.repairs)
    note = words["repaired_note"] if is_damaged else words["markup_note"]
    written, read = _compared(document, start, min(end, start + LONGEST))
    return (
        f'<section class="beside"><div><h3>{text(words["original"])}</h3><pre class="quote">{written}</pre></div>'
        f"<div><h3>{text(words['reading'])}</h3><pre>{read}</pre></div><small>{text(note)}</small></section>"
    )


def _compared(document: Document, start: int, end: int) -> tuple[str, str]:
    """HTML of `original[start:end]` and of its reading."""
    written, read, at = [], [], start
    for piece in document.map.pieces:
        low, high = max(piece.old_start, start), min(piece.old_end, end)
        if low >= high:
            continue
        if low > at:
            written.append(_changed(document.original[at:low], "was"))
        if piece.copied:
            shift = piece.start - piece.old_start
            written.append(text(document.original[low:high]))
            read.append(text(document.text[low + shift : high + shift]))
        else:
            is_guess = any(guess.start < high and low < guess.end for guess in document.guesses)
            written.append(_changed(document.original[low:high], "was"))
            read.append(_changed(document.text[piece.start : piece.end], "now guess" if is_guess else "now"))
        at = max(at, high)
    written.append(_changed(document.original[at:end], "was"))
    return "".join(written).strip(), "".join(read).strip()


def _changed(part: str, kind: str) -> str:
    return f'<span class="{kind}">{text(part)}</span>' if part.strip() else text(part)


def _paragraph_at(paragraphs: Sequence[Paragraph], at: int) -> int:
    for number, paragraph in enumerate(paragraphs):
        if at < paragraph.text_start + len(paragraph.text):
            return number
    return max(0, len(paragraphs) - 1)


def _paragraph(paragraph: Paragraph, low: int, high: int) -> str:
    """One paragraph, with that part of `text[low:high]` that lies in it marked."""
    start, end = low - paragraph.text_start, high - paragraph.text_start
    whole, kind = paragraph.text, f"level{min(paragraph.level, 4)}" if paragraph.level else "body"
    if end <= 0 or start >= len(whole) or low >= high:
        return f'<p class="{kind}">{text(whole[:LONGEST])}</p>'
    start, end = max(0, start), min(len(whole), end)
    return (
        f'<p class="{kind}">{text(whole[max(0, start - LONGEST) : start])}'
        f'<mark tabindex="-1">{text(whole[start:end])}</mark>{text(whole[end : end + LONGEST])}</p>'
    )
