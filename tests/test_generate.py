"""The door to the language model: by the deadline, with at most two retries, and with no secret in any message."""

from __future__ import annotations

import importlib
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from index.errors import GenerationError
from rag.generate import MOST_CHARACTERS, Endpoint
from rag.settings import ModelSettings
from tests.fakes import KEY, MODES, ScriptedModel, wait_until

QUESTION = [("system", "只说资料里有的。"), ("user", "招来多少企业？")]
PIECES = ["上半年招来", "新企业27家。[1]", "\n"]
AMPLE, SHORT = 20.0, 2.0  # seconds for modes that end by themselves, and for those that never do
# What is said of each mode, and how often the endpoint is asked.
EXPECTED = {
    "400": ("不接受这个请求（400）", 1),
    "401": ("不认密钥（401）", 1),
    "403": ("不许使用（403）", 1),
    "404": ("地址或名称不对（404）", 1),
    "429 soon": ("太忙（429）", 3),
    "429 late": ("太忙（429）", 1),
    "500": ("服务出错（500）", 3),
    "503": ("服务出错（503）", 3),
    "redirect": ("转向了别处（307）", 1),
    "hang before headers": ("没有在 2 秒内答完", 1),
    "hang after headers": ("没有在 2 秒内答完", 1),
    "one byte at a time": ("没有在 2 秒内答完", 1),
    "cut at once": ("连不上语言模型", 3),
    "cut in the middle": ("中途断开", 1),
    "bad utf-8": ("读不懂", 1),
    "broken json": ("读不懂", 1),
    "broken events": ("读不懂", 1),
    "50 MB in one line": ("太长", 1),
    "50 MB of events": ("太长", 1),
    "empty": ("读不懂", 1),
    "html with 200": ("读不懂", 1),
    "plain json": ("读不懂", 1),
    "packed": ("压缩过的", 1),
    "endless thought": ("没有在 2 秒内答完", 1),
    "endless reasoning": ("没有在 2 秒内答完", 1),
    "endless comments": ("没有在 2 秒内答完", 1),
}
SILENT = {"empty choices"}  # a good end without a word


@pytest.fixture(scope="module", autouse=True)
def _imported() -> None:
    """Import langchain before any clock runs."""
    importlib.import_module("langchain.chat_models")
    importlib.import_module("langchain_openai")


def endpoint(server: ScriptedModel, seconds: float = AMPLE, key: str = KEY) -> Endpoint:
    """The door to a scripted server."""
    return Endpoint(ModelSettings(server.base_url, "scripted", key, seconds))


def test_every_mode_of_the_scripted_server_is_expected() -> None:
    assert {"good"} | EXPECTED.keys() | SILENT == MODES.keys()
    assert len(EXPECTED.keys() | SILENT) >= 20


@pytest.mark.slow
@pytest.mark.parametrize("mode", [mode for mode in MODES if mode != "good"])
def test_an_endpoint_that_misbehaves_ends_by_the_deadline(mode: str) -> None:
    message, requests = EXPECTED.get(mode, ("", 1))
    seconds = SHORT if "没有在" in message else AMPLE
    with ScriptedModel(PIECES, mode) as server:
        started = time.monotonic()
        with pytest.raises(GenerationError) as caught:
            spoken = "".join(endpoint(server, seconds).stream(QUESTION))
            assert spoken == "" and mode in SILENT
            raise GenerationError("")
        assert time.monotonic() - started < seconds + 1
        assert message in str(caught.value)
        assert len(server.requests) == requests
        assert KEY not in str(caught.value) and "127.0.0.1" not in str(caught.value)
        assert "\n" not in str(caught.value) and caught.value.__cause__ is None


@pytest.mark.slow
def test_words_come_as_they_are_sent_with_the_settings_asked_for() -> None:
    with ScriptedModel(PIECES) as server:
        assert list(endpoint(server).stream(QUESTION)) == PIECES
        request = server.requests[0]
    assert request["authorization"] == f"Bearer {KEY}"
    assert (request["model"], request["temperature"], request["stream"]) == ("scripted", 0, True)
    assert request["max_tokens"] == 800
    assert [(m["role"], m["content"]) for m in request["messages"]] == QUESTION


