"""A plugin for pytest, `-p tests.many_examples`: every property is tried with EXAMPLES examples."""

from __future__ import annotations

from hypothesis import settings

EXAMPLES = 2_000

settings.register_profile("many", max_examples=EXAMPLES)
settings.load_profile("many")
