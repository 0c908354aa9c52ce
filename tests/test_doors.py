"""One contract over all doors: whichever a question comes in by, the same Answer goes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import anyio
import pytest
from starlette.testclient import TestClient

from rag.assemble import open_assistant
from rag.chat import Chat
from rag.current import Current
from rag.desk import Desk
from rag.history import History
from rag.server import create_app, open_current
from rag.settings import Settings

pytestmark = pytest.mark.slow
QUESTIONS = [
    "莲塘街道2024年的口岸计划是什么",
    "东门街道2023年引进了多少家企业",
    "南湖街道2030年有哪些计划",
    "火星街道的计划是什么",
    "今天天气怎么样",
]
CONTRACT = {
    "question", "standalone_question", "answer", "refused", "reason", "citations", "passages", "nearest", "scope",
    "missing", "conflicts", "generator", "degraded", "elapsed_ms",
}  # fmt: skip
ROOT = Path(__file__).parent.parent


class Doors:
    """Every way in, over one build."""

    def __init__(self, settings: Settings, folder: Path) -> None:
        self.settings = settings
        self.history = History(folder / "history.sqlite")
        self.current: Current = open_current(settings, self.history.secret())
        self.desk = Desk()
        self.http = TestClient(create_app(self.current, self.desk))

    def api(self, question: str) -> dict[str, Any]:
        return dict(self.http.post("/api/ask", json={"question": question}).json())

    def events(self, question: str) -> dict[str, Any]:
        text = self.http.post("/api/ask", json={"question": question, "stream": True}).text
        return dict(json.loads(text.strip().split("\n\n")[-1].split("data: ", 1)[1]))

    def openai(self, question: str) -> dict[str, Any]:
        body = {"messages": [{"role": "user", "content": question}]}
        return dict(self.http.post("/v1/chat/completions", json=body).json()["wenju"])

    def openai_stream(self, question: str) -> dict[str, Any]:
        body = {"messages": [{"role": "user", "content": question}], "stream": True}
        chunks = self.http.post("/v1/chat/completions", json=body).text.strip().split("\n\n")
        return dict(json.loads(chunks[-2].removeprefix("data: "))["wenju"])

    def mcp(self, question: str) -> dict[str, Any]:
        from mcp import Client

        from rag.mcp import create_mcp

        async def visit() -> dict[str, Any]:
            async with Client(create_mcp(self.current)) as client:
                result = await client.call_tool("search", {"question": question})
                assert result.structured_content is not None
                return dict(result.structured_content["answer"])

        return anyio.run(visit)

    def langchain(self, question: str) -> dict[str, Any]:
        from rag.langchain import WenjuAnswer

        return WenjuAnswer(self.current.assistant()).invoke(question).to_json()

    def page(self, question: str) -> dict[str, Any]:
        owner = "p" * 32
        *_, last = Chat(self.current, self.history, self.desk).ask(owner, "", question)
        assert last.turn is not None
        kept = self.history.turn(owner, last.turn.id)
        assert kept is not None
        return kept.answer


@pytest.fixture(scope="module")
def doors(demo_index: Path, settings: Settings, tmp_path_factory: pytest.TempPathFactory) -> Doors:
    return Doors(replace(settings, index=demo_index), tmp_path_factory.mktemp("doors"))


@pytest.fixture(scope="module")
def expected(demo_index: Path, settings: Settings) -> dict[str, dict[str, Any]]:
    assistant = open_assistant(settings)
    return {question: steady(assistant.answer(question).to_json()) for question in QUESTIONS}


def steady(answer: dict[str, Any]) -> dict[str, Any]:
    """What of an Answer does not change from call to call, as JSON has it."""
    assert set(answer) >= CONTRACT
    assert set(answer["elapsed_ms"]) == {"load", "retrieve", "read", "write", "total"}
    kept = {name: value for name, value in answer.items() if name not in ("elapsed_ms", "trace")}
    return dict(json.loads(json.dumps(kept)))


DOORS = ["api", "events", "openai", "openai_stream", "mcp", "langchain", "page"]


@pytest.mark.parametrize("door", DOORS)
def test_every_door_gives_the_same_answer(door: str, doors: Doors, expected: dict[str, dict[str, Any]]) -> None:
    for question in QUESTIONS:
        assert steady(getattr(doors, door)(question)) == expected[question]


def test_the_questions_try_both_answers_and_refusals(expected: dict[str, dict[str, Any]]) -> None:
    refused = [answer["refused"] for answer in expected.values()]
    assert True in refused and False in refused


def shell(settings: Settings, arguments: list[str], given: str = "") -> list[dict[str, Any]]:
    """What `ask` prints, line by line."""
    command = [sys.executable, "-m", "rag.cli", *arguments, "--json", "--index", str(settings.index)]
    environment = {**os.environ, "WENJU_CACHE": str(settings.cache)}
    asked = subprocess.run(command, input=given.encode(), env=environment, cwd=ROOT, capture_output=True, timeout=120)
    assert asked.returncode in (0, 1), asked.stderr.decode()
    return [json.loads(line) for line in asked.stdout.splitlines()]


def test_the_shell_gives_the_same_answers(doors: Doors, expected: dict[str, dict[str, Any]]) -> None:
    (alone,) = shell(doors.settings, [QUESTIONS[0]])
    assert steady(alone) == expected[QUESTIONS[0]]
    lines = [json.dumps({"id": number, "question": question}) for number, question in enumerate(QUESTIONS)]
    batch = shell(doors.settings, ["--batch", "-"], "\n".join(lines))
    assert [answer.pop("id") for answer in batch] == list(range(len(QUESTIONS)))
    assert [steady(answer) for answer in batch] == list(expected.values())
