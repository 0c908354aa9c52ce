"""Conversations belong to their owner: nobody else reads, rates or deletes them."""

from __future__ import annotations

import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from eval.from_feedback import candidates
from rag.history import History


def answer(text: str, refused: bool = False) -> dict[str, Any]:
    citations = [] if refused else [{"document": "甲.txt", "text": text}]
    return {"answer": text, "refused": refused, "citations": citations}


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path / "page" / "history.sqlite")


def test_a_conversation_comes_back_in_order_after_a_restart(history: History, tmp_path: Path) -> None:
    first, _ = history.keep("张", "", "第一问", answer("一"), {"sources": {"0": "x"}})
    second, _ = history.keep("张", first, "第二问", answer("二"), {})
    assert first == second
    again = History(tmp_path / "page" / "history.sqlite")
    assert [turn.question for turn in again.turns("张", first)] == ["第一问", "第二问"]
    assert again.turns("张", first)[0].extras == {"sources": {"0": "x"}}
    assert [each.title for each in again.conversations("张")] == ["第一问"]


def test_another_owner_sees_nothing_and_changes_nothing(history: History) -> None:
    conversation, turn = history.keep("张", "", "问", answer("答"), {})
    assert history.turns("李", conversation) == []
    assert history.turn("李", turn.id) is None
    assert history.conversations("李") == []
    assert history.rate("李", turn.id, False) is False
    assert history.forget("李", conversation) is False
    other, _ = history.keep("李", conversation, "我的", answer("答"), {})
    assert other != conversation
    assert [kept.question for kept in history.turns("张", conversation)] == ["问"]


def test_two_owners_crossing_fifty_questions_keep_their_own(history: History) -> None:
    started = {owner: history.keep(owner, "", f"{owner}0", answer("答"), {})[0] for owner in ("张", "李")}

    def ask(number: int) -> None:
        owner, other = (("张", "李"), ("李", "张"))[number % 2]
        history.keep(owner, started[owner], f"{owner}{number}", answer("答"), {})
        assert history.turns(owner, started[other]) == []

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ask, range(1, 51)))
    for owner, conversation in started.items():
        questions = [turn.question for turn in history.turns(owner, conversation)]
        assert len(questions) == 26
        assert all(question.startswith(owner) for question in questions)


def test_the_owner_is_not_stored_in_the_clear(history: History, tmp_path: Path) -> None:
    history.keep("random-cookie-value", "", "问", answer("答"), {})
    database = sqlite3.connect(tmp_path / "page" / "history.sqlite")
    assert "random-cookie-value" not in "\n".join(database.iterdump())
    database.close()


def test_the_secret_is_made_once(history: History, tmp_path: Path) -> None:
    assert len(history.secret()) == 32
    assert history.secret() == History(tmp_path / "page" / "history.sqlite").secret()


def test_feedback_becomes_candidate_cases(history: History) -> None:
    conversation, good = history.keep("张", "", "多少家", answer("96家。"), {})
    _, bad = history.keep("张", conversation, "那李村呢", answer("资料没有。", refused=True), {})
    _, silent = history.keep("张", conversation, "没评的", answer("答"), {})
    assert history.rate("张", good.id, True)
    assert history.rate("张", bad.id, True)
    assert history.rate("张", bad.id, False, "  12家 ")  # a later judgement replaces the first
    assert history.turn("张", bad.id).good is False  # type: ignore[union-attr]
    first, second = candidates(history.feedback())
    assert first["documents"] == ["甲.txt"]
    assert first["answers"] == ["96家。"]
    assert first["answerable"] is True
    assert first["tags"] == ["review", "good"]
    assert second["answers"] == ["12家"]
    assert second["tags"] == ["review", "bad"]
    assert second["history"] == [{"question": "多少家", "answer": "96家。"}]


def test_candidates_can_be_read_as_cases(history: History, tmp_path: Path) -> None:
    from eval.__main__ import main
    from eval.cases import read_cases

    _, turn = history.keep("张", "", "多少家", answer("96家。"), {})
    history.rate("张", turn.id, True)
    assert main(["from-feedback", "--index", str(tmp_path), "--output", str(tmp_path / "cases.jsonl")]) == 0
    (case,) = read_cases(tmp_path / "cases.jsonl")
    assert (case.question, case.answers, case.tags) == ("多少家", ("96家。",), ("review", "good"))


def test_forgetting_takes_everything_along(history: History, tmp_path: Path) -> None:
    conversation, turn = history.keep("张", "", "问", answer("答"), {})
    history.rate("张", turn.id, True)
    assert history.forget("张", conversation)
    database = sqlite3.connect(tmp_path / "page" / "history.sqlite")
    counts = [database.execute(f"SELECT count(*) FROM {name}").fetchone()[0] for name in ("turns", "feedback")]
    database.close()
    assert counts == [0, 0]
