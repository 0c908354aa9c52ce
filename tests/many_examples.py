"""A plugin for pytest, `-p tests.many_examples`: every property is tried with EXAMPLES examples."""

from __future__ import annotations

import pytest
from hypothesis import settings

EXAMPLES = 2_000


def pytest_configure(config: pytest.Config) -> None:
    """Only where pytest is given this plugin: whoever imports EXAMPLES tries as many examples as before."""
    settings.register_profile("many", max_examples=EXAMPLES)
    settings.load_profile("many")
