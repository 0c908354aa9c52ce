"""Stand-ins for what is outside the program: a scripted OpenAI-compatible server on loopback."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any

KEY = "sk-secret-5f2c"  # what must stand in no message and no answer


def event(text: str | None, **fields: Any) -> bytes:
    """One server-sent event with a piece of an answer."""
    delta = {} if text is None else {"role": "assistant", "content": text}
    choice = {"index": 0, "delta": delta | fields, "finish_reason": None}
    body = {"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "scripted", "choices": [choice]}
    return b"data: " + json.dumps(body, ensure_ascii=False).encode("utf-8") + b"\n\n"


DONE = b"data: [DONE]\n\n"


class ScriptedModel:
    """A fake: an OpenAI-compatible endpoint that answers by script and remembers what it was asked.

    `mode` names one of MODES; `reply` is what the well-behaved ones say, piece by piece. Use it as a context manager.
    """

    def __init__(self, reply: str | list[str] = "", mode: str = "good", recovers_after: int | None = None) -> None:
        self.pieces = [reply] if isinstance(reply, str) else reply
        self.mode = mode
        self.recovers_after = recovers_after  # requests that go by the mode before it turns good
        self.requests: list[dict[str, Any]] = []
        self.closed = threading.Event()  # set when a client hung up on us
        self._leaving = threading.Event()

    def __enter__(self) -> ScriptedModel:
        model = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                model._answer(self)

            def log_message(self, format: str, *arguments: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leaving.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    @property
    def base_url(self) -> str:
        """The address for WENJU_LLM_BASE_URL."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def prompt(self, number: int = -1) -> str:
        """All messages of one request as one text."""
        return "\n".join(message["content"] for message in self.requests[number]["messages"])

    def pause(self, seconds: float) -> None:
        """Wait, but not beyond the end of the test."""
        self._leaving.wait(seconds)

    @property
    def is_leaving(self) -> bool:
        """Whether the test is over."""
        return self._leaving.is_set()

    def _answer(self, handler: BaseHTTPRequestHandler) -> None:
        body = handler.rfile.read(int(handler.headers["Content-Length"]))
        self.requests.append(json.loads(body) | {"authorization": handler.headers["Authorization"]})
        is_good = self.recovers_after is not None and len(self.requests) > self.recovers_after
        try:
            MODES["good" if is_good else self.mode](self, handler)
        except (BrokenPipeError, ConnectionResetError):
            self.closed.set()
        handler.close_connection = True


Mode = Callable[[ScriptedModel, BaseHTTPRequestHandler], None]


