"""Conversations and feedback of the page, in one SQLite file; every read and write names its owner."""

from __future__ import annotations

import hashlib
import json
import secrets
import sqlite3
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from rag.types import Turn

SCHEMA = """
CREATE TABLE IF NOT EXISTS conversations (id TEXT PRIMARY KEY, owner TEXT, title TEXT, changed REAL);
CREATE TABLE IF NOT EXISTS turns (
    number INTEGER PRIMARY KEY, id TEXT UNIQUE, conversation TEXT, question TEXT, answer TEXT, extras TEXT, asked REAL
);
CREATE INDEX IF NOT EXISTS turns_of ON turns (conversation);
CREATE TABLE IF NOT EXISTS feedback (turn TEXT PRIMARY KEY, good INTEGER, correction TEXT, given REAL);
CREATE TABLE IF NOT EXISTS secret (value BLOB);
"""
LONGEST_CORRECTION = 2000  # characters


@dataclass(frozen=True, slots=True)
class Conversation:
    """One conversation in the list of its owner."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class KeptTurn:
    """One exchange as it was shown: `answer` is the contract's JSON, `extras` what the page drew beside it."""

    id: str
    question: str
    answer: dict[str, Any]
    extras: dict[str, Any] = field(default_factory=dict)
    good: bool | None = None


@dataclass(frozen=True, slots=True)
class Feedback:
    """A rated exchange and the questions before it in its conversation, oldest first."""

    turn: KeptTurn
    good: bool
    correction: str
    history: tuple[Turn, ...]


class History:
    """Keeps conversations by owner. An owner is stored as a hash only; ids are random and say nothing."""

    def __init__(self, path: Path) -> None:
        self._path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        with self._open() as connection:
            connection.executescript("PRAGMA journal_mode = WAL;" + SCHEMA)

    def secret(self) -> bytes:
        """32 random bytes, made once: what the ids of sources are derived from."""
        with self._open() as connection:
            connection.execute("BEGIN IMMEDIATE")
            row = connection.execute("SELECT value FROM secret").fetchone()
            if row is None:
                row = (secrets.token_bytes(32),)
                connection.execute("INSERT INTO secret VALUES (?)", row)
            return bytes(row[0])

    def conversations(self, owner: str, limit: int = 50) -> list[Conversation]:
        """The owner's conversations, last used first."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT id, title FROM conversations WHERE owner = ? ORDER BY changed DESC LIMIT ?",
                (_hashed(owner), limit),
            ).fetchall()
        return [Conversation(*row) for row in rows]

    def turns(self, owner: str, conversation: str) -> list[KeptTurn]:
        """The exchanges of a conversation, oldest first; none where it is not the owner's."""
        with self._open() as connection:
            return _turns(connection, "c.owner = ? AND c.id = ?", (_hashed(owner), conversation))

    def turn(self, owner: str, turn: str) -> KeptTurn | None:
        """One exchange, or None where there is none or it is not the owner's."""
        with self._open() as connection:
            return next(iter(_turns(connection, "c.owner = ? AND t.id = ?", (_hashed(owner), turn))), None)

    def keep(
        self, owner: str, conversation: str, question: str, answer: Mapping[str, Any], extras: Mapping[str, Any]
    ) -> tuple[str, KeptTurn]:
        """Add an exchange to a conversation of the owner's, or to a new one: its id, and the exchange."""
        now = time.time()
        turn = KeptTurn(secrets.token_urlsafe(16), question, dict(answer), dict(extras))
        with self._open() as connection:
            mine = connection.execute(
                "UPDATE conversations SET changed = ? WHERE id = ? AND owner = ?", (now, conversation, _hashed(owner))
            ).rowcount
            if not mine:
                conversation = secrets.token_urlsafe(16)
                connection.execute(
                    "INSERT INTO conversations VALUES (?,?,?,?)", (conversation, _hashed(owner), question[:60], now)
                )
            connection.execute(
                "INSERT INTO turns (id, conversation, question, answer, extras, asked) VALUES (?,?,?,?,?,?)",
                (turn.id, conversation, question, _json(turn.answer), _json(turn.extras), now),
            )
        return conversation, turn

    def rate(self, owner: str, turn: str, good: bool, correction: str = "") -> bool:
        """Keep what the owner thinks of an answer; False where the exchange is not the owner's."""
        if self.turn(owner, turn) is None:
            return False
        with self._open() as connection:
            connection.execute(
                "INSERT OR REPLACE INTO feedback VALUES (?,?,?,?)",
                (turn, int(good), correction.strip()[:LONGEST_CORRECTION], time.time()),
            )
        return True

    def forget(self, owner: str, conversation: str) -> bool:
        """Delete a conversation of the owner's with all that hangs on it."""
        with self._open() as connection:
            mine = connection.execute(
                "DELETE FROM conversations WHERE id = ? AND owner = ?", (conversation, _hashed(owner))
            ).rowcount
            if mine:
                connection.execute(
                    "DELETE FROM feedback WHERE turn IN (SELECT id FROM turns WHERE conversation = ?)", (conversation,)
                )
                connection.execute("DELETE FROM turns WHERE conversation = ?", (conversation,))
        return bool(mine)

    def feedback(self) -> Iterator[Feedback]:
        """Every rated exchange, oldest first, whoever rated it: for the judge, not for the page."""
        with self._open() as connection:
            rows = connection.execute(
                "SELECT f.turn, f.good, f.correction, t.conversation FROM feedback f JOIN turns t ON t.id = f.turn "
                "ORDER BY t.number"
            ).fetchall()
            for turn, good, correction, conversation in rows:
                turns = _turns(connection, "c.id = ?", (conversation,))
                place = next(number for number, each in enumerate(turns) if each.id == turn)
                yield Feedback(turns[place], bool(good), correction, as_history(turns[:place]))

    @contextmanager
    def _open(self) -> Iterator[sqlite3.Connection]:
        connection = sqlite3.connect(self._path, timeout=10)
        try:
            with connection:
                yield connection
        finally:
            connection.close()


def as_history(turns: Sequence[KeptTurn]) -> tuple[Turn, ...]:
    """Exchanges as the words that a follow-up leans on."""
    return tuple(Turn(turn.question, str(turn.answer.get("answer") or "")) for turn in turns)


def _turns(connection: sqlite3.Connection, where: str, values: tuple[str, ...]) -> list[KeptTurn]:
    rows = connection.execute(
        "SELECT t.id, t.question, t.answer, t.extras, f.good FROM turns t "
        "JOIN conversations c ON c.id = t.conversation LEFT JOIN feedback f ON f.turn = t.id "
        f"WHERE {where} ORDER BY t.number",
        values,
    ).fetchall()
    return [
        KeptTurn(turn, question, json.loads(answer), json.loads(extras), None if good is None else bool(good))
        for turn, question, answer, extras, good in rows
    ]


def _hashed(owner: str) -> str:
    return hashlib.sha256(owner.encode("utf-8")).hexdigest()


def _json(value: object) -> str:
    return json.dumps(value)
