"""The machine, and processes measured from outside: time from the shell, peak memory, what they printed."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

from eval.record import processor
from index.errors import CaseError

ROOT = Path(__file__).resolve().parents[2]


ANSWERED = (0, 1)  # exit codes of `ask`: an answer, or that the documents do not say


@dataclass(frozen=True, slots=True)
class Ran:
    """One run of a command: seconds from the shell to its end, its peak resident memory in MB, what it printed."""

    seconds: float
    peak_mb: float
    out: str


def about() -> dict[str, Any]:
    """Processor, cores, load, time and commit: what a figure means nothing without."""
    commit = subprocess.run(["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True)
    return {
        "processor": processor(),
        "cores": len(os.sched_getaffinity(0)),
        "load": round(os.getloadavg()[0], 2),
        "time": time.strftime("%Y-%m-%d %H:%M", time.gmtime()),
        "commit": commit.stdout.strip(),
    }


def run(
    command: Sequence[object], environment: Mapping[str, str] | None = None, accepted: tuple[int, ...] = (0,)
) -> Ran:
    """Run a command to its end. Raises CaseError where its exit code is none of those `accepted`."""
    started = time.perf_counter()
    with TemporaryFile() as out, TemporaryFile() as errors:  # files: a full pipe would have to be emptied by somebody
        process = subprocess.Popen(
            [str(part) for part in command],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **(environment or {})},
            stdout=out,
            stderr=errors,
        )
        _, status, usage = os.wait4(process.pid, 0)
        seconds = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        printed, said = (_text(file) for file in (out, errors))
    if process.returncode not in accepted:
        raise CaseError(f"{command[0]} 失败：{said.strip().splitlines()[-1:] or process.returncode}")
    return Ran(seconds, usage.ru_maxrss / 1024, printed)


def _text(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode("utf-8", "replace")


def quantile(values: Sequence[float], share: float) -> float:
    """The value below which `share` of all lie; values themselves, no interpolation."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]
