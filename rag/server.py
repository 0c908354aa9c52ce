"""The doors for programs: HTTP with JSON or server-sent events, and the API that OpenAI's clients speak."""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from functools import cache
from typing import Annotated, Any

import anyio
from fastapi import FastAPI, Query, Request
from fastapi.concurrency import run_in_threadpool
from fastapi.responses import PlainTextResponse, Response, StreamingResponse

from index.store import Index
from index.types import Cutter, Embedder
from rag.answer import Assistant
from rag.assemble import assistant_over, check_match, open_cutter, open_embedder, open_reader
from rag.bodies import AskRequest, ChatRequest, SearchRequest, asked_of
from rag.current import Current
from rag.desk import CAPACITY, Desk, Event, Place, Turnstile, stream_newest
from rag.guard import Guard
from rag.problem import ERROR_SCHEMA, NOT_FOUND, STATUSES, add_error_bodies, error_body, problem_of
from rag.reader import Reader
from rag.search import search
from rag.settings import Settings
from rag.types import Answer

OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"
LOCAL_HOSTS = frozenset({"127.0.0.1", "localhost", "::1", "testserver"})


EVENT = {
    "type": "object",
    "required": ["data"],
    "properties": {"event": {"type": "string"}, "data": {"type": "string"}},
}
# Both doors answer with JSON, or with events where these are asked for.
EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "回答；要求 stream 时逐句送来",
        "content": {"application/json": {}, "text/event-stream": {"schema": EVENT}},
    }
}


def open_current(settings: Settings, secret: bytes) -> Current:
    """The builds under the settings' index; nothing is opened before the first question."""

    # Questions are answered side by side: one that spread over all cores would only take them from the others.
    alone = replace(settings, threads=1)
    # As many are searched at once as there are cores, the rest in their order: all at once, all would be late.
    at_work = Turnstile(len(os.sched_getaffinity(0)))

    @cache
    def models() -> tuple[Embedder, Cutter, Reader | None]:
        return open_embedder(alone), open_cutter(alone), open_reader(alone)

    def over(index: Index, passages: int | None) -> Assistant:
        embedder, cutter, reader = models()
        check_match(index, embedder, cutter)
        mine = replace(alone, passages=passages or settings.passages)
        assistant = assistant_over(index, embedder, cutter, mine, opened_reader=reader)
        assistant.at_work = at_work
        return assistant

    return Current(settings.index, over, secret)


@asynccontextmanager
async def _with_threads(app: FastAPI) -> AsyncIterator[None]:
    """As many threads as places at the desk, and some for everything else."""
    anyio.to_thread.current_default_thread_limiter().total_tokens = CAPACITY + 16
    yield


def create_app(
    current: Current,
    desk: Desk,
    hosts: frozenset[str] | None = LOCAL_HOSTS,
    passwords: Mapping[str, str] | None = None,
) -> FastAPI:
    """The application over the builds of `current`; `hosts` None admits any host name, `passwords` as the guard's."""
    app = FastAPI(
        title="问据 Wenju",
        description="回答关于中文文档的问题，每一句都能在原文里核对；文档没有说的就说没有。",
        version="1",
        lifespan=_with_threads,
        docs_url=None,  # their pages load scripts from outside
        redoc_url=None,
        responses={
            code: {"description": text, "content": {"application/json": {"schema": ERROR_SCHEMA}}}
            for code, text in STATUSES.items()
        },
    )
    add_error_bodies(app)
    _add_state(app, current, desk)
    _add_questions(app, current, desk)
    _add_sources(app, current)
    _add_openai(app, current, desk)
    app.add_middleware(Guard, hosts=hosts, passwords=passwords)
    return app


def _add_state(app: FastAPI, current: Current, desk: Desk) -> None:
    @app.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the process lives."""
        return {"status": "ok"}

    @app.get("/readyz")
    def readyz() -> dict[str, Any]:
        """Whether questions can be answered, and from which build."""
        index = current.serving().assistant.index
        return {"status": "ready", "build": index.folder.name, "notice": current.notice}

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics(request: Request) -> PlainTextResponse:
        """Counts, times and the ids of the latest answers, in Prometheus's format or, where accepted, OpenMetrics."""
        if "application/openmetrics-text" in request.headers.get("accept", ""):
            return PlainTextResponse(desk.metrics(is_open=True), media_type=OPEN_METRICS)
        return PlainTextResponse(desk.metrics())


def _add_questions(app: FastAPI, current: Current, desk: Desk) -> None:
    # Places are taken on the event loop, not in a thread: a full desk answers though every thread is at work.
    @app.post("/api/ask", response_model=None, responses=EVENTS)
    async def ask(body: AskRequest, request: Request) -> Response | dict[str, Any]:
        """The Answer as JSON, or where the client accepts them as events: `scope`, `delta`, `answer`, `error`."""
        place = desk.place()
        if body.stream or "text/event-stream" in request.headers.get("accept", ""):
            events = stream_newest(current, body.question, body.turns(), body.today, body.top_k)
            lines = _as_events(events, desk, place)
            return StreamingResponse(lines, media_type="text/event-stream", headers=_UNBUFFERED)

        def answered(assistant: Assistant) -> Answer:
            return assistant.answer(body.question, body.turns(), body.today)

        with place:
            answer = await run_in_threadpool(current.ask, answered, body.top_k)
        desk.finished(answer)
        return answer.to_json()

    @app.post("/api/search")
    async def search_passages(body: SearchRequest) -> dict[str, Any]:
        """The passages that a question finds, with the score of each leg."""

        def found(assistant: Assistant) -> list[dict[str, Any]]:
            hits = search(assistant, body.question, body.top_k, body.today)
            return [{**hit.to_json(), "id": current.source_id(assistant, hit.document_id)} for hit in hits]

        with desk.place():
            return {"question": body.question, "passages": await run_in_threadpool(current.ask, found)}


