"""Real vector servers for tests: the TCP server of milvus-lite and the Milvus binary of the `milvus` 2.3.5 wheel."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

START_SECONDS = 120


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class Server:
    """A server of one kind on one port and one folder; it may be killed and started again."""

    def __init__(self, kind: str, folder: Path) -> None:
        self.kind = kind
        self.port = free_port()
        self.uri = f"http://127.0.0.1:{self.port}"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it and wait until it answers."""
        self.launch()
        until = time.monotonic() + START_SECONDS
        while not self.answers():
            assert self._process is not None and self._process.poll() is None, self._log()
            assert time.monotonic() < until, self._log()
            time.sleep(0.3)

    def launch(self) -> None:
        """Start it without waiting."""
        self._folder.mkdir(parents=True, exist_ok=True)
        data = self._folder / "data"
        here = Path(sys.executable).parent
        environment = dict(os.environ)
        cwd = self._folder
        if self.kind == "lite":
            command: list[object] = [
                here / "milvus-lite",
                "server",
                "--data-dir",
                data,
                "--host",
                "127.0.0.1",
                "--port",
                self.port,
            ]
        elif not (data / "bin" / "milvus").exists():
            command = [here / "milvus-server", "--data", data, "--proxy-port", self.port]
        else:  # the launcher refuses a port that its killed predecessor used within the last minute
            cwd = data
            command = [data / "bin" / "milvus", "run", "standalone"]
            environment |= {
                "DEPLOY_MODE": "STANDALONE",
                "METRICS_PORT": str(free_port()),
                "LD_LIBRARY_PATH": str(data / "bin"),
            }
        with (self._folder / "log").open("ab") as log:
            # A group of its own, so that the launcher and the server behind it are killed together.
            self._process = subprocess.Popen(
                [str(part) for part in command],
                cwd=cwd,
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    def answers(self) -> bool:
        """Whether the server lists its collections."""
        from index.errors import StoreError
        from index.milvus import Milvus

        try:
            Milvus(self.uri).check()
        except StoreError:
            return False
        return True

    def kill(self) -> None:
        """kill -9, without a word before it."""
        process, self._process = self._process, None
        if process is not None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def _log(self) -> str:
        return (self._folder / "log").read_text("utf-8", "replace")[-2000:]


@pytest.fixture(scope="module")
def lite_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """milvus-lite over TCP."""
    yield from _running("lite", tmp_path_factory)


@pytest.fixture(scope="module")
def binary_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Milvus 2.3.5 as released."""
    yield from _running("binary", tmp_path_factory)


def _running(kind: str, folders: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(kind, folders.mktemp(kind))
    try:
        server.start()
        yield server
    finally:  # one that did not come up in time too
        server.kill()
