"""The properties that each submission tries with a hundred examples hold of twenty times as many."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Callable

import pytest

from eval.reliability import ROOT, read_promises
from tests.many_examples import EXAMPLES

FEWER = 5  # what takes longest is tried with one in so many
PROPERTIES = next(promise for promise in read_promises() if promise.point == "性质").tests[1:]  # the first is this one


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("name", PROPERTIES)
def test_a_property_holds_of_many_more_examples(name: str, record_property: Callable[[str, object], None]) -> None:
    command = [sys.executable, "-m", "pytest", "-p", "tests.many_examples", "-p", "no:cacheprovider", "--timeout=3600"]
    done = subprocess.run([*command, "--hypothesis-show-statistics", name], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout[-3000:]
    passing = re.findall(r"(\d+) passing, 0 failing", done.stdout)
    assert sum(map(int, passing)) >= EXAMPLES // FEWER, done.stdout[-3000:]
    record_property("trials", sum(map(int, passing)))
