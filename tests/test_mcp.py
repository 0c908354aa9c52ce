"""The MCP door with the official client, over stdio and over HTTP."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from mcp import Client, MCPError, StdioServerParameters

from rag.settings import Settings

pytestmark = pytest.mark.slow
QUESTION = "莲塘街道2024年的口岸计划是什么"
ROOT = Path(__file__).parent.parent


def _arguments(index: Path, *more: str) -> list[str]:
    return ["-m", "rag.mcp", "--index", str(index), *more]


def _environment(settings: Settings) -> dict[str, str]:
    return {**os.environ, "WENJU_CACHE": str(settings.cache)}


@pytest.fixture(scope="module")
def http_address(demo_index: Path, settings: Settings) -> Iterator[str]:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, *_arguments(demo_index, "--http", "--port", str(port))]
    server = subprocess.Popen(command, cwd=ROOT, env=_environment(settings), stderr=subprocess.DEVNULL)
    try:
        for _ in range(300):
            with socket.socket() as trial:
                if trial.connect_ex(("127.0.0.1", port)) == 0:
                    break
            assert server.poll() is None, "the server ended"
            time.sleep(0.2)
        yield f"http://127.0.0.1:{port}/mcp"
    finally:
        server.terminate()
        server.wait(timeout=20)


@pytest.fixture(params=["stdio", "http"])
def door(request: pytest.FixtureRequest, demo_index: Path, settings: Settings) -> Any:
    if request.param == "http":
        return request.getfixturevalue("http_address")
    environment = _environment(settings)
    return StdioServerParameters(command=sys.executable, args=_arguments(demo_index), env=environment, cwd=ROOT)


def test_search_and_read_source(door: Any) -> None:
    async def visit() -> None:
        async with Client(door) as client:
            tools = (await client.list_tools()).tools
            assert sorted(tool.name for tool in tools) == ["read_source", "search"]
            assert all(tool.annotations and tool.annotations.read_only_hint for tool in tools)
            found = (await client.call_tool("search", {"question": QUESTION, "top_k": 5})).structured_content
            assert found is not None
            citation = found["answer"]["citations"][1]
            assert len(found["passages"]) == 5
            source = next(p["id"] for p in found["passages"] if p["document"] == citation["document"])
            where = {"id": source, "start": citation["start"], "end": citation["end"]}
            read = (await client.call_tool("read_source", where)).structured_content
            assert read is not None
            assert read["original"] == citation["quote"]
            assert read["document"] == "liantang-2024-plan.txt"

    anyio.run(visit)


def test_what_cannot_be_read_is_an_error_and_not_an_answer(demo_index: Path, settings: Settings) -> None:
    from rag.mcp import create_mcp
    from rag.server import open_current

    server = create_mcp(open_current(settings, b"secret"))

    async def visit() -> None:
        async with Client(server) as client:
            for name, arguments in (("read_source", {"id": "../../etc/passwd"}), ("search", {"question": "  "})):
                try:
                    result = await client.call_tool(name, arguments)
                except MCPError:
                    continue
                assert result.is_error
                assert "passwd" not in str(result.content)

    anyio.run(visit)
