"""`python -m eval from-feedback`: what readers judged becomes candidate gold cases, reviewed before they count."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from index.errors import CaseError
from rag.history import Feedback, History
from rag.settings import read_settings

REVIEW = "review"  # the tag that a reviewer takes off; a case that has it is a candidate only


def main(argv: Sequence[str] | None = None) -> int:
    """Write the candidates, one JSON object a line, to standard output or a file; 0 when done."""
    parser = argparse.ArgumentParser(prog="python -m eval from-feedback", description="把 👍 👎 与更正变成待审的题")
    parser.add_argument("--index", type=Path, metavar="DIR", help="页面所用的索引目录")
    parser.add_argument("--output", type=Path, metavar="FILE", help="写到这个文件（默认标准输出）")
    options = parser.parse_args(argv)
    path = (options.index or read_settings().index) / "page" / "history.sqlite"
    if not path.is_file():
        raise CaseError(f"没有反馈（{path}）：请先在页面里提问并评价")
    lines = [json.dumps(case, ensure_ascii=False) for case in candidates(History(path).feedback())]
    text = "".join(f"{line}\n" for line in lines)
    if options.output:
        options.output.write_text(text, "utf-8")
        print(f"{len(lines)} 条待审的题写在 {options.output}：审过后去掉标签 {REVIEW} 再收入题库")
    else:
        print(text, end="")
    return 0


def candidates(rated: Iterable[Feedback]) -> list[dict[str, Any]]:
    """One candidate a rated exchange, the last judgement of each question.

    A good answer is held to its documents, a good refusal to refusing; a bad one to what the reader wrote as
    right, and to nothing but the question where nothing was written.
    """
    cases: dict[tuple[str, tuple[str, ...]], dict[str, Any]] = {}
    for each in rated:
        question = each.turn.question
        before = tuple(turn.question for turn in each.history)
        cases[question, before] = _candidate(each, f"feedback-{each.turn.id[:10]}")
    return list(cases.values())


def _candidate(each: Feedback, name: str) -> dict[str, Any]:
    answer = each.turn.answer
    case: dict[str, Any] = {
        "id": name,
        "question": each.turn.question,
        "tags": [REVIEW, "good" if each.good else "bad"],
    }
    if each.history:
        case["history"] = [{"question": turn.question, "answer": turn.answer} for turn in each.history]
    if each.good:
        case["answerable"] = not answer["refused"]
        if not answer["refused"]:
            case["documents"] = list(dict.fromkeys(citation["document"] for citation in answer["citations"]))
            case["answers"] = [citation["text"] for citation in answer["citations"][:1]]
    elif each.correction:
        case["answers"] = [each.correction]
    return case
