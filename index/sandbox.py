"""Parsers run in a child process with limits, so that a hostile file ends itself and nothing else.

The child gets one request a line (JSON) and answers with a frame: eight bytes of length, then JSON. It is kept
for the next file, and started anew after a death, after many files or when it has grown fat.
"""

from __future__ import annotations

import json
import os
import select
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from threading import Lock, current_thread, main_thread
from types import TracebackType
from typing import IO, Any

from index.errors import SourceError
from index.offsets import OffsetMap, Piece
from index.types import Line, Loaded, Reading

MAX_BYTES = 100 << 20  # of one file
MAX_MEMORY = 1 << 30  # address space of the child
MAX_CPU_SECONDS = 20  # for one file
MAX_WALL_SECONDS = 120  # for one file: a child that sleeps uses no CPU
MAX_ANSWER = 400 << 20  # bytes of one answer
MAX_FILES = 500  # served by one child
FAT = 400 << 20  # resident bytes beyond which a child is not kept


class Sandbox:
    """A child process that reads files one after another. A context manager; safe to share between threads."""

    def __init__(self) -> None:
        self._child: subprocess.Popen[bytes] | None = None
        self._served = 0
        self._lock = Lock()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the child, if there is one."""
        child, self._child = self._child, None
        if child is not None:
            child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def read(self, form: str, path: Path, text: str | None = None, encoding: str = "utf-8") -> Loaded:
        """The file at `path` read as `form` (see `parse`); of formats that are text, the decoded `text` is given.

        Raises SourceError with the parser's reason, or saying that a limit was passed.
        """
        request = {"form": form, "path": str(path.absolute()), "text": text, "encoding": encoding}
        with self._lock:
            answer = self._ask(json.dumps(request).encode("ascii") + b"\n")
        if "error" in answer:
            raise SourceError(answer["error"])
        return _unpacked(answer)

    def _ask(self, request: bytes) -> dict[str, Any]:
        if self._child is None or self._child.poll() is not None or self._served >= MAX_FILES:
            self.close()
            self._child, self._served = _start(), 0
        self._served += 1
        deadline = time.monotonic() + MAX_WALL_SECONDS
        try:
            answer: dict[str, Any] = json.loads(_exchange(self._child, request, deadline))
        except (OSError, EOFError, ValueError) as error:
            self.close()
            raise SourceError("解析时超出时间或内存上限，或文件已损坏：请拆成几个文件，或另存一份更简单的") from error
        if answer.pop("fat", False):
            self.close()
        return answer


class _OutOfTime(BaseException):
    """The processor's time for a file is used up. No `except Exception` on the way may keep it."""


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Let this process work on a file for so much of the processor's time; raises SourceError where it takes more.

    Only the main thread can be stopped: in another one nothing is limited.
    """
    if current_thread() is not main_thread():
        yield
        return

    def stop(number: int, frame: object) -> None:
        raise _OutOfTime

    try:
        before = signal.signal(signal.SIGPROF, stop)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_PROF, 0)
            signal.signal(signal.SIGPROF, before)
    except _OutOfTime:
        raise SourceError(f"读了 {seconds:g} 秒还没读完：请拆成几个文件，或另存一份更简单的") from None


def _start() -> subprocess.Popen[bytes]:
    root = Path(__file__).resolve().parent.parent
    environment = {key: value for key, value in os.environ.items() if key in ("PATH", "LD_LIBRARY_PATH", "SYSTEMROOT")}
    return subprocess.Popen(
        [sys.executable, "-m", "index.sandbox"],
        cwd=root,
        env=environment | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "PYTHONHASHSEED": "0"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _exchange(child: subprocess.Popen[bytes], request: bytes, deadline: float) -> bytes:
    """Send the request, receive one frame. Raises EOFError on death, TimeoutError past the deadline."""
    assert child.stdin is not None and child.stdout is not None
    child.stdin.write(request)
    child.stdin.flush()
    (length,) = struct.unpack(">Q", _receive(child.stdout, 8, deadline))
    if length > MAX_ANSWER:
        raise ValueError("answer too long")
    return _receive(child.stdout, length, deadline)


def _receive(pipe: IO[bytes], length: int, deadline: float) -> bytes:
    """Exactly `length` bytes, past Python's buffer so that `select` sees what is there."""
    parts = bytearray()
    while len(parts) < length:
        ready, _, _ = select.select([pipe], [], [], max(0.0, deadline - time.monotonic()))
        if not ready:
            raise TimeoutError
        part = os.read(pipe.fileno(), min(length - len(parts), 1 << 20))
        if not part:
            raise EOFError
        parts += part
    return bytes(parts)


