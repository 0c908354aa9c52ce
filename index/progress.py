"""How far a build has come, on one line of a terminal: what is done, how fast, and how long it will take."""

from __future__ import annotations

import sys
import time
from collections import deque
from collections.abc import Callable
from typing import TextIO

STEPS = {  # each with its name and what it counts
    "read": ("读取", "个文件"),
    "passages": ("嵌入段落", "段"),
    "sentences": ("嵌入句子", "句"),
    "keywords": ("编关键词", "段"),
    "upload": ("送入向量库", "段"),
}
_WIDTH = 24  # of the bar
_EVERY = 0.1  # seconds between two drawings
_WINDOW = 20.0  # seconds over which speed is measured: what came from the cache at first says nothing of what is left


class TerminalProgress:
    """Draws on a terminal, and nothing where nobody looks. Call it with a step and what of it is done."""

    def __init__(self, stream: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self._stream = stream or sys.stderr
        self._clock = clock
        self._step = ""
        self._drawn = 0.0
        self._tokens = 0
        self._seen: deque[tuple[float, int, int]] = deque()  # time, done, tokens

    def tokens(self, count: int) -> None:
        """Take note that so many tokens were embedded just now."""
        self._tokens += count

    def __call__(self, step: str, done: int, total: int) -> None:
        """Take note of `done` of `total`."""
        if not self._stream.isatty() or not total:
            return
        now = self._clock()
        if step != self._step:
            self._step = step
            self._drawn = 0.0
            self._seen.clear()
        self._seen.append((now, done, self._tokens))
        while now - self._seen[0][0] > _WINDOW:
            self._seen.popleft()
        if done == total or now - self._drawn >= _EVERY:
            self._drawn = now
            end = "\n" if done == total else ""
            print(f"\r\x1b[K{self._line(done, total)}", end=end, file=self._stream, flush=True)

    def _line(self, done: int, total: int) -> str:
        name, unit = STEPS[self._step]
        filled = _WIDTH * done // total
        parts = [f"{name} {'█' * filled}{'·' * (_WIDTH - filled)} {done}/{total} {unit}"]
        seconds, advance, tokens = (new - old for new, old in zip(self._seen[-1], self._seen[0], strict=True))
        if seconds >= 1 and tokens:
            parts.append(f"{tokens / seconds:,.0f} tokens/s")
        if seconds >= 1 and advance and done < total:
            parts.append(f"还需 {_duration((total - done) * seconds / advance)}")
        return "，".join(parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(int(seconds + 0.5), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} 小时 {minutes} 分"
    return f"{minutes} 分 {rest} 秒" if minutes else f"{rest} 秒"
