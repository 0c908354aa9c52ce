"""Nothing reaches for the network: not a build, not a question, not their children."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
QUESTION = "莲塘街道2024年的口岸计划是什么"

# Loaded by every Python process in the namespace with loopback: what leads elsewhere is written down, and goes on.
WATCH = """
import os, socket, sys

LOCAL = ("127.0.0.1", "::1", "localhost", "0.0.0.0", "", None, socket.gethostname())

def watched(what, real):
    def attempt(self, address, *rest):
        if not isinstance(address, (str, bytes)) and address[0] not in LOCAL:
            note(what, address)
        return real(self, address, *rest)
    return attempt

def note(what, address):
    with open(os.environ["WENJU_ATTEMPTS"], "a") as log:
        log.write(f"{what} {address!r} {sys.argv!r}\\n")

for name in ("connect", "connect_ex"):
    setattr(socket.socket, name, watched(name, getattr(socket.socket, name)))
look_up = socket.getaddrinfo

def looked_up(host, *rest, **more):
    if host not in LOCAL:
        note("getaddrinfo", host)
    return look_up(host, *rest, **more)

socket.getaddrinfo = looked_up
with open(os.environ["WENJU_GUARDED"], "a") as log:
    log.write(f"{sys.argv!r}\\n")
"""

# What a visitor of the page does: opens it, asks, and opens the source.
VISIT = """
import json, sys, time, urllib.request

def opened(path, body=None):
    request = urllib.request.Request(sys.argv[1] + path, body, {"content-type": "application/json"})
    with urllib.request.urlopen(request, timeout=60) as response:
        return response.read().decode("utf-8")

for _ in range(240):
    try:
        opened("/healthz")
        break
    except OSError:
        time.sleep(0.5)
page = opened("/")
answer = json.loads(opened("/api/ask", json.dumps({"question": sys.argv[2]}).encode()))
documents = json.loads(opened("/api/documents"))["documents"]
print(json.dumps([len(page) > 1000, answer["refused"], len(opened("/source/" + documents[0]["id"])) > 100]))
"""

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


def inside(tmp_path: Path, index: str) -> tuple[list[str], dict[str, str]]:
    """What goes before a command so that it has loopback only, and the environment that watches it."""
    unshare = shutil.which("unshare")
    if not unshare or subprocess.run([unshare, "-rn", "true"], capture_output=True).returncode:
        pytest.skip("network namespaces are not allowed here; the socket guard above is the test")
    (tmp_path / "sitecustomize.py").write_text(WATCH, "utf-8")
    environment = {
        **os.environ,
        "PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}",
        "WENJU_ATTEMPTS": str(tmp_path / "attempts"),
        "WENJU_GUARDED": str(tmp_path / "guarded"),
        "WENJU_INDEX": index,
    }
    environment.pop("WENJU_PAGES", None)
    return [unshare, "-rn", sys.executable, "-m", "tests.loopback"], environment


def assert_nobody_looked_for_a_way_out(tmp_path: Path, processes: int) -> None:
    """So many processes at least were watched, and none tried to reach beyond loopback."""
    assert not (tmp_path / "attempts").exists(), (tmp_path / "attempts").read_text("utf-8")
    assert len((tmp_path / "guarded").read_text("utf-8").split("\n")) > processes


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_the_whole_house_with_loopback_only(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """Build, ask, open the page and judge, where there is no way out; and nobody looks for one."""
    index = str(tmp_path / "index")
    before, environment = inside(tmp_path, index)
    (tmp_path / "visit.py").write_text(VISIT, "utf-8")
    page = '"$0" ui.py --port 7861 & server=$!; "$0" "$1" http://127.0.0.1:7861 "$2"; code=$?; kill $server; exit $code'
    commands = [
        [sys.executable, "-m", "index", "build", "demo"],
        [sys.executable, "-m", "rag.cli", QUESTION, "--json"],
        ["sh", "-c", page, sys.executable, str(tmp_path / "visit.py"), QUESTION],
        [sys.executable, "-m", "eval", "run", "eval/cases/demo.jsonl", "--index", index, "--json"],
    ]
    said = []
    for command in commands:
        done = subprocess.run([*before, *command], cwd=ROOT, env=environment, capture_output=True, text=True)
        assert done.returncode == 0 or "eval" in command, done.stderr[-3000:]
        said.append(done.stdout)
    assert json.loads(said[1])["refused"] is False
    assert json.loads(said[2].strip().split("\n")[-1]) == [True, False, True]
    assert json.loads(said[3])["sets"]["demo"]
    assert_nobody_looked_for_a_way_out(tmp_path, 4)
    record_property("trials", len(commands))


@pytest.mark.long
@pytest.mark.timeout(3000)
def test_the_fast_tests_with_loopback_only(tmp_path: Path, record_property: Callable[[str, object], None]) -> None:
    """The fast tier itself passes where there is no way out, and no test looks for one."""
    before, environment = inside(tmp_path, str(tmp_path / "index"))
    tests = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "-m", "not slow and not browser and not long"]
    done = subprocess.run([*before, *tests], cwd=ROOT, env=environment, capture_output=True, text=True)
    passed = re.search(r"(\d+) passed", done.stdout)
    assert done.returncode == 0 and passed, done.stdout[-3000:]
    assert_nobody_looked_for_a_way_out(tmp_path, 4)
    record_property("count 只有回环时通过的快测", int(passed[1]))
