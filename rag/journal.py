"""A line for every question, under the id of its answer: when, how long, how it ended; never what was asked or said.

Lines are JSON. Spans are written as OpenTelemetry's OTLP JSON, one request a line, which any collector's file receiver
reads. Both are off unless a file is named (`WENJU_LOG`, `WENJU_SPANS`).
"""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from rag.types import Answer

Note = Callable[[Answer], None]  # told of each answer when it is whole
STEPS = ("retrieve", "read", "write")  # in their order


class Journal:
    """Writes to the files that are named; what cannot be written never costs an answer. Safe to share."""

    def __init__(self, log: Path | None = None, spans: Path | None = None) -> None:
        self._log = log
        self._spans = spans
        self._lock = threading.Lock()

    def __call__(self, answer: Answer) -> None:
        """Note one answer."""
        ended = time.time()
        if self._log is not None:
            self._append(self._log, line_of(answer, ended))
        if self._spans is not None:
            self._append(self._spans, spans_of(answer, ended))

    def _append(self, path: Path, value: dict[str, Any]) -> None:
        data = (json.dumps(value, ensure_ascii=True) + "\n").encode("ascii")
        try:
            with self._lock, path.open("ab", buffering=0) as file:
                file.write(data)  # at one stroke, so that several processes may share a file
        except OSError:
            return


def line_of(answer: Answer, ended: float) -> dict[str, Any]:
    """What a line of the log holds: figures, codes and the id; no word of a question, a document or a model."""
    return {
        "time": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(ended)),
        "trace": answer.trace,
        "outcome": answer.reason.code if answer.reason else "answered",
        "degraded": answer.degraded is not None,
        "extractive": answer.generator == "extractive",
        "sentences": len(answer.sentences),
        "citations": len(answer.citations),
        "passages": len(answer.passages),
        "question_characters": len(answer.question),
        "elapsed_ms": {name: round(getattr(answer.elapsed, name), 1) for name in (*STEPS, "total")},
    }


def spans_of(answer: Answer, ended: float) -> dict[str, Any]:
    """One ExportTraceServiceRequest: the question as the root span, its steps one after another below it."""
    total = int(answer.elapsed.total * 1e6)
    start = int(ended * 1e9) - total
    line = line_of(answer, ended)
    spans = [_span(answer.trace, 0, "ask", start, start + total)]
    spans[0]["attributes"] = [
        {"key": f"wenju.{name}", "value": {"stringValue": str(line[name])}}
        for name in ("outcome", "degraded", "extractive", "citations")
    ]
    at = start
    for number, name in enumerate(STEPS, 1):
        end = at + int(getattr(answer.elapsed, name) * 1e6)
        spans.append(_span(answer.trace, number, name, at, end))
        at = end
    service = {"attributes": [{"key": "service.name", "value": {"stringValue": "wenju"}}]}
    return {"resourceSpans": [{"resource": service, "scopeSpans": [{"scope": {"name": "wenju"}, "spans": spans}]}]}


def _span(trace: str, number: int, name: str, start: int, end: int) -> dict[str, Any]:
    """A span; its trace's id is the answer's, filled up to the 16 bytes that OpenTelemetry has."""
    root = _span_id(trace, 0)
    parent = {} if number == 0 else {"parentSpanId": root}
    ids = {"traceId": trace.rjust(32, "0"), "spanId": _span_id(trace, number), **parent}
    return {**ids, "name": name, "kind": 1, "startTimeUnixNano": str(start), "endTimeUnixNano": str(end)}


def _span_id(trace: str, number: int) -> str:
    """Eight bytes that no other span of the trace has."""
    return f"{(int(trace or '0', 16) + number) % (1 << 64) or 1:016x}"
