"""The lessons: what they say is evidence stands on their pages, and each page has one learner."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from eval.lessons import AT_ONCE, PAGES, Lesson, in_fives, read_lessons
from eval.metrics import holds
from index.errors import CaseError


@pytest.fixture(scope="module")
def lessons() -> list[Lesson]:
    return read_lessons()


def test_evidence_stands_word_for_word_on_its_page_and_holds_the_answer(lessons: list[Lesson]) -> None:
    pages = {path.name: path.read_text("utf-8") for path in PAGES.iterdir()}
    for lesson in lessons:
        case = lesson.case
        page = pages[case.documents[0]]
        assert all(text in page and "\n" not in text for text in lesson.evidence), case.id
        assert bool(lesson.evidence) == case.answerable, case.id
        assert not case.answerable or holds("\n".join(lesson.evidence), case.answers, case.all_of), case.id


def test_every_page_is_asked_about_and_has_questions_without_an_answer(lessons: list[Lesson]) -> None:
    asked = Counter((lesson.case.documents[0], lesson.case.answerable) for lesson in lessons)
    assert {name for name, _ in asked} == {path.name for path in PAGES.iterdir()} and len(asked) == 150
    assert {count for (_, answerable), count in asked.items() if answerable} == {20}
    assert all(count >= 9 for (_, answerable), count in asked.items() if not answerable)
    assert len({lesson.case.id for lesson in lessons}) == len(lessons) == 2239


def test_the_decision_learns_from_pages_that_the_reader_does_not_know(lessons: list[Lesson]) -> None:
    readers = {lesson.case.documents[0] for lesson in lessons if lesson.is_the_readers}
    others = {lesson.case.documents[0] for lesson in lessons if not lesson.is_the_readers}
    assert (len(readers), len(others), readers & others) == (60, 15, set())


def test_lessons_are_asked_over_five_pages_at_a_time(lessons: list[Lesson]) -> None:
    folders = list(in_fives(lessons))
    assert [len(pages) for pages, _ in folders] == [AT_ONCE] * 15
    for pages, asked in folders:
        assert {lesson.case.documents[0] for lesson in asked} == {path.name for path in pages}
    assert sum(len(asked) for _, asked in folders) == len(lessons)


def test_a_broken_line_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.jsonl").write_text('{"id": "x01-01", "question": "几栋"}\n', "utf-8")
    with pytest.raises(CaseError, match=r"x\.jsonl 第 1 行"):
        read_lessons(tmp_path)
