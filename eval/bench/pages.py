"""Pages to grow a corpus from: the public sets' paragraphs, then their sentences in new company."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path

from eval.sets import NAMES, read_set, sets_folder

PARAGRAPHS = 4  # of a page
_SEED = 13
_SENTENCE = re.compile(r"[^。！？]{1,200}[。！？]")


def lay_out(folder: Path, paragraphs: int) -> Path:
    """Write pages with so many paragraphs under `folder`: real sentences, so that vectors and postings are real too.

    The first pages are the sets' own; after them each paragraph takes its sentences from paragraphs drawn at random.
    The same call writes the same pages, and a longer one begins with those of a shorter one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    page: list[str] = []
    number = 0
    for written, paragraph in enumerate(_paragraphs(), start=1):
        page.append(paragraph)
        if len(page) == PARAGRAPHS or written == paragraphs:
            home = folder / f"{number // 1000:04d}"
            home.mkdir(exist_ok=True)
            (home / f"{number:07d}.txt").write_text(f"第{number}页\n\n" + "\n\n".join(page), "utf-8")
            page = []
            number += 1
        if written == paragraphs:
            break
    return folder


def questions(count: int) -> list[str]:
    """Questions of both sets, drawn at random, one line each."""
    every = [question.question for name in NAMES for question in read_set(sets_folder() / f"{name}.json")[1]]
    drawn = random.Random(_SEED).sample(every, min(count, len(every)))
    return [" ".join(question.split()) for question in drawn]


def _paragraphs() -> Iterator[str]:
    own = _own()
    yield from own
    sentences = [sentence for page in own for sentence in _SENTENCE.findall(page)]
    source = random.Random(_SEED)
    while True:
        yield "".join(source.choices(sentences, k=source.randint(3, 8)))


def _own() -> list[str]:
    """The paragraphs of both sets, one line each."""
    return [" ".join(page.split()) for name in NAMES for page in read_set(sets_folder() / f"{name}.json")[0].values()]