def head(handler: BaseHTTPRequestHandler, status: int = 200, kind: str = "text/event-stream", **more: str) -> None:
    """Send the head of a response; `more` are headers, with _ for -."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Connection", "close")
    for name, value in more.items():
        handler.send_header(name.replace("_", "-"), value)
    handler.end_headers()


def send(handler: BaseHTTPRequestHandler, *parts: bytes) -> None:
    """Send parts of a body, each at once."""
    for part in parts:
        handler.wfile.write(part)
        handler.wfile.flush()


def _good(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
    head(handler)
    send(handler, *[event(piece) for piece in model.pieces], event(None), DONE)


def _refusing(status: int, **headers: str) -> Mode:
    def mode(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
        head(handler, status, "application/json", **headers)
        # A server that repeats the key and the question in its error, as some do.
        told = {"error": {"message": f"bad key {handler.headers['Authorization']} {model.prompt()[:80]}", "type": "x"}}
        send(handler, json.dumps(told).encode())

    return mode


def _sending(*parts: bytes, status: int = 200, kind: str = "text/event-stream", **headers: str) -> Mode:
    def mode(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
        head(handler, status, kind, **headers)
        send(handler, *parts)

    return mode


def _hang_before_headers(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
    model.pause(60)


def _hang_after_headers(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
    head(handler)
    handler.wfile.flush()
    model.pause(60)


def _dripping(seconds: float) -> Mode:
    def mode(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
        head(handler)
        for byte in event("".join(model.pieces)):
            if model.is_leaving:
                return
            send(handler, bytes([byte]))
            model.pause(seconds)

    return mode


def _cut_at_once(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
    handler.connection.close()


def _cut_in_the_middle(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
    handler.protocol_version = "HTTP/1.1"
    head(handler, Transfer_Encoding="chunked")
    for piece in model.pieces[: max(1, len(model.pieces) // 2)]:
        part = event(piece)
        send(handler, f"{len(part):x}\r\n".encode() + part + b"\r\n")
    send(handler, b"ff\r\ndata: {")


def _fifty_megabytes(line: bytes) -> Mode:
    def mode(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
        head(handler)
        for _ in range(50_000_000 // len(line)):
            handler.wfile.write(line)

    return mode


def _endless(piece: bytes, first: bytes = b"") -> Mode:
    def mode(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
        head(handler)
        send(handler, first)
        while not model.is_leaving:
            send(handler, piece)
            model.pause(0.01)

    return mode


def _redirect(model: ScriptedModel, handler: BaseHTTPRequestHandler) -> None:
    head(handler, 307, Location="http://127.0.0.1:9/elsewhere")


def _bad_halves() -> Iterator[bytes]:
    whole = event("资料里写得明白")
    cut = whole.index("料".encode()) + 1
    yield whole[:cut] + whole[cut + 1 :]
    yield DONE


MODES: dict[str, Mode] = {
    "good": _good,
    "400": _refusing(400),
    "401": _refusing(401),
    "403": _refusing(403),
    "404": _refusing(404),
    "429 soon": _refusing(429, Retry_After="0.2"),
    "429 late": _refusing(429, Retry_After="3600"),
    "500": _refusing(500),
    "503": _refusing(503),
    "redirect": _redirect,
    "hang before headers": _hang_before_headers,
    "hang after headers": _hang_after_headers,
    "one byte at a time": _dripping(5.0),
    "cut at once": _cut_at_once,
    "cut in the middle": _cut_in_the_middle,
    "bad utf-8": _sending(*_bad_halves()),
    "broken json": _sending(b'data: {"choices": [{"delta": {"content": "a\n\n', DONE),
    "broken events": _sending(b"\x00\xffnonsense\r\r\n: \n\nevent\ndata\n\ndata: 17\n\ndata: []\n\n", DONE),
    "50 MB in one line": _fifty_megabytes(b"data: " + b"a" * 999_994),
    "50 MB of events": _fifty_megabytes(event("啊" * 30_000)),
    "empty": _sending(b""),
    "empty choices": _sending(b'data: {"id": "x", "object": "chat.completion.chunk", "choices": []}\n\n', DONE),
    "html with 200": _sending(b"<html><body><h1>Welcome</h1></body></html>", kind="text/html"),
    "plain json": _sending(b'{"error": null, "choices": null}', kind="application/json"),
    "packed": _sending(b"\x1f\x8b\x08", Content_Encoding="gzip"),
    "endless thought": _endless(event("想一想"), event("<think>")),
    "endless reasoning": _endless(event(None, reasoning_content="想一想")),
    "endless comments": _endless(b": ping\n\n"),
}


class ScriptedWords:
    """A fake of rag.generate.Endpoint without a network: gives `pieces`, then fails with `error` if there is one."""

    def __init__(self, *pieces: str, error: Exception | None = None, name: str = "scripted") -> None:
        self.pieces = pieces
        self.error = error
        self.name = name
        self.asked: list[list[tuple[str, str]]] = []
        self.was_closed = False

    def stream(self, messages: Any, seconds: float | None = None) -> Iterator[str]:
        """The pieces, one by one."""
        self.asked.append(list(messages))
        try:
            yield from self.pieces
            if self.error is not None:
                raise self.error
        finally:
            self.was_closed = True


def wait_until(condition: Callable[[], bool], seconds: float) -> bool:
    """Whether `condition` comes true within `seconds`."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if condition():
            return True
        time.sleep(0.01)
    return condition()
