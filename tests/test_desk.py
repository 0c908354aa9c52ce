"""The desk: who is taken in, who waits for his turn, and what is counted."""

from __future__ import annotations

import threading
import time

import pytest

from rag.desk import Desk, DeskFull, Turnstile
from rag.types import Answer, Elapsed, Reason


def test_places_are_given_out_and_come_back() -> None:
    desk = Desk(capacity=2)
    first, second = desk.place(), desk.place()
    with pytest.raises(DeskFull, match="^排队已满：请稍等几秒再问$"):
        desk.place()
    first.leave()
    first.leave()
    with desk.place(), pytest.raises(DeskFull):
        desk.place()
    second.leave()
    assert 'wenju_questions_total{outcome="rejected"} 2\n' in desk.metrics()


def test_so_many_at_a_time_go_through_the_turnstile_in_the_order_they_came() -> None:
    turnstile = Turnstile(2, patience=60)
    through: list[int] = []
    inside, most, lock = 0, 0, threading.Lock()
    held = [turnstile.__enter__(), turnstile.__enter__()]

    def pass_through(number: int) -> None:
        nonlocal inside, most
        with turnstile:
            with lock:
                inside += 1
                most = max(most, inside)
                through.append(number)
            time.sleep(0.005)
            with lock:
                inside -= 1

    threads = []
    for number in range(12):
        threads.append(threading.Thread(target=pass_through, args=(number,)))
        threads[-1].start()
        time.sleep(0.002)  # so that they stand in this order
    assert through == [] and held == [False, False]
    turnstile.__exit__()
    for thread in threads:
        thread.join()
    assert through == list(range(12))
    assert most == 1  # of two places one is still held
    turnstile.__exit__()


def test_who_waited_longer_than_the_patience_is_told() -> None:
    turnstile = Turnstile(1, patience=0.05)
    with turnstile as is_late:
        assert is_late is False
        told: list[bool] = []

        def wait() -> None:
            with turnstile as is_late:
                told.append(is_late)

        waiting = threading.Thread(target=wait)
        waiting.start()
        time.sleep(0.1)
    waiting.join()
    assert told == [True]
    with turnstile as is_late:
        assert is_late is False


def test_a_place_is_left_where_searching_fails() -> None:
    turnstile = Turnstile(1)
    for _ in range(3):
        with pytest.raises(ValueError, match="broken"), turnstile:
            raise ValueError("broken")
    with turnstile as is_late:
        assert is_late is False


def test_the_ids_of_the_latest_twenty_are_told() -> None:
    desk = Desk()
    for number in range(25):
        reason = Reason("no_evidence", "没有") if number % 2 else None
        desk.finished(Answer("问", "问", reason=reason, trace=f"{number:016x}", elapsed=Elapsed(total=number * 100.0)))
    plain, opened = desk.metrics().splitlines(), desk.metrics(is_open=True).splitlines()
    named = [
        line.split(" ")[1:4] for line in plain if line.startswith("# answered {") or line.startswith("# refused {")
    ]
    assert named == [
        ["refused" if number % 2 else "answered", f'{{trace_id="{number:016x}"}}', f"{number / 10:.6f}"]
        for number in range(5, 25)
    ]
    counted = [line for line in opened if line.startswith("wenju_questions_total")]
    assert counted[0].startswith(f'wenju_questions_total{{outcome="answered"}} 13 # {{trace_id="{24:016x}"}} 2.400000 ')
    assert counted[1].startswith(f'wenju_questions_total{{outcome="refused"}} 12 # {{trace_id="{23:016x}"}} 2.300000 ')
    assert counted[2:] == [
        f'wenju_questions_total{{outcome="{name}"}} 0' for name in ("degraded", "rejected", "failed")
    ]
    assert opened[-1] == "# EOF"
    assert 'wenju_answer_seconds{quantile="0.5"} 1.200000' in opened
