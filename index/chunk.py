"""A document in passages: a paragraph each, or the sentences of a long one, or a few short ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from index.sentences import cut_sentences
from index.structure import run_in_heading
from index.types import Document, Paragraph, Passage

VERSION = "3"  # goes into the manifest

LARGEST = 350  # characters of a passage: with its context well under the model's 512 tokens
SMALLEST = 120  # a paragraph shorter than this takes its followers in
CONTEXT_LIMIT = 110  # characters of title and headings that are embedded with a passage


def chunk(document: Document, number: int = 0, first: int = 0) -> list[Passage]:
    """Cut a document into passages, disjoint and in order; together they hold every paragraph whole.

    `number` is the document's row, `first` the row of its first passage. A heading opens the
    passage below it; a table row is a passage of its own.
    """
    passages: list[Passage] = []
    for group, sentences, heading in _groups(document):
        text_start, text_end = sentences[0][0], sentences[-1][1]
        start, end = document.map.back(text_start, text_end)
        passages.append(
            Passage(
                number=first + len(passages),
                document=number,
                text=document.text[text_start:text_end],
                text_start=text_start,
                text_end=text_end,
                start=start,
                end=end,
                heading=heading,
                header=group[-1].header,
                page=group[0].page,
                sentences=tuple((low - text_start, high - text_start) for low, high in sentences),
            )
        )
    return passages


class Titled(Protocol):
    """A document, or what is known of one without its text."""

    @property
    def title(self) -> str | None: ...
    @property
    def place(self) -> str | None: ...
    @property
    def date(self) -> str | None: ...


def context(document: Titled, passage: Passage) -> str:
    """What a passage is embedded with and never quoted with: title, place, date, headings, table header.

    The text is at most `CONTEXT_LIMIT` characters and a table's header cells.
    """
    parts = [document.title or document.place or "", document.date or "", *passage.heading]
    above = " ".join(part for part in parts if part)[:CONTEXT_LIMIT]
    return f"{above} {passage.header[:CONTEXT_LIMIT]}".strip()


Group = tuple[list[Paragraph], list[tuple[int, int]], tuple[str, ...]]


def _groups(document: Document) -> Iterator[Group]:
    """Paragraphs that belong together, their sentences as offsets into the text, and their headings."""
    held: list[Paragraph] = []
    for paragraph in document.paragraphs:
        length = sum(len(part.text) + 1 for part in held)
        if held and _starts_anew(held, paragraph, length):
            yield from _cut(held)
            held = []
        held.append(paragraph)
    if held:
        yield from _cut(held)


def _starts_anew(held: Sequence[Paragraph], paragraph: Paragraph, length: int) -> bool:
    """Whether `paragraph` opens a new passage instead of joining those held."""
    last = held[-1]
    if paragraph.header or last.header or paragraph.page != last.page:
        return True
    if paragraph.level:
        return not all(part.level for part in held)  # a heading joins only the headings above it
    if all(part.level for part in held):
        return False  # the text under a heading
    if paragraph.heading != last.heading or length + len(paragraph.text) > LARGEST:
        return True
    return len(paragraph.text) >= SMALLEST and length >= SMALLEST


def _cut(group: list[Paragraph]) -> Iterator[Group]:
    """One passage where the group is small enough, else several of about equal size, cut between sentences."""
    spans = [
        (paragraph.text_start + low, paragraph.text_start + high)
        for paragraph in group
        for low, high in cut_sentences(paragraph.text)
    ]
    if not spans:
        return
    body = next((part for part in reversed(group) if not part.level), group[-1])
    lead = body.text[: next(high for low, high in spans if low >= body.text_start) - body.text_start]
    for number, part in enumerate(_balanced(spans)):
        # A sentence that is a heading run in stands above the rest of its paragraph too.
        run_in = (lead,) if number and run_in_heading(lead) else ()
        yield group, part, (*body.heading, *run_in)


def _balanced(spans: list[tuple[int, int]]) -> list[list[tuple[int, int]]]:
    total = spans[-1][1] - spans[0][0]
    if total <= LARGEST:
        return [spans]
    share = total / -(-total // LARGEST)
    parts: list[list[tuple[int, int]]] = [[]]
    for span in spans:
        part = parts[-1]
        if part and (span[1] - part[0][0] > LARGEST or part[-1][1] - part[0][0] >= share):
            parts.append([])
        parts[-1].append(span)
    return parts
