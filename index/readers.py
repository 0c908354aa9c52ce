"""Files to documents, in file order: by this process, or by children of it, with equal results and within limits.

A child gets one file a line (JSON) and answers with one document a line; one that dies costs its file alone.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
import select
import stat
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from queue import SimpleQueue
from threading import current_thread, main_thread
from types import TracebackType

from index.errors import SourceError
from index.load import leads_out, load
from index.repair import repair
from index.sandbox import Sandbox, at_most
from index.texts import document_from_json, document_to_json
from index.types import Document

MAX_SECONDS = 300  # that a child may take for one file
MAX_CPU_SECONDS = 120  # of the processor's time, for reading and mending one file
MAX_HERE = 1 << 20  # bytes of a file that this process reads itself; beyond, memory is limited too, so a child does
MAX_MEMORY = 4 << 30  # address space of a child


@dataclass(frozen=True, slots=True)
class Source:
    """One file to be read: where it is, the folder it was found under, and its name in the ledger."""

    path: Path
    home: str
    name: str


@dataclass(frozen=True, slots=True)
class Read:
    """A file as read: its SHA-256 and size in bytes, and its document or the reason why there is none.

    Both are None where the file was known by its checksum and so not read again.
    """

    source: Source
    sha256: str
    bytes: int
    document: Document | None = None
    reason: str | None = None


class Readers:
    """Reads files, `workers` at a time. A context manager."""

    def __init__(self, workers: int = 1) -> None:
        self._workers = workers
        self._sandbox = Sandbox()
        self._children: SimpleQueue[_Child] = SimpleQueue()
        self._all = [_Child() for _ in range(workers)]
        for child in self._all:
            self._children.put(child)

    def __enter__(self) -> Readers:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._sandbox.close()
        for child in self._all:
            child.close()

    def read(self, sources: Iterable[Source], known: frozenset[tuple[str, str, str]]) -> Iterator[Read]:
        """Every file, in order; of those whose (home, name, SHA-256) is `known` only the checksum is taken."""
        if self._workers == 1:
            yield from (self._read(source, known) for source in sources)
            return
        ahead: deque[Future[Read]] = deque()
        with ThreadPoolExecutor(self._workers) as pool:
            for source in sources:
                ahead.append(pool.submit(self._read, source, known))
                if len(ahead) > 4 * self._workers:  # so that what was read does not pile up
                    yield ahead.popleft().result()
            while ahead:
                yield ahead.popleft().result()

    def _read(self, source: Source, known: frozenset[tuple[str, str, str]]) -> Read:
        if leads_out(source.path, Path(source.home)):
            return Read(source, "", 0, reason="链接指向资料文件夹之外，没有读：请把文件本身放进来")
        try:
            digest, size = _digest(source.path)
        except OSError as error:
            reason = f"打不开（{error.strerror}）：请检查文件是否存在、是否有读取权限"
            return Read(source, "", 0, reason=reason)
        if (source.home, source.name, digest) in known:
            return Read(source, digest, size)
        try:
            document = self._document(source, size)
        except SourceError as error:
            return Read(source, digest, size, reason=str(error))
        return Read(source, digest, size, document)

    def _document(self, source: Source, size: int) -> Document:
        if self._workers == 1 and size <= MAX_HERE and current_thread() is main_thread():
            return read_document(source, self._sandbox)
        child = self._children.get()
        try:
            return child.read(source)
        finally:
            self._children.put(child)


def read_document(source: Source, sandbox: Sandbox | None = None) -> Document:
    """One file, loaded and repaired. Raises SourceError, whatever went wrong: one bad file never stops a build."""
    try:
        with at_most(MAX_CPU_SECONDS):
            return repair(load(source.path, sandbox), source.name, source.home)
    except (SourceError, MemoryError, RecursionError) as error:
        if isinstance(error, SourceError):
            raise
        raise SourceError("读取时内存不够或层次太深：请拆成几个文件") from error
    except Exception as error:
        raise SourceError(f"读取时出错（{type(error).__name__}：{error}）：请报告这个问题，并附上文件") from error


class _Child:
    """A process that reads files one after another; started when first needed, again after a death."""

    def __init__(self) -> None:
        self._process: subprocess.Popen[bytes] | None = None

    def read(self, source: Source) -> Document:
        """One file as read by the child. Raises SourceError."""
        request = json.dumps([str(source.path.absolute()), source.home, source.name])
        try:
            process = self._process = self._process or _start()
            assert process.stdin is not None and process.stdout is not None
            process.stdin.write(request.encode("ascii") + b"\n")
            process.stdin.flush()
            if not select.select([process.stdout], [], [], MAX_SECONDS)[0]:
                raise TimeoutError
            answer = json.loads(process.stdout.readline())
        except (OSError, ValueError) as error:
            self.close()
            raise SourceError("读取时超时，或进程意外结束（可能内存不够）：请拆成几个文件") from error
        if "error" in answer:
            raise SourceError(answer["error"])
        return document_from_json(answer)

    def close(self) -> None:
        """End the child, if there is one."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()
            for pipe in (process.stdin, process.stdout):
                if pipe is not None:
                    pipe.close()


def _start() -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "index.readers"],
        cwd=Path(__file__).resolve().parent.parent,
        env={**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def _digest(path: Path) -> tuple[str, int]:
    if stat.S_IFMT(path.stat().st_mode) not in (stat.S_IFREG, stat.S_IFDIR):  # opening a pipe waits for its writer
        raise OSError(errno.EINVAL, "不是文件，而是管道、套接字或设备")
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return digest, file.tell()


def main() -> None:
    """Serve requests from standard input until it ends: what a child does."""
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (MAX_MEMORY, MAX_MEMORY))
    with Sandbox() as sandbox:
        for line in sys.stdin.buffer:
            path, home, name = json.loads(line)
            try:
                answer = document_to_json(read_document(Source(Path(path), home, name), sandbox))
            except SourceError as error:
                answer = {"error": str(error)}
            sys.stdout.buffer.write(json.dumps(answer).encode("ascii") + b"\n")
            sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