def _packed(loaded: Loaded) -> dict[str, Any]:
    """A loaded file as JSON can carry it."""
    return {
        "original": loaded.reading.original,
        "text": loaded.reading.text,
        "pieces": [(p.start, p.end, p.old_start, p.old_end, int(p.copied)) for p in loaded.reading.map.pieces],
        "lines": [(line.level, line.header, line.page, int(line.furniture)) for line in loaded.lines],
        "encoding": loaded.encoding,
        "title": loaded.title,
        "date": loaded.date,
    }


def _unpacked(answer: dict[str, Any]) -> Loaded:
    pieces = tuple(
        Piece(start, end, old, old_end, bool(copied)) for start, end, old, old_end, copied in answer["pieces"]
    )
    lines = tuple(Line(level, header, page, bool(furniture)) for level, header, page, furniture in answer["lines"])
    reading = Reading(answer["original"], answer["text"], OffsetMap(pieces))
    return Loaded(reading, answer["encoding"], lines, answer["title"], answer["date"])


# What follows runs in the child.


def parse(form: str, path: str, text: str | None, encoding: str) -> Loaded:
    """Read a file in this very process: what the child does, without its limits.

    `form` is html, markdown or table (of which `text` is given), pdf, docx or xlsx (read from `path`).
    """
    if form in ("pdf", "docx", "xlsx"):
        return _file_reader(form)(Path(path))
    return _text_reader(form)(text or "", encoding)


def _file_reader(form: str) -> Callable[[Path], Loaded]:
    if form == "pdf":
        from index import pdf

        return pdf.read
    from index import office

    return office.read_docx if form == "docx" else office.read_xlsx


def _text_reader(form: str) -> Callable[[str, str], Loaded]:
    if form == "html":
        from index import html

        return html.read
    from index import markdown, table

    return markdown.read if form == "markdown" else table.read


def _answer(request: dict[str, Any]) -> dict[str, Any]:
    """The file as JSON can carry it, or the reason why not. Whatever a parser raises ends as a reason."""
    try:
        return _packed(parse(**request))
    except SourceError as error:
        return {"error": str(error)}
    except MemoryError:
        return {"error": "解析时超出内存上限：请拆成几个文件", "fat": True}
    except RecursionError:
        return {"error": "文件里的层次太深：请另存一份更简单的文件"}
    except Exception as error:  # a parser met with a hostile file may raise anything; the child must live on
        return {"error": f"文件已损坏或格式不合规（{type(error).__name__}）：请用办公软件打开后另存"}


def _limit(cpu_seconds: int) -> int:
    """Set this process's limits for one more file; returns its resident bytes now.

    Not its peak: right after it was started that is its parent's.
    """
    import resource

    used = resource.getrusage(resource.RUSAGE_SELF)
    allowed = int(used.ru_utime + used.ru_stime) + cpu_seconds
    resource.setrlimit(resource.RLIMIT_CPU, (allowed, resource.getrlimit(resource.RLIMIT_CPU)[1]))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    return int(Path("/proc/self/statm").read_text("ascii").split()[1]) * resource.getpagesize()


def main() -> None:
    """Serve requests from standard input until it ends."""
    requests, answers = sys.stdin.buffer, os.dup(1)
    os.dup2(2, 1)  # a parser that prints must not write into the answers
    for request in requests:
        _limit(MAX_CPU_SECONDS)
        answer = _answer(json.loads(request))
        if _limit(MAX_CPU_SECONDS) > FAT:
            answer["fat"] = True
        data = json.dumps(answer).encode("ascii")
        with open(answers, "wb", closefd=False) as pipe:
            pipe.write(struct.pack(">Q", len(data)) + data)


if __name__ == "__main__":
    main()
