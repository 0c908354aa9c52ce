"""The desk where questions are taken in: so many at once, the rest told at once that it is full; and counted."""

from __future__ import annotations

import threading
import time
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
PATIENCE = 1.0  # seconds
REMEMBERED = 1000  # answers whose times make up the quantiles
NAMED = 20  # of them, the latest whose ids are told
OUTCOMES = ("answered", "refused", "degraded", "rejected", "failed")


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


@dataclass(frozen=True, slots=True)
class Named:
    """An answer by its id: how it ended, how long it took, and when."""

    trace: str
    outcome: str
    seconds: float
    ended: float

    def exemplar(self) -> str:
        """The id with its value and time, as OpenMetrics writes it."""
        return f'{{trace_id="{self.trace}"}} {self.seconds:.6f} {self.ended:.3f}'


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


class Turnstile:
    """Lets `places` questions be searched at a time, the others in their order. Safe to share.

    A context that tells whether one waited longer than `patience` seconds for it: then what is dear is left out.
    """

    def __init__(self, places: int, patience: float = PATIENCE) -> None:
        self._places = threading.BoundedSemaphore(places)
        self._patience = patience

    def __enter__(self) -> bool:
        came = time.monotonic()
        self._places.acquire()
        return time.monotonic() - came > self._patience

    def __exit__(self, *error: object) -> None:
        self._places.release()


class Desk:
    """Takes questions in, at most `capacity` at a time, and counts what became of them."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._places = threading.BoundedSemaphore(capacity)
        self._lock = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._seconds: deque[float] = deque(maxlen=REMEMBERED)
        self._named: deque[Named] = deque(maxlen=NAMED)

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
        outcome = "refused" if answer.refused else "answered"
        self.count(outcome)
        if answer.degraded:
            self.count("degraded")
        seconds = answer.elapsed.total / 1000
        with self._lock:
            self._seconds.append(seconds)
            self._named.append(Named(answer.trace, outcome, seconds, time.time()))

    def metrics(self, is_open: bool = False) -> str:
        """The counts in Prometheus's text format, or where `is_open` in OpenMetrics.

        The ids of the latest answers, under which the log has them too, are exemplars in OpenMetrics; the older
        format has none, there they are comments.
        """
        with self._lock:
            counts, seconds, named = dict(self._counts), sorted(self._seconds), list(self._named)
        latest = {each.outcome: each for each in named}
        name = "wenju_questions" if is_open else "wenju_questions_total"
        lines = [f"# HELP {name} Questions by outcome.", f"# TYPE {name} counter"]
        for outcome in OUTCOMES:
            exemplar = f" # {latest[outcome].exemplar()}" if is_open and outcome in latest else ""
            lines.append(f'wenju_questions_total{{outcome="{outcome}"}} {counts.get(outcome, 0)}{exemplar}')
        lines += _times(seconds)
        lines += ["# EOF"] if is_open else [f"# {each.outcome} {each.exemplar()}" for each in named]
        return "\n".join(lines) + "\n"


def _times(seconds: Sequence[float]) -> list[str]:
    """The lines of the times, given in order."""
    lines = ["# HELP wenju_answer_seconds Time to a whole answer.", "# TYPE wenju_answer_seconds summary"]
    for quantile in (0.5, 0.95):
        if seconds:
            value = seconds[min(len(seconds) - 1, int(quantile * len(seconds)))]
            lines.append(f'wenju_answer_seconds{{quantile="{quantile}"}} {value:.6f}')
    return [*lines, f"wenju_answer_seconds_count {len(seconds)}"]


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
