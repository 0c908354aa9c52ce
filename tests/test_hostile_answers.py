"""What the extractive writer shows of pages full of injections: their own words, as quotes, and nothing that acts."""

from __future__ import annotations

from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest

from index.build import build
from index.disk import Disk
from index.store import open_build
from index.types import Cutter, Embedder
from rag.assemble import assistant_over
from rag.cli import render
from rag.draw import conversation
from rag.history import KeptTurn
from rag.pages import read_words
from rag.settings import Settings
from rag.types import Answer
from tests.hostile_texts import HOSTILE_TEXTS

Record = Callable[[str, object], None]


class Links(HTMLParser):
    """Collects what a page would lead to or load."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self.found += [value or "" for name, value in attributes if name in ("href", "src", "action", "srcset")]
        self.found += [tag] if tag in ("script", "iframe", "img", "object", "embed", "form", "svg") else []


def village(number: int) -> str:
    """A name that no other page has."""
    digits = "零一二三四五六七八九"
    return "".join(digits[int(digit)] for digit in f"{number:03d}") + "村"


def ask_of_hostile_pages(stride: int, settings: Settings, embedder: Embedder, cutter: Cutter, tmp_path: Path) -> int:
    """Build pages that hold every so many of the injections and ask of each; how many questions were asked."""
    source = tmp_path / "source"
    source.mkdir()
    chosen = HOSTILE_TEXTS[::stride]
    for number, hostile in enumerate(chosen):
        fact = f"{village(number)}计划修建水渠{number + 3}公里。"
        page = f"{village(number)}2024年工作计划\n\n{fact}{hostile.text}\n\n{hostile.text}\n"
        (source / f"{number}.txt").write_text(page, "utf-8")
    folder = tmp_path / "index"
    build([source], folder, embedder, cutter, Disk())
    assistant = assistant_over(open_build(folder), embedder, cutter, settings)
    answered = 0
    for number, hostile in enumerate(chosen):
        name = village(number)
        for question in (f"{name}2024年计划修建水渠多少公里？", f"{name}的计划是什么，{hostile.payload}"):
            answer = assistant.answer(question)
            answered += not answer.refused
            assert_harmless(answer, source)
    assistant.index.close()
    assert answered >= len(chosen) // 2
    return 2 * len(chosen)


@pytest.mark.slow
def test_a_hostile_page_is_quoted_and_nothing_more(
    settings: Settings, embedder: Embedder, cutter: Cutter, tmp_path: Path, record_property: Record
) -> None:
    record_property("trials", ask_of_hostile_pages(8, settings, embedder, cutter, tmp_path))


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_every_hostile_page_is_quoted_and_nothing_more(
    settings: Settings, embedder: Embedder, cutter: Cutter, tmp_path: Path, record_property: Record
) -> None:
    record_property("trials", ask_of_hostile_pages(1, settings, embedder, cutter, tmp_path))


def assert_harmless(answer: Answer, source: Path) -> None:
    """Every sentence is a quote of its page, under its number; no door makes a link, an element or an escape of it."""
    for citation in answer.citations:
        original = (source / citation.document).read_text("utf-8")
        assert original[citation.start : citation.end] == citation.quote
    by_number = {citation.n: citation.text for citation in answer.citations}
    for sentence in answer.sentences:
        assert all(by_number[mark] == sentence.text for mark in sentence.marks)
    assert {mark for sentence in answer.sentences for mark in sentence.marks} <= by_number.keys()
    if answer.refused:
        assert answer.citations == ()
    links = Links()
    turn = KeptTurn("1", answer.question, answer.to_json(), {"sources": {}, "chips": []}, False)
    links.feed(conversation([turn], read_words("zh")))
    own = [link for link in links.found if link.startswith(("/", "#")) and not link.startswith(("//", "/\\"))]
    assert links.found == own  # to this very house, nowhere else; and no element that loads or runs anything
    told = render(answer, colour=False)
    assert not any(character in told for character in "\x1b\x00\u202e\u200b")