@pytest.mark.slow
@pytest.mark.parametrize("mode", ["500", "429 soon", "cut at once"])
def test_two_failures_are_survived(mode: str) -> None:
    with ScriptedModel(PIECES, mode, recovers_after=2) as server:
        assert "".join(endpoint(server, 10).stream(QUESTION)) == "".join(PIECES)
        assert len(server.requests) == 3


@pytest.mark.slow
def test_nobody_listens_at_the_address() -> None:
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        settings = ModelSettings(f"http://127.0.0.1:{held.getsockname()[1]}/v1", "scripted", KEY, 5)
        with pytest.raises(GenerationError, match="连不上语言模型"):
            list(Endpoint(settings).stream(QUESTION))


@pytest.mark.slow
def test_no_more_is_taken_than_an_answer_can_be() -> None:
    with ScriptedModel(["啊" * 1000] * 200) as server:
        taken = 0
        with pytest.raises(GenerationError, match="太长"):
            for piece in endpoint(server, 10).stream(QUESTION):
                taken += len(piece)
        assert taken <= MOST_CHARACTERS + 1000


@pytest.mark.slow
def test_leaving_early_hangs_up() -> None:
    with ScriptedModel(mode="endless thought") as server:
        words = endpoint(server, 30).stream(QUESTION)
        assert next(words) == "<think>"
        words.close()
        assert server.closed.wait(2.0)
        assert wait_until(lambda: not _talkers(), 2.0)


@pytest.mark.slow
def test_no_thread_outlives_the_deadline() -> None:
    with ScriptedModel(mode="hang before headers") as server, pytest.raises(GenerationError):
        list(endpoint(server, 0.5).stream(QUESTION))
    assert wait_until(lambda: not _talkers(), 2.0)


@pytest.mark.slow
def test_the_environment_lends_no_key_and_sends_nothing_elsewhere(
    monkeypatch: pytest.MonkeyPatch, elsewhere: list[object]
) -> None:
    for name, value in {
        "OPENAI_API_KEY": "sk-of-somebody-else",
        "OPENAI_BASE_URL": "http://192.0.2.1/v1",
        "OPENAI_PROXY": "http://192.0.2.2:1",
        "OPENAI_ORG_ID": "org-of-somebody-else",
        "LANGSMITH_TRACING": "true",
        "LANGCHAIN_TRACING_V2": "true",
        "LANGSMITH_API_KEY": "ls-key",
    }.items():
        monkeypatch.setenv(name, value)
    with ScriptedModel(PIECES) as server:
        assert "".join(endpoint(server, key="").stream(QUESTION)) == "".join(PIECES)
        assert server.requests[0]["authorization"] == "Bearer none"
    assert elsewhere == []


@pytest.fixture
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """Addresses outside loopback that were connected to or looked up."""
    seen: list[object] = []
    connect, look_up = socket.socket.connect, socket.getaddrinfo

    def watched(self: socket.socket, address: object) -> None:
        if not (isinstance(address, tuple) and address[0] in ("127.0.0.1", "::1")):
            seen.append(address)
            raise OSError("no network in tests")
        connect(self, address)

    def looked_up(host: object, *rest: object, **more: object) -> object:
        if host not in ("127.0.0.1", "localhost", None):
            seen.append(host)
            raise OSError("no network in tests")
        return look_up(host, *rest, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(socket.socket, "connect", watched)
    monkeypatch.setattr(socket, "getaddrinfo", looked_up)
    yield seen


def test_nothing_heavy_is_imported_before_a_model_is_asked() -> None:
    code = (
        "import sys, rag.answer, rag.assemble, rag.model_writer, rag.generate\n"
        "from rag.settings import ModelSettings\n"
        "rag.generate.Endpoint(ModelSettings('http://127.0.0.1:1/v1', 'm'))\n"
        "print([n for n in ('langchain', 'langchain_core', 'openai', 'tiktoken', 'httpx2') if n in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def _talkers() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "language-model"]
