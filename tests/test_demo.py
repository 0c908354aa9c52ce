"""The demo corpus and its gold cases: readable, consistent, and in the project's own words."""

from __future__ import annotations

import json
import os
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from eval.cases import read_cases
from index.fold import fold
from index.load import load

ROOT = Path(__file__).parent.parent
DEMO = ROOT / "demo"
CASES = ROOT / "eval" / "cases" / "demo.jsonl"
BRACKETED = str.maketrans("", "", " \n\r\t")


@cache
def demo_text(name: str) -> str:
    """What there is to read of a demo file, folded, without white space and bracketed readings."""
    return squeezed(load(DEMO / name).reading.text)


def squeezed(text: str) -> str:
    """`text` folded, without white space, and without brackets that hold letters only (readings)."""
    parts = fold(text).translate(BRACKETED).split("(")
    kept = [parts[0]]
    for part in parts[1:]:
        inside, closed, rest = part.partition(")")
        is_reading = bool(closed) and inside.isalpha() and not any("\u4e00" <= letter <= "\u9fff" for letter in inside)
        kept.append(rest if is_reading else "(" + part)
    return "".join(kept)


def raw_cases(path: Path) -> list[dict[str, Any]]:
    """The cases of a JSON Lines file as they stand there."""
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line]


def test_demo_holds_every_kind_of_page() -> None:
    suffixes = Counter(path.suffix for path in DEMO.iterdir())
    assert sum(suffixes.values()) >= 16
    assert suffixes[".pdf"] == suffixes[".docx"] == suffixes[".html"] == suffixes[".csv"] == 1
    assert load(DEMO / "dongmen-2022-report.txt").encoding == "gb18030"
    assert "計(jì)劃(huà)" in load(DEMO / "guiyuan-2024-plan.txt").reading.text
    assert "来都来了" in load(DEMO / "yuanling-2024-wechat.txt").reading.text


def test_demo_cases_are_enough_of_every_trap() -> None:
    cases = read_cases(CASES)
    unanswerable = [case for case in cases if not case.answerable]
    assert len(cases) >= 80
    assert len(unanswerable) * 3 >= len(cases)
    assert {case.trap for case in unanswerable} == {"year", "place", "absent", "kind", "offtopic", "premise"}
    tags = Counter(tag for case in cases for tag in case.tags)
    assert tags["list"] >= 15 and tags["compare"] >= 5 and tags["followup"] >= 6 and tags["conflict"] >= 1


def test_every_demo_answer_stands_in_its_document() -> None:
    for case in read_cases(CASES):
        texts = [demo_text(name) for name in case.documents]
        if case.answers:
            for text in texts:
                assert any(squeezed(answer) in text for answer in case.answers), case.id
        for part in case.all_of:
            assert any(squeezed(part) in text for text in texts), (case.id, part)


def test_the_question_of_the_readme_is_a_case() -> None:
    questions = [case.question for case in read_cases(CASES)]
    assert "莲塘街道2024年的口岸计划是什么" in questions
    assert len(set(questions)) >= len(questions) - 2  # follow-ups may be worded alike


def longest_shared(text: str, pages: str, at_least: int) -> list[str]:
    """Stretches of `at_least` characters of `text` that stand in `pages`."""
    known = {pages[at : at + at_least] for at in range(len(pages) - at_least + 1)}
    return [text[at : at + at_least] for at in range(len(text) - at_least + 1) if text[at : at + at_least] in known]


def test_no_sentence_of_the_real_pages_stands_in_the_demo() -> None:
    folder = os.environ.get("WENJU_PAGES")
    if not folder:
        pytest.skip("WENJU_PAGES is not set: no real pages to compare with")
    pages = "\n".join(squeezed(load(path).reading.text) for path in sorted(Path(folder).glob("*.txt")))
    for path in sorted(DEMO.iterdir()):
        assert longest_shared(demo_text(path.name), pages, 24) == [], path.name