_UNBUFFERED = {"cache-control": "no-cache", "x-accel-buffering": "no"}


def _as_events(events: Iterator[Event], desk: Desk, place: Place) -> Iterator[str]:
    """The lines of server-sent events; the place at the desk is given back however this ends."""
    try:
        for event in events:
            if event.answer is not None:
                desk.finished(event.answer)
            yield _event(event.kind, event.data)
    except Exception as error:
        desk.count("failed")
        problem = problem_of(error)
        yield _event("error", error_body(problem.code, problem.message)["error"])
    finally:
        place.leave()


def _event(kind: str, data: object) -> str:
    return f"event: {kind}\ndata: {json.dumps(data, ensure_ascii=True)}\n\n"


def _add_sources(app: FastAPI, current: Current) -> None:
    @app.get("/api/documents")
    def documents() -> dict[str, Any]:
        """What is indexed, up to which date, and the id under which each original is served."""
        assistant = current.assistant()
        index = assistant.index
        return {
            "as_of": index.manifest.as_of,
            "documents": [
                {
                    "id": current.source_id(assistant, heading.id),
                    "document": heading.path,
                    "title": heading.title,
                    "date": heading.date,
                    "place": heading.place,
                    "years": list(heading.years),
                    "kind": heading.kind,
                    "verdict": heading.verdict,
                }
                for heading in index.headings
            ],
        }

    @app.get("/source/{source_id}", response_class=PlainTextResponse)
    def source(
        source_id: str,
        start: Annotated[int | None, Query(ge=0)] = None,
        end: Annotated[int | None, Query(ge=0)] = None,
    ) -> PlainTextResponse:
        """The original of a document as plain text, or its slice from `start` to `end`."""
        found = current.find(source_id)
        if found is None:
            raise NOT_FOUND
        assistant, number = found
        original = assistant.index.texts.document(number).original[start:end]
        body = original.encode("utf-8", "replace")
        return PlainTextResponse(body, headers={"cache-control": "private, no-cache"})


def _add_openai(app: FastAPI, current: Current, desk: Desk) -> None:
    @app.get("/v1/models")
    def models() -> dict[str, Any]:
        """The one model that OpenAI's clients find here."""
        return {"object": "list", "data": [{"id": "wenju", "object": "model", "created": 0, "owned_by": "wenju"}]}

    @app.post("/v1/chat/completions", response_model=None, responses=EVENTS)
    async def completions(body: ChatRequest) -> Response | dict[str, Any]:
        """A chat completion; the Answer stands under `wenju`, when streaming in the last chunk."""
        question, history = asked_of(body.messages)
        about = {"id": f"chatcmpl-{secrets.token_hex(12)}", "created": int(time.time()), "model": "wenju"}
        place = desk.place()
        if not body.stream:
            with place:
                answer = await run_in_threadpool(current.ask, lambda assistant: assistant.answer(question, history))
            desk.finished(answer)
            message = {"role": "assistant", "content": answer.text}
            return {
                **about,
                "object": "chat.completion",
                "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
                "usage": {"prompt_tokens": 0, "completion_tokens": 0, "total_tokens": 0},
                "wenju": answer.to_json(),
            }
        chunks = _as_chunks(stream_newest(current, question, history), about, desk, place)
        return StreamingResponse(chunks, media_type="text/event-stream", headers=_UNBUFFERED)


def _as_chunks(events: Iterator[Event], about: dict[str, Any], desk: Desk, place: Place) -> Iterator[str]:
    """Server-sent chunks as OpenAI's clients read them."""

    def chunk(delta: dict[str, Any], finish: str | None = None, **more: Any) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": finish}
        return f"data: {json.dumps({**about, 'object': 'chat.completion.chunk', 'choices': [choice], **more})}\n\n"

    try:
        yield chunk({"role": "assistant", "content": ""})
        said = False
        for event in events:
            if event.kind == "delta":
                marks = "".join(f"[{mark}]" for mark in event.data["marks"])
                yield chunk({"content": ("\n" if said else "") + event.data["text"] + marks})
                said = True
            elif event.answer is not None:
                desk.finished(event.answer)
                if not said:
                    yield chunk({"content": event.answer.text})
                yield chunk({}, "stop", wenju=event.data)
    except Exception as error:
        desk.count("failed")
        problem = problem_of(error)
        yield f"data: {json.dumps(error_body(problem.code, problem.message))}\n\n"
    finally:
        place.leave()
    yield "data: [DONE]\n\n"
