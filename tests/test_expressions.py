"""Every regular expression is linear: none takes longer over hostile text than over any text of that length."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import islice
from math import inf
from typing import Any

import pytest

from tests.expressions import ROOT, Expression, attacks

SHORT = 3_000  # characters, tried with every attack
NOTICED = 0.004  # seconds of the processor's time for SHORT, from which on four times as long a text is tried
LIMIT = 0.4  # seconds: what takes longer over a text of either length goes back for certain
MOST_TIMES = 9.0  # what that may take of the time for SHORT: linear is 4, quadratic 16
LONG = 1_000_000
MOST_SECONDS_LONG = 20.0
PARTS = 10  # of the long test: what a stop of the run costs at most is one of them


class TooSlow(BaseException):
    """The time is up."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Raise TooSlow in what takes more of the processor's time; others at work on the machine do not count."""

    def stop(number: int, frame: object) -> None:
        raise TooSlow

    before = signal.signal(signal.SIGVTALRM, stop)
    try:
        signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


@pytest.fixture(scope="module")
def expressions() -> list[Expression]:
    """All of the project, as another process finds them."""
    done = subprocess.run([sys.executable, "-m", "tests.expressions"], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [Expression(*json.loads(line)) for line in done.stdout.split("\n") if line]


def seconds_of(expression: Expression, text: str, most: float) -> float:
    """The processor's time for looking through `text` as the project does; `most` where it takes longer."""
    compiled = expression.compiled()
    subject: Any = text.encode("utf-8", "replace") if expression.is_bytes else text
    ways: list[Callable[[Any], object]] = [compiled.match, compiled.fullmatch]
    if not expression.is_anchored:
        ways = [lambda subject: sum(1 for _ in compiled.finditer(subject))]
    started = time.process_time()
    try:
        with at_most(most):
            for way in ways:
                way(subject)
    except TooSlow:
        return most
    return time.process_time() - started


def growth(expression: Expression, short: str, long: str) -> float:
    """How many times as long it takes over `long`, a text four times as long as `short`: about 4 where linear."""
    took = seconds_of(expression, long, LIMIT)
    return inf if took >= LIMIT else took / max(seconds_of(expression, short, LIMIT), NOTICED / 2)


def worst_attack(expression: Expression) -> tuple[int, float]:
    """The number of the attack that takes longest over a short text, and the steepest growth among the slowest."""
    short, long = list(attacks(expression, SHORT)), list(attacks(expression, 4 * SHORT))
    times: list[float] = []
    for number, text in enumerate(short):
        times.append(seconds_of(expression, text, LIMIT))
        if times[-1] >= LIMIT:
            return number, inf
    slowest = sorted(range(len(short)), key=lambda number: -times[number])[:3]
    grown = [1.0]
    for number in slowest:
        if times[number] > NOTICED:
            found = growth(expression, short[number], long[number])
            again = found > MOST_TIMES and found < inf
            grown.append(min(found, growth(expression, short[number], long[number])) if again else found)
    return slowest[0], max(grown)


@pytest.mark.parametrize("pattern", [r"\d+年", r"(a+)+b", r"\s*[|]\s*", r".*?x.*?y", r"[^)]*\)"])
def test_expressions_that_go_back_are_caught(pattern: str) -> None:
    assert worst_attack(Expression(pattern, 0, "here"))[1] > MOST_TIMES


@pytest.mark.parametrize("pattern", [r"(?<!\d)\d{1,4}年", r"(?<!a)a*+c", r"[|]\s{0,8}", r"(?:a|b)c"])
def test_linear_expressions_pass(pattern: str) -> None:
    assert worst_attack(Expression(pattern, 0, "here"))[1] < MOST_TIMES


@pytest.mark.slow
def test_no_expression_goes_back(expressions: list[Expression], record_property: Callable[[str, object], None]) -> None:
    assert len(expressions) > 250
    slow = [(each.home, each.pattern[:80]) for each in expressions if worst_attack(each)[1] > MOST_TIMES]
    record_property("trials", sum(len(list(attacks(each, SHORT))) for each in expressions))
    assert slow == []


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("part", range(PARTS))
def test_a_million_characters(
    part: int, expressions: list[Expression], record_property: Callable[[str, object], None]
) -> None:
    """The worst attack on each expression, over a million characters, ends in time."""
    slow, most, mine = [], 0.0, expressions[part::PARTS]
    for expression in mine:
        attack = worst_attack(expression)[0]
        took = seconds_of(expression, next(islice(attacks(expression, LONG), attack, None)), MOST_SECONDS_LONG)
        most = max(most, took)
        if took >= MOST_SECONDS_LONG:
            slow.append((expression.home, expression.pattern[:80]))
    record_property("trials", len(mine))
    record_property("most 百万字最久的秒数", round(most, 2))
    assert slow == []
