"""Each question leaves one line under the id of its answer, and no word of what was asked or said."""

from __future__ import annotations

import json
import logging
import re
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import urlopen

import pytest
import uvicorn
from fastapi import FastAPI

from index.store import open_build
from index.types import Cutter, Embedder
from rag.assemble import assistant_over
from rag.journal import Journal, line_of, spans_of
from rag.problem import add_error_bodies, log_settings
from rag.settings import Settings
from rag.types import Answer, Citation, Elapsed, Reason, Sentence

SECRET = "绝密的原句"
TRACE = "00ab12cd34ef5678"
ANSWER = Answer(
    question=f"{SECRET}是什么",
    standalone_question=f"{SECRET}是什么",
    sentences=(Sentence(SECRET, (1,)),),
    citations=(Citation(1, SECRET, SECRET, SECRET, None, None, (), None, 0, 5, SECRET, SECRET),),
    degraded=f"接口说：{SECRET} sk-key",
    generator=f"model-{SECRET}",
    elapsed=Elapsed(1.0, 20.0, 30.0, 10.0, 62.5),
    trace=TRACE,
)


def test_a_line_a_question_under_the_id_of_its_answer(tmp_path: Path) -> None:
    note = Journal(tmp_path / "log.jsonl", tmp_path / "spans.jsonl")
    note(ANSWER)
    note(Answer("问", "问", reason=Reason("wrong_year", SECRET), trace="1" * 16))
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("ascii").splitlines()]
    assert [(line["trace"], line["outcome"]) for line in lines] == [(TRACE, "answered"), ("1" * 16, "wrong_year")]
    assert lines[0]["elapsed_ms"] == {"retrieve": 20.0, "read": 30.0, "write": 10.0, "total": 62.5}
    assert (lines[0]["degraded"], lines[0]["extractive"], lines[0]["citations"]) == (True, False, 1)
    for path in tmp_path.iterdir():
        told = json.dumps([json.loads(line) for line in path.read_text("ascii").splitlines()], ensure_ascii=False)
        assert SECRET not in told and "sk-key" not in told and "model" not in told


def test_spans_are_those_of_opentelemetry() -> None:
    (resource,) = spans_of(ANSWER, 1_700_000_000.0)["resourceSpans"]
    (scope,) = resource["scopeSpans"]
    root, *steps = scope["spans"]
    assert root["traceId"] == "0" * 16 + TRACE and "parentSpanId" not in root
    assert [step["name"] for step in steps] == ["retrieve", "read", "write"]
    assert {step["parentSpanId"] for step in steps} == {root["spanId"]} and len(root["spanId"]) == 16
    assert len({span["spanId"] for span in scope["spans"]}) == 4
    lengths = [int(span["endTimeUnixNano"]) - int(span["startTimeUnixNano"]) for span in scope["spans"]]
    assert lengths == [62_500_000, 20_000_000, 30_000_000, 10_000_000]
    assert root["endTimeUnixNano"] == "1700000000000000000"
    assert steps[0]["startTimeUnixNano"] == root["startTimeUnixNano"]


def test_nothing_is_written_unless_asked_and_a_refusing_disk_costs_no_answer(tmp_path: Path) -> None:
    Journal()(ANSWER)
    Journal(tmp_path, tmp_path / "none" / "spans.jsonl")(ANSWER)
    assert list(tmp_path.iterdir()) == []


def test_lines_of_many_threads_stay_whole(tmp_path: Path) -> None:
    note = Journal(tmp_path / "log.jsonl")
    threads = [threading.Thread(target=lambda: [note(ANSWER) for _ in range(50)]) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    lines = (tmp_path / "log.jsonl").read_text("ascii").splitlines()
    assert [json.loads(line)["trace"] for line in lines] == [TRACE] * 400


@pytest.mark.parametrize("trace", ["", "0", "f" * 16])
def test_any_id_makes_valid_spans(trace: str) -> None:
    spans = spans_of(Answer("问", "问", trace=trace), 1.0)["resourceSpans"][0]["scopeSpans"][0]["spans"]
    assert all(len(span["spanId"]) == 16 and span["spanId"] != "0" * 16 for span in spans)
    assert line_of(Answer("问", "问", trace=trace), 1.0)["outcome"] == "answered"


@pytest.fixture
def untouched_logging() -> Iterator[None]:
    """What a test makes of the loggers is undone."""
    loggers = [logging.getLogger(name) for name in (None, "uvicorn.error", "uvicorn.access", "uvicorn.asgi")]
    before = [(logger, logger.level, logger.handlers[:]) for logger in loggers]
    yield
    for logger, level, handlers in before:
        logger.setLevel(level)
        logger.handlers[:] = handlers


def test_the_log_of_the_server_has_where_an_error_happened_and_nothing_that_it_says(
    capfd: pytest.CaptureFixture[str], untouched_logging: None
) -> None:
    """A question that fails in an unforeseen way, in a real server set up as the page sets it up."""
    app = FastAPI()
    add_error_bodies(app)

    @app.get("/fails")
    def fails() -> None:
        try:
            int(SECRET)
        except ValueError as error:
            raise KeyError(f"{SECRET}\nsk-key") from error

    with socket.create_server(("127.0.0.1", 0)) as listening:
        server = uvicorn.Server(uvicorn.Config(app, log_config=log_settings(), log_level="warning"))
        thread = threading.Thread(target=server.run, args=([listening],))
        thread.start()
        try:
            with pytest.raises(HTTPError) as raised:
                urlopen(f"http://127.0.0.1:{listening.getsockname()[1]}/fails?question={quote(SECRET)}", timeout=30)
        finally:
            server.should_exit = True
            thread.join()
    with raised.value as answered:
        assert answered.code == 500 and SECRET not in answered.read().decode("utf-8")
    lines = [json.loads(line) for line in capfd.readouterr().err.splitlines()]
    assert {line["logger"] for line in lines} == {"wenju.server", "uvicorn.error"}
    assert all(line["errors"] == ["KeyError", "ValueError"] for line in lines)
    assert all(line["places"][-1].endswith(" fails") for line in lines)
    told = json.dumps(lines, ensure_ascii=False)
    assert SECRET not in told and "sk-key" not in told


@pytest.mark.slow
def test_an_assistant_notes_what_it_answers_where_a_file_is_named(
    settings: Settings, demo_index: Path, embedder: Embedder, cutter: Cutter, tmp_path: Path
) -> None:
    chosen = replace(settings, log=str(tmp_path / "log.jsonl"), spans=str(tmp_path / "spans.jsonl"))
    assistant = assistant_over(open_build(demo_index), embedder, cutter, chosen)
    answers = [assistant.answer(question) for question in ("莲塘街道2024年的口岸计划是什么", "火星基地什么时候开工？")]
    lines = [json.loads(line) for line in (tmp_path / "log.jsonl").read_text("ascii").splitlines()]
    assert [line["trace"] for line in lines] == [answer.trace for answer in answers]
    assert [line["outcome"] == "answered" for line in lines] == [not answer.refused for answer in answers]
    spans = [json.loads(line) for line in (tmp_path / "spans.jsonl").read_text("ascii").splitlines()]
    roots = [each["resourceSpans"][0]["scopeSpans"][0]["spans"][0]["traceId"] for each in spans]
    assert roots == [answer.trace.rjust(32, "0") for answer in answers]
    assert re.findall("[\u3000-\u9fff]+", json.dumps([lines, spans], ensure_ascii=False)) == []
    assistant.index.close()
