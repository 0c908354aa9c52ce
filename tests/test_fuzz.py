"""Coverage-guided fuzzing of what reads foreign bytes, in the long tier."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from eval.reliability import ROOT

SECONDS = int(os.environ.get("WENJU_FUZZ_SECONDS", "60"))  # of each target
TARGETS = ("repair", "html", "sentences", "events", "words", "manifest")


@pytest.mark.long
@pytest.mark.timeout(SECONDS + 600)
@pytest.mark.parametrize("target", TARGETS)
def test_nothing_that_is_read_ends_the_reader(target: str, record_property: Callable[[str, object], None]) -> None:
    corpus = ROOT / ".artefacts" / "fuzz" / target
    command = [sys.executable, "-m", "tests.fuzz", target, str(SECONDS), str(corpus)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, errors="replace")
    said = done.stderr[-3000:]
    assert done.returncode == 0, said
    runs = re.search(r"stat::number_of_executed_units:\s*(\d+)", done.stderr)
    assert runs is not None, said
    record_property("trials", int(runs[1]))
    record_property(f"count {target}", int(runs[1]))
