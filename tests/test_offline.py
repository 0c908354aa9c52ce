"""Nothing reaches for the network: not a build, not a question, not their children."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QUESTION = "莲塘街道2024年的口岸计划是什么"

# Loaded by every Python process with this folder on its path: what leads out is written down and refused.
GUARD = """
import os, socket, sys

def refuse(what):
    def attempt(*arguments, **options):
        with open(os.environ["WENJU_ATTEMPTS"], "a") as log:
            log.write(f"{what} {arguments[1:]!r} {sys.argv!r}\\n")
        raise OSError("no network in this test")
    return attempt

for name in ("connect", "connect_ex", "sendto", "bind"):
    setattr(socket.socket, name, refuse(name))
for name in ("getaddrinfo", "gethostbyname", "create_connection"):
    setattr(socket, name, refuse(name))
with open(os.environ["WENJU_GUARDED"], "a") as log:
    log.write(f"{sys.argv!r}\\n")
"""


def guarded(tmp_path: Path) -> dict[str, str]:
    """An environment in which every Python process refuses the network and says that it was guarded."""
    (tmp_path / "sitecustomize.py").write_text(GUARD, "utf-8")
    return {
        **os.environ,
        "PYTHONPATH": str(tmp_path),
        "WENJU_ATTEMPTS": str(tmp_path / "attempts"),
        "WENJU_GUARDED": str(tmp_path / "guarded"),
    }


def test_the_guard_catches_an_attempt(tmp_path: Path) -> None:
    program = "import socket; socket.create_connection(('127.0.0.1', 9))"
    done = subprocess.run([sys.executable, "-c", program], env=guarded(tmp_path), capture_output=True)
    assert b"no network in this test" in done.stderr
    assert (tmp_path / "attempts").read_text("utf-8").startswith("create_connection")


@pytest.mark.slow
def test_a_build_and_a_question_attempt_nothing(tmp_path: Path, demo_index: Path) -> None:
    environment = guarded(tmp_path)
    place = str(tmp_path / "index")
    for arguments, code in (
        (["index", "build", "demo", "--index", place, "--workers", "2"], 0),
        (["index", "verify", "--index", place], 0),
        (["rag.cli", QUESTION, "--json", "--index", place], 0),
        (["rag.cli", "火星基地什么时候开工？", "--json", "--index", place], 1),
    ):
        done = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, env=environment, capture_output=True)
        assert (done.returncode, done.stderr) == (code, b"")
    assert not (tmp_path / "attempts").exists()
    assert len((tmp_path / "guarded").read_text("utf-8").split("\n")) >= 4


def in_a_namespace(environment: dict[str, str], question: str) -> None:
    """Build and ask in a network namespace of its own, where not even loopback is up."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not allowed here; the socket guard above is the test")
    for arguments in (["index", "build", "demo"], ["rag.cli", question, "--json"]):
        command = [unshare, "-rn", sys.executable, "-m", *arguments]
        done = subprocess.run(command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True)
        assert done.returncode == 0, done.stderr.decode("utf-8")
    assert json.loads(done.stdout)["refused"] is False


@pytest.mark.slow
def test_a_build_and_a_question_need_no_network(tmp_path: Path, demo_index: Path) -> None:
    in_a_namespace({"WENJU_INDEX": str(tmp_path / "index")}, QUESTION)


@pytest.mark.long
@pytest.mark.timeout(1800)
def test_a_fresh_start_needs_no_network(tmp_path: Path) -> None:
    """With an empty cache, so that the model is prepared there too."""
    in_a_namespace({"WENJU_CACHE": str(tmp_path / "cache"), "WENJU_INDEX": str(tmp_path / "index")}, QUESTION)
