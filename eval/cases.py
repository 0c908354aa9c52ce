"""Gold cases: questions whose right answer, or right refusal, is known."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from index.errors import CaseError
from rag.types import Turn

TRAPS = ("year", "place", "absent", "kind", "offtopic", "premise")


@dataclass(frozen=True, slots=True)
class Case:
    """One gold case: a question, and what a right answer holds or that there is none.

    `answers`: any of them must stand in the answer; `all_of`: all of them must. `documents` are the
    names of the files that say it. `places`, `years`: what a citation may speak of, where the
    question itself does not name it (a follow-up). `conflict` is true where the documents disagree.
    `standalone` is a follow-up as a whole question; `missing` what a comparison must say it has not.
    """

    id: str
    question: str
    answers: tuple[str, ...] = ()
    all_of: tuple[str, ...] = ()
    documents: tuple[str, ...] = ()
    answerable: bool = True
    trap: str | None = None
    history: tuple[Turn, ...] = ()
    today: str | None = None
    conflict: bool = False
    tags: tuple[str, ...] = ()
    places: tuple[str, ...] = ()
    years: tuple[int, ...] = ()
    standalone: str | None = None
    missing: tuple[str, ...] = ()

    @property
    def documents_needed(self) -> int:
        """How many of the documents an answer needs: a comparison all, anything else any one that says it."""
        return len(self.documents) if "compare" in self.tags else min(1, len(self.documents))

    @property
    def wants_list(self) -> bool:
        """True where the question asks for a list (tag "list"); otherwise it asks for one fact."""
        return "list" in self.tags

    @property
    def expected(self) -> str:
        """What a right answer holds, in one line for the reader of a report."""
        if not self.answerable:
            return f"拒答（{self.trap or '资料没有'}）"
        parts = ["／".join(self.answers)] if self.answers else []
        if self.all_of:
            parts.append("全部：" + "、".join(self.all_of))
        return "；".join(parts)


FIELDS = {field.name for field in fields(Case)} | {"document"}


def read_cases(path: Path) -> list[Case]:
    """The cases of a JSON Lines file, in order; blank lines are passed over.

    Raises CaseError with the file and line where a case cannot be read or an id stands twice.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise CaseError(f"读不了题库 {path}：{error}；请确认文件存在且是 UTF-8") from error
    cases: list[Case] = []
    seen: set[str] = set()
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        case = _parsed(line, f"{path.name} 第 {number} 行")
        if case.id in seen:
            raise CaseError(f"{path.name} 第 {number} 行：编号 {case.id} 出现了两次，请改成唯一的")
        seen.add(case.id)
        cases.append(case)
    return cases


def _parsed(line: str, where: str) -> Case:
    try:
        raw = json.loads(line)
    except json.JSONDecodeError as error:
        raise CaseError(f"{where}：不是合法的 JSON（{error.msg}），请改正") from error
    if not isinstance(raw, dict):
        raise CaseError(f"{where}：应是一个 JSON 对象，请改正")
    try:
        case = case_from(raw)
    except (KeyError, TypeError, ValueError) as error:
        raise CaseError(f"{where}：{_explained(error)}") from error
    return case


def case_from(raw: Mapping[str, Any]) -> Case:
    """One case from its JSON object. Raises KeyError, TypeError or ValueError where it breaks the contract."""
    unknown = sorted(set(raw) - FIELDS)
    if unknown:
        raise ValueError(f"不认识的字段 {'、'.join(unknown)}，可用的有 {'、'.join(sorted(FIELDS))}")
    today = raw.get("today")
    if today is not None:
        date.fromisoformat(today)
    document = raw.get("document")
    case = Case(
        id=str(raw["id"]),
        question=str(raw["question"]),
        answers=_texts(raw, "answers"),
        all_of=_texts(raw, "all_of"),
        documents=_texts(raw, "documents") or ((str(document),) if document else ()),
        answerable=_truth(raw, "answerable", default=True),
        trap=raw.get("trap"),
        history=tuple(Turn(str(turn["question"]), str(turn["answer"])) for turn in raw.get("history") or ()),
        today=today,
        conflict=_truth(raw, "conflict", default=False),
        tags=_texts(raw, "tags"),
        places=_texts(raw, "places"),
        years=tuple(int(year) for year in raw.get("years") or ()),
        standalone=raw.get("standalone") or None,
        missing=_texts(raw, "missing"),
    )
    _check(case)
    return case


def _check(case: Case) -> None:
    if not case.id or not case.question.strip():
        raise ValueError("编号和问题都不能为空")
    if case.trap is not None and case.trap not in TRAPS:
        raise ValueError(f"trap 只能是 {'、'.join(TRAPS)} 或 null，不是 {case.trap}")
    if case.answerable and not (case.answers or case.all_of):
        raise ValueError("能回答的题要写 answers 或 all_of")
    if case.answerable and not case.documents:
        raise ValueError("能回答的题要写 document 或 documents")
    if not case.answerable and (case.answers or case.all_of):
        raise ValueError("不能回答的题不应有 answers 或 all_of")


def _texts(raw: Mapping[str, Any], field: str) -> tuple[str, ...]:
    value = raw.get(field) or ()
    if isinstance(value, str) or not all(isinstance(item, str) and item for item in value):
        raise TypeError(f"{field} 应是字符串的列表")
    return tuple(value)


def _truth(raw: Mapping[str, Any], field: str, *, default: bool) -> bool:
    value = raw.get(field)
    if value is None:
        return default
    if not isinstance(value, bool):
        raise TypeError(f"{field} 应是 true 或 false")
    return value


def _explained(error: Exception) -> str:
    return f"缺少字段 {error.args[0]}，请补上" if isinstance(error, KeyError) else str(error)
