"""The door to the language model: messages in, pieces of text out, by a deadline and without a secret in any error."""

from __future__ import annotations

import asyncio
import contextlib
import queue
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Generator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from index.errors import GenerationError
from rag.settings import ModelSettings

RETRIES = 2
FIRST_PAUSE = 0.5  # seconds before the first retry, doubled before the second
MOST_CHARACTERS = 40_000  # of one answer, thoughts included; nothing that was asked for is longer
MOST_BYTES = 8_000_000  # of one response: what is longer is never held in memory

Message = tuple[str, str]  # role ("system" or "user"), text
_Event = str | GenerationError | None  # a piece of text, what went wrong, or the end


class Endpoint:
    """One OpenAI-compatible endpoint, reached through langchain.

    Nothing is imported or connected before the first question.
    """

    def __init__(self, settings: ModelSettings) -> None:
        self._settings = settings

    @property
    def name(self) -> str:
        """The model's name, shown as the generator of an answer."""
        return self._settings.model

    def stream(self, messages: Sequence[Message], seconds: float | None = None) -> Generator[str, None, None]:
        """The model's words as they come, all of them within `seconds` (else the setting's).

        Raises GenerationError where the endpoint fails or is slow. At most two retries, and only before
        the first word. Closing the iterator ends the call.
        """
        seconds = self._settings.timeout_seconds if seconds is None else seconds
        deadline = time.monotonic() + seconds
        call = _Call(self._settings, list(messages), deadline)
        threading.Thread(target=call.run, name="language-model", daemon=True).start()
        try:
            while True:
                event = call.next_event()
                if event is None:
                    return
                if isinstance(event, GenerationError):
                    raise event
                yield event
        finally:
            call.cancel()


class _Call:
    """One question to the model, on a thread with an event loop of its own, so that it can be cancelled at any moment.

    A blocking client cannot: one byte every few seconds keeps every read alive and the whole never ends.
    """

    def __init__(self, settings: ModelSettings, messages: list[Message], deadline: float) -> None:
        self._settings = settings
        self._messages = messages
        self._deadline = deadline  # of time.monotonic, which is also the clock of asyncio
        self._events: queue.SimpleQueue[_Event] = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._cancelled = False
        self._loop: asyncio.AbstractEventLoop | None = None
        self._task: asyncio.Task[None] | None = None

    def next_event(self) -> _Event:
        """Wait for the next event, not beyond the deadline."""
        try:
            return self._events.get(timeout=max(0.0, self._deadline - time.monotonic()))
        except queue.Empty:
            return _too_slow(self._settings)

    def cancel(self) -> None:
        """End the call; the connection is closed at once."""
        with self._lock:
            self._cancelled = True
            if self._loop is not None and self._task is not None and not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._task.cancel)

    def run(self) -> None:
        """The thread's work: whatever happens, the last event is the end or what went wrong."""
        last: _Event = None
        try:
            asyncio.run(self._listen())
        except GenerationError as error:
            last = error
        except (TimeoutError, asyncio.CancelledError):
            last = _too_slow(self._settings)
        except Exception as error:
            # subtle: `from None` and no str(error): the libraries' messages may quote headers and bodies.
            last = _explained(error, self._settings)
        self._events.put(last)

    async def _listen(self) -> None:
        with self._lock:
            if self._cancelled:
                return
            self._loop, self._task = asyncio.get_running_loop(), asyncio.current_task()
        try:
            async with asyncio.timeout_at(self._deadline):
                await self._try_again()
        finally:
            with self._lock:
                self._task = None

    async def _try_again(self) -> None:
        """Ask, and ask again where that may help and no word was given yet."""
        for attempt in range(RETRIES + 1):
            spoken = 0
            try:
                async with contextlib.aclosing(_words(self._settings, self._messages, self._deadline)) as words:
                    async for piece in words:
                        spoken += len(piece)
                        self._events.put(piece)
                        if spoken > MOST_CHARACTERS:
                            raise GenerationError("语言模型的回答太长，已停止接收")
                return
            except Exception as error:
                pause = _pause(error, attempt)
                if spoken or pause is None or time.monotonic() + pause >= self._deadline:
                    raise
                await asyncio.sleep(pause)


async def _words(settings: ModelSettings, messages: list[Message], deadline: float) -> AsyncGenerator[str, None]:
    """The pieces of one response."""
    from langchain.chat_models import init_chat_model
    from langsmith import tracing_context
    from openai import DefaultAsyncHttpxClient, DefaultHttpxClient

    remaining = max(0.1, deadline - time.monotonic())
    hooks: dict[str, list[Callable[..., Any]]] = {"response": [_bounded]}
    trusted = _certificates()
    with DefaultHttpxClient(verify=trusted) as unused:  # langchain makes one of its own else, and reads them again
        client = DefaultAsyncHttpxClient(event_hooks=hooks, follow_redirects=False, timeout=remaining, verify=trusted)
        model = init_chat_model(
            settings.model,
            model_provider="openai",
            base_url=settings.base_url,
            api_key=settings.api_key or "none",  # an empty one would be replaced by OPENAI_API_KEY
            openai_proxy=None,
            organization=None,
            use_responses_api=False,
            timeout=remaining,
            stream_chunk_timeout=None,
            max_retries=0,
            temperature=0,
            http_client=unused,
            http_async_client=client,
            default_headers={"Accept-Encoding": "identity"},
            extra_body={"max_tokens": settings.answer_tokens},
        )
        # Documents are nobody else's business, whatever the environment says of tracing.
        with tracing_context(enabled=False):
            async with client, contextlib.aclosing(model.astream(list(messages))) as chunks:
                async for chunk in chunks:
                    if chunk.text:
                        yield str(chunk.text)


