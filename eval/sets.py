"""The public question sets, read in place (WENJU_SETS), as folders of pages and as questions."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from index.errors import CaseError

NAMES = ("cmrc2018_dev", "drcd_dev")
FOLDS = 5


@dataclass(frozen=True, slots=True)
class SetQuestion:
    """A question, the page that answers it, the answers that count and where in the page the first one starts."""

    id: str
    question: str
    document: str
    answers: tuple[str, ...]
    start: int = 0


def sets_folder(environment: Mapping[str, str] = os.environ) -> Path:
    """The folder of the public sets. Raises CaseError where it is not named or not there."""
    folder = Path(environment.get("WENJU_SETS", ""))
    if not environment.get("WENJU_SETS") or not folder.is_dir():
        raise CaseError("没有公开题集：请把 WENJU_SETS 设为存放 cmrc2018_dev.json 与 drcd_dev.json 的目录")
    return folder


def read_set(path: Path) -> tuple[dict[str, str], list[SetQuestion]]:
    """A set in SQuAD form: page name → paragraph, and the questions."""
    pages: dict[str, str] = {}
    questions: list[SetQuestion] = []
    for article in json.loads(path.read_text("utf-8"))["data"]:
        for paragraph in article["paragraphs"]:
            name = f"{len(pages):05d}.txt"
            pages[name] = paragraph["context"]
            for entry in paragraph["qas"]:
                answers = tuple(dict.fromkeys(answer["text"] for answer in entry["answers"]))
                start = int(entry["answers"][0]["answer_start"])
                questions.append(SetQuestion(entry["id"], entry["question"], name, answers, start))
    return pages, questions


def part_of(document: str) -> int:
    """The fifth that a page's questions are held out with: all of one page together."""
    return int(Path(document).stem) % FOLDS


def lay_out(pages: Mapping[str, str], folder: Path) -> Path:
    """Write the pages as files, so that they go through the door that every document goes through."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, text in pages.items():
        path = folder / name
        if not path.is_file() or path.read_text("utf-8") != text:
            path.write_text(text, encoding="utf-8", newline="")
    return folder
