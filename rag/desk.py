"""The desk where questions are taken in: so many at once, the rest told at once that it is full; and counted."""

from __future__ import annotations

import threading
from collections import Counter, deque
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from index.errors import IndexDamaged, WenjuError
from rag.answer import Assistant
from rag.current import Current
from rag.types import Answer, Turn

CAPACITY = 64  # questions answered or waiting; more would wait longer than anyone does
REMEMBERED = 1000  # answers whose times make up the quantiles


class DeskFull(WenjuError):
    """As many questions as can be answered in decent time are waiting already."""


@dataclass(frozen=True, slots=True)
class Event:
    """One step of an answer on its way.

    `scope`: {"standalone_question", "scope", "as_of"}; `delta`: {"text", "marks"}, one verified sentence;
    `answer`: the whole Answer; it comes last, with the assistant that gave it.
    """

    kind: Literal["scope", "delta", "answer"]
    data: dict[str, Any]
    answer: Answer | None = None
    assistant: Assistant | None = None


class Place:
    """A place at the desk: a context, or given back by `leave` or, where a stream is never read, when it is dropped."""

    def __init__(self, places: threading.BoundedSemaphore) -> None:
        self._places: threading.BoundedSemaphore | None = places

    def leave(self) -> None:
        """Give the place back, once."""
        places, self._places = self._places, None
        if places is not None:
            places.release()

    def __enter__(self) -> Place:
        return self

    def __exit__(self, *error: object) -> None:
        self.leave()

    def __del__(self) -> None:
        self.leave()


class Desk:
    """Takes questions in, at most `capacity` at a time, and counts what became of them."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._places = threading.BoundedSemaphore(capacity)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)

    def place(self) -> Place:
        """Take one place. Raises DeskFull at once where none is free."""
        if not self._places.acquire(blocking=False):
            self.count("rejected")
            raise DeskFull("排队已满：请稍等几秒再问")
        return Place(self._places)

    def count(self, what: str) -> None:
        """Count one `what`."""
        with self._lock:
            self._counts[what] += 1

    def finished(self, answer: Answer) -> None:
        """Count an answer and how long it took."""
        self.count("refused" if answer.refused else "answered")
        if answer.degraded:
            self.count("degraded")
        with self._lock:
            self._seconds.append(answer.elapsed.total / 1000)

    def metrics(self) -> str:
        """The counts in Prometheus's text format."""
        with self._lock:
            counts, seconds = dict(self._counts), sorted(self._seconds)
        lines = ["# HELP wenju_questions_total Questions by outcome.", "# TYPE wenju_questions_total counter"]
        for outcome in ("answered", "refused", "degraded", "rejected", "failed"):
            lines.append(f'wenju_questions_total{{outcome="{outcome}"}} {counts.get(outcome, 0)}')
        lines += ["# HELP wenju_answer_seconds Time to a whole answer.", "# TYPE wenju_answer_seconds summary"]
        for quantile in (0.5, 0.95):
            if seconds:
                value = seconds[min(len(seconds) - 1, int(quantile * len(seconds)))]
                lines.append(f'wenju_answer_seconds{{quantile="{quantile}"}} {value:.6f}')
        lines.append(f"wenju_answer_seconds_count {len(seconds)}")
        return "\n".join(lines) + "\n"


def stream(
    assistant: Assistant, question: str, history: Sequence[Turn] = (), today: date | None = None
) -> Iterator[Event]:
    """An answer step by step: what was understood, each verified sentence, then the whole Answer."""
    understood = assistant.understand(question, history, today)
    told = Answer(question, understood[0], scope=understood[1], as_of=assistant.index.manifest.as_of).to_json()
    yield Event("scope", {name: told[name] for name in ("standalone_question", "scope", "as_of")})
    answering = assistant.stream(question, history, today, understood)
    with closing(answering):
        while True:
            try:
                sentence = next(answering)
            except StopIteration as finished:
                answer: Answer = finished.value
                break
            yield Event("delta", {"text": sentence.text, "marks": list(sentence.marks)})
    yield Event("answer", answer.to_json(), answer, assistant)


def stream_newest(
    current: Current,
    question: str,
    history: Sequence[Turn] = (),
    today: date | None = None,
    passages: int | None = None,
) -> Iterator[Event]:
    """`stream` from the newest build; from the last good one, where that proves damaged before a sentence was said."""
    told: set[str] = set()
    assistant = current.assistant(passages)
    try:
        for event in stream(assistant, question, history, today):
            told.add(event.kind)
            yield event
    except IndexDamaged:
        current.refuse(assistant)
        if told - {"scope"}:
            raise
        again = stream(current.assistant(passages), question, history, today)
        yield from (event for event in again if event.kind not in told)
