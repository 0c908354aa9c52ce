"""`python -m eval bench`: how fast, how large, how well, measured side by side on the machine it runs on."""

from __future__ import annotations

from collections.abc import Sequence


def main(arguments: Sequence[str]) -> int:
    """Measure and write docs/bench.md. Imported only then: the processes that are measured are in this package too."""
    from eval.bench.command import main as measure

    return measure(arguments)
