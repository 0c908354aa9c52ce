"""Lessons: pages of our own writing and questions about them, to learn from. They judge nothing.

Plans, reports, news and notices as districts write them, asked as people ask: in their own words, and for what the
page does not say. The reader learns from four fifths of the pages; the decision from the last, where it sees the
reader on pages that it does not know.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from eval.cases import Case, case_from
from eval.sets import FOLDS
from index.errors import CaseError

FOLDER = Path(__file__).parent / "lessons"
PAGES = FOLDER / "pages"
SOURCE = "lessons"
AT_ONCE = 5  # pages that a lesson is asked over: few of its questions name their page
OF_THE_READER = (0, 1, 2, 3)  # the fifths that the reader learns from


@dataclass(frozen=True, slots=True)
class Lesson:
    """A case, and the sentences of its page that answer it: none where the page does not say."""

    case: Case
    evidence: tuple[str, ...]

    @property
    def part(self) -> int:
        """The fifth of the pages that it belongs to."""
        return int(self.case.documents[0][1:3]) % FOLDS  # a07-….txt

    @property
    def is_the_readers(self) -> bool:
        """Whether the reader learns from it."""
        return self.part in OF_THE_READER


def read_lessons(folder: Path = FOLDER) -> list[Lesson]:
    """The lessons of all files in the folder, in order. Raises CaseError with file and line where one is broken."""
    lessons = []
    for path in sorted(folder.glob("*.jsonl")):
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            try:
                raw = json.loads(line)
                evidence = tuple(raw.pop("evidence", ()))
                lessons.append(Lesson(case_from(raw), evidence))
            except (KeyError, TypeError, ValueError) as error:
                raise CaseError(f"{path.name} 第 {number} 行：{error}") from error
    return lessons


def in_fives(lessons: Sequence[Lesson]) -> Iterator[tuple[list[Path], list[Lesson]]]:
    """The lessons by a few pages each, with those pages: a folder as someone has it who knows what is in it."""
    pages = sorted({lesson.case.documents[0] for lesson in lessons}, key=lambda name: (name[1:3], name))
    for start in range(0, len(pages), AT_ONCE):
        some = pages[start : start + AT_ONCE]
        yield [PAGES / name for name in some], [each for each in lessons if each.case.documents[0] in some]
