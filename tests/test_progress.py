"""The progress line tells the truth: what is done, how fast it goes, and how long the rest takes at that speed."""

from __future__ import annotations

import io

from index.progress import TerminalProgress


class Terminal(io.StringIO):
    """A terminal that remembers what was drawn."""

    def isatty(self) -> bool:
        return True

    def lines(self) -> list[str]:
        """What was drawn, drawing by drawing."""
        return [line.removeprefix("\x1b[K").rstrip("\n") for line in self.getvalue().split("\r")[1:]]


class Clock:
    """A clock that a test sets."""

    now = 100.0

    def __call__(self) -> float:
        return self.now


def test_nothing_is_drawn_where_nobody_looks() -> None:
    stream = io.StringIO()
    progress = TerminalProgress(stream)
    progress("read", 0, 5)
    progress("read", 5, 5)
    assert stream.getvalue() == ""


def test_speed_and_time_left_are_those_of_the_last_seconds() -> None:
    terminal, clock = Terminal(), Clock()
    progress = TerminalProgress(terminal, clock)
    progress("passages", 0, 1000)
    clock.now += 0.5
    progress("passages", 600, 1000)  # from the cache, in no time
    for _ in range(30):
        clock.now += 1
        progress.tokens(2000)
        progress("passages", 600 + 10 * (int(clock.now) - 100), 1000)
    assert terminal.lines()[-1] == f"嵌入段落 {'█' * 21}{'·' * 3} 900/1000 段，2,000 tokens/s，还需 10 秒"


def test_a_step_ends_on_its_own_line() -> None:
    terminal, clock = Terminal(), Clock()
    progress = TerminalProgress(terminal, clock)
    for done in range(4):
        progress("read", done, 3)
        clock.now += 0.01
    progress("keywords", 1, 1)
    assert terminal.lines() == [
        f"读取 {'·' * 24} 0/3 个文件",
        f"读取 {'█' * 24} 3/3 个文件",
        f"编关键词 {'█' * 24} 1/1 段",
    ]
    assert terminal.getvalue().count("\n") == 2


def test_long_waits_are_told_in_minutes_and_hours() -> None:
    terminal, clock = Terminal(), Clock()
    progress = TerminalProgress(terminal, clock)
    for done in (0, 10):
        progress("sentences", done, 10_000)
        clock.now += 2
    assert terminal.lines()[-1].endswith("10/10000 句，还需 33 分 18 秒")
    progress("sentences", 11, 100_000)
    assert terminal.lines()[-1].endswith("还需 10 小时 6 分")