@cache
def _certificates() -> Any:
    """The certificate authorities, read once: that takes longer than a short answer."""
    from httpx2 import create_ssl_context

    return create_ssl_context()


async def _bounded(response: Any) -> None:
    """Let a response be read only up to MOST_BYTES, and only as it is: packed, it could unfold to anything."""
    from httpx2 import AsyncByteStream

    class Bounded(AsyncByteStream):
        def __init__(self, stream: Any) -> None:
            self._stream = stream

        async def __aiter__(self) -> AsyncIterator[bytes]:
            read = 0
            async for part in self._stream:
                read += len(part)
                if read > MOST_BYTES:
                    raise GenerationError("语言模型的回答太长，已停止接收")
                yield part

        async def aclose(self) -> None:
            await self._stream.aclose()

    if response.headers.get("content-encoding", "identity") != "identity":
        raise GenerationError("语言模型的回答是压缩过的，没有接收：请检查 WENJU_LLM_BASE_URL 后面的服务")
    response.stream = Bounded(response.stream)


def _pause(error: Exception, attempt: int) -> float | None:
    """How many seconds to wait before asking again; None where asking again is of no use."""
    if attempt >= RETRIES:
        return None
    pause = FIRST_PAUSE * float(1 << attempt)
    status = _status(error)
    if status == 429 or (status is not None and status >= 500):
        return max(_retry_after(error), pause)
    return pause if _is_connection(error) else None


def _status(error: Exception) -> int | None:
    status = getattr(error, "status_code", None)
    return status if isinstance(status, int) else None


def _retry_after(error: Exception) -> float:
    """The seconds that a busy endpoint asks for; 0 where it does not say, or says a date."""
    headers = getattr(getattr(error, "response", None), "headers", {})
    try:
        seconds = float(headers.get("retry-after", "0"))
    except ValueError:
        return 0.0
    return seconds if seconds >= 0 else 0.0


def _is_connection(error: Exception) -> bool:
    """Whether the connection failed, as against the time being up."""
    names = {kind.__name__ for kind in type(error).__mro__}
    return bool(names & {"APIConnectionError", "TransportError", "OSError"}) and "APITimeoutError" not in names


@dataclass(frozen=True, slots=True)
class _Explanation:
    statuses: range
    message: str


_EXPLANATIONS = (
    _Explanation(range(300, 400), "语言模型的地址转向了别处（{status}）：请检查 WENJU_LLM_BASE_URL"),
    _Explanation(range(401, 402), "语言模型不认密钥（401）：请检查 WENJU_LLM_API_KEY"),
    _Explanation(range(403, 404), "语言模型不许使用（403）：请检查 WENJU_LLM_API_KEY 的权限"),
    _Explanation(
        range(404, 405),
        "语言模型的地址或名称不对（404）：请检查 WENJU_LLM_BASE_URL 和 WENJU_LLM_MODEL",
    ),
    _Explanation(range(429, 430), "语言模型太忙（429）：请稍后再试"),
    _Explanation(range(400, 500), "语言模型不接受这个请求（{status}）：请检查模型的设置"),
    _Explanation(range(500, 600), "语言模型的服务出错（{status}）：请稍后再试"),
)


def _explained(error: Exception, settings: ModelSettings) -> GenerationError:
    """What went wrong, in a line of our own: never the words of the endpoint, which may hold anything."""
    status = _status(error)
    for explanation in _EXPLANATIONS:
        if status is not None and status in explanation.statuses:
            return GenerationError(explanation.message.format(status=status))
    names = {kind.__name__ for kind in type(error).__mro__}
    if names & {"APITimeoutError", "TimeoutException", "TimeoutError"}:
        return _too_slow(settings)
    if _is_connection(error):
        return GenerationError("连不上语言模型，或连接中途断开：请检查 WENJU_LLM_BASE_URL")
    if isinstance(error, ImportError):
        return GenerationError("没有安装 langchain 和 langchain-openai：请先安装，或用 --no-llm")
    return GenerationError("语言模型的回答读不懂：请检查 WENJU_LLM_BASE_URL 后面的服务")


def _too_slow(settings: ModelSettings) -> GenerationError:
    return GenerationError(f"语言模型没有在 {settings.timeout_seconds:g} 秒内答完：请稍后再试，或调大 timeout_seconds")
